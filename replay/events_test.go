package replay

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The cases of the event diagram, each alone.
func TestEventsAreNamedAsInTheDiagram(t *testing.T) {
	iv := func(x ...float64) (out []Interval) {
		for i := 0; i < len(x); i += 2 {
			out = append(out, Interval{x[i], x[i+1]})
		}
		return out
	}
	for _, c := range []struct {
		name            string
		truth, detected []Interval
		kinds           []EventKind
		found           []EventKind
		over, under     float64
	}{
		{"found", iv(10, 20), iv(9, 18), []EventKind{EventCorrect}, []EventKind{EventCorrect}, 1, 2},
		{"missed", iv(10, 20), nil, []EventKind{EventDeleted}, nil, 0, 0},
		{"invented", nil, iv(10, 20), nil, []EventKind{EventInserted}, 0, 0},
		{"in pieces", iv(10, 20), iv(10, 13, 15, 20), []EventKind{EventFragmented}, []EventKind{EventFragmented, EventFragmented}, 0, 0},
		{"run together", iv(10, 20, 30, 40), iv(10, 41), []EventKind{EventMerged, EventMerged}, []EventKind{EventMerged}, 1, 0},
		{"both", iv(10, 20, 30, 40), iv(10, 12, 14, 40), []EventKind{EventFragmentedMerged, EventMerged},
			[]EventKind{EventFragmented, EventFragmentedMerged}, 0, 0},
	} {
		e := CompareEvents(c.truth, c.detected, 3600)
		var kinds, found []EventKind
		for _, x := range e.True {
			kinds = append(kinds, x.Kind)
		}
		for _, x := range e.Detected {
			found = append(found, x.Kind)
		}
		if !slices.Equal(kinds, c.kinds) || !slices.Equal(found, c.found) || e.OverfillS != c.over || e.UnderfillS != c.under {
			t.Errorf("%s: true %v, detected %v, overfill %g, underfill %g", c.name, kinds, found, e.OverfillS, e.UnderfillS)
		}
	}
}

func TestEveryEventIsCountedOnce(t *testing.T) {
	draw := func(t *rapid.T, name string) (out []Interval) {
		at := 0.0
		for range rapid.IntRange(0, 8).Draw(t, name) {
			from := at + float64(rapid.IntRange(0, 5).Draw(t, "gap"))
			at = from + float64(rapid.IntRange(1, 9).Draw(t, "length"))
			out = append(out, Interval{from, at})
		}
		return out
	}
	rapid.Check(t, func(t *rapid.T) {
		truth, detected := draw(t, "true"), draw(t, "detected")
		e := CompareEvents(truth, detected, 3600)
		sum := 0
		for k, n := range e.Counts {
			if k != EventInserted {
				sum += n
			}
		}
		if sum != len(truth) || e.OverfillS < 0 || e.UnderfillS < 0 || len(e.OnsetErrors)+e.Counts[EventDeleted] != len(truth) {
			t.Fatalf("%d true events, counted %v", len(truth), e.Counts)
		}
		same := CompareEvents(truth, truth, 3600)
		if same.Counts[EventCorrect] != len(truth) || same.OverfillS+same.UnderfillS != 0 {
			t.Fatalf("a list against itself: %v", same.Counts)
		}
	})
}
