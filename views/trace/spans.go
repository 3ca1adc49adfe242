package trace

import (
	"image"
	"image/color"
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"onset/views/parts"
	"onset/views/theme"
	"onset/views/trace/kernel"
)

// placeSpans shows the spans in view: in their lanes, and where a lane says so
// over the tracks.
func (r *renderer) placeSpans() {
	r.laneTexts.begin()
	r.bands.begin()
	for i := range r.t.lanes {
		lane := &r.t.lanes[i]
		spans := visible(lane.Spans, r.t.view)
		if lane.Bands {
			r.placeBands(spans)
		}
		if i < len(r.geo.lanes) {
			r.placeTexts(spans, lane, r.geo.lanes[i])
		}
	}
	r.placeDrawn()
	r.laneTexts.end()
	r.bands.end()
	r.lanes.Refresh()
}

// visible is the part of the sorted spans that can touch the view. Spans may
// overlap, so that some in it may have ended before.
func visible(spans []Span, v View) []Span {
	last := sort.Search(len(spans), func(i int) bool { return spans[i].Start > v.End })
	first := 0
	for first < last && spans[first].End < v.Start {
		first++
	}
	return spans[first:last]
}

// moved is a span as it is being dragged.
func (t *Trace) moved(s Span) Span {
	if t.hand.span != s.ID || s.ID == "" || !t.hand.moving() {
		return s
	}
	setup := s.SetupEnd - s.Start
	s.Start, s.End = t.hand.start, t.hand.end
	if s.SetupEnd > 0 {
		s.SetupEnd = s.Start + setup
	}
	return s
}

// placeBands lays the spans over the tracks: a tint, a stronger one over the
// setup window, and lines at the edges.
func (r *renderer) placeBands(spans []Span) {
	g := &r.geo
	fill, setup := 0.15, 0.30
	if !theme.IsDark() {
		fill, setup = 0.17, 0.30
	}
	end := float32(-1)
	for _, s := range spans {
		s = r.t.moved(s)
		x0, x1, ok := g.between(r.t.view, s.Start, s.End)
		if !ok || (x1 <= end+1 && !s.Selected) {
			continue // from afar, what shares a pixel is seen once
		}
		end = x1
		strong := 1.0
		if s.Selected {
			strong = 1.7
		}
		if s.Look == Outline || s.Look == Weak {
			strong = 0.45
		}
		r.band(x0, x1, theme.Fade(s.Color, fill*strong))
		if s.SetupEnd > s.Start {
			if a, b, ok := g.between(r.t.view, s.Start, min(s.SetupEnd, s.End)); ok {
				r.band(a, max(b, a+1), theme.Fade(s.Color, setup*min(strong, 1.4)))
			}
		}
		if s.Start >= r.t.view.Start {
			r.band(x0, x0+2, theme.Fade(s.Color, 0.9*min(strong, 1)))
		}
		if s.End <= r.t.view.End && x1-x0 > 3 {
			r.band(x1-1, x1, theme.Fade(s.Color, 0.7*min(strong, 1)))
		}
	}
}

func (r *renderer) band(x0, x1 float32, c color.NRGBA) {
	b := r.bands.next()
	if b.FillColor != c {
		b.FillColor = c
		canvas.Refresh(b)
	}
	place(b, box{x0, r.geo.plot.y, x1 - x0, r.geo.plot.h})
}

// placeTexts writes the spans' names where there is room.
func (r *renderer) placeTexts(spans []Span, lane *Lane, b box) {
	g := &r.geo
	for _, s := range spans {
		s = r.t.moved(s)
		x0, x1, ok := g.between(r.t.view, s.Start, s.End)
		if !ok || x1-x0 < 18 || s.Text == "" {
			continue
		}
		words := s.Text
		if s.Wrong {
			words += " ×"
		}
		size := theme.TextSmall
		words = parts.Shorten(words, x1-x0-10, size, fyne.TextStyle{})
		if words == "" {
			continue
		}
		text := r.laneTexts.next()
		text.TextSize = size
		ground, _ := blockColors(s)
		setText(text, words, inkOn(ground))
		m := text.MinSize()
		place(text, box{x0 + 6, b.y + (b.h-m.Height)/2, m.Width, m.Height})
	}
}

func inkOn(ground color.NRGBA) color.NRGBA {
	if ground == theme.Color(theme.Panel) {
		return theme.Color(theme.Muted)
	}
	return theme.On(ground)
}

// blockColors are a span's ground and outline in its lane.
func blockColors(s Span) (fill, outline color.NRGBA) {
	panel := theme.Color(theme.Panel)
	switch s.Look {
	case Faded:
		fill = theme.Blend(s.Color, panel, 0.42)
	case Outline, Weak:
		fill, outline = panel, theme.Blend(theme.Color(theme.Muted), panel, 0.25)
	default:
		fill = s.Color
	}
	if s.Wrong {
		outline = theme.Color(theme.Error)
	}
	if s.Selected {
		outline = theme.Color(theme.Text)
	}
	return fill, outline
}

// generateLanes paints all lanes.
func (r *renderer) generateLanes(w, h int) image.Image {
	if r.lanePicture == nil || r.lanePicture.Rect.Dx() != w || r.lanePicture.Rect.Dy() != h {
		r.lanePicture = image.NewRGBA(image.Rect(0, 0, w, h))
	}
	scale := 1.0
	if r.geo.laneArea.h > 0 {
		scale = float64(h) / float64(r.geo.laneArea.h)
	}
	var blocks []kernel.Block
	for i := range r.t.lanes {
		if i >= len(r.geo.lanes) {
			break
		}
		top := float64(r.geo.lanes[i].y-r.geo.laneArea.y) * scale
		blocks = appendBlocks(blocks, r.t, &r.t.lanes[i], top, scale)
	}
	kernel.DrawBlocks(r.lanePicture, r.t.view, scale, theme.Color(theme.Panel), blocks)
	return r.lanePicture
}

func appendBlocks(blocks []kernel.Block, t *Trace, lane *Lane, top, scale float64) []kernel.Block {
	height := float64(lane.Height)
	for _, s := range visible(lane.Spans, t.view) {
		s = t.moved(s)
		b := kernel.Block{Start: s.Start, End: s.End, Top: top + 3*scale, Height: (height - 6) * scale}
		b.Fill, b.Outline = blockColors(s)
		b.Dashed = s.Wrong || s.Look == Weak
		b.Hatched = s.Look == Weak
		if s.Selected {
			b.Dashed, b.Thick = false, 2
		} else if s.Wrong {
			b.Thick = 2
		}
		blocks = append(blocks, b)
	}
	return blocks
}

// placeDrawn shows the span that is being drawn.
func (r *renderer) placeDrawn() {
	h := &r.t.hand
	on := h.kind == handDraw && h.end > h.start
	show(on, r.drawn)
	if !on {
		return
	}
	c := theme.Color(theme.Accent)
	if r.t.armed != nil {
		c = *r.t.armed
	}
	r.drawn.FillColor = theme.Fade(c, 0.28)
	r.drawn.StrokeColor, r.drawn.StrokeWidth = c, 1
	if x0, x1, ok := r.geo.between(r.t.view, h.start, h.end); ok {
		place(r.drawn, box{x0, r.geo.plot.y, max(x1-x0, 1), r.geo.plot.h})
	}
	canvas.Refresh(r.drawn)
}
