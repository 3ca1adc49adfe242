package trace

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"pgregory.net/rapid"

	"onset/views/theme"
)

func TestAValueAxisHasTwoValuesAtLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-1e4, 1e4).Draw(t, "lo")
		hi := lo + rapid.Float64Range(1e-3, 1e4).Draw(t, "span")
		height := float32(rapid.Float64Range(75, 2000).Draw(t, "height"))
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

// However many label sets there are, the trace keeps most of the height; the lane
// that is worked on is always seen, and every other one can be scrolled to.
func TestManyLanesLeaveTheTraceItsRoom(t *testing.T) {
	tr, _, win := driven(t)
	lanes := []Lane{{Name: "MK", Height: 30, Bands: true, Spans: []Span{{ID: "own", Start: 10, End: 100}}}}
	for i := range 20 {
		lanes = append(lanes, Lane{Name: fmt.Sprintf("R%02d", i), Height: 24, Spans: []Span{{ID: fmt.Sprint(i), Start: 10, End: 100}}})
	}
	tr.SetLanes(lanes)
	g := &tr.draw.geo
	if whole := tr.Size().Height; g.laneArea.h > 0.4*whole || g.plot.h < 0.4*whole {
		t.Fatalf("of %g the lanes take %g, the trace %g", whole, g.laneArea.h, g.plot.h)
	}
	if least := tr.MinSize().Height; least > 400 {
		t.Errorf("the trace asks for %g", least)
	}
	look(t, win, "many-lanes")
	seen := map[string]bool{}
	for range 30 {
		for i, b := range tr.draw.geo.lanes {
			if b.h > 0 {
				seen[tr.lanes[i].Name] = true
				if b.bottom() > g.more.y {
					t.Fatalf("lane %d reaches under the axis", i)
				}
			}
		}
		if tr.draw.geo.lanes[0].h == 0 || tr.draw.geo.folded == 0 {
			t.Fatal("the lane that is worked on is folded, or nothing is said")
		}
		tr.Scrolled(&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(200, g.more.y+3)}, Scrolled: fyne.NewDelta(0, -10)})
	}
	if len(seen) != 21 {
		t.Errorf("%d of 21 lanes can be seen", len(seen))
	}
	if s, _, in := tr.hit(fyne.NewPos(g.xOf(tr.view, 40), g.lanes[20].y+10)); s.ID != "19" || !in {
		t.Errorf("the last lane holds %q", s.ID)
	}
	tr.SetLanes(lanes[:3])
	if tr.draw.geo.folded != 0 || tr.draw.geo.lanes[1].h == 0 {
		t.Error("few lanes stay folded")
	}
}
