package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"fyne.io/fyne/v2/lang"

	"onset/training"
	"onset/views/chart"
	"onset/views/words"
)

// scoreRows are the two models' scores with their difference. Log loss and
// calibration error are better when lower, and say so.
func scoreRows(v *training.Comparison) [][]string {
	row := func(name string, a, b float64) []string {
		return []string{name, fmt.Sprintf("%.3f", a), fmt.Sprintf("%.3f", b), fmt.Sprintf("%+.3f", b-a)}
	}
	return [][]string{
		row(lang.L("Macro-F1"), v.A.MacroF1, v.B.MacroF1),
		row(lang.L("Accuracy"), v.A.Accuracy, v.B.Accuracy),
		row(lang.L("Kappa"), v.A.Kappa, v.B.Kappa),
		row(lang.L("Log loss ↓"), v.A.LogLoss, v.B.LogLoss),
		row(lang.L("Calibration ↓"), v.A.ECE, v.B.ECE),
		{lang.L("Windows"), words.Count(int64(v.A.N)), words.Count(int64(v.B.N)), signed(v.B.N - v.A.N)},
	}
}

// unitSentence says what the scores count, of both when they differ.
func unitSentence(v *training.Comparison) string {
	data := map[string]any{"A": v.A.Unit, "B": v.B.Unit}
	if v.A.Unit == v.B.Unit {
		return lang.L("Where there is an arrow, lower is better. Scores count {{.A}}.", data)
	}
	return lang.L("Where there is an arrow, lower is better. A counts {{.A}}; B counts {{.B}}.", data)
}

func signed(n int) string {
	if n == 0 {
		return "0"
	}
	return fmt.Sprintf("%+d", n)
}

// settingRows are the settings in which the two differ.
func settingRows(list []training.Difference) [][]string {
	rows := make([][]string, len(list))
	for i, d := range list {
		rows[i] = []string{d.Key, plain(d.A), plain(d.B)}
	}
	return rows
}

// plain takes the quotes off a single text, and says so where there is nothing.
func plain(v string) string {
	switch v {
	case "":
		return lang.L("not set")
	case "[]", `""`:
		return lang.L("none")
	}
	if s, err := strconv.Unquote(v); err == nil {
		return s
	}
	return v
}

// pairs are the people by what they gain, most first.
func pairs(list []training.PairedScore) []chart.Pair {
	out := make([]chart.Pair, len(list))
	for i, p := range list {
		out[i] = chart.Pair{Name: string(p.Participant), A: p.MacroF1A, B: p.MacroF1B}
	}
	slices.SortStableFunc(out, func(a, b chart.Pair) int {
		return cmp.Or(cmp.Compare(b.B-b.A, a.B-a.A), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// verdict says who gains with B; of two that were not judged alike it says only
// on how much each was judged.
func verdict(v *training.Comparison) string {
	if v.Comparable {
		return pairSentence(v.Participants)
	}
	return lang.L("A was judged on {{.A}}, B on {{.B}}, and not all alike: neither is called better.", map[string]any{
		"A": words.Many(int64(v.A.N), lang.L("window"), lang.L("windows")), "B": words.Many(int64(v.B.N), lang.L("window"), lang.L("windows"))})
}

// pairSentence says how many gained, lost and stayed, and the mean difference.
func pairSentence(list []training.PairedScore) string {
	if len(list) == 0 {
		return lang.L("Nobody was judged by both.")
	}
	up, down, sum := 0, 0, 0.0
	for _, p := range list {
		d := p.MacroF1B - p.MacroF1A
		sum += d
		switch {
		case d > 0.0005:
			up++
		case d < -0.0005:
			down++
		}
	}
	return lang.L("B is better for {{.Up}}, worse for {{.Down}} of {{.N}} people; mean difference {{.Mean}}. Unit: person.", map[string]any{
		"Up": up, "Down": down, "N": len(list), "Mean": fmt.Sprintf("%+.3f", sum/float64(len(list)))})
}
