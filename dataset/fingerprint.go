package dataset

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

const (
	digestLen = 16
	// A block ends where the rolling hash of the last values has blockBits zero
	// bits, but not before minBlock values and at maxBlock at the latest.
	blockBits = 8
	minBlock  = 64
	maxBlock  = 4096
	// minChanges is how often the value must change in a block, and in a
	// channel, for it to tell recordings apart: a sensor at rest or a slow heart
	// rate looks alike everywhere.
	minChanges = 48
)

// Fingerprint is what the sensor values of a recording look like, whatever its
// name, person, clock and channel order. Values are compared as float32, so
// that the same recording in another number format still fits.
//
// Digests stand for whole channels. Blocks are hashes of stretches whose ends
// depend on the values alone (content-defined chunking; Muthitacharoen, Chen
// and Mazières 2001), so that a part of a recording is recognised wherever it
// was cut. Shapes are hashes of where the signals turn, which another unit,
// scale or number of digits leaves as it is (see shape.go). All are sorted;
// channels and stretches that hardly move are left out.
type Fingerprint struct {
	Digests [][digestLen]byte
	Blocks  []uint64
	Shapes  []uint64
}

// channelPrint makes the fingerprint of one channel.
type channelPrint struct {
	roll    uint64 // over the last 64 values
	sum     uint64 // over the block so far
	length  int
	changes int // in the block
	moved   int // in the channel
	last    uint32
	blocks  []uint64
	whole   []byte // every block's hash and length, for the digest
}

func (p *channelPrint) append(values []float64) {
	// The state lives in registers for the length of the loop.
	roll, sum, length, changes, last := p.roll, p.sum, p.length, p.changes, p.last
	for _, v := range values {
		b := math.Float32bits(float32(v))
		switch {
		case v == 0:
			b = 0 // both zeros are the same value
		case v != v:
			b = 0x7fc00000
		}
		if b != last {
			changes++
			last = b
		}
		x := (uint64(b) + 1) * 0x9e3779b97f4a7c15
		roll = roll<<1 + (x ^ x>>29)
		hi, lo := bits.Mul64(sum^x, 0xd6e8feb86659fd93)
		sum = hi ^ lo
		length++
		if length >= minBlock && roll>>(64-blockBits) == 0 || length == maxBlock {
			p.sum, p.length, p.changes = sum, length, changes
			p.end(roll>>(64-blockBits) == 0)
			sum, length, changes = p.sum, p.length, p.changes
		}
	}
	p.roll, p.sum, p.length, p.changes, p.last = roll, sum, length, changes, last
}

// end closes a block. Only one that ended by its content is found again in
// another cut of the recording.
func (p *channelPrint) end(byContent bool) {
	if p.length == 0 {
		return
	}
	p.whole = binary.LittleEndian.AppendUint64(p.whole, p.sum)
	p.whole = binary.AppendUvarint(p.whole, uint64(p.length))
	p.moved += p.changes
	if byContent && p.changes >= minChanges {
		p.blocks = append(p.blocks, p.sum)
	}
	p.sum, p.length, p.changes = 0, 0, 0
}

func fingerprintOf(channels []*channelPrint) Fingerprint {
	var f Fingerprint
	for _, p := range channels {
		p.end(false)
		if p.moved < minChanges {
			continue
		}
		h := sha256.Sum256(p.whole)
		f.Digests = append(f.Digests, [digestLen]byte(h[:digestLen]))
		f.Blocks = append(f.Blocks, p.blocks...)
	}
	slices.SortFunc(f.Digests, func(a, b [digestLen]byte) int { return bytes.Compare(a[:], b[:]) })
	slices.Sort(f.Blocks)
	f.Digests, f.Blocks = slices.Compact(f.Digests), slices.Compact(f.Blocks)
	return f
}

func (f Fingerprint) fields(id RecordingID) []field {
	digests := make([]byte, 0, digestLen*len(f.Digests))
	for _, d := range f.Digests {
		digests = append(digests, d[:]...)
	}
	blocks := make([]byte, 0, 8*len(f.Blocks))
	for _, b := range f.Blocks {
		blocks = binary.LittleEndian.AppendUint64(blocks, b)
	}
	return []field{{"recording", string(id)}, {"digests", digests}, {"blocks", blocks}}
}

