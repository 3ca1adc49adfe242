package labeling

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"onset/dataset"
)

// paused is an editor of a recording with two pauses and, before them, a lost
// packet: 0 to 10 s, 10.2 to 13 s, 36 to 60 s and 80 to 120 s.
func paused(exclusive bool) *Editor {
	clock := dataset.Clock{Segments: []dataset.Segment{{Rate: 50}, {First: 500, Start: 10.2, Rate: 50}, {First: 640, Start: 36, Rate: 50}, {First: 1840, Start: 80, Rate: 50}}}
	n := 0
	return NewEditor(dataset.Session{ID: "s", Recordings: []dataset.Recording{{ID: "wrist", Samples: 3840, Clock: clock}}}, nil,
		Rules{Set: "A", Rater: "MK", SetupS: 1, Exclusive: exclusive},
		func() dataset.LabelID { n++; return dataset.LabelID(fmt.Sprintf("l%03d", n)) }, func() time.Time { return time.Unix(1000, 0) })
}

func lasting(e *Editor) (seconds []float64) {
	for _, l := range ofKind(e, dataset.KindExercise) {
		from, to := e.Times(l)
		seconds = append(seconds, to-from)
	}
	return seconds
}

func TestAMomentInAPauseIsTold(t *testing.T) {
	line := paused(false).timelines[0]
	for at, want := range map[float64]Pause{25: {13, 36}, 70: {60, 80}, 10.1: {10, 10.2}, -5: {math.Inf(-1), 0}, 130: {120, math.Inf(1)}} {
		if p, in := PauseAt(at, line); !in || math.Abs(p.From-want.From) > 1e-9 || math.Abs(p.To-want.To) > 1e-9 {
			t.Errorf("%g s: %+v %v, want %+v", at, p, in, want)
		}
	}
	for _, at := range []float64{0, 5, 13, 13.01, 35.99, 36, 119, 120} {
		if p, in := PauseAt(at, line); in {
			t.Errorf("%g s lies in %+v", at, p)
		}
	}
}

// A label goes over no pause, and lasts as long as before wherever it goes.
func TestAMovedLabelStretchesOverNoPause(t *testing.T) {
	e := paused(true)
	do(t, e)(e.Add("wrist", dataset.KindExercise, "curl", 2000, 2500, "hand", 1)) // 83.2 to 93.2 s
	id := []dataset.LabelID{ofKind(e, dataset.KindExercise)[0].ID}
	var in *PauseError
	for _, by := range []float64{-10, -4, -24, -30, -75} { // into a pause, across one
		if _, err := e.Move(id, by); !errors.As(err, &in) {
			t.Errorf("moved by %g s: %v", by, err)
		}
	}
	if _, err := e.Shift(id, -200); !errors.As(err, &in) || in.From != 60 || in.To != 80 {
		t.Errorf("over the pause by samples: %v", err)
	}
	do(t, e)(e.Move(id, -80.2)) // 3 to 13 s over a lost packet
	if l, _ := e.Find(id[0]); l.Start != 150 || l.End != 640 {
		t.Errorf("[%d,%d), want [150,640)", l.Start, l.End)
	}
	do(t, e)(e.Shift(id, -50))
	if got := lasting(e)[0]; math.Abs(got-10) > 0.02 {
		t.Errorf("it lasts %g s, want 10", got)
	}
	// One that goes across a pause already keeps its time, and crosses no other.
	do(t, e)(e.Add("wrist", dataset.KindRest, "", 0, 10, "hand", 1))
	do(t, e)(e.Resize(id[0], 150, 840)) // 3 to 40 s
	do(t, e)(e.Move(id, 2))
	if got := lasting(e)[0]; math.Abs(got-37) > 0.02 {
		t.Errorf("it lasts %g s, want 37", got)
	}
	if _, err := e.Move(id, 10); !errors.As(err, &in) {
		t.Errorf("into the pause: %v", err)
	}
}

