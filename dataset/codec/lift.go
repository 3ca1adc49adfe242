package codec

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// The packets of 2014 and 2015 come in three wrappings, none with a time: bare
// with a five-byte header, in the same after an older header, and several of
// them in a container from the phone.
const (
	liftOldMark       = 0xfefc
	liftContainerMark = 0xcab1
	liftHeaderLen     = 5
	liftContainerLen  = 7
)

// liftPacket is one packet of packed samples.
type liftPacket struct {
	kind      byte
	rate      int // Hz
	placement string
	offset    int64 // of its header in the file
	payload   []byte
}

func (p liftPacket) count() int { return len(p.payload) / packedSampleLen }

var liftPlaces = map[byte]string{0x01: "wrist", 0x02: "waist", 0x03: "chest", 0x04: "foot", 0x7f: "unknown"}

// looksLift reports whether a file begins as one of the three.
func looksLift(f *sourceFile) bool {
	b := f.head
	if len(b) < liftHeaderLen {
		return false
	}
	f.detail = liftBare(false)
	switch {
	case binary.LittleEndian.Uint16(b) == liftOldMark:
		return b[4] > 0 && b[4] <= 200
	case binary.BigEndian.Uint16(b) == liftContainerMark:
		return true
	}
	f.detail = liftBare(true)
	return looksBareLift(b, f.size)
}

// liftBare says of a file that its packets have no further wrapping.
type liftBare bool

// looksBareLift follows the headers of bare packets through the first bytes: a
// type byte alone would be too weak a sign.
func looksBareLift(b []byte, size int64) bool {
	at := 0
	for packets := 0; ; packets++ {
		if int64(at) == size {
			return packets > 0
		}
		if at+liftHeaderLen > len(b) {
			return packets > 0
		}
		h := b[at:]
		if h[0] != packetAccelerometer && h[0] != packetRotation || h[1] == 0 || h[3] != 0 && h[3] != packedSampleLen || h[4] != 0 {
			return false
		}
		if h[2] != 10 && h[2] != 25 && h[2] != 50 && h[2] != 100 {
			return false
		}
		at += liftHeaderLen + int(h[1])*packedSampleLen
	}
}

// liftReader reads packets and keeps count of the bytes.
type liftReader struct {
	path string
	in   *bufio.Reader
	at   int64
	buf  []byte
}

// scanLift reads the packets of a file and calls visit with each; its payload is
// valid only during the call.
func scanLift(path string, r io.Reader, visit func(liftPacket) error) error {
	l := &liftReader{path: path, in: bufio.NewReaderSize(r, 64<<10)}
	for {
		mark, err := l.in.Peek(2)
		if len(mark) == 0 && err == io.EOF {
			return nil
		}
		if err != nil {
			return badByte(path, l.at, "a packet header is cut short")
		}
		switch {
		case binary.LittleEndian.Uint16(mark) == liftOldMark:
			err = l.old(visit)
		case binary.BigEndian.Uint16(mark) == liftContainerMark:
			err = l.container(visit)
		default:
			err = l.bare("wrist", -1, visit)
		}
		if err != nil {
			return err
		}
	}
}

// take reads n bytes, valid until the next call.
func (l *liftReader) take(n int, what string) ([]byte, error) {
	if cap(l.buf) < n {
		l.buf = make([]byte, n)
	}
	b := l.buf[:n]
	got, err := io.ReadFull(l.in, b)
	if err != nil {
		return nil, badByte(l.path, l.at, "%s is cut short: %d of %d bytes", what, got, n)
	}
	l.at += int64(n)
	return b, nil
}

// old reads a packet with the header of 2014: a mark, a count of two bytes and
// the rate.
func (l *liftReader) old(visit func(liftPacket) error) error {
	begin := l.at
	h, err := l.take(liftHeaderLen, "a packet header")
	if err != nil {
		return err
	}
	count, rate := int(binary.LittleEndian.Uint16(h[2:])), int(h[4])
	if rate == 0 {
		return badByte(l.path, begin, "the packet claims a rate of 0 Hz")
	}
	payload, err := l.take(count*packedSampleLen, fmt.Sprintf("a packet of %d samples", count))
	if err != nil {
		return err
	}
	return visit(liftPacket{packetAccelerometer, rate, "wrist", begin, payload})
}

// bare reads one packet: type, count, rate, size of a sample and a byte that is
// not used. limit is how many bytes a container gives it, -1 without one.
func (l *liftReader) bare(placement string, limit int, visit func(liftPacket) error) error {
	begin := l.at
	b, err := l.take(liftHeaderLen, "a packet header")
	if err != nil {
		return err
	}
	h := [liftHeaderLen]byte(b)
	size := int(h[3])
	if size == 0 { // older firmware left it out
		size = packedSampleLen
	}
	switch {
	case h[0] != packetAccelerometer && h[0] != packetRotation:
		return badByte(l.path, begin, "0x%02x is not a packet type that can be read (0xad and 0xbd are)", h[0])
	case size != packedSampleLen:
		return badByte(l.path, begin, "samples of %d bytes, where packets of type 0x%02x have %d", size, h[0], packedSampleLen)
	case h[2] == 0:
		return badByte(l.path, begin, "the packet claims a rate of 0 Hz")
	}
	length := int(h[1]) * size
	if limit >= 0 && liftHeaderLen+length > limit {
		return badByte(l.path, begin, "a packet of %d samples does not fit the %d bytes that its container gives it", h[1], limit)
	}
	payload, err := l.take(length, fmt.Sprintf("a packet of %d samples", h[1]))
	if err != nil {
		return err
	}
	return visit(liftPacket{h[0], int(h[2]), placement, begin, payload})
}

// container reads a multi-packet: its parts are sized, placed on the body and
// hold bare packets.
func (l *liftReader) container(visit func(liftPacket) error) error {
	h, err := l.take(liftContainerLen, "a container header")
	if err != nil {
		return err
	}
	for parts := h[2]; parts > 0; parts-- {
		begin := l.at
		b, err := l.take(3, "a container part")
		if err != nil {
			return err
		}
		size, place := int(binary.BigEndian.Uint16(b)), b[2]
		placement, known := liftPlaces[place]
		if !known {
			return badByte(l.path, begin+2, "0x%02x is not a place on the body that is known", place)
		}
		for end := l.at + int64(size); l.at < end; {
			if err := l.bare(placement, int(end-l.at), visit); err != nil {
				return err
			}
		}
	}
	return nil
}
