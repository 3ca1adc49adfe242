package training

import (
	"fmt"
	"maps"
	"slices"
)

// mostlyShared is the share of each model's judged windows that the other must have
// been judged on, too, for the two to be compared on those alone.
const mostlyShared = 0.95

// onShared are two results with their scores on the windows that both were judged
// on, when that is nearly all: another rate or filter may cost a window at the end
// of a recording. ok is false when it is not. left is how many windows are left out.
func onShared(a, b *Result) (x, y *Result, left int, ok bool) {
	inA, inB := momentsOf(a), momentsOf(b)
	shared := map[moment]int{}
	n := 0
	for k, m := range inA {
		if both := min(m, inB[k]); both > 0 {
			shared[k] = both
			n += both
		}
	}
	most := max(len(a.Predictions), len(b.Predictions))
	if float64(n) < mostlyShared*float64(most) {
		return nil, nil, 0, false
	}
	return a.only(shared), b.only(shared), len(a.Predictions) + len(b.Predictions) - 2*n, true
}

func momentsOf(r *Result) map[moment]int {
	out := map[moment]int{}
	for _, p := range r.Predictions {
		out[moment{p.Session, p.StartS, p.Truth}]++
	}
	return out
}

// only is a result as if so many windows of each moment had been judged and no
// others.
func (r *Result) only(of map[moment]int) *Result {
	left := maps.Clone(of)
	out := *r
	out.Predictions, out.Participants, out.Folds = nil, nil, slices.Clone(r.Folds)
	out.LogLoss, out.Chance, out.FoldAccuracy, out.FoldMacroF1 = 0, 0, 0, 0
	folds := make([]Confusion, len(out.Folds))
	for i := range folds {
		folds[i] = NewConfusion(r.Confusion.Classes)
	}
	for _, p := range r.Predictions {
		k := moment{p.Session, p.StartS, p.Truth}
		if left[k] == 0 {
			continue
		}
		left[k]--
		out.Predictions = append(out.Predictions, p)
		if p.Fold >= 1 && p.Fold <= len(folds) {
			folds[p.Fold-1].Add(p.Truth, p.Predicted)
		}
	}
	for i, c := range folds {
		out.Folds[i].N, out.Folds[i].Accuracy, out.Folds[i].MacroF1 = c.N(), c.Accuracy(), c.MacroF1()
	}
	out.Windows = len(out.Predictions)
	out.summarise(r.Confusion.Classes)
	return &out
}

// leftOut says of how many windows a comparison says nothing.
func leftOut(n int) string {
	if n == 1 {
		return "One window that only one of the two was judged on is left out."
	}
	return fmt.Sprintf("%d windows that only one of the two was judged on are left out.", n)
}
