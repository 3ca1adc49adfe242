package trace

import (
	"image"
	"image/color"
	"math"
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
	r.lanePlates.begin()
	r.bands.begin()
	for i := range r.t.lanes {
		lane := &r.t.lanes[i]
		spans := lane.visible(r.t.view)
		if lane.Bands {
			r.placeBands(spans)
		}
		if i < len(r.geo.lanes) && r.geo.lanes[i].h > 0 {
			r.placeTexts(spans, lane, r.geo.lanes[i])
		}
	}
	r.placeDrawn()
	r.laneTexts.end()
	r.lanePlates.end()
	r.bands.end()
	r.lanes.Refresh()
}

// visible is the part of a lane's spans that can touch the view. Spans may
// overlap, so that some in it may have ended before.
func (l *Lane) visible(v View) []Span {
	last := sort.Search(len(l.Spans), func(i int) bool { return l.Spans[i].Start > v.End })
	first := 0
	if l.Longest > 0 {
		first = sort.Search(last, func(i int) bool { return l.Spans[i].Start >= v.Start-l.Longest })
	}
	for first < last && l.Spans[first].End < v.Start {
		first++
	}
	return l.Spans[first:last]
}

const (
	mostRows          = 4
	rowHeight float32 = 18
)

// deal puts spans that overlap into rows, each into the first that is free, and
// makes the lane as high as they need. What no row has room for goes to the last.
func (l *Lane) deal() {
	var ends [mostRows]float64
	for i := range ends {
		ends[i] = math.Inf(-1)
	}
	l.rows = 1
	for i := range l.Spans {
		s := &l.Spans[i]
		if s.row = 0; s.End <= s.Start {
			continue // an instant lies over what it is in
		}
		s.row = mostRows - 1
		for k, end := range ends {
			if end <= s.Start+1e-9 {
				s.row = k
				break
			}
		}
		ends[s.row] = max(ends[s.row], s.End)
		l.rows = max(l.rows, s.row+1)
	}
	if l.rows > 1 {
		l.Height = max(l.Height, rowHeight*float32(l.rows)+6)
	}
}