// Wherever labels are moved to, each lasts as long as it did, to a sample, or
// none moves.
func TestMovingKeepsTheTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := paused(rapid.Bool().Draw(t, "exclusive"))
		for range rapid.IntRange(1, 4).Draw(t, "labels") {
			a := rapid.Int64Range(0, 3800).Draw(t, "start")
			edit, err := e.Add("wrist", dataset.KindExercise, "a", a, rapid.Int64Range(a+1, min(a+900, 3840)).Draw(t, "end"), "hand", 1)
			if err == nil {
				e.Apply(edit)
			}
		}
		l := rapid.SampledFrom(ofKind(e, dataset.KindExercise)).Draw(t, "label")
		from, to := e.Times(l)
		var edit dataset.Edit
		var err error
		if rapid.Bool().Draw(t, "by samples") {
			edit, err = e.Shift([]dataset.LabelID{l.ID}, rapid.Int64Range(-3000, 3000).Draw(t, "samples"))
		} else {
			edit, err = e.Move([]dataset.LabelID{l.ID}, rapid.Float64Range(-130, 130).Draw(t, "seconds"))
		}
		if err != nil {
			return
		}
		e.Apply(edit)
		x, _ := e.Find(l.ID)
		a, b := e.Times(x)
		if math.Abs((b-a)-(to-from)) > 0.041 {
			t.Fatalf("%g to %g s became %g to %g s", from, to, a, b)
		}
	})
}

func TestAPatternKeepsItsTimesOrSaysSo(t *testing.T) {
	e := paused(false)
	here := func(float64) (Timeline, bool) { return e.timelines[0], true }
	p := Pattern{{AtS: 0, LengthS: 5, Kind: dataset.KindExercise, Exercise: "a"}, {AtS: 8, LengthS: 33, Kind: dataset.KindExercise, Exercise: "b"}}
	edit, left, err := e.Paste(p, 2, here) // b would go from 10.2 to 43.2 s
	if err != nil || left != (Left{Pauses: 1}) || len(edit.Changes) != 2 {
		t.Errorf("%d changes, %+v, %v", len(edit.Changes), left, err)
	}
	edit, left, err = e.Paste(p, 100, here) // b would end at 141 s
	if err != nil || left != (Left{Beyond: 1}) || len(edit.Changes) != 2 {
		t.Errorf("%d changes, %+v, %v", len(edit.Changes), left, err)
	}
	var in *PauseError
	if _, left, err = e.Paste(p, 30, here); !errors.As(err, &in) || left.Pauses != 2 {
		t.Errorf("%+v, %v", left, err)
	}
	p[1].LengthS = 30
	do(t, e)(func() (dataset.Edit, error) { edit, _, err := e.Paste(p, 81, here); return edit, err }())
	if got := lasting(e); len(got) != 2 || math.Abs(got[0]-5) > 0.001 || math.Abs(got[1]-30) > 0.001 {
		t.Errorf("they last %v s, want 5 and 30", got)
	}
}

// How repetitions divide is not known, whoever cuts a label; all else it says
// goes for both pieces, and so does where it came from.
func TestALabelCutInTwoDoublesNothing(t *testing.T) {
	for _, origin := range []string{"hand", "import", pattern, "suggestion:energy"} {
		for _, by := range []string{"a new label", "the key"} {
			e := newEditor(true)
			do(t, e)(e.Add("wrist", dataset.KindExercise, "a", 100, 900, origin, 0.5))
			id := ofKind(e, dataset.KindExercise)[0].ID
			reps, kg := 12, 7.5
			do(t, e)(e.Describe([]dataset.LabelID{id}, func(a *dataset.Attributes) { a.Repetitions, a.WeightKg = &reps, &kg }))
			if by == "the key" {
				do(t, e)(e.Split(id, 500))
			} else {
				do(t, e)(e.Add("wrist", dataset.KindRest, "", 400, 500, "hand", 1))
			}
			pieces := ofKind(e, dataset.KindExercise)
			if len(pieces) != 2 {
				t.Fatalf("%d pieces", len(pieces))
			}
			for _, x := range pieces {
				if x.Attributes.Repetitions != nil || x.Attributes.WeightKg == nil || *x.Attributes.WeightKg != kg || x.Origin != touched(origin) {
					t.Errorf("%s cut by %s: %+v", origin, by, x)
				}
			}
		}
	}
	if touched(pattern) != "pattern adjusted" || touched("pattern adjusted") != "pattern adjusted" {
		t.Errorf("%q", touched(pattern))
	}
}
