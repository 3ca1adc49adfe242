package parts

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"onset/views/theme"
)

// Fill is a ground in a named colour, with an optional border and corners.
type Fill struct {
	widget.BaseWidget
	Tone   fyne.ThemeColorName
	Border fyne.ThemeColorName // none when empty
	Radius float32
	Least  fyne.Size // smallest size
}

// NewFill is a plain ground.
func NewFill(tone fyne.ThemeColorName) *Fill {
	f := &Fill{Tone: tone}
	f.ExtendBaseWidget(f)
	return f
}

// NewCard is a ground with a border and rounded corners.
func NewCard(tone fyne.ThemeColorName) *Fill {
	f := &Fill{Tone: tone, Border: theme.Line, Radius: theme.RadiusLarge}
	f.ExtendBaseWidget(f)
	return f
}

// CreateRenderer is for the toolkit.
func (f *Fill) CreateRenderer() fyne.WidgetRenderer {
	r := &fillRenderer{f: f, rect: canvas.NewRectangle(color.Transparent)}
	r.apply()
	return r
}

type fillRenderer struct {
	f    *Fill
	rect *canvas.Rectangle
}

func (r *fillRenderer) apply() {
	r.rect.FillColor = color.Transparent
	if r.f.Tone != "" {
		r.rect.FillColor = theme.Color(r.f.Tone)
	}
	r.rect.StrokeWidth = 0
	if r.f.Border != "" {
		r.rect.StrokeColor, r.rect.StrokeWidth = theme.Color(r.f.Border), 1
	}
	r.rect.CornerRadius = r.f.Radius
}

func (r *fillRenderer) Refresh()                     { r.apply(); r.rect.Refresh() }
func (r *fillRenderer) Layout(size fyne.Size)        { r.rect.Resize(size) }
func (r *fillRenderer) MinSize() fyne.Size           { return r.f.Least }
func (r *fillRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.rect} }
func (r *fillRenderer) Destroy()                     {}

// Panel is something on a ground of its own, with the usual space around it.
func Panel(tone fyne.ThemeColorName, content fyne.CanvasObject) *fyne.Container {
	return container.NewStack(NewFill(tone), Inset(theme.Space3, content))
}

// Card is something on a bordered, rounded ground.
func Card(content fyne.CanvasObject) *fyne.Container {
	return container.NewStack(NewCard(theme.Panel), Inset(theme.Space3, content))
}

// Inset leaves the same space on all four sides.
func Inset(space float32, content fyne.CanvasObject) *fyne.Container {
	return InsetXY(space, space, content)
}

// InsetXY leaves space at the sides and above and below.
func InsetXY(x, y float32, content fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedLayout(y, y, x, x), content)
}

// Rule is a horizontal hairline.
func Rule() *Fill {
	f := NewFill(theme.Line)
	f.Least = fyne.NewSize(1, 1)
	return f
}

// Upright is a vertical hairline.
func Upright() *Fill { return Rule() }

// Sized gives content at least the size given.
func Sized(width, height float32, content fyne.CanvasObject) *fyne.Container {
	least := NewFill("")
	least.Least = fyne.NewSize(width, height)
	return container.NewStack(least, content)
}

// HBox is a row of things, centred in height, with a space between them.
func HBox(space float32, objects ...fyne.CanvasObject) *fyne.Container {
	centred := make([]fyne.CanvasObject, len(objects))
	for i, o := range objects {
		if _, flexible := o.(layout.SpacerObject); flexible {
			centred[i] = o
			continue
		}
		centred[i] = container.New(middle{}, o)
	}
	return container.New(layout.NewCustomPaddedHBoxLayout(space), centred...)
}

// VBox is a column of things with a space between them.
func VBox(space float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&column{space: space}, objects...)
}

// Split is a row whose left part takes what the right part leaves.
func Split(left, right fyne.CanvasObject) *fyne.Container {
	return container.NewBorder(nil, nil, nil, right, left)
}

// middle centres its one object in height and gives it the whole width.
type middle struct{}

func (middle) MinSize(o []fyne.CanvasObject) fyne.Size { return o[0].MinSize() }
func (middle) Layout(o []fyne.CanvasObject, size fyne.Size) {
	h := o[0].MinSize().Height
	o[0].Move(fyne.NewPos(0, (size.Height-h)/2))
	o[0].Resize(fyne.NewSize(size.Width, h))
}
