// Package agreement says how well two or more raters agree on what a recording
// shows, and where they do not.
//
// Agreement of time is exact: it is counted in seconds, not on a grid of bins,
// so no choice of a bin's length can move it. Where nothing is labelled counts as
// a class of its own. Agreement of events counts labels that overlap: two labels
// are the same event when they name the same exercise and the share of their
// common time in their joint time (intersection over union) is at least a
// threshold. Agreement of onsets is in seconds, of the events found by both.
package agreement

import (
	"cmp"
	"slices"
)

// Event is one label of one rater: seconds from the session's start, half-open.
type Event struct {
	ID    string // of the label, for whoever wants to find it again
	Start float64
	End   float64
	Label string // the exercise
}

// Nothing is the class of the time that no label covers.
const Nothing = ""

// sorted is a copy by start and end.
func sorted(events []Event) []Event {
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	return events
}

// overlap is intersection over union, 0 for events that share no time.
func overlap(a, b Event) float64 {
	common := min(a.End, b.End) - max(a.Start, b.Start)
	if common <= 0 {
		return 0
	}
	return common / (max(a.End, b.End) - min(a.Start, b.Start))
}

// pair is an event of each rater that are the same event, by index.
type pair struct {
	a, b    int
	overlap float64
}

// match pairs events greedily, the greatest overlap first; each is used once.
// With byLabel only events of one exercise are paired.
func match(a, b []Event, least float64, byLabel bool) []pair {
	var all []pair
	first := 0
	for i, x := range a {
		for first < len(b) && b[first].End <= x.Start && monotone(b, first) {
			first++
		}
		for j := first; j < len(b); j++ {
			if b[j].Start >= x.End {
				break
			}
			o := overlap(x, b[j])
			if o > 0 && o >= least && (!byLabel || x.Label == b[j].Label) {
				all = append(all, pair{i, j, o})
			}
		}
	}
	slices.SortStableFunc(all, func(p, q pair) int { return cmp.Compare(q.overlap, p.overlap) })
	usedA, usedB := make([]bool, len(a)), make([]bool, len(b))
	var out []pair
	for _, p := range all {
		if !usedA[p.a] && !usedB[p.b] {
			usedA[p.a], usedB[p.b] = true, true
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(p, q pair) int { return cmp.Compare(p.a, q.a) })
	return out
}

// monotone reports whether no later event could still end after the event i:
// events are sorted by start, so only the next need be looked at when they do
// not lie in one another.
func monotone(b []Event, i int) bool { return i+1 >= len(b) || b[i+1].End >= b[i].End }
