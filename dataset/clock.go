package dataset

import (
	"errors"
	"fmt"
	"math"
	"sort"
)

// Segment maps a run of samples to time: sample i, i >= First, lies at
// Start + (i-First)/Rate seconds from the session's start.
type Segment struct {
	First int64   `json:"first"`
	Start float64 `json:"start"`
	Rate  float64 `json:"rate"`
}

// Clock is how sample numbers become time. Segments are sorted by First and the
// first one has First 0. A gap is a hole between the end of one segment's
// samples and the start of the next.
type Clock struct {
	Segments []Segment `json:"segments"`
}

// Uniform is a clock of one segment from start (seconds) at rate (Hz).
func Uniform(start, rate float64) Clock {
	return Clock{Segments: []Segment{{Start: start, Rate: rate}}}
}

// Validate reports a clock that cannot map samples: no segment, a first segment
// that does not begin at sample 0, unsorted segments, or a rate that is not
// positive and finite. Time may step backwards between segments: a device's
// clock can, and it is shown as it is.
func (c Clock) Validate() error {
	if len(c.Segments) == 0 {
		return errors.New("clock has no segment")
	}
	for i, s := range c.Segments {
		if !(s.Rate > 0) || math.IsInf(s.Rate, 0) || math.IsNaN(s.Start) || math.IsInf(s.Start, 0) {
			return fmt.Errorf("clock segment %d: start %g s, rate %g Hz", i, s.Start, s.Rate)
		}
		if i == 0 && s.First != 0 {
			return fmt.Errorf("clock begins at sample %d", s.First)
		}
		if i > 0 && s.First <= c.Segments[i-1].First {
			return fmt.Errorf("clock segment %d does not advance", i)
		}
	}
	return nil
}

func (c Clock) segmentOf(sample int64) int {
	i := sort.Search(len(c.Segments), func(i int) bool { return c.Segments[i].First > sample })
	return max(i-1, 0)
}

// Time is the time of a sample in seconds from the session's start. Samples
// outside the recording extrapolate the nearest segment.
func (c Clock) Time(sample int64) float64 {
	if len(c.Segments) == 0 {
		return 0
	}
	s := c.Segments[c.segmentOf(sample)]
	return s.Start + float64(sample-s.First)/s.Rate
}

// End is the time just after the last of n samples.
func (c Clock) End(n int64) float64 {
	if len(c.Segments) == 0 || n <= 0 {
		return 0
	}
	s := c.Segments[c.segmentOf(n-1)]
	return s.Start + float64(n-s.First)/s.Rate
}

// Latest is the latest time that any of n samples reaches: End, but for a clock
// that stepped back.
func (c Clock) Latest(n int64) float64 {
	latest := c.End(n)
	for i := 1; i < len(c.Segments) && c.Segments[i].First < n; i++ {
		p := c.Segments[i-1]
		latest = max(latest, p.Start+float64(c.Segments[i].First-p.First)/p.Rate)
	}
	return latest
}

// Earliest is the earliest time that any of n samples has: the first sample's,
// but for a clock that stepped back.
func (c Clock) Earliest(n int64) float64 {
	earliest := math.Inf(1)
	for _, s := range c.Segments {
		if s.First < n {
			earliest = min(earliest, s.Start)
		}
	}
	if math.IsInf(earliest, 1) {
		return 0
	}
	return earliest
}

// Sample is the first sample at or after time t among n samples; n when there
// is none. A t inside a gap gives the first sample after it. With a clock that
// steps backwards several stretches can hold t, and the earliest sample number
// of them counts; where none does, the sample that is next in time.
func (c Clock) Sample(t float64, n int64) int64 {
	next, after := n, math.Inf(1)
	for i, s := range c.Segments {
		last := n
		if i+1 < len(c.Segments) {
			last = min(c.Segments[i+1].First, n)
		}
		if last <= s.First || s.Start+float64(last-1-s.First)/s.Rate < t-1e-9 {
			continue
		}
		if s.Start <= t+1e-9 {
			k := s.First + int64(math.Ceil((t-s.Start)*s.Rate-1e-6))
			return min(max(k, s.First), n)
		}
		if s.Start < after {
			next, after = s.First, s.Start
		}
	}
	return next
}

// Gap is a hole in a recording: no samples between From and To seconds; the
// next sample after it is Sample.
type Gap struct {
	From, To float64
	Sample   int64
}

// Gaps lists the holes between segments that are longer than half a sample
// period. A step backwards in time is not a gap.
func (c Clock) Gaps() []Gap {
	var gaps []Gap
	for i := 1; i < len(c.Segments); i++ {
		p, s := c.Segments[i-1], c.Segments[i]
		end := p.Start + float64(s.First-p.First)/p.Rate
		if s.Start-end > 0.5/p.Rate {
			gaps = append(gaps, Gap{From: end, To: s.Start, Sample: s.First})
		}
	}
	return gaps
}

// Contiguous reports whether samples [first, last) hold no gap and no clock step.
func (c Clock) Contiguous(first, last int64) bool {
	if last <= first {
		return true
	}
	a, b := c.segmentOf(first), c.segmentOf(last-1)
	for i := a + 1; i <= b; i++ {
		p, s := c.Segments[i-1], c.Segments[i]
		end := p.Start + float64(s.First-p.First)/p.Rate
		if math.Abs(s.Start-end) > 0.5/p.Rate {
			return false
		}
	}
	return true
}

// Stretches are the spans of time, in seconds, that samples [first, last) were
// recorded in, in the order of the samples: one for each run without a gap or a
// step of the clock.
func (c Clock) Stretches(first, last int64) [][2]float64 {
	var out [][2]float64
	for i, s := range c.Segments {
		from, to := max(first, s.First), last
		if i+1 < len(c.Segments) {
			to = min(to, c.Segments[i+1].First)
		}
		if to <= from {
			continue
		}
		a, b := s.Start+float64(from-s.First)/s.Rate, s.Start+float64(to-s.First)/s.Rate
		if n := len(out); n > 0 && math.Abs(a-out[n-1][1]) <= 0.5/s.Rate {
			out[n-1][1] = b
			continue
		}
		out = append(out, [2]float64{a, b})
	}
	return out
}

// Recorded is how long samples [first, last) took, in seconds: their stretches
// without what lies between them. It is never negative, whatever the clock did.
func (c Clock) Recorded(first, last int64) float64 {
	var sum float64
	for _, s := range c.Stretches(first, last) {
		sum += s[1] - s[0]
	}
	return sum
}

// Span is when samples [first, last) begin and end in seconds, the end just after
// the last one. Where the clock steps back between them the end is the beginning
// and what was recorded from there, so that a span is never turned round.
func (c Clock) Span(first, last int64) (from, to float64) {
	from = c.Time(first)
	if last <= first {
		return from, from
	}
	to = c.End(last)
	if steps := c.Stretches(first, last); len(steps) > 1 {
		for i := 1; i < len(steps); i++ {
			if steps[i][0] < steps[i-1][1] {
				return from, max(to, from+c.Recorded(first, last))
			}
		}
	}
	return from, to
}
