package label

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/labeling"
	"onset/views/parts"
	"onset/views/theme"
	"onset/views/trace"
	"onset/views/words"
)

const panelWidth = 286

// panel explains what is chosen and offers what can be chosen.
type panel struct {
	l *Label

	none      *parts.Paragraph
	chosen    *fyne.Container
	swatch    *parts.Swatch
	name      *parts.Text
	span      *parts.Paragraph
	fields    *attributeFields
	setup     *parts.Stat
	exercises *fyne.Container
	rows      []*exerciseRow
	plan      *planSection
	verdict   *verdictSection
	findings  *fyne.Container
	body      *fyne.Container
	object    fyne.CanvasObject
}

func newPanel(l *Label) *panel {
	p := &panel{
		l: l, swatch: parts.NewSwatch(theme.ClassColor(0)), name: parts.Heading(""), span: parts.NewParagraph("", true),
		setup: parts.NewStat(lang.L("Setup"), ""), exercises: parts.VBox(1), findings: parts.VBox(theme.Space1),
	}
	p.fields = newAttributeFields(l)
	p.none = parts.NewParagraph("", true)
	f := p.fields
	p.chosen = parts.VBox(theme.Space2,
		parts.Leading(parts.InsetXY(0, 0, container.NewCenter(p.swatch)), parts.InsetXY(theme.Space2, 0, p.name)), p.span,
		container.NewGridWithColumns(2, f.repetitions, f.weight, f.intensity, f.side, f.quality, p.setup), f.note)
	p.chosen.Hide()
	top := parts.VBox(theme.Space2, parts.Section(lang.L("Chosen label"), ""), p.none, p.chosen)
	more := parts.NewButton(lang.L("Other exercise…"), "", l.chooseExercise)
	p.plan, p.verdict = newPlanSection(l), newVerdictSection(l)
	p.body = parts.VBox(theme.Space4, p.verdict.object, l.film.object, top,
		parts.VBox(theme.Space1, parts.Section(lang.L("Exercise"), ""), p.exercises,
			parts.InsetXY(0, theme.Space1, container.NewHBox(more))),
		p.plan.object,
		parts.VBox(theme.Space2, parts.Section(lang.L("Findings"), ""), p.findings))
	scroll := container.NewVScroll(parts.Inset(theme.Space3, p.body))
	p.object = parts.Leading(parts.Upright(),
		container.NewStack(parts.NewFill(theme.Panel), parts.Sized(panelWidth, 10, scroll)))
	return p
}

// sayKeys writes the keys as they are mapped now.
func (p *panel) sayKeys() {
	k := p.l.keys
	p.none.SetText(lang.L("Nothing is chosen. Choose an exercise, move the cursor to an onset and press {{.Onset}}; or drag over the trace.",
		map[string]any{"Onset": k.called("onset")}))
	p.plan.hint.SetText(lang.L("{{.Key}} arms the next set", map[string]any{"Key": k.called("planned")}))
	p.verdict.sayKeys()
	p.rows = nil // each with its key
}

// show brings the panel up to date.
func (p *panel) show() {
	p.showChosen()
	p.showExercises()
	p.plan.show()
	p.verdict.show()
	p.body.Refresh() // what came or went moves what is below it
}

func (p *panel) showChosen() {
	l := p.l
	var labels []dataset.Label
	for _, id := range l.selected {
		if x, ok := l.editor.Find(id); ok {
			labels = append(labels, x)
		}
	}
	if h := l.hintByID(l.hint); h != nil {
		labels = []dataset.Label{l.named(h)}
	}
	set := func(on bool, o fyne.CanvasObject) {
		if on {
			o.Show()
		} else {
			o.Hide()
		}
	}
	set(len(labels) == 0, p.none)
	set(len(labels) > 0, p.chosen)
	p.fields.show(labels, l.hint == "")
	if len(labels) == 0 {
		return
	}
	x := labels[len(labels)-1]
	p.swatch.SetColor(l.colorOf(x))
	name := nameOf(x.Exercise, x.Kind)
	if l.hint != "" && x.Exercise == "" {
		name = lang.L("Suggested set, not named yet")
	}
	if len(labels) > 1 {
		name = lang.L("{{.N}} labels", map[string]any{"N": len(labels)})
	}
	p.name.SetText(name)
	from, to := l.editor.Times(x)
	text := lang.N("{{.From}} to {{.To}}   {{.S}} s   {{.N}} samples", int(x.End-x.Start), map[string]any{
		"From": trace.FormatTime(from), "To": trace.FormatTime(to),
		"S": strconv.FormatFloat(to-from, 'f', 3, 64), "N": words.Count(x.End - x.Start)})
	if origin := originOf(x); origin != "" {
		text += ". " + origin
	}
	p.span.SetText(text)
	p.setup.SetValue(l.setupText(x))
}

