package label

import (
	"fmt"
	"math"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/labeling/agreement"
	"onset/views/parts"
	"onset/views/theme"
	"onset/views/trace"
)

// verdictSection is the adjudication in the panel.
type verdictSection struct {
	l             *Label
	title         *parts.Text
	what          *parts.Paragraph
	first, second *parts.Paragraph
	decided       *parts.Paragraph
	choices       *fyne.Container
	buttons       map[string]*parts.Button // by the command that does the same
	object        *fyne.Container
}

func newVerdictSection(l *Label) *verdictSection {
	v := &verdictSection{l: l, title: parts.Heading(""), what: parts.NewParagraph("", false),
		first: parts.NewParagraph("", true), second: parts.NewParagraph("", true), decided: parts.NewParagraph("", true), buttons: map[string]*parts.Button{}}
	button := func(word, command string, n int) fyne.CanvasObject {
		b := parts.NewButton(word, "", func() {
			l.decideByKey(n)
			l.focus()
		})
		v.buttons[command] = b
		return b
	}
	v.choices = container.NewGridWithColumns(2, button(lang.L("First"), "exercise-1", 1), button(lang.L("Second"), "exercise-2", 2),
		button(lang.L("Both"), "exercise-3", 3), button(lang.L("Neither"), "none", 0))
	v.object = parts.VBox(theme.Space2, v.title, v.what, v.first, v.second, v.choices, v.decided)
	v.object.Hide()
	return v
}

// sayKeys writes the keys as they are mapped now.
func (v *verdictSection) sayKeys() {
	for command, b := range v.buttons {
		b.SetKey(v.l.keys.of(command))
	}
}

func (v *verdictSection) show() {
	a := v.l.verdict
	if a == nil {
		v.object.Hide()
		return
	}
	v.object.Show()
	left := 0
	for _, d := range a.decided {
		if d == "" {
			left++
		}
	}
	v.decided.SetText(lang.L("{{.N}} of {{.Of}} still open. {{.Agreed}} agreed: they begin and end midway.", map[string]any{"N": left, "Of": len(a.open), "Agreed": a.agreed}))
	if a.at < 0 {
		v.title.SetText(lang.L("Nothing to settle"))
		v.what.SetText(lang.L("Both raters agree on every label."))
		v.first.SetText("")
		v.second.SetText("")
		v.choices.Hide()
		return
	}
	v.choices.Show()
	d := a.open[a.at]
	v.title.SetText(lang.L("Disagreement {{.N}} of {{.Of}}", map[string]any{"N": a.at + 1, "Of": len(a.open)}))
	text := disagreementText(d)
	if a.decided[a.at] != "" {
		text += " " + lang.L("Taken: {{.What}}.", map[string]any{"What": a.decided[a.at]})
	}
	v.what.SetText(text)
	v.first.SetText(eventText(a.first, d.First))
	v.second.SetText(eventText(a.second, d.Second))
}

func disagreementText(d agreement.Disagreement) string {
	switch d.Kind {
	case agreement.OnlyFirst:
		return lang.L("Only the first rater has a label here.")
	case agreement.OnlySecond:
		return lang.L("Only the second rater has a label here.")
	case agreement.Exercise:
		return lang.L("They name different exercises.")
	case agreement.Onset:
		return lang.L("They begin {{.S}} s apart.", map[string]any{"S": strconv.FormatFloat(math.Abs(d.First.Start-d.Second.Start), 'f', 3, 64)})
	}
	return lang.L("They end {{.S}} s apart.", map[string]any{"S": strconv.FormatFloat(math.Abs(d.First.End-d.Second.End), 'f', 3, 64)})
}

func eventText(set string, e *agreement.Event) string {
	if e == nil {
		return lang.L("{{.Set}}: nothing", map[string]any{"Set": set})
	}
	if e.Start == e.End {
		return fmt.Sprintf("%s: %s, %s", set, nameOf(e.Label, dataset.KindPoint), trace.FormatTime(e.Start))
	}
	return fmt.Sprintf("%s: %s, %s – %s", set, nameOf(e.Label, ""), trace.FormatTime(e.Start), trace.FormatTime(e.End))
}
