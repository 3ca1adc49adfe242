package board

import (
	"context"
	"math"
	"slices"
	"testing"

	"onset/dataset"
)

type store struct{ labels []dataset.Label }

func (s store) Sessions(context.Context) ([]dataset.SessionSummary, error) {
	return []dataset.SessionSummary{{ID: "a", Participant: "P1", Number: 1, Duration: 100}, {ID: "b", Participant: "P1", Number: 2, Duration: 100},
		{ID: "c", Participant: "P2", Number: 1, Duration: 100}}, nil
}

func (s store) Session(_ context.Context, id dataset.SessionID) (dataset.Session, error) {
	return dataset.Session{ID: id, Recordings: []dataset.Recording{{ID: "r", Samples: 100_000, Clock: dataset.Uniform(0, 50)}}}, nil
}

func (s store) Labels(_ context.Context, f dataset.LabelFilter) ([]dataset.Label, error) {
	return slices.DeleteFunc(slices.Clone(s.labels), func(l dataset.Label) bool { return l.Session != f.Session || l.Kind != f.Kind }), nil
}

func TestBoardCountsByRaterAndPerson(t *testing.T) {
	label := func(session, set, exercise, origin string) dataset.Label {
		return dataset.Label{Session: dataset.SessionID(session), Recording: "r", Set: set, Rater: set, Kind: dataset.KindExercise, Exercise: exercise, Start: 0, End: 3000, Origin: origin}
	}
	s := store{labels: []dataset.Label{label("a", "MK", "curl", "hand"), label("a", "MK", "curl", "suggestion:energy adjusted"), label("a", "JB", "squat", "hand"), label("c", "JB", "curl", "hand")}}
	b, err := Read(t.Context(), s, Choice{Set: "MK"})
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Sets) != 2 || b.Sets[1].Name != "MK" || b.Sets[1].Labels != 2 || b.Sets[1].Minutes != 1 || b.Sets[1].Assisted != 1 || b.Sets[0].Sessions != 2 {
		t.Errorf("sets %+v", b.Sets)
	}
	if todo := b.Todo(); len(todo) != 2 || todo[0].ID != "b" || todo[1].ID != "c" {
		t.Errorf("to do %+v", todo)
	}
	if p := b.People[0]; p.ID != "P1" || p.Sessions != 2 || p.Done != 1 || p.Counts["curl"] != 2 || p.Minutes != 1 {
		t.Errorf("P1 %+v", p)
	}
	blind, err := Read(t.Context(), s, Choice{Own: "MK", Blind: true})
	if err != nil || len(blind.Sets) != 1 || len(blind.Sessions[0].Labels) != 1 || slices.Contains(blind.Exercises, "squat") {
		t.Errorf("a blind rater learns %+v, %v", blind, err)
	}
	all, err := Read(t.Context(), s, Choice{All: true})
	if err != nil || len(all.Todo()) != 1 || !slices.Equal(all.Exercises, []string{"curl", "squat"}) {
		t.Errorf("all sets: %+v, %v", all, err)
	}
}

// Six raters who label one set are no six sets, and their minutes are not added.
func TestTheSameSetCountsOnce(t *testing.T) {
	label := func(session, set, exercise string, start, end int64) dataset.Label {
		return dataset.Label{Session: dataset.SessionID(session), Recording: "r", Set: set, Rater: set, Kind: dataset.KindExercise, Exercise: exercise, Start: start, End: end}
	}
	s := store{labels: []dataset.Label{
		label("a", "imported", "curl", 0, 3000), label("a", "JB", "curl", 300, 3300), label("a", "MK", "squat", 0, 1500),
		label("a", "MK", "curl", 3300, 6300), label("a", "JB", "curl", 6300, 9300), label("a", "JB", "squat", 9300, 9600)}}
	all, err := Read(t.Context(), s, Choice{All: true, Own: "MK"})
	if err != nil {
		t.Fatal(err)
	}
	// Seconds 0 to 192; the overlapping curls of imported and JB are one set.
	if math.Abs(all.Minutes-192./60) > 1e-9 || all.Counted != 5 || all.People[0].Counts["curl"] != 3 || all.People[0].Counts["squat"] != 2 || math.Abs(all.People[0].Minutes-192./60) > 1e-9 {
		t.Errorf("%g min, %d sets, %+v", all.Minutes, all.Counted, all.People[0])
	}
	for choice, want := range map[Choice]string{{}: "JB", {Own: "MK"}: "MK", {Own: "ZZ"}: "JB", {Set: "imported", Own: "MK"}: "imported"} {
		if b, err := Read(t.Context(), s, choice); err != nil || b.Set != want {
			t.Errorf("%+v counts by %q (%v), want %q", choice, b.Set, err, want)
		}
	}
	jb, err := Read(t.Context(), s, Choice{Set: "JB"})
	if err != nil || jb.Counted != 3 || math.Abs(jb.Minutes-126./60) > 1e-9 {
		t.Errorf("JB has %d sets, %g min (%v)", jb.Counted, jb.Minutes, err)
	}
}
