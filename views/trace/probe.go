package trace

import (
	"context"
	"math"
	"strconv"
	"strings"
)

// probe reads the values under the cursor. Values that are held are said at
// once; others are read away from the interface goroutine, the latest place
// only.
type probe struct {
	t      *Trace
	gen    int
	busy   bool
	again  bool
	sample map[*track]int64
	values map[*track][]string
}

func newProbe(t *Trace) *probe {
	return &probe{t: t, sample: map[*track]int64{}, values: map[*track][]string{}}
}

// reset forgets the tracks.
func (p *probe) reset() {
	p.gen++
	p.busy, p.again = false, false
	clear(p.sample)
	clear(p.values)
}

// at is the sample under the cursor and its values as text; -1 when the cursor
// is in a gap or outside the recording.
func (p *probe) at(k *track) (sample int64, values []string) {
	i, ok := p.t.sampleAt(k, p.t.cursor)
	if !ok {
		return -1, nil
	}
	if s, known := p.sample[k]; known && s == i {
		return i, p.values[k]
	}
	return i, nil
}

// sampleAt is the sample nearest to a moment; ok is false when there is none
// within a sample's length.
func (t *Trace) sampleAt(k *track, at float64) (sample int64, ok bool) {
	if len(k.Channels) == 0 {
		return 0, false
	}
	s := k.Channels[0].Series
	clock, n := s.Clock(), s.Len()
	if n == 0 {
		return 0, false
	}
	i := clock.Sample(at, n)
	if i == n {
		i = n - 1
	}
	if i > 0 && math.Abs(clock.Time(i-1)-at) < math.Abs(clock.Time(i)-at) {
		i--
	}
	rate := k.rateAt(at)
	return i, math.Abs(clock.Time(i)-at) <= 1/rate
}

type probeRead struct {
	k      *track
	sample int64
	values []string
	series []Series
}

// want reads the values under the cursor where they are not yet known.
func (p *probe) want() {
	if p.busy {
		p.again = true
		return
	}
	var reads []probeRead
	for _, k := range p.t.tracks {
		i, ok := p.t.sampleAt(k, p.t.cursor)
		if !ok {
			continue
		}
		if known, values := p.at(k); known == i && values != nil {
			continue
		}
		if values, ok := k.heldValues(i); ok {
			p.sample[k], p.values[k] = i, values
			continue
		}
		r := probeRead{k: k, sample: i}
		for _, ch := range k.Channels {
			r.series = append(r.series, ch.Series)
		}
		reads = append(reads, r)
	}
	if len(reads) == 0 {
		p.tell()
		return
	}
	p.busy = true
	gen := p.gen
	p.t.cfg.Background(func() {
		for i := range reads {
			reads[i].read()
		}
		p.t.cfg.Do(func() {
			if gen != p.gen {
				return
			}
			p.busy = false
			for _, r := range reads {
				p.sample[r.k], p.values[r.k] = r.sample, r.values
			}
			p.tell()
			if p.again {
				p.again = false
				p.want()
			}
		})
	})
}

func (p *probe) tell() {
	if p.t.draw != nil {
		p.t.draw.placeCursor()
	}
}

func (r *probeRead) read() {
	var one [1]float64
	for _, s := range r.series {
		text := "–"
		if n, err := s.Samples(context.Background(), r.sample, one[:]); err == nil && n == 1 {
			text = formatValue(one[0])
		}
		r.values = append(r.values, text)
	}
}

// heldValues are the values of a sample where every channel holds it.
func (k *track) heldValues(i int64) ([]string, bool) {
	values := make([]string, len(k.held))
	for c, h := range k.held {
		if h.raw == nil || i < h.rawFirst || i >= h.rawFirst+int64(len(h.raw)) {
			return nil, false
		}
		values[c] = formatValue(h.raw[i-h.rawFirst])
	}
	return values, true
}

// formatValue writes a value with about four digits and a real minus sign.
func formatValue(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	digits := 3
	switch a := math.Abs(v); {
	case a >= 1000:
		digits = 0
	case a >= 100:
		digits = 1
	case a >= 10:
		digits = 2
	}
	return strings.Replace(strconv.FormatFloat(v, 'f', digits, 64), "-", "−", 1)
}
