package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"onset/training"
	"onset/views/chart"
	"onset/views/grid"
	"onset/views/parts"
	"onset/views/theme"
	"onset/views/words"
)

// ranking shows all models that were judged as A was, by their mean rank.
type ranking struct {
	shown  *training.Ranking
	note   *parts.Paragraph
	plot   *chart.Ranks
	models *grid.Grid
	pairs  *grid.Grid
	object fyne.CanvasObject
}

func newRanking() *ranking {
	r := &ranking{note: parts.NewParagraph("", true), plot: chart.NewRanks()}
	r.models = grid.New([]grid.Column{{Title: lang.L("Model"), Weight: 1, Bold: true}, {Title: lang.L("Mean rank"), Width: 86, Numeric: true},
		{Title: lang.L("Macro-F1, windows"), Width: 132, Numeric: true}, {Title: lang.L("Accuracy, windows"), Width: 132, Numeric: true}})
	r.pairs = grid.New([]grid.Column{{Title: lang.L("Pair"), Weight: 1.4, Bold: true}, {Title: lang.L("Difference"), Width: 88, Numeric: true},
		{Title: lang.L("Effect"), Width: 66, Numeric: true}, {Title: "p", Width: 76, Numeric: true}, {Title: lang.L("p, Holm"), Width: 76, Numeric: true},
		{Title: lang.L("Least p"), Width: 76, Numeric: true, Muted: true}})
	top := card(container.NewBorder(parts.VBox(4, parts.Section(lang.L("Mean ranks and critical difference"), lang.L("a bar joins models that are not shown to differ")), r.note), nil, nil, nil, r.plot))
	tables := container.NewGridWithColumns(2, card(r.models.Object()), card(r.pairs.Object()))
	r.object = container.NewBorder(top, nil, nil, nil, container.NewBorder(parts.Sized(1, theme.Space3, parts.NewFill("")), nil, nil, nil, tables))
	return r
}

// set shows a ranking, which leaves so many models of the study out; name gives a
// model's name by its id.
func (r *ranking) set(v *training.Ranking, others int, name func(string) string) {
	r.shown = v
	list := make([]chart.Ranked, len(v.Models))
	rows := make([][]string, len(v.Models))
	for i, m := range v.Models {
		list[i] = chart.Ranked{Name: name(m.ID), Rank: v.Friedman.MeanRanks[i]}
		rows[i] = []string{list[i].Name, fmt.Sprintf("%.2f", list[i].Rank), fmt.Sprintf("%.3f", m.MacroF1), fmt.Sprintf("%.3f", m.Accuracy)}
	}
	r.plot.Set(list, v.CriticalDifference, v.Cliques)
	slices.SortStableFunc(rows, func(a, b []string) int {
		return cmp.Or(cmp.Compare(len(a[1]), len(b[1])), cmp.Compare(a[1], b[1])) // by rank; a longer number is larger
	})
	r.models.Set(rows)
	var pairs [][]string
	for _, p := range v.Pairs {
		pairs = append(pairs, []string{list[p.A].Name + " – " + list[p.B].Name, fmt.Sprintf("%+.3f", p.Test.Median), fmt.Sprintf("%+.2f", p.Test.Effect),
			probability(p.Test.P), probability(p.Adjusted), probability(p.Test.SmallestP)})
	}
	r.pairs.Set(pairs)
	text := rankSentence(v)
	if n := len(v.Repeats); n > 0 {
		said := make([]string, n)
		for i, same := range v.Repeats {
			said[i] = lang.L("{{.A}} is {{.B}}", map[string]any{"A": name(same.Model), "B": name(same.Of)})
		}
		text += " " + lang.L("Counted once, since they gave the very same probabilities: {{.List}}.", map[string]any{"List": strings.Join(said, ", ")})
		others -= n
	}
	if others > 0 {
		text += " " + lang.L("{{.N}} other models were judged on other moments or people than A and are left out.", map[string]any{"N": others})
	}
	r.note.SetText(text)
	r.object.Refresh()
}

// probability writes a p value with the digits that matter.
func probability(p float64) string {
	if p < 0.001 {
		return "< .001"
	}
	return fmt.Sprintf("%.3f", p)
}

// rankSentence says what the ranks are of and whether they differ at all.
func rankSentence(v *training.Ranking) string {
	f := v.Friedman
	text := lang.L("Macro-F1 of {{.N}} people under {{.K}} models; unit: person. Friedman chi-squared {{.Chi}}, p {{.P}}, Kendall's W {{.W}}. Ranks further apart than {{.CD}} differ at level {{.Alpha}}.",
		map[string]any{"N": len(v.Participants), "K": len(v.Models), "Chi": fmt.Sprintf("%.2f", f.ChiSquared), "P": probability(f.P),
			"W": fmt.Sprintf("%.2f", f.W), "CD": fmt.Sprintf("%.2f", v.CriticalDifference), "Alpha": v.Alpha})
	if v.Caution != "" {
		text += " " + v.Caution
	}
	return text
}

// statistics says in sentences what the tests of two models came to.
func statistics(v *training.Comparison) string {
	t := v.Tests
	if t == nil {
		return ""
	}
	w := t.MacroF1
	text := lang.L("Wilcoxon signed-rank: difference in the middle {{.D}}, p {{.P}}, effect {{.E}}.",
		map[string]any{"D": fmt.Sprintf("%+.3f", w.Median), "P": probability(w.P), "E": fmt.Sprintf("%+.2f", w.Effect)})
	text += " " + training.Bound(w)
	if few := training.FewPeople(len(v.Participants)); few != "" {
		text += " " + words.Upper(few) + "."
	}
	if p := t.Posterior; p != nil {
		text += " " + lang.L("Bayesian, over folds: B better {{.B}}, alike {{.R}}, A better {{.A}}.",
			map[string]any{"B": fmt.Sprintf("%.2f", p.Above), "R": fmt.Sprintf("%.2f", p.Rope), "A": fmt.Sprintf("%.2f", p.Below)})
	}
	if d := t.McNemar; d != nil {
		text += " " + lang.L("McNemar: {{.A}} sets only A right, {{.B}} only B, mid-p {{.P}}; unit: set. It takes sets as independent, which those of one person are not quite.",
			map[string]any{"A": d.OnlyA, "B": d.OnlyB, "P": probability(d.MidP)})
	}
	return text
}
