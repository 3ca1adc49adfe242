package dataset

import (
	"errors"
	"fmt"
	"math"
	"sort"
	"strings"
)

// Segment maps a run of samples to time: sample i, i >= First, lies at
// Start + (i-First)/Rate seconds from the session's start.
type Segment struct {
	First int64   `json:"first"`
	Start float64 `json:"start"`
	Rate  float64 `json:"rate"`
	// Back is by how many seconds the device's clock was set back right before
	// First: a seam, over which time runs on. It is 0 everywhere else.
	Back float64 `json:"back,omitempty"`
}

// Clock is how sample numbers become time. Segments are sorted by First and the
// first one has First 0. A gap is a hole between the end of one segment's
// samples and the start of the next.
//
// Time only ever advances from sample to sample. Where a device's clock was set
// back, the stretch after it begins where the one before ended (Forward); the
// study file holds what the device's clock said (Device).
type Clock struct {
	Segments []Segment `json:"segments"`
}

// Uniform is a clock of one segment from start (seconds) at rate (Hz).
func Uniform(start, rate float64) Clock {
	return Clock{Segments: []Segment{{Start: start, Rate: rate}}}
}

// Validate reports a clock that cannot map samples: no segment, a first segment
// that does not begin at sample 0, unsorted segments, or a rate that is not
// positive and finite. Time may step backwards between segments, as a device's
// clock does before Forward.
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

// Forward is a device's clock made to advance from sample to sample: a segment
// that begins before the one ahead of it has ended, by more than half a sample,
// begins right at that end and holds by how much in Back; what follows moves with
// it. Other clocks, and those that were made so already, come back as they are.
func (c Clock) Forward() Clock {
	var out []Segment
	var moved float64
	for i, s := range c.Segments {
		if i == 0 {
			continue
		}
		p := c.Segments[i-1]
		if out != nil {
			p = out[i-1]
		}
		end := p.Start + float64(s.First-p.First)/p.Rate
		start := s.Start + moved
		if back := end - start; back > 0.5/p.Rate {
			if out == nil {
				out = append(make([]Segment, 0, len(c.Segments)), c.Segments[:i]...)
			}
			moved += back
			s.Back += back
			start = end
		}
		if out != nil {
			s.Start = start
			out = append(out, s)
		}
	}
	if out == nil {
		return c
	}
	return Clock{Segments: out}
}

// Device is the clock as the device had it, steps back and all: what Forward was
// made from, but for the last digit of a float.
func (c Clock) Device() Clock {
	var back float64
	out := Clock{Segments: make([]Segment, len(c.Segments))}
	for i, s := range c.Segments {
		back += s.Back
		out.Segments[i] = Segment{First: s.First, Start: s.Start - back, Rate: s.Rate}
	}
	return out
}

// What findings of studies from before seams say of a step back, and what holds now.
const (
	timesGoBack = "the times after the step are earlier than those before it."
	timeRunsOn  = "the session's time runs on here without a break."
)

// Seam is where a device's clock was set back while recording, by Back seconds
// before sample Sample; At is that moment in seconds.
type Seam struct {
	At, Back float64
	Sample   int64
}

// Seams lists the places where the device's clock was set back.
func (c Clock) Seams() []Seam {
	var out []Seam
	for _, s := range c.Segments {
		if s.Back > 0 {
			out = append(out, Seam{At: s.Start, Back: s.Back, Sample: s.First})
		}
	}
	return out
}

// Place gives the findings of a device whose clock was set back the times that
// their samples have; those without a sample stay.
func (c Clock) Place(findings []Finding) {
	if len(c.Seams()) == 0 {
		return
	}
	for i, f := range findings {
		findings[i].Message = strings.Replace(f.Message, timesGoBack, timeRunsOn, 1)
		switch {
		case f.Sample < 0:
		case f.Sample > 0 && (f.Kind == FindingGap || f.Kind == FindingClock): // after the sample before
			findings[i].AtS = c.End(f.Sample)
		default:
			findings[i].AtS = c.Time(f.Sample)
		}
	}
}

// Sample is the first sample at or after time t among n samples; n when there
// is none. A t inside a gap gives the first sample after it.
func (c Clock) Sample(t float64, n int64) int64 {
	for i, s := range c.Segments {
		last := n
		if i+1 < len(c.Segments) {
			last = min(c.Segments[i+1].First, n)
		}
		if last <= s.First || s.Start+float64(last-1-s.First)/s.Rate < t-1e-9 {
			continue
		}
		k := s.First + int64(math.Ceil((t-s.Start)*s.Rate-1e-6))
		return min(max(k, s.First), n)
	}
	return n
}

// Gap is a hole in a recording: no samples between From and To seconds; the
// next sample after it is Sample.
type Gap struct {
	From, To float64
	Sample   int64
}

// Gaps lists the holes between segments that are longer than half a sample
// period.
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

// Contiguous reports whether samples [first, last) hold no gap and no seam.
func (c Clock) Contiguous(first, last int64) bool {
	if last <= first {
		return true
	}
	a, b := c.segmentOf(first), c.segmentOf(last-1)
	for i := a + 1; i <= b; i++ {
		p, s := c.Segments[i-1], c.Segments[i]
		end := p.Start + float64(s.First-p.First)/p.Rate
		if s.Back > 0 || math.Abs(s.Start-end) > 0.5/p.Rate {
			return false
		}
	}
	return true
}

// Stretches are the spans of time, in seconds, that samples [first, last) were
// recorded in: one for each run without a gap or a seam.
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
		if n := len(out); n > 0 && (s.Back == 0 || from > s.First) && math.Abs(a-out[n-1][1]) <= 0.5/s.Rate {
			out[n-1][1] = b
			continue
		}
		out = append(out, [2]float64{a, b})
	}
	return out
}

// Recorded is how long samples [first, last) took, in seconds: their stretches
// without what lies between them.
func (c Clock) Recorded(first, last int64) float64 {
	var sum float64
	for _, s := range c.Stretches(first, last) {
		sum += s[1] - s[0]
	}
	return sum
}

// Span is when samples [first, last) begin and end in seconds, the end just after
// the last one.
func (c Clock) Span(first, last int64) (from, to float64) {
	from = c.Time(first)
	if last <= first {
		return from, from
	}
	return from, c.End(last)
}