// slot is where a span lies in its lane, which is at y and h high.
func (l *Lane) slot(s Span, y, h float32) (top, height float32) {
	rows := float32(max(l.rows, 1))
	height = (h - 6) / rows
	top = y + 3 + float32(s.row)*height
	if rows > 1 {
		height -= 2
	}
	return top, height
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

// narrow is the width in pixels below which spans are seen as one stretch.
const narrow = 3

// placeBands lays the spans over the tracks: a tint, a stronger one over the
// setup window, and lines at the edges. From afar spans that touch are one tint,
// so that thousands of them cost no more than what can be told apart.
func (r *renderer) placeBands(spans []Span) {
	g := &r.geo
	fill := 0.15
	if !theme.IsDark() {
		fill = 0.17
	}
	var run struct {
		x0, x1 float32
		color  color.NRGBA
	}
	flush := func() {
		if run.x1 > run.x0 {
			r.band(run.x0, run.x1, theme.Fade(run.color, 1.6*fill))
		}
		run.x0, run.x1 = 0, 0
	}
	for _, s := range spans {
		s = r.t.moved(s)
		x0, x1, ok := g.between(r.t.view, s.Start, s.End)
		if !ok {
			continue
		}
		if x1-x0 >= narrow || s.Selected || s.Look != Solid {
			r.placeBand(s, x0, x1, fill)
			continue
		}
		x1 = max(x1, x0+1)
		switch {
		case run.x1 == run.x0 || x0 > run.x1+1:
			flush()
			run.x0, run.x1, run.color = x0, x1, s.Color
		default:
			run.x1 = max(run.x1, x1)
			if run.color != s.Color {
				run.color = theme.Color(theme.Muted)
			}
		}
	}
	flush()
}

func (r *renderer) placeBand(s Span, x0, x1 float32, fill float64) {
	strong := 1.0
	if s.Selected {
		strong = 1.7
	}
	if s.Look == Outline || s.Look == Weak {
		strong = 0.45
	}
	r.band(x0, x1, theme.Fade(s.Color, fill*strong))
	if s.SetupEnd > s.Start {
		if a, b, ok := r.geo.between(r.t.view, s.Start, min(s.SetupEnd, s.End)); ok {
			r.band(a, max(b, a+1), theme.Fade(s.Color, 0.30*min(strong, 1.4)))
		}
	}
	// Edges of narrow labels are faint, or many of them would hide the signal.
	edge, width := 0.9, float32(2)
	if x1-x0 < 24 && !s.Selected {
		edge, width = 0.4, 1
	}
	if s.Start >= r.t.view.Start {
		r.band(x0, x0+width, theme.Fade(s.Color, edge*min(strong, 1)))
	}
	if s.End <= r.t.view.End && x1-x0 > 3 {
		r.band(x1-1, x1, theme.Fade(s.Color, 0.8*edge*min(strong, 1)))
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
	inks := inksNow()
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
		ground, _ := inks.block(s)
		ink := inkOn(ground)
		if s.Look == Weak {
			ink = theme.Color(theme.Text)
		}
		setText(text, words, ink)
		m := text.MinSize()
		top, height := lane.slot(s, b.y, b.h)
		at := box{x0 + 6, top + (height-m.Height)/2, m.Width, m.Height}
		if s.Look == Weak {
			plate := r.lanePlates.next()
			if plate.FillColor != inks.panel {
				plate.FillColor, plate.CornerRadius = inks.panel, theme.RadiusSmall
				canvas.Refresh(plate)
			}
			place(plate, box{at.x - 3, max(at.y, top+2), at.w + 6, min(at.h, height-4)})
		}
		place(text, at)
	}
}

func inkOn(ground color.NRGBA) color.NRGBA {
	if ground == theme.Color(theme.Panel) {
		return theme.Color(theme.Muted)
	}
	return theme.On(ground)
}

// inks are the theme's colours for blocks, asked for once a picture.
type inks struct{ panel, doubt, wrong, chosen color.NRGBA }

func inksNow() inks {
	panel := theme.Color(theme.Panel)
	return inks{panel, theme.Blend(theme.Color(theme.Muted), panel, 0.25), theme.Color(theme.Error), theme.Color(theme.Text)}
}

// block is a span's ground and outline in its lane.
func (k inks) block(s Span) (fill, outline color.NRGBA) {
	switch s.Look {
	case Faded:
		fill = theme.Blend(s.Color, k.panel, 0.42)
	case Outline, Weak:
		fill, outline = k.panel, k.doubt
	default:
		fill = s.Color
	}
	if s.Wrong {
		outline = k.wrong
	}
	if s.Selected {
		outline = k.chosen
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
	blocks := r.blocks[:0]
	for i := range r.t.lanes {
		if i >= len(r.geo.lanes) {
			break
		}
		if r.geo.lanes[i].h == 0 {
			continue
		}
		top := float64(r.geo.lanes[i].y-r.geo.laneArea.y) * scale
		blocks = appendBlocks(blocks, r.t, &r.t.lanes[i], top, scale, float64(w))
	}
	r.blocks = blocks
	kernel.DrawBlocks(r.lanePicture, r.t.view, scale, theme.Color(theme.Panel), blocks)
	return r.lanePicture
}

// crossed is the least width at which a wrong block's name has room for its
// cross; narrower ones get a tick under the lane.
const (
	crossed    = 40
	tickHeight = 3
)

// appendBlocks adds the blocks of a lane that is w pixels wide. From afar, where
// many labels share a pixel, the first of them is drawn for all; those that are
// chosen or in hand are drawn over the others.
func appendBlocks(blocks []kernel.Block, t *Trace, lane *Lane, top, scale, w float64) []kernel.Block {
	inks := inksNow()
	var drawn [mostRows]float64 // pixel up to which something is drawn
	for i := range drawn {
		drawn[i] = math.Inf(-1)
	}
	var chosen []kernel.Block
	for _, s := range lane.visible(t.view) {
		s = t.moved(s)
		narrow := t.view.X(s.End, w)-t.view.X(s.Start, w) < crossed*scale
		if s.Wrong && narrow { // its cross has no room, and a neighbour may cover it
			y, height := lane.slot(s, 0, lane.Height)
			chosen = append(chosen, kernel.Block{Start: s.Start, End: s.End, Top: top + float64(y+height)*scale, Height: tickHeight * scale, Fill: inks.wrong})
		}
		above := s.Selected || s.ID == t.hand.span && t.hand.moving()
		if x1 := math.Round(t.view.X(s.End, w)); !above {
			if x1 <= drawn[s.row] {
				continue
			}
			drawn[s.row] = max(x1, math.Round(t.view.X(s.Start, w))+2)
		}
		y, height := lane.slot(s, 0, lane.Height)
		b := kernel.Block{Start: s.Start, End: s.End, Top: top + float64(y)*scale, Height: float64(height) * scale}
		b.Fill, b.Outline = inks.block(s)
		b.Dashed = s.Wrong || s.Look == Weak
		b.Hatched = s.Look == Weak
		if s.Flag {
			b.Flag = inkOn(b.Fill)
		}
		if s.Selected {
			b.Dashed, b.Thick = false, 2
		} else if s.Wrong {
			b.Thick = 2
		}
		if above {
			chosen = append(chosen, b)
		} else {
			blocks = append(blocks, b)
		}
	}
	return append(blocks, chosen...)
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
