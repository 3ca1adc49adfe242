package replay

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	core "onset/replay"
	"onset/views/grid"
	"onset/views/parts"
	"onset/views/words"
)

// setPage says how the set at the playhead was done: its repetitions, and beside a
// reference how fast, how far and how smoothly.
type setPage struct {
	title  *parts.Text
	told   *parts.Paragraph
	list   *grid.Grid
	object fyne.CanvasObject
	starts []float64
}

func newSetPage(seek func(at float64)) *setPage {
	p := &setPage{title: parts.NewText("", parts.Style{Bold: true, Cut: true}), told: parts.NewParagraph("", true)}
	p.list = grid.New([]grid.Column{{Title: "#", Width: 38, Numeric: true}, {Title: lang.L("at"), Weight: 1.5, Numeric: true},
		{Title: "s", Weight: 1, Numeric: true}, {Title: "g", Weight: 1, Numeric: true}, {Title: lang.L("off"), Weight: 1, Numeric: true}})
	p.list.OnSelected = func(i int) {
		if i >= 0 && i < len(p.starts) {
			seek(p.starts[i])
		}
	}
	p.object = container.NewBorder(parts.VBox(6, p.title, p.told, parts.NewParagraph(lang.L("s: how long, g: how far, off: distance to the reference in g. Choose a line to go there."), true), parts.Rule()), nil, nil, nil, p.list.Object())
	return p
}

func (p *setPage) show(r *replayed, i int) {
	p.starts = nil
	if i < 0 {
		p.title.SetText(lang.L("No set yet"))
		p.told.SetText(lang.L("Go to a decision: N, P, E, or a click on a lane."))
		p.list.Set(nil)
		return
	}
	d := r.result.Decisions[i]
	name := d.Truth
	if name == "" {
		name = d.Fused
	}
	p.title.SetText(orNoAnswer(name))
	label, gap := r.labelled(d), r.gapsIn(d)
	if d.Counted == nil {
		p.told.SetText(strings.TrimSpace(lang.L("Samples are missing in this set: nothing is counted.") + " " + label + " " + gap))
		p.list.Set(nil)
		return
	}
	p.told.SetText(strings.Join(strings.Fields(label+" "+setSentence(d)+" "+gap), " "))
	var rows [][]string
	for k, rep := range d.Counted.Repetitions {
		off := "–"
		if d.Quality != nil && k < len(d.Quality.Each) {
			off = fmt.Sprintf("%.2f", d.Quality.Each[k])
		}
		at := d.OnsetS + rep.StartS
		p.starts = append(p.starts, at)
		rows = append(rows, []string{fmt.Sprint(k + 1), words.Moment(at), fmt.Sprintf("%.1f", rep.Tempo()), fmt.Sprintf("%.2f", rep.Range), off})
	}
	p.list.Set(rows)
}

// labelled says how many repetitions the label of a decision's set tells.
func (r *replayed) labelled(d core.Decision) string {
	if d.Truth == "" {
		return ""
	}
	if n := r.repetitionsSaid(d); n > 0 {
		return lang.L("The label says {{.N}}; counted:", map[string]any{"N": n})
	}
	return ""
}

// gapsIn says which recordings have holes in a decision's set.
func (r *replayed) gapsIn(d core.Decision) string {
	var text []string
	for _, rec := range r.session.Recordings {
		missing := 0.0
		for i := 1; i < len(rec.Clock.Segments); i++ {
			before, after := rec.Clock.Segments[i-1], rec.Clock.Segments[i]
			from := before.Start + float64(after.First-before.First)/before.Rate
			missing += max(0, min(after.Start, d.EndS)-max(from, d.OnsetS))
		}
		if missing > 0 {
			text = append(text, lang.L("{{.Where}} has a gap of {{.S}} s in this set.", map[string]any{"Where": words.Upper(words.Placement(rec.Placement)), "S": fmt.Sprintf("%.1f", missing)}))
		}
	}
	return strings.Join(text, " ")
}

// setSentence sums the set up.
func setSentence(d core.Decision) string {
	var text []string
	add := func(s string, data map[string]any) { text = append(text, lang.L(s, data)) }
	add("{{.N}}, {{.S}} s each.", map[string]any{"N": words.Many(int64(d.Counted.Count), lang.L("repetition"), lang.L("repetitions")), "S": fmt.Sprintf("%.1f", d.Counted.TempoS)})
	q := d.Quality
	if q == nil {
		return strings.Join(text, " ")
	}
	if q.Tempo != nil && q.Range != nil {
		whose := lang.L("this person's earlier ones")
		if q.Reference == core.ReferenceOthers {
			whose = lang.L("somebody else's")
		}
		add("Beside {{.Whose}}: length {{.T}}x, range {{.R}}x; {{.Verdict}}.", map[string]any{"Whose": whose, "T": fmt.Sprintf("%.2f", *q.Tempo),
			"R": fmt.Sprintf("%.2f", *q.Range), "Verdict": executionWord(q.Execution)})
	} else {
		text = append(text, lang.L("Nobody's earlier repetitions are known to compare with."))
	}
	if q.Smoothness != nil && q.Jerk != nil {
		add("Smoothness: spectral arc length {{.S}}, log dimensionless jerk {{.J}}.", map[string]any{"S": fmt.Sprintf("%.2f", *q.Smoothness), "J": fmt.Sprintf("%.2f", *q.Jerk)})
	}
	if q.Symmetry != nil {
		add("Left against right {{.V}} (0 is alike).", map[string]any{"V": fmt.Sprintf("%+.2f", *q.Symmetry)})
	}
	return strings.Join(text, " ")
}

func executionWord(e string) string {
	switch e {
	case core.ExecutionFast:
		return lang.L("too fast")
	case core.ExecutionLow:
		return lang.L("low amplitude")
	}
	return lang.L("as the reference")
}

// pages are the panel's tabs.
type pages struct {
	buttons []*parts.Button
	bodies  []fyne.CanvasObject
	object  fyne.CanvasObject
	chosen  int
}

func newPages(names []string, bodies ...fyne.CanvasObject) *pages {
	p := &pages{bodies: bodies}
	row := parts.HBox(4)
	for i, n := range names {
		b := parts.NewButton(n, "", func() { p.choose(i) })
		p.buttons = append(p.buttons, b)
		row.Add(b)
	}
	p.object = container.NewBorder(parts.Below(parts.InsetXY(12, 6, row), parts.Rule()), nil, nil, nil, container.NewStack(bodies...))
	p.choose(0)
	return p
}

func (p *pages) choose(i int) {
	p.chosen = i
	for k, b := range p.bodies {
		p.buttons[k].SetChosen(k == i)
		if k == i {
			b.Show()
		} else {
			b.Hide()
		}
	}
	if p.object != nil {
		p.object.Refresh()
	}
}
