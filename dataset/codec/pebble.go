package codec

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"io"
)

// Packet types of the 16-byte header.
const (
	packetAccelerometer = 0xad
	packetRotation      = 0xbd
	packetHeartRate     = 0xed
)

const pebbleHeaderLen = 16

// Bounds of a believable packet time, in milliseconds since 1970: the years
// 2000 to 2100.
const (
	earliestMillis = 946684800000
	latestMillis   = 4102444800000
)

// pebbleHeader precedes the samples of each packet: 16 bytes, little-endian.
type pebbleHeader struct {
	kind     byte
	count    int
	rate     int // claimed, Hz
	size     int // bytes a sample
	device   byte
	sequence uint8
	// millis is Unix time in milliseconds of the packet's LAST sample.
	millis   int64
	duration int // milliseconds since the last sample of the packet before, as the watch says
}

func (h pebbleHeader) payload() int { return h.count * h.size }

// parsePebbleHeader decodes b, which holds at least pebbleHeaderLen bytes.
func parsePebbleHeader(b []byte) (pebbleHeader, error) {
	h := pebbleHeader{kind: b[0], count: int(b[1]), rate: int(b[2]), size: int(b[3]), device: b[4], sequence: b[5],
		millis: int64(binary.LittleEndian.Uint64(b[6:])), duration: int(binary.LittleEndian.Uint16(b[14:]))}
	want := 0
	switch h.kind {
	case packetAccelerometer, packetRotation:
		want = packedSampleLen
		if h.size == 0 { // older firmware left it out
			h.size = packedSampleLen
		}
	case packetHeartRate:
		want = 1
	default:
		return h, fmt.Errorf("0x%02x is not a packet type (0xad, 0xbd or 0xed is)", h.kind)
	}
	if h.size != want {
		return h, fmt.Errorf("a sample of %d bytes, where packets of type 0x%02x have %d", h.size, h.kind, want)
	}
	if h.rate == 0 {
		return h, fmt.Errorf("the packet claims a rate of 0 Hz")
	}
	if h.millis < earliestMillis || h.millis > latestMillis {
		return h, fmt.Errorf("packet time %d ms is outside the years 2000 to 2100", h.millis)
	}
	return h, nil
}

// pebblePacket is one packet of a file, without its samples.
type pebblePacket struct {
	pebbleHeader
	offset int64  // of the payload
	sum    uint64 // of the payload
}

// scanPebble reads packets until the end and calls visit with each and its
// payload, which is valid only during the call. It returns an *InputError at
// the first thing that is no packet.
func scanPebble(path string, r io.Reader, seed maphash.Seed, visit func(p pebblePacket, payload []byte) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	var buf [255 * packedSampleLen]byte
	var at int64
	for {
		n, err := io.ReadFull(in, buf[:pebbleHeaderLen])
		if err == io.EOF {
			return nil
		}
		if err == io.ErrUnexpectedEOF {
			return badByte(path, at, "a packet header is cut short: %d of %d bytes", n, pebbleHeaderLen)
		}
		if err != nil {
			return badByte(path, at, "%s", reasonOf(err))
		}
		h, err := parsePebbleHeader(buf[:pebbleHeaderLen])
		if err != nil {
			return badByte(path, at, "%v", err)
		}
		payload := buf[:h.payload()]
		if n, err := io.ReadFull(in, payload); err != nil {
			return badByte(path, at, "the packet is cut short: its %d samples need %d bytes, the file has %d more", h.count, len(payload), n)
		}
		p := pebblePacket{pebbleHeader: h, offset: at + pebbleHeaderLen, sum: maphash.Bytes(seed, payload)}
		if err := visit(p, payload); err != nil {
			return err
		}
		at += pebbleHeaderLen + int64(len(payload))
	}
}

// looksPebble reports whether a file begins with a packet header.
func looksPebble(f *sourceFile) bool {
	if len(f.head) < pebbleHeaderLen {
		return false
	}
	_, err := parsePebbleHeader(f.head)
	return err == nil
}
