package dataset

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"slices"
)

// The turning points of a signal stay where they are when its unit, scale, sign
// or number of digits change, and nearly so when it is resampled a little. A
// shape is a hash of the distances, in samples, between successive turning
// points; it is kept for one in 2^shapeSampling of them.
const (
	// A turn counts when it is turnHeight times the mean step between samples.
	turnHeight = 4
	meanStep   = 256 // samples over which that mean is taken
	// A shape goes back over as many distances as hold shapeBits bits, at most
	// shapeTurns.
	shapeBits     = 34
	shapeTurns    = 24
	shapeSampling = 3
)

// shapePrint makes the shapes of one channel.
type shapePrint struct {
	n       int64 // samples since the last gap in the numbers
	step    float64
	last    float64
	up      bool
	peak    float64
	peakAt  int64
	turnAt  int64
	turns   int
	between [shapeTurns]uint32 // the last distances, a ring
	shapes  []uint64
}

func (p *shapePrint) append(values []float64) {
	// The state lives in registers for the length of the loop.
	n, step, last, up, peak, peakAt := p.n, p.step, p.last, p.up, p.peak, p.peakAt
	for _, v := range values {
		if v-v != 0 { // NaN or infinite
			*p = shapePrint{shapes: p.shapes}
			n, step, last, up, peak, peakAt = 0, 0, 0, false, 0, 0
			continue
		}
		if n == 0 {
			last, peak = v, v
		}
		if n >= meanStep {
			step += (math.Abs(v-last) - step) * (1.0 / meanStep) // exact: a power of two
		} else {
			step += (math.Abs(v-last) - step) / float64(n+1)
		}
		last = v
		beyond := v - peak // how far v lies beyond the peak, on its side
		if !up {
			beyond = -beyond
		}
		switch {
		case beyond > 0:
			peak, peakAt = v, n
		case -beyond > turnHeight*step:
			p.turn(peakAt)
			up, peak, peakAt = !up, v, n
		}
		n++
	}
	p.n, p.step, p.last, p.up, p.peak, p.peakAt = n, step, last, up, peak, peakAt
}

// turn takes the next turning point.
func (p *shapePrint) turn(at int64) {
	distance := uint32(min(at-p.turnAt, math.MaxUint16))
	p.turnAt = at
	p.between[p.turns%shapeTurns] = distance
	p.turns++
	hash, held := uint64(0x9e3779b97f4a7c15), 0
	for back := 1; back <= min(p.turns-1, shapeTurns); back++ { // the first distance begins nowhere
		d := p.between[(p.turns-back)%shapeTurns]
		held += bits.Len32(d) - 1
		hi, lo := bits.Mul64(hash^uint64(d), 0xd6e8feb86659fd93)
		hash = hi ^ lo
		if held >= shapeBits {
			if hash>>(64-shapeSampling) == 0 {
				p.shapes = append(p.shapes, hash)
			}
			return
		}
	}
}

func shapesOf(channels []*shapePrint) []uint64 {
	var all []uint64
	for _, p := range channels {
		all = append(all, p.shapes...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func encodeShapes(shapes []uint64) []byte {
	out := make([]byte, 0, 8*len(shapes))
	for _, s := range shapes {
		out = binary.LittleEndian.AppendUint64(out, s)
	}
	return out
}

func decodeShapes(data []byte) []uint64 {
	out := make([]uint64, len(data)/8)
	for i := range out {
		out[i] = binary.LittleEndian.Uint64(data[8*i:])
	}
	return out
}

func shapeFields(id RecordingID, shapes []uint64) []field {
	return []field{{"recording", string(id)}, {"data", encodeShapes(shapes)}}
}

// makeShapes makes the shapes of a study of before they were. A channel whose
// samples can not be read has none; the check names it.
func makeShapes(ctx context.Context, tx *sql.Tx) error {
	prints := map[RecordingID][]*shapePrint{}
	type channel struct {
		id        ChannelID
		recording RecordingID
		samples   int64
	}
	var list []channel
	err := each(ctx, tx, func(rows *sql.Rows) error {
		var c channel
		err := rows.Scan(&c.id, &c.recording, &c.samples)
		list = append(list, c)
		return err
	}, `SELECT c.id, r.id, r.samples FROM channels c JOIN recordings r ON r.id=c.recording
		JOIN sessions s ON s.id=r.session WHERE s.visible=1 ORDER BY c.id`)
	if err != nil {
		return err
	}
	buf := make([]float64, chunkLen)
	for _, c := range list {
		p := &shapePrint{}
		for first := int64(0); first < c.samples; first += chunkLen {
			n, err := readSamples(ctx, tx, c.id, first, buf)
			if errors.Is(err, ErrCorrupt) {
				p = &shapePrint{}
				break
			}
			if err != nil {
				return err
			}
			p.append(buf[:n])
		}
		prints[c.recording] = append(prints[c.recording], p)
	}
	for id, list := range prints {
		if _, err := insertRow(ctx, tx, "shapes", shapeFields(id, shapesOf(list))...); err != nil {
			return err
		}
	}
	return nil
}
