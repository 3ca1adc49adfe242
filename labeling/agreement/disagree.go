package agreement

import (
	"cmp"
	"math"
	"slices"
)

// What two raters disagree about.
const (
	OnlyFirst  = "only-first"  // the second has no label there
	OnlySecond = "only-second" // the first has none
	Exercise   = "exercise"    // they name different exercises
	Onset      = "onset"       // they begin apart
	End        = "end"         // they begin together and end apart
)

// Tolerance is how far apart in seconds two labels may begin and end and still
// agree.
type Tolerance struct{ OnsetS, EndS float64 }

// DefaultTolerance is a quarter of a second at the onset, which a setup window of
// one second can bear, and a second at the end.
func DefaultTolerance() Tolerance { return Tolerance{OnsetS: 0.25, EndS: 1} }

// Disagreement is one place where somebody must decide.
type Disagreement struct {
	Kind   string
	From   float64 // seconds, of both labels together
	To     float64
	First  *Event // nil where this rater has no label
	Second *Event
}

// Instant reports whether it is about point events.
func (d Disagreement) Instant() bool {
	e := d.First
	if e == nil {
		e = d.Second
	}
	return e != nil && e.Start == e.End
}

// Agreed is a label that both raters made.
type Agreed struct{ First, Second Event }

// Disagreements lists where two raters differ, by time, and what they agree on.
func Disagreements(first, second []Event, t Tolerance) (open []Disagreement, agreed []Agreed) {
	first, second = sorted(first), sorted(second)
	usedA, usedB := make([]bool, len(first)), make([]bool, len(second))
	for _, p := range match(first, second, 0, false) {
		usedA[p.a], usedB[p.b] = true, true
		a, b := first[p.a], second[p.b]
		kind := ""
		switch {
		case a.Label != b.Label:
			kind = Exercise
		case math.Abs(a.Start-b.Start) > t.OnsetS:
			kind = Onset
		case math.Abs(a.End-b.End) > t.EndS:
			kind = End
		}
		if kind == "" {
			agreed = append(agreed, Agreed{a, b})
			continue
		}
		open = append(open, Disagreement{kind, min(a.Start, b.Start), max(a.End, b.End), &a, &b})
	}
	open = append(open, unpaired(first, usedA, second, usedB)...)
	inOrder(open, agreed)
	return open, agreed
}

// Instants is Disagreements for point events. Two are the same when no more than
// the tolerance of onsets lies between them, those of one name and nearest to each
// other first; each is used once.
func Instants(first, second []Event, t Tolerance) (open []Disagreement, agreed []Agreed) {
	first, second = sorted(first), sorted(second)
	type near struct {
		a, b  int
		other bool // they have different names
		apart float64
	}
	var all []near
	from := 0
	for i, a := range first {
		for from < len(second) && second[from].Start < a.Start-t.OnsetS {
			from++
		}
		for j := from; j < len(second) && second[j].Start <= a.Start+t.OnsetS; j++ {
			all = append(all, near{i, j, a.Label != second[j].Label, math.Abs(a.Start - second[j].Start)})
		}
	}
	slices.SortStableFunc(all, func(x, y near) int {
		if x.other != y.other {
			if x.other {
				return 1
			}
			return -1
		}
		return cmp.Compare(x.apart, y.apart)
	})
	usedA, usedB := make([]bool, len(first)), make([]bool, len(second))
	for _, p := range all {
		if usedA[p.a] || usedB[p.b] {
			continue
		}
		usedA[p.a], usedB[p.b] = true, true
		a, b := first[p.a], second[p.b]
		if p.other {
			open = append(open, Disagreement{Exercise, min(a.Start, b.Start), max(a.End, b.End), &a, &b})
		} else {
			agreed = append(agreed, Agreed{a, b})
		}
	}
	open = append(open, unpaired(first, usedA, second, usedB)...)
	inOrder(open, agreed)
	return open, agreed
}

// unpaired are the events that only one of the two sets has.
func unpaired(first []Event, usedA []bool, second []Event, usedB []bool) (open []Disagreement) {
	for i, e := range first {
		if !usedA[i] {
			open = append(open, Disagreement{OnlyFirst, e.Start, e.End, &e, nil})
		}
	}
	for i, e := range second {
		if !usedB[i] {
			open = append(open, Disagreement{OnlySecond, e.Start, e.End, nil, &e})
		}
	}
	return open
}

func inOrder(open []Disagreement, agreed []Agreed) {
	slices.SortStableFunc(open, func(a, b Disagreement) int { return cmp.Compare(a.From, b.From) })
	slices.SortStableFunc(agreed, func(a, b Agreed) int { return cmp.Compare(a.First.Start, b.First.Start) })
}
