package chart

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// pool hands out canvas objects that are kept between layouts, so that a figure
// redrawn thirty times a second makes no new ones.
type pool struct {
	texts []*canvas.Text
	lines []*canvas.Line
	rects []*canvas.Rectangle
	nt    int
	nl    int
	nr    int
}

func (p *pool) reset() { p.nt, p.nl, p.nr = 0, 0, 0 }

// text places s with its left (align leading), middle or right edge at x and
// its middle at y.
func (p *pool) text(s string, x, y, size float32, c color.Color, align fyne.TextAlign) *canvas.Text {
	if p.nt == len(p.texts) {
		p.texts = append(p.texts, canvas.NewText("", c))
	}
	t := p.texts[p.nt]
	p.nt++
	t.Text, t.Color, t.TextSize, t.Hidden = s, c, size, false
	t.TextStyle = fyne.TextStyle{}
	m := t.MinSize()
	switch align {
	case fyne.TextAlignTrailing:
		x -= m.Width
	case fyne.TextAlignCenter:
		x -= m.Width / 2
	}
	t.Move(fyne.NewPos(x, y-m.Height/2))
	t.Resize(m)
	return t
}

func (p *pool) line(x1, y1, x2, y2 float32, c color.Color) *canvas.Line {
	if p.nl == len(p.lines) {
		p.lines = append(p.lines, canvas.NewLine(c))
	}
	l := p.lines[p.nl]
	p.nl++
	l.StrokeColor, l.StrokeWidth, l.Hidden = c, 1, false
	l.Position1, l.Position2 = fyne.NewPos(x1, y1), fyne.NewPos(x2, y2)
	return l
}

func (p *pool) rect(x, y, w, h float32, c color.Color) *canvas.Rectangle {
	if p.nr == len(p.rects) {
		p.rects = append(p.rects, canvas.NewRectangle(c))
	}
	r := p.rects[p.nr]
	p.nr++
	r.FillColor, r.Hidden = c, false
	r.StrokeWidth, r.CornerRadius = 0, 0
	r.Move(fyne.NewPos(x, y))
	r.Resize(fyne.NewSize(w, h))
	return r
}

// objects lists what is in use, rectangles lowest and texts on top.
func (p *pool) objects(between ...fyne.CanvasObject) []fyne.CanvasObject {
	out := make([]fyne.CanvasObject, 0, p.nr+p.nl+p.nt+len(between))
	for _, r := range p.rects[:p.nr] {
		out = append(out, r)
	}
	for _, l := range p.lines[:p.nl] {
		out = append(out, l)
	}
	out = append(out, between...)
	for _, t := range p.texts[:p.nt] {
		out = append(out, t)
	}
	return out
}
