package labeling

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"onset/dataset"
)

func session() dataset.Session {
	gap := dataset.Clock{Segments: []dataset.Segment{{Rate: 50}, {First: 3000, Start: 62.05, Rate: 50}}}
	return dataset.Session{ID: "s", Recordings: []dataset.Recording{
		{ID: "wrist", Samples: 6000, Clock: gap},
		{ID: "thigh", Samples: 12_000, Clock: dataset.Uniform(0.3, 103.17)},
	}}
}

func newEditor(exclusive bool) *Editor {
	n := 0
	return NewEditor(session(), nil, Rules{Set: "A", Rater: "MK", SetupS: 1, Exclusive: exclusive},
		func() dataset.LabelID { n++; return dataset.LabelID(fmt.Sprintf("l%03d", n)) },
		func() time.Time { return time.Unix(1000, 0) })
}

func do(t *testing.T, e *Editor) func(dataset.Edit, error) dataset.Edit {
	return func(edit dataset.Edit, err error) dataset.Edit {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		e.Apply(edit)
		return edit
	}
}

func ofKind(e *Editor, kind string) []dataset.Label {
	var out []dataset.Label
	for _, l := range e.Labels() {
		if l.Kind == kind {
			out = append(out, l)
		}
	}
	return out
}

func TestASetBringsItsSetupWindow(t *testing.T) {
	e := newEditor(true)
	edit := do(t, e)(e.Add("wrist", dataset.KindExercise, "curl", 100, 900, "hand", 1))
	if len(edit.Changes) != 2 {
		t.Fatalf("%d changes, want the set and its setup window in one edit", len(edit.Changes))
	}
	setup := ofKind(e, dataset.KindSetup)[0]
	if setup.Start != 100 || setup.End != 150 || setup.Origin != "onset" || setup.Exercise != "curl" {
		t.Errorf("setup window %+v", setup)
	}
	set := ofKind(e, dataset.KindExercise)[0]
	do(t, e)(e.Nudge([]dataset.LabelID{set.ID}, true, -10))
	do(t, e)(e.Retype([]dataset.LabelID{set.ID}, "press"))
	setup = ofKind(e, dataset.KindSetup)[0]
	if setup.Start != 90 || setup.End != 140 || setup.Exercise != "press" {
		t.Errorf("the setup window did not follow: %+v", setup)
	}
	do(t, e)(e.Remove(set.ID))
	if len(e.Labels()) != 0 {
		t.Errorf("left behind: %+v", e.Labels())
	}
}

