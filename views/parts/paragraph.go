package parts

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"onset/views/theme"
)

// Paragraph is text that wraps, without space around it. Its height follows
// from the width that it got last.
type Paragraph struct {
	widget.BaseWidget
	text    string
	tone    fyne.ThemeColorName
	centred bool
	width   float32
}

// paragraphWidth is taken before the first layout: the width of a side panel.
const paragraphWidth float32 = 260

// NewParagraph is a paragraph; a muted one is of second rank.
func NewParagraph(text string, muted bool) *Paragraph {
	p := &Paragraph{text: text, tone: theme.Text, width: paragraphWidth}
	if muted {
		p.tone = theme.Muted
	}
	p.ExtendBaseWidget(p)
	return p
}

// SetText changes the words.
func (p *Paragraph) SetText(text string) {
	if p.text != text {
		p.text = text
		p.Refresh()
	}
}

// SetTone changes the colour.
func (p *Paragraph) SetTone(tone fyne.ThemeColorName) {
	if p.tone != tone {
		p.tone = tone
		p.Refresh()
	}
}

// Text is the words.
func (p *Paragraph) Text() string { return p.text }

// CreateRenderer is for the toolkit.
func (p *Paragraph) CreateRenderer() fyne.WidgetRenderer {
	r := &paragraphRenderer{p: p}
	r.apply()
	return r
}

type paragraphRenderer struct {
	p     *Paragraph
	lines []fyne.CanvasObject
}

func (r *paragraphRenderer) apply() {
	words := Wrap(r.p.text, r.p.width, theme.TextBody, fyne.TextStyle{})
	for len(r.lines) < len(words) {
		r.lines = append(r.lines, canvas.NewText("", theme.Color(r.p.tone)))
	}
	r.lines = r.lines[:len(words)]
	for i, line := range words {
		t := r.lines[i].(*canvas.Text)
		t.Text, t.TextSize, t.Color = line, theme.TextBody, theme.Color(r.p.tone)
		t.Alignment = fyne.TextAlignLeading
		if r.p.centred {
			t.Alignment = fyne.TextAlignCenter
		}
	}
}

func lineHeight() float32 {
	return fyne.MeasureText("Mg", theme.TextBody, fyne.TextStyle{}).Height + 1
}

func (r *paragraphRenderer) MinSize() fyne.Size {
	return fyne.NewSize(40, float32(len(r.lines))*lineHeight())
}

func (r *paragraphRenderer) Layout(size fyne.Size) {
	if size.Width > 0 && size.Width != r.p.width {
		before := len(r.lines)
		r.p.width = size.Width
		r.apply()
		if len(r.lines) != before {
			// The canvas finds the new least size and lays out again what is around.
			canvas.Refresh(r.p)
		}
	}
	h := lineHeight()
	for i, line := range r.lines {
		line.Move(fyne.NewPos(0, float32(i)*h))
		line.Resize(fyne.NewSize(size.Width, h))
	}
}

func (r *paragraphRenderer) Refresh() {
	r.apply()
	r.Layout(r.p.Size())
	canvas.Refresh(r.p)
}

func (r *paragraphRenderer) Objects() []fyne.CanvasObject { return r.lines }
func (r *paragraphRenderer) Destroy()                     {}

// Wrap breaks text into lines of at most width, at spaces; a word that is wider
// than that has a line to itself, cut short.
func Wrap(text string, width, size float32, style fyne.TextStyle) []string {
	var lines []string
	for _, paragraph := range strings.Split(text, "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			longer := word
			if line != "" {
				longer = line + " " + word
			}
			if fyne.MeasureText(longer, size, style).Width <= width {
				line = longer
				continue
			}
			if line != "" {
				lines = append(lines, line)
			}
			line = Shorten(word, width, size, style)
		}
		lines = append(lines, line)
	}
	return lines
}
