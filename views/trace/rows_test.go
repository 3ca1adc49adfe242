package trace

import (
	"testing"

	"fyne.io/fyne/v2"
	"pgregory.net/rapid"

	"onset/views/theme"
)

func TestAValueAxisHasTwoValuesAtLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-1e4, 1e4).Draw(t, "lo")
		hi := lo + rapid.Float64Range(1e-3, 1e4).Draw(t, "span")
		height := float32(rapid.Float64Range(75, 600).Draw(t, "height"))
		list := valueTicks(lo, hi, height)
		if len(list) < 2 {
			t.Fatalf("%v in %g to %g over %g", list, lo, hi, height)
		}
		for i, k := range list[1:] {
			if room := float32((k.At-list[i].At)/(hi-lo)) * height; room < theme.TextSmall {
				t.Fatalf("%s and %s are %g apart", list[i].Text, k.Text, room)
			}
		}
	})
}

func TestOverlappingSpansLieInRows(t *testing.T) {
	tr, _, _ := driven(t)
	flat := []Span{{ID: "a", Start: 10, End: 100}, {ID: "c", Start: 120, End: 130}}
	tr.SetLanes([]Lane{{Spans: flat}})
	plain := tr.draw.geo.lanes[0].h
	tr.SetLanes([]Lane{{Spans: []Span{{ID: "a", Start: 10, End: 100}, {ID: "b", Start: 20, End: 60}, {ID: "p", Start: 30, End: 30}, {ID: "c", Start: 120, End: 130}}}})
	lane := tr.draw.geo.lanes[0]
	if lane.h <= plain {
		t.Errorf("a lane of two rows is %g high, one of one %g", lane.h, plain)
	}
	for k, want := range []string{"a", "b"} {
		y := lane.y + lane.h*(0.27+0.46*float32(k))
		if s, what, in := tr.hit(fyne.NewPos(tr.draw.geo.xOf(tr.view, 40), y)); s.ID != want || what != partBody || !in {
			t.Errorf("row %d holds %q", k, s.ID)
		}
	}
	if rows := tr.lanes[0].rows; rows != 2 || tr.lanes[0].Spans[2].row != 0 {
		t.Errorf("%d rows; an instant makes none of its own", rows)
	}
}
