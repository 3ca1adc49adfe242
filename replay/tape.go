package replay

import (
	"context"
	"fmt"
	"math"

	"onset/dataset"
)

// Block is a run of samples of one recording without a gap.
type Block struct {
	Recording int         // index into the session's recordings
	Start     float64     // time of the first sample, seconds from the session's start
	Rate      float64     // Hz
	Back      float64     // seconds by which the device's clock was set back right before, else 0
	Values    [][]float64 // [channel][sample]
}

// Packet is what arrives at once: every recording's samples within [From, To)
// and the events of that stretch. What is missing in it was never recorded.
type Packet struct {
	Seq      int
	From, To float64
	Blocks   []Block
	Events   []dataset.Event
}

// tape holds the samples that have arrived. Its session looks like the stored
// one cut off at this moment, so that windows are cut by the same code in
// training and in replay.
type tape struct {
	session  dataset.Session
	place    map[dataset.ChannelID][2]int
	values   [][][]float64 // [recording][channel][sample]
	movement []*movement   // by recording; nil without an accelerometer
	heard    [][]Interval  // by recording: stretches without a gap
}

func newTape(s dataset.Session) *tape {
	t := &tape{session: s, place: map[dataset.ChannelID][2]int{}}
	t.session.Recordings = append([]dataset.Recording(nil), s.Recordings...)
	t.heard = make([][]Interval, len(t.session.Recordings))
	for i := range t.session.Recordings {
		r := &t.session.Recordings[i]
		r.Samples, r.Clock, r.Findings = 0, dataset.Clock{}, nil
		t.values = append(t.values, make([][]float64, len(r.Channels)))
		t.movement = append(t.movement, newMovement(r.Channels))
		for j, c := range r.Channels {
			t.place[c.ID] = [2]int{i, j}
		}
	}
	return t
}

// add appends a block. It refuses one that does not fit its recording.
func (t *tape) add(b Block) error {
	if b.Recording < 0 || b.Recording >= len(t.values) {
		return fmt.Errorf("samples of recording %d of %d", b.Recording, len(t.values))
	}
	r := &t.session.Recordings[b.Recording]
	if len(b.Values) != len(r.Channels) || !(b.Rate > 0) || math.IsInf(b.Rate, 0) || math.IsNaN(b.Start) || math.IsInf(b.Start, 0) {
		return fmt.Errorf("samples of %d channels at %g Hz from %g s; recording %d has %d channels", len(b.Values), b.Rate, b.Start, b.Recording, len(r.Channels))
	}
	n := len(b.Values[0])
	for _, ch := range b.Values {
		if len(ch) != n {
			return fmt.Errorf("channels of recording %d hold %d and %d samples", b.Recording, n, len(ch))
		}
	}
	if n == 0 {
		return nil
	}
	t.extendClock(r, b)
	t.hear(b)
	for j, ch := range b.Values {
		t.values[b.Recording][j] = append(t.values[b.Recording][j], ch...)
	}
	r.Samples += int64(n)
	if m := t.movement[b.Recording]; m != nil {
		m.add(b)
	}
	return nil
}

// extendClock opens a segment unless the block carries straight on.
func (t *tape) extendClock(r *dataset.Recording, b Block) {
	segments := r.Clock.Segments
	if k := len(segments); k > 0 && b.Back == 0 && segments[k-1].Rate == b.Rate && math.Abs(r.Clock.End(r.Samples)-b.Start) < 1e-6 {
		return
	}
	// Appending in place would write into a clock that a reader may still hold.
	r.Clock.Segments = append(segments[:len(segments):len(segments)], dataset.Segment{First: r.Samples, Start: b.Start, Rate: b.Rate, Back: b.Back})
}

// ReadSamples reads what has arrived of a channel.
func (t *tape) ReadSamples(_ context.Context, id dataset.ChannelID, first int64, dst []float64) (int, error) {
	at, ok := t.place[id]
	if !ok {
		return 0, fmt.Errorf("channel %d: %w", id, dataset.ErrNotFound)
	}
	values := t.values[at[0]][at[1]]
	if first < 0 || first > int64(len(values)) {
		return 0, fmt.Errorf("sample %d of %d: %w", first, len(values), dataset.ErrBadRequest)
	}
	return copy(dst, values[first:]), nil
}

// soFar is the session as it has arrived; recordings without a sample are left
// out.
func (t *tape) soFar() dataset.Session {
	s := t.session
	s.Recordings = nil
	for _, r := range t.session.Recordings {
		if r.Samples > 0 {
			s.Recordings = append(s.Recordings, r)
		}
	}
	return s
}

// heardUntil is up to when samples of a recording are known at a time; minus
// infinity before the first.
func (t *tape) heardUntil(recording int, at float64) float64 {
	list := t.heard[recording]
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].From < at-edge {
			return min(list[i].To, at)
		}
	}
	return math.Inf(-1)
}

// hear notes that samples of a recording cover a stretch.
func (t *tape) hear(b Block) {
	list := t.heard[b.Recording]
	end := b.Start + float64(len(b.Values[0]))/b.Rate
	if k := len(list) - 1; k >= 0 && math.Abs(list[k].To-b.Start) < 0.5/b.Rate {
		list[k].To = end
		return
	}
	t.heard[b.Recording] = append(list, Interval{b.Start, end})
}