func TestExclusiveLabelsCutOthers(t *testing.T) {
	for _, c := range []struct {
		name        string
		first, next [2]int64
		want        [][2]int64
	}{
		{"apart", [2]int64{0, 100}, [2]int64{200, 300}, [][2]int64{{0, 100}, {200, 300}}},
		{"over the end", [2]int64{0, 250}, [2]int64{200, 300}, [][2]int64{{0, 200}, {200, 300}}},
		{"over the start", [2]int64{250, 400}, [2]int64{200, 300}, [][2]int64{{200, 300}, {300, 400}}},
		{"inside", [2]int64{0, 500}, [2]int64{200, 300}, [][2]int64{{0, 200}, {200, 300}, {300, 500}}},
		{"covering", [2]int64{220, 280}, [2]int64{200, 300}, [][2]int64{{200, 300}}},
		{"touching", [2]int64{100, 200}, [2]int64{200, 300}, [][2]int64{{100, 200}, {200, 300}}},
	} {
		e := newEditor(true)
		do(t, e)(e.Add("wrist", dataset.KindExercise, "a", c.first[0], c.first[1], "hand", 1))
		do(t, e)(e.Add("wrist", dataset.KindExercise, "b", c.next[0], c.next[1], "hand", 1))
		var got [][2]int64
		for _, l := range ofKind(e, dataset.KindExercise) {
			got = append(got, [2]int64{l.Start, l.End})
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestExclusionHoldsAcrossRecordings(t *testing.T) {
	e := newEditor(true)
	do(t, e)(e.Add("wrist", dataset.KindExercise, "a", 0, 1000, "hand", 1)) // 0 to 20 s
	l := session().Recordings[1]
	start := l.Clock.Sample(10, l.Samples)
	do(t, e)(e.Add("thigh", dataset.KindExercise, "b", start, start+500, "hand", 1))
	first := ofKind(e, dataset.KindExercise)[0]
	_, end := e.Times(first)
	if math.Abs(end-10) > 0.02 {
		t.Errorf("the first label ends at %g s, want 10", end)
	}
}

func TestSplitAndMerge(t *testing.T) {
	e := newEditor(true)
	do(t, e)(e.Add("wrist", dataset.KindExercise, "a", 100, 900, "hand", 1))
	set := ofKind(e, dataset.KindExercise)[0]
	do(t, e)(e.Split(set.ID, 500))
	sets := ofKind(e, dataset.KindExercise)
	if len(sets) != 2 || sets[0].End != 500 || sets[1].Start != 500 || len(ofKind(e, dataset.KindSetup)) != 2 {
		t.Fatalf("after the split: %+v", e.Labels())
	}
	do(t, e)(e.Merge(sets[0].ID, sets[1].ID))
	sets = ofKind(e, dataset.KindExercise)
	if len(sets) != 1 || sets[0].Start != 100 || sets[0].End != 900 || len(ofKind(e, dataset.KindSetup)) != 1 {
		t.Errorf("after the merge: %+v", e.Labels())
	}
	if _, err := e.Split(sets[0].ID, 100); !errors.Is(err, ErrNoChange) {
		t.Errorf("a split at the start gives %v", err)
	}
}

func TestNudgeStopsAtTheOtherEdgeAndTheRecording(t *testing.T) {
	e := newEditor(false)
	do(t, e)(e.Add("wrist", dataset.KindRest, "", 5, 15, "hand", 1))
	id := []dataset.LabelID{e.Labels()[0].ID}
	do(t, e)(e.Nudge(id, true, 100))
	if l := e.Labels()[0]; l.Start != 14 {
		t.Errorf("start at %d, want 14", l.Start)
	}
	do(t, e)(e.Nudge(id, true, -100))
	do(t, e)(e.Nudge(id, false, 1_000_000))
	if l := e.Labels()[0]; l.Start != 0 || l.End != 6000 {
		t.Errorf("[%d,%d), want the whole recording", l.Start, l.End)
	}
	if _, err := e.Nudge(id, false, 10); !errors.Is(err, ErrNoChange) {
		t.Errorf("a nudge against the end gives %v", err)
	}
}

// Whatever a person does, labels stay inside their recordings, an exclusive set
// never overlaps, every setup window belongs to a set of its own, and
// taking the edits back one by one gives every earlier state again.
func TestEditsKeepTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := newEditor(true)
		states := [][]dataset.Label{e.Labels()}
		var done []dataset.Edit
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			edit, err := randomEdit(t, e)
			if err != nil {
				continue
			}
			e.Apply(edit)
			done = append(done, edit)
			states = append(states, e.Labels())
			checkRules(t, e)
		}
		for i := len(done) - 1; i >= 0; i-- {
			var back dataset.Edit
			for j := len(done[i].Changes) - 1; j >= 0; j-- {
				c := done[i].Changes[j]
				back.Changes = append(back.Changes, dataset.Change{Before: c.After, After: c.Before})
			}
			e.Apply(back)
			if !sameLabels(e.Labels(), states[i]) {
				t.Fatalf("taking back %q gives %v, want %v", done[i].Action, e.Labels(), states[i])
			}
		}
	})
}

