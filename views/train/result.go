package train

import (
	"cmp"
	"fmt"
	"image/color"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/training"
	"onset/views/parts"
	"onset/views/theme"
	"onset/views/words"
)

// scoreSentence is a result's scores with whom they were measured on.
func scoreSentence(r *training.Result) string {
	return lang.L("accuracy {{.A}}, macro-F1 {{.F}} over {{.N}} windows", map[string]any{"A": score(r.Accuracy), "F": score(r.MacroF1), "N": words.Count(int64(r.Windows))})
}

// unitSentence says what the means over people are, whom the scores were measured
// on, and what a model that always names the commonest class would reach. What must
// be said before any score comes first.
func unitSentence(r *training.Result) string {
	data := map[string]any{"Mean": meanSentence(r), "People": len(r.Participants), "Folds": len(r.Folds),
		"Chance": fmt.Sprintf("%.2f", r.Chance), "Kappa": fmt.Sprintf("%.2f", r.Kappa)}
	var text string
	switch r.Split {
	case training.ByParticipant:
		text = lang.L("{{.Mean}}people it never saw, {{.Folds}} folds. Over windows: kappa {{.Kappa}}, chance {{.Chance}}", data)
	case training.BySession:
		text = lang.L("{{.Mean}}sessions it never saw, {{.Folds}} folds. Over windows: kappa {{.Kappa}}, chance {{.Chance}}", data)
	case training.SplitInner:
		text = lang.L("{{.Mean}}inner folds, which also chose it: too good. Over windows: kappa {{.Kappa}}, chance {{.Chance}}", data)
	default:
		text = lang.L("{{.Mean}}later parts of the same people. Over windows: kappa {{.Kappa}}, chance {{.Chance}}", data)
	}
	if said := r.Warning(); said != "" {
		return lang.L("Warning: {{.What}}.", map[string]any{"What": said}) + " " + text
	}
	return text
}

// checkedSentence says what the split was checked for, and no more than that.
func checkedSentence(r *training.Result) string {
	apart := lang.L("training windows end before the judged ones begin")
	switch r.Split {
	case training.ByParticipant, training.SplitInner:
		apart = lang.L("no person or session is on both sides")
	case training.BySession:
		apart = lang.L("no session is on both sides")
	default:
		return apart
	}
	switch {
	case len(r.Twins) > 0:
		return apart + lang.L("; but {{.Pairs}} nearly the same windows, and the split let them in", map[string]any{
			"Pairs": words.Many(int64(len(r.Twins)), lang.L("pair of sessions holds"), lang.L("pairs of sessions hold"))})
	case r.ShapesCompared:
		return apart + lang.L(", and no near copy was found")
	}
	return apart + lang.L(", and no window twice; copies that were cut or noised were not looked for")
}

// windowsSentence says what was left out of the windows because of holes and
// what was interpolated; "" when neither was.
func windowsSentence(r *training.Result) string {
	var said []string
	if r.Bridged.Windows > 0 {
		said = append(said, lang.L("{{.N}} windows hold bridged gaps, {{.M}} interpolated instants in all", map[string]any{
			"N": words.Count(int64(r.Bridged.Windows)), "M": words.Count(int64(r.Bridged.Samples))}))
	}
	if n := r.Dropped.Gap + r.Dropped.Missing; n > 0 {
		said = append(said, lang.L("{{.N}} windows with gaps left out", map[string]any{"N": words.Count(int64(n))}))
	}
	return strings.Join(said, "; ")
}

// personScore is a line of the list of people.
type personScore struct {
	person   string
	n        int
	accuracy float64
	macroF1  float64
}

// people lists scores per person, worst first, since those are looked at.
func people(r *training.Result) []personScore {
	list := make([]personScore, len(r.Participants))
	for i, p := range r.Participants {
		list[i] = personScore{string(p.Participant), p.N, p.Accuracy, p.MacroF1}
	}
	slices.SortStableFunc(list, func(a, b personScore) int {
		return cmp.Or(cmp.Compare(a.macroF1, b.macroF1), cmp.Compare(a.person, b.person))
	})
	return list
}

