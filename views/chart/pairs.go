package chart

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"onset/views/parts"
	"onset/views/theme"
)

// Pair is one person's score under two models, each 0..1.
type Pair struct {
	Name string
	A, B float64
}

// Pairs draws a line for each person with a hollow dot for A and a full one for
// B on one scale, so that it is seen at a glance who gained and who lost.
type Pairs struct {
	list   *widget.List
	pairs  []Pair
	object fyne.CanvasObject
}

// NewPairs returns an empty figure.
func NewPairs() *Pairs {
	p := &Pairs{}
	p.list = widget.NewList(func() int { return len(p.pairs) },
		func() fyne.CanvasObject { return newPairRow() },
		func(i int, o fyne.CanvasObject) { o.(*pairRow).set(p.pairs[i]) })
	p.list.HideSeparators = true
	p.list.OnSelected = func(int) { p.list.UnselectAll() }
	p.object = container.NewBorder(newPairScale(), nil, nil, nil, p.list)
	return p
}

// Object is the figure on the screen.
func (p *Pairs) Object() fyne.CanvasObject { return p.object }

// Set shows pairs in their order.
func (p *Pairs) Set(pairs []Pair) {
	p.pairs = pairs
	p.list.Refresh()
}

const (
	pairName = 110
	pairTail = 64
	pairBar  = 12 // where the scroll bar may lie
)

// pairX is the place of a score in a row of a width.
func pairX(v float64, width float32) float32 {
	return pairName + 6 + float32(min(max(v, 0), 1))*(width-pairName-pairTail-12)
}

type pairRow struct {
	widget.BaseWidget
	pair Pair
}

func newPairRow() *pairRow {
	r := &pairRow{}
	r.ExtendBaseWidget(r)
	return r
}

func (r *pairRow) set(p Pair) {
	r.pair = p
	r.Refresh()
}

// MinSize is a row's height.
func (r *pairRow) MinSize() fyne.Size { return fyne.NewSize(220, 16) }

// CreateRenderer implements fyne.Widget.
func (r *pairRow) CreateRenderer() fyne.WidgetRenderer {
	d := &pairRenderer{r: r, rule: canvas.NewLine(color.Black), join: canvas.NewLine(color.Black),
		a: canvas.NewCircle(color.Transparent), b: canvas.NewCircle(color.Black),
		name: canvas.NewText("", color.Black), gain: canvas.NewText("", color.Black)}
	d.apply(r.Size())
	return d
}

type pairRenderer struct {
	r          *pairRow
	rule, join *canvas.Line
	a, b       *canvas.Circle
	name, gain *canvas.Text
}

func (d *pairRenderer) apply(size fyne.Size) {
	p, mid := d.r.pair, size.Height/2
	gain := p.B - p.A
	tone := theme.Color(theme.Muted)
	switch {
	case gain > 0.0005:
		tone = theme.Color(theme.Accent)
	case gain < -0.0005:
		tone = theme.Color(theme.Warning)
	}
	d.rule.StrokeColor, d.rule.StrokeWidth = theme.Color(theme.Line), 1
	d.rule.Position1, d.rule.Position2 = fyne.NewPos(pairX(0, size.Width), mid), fyne.NewPos(pairX(1, size.Width), mid)
	d.join.StrokeColor, d.join.StrokeWidth = tone, 2
	d.join.Position1, d.join.Position2 = fyne.NewPos(pairX(p.A, size.Width), mid), fyne.NewPos(pairX(p.B, size.Width), mid)
	const radius = 4
	for _, dot := range []struct {
		c *canvas.Circle
		v float64
	}{{d.a, p.A}, {d.b, p.B}} {
		dot.c.Move(fyne.NewPos(pairX(dot.v, size.Width)-radius, mid-radius))
		dot.c.Resize(fyne.NewSize(2*radius, 2*radius))
	}
	d.a.FillColor, d.a.StrokeColor, d.a.StrokeWidth = theme.Color(theme.Panel), theme.Color(theme.Text), 1.5
	d.b.FillColor = tone
	d.name.Text, d.name.TextSize, d.name.Color = parts.Shorten(p.Name, pairName-8, theme.TextSmall, fyne.TextStyle{}), theme.TextSmall, theme.Color(theme.Text)
	d.gain.Text, d.gain.TextSize, d.gain.Color = fmt.Sprintf("%+.3f", gain), theme.TextSmall, tone
	n, g := d.name.MinSize(), d.gain.MinSize()
	d.name.Move(fyne.NewPos(0, mid-n.Height/2))
	d.name.Resize(n)
	d.gain.Move(fyne.NewPos(size.Width-g.Width-pairBar, mid-g.Height/2))
	d.gain.Resize(g)
}

func (d *pairRenderer) Layout(size fyne.Size) { d.apply(size) }
func (d *pairRenderer) MinSize() fyne.Size    { return d.r.MinSize() }
func (d *pairRenderer) Destroy()              {}
func (d *pairRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{d.rule, d.join, d.a, d.b, d.name, d.gain}
}
func (d *pairRenderer) Refresh() {
	d.apply(d.r.Size())
	canvas.Refresh(d.r)
}

// pairScale is the scale above the rows, 0 to 1.
type pairScale struct{ widget.BaseWidget }

func newPairScale() *pairScale {
	s := &pairScale{}
	s.ExtendBaseWidget(s)
	return s
}

// MinSize is the scale's height.
func (s *pairScale) MinSize() fyne.Size { return fyne.NewSize(220, 16) }

// CreateRenderer implements fyne.Widget.
func (s *pairScale) CreateRenderer() fyne.WidgetRenderer {
	r := &pairScaleRenderer{s: s}
	r.Layout(s.Size())
	return r
}

type pairScaleRenderer struct {
	s       *pairScale
	pool    pool
	objects []fyne.CanvasObject
}

// The list insets its rows by the theme's padding on both sides.
func (r *pairScaleRenderer) Layout(size fyne.Size) {
	r.pool.reset()
	for i := 0; i <= 4; i++ {
		v := float64(i) / 4
		r.pool.text(fmt.Sprintf("%.2f", v), pairX(v, size.Width), size.Height/2, theme.TextSmall, theme.Color(theme.Muted), fyne.TextAlignCenter)
	}
	r.objects = r.pool.objects()
}

func (r *pairScaleRenderer) MinSize() fyne.Size           { return r.s.MinSize() }
func (r *pairScaleRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *pairScaleRenderer) Destroy()                     {}
func (r *pairScaleRenderer) Refresh() {
	r.Layout(r.s.Size())
	canvas.Refresh(r.s)
}
