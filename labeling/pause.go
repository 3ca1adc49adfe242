package labeling

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"onset/dataset"
)

// Pause is a stretch of time, in seconds, in which nothing was recorded. Before a
// recording's first sample From is minus infinity, behind its last To is infinity.
type Pause struct{ From, To float64 }

// String is the pause as a sentence has it, in seconds.
func (p Pause) String() string {
	switch {
	case math.IsInf(p.From, 0):
		return fmt.Sprintf("before %.3f s", p.To)
	case math.IsInf(p.To, 0):
		return fmt.Sprintf("after %.3f s", p.From)
	}
	return fmt.Sprintf("from %.3f to %.3f s", p.From, p.To)
}

// PauseError is why a label was not made or moved: it would lie in a pause, or
// across one that it did not cross before.
type PauseError struct {
	Pause
	Across bool
}

func (e *PauseError) Error() string { return "nothing was recorded " + e.String() }

// pauseS is the length in seconds from which a hole is a pause that nothing is
// moved over. Shorter ones are lost packets, which lie in most labels.
const pauseS = 1.0

// PauseAt is the pause that a moment lies in, of recordings that make one track.
// A moment within a sample of what was recorded is in none.
func PauseAt(at float64, lines ...Timeline) (Pause, bool) {
	p := Pause{math.Inf(-1), math.Inf(1)}
	for _, l := range lines {
		near := l.slack()
		for _, s := range l.Clock.Stretches(0, l.Samples) {
			switch {
			case s[0]-near <= at && at <= s[1]+near:
				return Pause{}, false
			case s[1] < at:
				p.From = max(p.From, s[1])
			default:
				p.To = min(p.To, s[0])
			}
		}
	}
	return p, true
}

// slack is how far beside its samples a moment still belongs to a recording, in
// seconds: a sample, and what files round to.
func (l Timeline) slack() float64 {
	slack := 0.002
	for _, s := range l.Clock.Segments {
		if s.Rate > 0 {
			slack = max(slack, 1/s.Rate)
		}
	}
	return slack
}

// Pauses are the pauses between samples [start, end), without lost packets.
func (l Timeline) Pauses(start, end int64) []Pause { return l.holes(start, end, pauseS) }

func (l Timeline) holes(start, end int64, least float64) (list []Pause) {
	s := l.Clock.Stretches(start, min(end, l.Samples))
	for i := 1; i < len(s); i++ {
		if s[i][0]-s[i-1][1] >= least {
			list = append(list, Pause{s[i-1][1], s[i][0]})
		}
	}
	return list
}

// after is the place between samples that lies a time after the beginning of a
// sample, in the same stretch where that reaches so far.
func (l Timeline) after(start int64, seconds float64) int64 {
	to := l.Clock.Time(start) + seconds
	end := start + int64(math.Round(seconds*l.rate(start)))
	if end > l.Samples || !l.Clock.Contiguous(start, end) || math.Abs(l.endTime(end)-to) > l.slack() {
		end = l.Boundary(to)
	}
	return min(max(end, start+1), l.Samples)
}

// before is the sample that lies a time before a place between samples.
func (l Timeline) before(end int64, seconds float64) int64 {
	from := l.endTime(end) - seconds
	start := end - int64(math.Round(seconds*l.rate(end-1)))
	if start < 0 || !l.Clock.Contiguous(start, end) || math.Abs(l.Clock.Time(start)-from) > l.slack() {
		start = l.Nearest(from)
	}
	return min(max(start, 0), max(end-1, 0))
}

// rate is how many samples a second are recorded at a sample.
func (l Timeline) rate(sample int64) float64 {
	rate := 0.0
	for _, s := range l.Clock.Segments {
		if s.First <= max(sample, 0) {
			rate = s.Rate
		}
	}
	return rate
}

// carry puts a label down at a moment with the time that it lasts, inside samples
// [lo, hi). A moment outside the recording stops at its end.
func (l Timeline) carry(x *dataset.Label, to float64, lo, hi int64) error {
	if p, in := PauseAt(to, l); in && !math.IsInf(p.From, 0) && !math.IsInf(p.To, 0) {
		return &PauseError{Pause: p}
	}
	return l.carryTo(x, l.Nearest(to), lo, hi)
}

// carryTo is carry to a sample.
func (l Timeline) carryTo(x *dataset.Label, start, lo, hi int64) error {
	if x.Kind == dataset.KindPoint {
		x.Start = min(max(start, lo), hi-1)
		x.End = x.Start
		return nil
	}
	from, to := l.Times(x.Start, x.End)
	if latest := l.before(hi, to-from); latest < start {
		if p, in := PauseAt(l.endTime(hi)-(to-from), l); in && !math.IsInf(p.From, 0) {
			return &PauseError{Pause: p}
		}
		start = latest
	}
	start = max(start, lo)
	end := min(l.after(start, to-from), hi)
	if until := l.Clock.Time(start) + to - from; end < hi {
		if p, in := PauseAt(until, l); in {
			return &PauseError{Pause: p}
		}
	}
	// An end that comes to lie on a hole's edge would fall back over the hole.
	if a, b := l.Times(start, end); math.Abs((b-a)-(to-from)) > 2*l.slack() {
		at := a + to - from
		holes := l.holes(0, l.Samples, 0)
		near := func(p Pause) float64 { return min(math.Abs(p.From-at), math.Abs(p.To-at)) }
		if len(holes) > 0 {
			return &PauseError{Pause: slices.MinFunc(holes, func(p, q Pause) int { return cmp.Compare(near(p), near(q)) })}
		}
	}
	crossed := l.Pauses(x.Start, x.End)
	for _, p := range l.Pauses(start, end) {
		if !slices.Contains(crossed, p) {
			return &PauseError{Pause: p, Across: true}
		}
	}
	x.Start, x.End = start, end
	return nil
}