// peopleList is the scores per person as bars on one scale.
type peopleList struct {
	list   *widget.List
	scores []personScore
	mean   *parts.Paragraph
	object fyne.CanvasObject
}

func newPeopleList() *peopleList {
	p := &peopleList{mean: parts.NewParagraph("", true)}
	p.list = widget.NewList(func() int { return len(p.scores) },
		func() fyne.CanvasObject { return newPersonRow() },
		func(i int, o fyne.CanvasObject) { o.(*personRow).set(p.scores[i]) })
	p.list.HideSeparators = true
	p.list.OnSelected = func(int) { p.list.UnselectAll() }
	p.object = container.NewBorder(p.mean, nil, nil, nil, p.list)
	return p
}

func (p *peopleList) set(r *training.Result) {
	p.scores = people(r)
	p.mean.SetText(peopleSentence(r))
	p.list.Refresh()
}

// personRow is a person's name, windows, bar and scores.
type personRow struct {
	widget.BaseWidget
	score personScore
}

func newPersonRow() *personRow {
	r := &personRow{}
	r.ExtendBaseWidget(r)
	return r
}

func (r *personRow) set(s personScore) {
	r.score = s
	r.Refresh()
}

// MinSize is a row's height.
func (r *personRow) MinSize() fyne.Size { return fyne.NewSize(200, 18) }

// CreateRenderer implements fyne.Widget.
func (r *personRow) CreateRenderer() fyne.WidgetRenderer {
	d := &personRowRenderer{r: r, track: canvas.NewRectangle(color.Transparent), fill: canvas.NewRectangle(color.Transparent)}
	d.objects = []fyne.CanvasObject{d.track, d.fill}
	for i := range d.texts {
		d.texts[i] = canvas.NewText("", color.Black)
		d.objects = append(d.objects, d.texts[i])
	}
	d.apply(r.Size())
	return d
}

type personRowRenderer struct {
	r           *personRow
	track, fill *canvas.Rectangle
	texts       [3]*canvas.Text
	objects     []fyne.CanvasObject
}

func (d *personRowRenderer) apply(size fyne.Size) {
	s := d.r.score
	name, tail := float32(120), float32(242)
	bar := max(size.Width-name-tail-20, 20)
	place := func(i int, text string, tone fyne.ThemeColorName, x float32, right bool) {
		t := d.texts[i]
		t.Text, t.TextSize, t.Color = parts.Shorten(text, 220, theme.TextBody, fyne.TextStyle{}), theme.TextBody, theme.Color(tone)
		m := t.MinSize()
		if right {
			x -= m.Width
		}
		t.Move(fyne.NewPos(x, (size.Height-m.Height)/2))
		t.Resize(m)
	}
	place(0, s.person, theme.Text, 0, false)
	place(1, score(s.macroF1), theme.Text, name+bar+62, true)
	const scrollBar = 12 // the list's own lies over its rows
	place(2, lang.L("accuracy {{.A}}, {{.N}} windows", map[string]any{"A": score(s.accuracy), "N": s.n}), theme.Muted, size.Width-scrollBar, true)
	d.track.FillColor = theme.Blend(theme.Color(theme.Raised), theme.Color(theme.Line), 0.5)
	d.fill.FillColor = theme.Color(theme.Accent)
	d.track.CornerRadius, d.fill.CornerRadius = 2, 2
	y := (size.Height - 7) / 2
	d.track.Move(fyne.NewPos(name, y))
	d.track.Resize(fyne.NewSize(bar, 7))
	d.fill.Move(fyne.NewPos(name, y))
	d.fill.Resize(fyne.NewSize(bar*float32(s.macroF1), 7))
}

func (d *personRowRenderer) Layout(size fyne.Size)        { d.apply(size) }
func (d *personRowRenderer) MinSize() fyne.Size           { return d.r.MinSize() }
func (d *personRowRenderer) Objects() []fyne.CanvasObject { return d.objects }
func (d *personRowRenderer) Destroy()                     {}
func (d *personRowRenderer) Refresh() {
	d.apply(d.r.Size())
	canvas.Refresh(d.r)
}
