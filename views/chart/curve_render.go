package chart

import (
	"fmt"
	"image"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/lang"

	"onset/views/theme"
)

// CreateRenderer implements fyne.Widget.
func (c *Curve) CreateRenderer() fyne.WidgetRenderer {
	r := &curveRenderer{c: c}
	r.raster = canvas.NewRaster(r.image)
	r.arrange(c.Size())
	return r
}

type curveRenderer struct {
	c       *Curve
	raster  *canvas.Raster
	pool    pool
	objects []fyne.CanvasObject
}

// image is the cached drawing of the curves; a parent's refresh costs an upload
// and no drawing.
func (r *curveRenderer) image(w, h int) image.Image {
	c := r.c
	key := curveKey{w, h, c.version, theme.Color(theme.Text)}
	if c.cached == nil || c.key != key {
		scale := 1.0
		if width := r.raster.Size().Width; width > 0 {
			scale = float64(w) / float64(width)
		}
		c.cached, c.key = c.draw(w, h, scale), key
	}
	return c.cached
}

func (r *curveRenderer) arrange(size fyne.Size) {
	c := r.c
	pos, area := plotArea(size)
	r.raster.Move(pos)
	r.raster.Resize(area)
	const small = theme.TextSmall
	muted := theme.Color(theme.Muted)
	rule := theme.Color(theme.Line)
	p := &r.pool
	p.reset()

	parts := 5
	if area.Height < 110 {
		parts = 2
	}
	right, hasRight := c.rightMax(), false
	for _, s := range c.series {
		hasRight = hasRight || s.Right
	}
	for i := 0; i <= parts; i++ {
		part := float64(i) / float64(parts)
		y := pos.Y + area.Height*float32(1-part)
		p.line(pos.X, y, pos.X+area.Width, y, rule)
		p.text(fmt.Sprintf("%.1f", part), pos.X-6, y, small, muted, fyne.TextAlignTrailing)
		if hasRight {
			p.text(axisText(part*right, right), pos.X+area.Width+6, y, small, muted, fyne.TextAlignLeading)
		}
	}
	r.epochTicks(pos, area, small)
	r.legend(pos, area, small)
	if c.hover > 0 {
		x := pos.X + float32(c.xOf(c.hover, float64(area.Width)))
		p.line(x, pos.Y, x, pos.Y+area.Height, theme.Color(theme.Text))
	}
	r.objects = p.objects(r.raster)
}

// axisText writes a value of an axis whose top is top with as many decimals as
// it needs.
func axisText(v, top float64) string {
	if top >= 10 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}

func (r *curveRenderer) epochTicks(pos fyne.Position, area fyne.Size, small float32) {
	c := r.c
	if c.epochs == 0 {
		return
	}
	muted := theme.Color(theme.Muted)
	y := pos.Y + area.Height + 12
	step := int(math.Max(1, niceStep(float64(c.epochs), max(2, int(area.Width/90)))))
	r.pool.text("1", pos.X, y, small, muted, fyne.TextAlignCenter)
	for e := step; e <= c.epochs; e += step {
		if e > 1 {
			r.pool.text(fmt.Sprint(e), pos.X+float32(c.xOf(e, float64(area.Width))), y, small, muted, fyne.TextAlignCenter)
		}
	}
}

// legend is the line above the plot: each series' name in its colour with a
// stroke before it, or the readout of the epoch under the pointer.
func (r *curveRenderer) legend(pos fyne.Position, area fyne.Size, small float32) {
	c := r.c
	if c.hover > 0 {
		r.pool.text(c.Readout(c.hover), pos.X, pos.Y-14, small, theme.Color(theme.Text), fyne.TextAlignLeading)
		return
	}
	x := pos.X
	for _, s := range c.series {
		col := theme.Color(s.Colour)
		if s.Dashed {
			for i := range 3 {
				left := x + float32(i)*8
				l := r.pool.line(left, pos.Y-14, left+5, pos.Y-14, col)
				l.StrokeWidth = 1.6
			}
		} else {
			l := r.pool.line(x, pos.Y-14, x+21, pos.Y-14, col)
			l.StrokeWidth = 1.6
		}
		t := r.pool.text(s.Name, x+26, pos.Y-14, small, theme.Color(theme.Text), fyne.TextAlignLeading)
		x += 26 + t.MinSize().Width + 18
	}
	if c.epochs > 0 {
		r.pool.text(lang.L(c.XName), pos.X+area.Width+14, pos.Y+area.Height+12, small,
			theme.Color(theme.Muted), fyne.TextAlignLeading)
	}
}

func (r *curveRenderer) Layout(size fyne.Size)        { r.arrange(size) }
func (r *curveRenderer) MinSize() fyne.Size           { return r.c.MinSize() }
func (r *curveRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *curveRenderer) Destroy()                     {}

func (r *curveRenderer) Refresh() {
	r.arrange(r.c.Size())
	canvas.Refresh(r.c)
}
