package kernel

import "onset/dataset"

// Envelope is the smallest and largest value of a series in each of n equal
// parts of a view; lo > hi where there is nothing. It is what Draw paints, as
// numbers, for figures.
func Envelope(v View, clock dataset.Clock, samples int64, l Line, n int) (lo, hi []float64) {
	var r Rasterizer
	r.clear(max(n, 0))
	if n <= 0 || !v.Valid() {
		return r.lo, r.hi
	}
	p := plot{canvas: canvas{w: n, h: 1}, view: v, perSecond: float64(n) / v.Span()}
	for _, s := range stretchOf(v, clock, samples) {
		if raw, held := l.samples(s.first, s.last); held {
			r.rawColumns(&p, s, raw)
		} else if l.Pyramid != nil {
			r.pyramidColumns(&p, s, l)
		}
	}
	return r.lo, r.hi
}
