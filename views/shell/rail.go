package shell

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"onset/views/icon"
	"onset/views/parts"
	"onset/views/theme"
)

const railWidth = 64

// rail is the column of rooms at the left edge.
type rail struct {
	items  []*railItem
	object fyne.CanvasObject
}

// newRail makes an item for each room; open is called with a room's index.
func newRail(rooms []*place, open func(int)) *rail {
	r := &rail{}
	column := parts.VBox(2)
	for i, p := range rooms {
		item := newRailItem(p.icon, p.title, func() { open(i) })
		r.items = append(r.items, item)
		column.Add(item)
	}
	r.object = container.NewStack(parts.NewFill(theme.Panel), parts.Beside(
		container.New(layout.NewCustomPaddedLayout(8, 8, 4, 3), column), parts.Upright()))
	return r
}

// show marks room i as the open one; -1 marks none.
func (r *rail) show(i int) {
	for k, item := range r.items {
		item.setOpen(k == i)
	}
}

// enable lets rooms be opened; without a study there is nothing in them.
func (r *rail) enable(on bool) {
	for _, item := range r.items {
		item.setDisabled(!on)
	}
}

// railItem is a room's button: a drawing over its name.
type railItem struct {
	widget.BaseWidget
	name                  icon.Name
	text                  string
	tapped                func()
	open, hover, disabled bool
}

func newRailItem(name icon.Name, text string, tapped func()) *railItem {
	i := &railItem{name: name, text: text, tapped: tapped}
	i.ExtendBaseWidget(i)
	return i
}

func (i *railItem) setOpen(open bool) {
	if i.open != open {
		i.open = open
		i.Refresh()
	}
}

func (i *railItem) setDisabled(off bool) {
	if i.disabled != off {
		i.disabled = off
		i.Refresh()
	}
}

// Tapped opens the room.
func (i *railItem) Tapped(*fyne.PointEvent) {
	if !i.disabled {
		i.tapped()
	}
}

// MouseIn lights the item.
func (i *railItem) MouseIn(*desktop.MouseEvent) { i.hover = true; i.Refresh() }

// MouseMoved does nothing: the item is one area.
func (i *railItem) MouseMoved(*desktop.MouseEvent) {}

// MouseOut ends the light.
func (i *railItem) MouseOut() { i.hover = false; i.Refresh() }

// MinSize is the same for every room.
func (i *railItem) MinSize() fyne.Size { return fyne.NewSize(railWidth-8, 52) }

// CreateRenderer implements fyne.Widget.
func (i *railItem) CreateRenderer() fyne.WidgetRenderer {
	r := &railItemRenderer{item: i, ground: canvas.NewRectangle(color.Transparent), image: canvas.NewImageFromResource(nil),
		text: canvas.NewText(i.text, color.Black)}
	r.image.FillMode = canvas.ImageFillContain
	r.text.Alignment = fyne.TextAlignCenter
	r.ground.CornerRadius = theme.RadiusLarge
	r.colour()
	return r
}

type railItemRenderer struct {
	item   *railItem
	ground *canvas.Rectangle
	image  *canvas.Image
	text   *canvas.Text
}

func (r *railItemRenderer) colour() {
	i := r.item
	ink, fill := theme.Muted, fyne.ThemeColorName("")
	switch {
	case i.disabled:
		ink = fynetheme.ColorNameDisabled
	case i.open:
		ink, fill = theme.Accent, theme.AccentSoft
	case i.hover:
		ink, fill = theme.Text, fynetheme.ColorNameHover
	}
	r.ground.Hidden = fill == ""
	if fill != "" {
		r.ground.FillColor = theme.Color(fill)
	}
	r.image.Resource = icon.In(i.name, ink)
	r.image.Refresh()
	r.text.Text, r.text.Color = i.text, theme.Color(ink)
	r.text.TextSize = theme.TextSmall
	r.text.TextStyle.Bold = i.open && !i.disabled
}

func (r *railItemRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	r.image.Move(fyne.NewPos(size.Width/2-10, 8))
	r.image.Resize(fyne.NewSize(20, 20))
	r.text.Move(fyne.NewPos(0, 30))
	r.text.Resize(fyne.NewSize(size.Width, 16))
}

func (r *railItemRenderer) MinSize() fyne.Size { return r.item.MinSize() }
func (r *railItemRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.image, r.text}
}
func (r *railItemRenderer) Destroy() {}
func (r *railItemRenderer) Refresh() {
	r.colour()
	canvas.Refresh(r.item)
}