func randomEdit(t *rapid.T, e *Editor) (dataset.Edit, error) {
	span := func(n int64) (int64, int64) {
		a := rapid.Int64Range(0, n-1).Draw(t, "start")
		return a, rapid.Int64Range(a+1, n).Draw(t, "end")
	}
	sets := ofKind(e, dataset.KindExercise)
	if len(sets) == 0 || rapid.Bool().Draw(t, "add") {
		r := rapid.SampledFrom(e.timelines).Draw(t, "recording")
		a, b := span(r.Samples)
		kind := rapid.SampledFrom([]string{dataset.KindExercise, dataset.KindExercise, dataset.KindRest}).Draw(t, "kind")
		return e.Add(r.Recording, kind, rapid.SampledFrom([]string{"a", "b"}).Draw(t, "exercise"), a, b, "hand", 1)
	}
	l := rapid.SampledFrom(sets).Draw(t, "label")
	other := rapid.SampledFrom(sets).Draw(t, "other")
	line, _ := e.Timeline(l.Recording)
	switch rapid.IntRange(0, 7).Draw(t, "what") {
	case 0:
		a, b := span(line.Samples)
		return e.Resize(l.ID, a, b)
	case 1:
		return e.Nudge([]dataset.LabelID{l.ID, other.ID}, rapid.Bool().Draw(t, "edge"), rapid.Int64Range(-2000, 2000).Draw(t, "by"))
	case 2:
		return e.Move([]dataset.LabelID{l.ID}, rapid.Float64Range(-200, 200).Draw(t, "seconds"))
	case 3:
		return e.Retype([]dataset.LabelID{l.ID}, "c")
	case 4:
		return e.Remove(l.ID)
	case 5:
		return e.Split(l.ID, (l.Start+l.End)/2)
	case 6:
		return e.Merge(l.ID, other.ID)
	}
	reps := rapid.IntRange(0, 30).Draw(t, "reps")
	return e.Describe([]dataset.LabelID{l.ID}, func(a *dataset.Attributes) { a.Repetitions = &reps })
}

func checkRules(t *rapid.T, e *Editor) {
	sets := e.Labels()
	setups := 0
	for i, l := range sets {
		line, _ := e.Timeline(l.Recording)
		if l.Start < 0 || l.End > line.Samples || l.Start >= l.End {
			t.Fatalf("label outside its recording: %+v", l)
		}
		if l.Kind == dataset.KindSetup {
			setups++
			continue
		}
		for _, o := range sets[i+1:] {
			if o.Kind == dataset.KindSetup || o.Recording != l.Recording {
				continue
			}
			if o.Start < l.End && l.Start < o.End {
				t.Fatalf("%+v overlaps %+v", l, o)
			}
		}
	}
	if n := len(e.setups); setups != n {
		t.Fatalf("%d setup windows, %d of them with a set", setups, n)
	}
	checkIndex(t, e)
}

func sameLabels(a, b []dataset.Label) bool {
	key := func(l dataset.Label) string { return string(l.ID) }
	a, b = slices.Clone(a), slices.Clone(b)
	for _, s := range [][]dataset.Label{a, b} {
		slices.SortFunc(s, func(x, y dataset.Label) int {
			if key(x) < key(y) {
				return -1
			}
			return 1
		})
	}
	return slices.EqualFunc(a, b, same)
}

func TestTimesAndBoundariesAgree(t *testing.T) {
	for _, r := range session().Recordings {
		line := TimelineOf(r)
		rapid.Check(t, func(t *rapid.T) {
			i := rapid.Int64Range(0, line.Samples-1).Draw(t, "sample")
			if got := line.Boundary(line.Clock.Time(i)); got != i {
				t.Fatalf("boundary at sample %d is %d", i, got)
			}
			if got := line.Nearest(line.Clock.Time(i)); got != i {
				t.Fatalf("nearest to sample %d is %d", i, got)
			}
			j := rapid.Int64Range(i+1, line.Samples).Draw(t, "end")
			from, to := line.Times(i, j)
			a, b := line.Span(from, to)
			if a != i || b != j {
				t.Fatalf("[%d,%d) became [%d,%d)", i, j, a, b)
			}
			end := line.Setup(i, 1)
			if line.Clock.Time(end-1) >= line.Clock.Time(i)+1 && end > i+1 {
				t.Fatalf("the setup window at %d reaches %d", i, end)
			}
			if half := 0.5 / line.Clock.Segments[0].Rate; end < line.Samples && line.Clock.Time(end) < line.Clock.Time(i)+1-half-1e-6 {
				t.Fatalf("the setup window at %d ends early at %d", i, end)
			}
		})
	}
}

func TestSetupWindowIsOneSecondOnTheTrueClock(t *testing.T) {
	line := Timeline{Clock: dataset.Uniform(0, 48.91), Samples: 1000}
	if end := line.Setup(100, 1); end != 149 {
		t.Errorf("at 48.91 Hz it ends at %d, want 149", end)
	}
	line.Clock = dataset.Uniform(0, 103.17)
	if end := line.Setup(100, 1); end != 203 {
		t.Errorf("at 103.17 Hz it ends at %d, want 203", end)
	}
	line.Clock = dataset.Uniform(0, 50)
	if end := line.Setup(100, 1); end != 150 {
		t.Errorf("at 50 Hz it ends at %d, want 150", end)
	}
	if end := line.Setup(990, 1); end != 1000 {
		t.Errorf("near the end it reaches %d of 1000", end)
	}
}

