package parts

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"onset/views/theme"
)

// Chip is a short word on a raised ground. Tone colours the word: theme.Muted,
// theme.Warning, theme.Error or theme.Accent.
func Chip(word string, tone fyne.ThemeColorName) fyne.CanvasObject {
	ground := NewFill(theme.Raised)
	ground.Radius = theme.RadiusSmall + 1
	text := NewText(word, Style{Tone: tone, Size: theme.TextSmall})
	return container.NewStack(ground, InsetXY(6, 2, text))
}

// KeyCap is the name of a key.
func KeyCap(key string) fyne.CanvasObject {
	ground := NewFill(theme.Raised)
	ground.Border, ground.Radius = theme.Line, theme.RadiusSmall
	text := NewText(key, Style{Tone: theme.Muted, Size: 10, Mono: true, Align: fyne.TextAlignCenter})
	return container.NewStack(ground, InsetXY(5, 1, text))
}

// Section is the title of a part of a panel with a hint beside it, which may be
// empty.
func Section(title, hint string) fyne.CanvasObject {
	bold := NewText(title, Style{Tone: theme.Muted, Size: 12, Bold: true})
	if hint == "" {
		return container.NewHBox(bold)
	}
	return HBox(theme.Space2, bold, Small(hint))
}

// Swatch is a class's colour as a small square.
type Swatch struct {
	widget.BaseWidget
	rect *canvas.Rectangle
}

// NewSwatch is a square of a colour.
func NewSwatch(c color.NRGBA) *Swatch {
	s := &Swatch{rect: canvas.NewRectangle(c)}
	s.rect.CornerRadius = 2
	s.rect.SetMinSize(fyne.NewSize(10, 10))
	s.ExtendBaseWidget(s)
	return s
}

// SetColor changes the colour.
func (s *Swatch) SetColor(c color.NRGBA) {
	s.rect.FillColor = c
	s.rect.Refresh()
}

// CreateRenderer is for the toolkit.
func (s *Swatch) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(s.rect) }

// Bar is a thin bar that shows a value of 0..1.
type Bar struct {
	widget.BaseWidget
	value float64
	tone  fyne.ThemeColorName
	fixed *color.NRGBA
}

// NewBar is a bar in the accent colour.
func NewBar(value float64) *Bar {
	b := &Bar{value: value, tone: theme.Accent}
	b.ExtendBaseWidget(b)
	return b
}

// NewClassBar is a bar in a class's colour.
func NewClassBar(value float64, c color.NRGBA) *Bar {
	b := &Bar{value: value, fixed: &c}
	b.ExtendBaseWidget(b)
	return b
}

// SetValue changes the value.
func (b *Bar) SetValue(value float64) {
	if value != b.value {
		b.value = value
		b.Refresh()
	}
}

// SetColor changes to a class's colour.
func (b *Bar) SetColor(c color.NRGBA) {
	b.fixed = &c
	b.Refresh()
}

// CreateRenderer is for the toolkit.
func (b *Bar) CreateRenderer() fyne.WidgetRenderer {
	r := &barRenderer{b: b, back: canvas.NewRectangle(color.Transparent), front: canvas.NewRectangle(color.Transparent)}
	r.Refresh()
	return r
}

type barRenderer struct {
	b           *Bar
	back, front *canvas.Rectangle
}

const barHeight float32 = 5

func (r *barRenderer) MinSize() fyne.Size { return fyne.NewSize(24, barHeight) }

func (r *barRenderer) Layout(size fyne.Size) {
	y := (size.Height - barHeight) / 2
	r.back.Move(fyne.NewPos(0, y))
	r.back.Resize(fyne.NewSize(size.Width, barHeight))
	r.front.Move(fyne.NewPos(0, y))
	r.front.Resize(fyne.NewSize(size.Width*float32(min(max(r.b.value, 0), 1)), barHeight))
}

func (r *barRenderer) Refresh() {
	r.back.FillColor = theme.Blend(theme.Color(theme.Raised), theme.Color(theme.Line), 0.5)
	if r.b.fixed != nil {
		r.front.FillColor = *r.b.fixed
	} else {
		r.front.FillColor = theme.Color(r.b.tone)
	}
	r.back.CornerRadius, r.front.CornerRadius = 2, 2
	r.Layout(r.b.Size())
	r.back.Refresh()
	r.front.Refresh()
}

func (r *barRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.back, r.front} }
func (r *barRenderer) Destroy()                     {}

// Empty is what a screen without contents says: what is missing, and what to do
// next. The actions may be none.
func Empty(title, sentence string, actions ...fyne.CanvasObject) fyne.CanvasObject {
	text := NewParagraph(sentence, true)
	text.centred = true
	column := VBox(theme.Space3,
		container.NewCenter(NewText(title, Style{Size: theme.TextHeading, Bold: true})),
		Sized(420, 20, text))
	if len(actions) > 0 {
		column.Add(container.NewCenter(HBox(theme.Space2, actions...)))
	}
	return container.NewCenter(column)
}
