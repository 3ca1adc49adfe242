package pyramid

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
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
	level := p.levels[k]
	blob := make([]byte, headerSize, headerSize+8*len(level))
	copy(blob, magic)
	binary.LittleEndian.PutUint16(blob[4:], version)
	binary.LittleEndian.PutUint16(blob[6:], uint16(k))
	binary.LittleEndian.PutUint64(blob[8:], uint64(p.samples))
	binary.LittleEndian.PutUint64(blob[16:], uint64(len(level)))
	for _, s := range level {
		blob = binary.LittleEndian.AppendUint32(blob, math.Float32bits(s.lo))
		blob = binary.LittleEndian.AppendUint32(blob, math.Float32bits(s.hi))
	}
	binary.LittleEndian.PutUint32(blob[headerSize-4:], checksum(blob))
	return blob, nil
}

// MarshalLevels is every level as bytes, finest first; empty for an empty series.
func (p *Pyramid) MarshalLevels() ([][]byte, error) {
	blobs := make([][]byte, p.Levels())
	for k := range blobs {
		blob, err := p.MarshalLevel(k)
		if err != nil {
			return nil, err
		}
		blobs[k] = blob
	}
	return blobs, nil
}

// Unmarshal is the pyramid whose levels were stored, finest first. It checks
// every header, checksum and range, and that each level is what the one below
// it says; any doubt is an error that wraps ErrDamaged. No blobs make the
// pyramid of an empty series.
func Unmarshal(blobs [][]byte) (*Pyramid, error) {
	p := &Pyramid{}
	for k, blob := range blobs {
		samples, level, err := unmarshalLevel(k, blob)
		if err != nil {
			return nil, fmt.Errorf("%w: level %d: %w", ErrDamaged, k, err)
		}
		if k == 0 {
			p.samples = samples
		}
		if err := p.push(samples, level); err != nil {
			return nil, fmt.Errorf("%w: level %d: %w", ErrDamaged, k, err)
		}
	}
	if n := len(p.levels); n > 0 && len(p.levels[n-1]) != 1 {
		return nil, fmt.Errorf("%w: the levels above %d are missing", ErrDamaged, n-1)
	}
	return p, nil
}

func (p *Pyramid) push(samples int64, level []span) error {
	if samples != p.samples {
		return fmt.Errorf("made for %d samples, level 0 for %d", samples, p.samples)
	}
	if len(p.levels) == 0 {
		if want := (samples-1)/BaseBucket + 1; int64(len(level)) != want {
			return fmt.Errorf("%d ranges for %d samples, want %d", len(level), samples, want)
		}
	} else {
		below := p.levels[len(p.levels)-1]
		if len(below) == 1 {
			return errors.New("above the top")
		}
		want := parents(below)
		if len(want) != len(level) {
			return fmt.Errorf("%d ranges above %d", len(level), len(below))
		}
		for i := range want {
			if want[i] != level[i] {
				return fmt.Errorf("range %d disagrees with the level below", i)
			}
		}
	}
	p.levels = append(p.levels, level)
	return nil
}

func unmarshalLevel(k int, blob []byte) (int64, []span, error) {
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
	level := make([]span, n)
	for i := range level {
		lo := math.Float32frombits(binary.LittleEndian.Uint32(body[8*i:]))
		hi := math.Float32frombits(binary.LittleEndian.Uint32(body[8*i+4:]))
		s := span{lo, hi}
		if s != empty && !(lo <= hi) {
			return 0, nil, fmt.Errorf("range %d runs from %g to %g", i, lo, hi)
		}
		level[i] = s
	}
	return int64(samples), level, nil
}
