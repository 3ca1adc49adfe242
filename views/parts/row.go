package parts

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"onset/views/theme"
)

// Row is a line of a short list, with hover, a chosen state and a tap.
type Row struct {
	widget.BaseWidget
	content fyne.CanvasObject
	chosen  bool
	hovered bool
	// Tap is called when the row is tapped; nil makes it inert.
	Tap func()
	// Height is the row's height; theme.RowCompact when 0.
	Height float32
}

var _ desktop.Hoverable = (*Row)(nil)

// NewRow is a row that shows content.
func NewRow(content fyne.CanvasObject, tap func()) *Row {
	r := &Row{content: content, Tap: tap}
	r.ExtendBaseWidget(r)
	return r
}

// SetChosen marks the row.
func (r *Row) SetChosen(chosen bool) {
	if r.chosen != chosen {
		r.chosen = chosen
		r.Refresh()
	}
}

// Chosen reports whether the row is marked.
func (r *Row) Chosen() bool { return r.chosen }

// Tapped calls Tap.
func (r *Row) Tapped(*fyne.PointEvent) {
	if r.Tap != nil {
		r.Tap()
	}
}

// MouseIn, MouseMoved and MouseOut show that the pointer is over the row.
func (r *Row) MouseIn(*desktop.MouseEvent) { r.hovered = r.Tap != nil; r.Refresh() }

// MouseMoved does nothing.
func (r *Row) MouseMoved(*desktop.MouseEvent) {}

// MouseOut is the counterpart of MouseIn.
func (r *Row) MouseOut() { r.hovered = false; r.Refresh() }

// CreateRenderer is for the toolkit.
func (r *Row) CreateRenderer() fyne.WidgetRenderer {
	rr := &rowRenderer{r: r, back: canvas.NewRectangle(color.Transparent)}
	rr.apply()
	return rr
}

type rowRenderer struct {
	r    *Row
	back *canvas.Rectangle
}

func (r *rowRenderer) MinSize() fyne.Size {
	h := r.r.Height
	if h == 0 {
		h = theme.RowCompact
	}
	m := r.r.content.MinSize()
	return fyne.NewSize(m.Width+2*theme.Space2, max(h, m.Height))
}

func (r *rowRenderer) Layout(size fyne.Size) {
	r.back.Resize(size)
	h := r.r.content.MinSize().Height
	r.r.content.Move(fyne.NewPos(theme.Space2, (size.Height-h)/2))
	r.r.content.Resize(fyne.NewSize(size.Width-2*theme.Space2, h))
}

func (r *rowRenderer) apply() {
	r.back.CornerRadius = theme.Radius - 2
	switch {
	case r.r.chosen:
		r.back.FillColor = theme.Color(theme.AccentSoft)
	case r.r.hovered:
		r.back.FillColor = theme.Color(fynetheme.ColorNameHover)
	default:
		r.back.FillColor = color.Transparent
	}
}

func (r *rowRenderer) Refresh() {
	r.apply()
	r.Layout(r.r.Size())
	r.back.Refresh()
	r.r.content.Refresh()
}

func (r *rowRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.back, r.r.content}
}
func (r *rowRenderer) Destroy() {}
