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

// Button is a button with a word and, where it has one, the key that does the
// same. Space and Enter press it while it has the focus.
type Button struct {
	widget.DisableableWidget
	word, key string
	primary   bool
	chosen    bool
	tapped    func()
	Press     func() // replaces what the button was made with; nil keeps that
	why       func() // tells why the button is off

	hovered, focused bool
}

var (
	_ fyne.Focusable    = (*Button)(nil)
	_ desktop.Hoverable = (*Button)(nil)
)

// NewButton is an ordinary button; key may be empty.
func NewButton(word, key string, tapped func()) *Button {
	b := &Button{word: word, key: key, tapped: tapped}
	b.ExtendBaseWidget(b)
	return b
}

// NewPrimary is the button for what a person most likely wants next: at most
// one on a screen.
func NewPrimary(word, key string, tapped func()) *Button {
	b := NewButton(word, key, tapped)
	b.primary = true
	return b
}

// Refuse turns the button off until Allow; tell says why, when the pointer comes over
// it or it is pressed all the same.
func (b *Button) Refuse(tell func()) {
	b.why = tell
	b.Disable()
}

// Allow turns the button on again after Refuse.
func (b *Button) Allow() {
	b.why = nil
	b.Enable()
}

// sayWhy tells why the button is off, when that is known.
func (b *Button) sayWhy() {
	if b.Disabled() && b.why != nil {
		b.why()
	}
}

// SetWord changes the word.
func (b *Button) SetWord(word string) {
	if b.word != word {
		b.word = word
		b.Refresh()
	}
}

// SetKey says another key, empty for none.
func (b *Button) SetKey(key string) {
	if b.key != key {
		b.key = key
		b.Refresh()
	}
}

// SetChosen marks a button that stands for a choice as chosen.
func (b *Button) SetChosen(chosen bool) {
	if b.chosen != chosen {
		b.chosen = chosen
		b.Refresh()
	}
}

// Key is the key that it says, empty for none.
func (b *Button) Key() string { return b.key }

// Word is what the button says.
func (b *Button) Word() string { return b.word }

// Tapped presses the button.
func (b *Button) Tapped(*fyne.PointEvent) {
	switch {
	case b.Disabled():
		b.sayWhy()
	case b.Press != nil:
		b.Press()
	case b.tapped != nil:
		b.tapped()
	}
}

// FocusGained, FocusLost, TypedRune and TypedKey are the keyboard's way.
func (b *Button) FocusGained() { b.focused = true; b.Refresh() }

// FocusLost is the counterpart of FocusGained.
func (b *Button) FocusLost() { b.focused = false; b.Refresh() }

// TypedRune does nothing.
func (b *Button) TypedRune(rune) {}

// TypedKey presses the button with Space or Enter.
func (b *Button) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		b.Tapped(nil)
	}
}

// MouseIn, MouseMoved and MouseOut show that the pointer is over the button.
func (b *Button) MouseIn(*desktop.MouseEvent) {
	b.hovered = true
	b.Refresh()
	b.sayWhy()
}

// MouseMoved does nothing.
func (b *Button) MouseMoved(*desktop.MouseEvent) {}

// MouseOut is the counterpart of MouseIn.
func (b *Button) MouseOut() { b.hovered = false; b.Refresh() }

// CreateRenderer is for the toolkit.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	r := &buttonRenderer{
		b:    b,
		back: canvas.NewRectangle(color.Transparent), over: canvas.NewRectangle(color.Transparent),
		cap: canvas.NewRectangle(color.Transparent), word: canvas.NewText("", color.Black), key: canvas.NewText("", color.Black),
	}
	r.Refresh()
	return r
}

type buttonRenderer struct {
	b               *Button
	back, over, cap *canvas.Rectangle
	word, key       *canvas.Text
}

const buttonSide = theme.Space3

func (r *buttonRenderer) MinSize() fyne.Size {
	size := fyne.NewSize(r.word.MinSize().Width+2*buttonSide, theme.Row-2)
	if r.b.key != "" {
		size.Width += r.key.MinSize().Width + 10 + theme.Space2
	}
	return size
}

func (r *buttonRenderer) Layout(size fyne.Size) {
	r.back.Resize(size)
	r.over.Resize(size)
	w := r.word.MinSize()
	total := w.Width
	k := r.key.MinSize()
	if r.b.key != "" {
		total += theme.Space2 + k.Width + 10
	}
	x := (size.Width - total) / 2
	r.word.Move(fyne.NewPos(x, (size.Height-w.Height)/2))
	r.word.Resize(w)
	x += w.Width + theme.Space2
	r.cap.Move(fyne.NewPos(x, (size.Height-k.Height-2)/2))
	r.cap.Resize(fyne.NewSize(k.Width+10, k.Height+2))
	r.key.Move(fyne.NewPos(x+5, (size.Height-k.Height)/2))
	r.key.Resize(k)
}

func (r *buttonRenderer) Refresh() {
	b := r.b
	ground, ink, border := theme.Color(theme.Raised), theme.Color(theme.Text), theme.Color(theme.Line)
	quiet := theme.Color(theme.Muted)
	if b.primary {
		ground, ink, border = theme.Color(theme.Accent), theme.Color(theme.OnAccent), theme.Color(theme.Accent)
		quiet = ink
	}
	if b.chosen {
		ground, border = theme.Color(theme.AccentSoft), theme.Color(theme.Accent)
	}
	if b.Disabled() {
		ground, border = theme.Color(theme.Panel), theme.Color(theme.Line)
		ink, quiet = theme.Color(fynetheme.ColorNameDisabled), theme.Color(fynetheme.ColorNameDisabled)
	}
	r.back.FillColor, r.back.StrokeColor, r.back.StrokeWidth = ground, border, 1
	if b.focused && !b.Disabled() {
		r.back.StrokeColor, r.back.StrokeWidth = theme.Color(theme.Accent), 2
		if b.primary {
			r.back.StrokeColor = theme.Color(theme.Text)
		}
	}
	r.over.FillColor = color.Transparent
	if b.hovered && !b.Disabled() {
		r.over.FillColor = theme.Color(fynetheme.ColorNameHover)
	}
	r.back.CornerRadius, r.over.CornerRadius, r.cap.CornerRadius = theme.Radius, theme.Radius, theme.RadiusSmall
	r.word.Text, r.word.TextSize, r.word.Color = b.word, theme.TextBody, ink
	r.word.TextStyle = fyne.TextStyle{Bold: b.primary}
	r.key.Text, r.key.TextSize, r.key.Color = b.key, 10, quiet
	r.key.TextStyle = fyne.TextStyle{Monospace: true}
	r.cap.Hidden = b.key == ""
	r.cap.FillColor, r.cap.StrokeColor, r.cap.StrokeWidth = color.Transparent, theme.Fade(quiet, 0.5), 1
	r.Layout(b.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

func (r *buttonRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.back, r.over, r.cap, r.word, r.key}
}
func (r *buttonRenderer) Destroy() {}