// setupText is how long a label's setup window is: the study's length where the
// window is that to within half a sample.
func (l *Label) setupText(x dataset.Label) string {
	from, _ := l.editor.Times(x)
	end := l.editor.SetupEnd(x)
	if end == 0 {
		return lang.L("none")
	}
	long, want := end-from, l.editor.Rules().SetupS
	if t, ok := l.editor.Timeline(x.Recording); ok {
		_, next := t.Times(x.Start, x.Start+1)
		if math.Abs(long-want) <= (next-from)/2+1e-9 {
			long = want
		}
	}
	return fmt.Sprintf("%.3f s", long)
}

// originOf says where a label came from when no hand made it.
func originOf(x dataset.Label) string {
	switch {
	case x.Origin == "hand" || x.Origin == "":
		return ""
	case x.Origin == "import":
		return lang.L("Imported")
	case x.Origin == "simulated":
		return lang.L("Simulated")
	case labeling.Pasted(x):
		return lang.L("Pasted")
	case strings.HasPrefix(x.Origin, "revision:"):
		return lang.L("Revised from {{.Who}}", map[string]any{"Who": strings.TrimPrefix(x.Origin, "revision:")})
	case strings.HasPrefix(x.Origin, "consensus:"):
		return lang.L("Settled: {{.Who}}", map[string]any{"Who": strings.TrimPrefix(x.Origin, "consensus:")})
	}
	return lang.L("From a suggestion, {{.P}} sure", map[string]any{"P": fmt.Sprintf("%.0f %%", x.Confidence*100)})
}

// exerciseRow is a line of the list of exercises.
type exerciseRow struct {
	id    string
	row   *parts.Row
	count *parts.Text
}

func (p *panel) showExercises() {
	l := p.l
	if !p.sameExercises() {
		p.exercises.RemoveAll()
		p.rows = nil
		for i, id := range l.exercises {
			r := p.newRow(i, id)
			p.rows = append(p.rows, r)
			p.exercises.Add(r.row)
		}
	}
	chosen := l.armed
	if len(l.selected) > 0 {
		if x, ok := l.editor.Find(l.selected[len(l.selected)-1]); ok {
			chosen = x.Exercise
		}
	}
	if h := l.hintByID(l.hint); h != nil {
		chosen = l.named(h).Exercise
	}
	for _, r := range p.rows {
		r.row.SetChosen(r.id == chosen && chosen != "")
		n := ""
		if count := l.editor.CountOf(r.id); count > 0 {
			n = strconv.Itoa(count)
		}
		r.count.SetText(n)
	}
}

func (p *panel) sameExercises() bool {
	if len(p.rows) != len(p.l.exercises) {
		return false
	}
	for i, r := range p.rows {
		if r.id != p.l.exercises[i] {
			return false
		}
	}
	return true
}

func (p *panel) newRow(i int, id string) *exerciseRow {
	name := labeling.Short(id)
	if e, ok := labeling.DefaultCatalogue().ByID(id); ok {
		name = e.Short()
	}
	key := parts.Sized(20, 18, parts.NewFill(""))
	if k := p.l.keys.of("exercise-" + strconv.Itoa(i+1)); k != "" {
		key = parts.Sized(20, 18, parts.KeyCap(k))
	}
	r := &exerciseRow{id: id, count: parts.NewText("", parts.Style{Tone: theme.Muted})}
	line := parts.Split(
		parts.Leading(parts.HBox(theme.Space2, key, parts.NewSwatch(p.l.classes.Color(id))),
			parts.InsetXY(theme.Space2, 0, parts.NewText(name, parts.Style{Cut: true}))), r.count)
	r.row = parts.NewRow(line, func() {
		p.l.takeExercise(id)
		p.l.focus()
	})
	return r
}

// setFindings lists what the importer found; a tap goes there.
func (p *panel) setFindings(s dataset.Session) {
	p.findings.RemoveAll()
	all := findingsOf(s)
	const most = 30
	for i, f := range all {
		if i == most {
			p.findings.Add(parts.Small(lang.L("and {{.N}} more", map[string]any{"N": len(all) - most})))
			break
		}
		tone := theme.Muted
		if lost(f) {
			tone = theme.Warning
		}
		chip := container.NewHBox(parts.Chip(f.Kind, tone), parts.Small(trace.FormatTime(f.AtS)))
		p.findings.Add(parts.NewRow(parts.VBox(2, chip, parts.NewParagraph(f.Message, false)), func() {
			p.l.trace.GoTo(f.AtS)
			p.l.focus()
		}))
	}
	if len(all) == 0 {
		p.findings.Add(parts.NewParagraph(lang.L("The importer found nothing odd."), true))
	}
}
