package replay

import (
	"context"
	"fmt"
	"math"

	"onset/dataset"
)

// Streamer cuts a stored session into packets on the session's clock.
type Streamer struct {
	session dataset.Session
	tracks  []*track
	events  []dataset.Event
	packetS float64
	seq     int
	end     float64
}

// track reads one recording in order.
type track struct {
	index  int
	rec    dataset.Recording
	next   int64
	first  int64
	buffer [][]float64
	store  sampleReader
}

type sampleReader interface {
	ReadSamples(ctx context.Context, channel dataset.ChannelID, first int64, dst []float64) (int, error)
}

// longestS is the time that a session may cover to be replayed second by second.
const longestS = 400 * 86400

// replayable refuses a session whose clock jumped over years: replay would pass
// through every second of them.
func replayable(s dataset.Session) error {
	if d := s.Duration(); d > longestS {
		return fmt.Errorf("the session's clock covers %.0f days, so it was probably set during the recording; replay passes every second and takes at most %d days; cut the source where the clock was set and import the part that is needed", d/86400, longestS/86400)
	}
	return nil
}

// NewStreamer streams a session in packets of packetS seconds.
func NewStreamer(store sampleReader, s dataset.Session, packetS float64) (*Streamer, error) {
	if !(packetS > 0) || math.IsInf(packetS, 0) {
		return nil, fmt.Errorf("packets of %g s can't be made", packetS)
	}
	if err := replayable(s); err != nil {
		return nil, err
	}
	st := &Streamer{session: s, events: s.Events, packetS: packetS, end: s.Duration()}
	for i, r := range s.Recordings {
		if r.Samples > 0 {
			st.tracks = append(st.tracks, &track{index: i, rec: r, store: store})
		}
	}
	return st, nil
}

// Next is the next packet; ok is false after the last.
func (s *Streamer) Next(ctx context.Context) (p Packet, ok bool, err error) {
	p = Packet{Seq: s.seq, From: float64(s.seq) * s.packetS, To: float64(s.seq+1) * s.packetS}
	if p.From >= s.end && s.drained() {
		return p, false, nil
	}
	s.seq++
	for _, t := range s.tracks {
		if p.Blocks, err = t.until(ctx, p.To, p.Blocks); err != nil {
			return p, false, fmt.Errorf("reading %.1f to %.1f s of the recording on %s: %w", p.From, p.To, t.rec.Placement, err)
		}
	}
	for len(s.events) > 0 && s.events[0].AtS < p.To {
		p.Events = append(p.Events, s.events[0])
		s.events = s.events[1:]
	}
	return p, true, nil
}

func (s *Streamer) drained() bool {
	for _, t := range s.tracks {
		if t.next < t.rec.Samples {
			return false
		}
	}
	return true
}

// until appends the blocks of the samples before a time, segment by segment.
func (t *track) until(ctx context.Context, to float64, blocks []Block) ([]Block, error) {
	for t.next < t.rec.Samples {
		if err := ctx.Err(); err != nil {
			return blocks, err
		}
		seg, last := t.segment()
		n := int64(math.Ceil((to-seg.Start)*seg.Rate-1e-6)) + seg.First
		n = min(max(n, t.next), last)
		if n == t.next {
			return blocks, nil
		}
		values, err := t.read(ctx, t.next, n)
		if err != nil {
			return blocks, err
		}
		b := Block{Recording: t.index, Rate: seg.Rate, Values: values, Start: seg.Start + float64(t.next-seg.First)/seg.Rate}
		if t.next == seg.First {
			b.Back = seg.Back
		}
		blocks = append(blocks, b)
		t.next = n
		if n < last {
			return blocks, nil
		}
	}
	return blocks, nil
}

// segment is the clock's segment of the next sample and where it ends.
func (t *track) segment() (dataset.Segment, int64) {
	segments := t.rec.Clock.Segments
	k := 0
	for k+1 < len(segments) && segments[k+1].First <= t.next {
		k++
	}
	last := t.rec.Samples
	if k+1 < len(segments) {
		last = min(last, segments[k+1].First)
	}
	return segments[k], last
}

// readAhead is how many samples of a channel are read at a time.
const readAhead = 1 << 14

func (t *track) read(ctx context.Context, first, last int64) ([][]float64, error) {
	out := make([][]float64, len(t.rec.Channels))
	if t.buffer == nil || first < t.first || last > t.first+int64(len(t.buffer[0])) {
		n := min(max(readAhead, last-first), t.rec.Samples-first)
		t.buffer, t.first = make([][]float64, len(t.rec.Channels)), first
		for j, c := range t.rec.Channels {
			t.buffer[j] = make([]float64, n)
			got, err := t.store.ReadSamples(ctx, c.ID, first, t.buffer[j])
			if err != nil {
				return nil, err
			}
			if int64(got) < n {
				return nil, fmt.Errorf("%w: the study holds %d of %d samples of %s %s", dataset.ErrCorrupt, first+int64(got), t.rec.Samples, c.Kind, c.Axis)
			}
		}
	}
	for j := range out {
		out[j] = t.buffer[j][first-t.first : last-t.first]
	}
	return out, nil
}
