package replay

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	core "onset/replay"
	"onset/views/grid"
	"onset/views/parts"
	"onset/views/theme"
)

// parted lists the figures of an ablation for the study, each person and each
// session: who was right, how soon and where, and what the events were.
type parted struct {
	grids  []*grid.Grid
	which  *widget.Select
	object fyne.CanvasObject
}

func newParted() *parted {
	column := func(title string, width float32) grid.Column {
		return grid.Column{Title: title, Width: width, Numeric: true}
	}
	whose := grid.Column{Title: lang.L("Whose"), Weight: 1}
	p := &parted{grids: []*grid.Grid{
		grid.New([]grid.Column{whose, column(lang.L("sets"), 48), {Title: lang.L("all"), Width: 56, Numeric: true, Bold: true},
			column(lang.L("sensor"), 62), column(lang.L("order"), 62), column(lang.L("place"), 62), column(lang.L("memory"), 66)}),
		grid.New([]grid.Column{whose, column(lang.L("first right"), 82), column(lang.L("90th"), 58), column(lang.L("never"), 76),
			column(lang.L("onset off"), 76), column(lang.L("false/h"), 62), column(lang.L("reps off"), 68)}),
		grid.New([]grid.Column{whose, column(lang.L("correct"), 62), column(lang.L("deleted"), 62), column(lang.L("inserted"), 64),
			column(lang.L("fragm."), 56), column(lang.L("merged"), 60), column(lang.L("both"), 44), column(lang.L("over"), 54), column(lang.L("under"), 54)}),
	}}
	stack := container.NewStack()
	for _, g := range p.grids {
		stack.Add(g.Object())
	}
	p.which = widget.NewSelect([]string{lang.L("Right at the decision"), lang.L("How soon, where, how many"), lang.L("Events")}, func(string) { p.choose() })
	p.which.SetSelectedIndex(0)
	head := container.NewBorder(nil, nil, nil, parts.Sized(236, 28, p.which), parts.Section(lang.L("Study, people, sessions"), ""))
	p.object = container.NewBorder(parts.Below(head, parts.InsetXY(0, theme.Space1, parts.Rule())), nil, nil, nil, stack)
	return p
}

func (p *parted) choose() {
	for i, g := range p.grids {
		shown(g.Object(), i == p.which.SelectedIndex())
	}
}

func shown(o fyne.CanvasObject, on bool) {
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}

// set shows an ablation's parts, a person's sessions under the person.
func (p *parted) set(a *core.Ablation) {
	rows := make([][][]string, len(p.grids))
	add := func(name string, x core.Part) {
		rows[0] = append(rows[0], append([]string{name}, rightCells(x)...))
		rows[1] = append(rows[1], append([]string{name}, timeCells(x)...))
		rows[2] = append(rows[2], append([]string{name}, eventCells(x.Segmentation)...))
	}
	add(lang.L("the study"), wholeOf(a))
	for _, x := range a.People {
		add(string(x.Participant), x)
		k := 0
		for _, s := range a.Sessions {
			if s.Participant == x.Participant {
				k++
				add(lang.L("  {{.Person}}, labelled session {{.K}}", map[string]any{"Person": x.Participant, "K": k}), s)
			}
		}
	}
	for i, g := range p.grids {
		g.Set(rows[i])
	}
}

// wholeOf is the study as a part.
func wholeOf(a *core.Ablation) core.Part {
	p := core.Part{N: a.N, Accuracy: map[string]float64{"fused": a.Fused.Accuracy}, Latency: a.Fused.Latency, Segmentation: a.Segmentation, Repetitions: a.Repetitions}
	for name, s := range a.Alone {
		p.Accuracy[name] = s.Accuracy
	}
	return p
}

func rightCells(p core.Part) []string {
	row := []string{fmt.Sprint(p.N), fmt.Sprintf("%.2f", p.Accuracy["fused"])}
	for _, s := range core.SourceNames() {
		row = append(row, fmt.Sprintf("%.2f", p.Accuracy[s]))
	}
	return row
}

const none = "–"

// timeCells are the times to the first right answer that stayed, the onsets'
// error, false starts and the repetitions' error.
func timeCells(p core.Part) []string {
	row := []string{none, none, none, none, none, none}
	if l := p.Latency; l != nil && l.Of > 0 {
		if l.Missed < l.Of {
			row[0], row[1] = fmt.Sprintf("%.1f s", l.MedianS), fmt.Sprintf("%.1f s", l.P90S)
		}
		row[2] = fmt.Sprintf("%d/%d", l.Missed, l.Of)
	}
	if e := p.Segmentation; e != nil {
		if e.OnsetErrorS.N > 0 {
			row[3] = fmt.Sprintf("%.1f s", e.OnsetErrorS.Median)
		}
		row[4] = fmt.Sprintf("%.1f", e.FalseStartsPerHour)
	}
	if r := p.Repetitions; r.N > 0 {
		row[5] = fmt.Sprintf("%.1f", r.MeanError)
	}
	return row
}

// eventCells count events after Ward et al. (2011); both is fragmented and merged.
func eventCells(e *core.EventSummary) []string {
	if e == nil {
		return []string{none, none, none, none, none, none, none, none}
	}
	return []string{fmt.Sprint(e.Counts[core.EventCorrect]), fmt.Sprint(e.Counts[core.EventDeleted]), fmt.Sprint(e.Counts[core.EventInserted]),
		fmt.Sprint(e.Counts[core.EventFragmented]), fmt.Sprint(e.Counts[core.EventMerged]), fmt.Sprint(e.Counts[core.EventFragmentedMerged]),
		fmt.Sprintf("%.0f s", e.OverfillS), fmt.Sprintf("%.0f s", e.UnderfillS)}
}
