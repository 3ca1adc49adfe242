package codec

import (
	"math"

	"onset/dataset"
)

// lineFit lays connected straight pieces along the edge of a stretch of times.
// It sees every sample once and keeps one point, the earliest against the pace,
// of each step; a piece goes on as long as some slope passes within a period of
// all its points.
type lineFit struct {
	from   int64   // first sample of the piece
	at     float64 // its time, nanoseconds
	period float64 // nanoseconds a sample, for comparing points
	coarse bool    // keep the latest point instead
	step   int64

	segments []dataset.Segment
	knot     knot
	held     int64 // samples seen since the last point
	low      float64
	high     float64
	sxy, sxx float64
	bounded  bool
	lastKnot int64 // sample of the last point of this piece
}

type knot struct {
	sample int64
	time   float64
}

// see takes sample n at time (nanoseconds).
func (l *lineFit) see(n int64, time float64) {
	if l.held == 0 || l.better(n, time) {
		l.knot = knot{n, time}
	}
	if l.held++; l.held == l.step {
		l.take()
	}
}

func (l *lineFit) better(n int64, time float64) bool {
	ahead := (time - l.knot.time) - float64(n-l.knot.sample)*l.period
	if l.coarse {
		return ahead > 0
	}
	return ahead < 0
}

// take adds the step's point to the piece, or ends the piece before it.
func (l *lineFit) take() {
	k := l.knot
	l.held = 0
	if k.sample <= l.from {
		return
	}
	if !l.fits(k) {
		l.endPiece(l.lastKnot)
		if k.sample <= l.from {
			return
		}
		l.fits(k)
	}
	l.lastKnot = k.sample
}

// fits narrows the slopes that pass within a period of k and all points before
// it; it reports false, changing nothing, when there is none.
func (l *lineFit) fits(k knot) bool {
	x := float64(k.sample - l.from)
	y := k.time - l.at
	low, high := (y-l.period)/x, (y+l.period)/x
	if l.bounded {
		low, high = max(low, l.low), min(high, l.high)
		if low > high {
			return false
		}
	}
	l.low, l.high, l.bounded = low, high, true
	l.sxy += x * y
	l.sxx += x * x
	return true
}

// slope is the best slope of the present piece, or the fallback without points.
func (l *lineFit) slope(fallback float64) float64 {
	if !l.bounded || l.sxx == 0 {
		return fallback
	}
	s := min(max(l.sxy/l.sxx, l.low), l.high)
	if !(s > 0) || math.IsInf(s, 0) {
		return fallback
	}
	return s
}

// endPiece closes the present piece at a sample and begins the next one there.
func (l *lineFit) endPiece(sample int64) {
	s := l.slope(l.period)
	l.segments = append(l.segments, dataset.Segment{First: l.from, Start: l.at / 1e9, Rate: 1e9 / s})
	l.at += float64(sample-l.from) * s
	l.from = sample
	l.bounded, l.sxx, l.sxy = false, 0, 0
}

// finish gives the pieces of the stretch, which ends before sample n. fallback
// is the period in nanoseconds when the stretch is too short to have its own.
func (l *lineFit) finish(n int64, fallback float64) []dataset.Segment {
	// A last step of few samples says little; it counts when it is half full or
	// the only one and long enough to have a pace.
	if l.held >= l.step/2 || !l.bounded && len(l.segments) == 0 && l.held >= minStride {
		l.take()
	}
	s := l.slope(fallback)
	return append(l.segments, dataset.Segment{First: l.from, Start: l.at / 1e9, Rate: 1e9 / s})
}
