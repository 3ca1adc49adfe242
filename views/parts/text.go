package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"onset/views/theme"
)

// Style is how a Text looks. The zero value is body text.
type Style struct {
	Tone  fyne.ThemeColorName // theme.Text when empty
	Size  float32             // theme.TextBody when 0
	Bold  bool
	Mono  bool
	Align fyne.TextAlign
	// Cut lets the text be narrower than its words need: it then ends in "…".
	Cut bool
}

// Text is one line of text without space around it.
type Text struct {
	widget.BaseWidget
	text  string
	style Style
}

// NewText is a line of text.
func NewText(text string, style Style) *Text {
	t := &Text{text: text, style: style}
	t.ExtendBaseWidget(t)
	return t
}

// Small is muted text of the small size.
func Small(text string) *Text {
	return NewText(text, Style{Tone: theme.Muted, Size: theme.TextSmall})
}

// Heading is bold text of the largest size.
func Heading(text string) *Text {
	return NewText(text, Style{Size: theme.TextHeading, Bold: true, Cut: true})
}

// SetText changes the words.
func (t *Text) SetText(text string) {
	if t.text == text {
		return
	}
	t.text = text
	t.Refresh()
}

// Text is the words as given, not cut.
func (t *Text) Text() string { return t.text }

// SetStyle changes the look.
func (t *Text) SetStyle(style Style) {
	if t.style == style {
		return
	}
	t.style = style
	t.Refresh()
}

// SetTone changes the colour.
func (t *Text) SetTone(tone fyne.ThemeColorName) {
	style := t.style
	style.Tone = tone
	t.SetStyle(style)
}

// CreateRenderer is for the toolkit.
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	r := &textRenderer{t: t, line: canvas.NewText("", theme.Color(theme.Text))}
	r.apply()
	return r
}

type textRenderer struct {
	t    *Text
	line *canvas.Text
}

func (r *textRenderer) apply() {
	s := r.t.style
	tone := s.Tone
	if tone == "" {
		tone = theme.Text
	}
	r.line.Color = theme.Color(tone)
	r.line.TextSize = s.Size
	if s.Size == 0 {
		r.line.TextSize = theme.TextBody
	}
	r.line.TextStyle = fyne.TextStyle{Bold: s.Bold, Monospace: s.Mono}
	r.line.Alignment = s.Align
	r.line.Text = r.t.text
	if s.Cut {
		r.line.Text = Shorten(r.t.text, r.t.Size().Width, r.line.TextSize, r.line.TextStyle)
	}
}

func (r *textRenderer) MinSize() fyne.Size {
	size := fyne.MeasureText(r.t.text, r.line.TextSize, r.line.TextStyle)
	if r.t.style.Cut {
		size.Width = min(size.Width, 24)
	}
	return size
}

func (r *textRenderer) Layout(size fyne.Size) {
	if r.t.style.Cut {
		r.apply()
		r.line.Refresh()
	}
	h := r.line.MinSize().Height
	r.line.Move(fyne.NewPos(0, (size.Height-h)/2))
	r.line.Resize(fyne.NewSize(size.Width, h))
}

func (r *textRenderer) Refresh() {
	r.apply()
	r.Layout(r.t.Size())
	r.line.Refresh()
}

func (r *textRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.line} }
func (r *textRenderer) Destroy()                     {}

// Shorten cuts text so that it is at most width wide, ending in "…" when
// something was cut; empty when not even that fits.
func Shorten(text string, width, size float32, style fyne.TextStyle) string {
	if width <= 0 || fyne.MeasureText(text, size, style).Width <= width+0.5 {
		return text
	}
	runes := []rune(text)
	lo, hi := 0, len(runes)-1 // the longest prefix that fits lies in lo..hi
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if fyne.MeasureText(string(runes[:mid])+"…", size, style).Width <= width {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	if lo == 0 {
		return ""
	}
	return string(runes[:lo]) + "…"
}
