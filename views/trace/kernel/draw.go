package kernel

import "math"

// drawLine paints one series: stretches with few samples a pixel as lines and
// points, the others as columns from the smallest to the largest value.
func (r *Rasterizer) drawLine(p *plot, l Line) {
	r.clear(p.w)
	k := inkOf(l.Color)
	columns, faint := false, false
	for i, s := range p.stretch {
		perPixel := s.rate / p.perSecond
		raw, held := l.samples(s.first, s.last)
		switch {
		case held && perPixel < lineBelow:
			p.polyline(s, raw, k)
			if s.joined {
				p.bridge(p.stretch[i-1], s, l, k)
			}
		case held && perPixel < rawBelow:
			r.rawColumns(p, s, raw)
			columns, faint = true, faint || perPixel < pointsBelow
		case l.Pyramid != nil:
			r.pyramidColumns(p, s, l)
			columns = true
			if perPixel < float64(l.bucket(s.first, s.last))/2 {
				faint = true // buckets are seen as blocks: a promise of more
			}
		}
	}
	if columns {
		if faint {
			r.paint(p, k.faded(0.55))
		} else {
			r.paint(p, k)
		}
	}
	r.points(p, l, k)
}

// samples is the part [first, last) of what is held; held is false when some of
// it is missing.
func (l Line) samples(first, last int64) (values []float64, held bool) {
	if l.Raw == nil || first < l.RawFirst || last > l.RawFirst+int64(len(l.Raw)) {
		return nil, false
	}
	return l.Raw[first-l.RawFirst : last-l.RawFirst], true
}

// minMax is the range of samples [first, last), as fine as it is held.
func (l Line) minMax(first, last int64) (lo, hi float32, ok bool) {
	if l.detailed(first, last) {
		return l.Detail.MinMax(first-l.DetailFirst, last-l.DetailFirst)
	}
	return l.Pyramid.MinMax(first, last)
}

// bucket is the number of samples under the finest range that is held of all of
// samples [first, last).
func (l Line) bucket(first, last int64) int64 {
	if l.detailed(first, last) {
		return l.Detail.Bucket()
	}
	return l.Pyramid.Bucket()
}

func (l Line) detailed(first, last int64) bool {
	return l.Detail != nil && first >= l.DetailFirst && last <= l.DetailFirst+l.Detail.Len()
}

func (r *Rasterizer) clear(w int) {
	if cap(r.lo) < w {
		r.lo, r.hi = make([]float64, w), make([]float64, w)
	}
	r.lo, r.hi = r.lo[:w], r.hi[:w]
	for i := range r.lo {
		r.lo[i], r.hi[i] = math.Inf(1), math.Inf(-1)
	}
}

// columnSamples calls each with every column that holds samples of the stretch.
func (p *plot) columnSamples(s stretch, each func(column int, first, last int64)) {
	perPixel := s.rate / p.perSecond
	origin := (p.view.Start-s.start)*s.rate + float64(s.from) // sample number at x = 0
	x0 := max(int(math.Floor((float64(s.first)-origin)/perPixel)), 0)
	x1 := min(int(math.Ceil((float64(s.last)-origin)/perPixel)), p.w-1)
	from := max(ceilInt(origin+float64(x0)*perPixel), s.first)
	for x := x0; x <= x1; x++ {
		to := min(ceilInt(origin+float64(x+1)*perPixel), s.last)
		if from < to {
			each(x, from, to)
			from = to
		}
	}
}

func ceilInt(v float64) int64 { return int64(math.Ceil(min(max(v, -1<<60), 1<<60) - 1e-6)) }

func (r *Rasterizer) rawColumns(p *plot, s stretch, raw []float64) {
	p.columnSamples(s, func(x int, first, last int64) {
		lo, hi := r.lo[x], r.hi[x]
		for _, v := range raw[first-s.first : last-s.first] {
			if v < lo {
				lo = v
			}
			if v > hi {
				hi = v
			}
		}
		r.lo[x], r.hi[x] = lo, hi
	})
}

