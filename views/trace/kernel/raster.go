package kernel

import (
	"image"
	"image/color"
	"math"

	"onset/dataset"
	"onset/dataset/pyramid"
)

const (
	// rawBelow is the number of samples a pixel below which the samples
	// themselves are wanted: above it the pyramid's buckets of 16 samples are
	// narrower than a third of a pixel and nothing better could be seen.
	rawBelow = 48
	// finerBelow is how many of the pyramid's finest buckets a pixel must hold at
	// least, or finer ranges are wanted.
	finerBelow = 2
	// pointsBelow is the number of samples a pixel below which every sample is
	// shown as a point.
	pointsBelow = 4
	// lineBelow is where columns give way to a line from sample to sample.
	lineBelow = 1.5
)

// Line is one series of a track.
type Line struct {
	Color   color.NRGBA
	Pyramid *pyramid.Pyramid // nil draws nothing from afar
	// Detail has finer ranges of a stretch that begins at sample DetailFirst,
	// where they have been read.
	Detail      *pyramid.Pyramid
	DetailFirst int64
	// Raw holds samples [RawFirst, RawFirst+len(Raw)) where they have been read.
	Raw      []float64
	RawFirst int64
}

// Scene is what a track's picture shows.
type Scene struct {
	Clock   dataset.Clock
	Samples int64
	Lines   []Line
	// Lo and Hi are the values at the lower and upper edge.
	Lo, Hi float64
	Guides []float64 // values with a dashed guide
	// Scale is the number of screen pixels in one unit of the interface.
	Scale             float64
	Back, Grid, Hatch color.NRGBA
	Seam              color.NRGBA // where a device's clock was set back
}

// Rasterizer draws pictures. It keeps its working memory, so that drawing
// allocates nothing; it is not safe for several goroutines.
type Rasterizer struct {
	lo, hi []float64 // per column, in values; lo > hi where there is nothing
}

// Draw paints the scene over the whole of img, whose Stride must be 4 times its
// width.
func (r *Rasterizer) Draw(img *image.RGBA, v View, s Scene) {
	c := canvasOf(img)
	c.fill(inkOf(s.Back))
	if c.w == 0 || c.h == 0 || !v.Valid() || !(s.Hi > s.Lo) {
		return
	}
	if s.Scale <= 0 {
		s.Scale = 1
	}
	p := plot{canvas: c, view: v, scene: s, stretch: stretchOf(v, s.Clock, s.Samples)}
	p.perValue = float64(c.h) / (s.Hi - s.Lo)
	p.perSecond = float64(c.w) / v.Span()
	p.thick = 1.15 * s.Scale
	for _, g := range s.Guides {
		c.dashes(int(p.y(g)), max(int(3*s.Scale), 1), inkOf(s.Grid))
	}
	p.drawGaps()
	p.drawSeams()
	for _, l := range s.Lines {
		r.drawLine(&p, l)
	}
}

// plot is one drawing under way.
type plot struct {
	canvas
	view                View
	scene               Scene
	stretch             []stretch
	perValue, perSecond float64 // pixels
	thick               float64
}

func (p *plot) y(value float64) float64 { return (p.scene.Hi - value) * p.perValue }

// stretch is the part of a clock's segment that is in view: samples
// [first, last) at the time start + (i-from)/rate.
type stretch struct {
	first, last int64
	from        int64
	start, rate float64
	joined      bool // follows the stretch before without a gap
}

func (s stretch) time(i float64) float64 { return s.start + (i-float64(s.from))/s.rate }

