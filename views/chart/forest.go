package chart

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"onset/views/parts"
	"onset/views/theme"
)

// ForestRow is a share with its interval, each 0..1.
type ForestRow struct {
	Name          string
	At, Low, High float64
	Hollow, Apart bool // another kind of row; a gap above it
	Stronger      bool // in the accent
}

// Forest draws shares with their intervals on one scale, a dashed line at the one
// that the others are held against.
type Forest struct {
	widget.BaseWidget
	rows   []ForestRow
	beside float64
}

// NewForest returns an empty figure.
func NewForest() *Forest {
	f := &Forest{}
	f.ExtendBaseWidget(f)
	return f
}

// Set shows rows, the dashed line at a value; below 0 there is none.
func (f *Forest) Set(rows []ForestRow, beside float64) {
	f.rows, f.beside = rows, beside
	f.Refresh()
}

const (
	forestName, forestTail      = 214, 52
	forestStep, forestApart     = 27, 12
	forestTop, forestBottom     = 8, 26
	forestTicks             int = 5
)

func forestX(v float64, width float32) float32 {
	return forestName + float32(min(max(v, 0), 1))*(width-forestName-forestTail)
}

// height is what the rows need.
func (f *Forest) height() float32 {
	h := float32(forestTop + forestBottom + forestStep*len(f.rows))
	for _, r := range f.rows {
		if r.Apart {
			h += forestApart
		}
	}
	return h
}

// CreateRenderer implements fyne.Widget.
func (f *Forest) CreateRenderer() fyne.WidgetRenderer {
	d := &forestRenderer{f: f}
	d.build()
	return d
}

type forestRenderer struct {
	f       *Forest
	objects []fyne.CanvasObject
	laid    fyne.Size
}

func (d *forestRenderer) MinSize() fyne.Size {
	return fyne.NewSize(forestName+forestTail+160, d.f.height())
}
func (d *forestRenderer) Layout(size fyne.Size)        { d.laid = size; d.build() }
func (d *forestRenderer) Refresh()                     { d.build(); canvas.Refresh(d.f) }
func (d *forestRenderer) Objects() []fyne.CanvasObject { return d.objects }
func (d *forestRenderer) Destroy()                     {}

func (d *forestRenderer) text(s string, x, y, width float32, align fyne.TextAlign, tone fyne.ThemeColorName) {
	t := canvas.NewText(parts.Shorten(s, width, theme.TextSmall, fyne.TextStyle{}), theme.Color(tone))
	t.TextSize, t.Alignment = theme.TextSmall, align
	t.Move(fyne.NewPos(x, y-t.MinSize().Height/2))
	t.Resize(fyne.NewSize(width, t.MinSize().Height))
	d.objects = append(d.objects, t)
}

func (d *forestRenderer) line(x1, y1, x2, y2, width float32, c color.Color) {
	l := canvas.NewLine(c)
	l.StrokeWidth, l.Position1, l.Position2 = width, fyne.NewPos(x1, y1), fyne.NewPos(x2, y2)
	d.objects = append(d.objects, l)
}

func (d *forestRenderer) build() {
	d.objects = nil
	w := d.laid.Width
	if w < forestName+forestTail || len(d.f.rows) == 0 {
		return
	}
	bottom := d.f.height() - forestBottom
	for i := range forestTicks + 1 {
		v := float64(i) / float64(forestTicks)
		d.line(forestX(v, w), forestTop, forestX(v, w), bottom, 1, theme.Color(theme.Line))
		d.text(fmt.Sprintf("%.1f", v), forestX(v, w)-20, bottom+12, 40, fyne.TextAlignCenter, theme.Muted)
	}
	if x := forestX(d.f.beside, w); d.f.beside >= 0 {
		for y := float32(forestTop); y < bottom; y += 7 {
			d.line(x, y, x, min(y+4, bottom), 1, theme.Color(theme.Muted))
		}
	}
	y := float32(forestTop)
	for _, r := range d.f.rows {
		if r.Apart {
			y += forestApart
		}
		mid := y + forestStep/2
		tone := theme.Color(theme.Text)
		if r.Stronger {
			tone = theme.Color(theme.Accent)
		}
		d.text(r.Name, 0, mid, forestName-12, fyne.TextAlignTrailing, theme.Text)
		d.line(forestX(r.Low, w), mid, forestX(r.High, w), mid, 2, tone)
		const radius = 5
		c := canvas.NewCircle(tone)
		if r.Hollow {
			c.FillColor = theme.Color(theme.Panel)
		}
		c.StrokeColor, c.StrokeWidth = tone, 1.5
		c.Move(fyne.NewPos(forestX(r.At, w)-radius, mid-radius))
		c.Resize(fyne.NewSize(2*radius, 2*radius))
		d.objects = append(d.objects, c)
		d.text(fmt.Sprintf("%.3f", r.At), w-forestTail+8, mid, forestTail-8, fyne.TextAlignLeading, theme.Muted)
		y += forestStep
	}
}
