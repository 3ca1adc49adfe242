package pyramid

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
)

// ErrDamaged is the cause of every refusal of stored levels.
var ErrDamaged = errors.New("pyramid is damaged")

// A stored level is a header of 28 bytes and then pairs of float32 (smallest,
// largest), all little-endian:
//
//	0  4 bytes  "OPYR"
//	4  uint16   version, 1
//	6  uint16   level
//	8  uint64   samples of the series
//	16 uint64   ranges of this level
//	24 uint32   CRC-32C of bytes 0..23 and of the pairs
const (
	magic      = "OPYR"
	version    = 1
	headerSize = 28
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(blob []byte) uint32 {
	return crc32.Update(crc32.Checksum(blob[:headerSize-4], castagnoli), castagnoli, blob[headerSize:])
}

// MarshalLevel is level k (0 is the finest) as bytes.
func (p *Pyramid) MarshalLevel(k int) ([]byte, error) {
	if k < 0 || k >= p.Levels() {
		return nil, fmt.Errorf("level %d of a pyramid of %d levels", k, p.Levels())
	}
	return marshal(k+p.finest, p.samples, p.levels[k]), nil
}

func marshal(level int, samples int64, spans []span) []byte {
	blob := make([]byte, headerSize, headerSize+8*len(spans))
	copy(blob, magic)
	binary.LittleEndian.PutUint16(blob[4:], version)
	binary.LittleEndian.PutUint16(blob[6:], uint16(level))
	binary.LittleEndian.PutUint64(blob[8:], uint64(samples))
	binary.LittleEndian.PutUint64(blob[16:], uint64(len(spans)))
	for _, s := range spans {
		blob = binary.LittleEndian.AppendUint32(blob, math.Float32bits(s.lo))
		blob = binary.LittleEndian.AppendUint32(blob, math.Float32bits(s.hi))
	}
	binary.LittleEndian.PutUint32(blob[headerSize-4:], checksum(blob))
	return blob
}

// appendLevel appends the ranges of a stored level to into.
func appendLevel(into []span, k int, blob []byte) (int64, []span, error) {
	if len(blob) < headerSize {
		return 0, nil, fmt.Errorf("%d bytes are fewer than a header", len(blob))
	}
	if string(blob[:4]) != magic {
		return 0, nil, fmt.Errorf("begins with %q", blob[:4])
	}
	if v := binary.LittleEndian.Uint16(blob[4:]); v != version {
		return 0, nil, fmt.Errorf("version %d", v)
	}
	if l := binary.LittleEndian.Uint16(blob[6:]); int(l) != k {
		return 0, nil, fmt.Errorf("holds level %d", l)
	}
	samples := binary.LittleEndian.Uint64(blob[8:])
	n := binary.LittleEndian.Uint64(blob[16:])
	if samples == 0 || samples > math.MaxInt64/2 {
		return 0, nil, fmt.Errorf("made for %d samples", samples)
	}
	body := blob[headerSize:]
	if n != uint64(len(body)/8) || len(body)%8 != 0 {
		return 0, nil, fmt.Errorf("%d bytes for %d ranges", len(body), n)
	}
	if binary.LittleEndian.Uint32(blob[headerSize-4:]) != checksum(blob) {
		return 0, nil, errors.New("checksum is wrong")
	}
	at := len(into)
	into = slices.Grow(into, int(n))[:at+int(n)]
	for i := range into[at:] {
		lo := math.Float32frombits(binary.LittleEndian.Uint32(body[8*i:]))
		hi := math.Float32frombits(binary.LittleEndian.Uint32(body[8*i+4:]))
		s := span{lo, hi}
		if s != empty && !(lo <= hi) {
			return 0, nil, fmt.Errorf("range %d runs from %g to %g", i, lo, hi)
		}
		into[at+i] = s
	}
	return int64(samples), into, nil
}
