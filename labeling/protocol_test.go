package labeling

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"onset/dataset"
)

func setsOf(names ...string) []dataset.Label {
	var out []dataset.Label
	for i, n := range names {
		out = append(out, dataset.Label{ID: dataset.LabelID(fmt.Sprint(n, i)), Kind: dataset.KindExercise, Exercise: n})
	}
	return out
}

func TestProtocolFlagsWhatIsNotAsPlanned(t *testing.T) {
	plan := []dataset.PlannedExercise{{Exercise: "a", Sets: 3}, {Exercise: "b", Sets: 2}, {Exercise: "c", Sets: 1}}
	for name, c := range map[string]struct {
		done, states, next, order string
		extra                     int
	}{
		"nothing yet":  {"", "next later later later later later", "a1", "", 0},
		"on the way":   {"a a", "done done next later later later", "a3", "", 0},
		"one skipped":  {"a a b", "done done skipped done next later", "b2", "", 0},
		"one extra":    {"a a a a b", "done done done done next later", "b2", "", 1},
		"unplanned":    {"a x a", "done done next later later later", "a3", "", 1},
		"out of order": {"a a b a b c", "done done done done done done", "", "b2", 0},
		"all":          {"a a a b b c", "done done done done done done", "", "", 0},
	} {
		s := FollowProtocol(plan, setsOf(strings.Fields(c.done)...))
		var states, order []string
		for _, p := range s.Planned {
			states = append(states, p.State)
			if p.OutOfOrder {
				order = append(order, fmt.Sprint(p.Exercise, p.Set))
			}
		}
		next := ""
		if s.Next >= 0 {
			next = fmt.Sprint(s.Planned[s.Next].Exercise, s.Planned[s.Next].Set)
		}
		if got := strings.Join(states, " "); got != c.states || next != c.next || len(s.Extra) != c.extra || strings.Join(order, " ") != c.order {
			t.Errorf("%s: %s; next %q; %d extra; out of order %v", name, got, next, len(s.Extra), order)
		}
	}
}

// Every set that was done is counted for one planned set or is extra.
func TestProtocolLosesNoSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"a", "b", "c"})
		var plan []dataset.PlannedExercise
		for range rapid.IntRange(0, 4).Draw(t, "steps") {
			plan = append(plan, dataset.PlannedExercise{Exercise: name.Draw(t, "planned"), Sets: rapid.IntRange(1, 3).Draw(t, "sets")})
		}
		done := setsOf(rapid.SliceOfN(name, 0, 9).Draw(t, "done")...)
		s := FollowProtocol(plan, done)
		seen := slices.Clone(s.Extra)
		for _, p := range s.Planned {
			if (p.Label != "") != (p.State == PlannedDone) {
				t.Fatalf("%+v", p)
			}
			if p.Label != "" {
				seen = append(seen, p.Label)
			}
		}
		slices.Sort(seen)
		if len(slices.Compact(seen)) != len(done) {
			t.Fatalf("%d of %d sets counted", len(seen), len(done))
		}
	})
}

func TestPlansAreReadAndWritten(t *testing.T) {
	plan, err := ParseProtocol("3 x 10 biceps-curl\n\n# warm down\n2x squat\nlateral-raise\n", DefaultCatalogue().Resolve)
	want := []dataset.PlannedExercise{{Exercise: "strength:arms/biceps-curl", Sets: 3, Repetitions: 10},
		{Exercise: "strength:legs/squat", Sets: 2}, {Exercise: "strength:shoulders/lateral-raise", Sets: 1}}
	if err != nil || !slices.Equal(plan, want) {
		t.Fatalf("%+v, %v", plan, err)
	}
	again, err := ParseProtocol(FormatProtocol(plan), DefaultCatalogue().Resolve)
	if err != nil || !slices.Equal(again, want) {
		t.Errorf("written and read: %+v, %v", again, err)
	}
	if _, err := ParseProtocol("squat\n3 x no-such-thing", DefaultCatalogue().Resolve); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("an unknown exercise: %v", err)
	}
	if got := ProtocolOf(setsOf("a", "a", "b", "a")); !slices.Equal(got, []dataset.PlannedExercise{{Exercise: "a", Sets: 2}, {Exercise: "b", Sets: 1}, {Exercise: "a", Sets: 1}}) {
		t.Errorf("%+v", got)
	}
}