// stretchOf lists what is in view, each stretch with one sample more on either
// side so that lines reach the edge.
func stretchOf(v View, clock dataset.Clock, n int64) []stretch {
	var out []stretch
	segs := clock.Segments
	for i, seg := range segs {
		end := n
		if i+1 < len(segs) {
			end = min(segs[i+1].First, n)
		}
		if seg.First >= end {
			continue
		}
		first := seg.First + clampInt((v.Start-seg.Start)*seg.Rate-1)
		last := seg.First + clampInt((v.End-seg.Start)*seg.Rate+2)
		first, last = max(first, seg.First), min(last, end)
		if first >= last {
			continue
		}
		s := stretch{first: first, last: last, from: seg.First, start: seg.Start, rate: seg.Rate}
		if i > 0 && len(out) > 0 && out[len(out)-1].last == first {
			p := out[len(out)-1]
			s.joined = math.Abs(s.time(float64(first))-p.time(float64(first))) <= 0.5/p.rate
		}
		out = append(out, s)
	}
	return out
}

func clampInt(v float64) int64 {
	return int64(math.Floor(min(max(v, -1<<60), 1<<60)))
}

func (p *plot) drawGaps() {
	k := inkOf(p.scene.Hatch)
	faint := p.scene.Hatch
	faint.A /= 3
	quiet := inkOf(faint)
	for _, g := range p.scene.Clock.Gaps() {
		if g.To < p.view.Start || g.From > p.view.End {
			continue
		}
		x0 := int(math.Floor(min(max(p.view.X(g.From, float64(p.w)), -1), float64(p.w))))
		x1 := int(math.Ceil(min(max(p.view.X(g.To, float64(p.w)), -1), float64(p.w)+1)))
		x1 = max(x1, x0+1)
		stripe := max(int(4*p.scene.Scale), 1)
		// A long gap is plain at its ends and quiet between, so that a session of
		// many pauses does not show more stripes than movement.
		edge := max(int(14*p.scene.Scale), 1)
		if x1-x0 <= 3*edge {
			p.hatch(x0, x1, stripe, k)
			continue
		}
		p.hatch(x0, x0+edge, stripe, k)
		p.hatch(x0+edge, x1-edge, stripe, quiet)
		p.hatch(x1-edge, x1, stripe, k)
	}
}

// drawSeams marks where a device's clock was set back: a dotted upright with an
// arrow to the left at its foot, which a gap never has.
func (p *plot) drawSeams() {
	k := inkOf(p.scene.Seam)
	for _, s := range p.scene.Clock.Seams() {
		if s.At < p.view.Start || s.At > p.view.End {
			continue
		}
		x := math.Floor(p.view.X(s.At, float64(p.w)))
		half := 0.75 * p.scene.Scale
		for y := range p.h {
			if y/max(int(3*p.scene.Scale), 1)%2 == 0 {
				p.row(y, x-half, x+half, k)
			}
		}
		size := min(int(6*p.scene.Scale), p.h/3)
		for y := -size; y <= size; y++ {
			p.row(p.h-2-size+y, x-half-float64(size-max(y, -y)), x-half, k)
		}
	}
}

// DetailWanted is the range of samples of which a picture of width pixels would
// show finer ranges than those of a pyramid with such buckets; ok is false when
// the pyramid or the samples themselves are enough.
func DetailWanted(v View, pixels int, clock dataset.Clock, n, bucket int64) (first, last int64, ok bool) {
	return wanted(v, pixels, clock, n, func(perPixel float64) bool {
		return perPixel >= rawBelow && perPixel < finerBelow*float64(bucket)
	})
}

// RawWanted is the range of samples that a picture of width pixels would draw
// one by one; ok is false when the pyramid is enough.
func RawWanted(v View, pixels int, clock dataset.Clock, n int64) (first, last int64, ok bool) {
	return wanted(v, pixels, clock, n, func(perPixel float64) bool { return perPixel < rawBelow })
}

// wanted is the range of the stretches in view whose samples a pixel are such.
func wanted(v View, pixels int, clock dataset.Clock, n int64, such func(perPixel float64) bool) (first, last int64, ok bool) {
	if pixels <= 0 || !v.Valid() {
		return 0, 0, false
	}
	for _, s := range stretchOf(v, clock, n) {
		if !such(s.rate * v.Span() / float64(pixels)) {
			continue
		}
		if !ok {
			first, last, ok = s.first, s.last, true
			continue
		}
		first, last = min(first, s.first), max(last, s.last)
	}
	return first, last, ok
}