func (r *Rasterizer) pyramidColumns(p *plot, s stretch, l Line) {
	each := func(x int, first, last int64) {
		if lo, hi, ok := l.minMax(first, last); ok {
			r.lo[x], r.hi[x] = min(r.lo[x], float64(lo)), max(r.hi[x], float64(hi))
		}
	}
	perPixel := s.rate / p.perSecond
	if perPixel >= 1 {
		p.columnSamples(s, each)
		return
	}
	// Buckets are wider than pixels: every column shows the one it lies in.
	x0 := max(int(p.perSecond*(s.time(float64(s.first))-p.view.Start)), 0)
	for x := x0; x < p.w; x++ {
		t := p.view.Time(float64(x)+0.5, float64(p.w))
		i := s.from + clampInt((t-s.start)*s.rate)
		if i >= s.last {
			return
		}
		if i >= s.first {
			each(x, i, i+1)
		}
	}
}

// paint puts the columns down. Neighbours that do not touch are drawn out to
// the middle between them, so that a steep edge has no holes.
func (r *Rasterizer) paint(p *plot, k ink) {
	half := p.thick / 2
	limit := float64(p.h)
	var tops, bottoms [lineOfPixels]float64
	for x0 := 0; x0 < p.w; x0 += lineOfPixels {
		n := min(lineOfPixels, p.w-x0)
		for i := range n {
			x := x0 + i
			tops[i], bottoms[i] = 0, 0
			lo, hi, ok := r.reach(x)
			if !ok {
				continue
			}
			// What lies outside the range leaves a mark at the edge.
			tops[i] = max(min(p.y(hi)-half, limit-p.thick), 0)
			bottoms[i] = min(max(p.y(lo)+half, p.thick), limit)
		}
		p.columns(x0, tops[:n], bottoms[:n], k)
	}
}

// reach is the range of values that column x shows; ok is false where there is
// nothing.
func (r *Rasterizer) reach(x int) (lo, hi float64, ok bool) {
	lo, hi = r.lo[x], r.hi[x]
	if !(lo <= hi) {
		return lo, hi, false
	}
	for _, n := range [2]int{x - 1, x + 1} {
		if n < 0 || n >= len(r.lo) || !(r.lo[n] <= r.hi[n]) {
			continue
		}
		if r.lo[n] > r.hi[x] {
			hi = max(hi, (r.lo[n]+r.hi[x])/2)
		} else if r.hi[n] < r.lo[x] {
			lo = min(lo, (r.hi[n]+r.lo[x])/2)
		}
	}
	return lo, hi, true
}

// polyline paints the samples of a stretch joined by lines.
func (p *plot) polyline(s stretch, raw []float64, k ink) {
	var px, py float64
	drawn := false
	for i, v := range raw {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			drawn = false
			continue
		}
		x, y := p.at(s, s.first+int64(i), v)
		if drawn {
			p.line(px, py, x, y, p.thick, k)
		}
		px, py, drawn = x, y, true
	}
}

// bridge joins the last sample of a stretch to the first of the next.
func (p *plot) bridge(before, s stretch, l Line, k ink) {
	pair, ok := l.samples(s.first-1, s.first+1)
	if !ok || math.IsNaN(pair[0]+pair[1]) || math.IsInf(pair[0]+pair[1], 0) {
		return
	}
	x0, y0 := p.at(before, s.first-1, pair[0])
	x1, y1 := p.at(s, s.first, pair[1])
	p.line(x0, y0, x1, y1, p.thick, k)
}

func (p *plot) at(s stretch, sample int64, value float64) (x, y float64) {
	const far = 1e5 // beyond any screen, and still exact as an integer
	return (s.time(float64(sample)) - p.view.Start) * p.perSecond, min(max(p.y(value), -far), far)
}

// points paints every sample of the stretches that are close enough.
func (r *Rasterizer) points(p *plot, l Line, k ink) {
	for _, s := range p.stretch {
		spacing := p.perSecond / s.rate // pixels from sample to sample
		if spacing <= 1/float64(pointsBelow) {
			continue
		}
		raw, held := l.samples(s.first, s.last)
		if !held {
			continue
		}
		radius := min(max(0.3*spacing, 0.6*p.scene.Scale), 2.6*p.scene.Scale)
		for i, v := range raw {
			if !math.IsNaN(v) {
				x, y := p.at(s, s.first+int64(i), v)
				if spacing < 2 {
					// Too close for discs: a dab in the sample's own column.
					p.column(int(x), y-radius-0.5, y+radius+0.5, k)
					continue
				}
				p.dot(x, min(max(y, -1), float64(p.h)+1), radius, k)
			}
		}
	}
}