func decodeFingerprint(digests, blocks []byte) (Fingerprint, error) {
	var f Fingerprint
	if len(digests)%digestLen != 0 || len(blocks)%8 != 0 {
		return f, fmt.Errorf("fingerprint of %d and %d bytes: %w", len(digests), len(blocks), ErrCorrupt)
	}
	for d := range slices.Chunk(digests, digestLen) {
		f.Digests = append(f.Digests, [digestLen]byte(d))
	}
	f.Blocks = make([]uint64, len(blocks)/8)
	for i := range f.Blocks {
		f.Blocks[i] = binary.LittleEndian.Uint64(blocks[8*i:])
	}
	return f, nil
}

// Twin is a recording of the study that holds the same sensor values.
type Twin struct {
	Session     SessionID
	Recording   RecordingID
	Participant ParticipantID
	Number      int // of the session, among the participant's
	Source      string
	Placement   string
	// Exact says that every channel that moves has its equal, value for value,
	// in the twin, or the other way round.
	Exact bool
	// Share is how much of the recording's movement is in the twin, 0 to 1, and
	// Covers how much of the twin's is in the recording. A cut piece has a Share
	// near 1 and a small Covers.
	Share, Covers float64
	Blocks        int // blocks in common
	// Turns is how many shapes are in common, TurnShare how much of the
	// recording's and TurnCovers how much of the twin's that is.
	Turns                 int
	TurnShare, TurnCovers float64
}

// FindTwins lists the recordings of the study that share sensor values with a
// fingerprint, the most alike first. A recording without movement has none.
func (s *Study) FindTwins(ctx context.Context, f Fingerprint) ([]Twin, error) {
	var out []Twin
	if len(f.Digests) == 0 && len(f.Blocks) == 0 && len(f.Shapes) == 0 {
		return nil, nil
	}
	err := each(ctx, s.reader, func(rows *sql.Rows) error {
		var t Twin
		var digests, blocks, shapes sql.RawBytes
		if err := rows.Scan(&t.Session, &t.Recording, &t.Participant, &t.Number, &t.Source, &t.Placement, &digests, &blocks, &shapes); err != nil {
			return err
		}
		other, err := decodeFingerprint(digests, blocks)
		if err != nil {
			return fmt.Errorf("recording %s: %w", t.Recording, err)
		}
		other.Shapes = decodeShapes(shapes)
		if t.compare(f, other) {
			out = append(out, t)
		}
		return nil
	}, `SELECT s.id, r.id, s.participant, s.number, s.source, r.placement, f.digests, f.blocks, coalesce(h.data, x'') FROM fingerprints f
		LEFT JOIN shapes h ON h.recording=f.recording JOIN recordings r ON r.id=f.recording JOIN sessions s ON s.id=r.session WHERE s.visible=1`)
	slices.SortStableFunc(out, func(a, b Twin) int {
		return cmp.Or(cmp.Compare(flag(b.Exact), flag(a.Exact)), cmp.Compare(b.Share, a.Share), cmp.Compare(b.Covers, a.Covers), cmp.Compare(b.TurnShare, a.TurnShare))
	})
	return out, explain("looking for the same sensor values", err)
}

// compare fills in what two fingerprints share; false when that is nothing.
func (t *Twin) compare(f, other Fingerprint) bool {
	same := common(f.Digests, other.Digests, func(a, b [digestLen]byte) int { return bytes.Compare(a[:], b[:]) })
	t.Exact = same > 0 && same == min(len(f.Digests), len(other.Digests))
	t.Blocks = common(f.Blocks, other.Blocks, cmp.Compare[uint64])
	if n := len(f.Blocks); n > 0 {
		t.Share = float64(t.Blocks) / float64(n)
	}
	if n := len(other.Blocks); n > 0 {
		t.Covers = float64(t.Blocks) / float64(n)
	}
	t.Turns = common(f.Shapes, other.Shapes, cmp.Compare[uint64])
	t.TurnShare = float64(t.Turns) / float64(max(len(f.Shapes), 1))
	t.TurnCovers = float64(t.Turns) / float64(max(len(other.Shapes), 1))
	if t.Exact && t.Blocks == 0 {
		t.Share, t.Covers = 1, 1 // too short for blocks
	}
	return same > 0 || t.Blocks > 0 || t.Turns >= stretchTurns
}

// common counts the elements that two sorted slices share.
func common[T any](a, b []T, compare func(T, T) int) int {
	n := 0
	for len(a) > 0 && len(b) > 0 {
		switch c := compare(a[0], b[0]); {
		case c < 0:
			a = a[1:]
		case c > 0:
			b = b[1:]
		default:
			n++
			a, b = a[1:], b[1:]
		}
	}
	return n
}
