package labeling

import (
	"math"

	"onset/dataset"
)

// Timeline is the recording that spans are counted in.
type Timeline struct {
	Recording dataset.RecordingID
	Clock     dataset.Clock
	Samples   int64
}

// TimelineOf is the timeline of a recording.
func TimelineOf(r dataset.Recording) Timeline {
	return Timeline{Recording: r.ID, Clock: r.Clock, Samples: r.Samples}
}

// Nearest is the sample whose time is nearest to t seconds, inside the
// recording.
func (l Timeline) Nearest(t float64) int64 {
	if l.Samples == 0 {
		return 0
	}
	i := min(l.Clock.Sample(t, l.Samples), l.Samples-1)
	if i > 0 && math.Abs(l.Clock.Time(i-1)-t) <= math.Abs(l.Clock.Time(i)-t) {
		i--
	}
	return i
}

// Boundary is the place between samples that is nearest to t, as the number of
// the sample after it: 0 up to the number of samples. At a gap the near side
// counts.
func (l Timeline) Boundary(t float64) int64 {
	i := l.Clock.Sample(t, l.Samples)
	best, off := i, math.Inf(1)
	for _, b := range []int64{i - 1, i, i + 1} {
		if b < 0 || b > l.Samples {
			continue
		}
		d := math.Abs(l.endTime(b) - t)
		if b < l.Samples {
			d = min(d, math.Abs(l.Clock.Time(b)-t))
		}
		if d < off {
			best, off = b, d
		}
	}
	return best
}

// Span is the half-open span of samples between two moments, clipped to the
// recording; it holds at least one sample where the recording has any.
func (l Timeline) Span(from, to float64) (start, end int64) {
	if to < from {
		from, to = to, from
	}
	start, end = l.Boundary(from), l.Boundary(to)
	start = min(start, max(l.Samples-1, 0))
	return start, min(max(end, start+1), l.Samples)
}

// Setup is where the setup window ends that begins at sample onset and lasts
// seconds: the boundary between samples nearest to that moment, inside the
// recording. In a gap the window ends with the samples before it.
func (l Timeline) Setup(onset int64, seconds float64) (end int64) {
	t := l.Clock.Time(onset) + seconds
	end = l.Clock.Sample(t, l.Samples)
	if end > 0 && math.Abs(l.endTime(end-1)-t) < math.Abs(l.endTime(end)-t) {
		end--
	}
	return min(max(end, onset+1), l.Samples)
}

// Times are when a span begins and ends in seconds: the moment of its first
// sample and the moment just after its last, never before it; see dataset.Clock.Span.
func (l Timeline) Times(start, end int64) (from, to float64) {
	return l.Clock.Span(start, end)
}

func (l Timeline) endTime(end int64) float64 {
	if end <= 0 {
		return l.Clock.Time(0)
	}
	return l.Clock.End(end)
}