func TestEdgesStopAtTheNeighbour(t *testing.T) {
	e := newEditor(true)
	do(t, e)(e.Add("wrist", dataset.KindExercise, "a", 100, 200, "import", 1))
	do(t, e)(e.Add("wrist", dataset.KindExercise, "b", 205, 400, "import", 1))
	sets := ofKind(e, dataset.KindExercise)
	a, b := sets[0].ID, sets[1]
	edit := do(t, e)(e.Nudge([]dataset.LabelID{a}, false, 10))
	if l, _ := e.Find(a); l.End != 205 || !e.Stopped(edit) {
		t.Errorf("the end went to %d, want 205", l.End)
	}
	if _, err := e.Nudge([]dataset.LabelID{a}, false, 1); !errors.Is(err, ErrNeighbour) {
		t.Errorf("pushing on gives %v", err)
	}
	if _, err := e.Move([]dataset.LabelID{a}, 3); !errors.Is(err, ErrNeighbour) {
		t.Errorf("moving on gives %v", err)
	}
	if l, _ := e.Find(b.ID); !same(l, b) {
		t.Errorf("the neighbour became %+v", l)
	}
	do(t, e)(e.Move([]dataset.LabelID{a, b.ID}, 1))
	if l, _ := e.Find(a); l.Start != 150 || l.End != 255 {
		t.Errorf("together they went to [%d,%d)", l.Start, l.End)
	}
}

func TestAHandIsWrittenOnWhatItChanged(t *testing.T) {
	e := newEditor(true)
	do(t, e)(e.Add("wrist", dataset.KindExercise, "a", 100, 200, "import", 0.5))
	id := ofKind(e, dataset.KindExercise)[0].ID
	rules := e.Rules()
	rules.Rater = "ZZ"
	e.SetRules(rules)
	reps := 3
	do(t, e)(e.Describe([]dataset.LabelID{id}, func(a *dataset.Attributes) { a.Repetitions = &reps }))
	if l, _ := e.Find(id); l.Origin != "import" || l.Rater != "MK" {
		t.Errorf("describing made it %s by %s", l.Origin, l.Rater)
	}
	do(t, e)(e.Nudge([]dataset.LabelID{id}, true, 1))
	if l, ok := e.Find(id); !ok || l.Origin != "hand" || l.Rater != "ZZ" || l.Confidence != 1 {
		t.Errorf("a moved label is %+v", l)
	}
}

func TestANewLabelTellsWhatItDisplaced(t *testing.T) {
	e := newEditor(true)
	for _, s := range [][2]int64{{0, 100}, {200, 300}, {400, 500}} {
		do(t, e)(e.Add("wrist", dataset.KindExercise, "a", s[0], s[1], "hand", 1))
	}
	edit := do(t, e)(e.Add("wrist", dataset.KindExercise, "b", 50, 420, "hand", 1))
	if got := DisplacedBy(edit); got != (Displaced{Replaced: 1, Trimmed: 2, Onsets: 1}) {
		t.Errorf("displaced %+v", got)
	}
	last := ofKind(e, dataset.KindExercise)[2]
	if last.Start != 420 || e.SetupEnd(last) != 0 {
		t.Errorf("%+v has a setup window up to %g s", last, e.SetupEnd(last))
	}
	edit = do(t, e)(e.Add("wrist", dataset.KindRest, "", 200, 210, "hand", 1))
	if got := DisplacedBy(edit); got != (Displaced{Split: 1}) {
		t.Errorf("displaced %+v", got)
	}
}

// Several labels that are taken at once, as what two raters agree on, cut nothing.
func TestLabelsTakenTogetherDisplaceNothing(t *testing.T) {
	var edit dataset.Edit
	for i := range int64(4) {
		edit.Changes = append(edit.Changes, dataset.Change{After: &dataset.Label{ID: dataset.LabelID(rune('a' + i)), Recording: "r",
			Kind: dataset.KindExercise, Exercise: "curl", Start: 100 * i, End: 100*i + 50}})
	}
	if got := DisplacedBy(edit); got.Any() {
		t.Errorf("%+v", got)
	}
}
