package board

import (
	"context"
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
	b, err := Read(t.Context(), s, "MK", false)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Sets) != 2 || b.Sets[1].Name != "MK" || b.Sets[1].Labels != 2 || b.Sets[1].Minutes != 2 || b.Sets[1].Assisted != 1 || b.Sets[0].Sessions != 2 {
		t.Errorf("sets %+v", b.Sets)
	}
	if todo := b.Todo(); len(todo) != 2 || todo[0].ID != "b" || todo[1].ID != "c" {
		t.Errorf("to do %+v", todo)
	}
	if p := b.People[0]; p.ID != "P1" || p.Sessions != 2 || p.Done != 1 || p.Counts["curl"] != 2 || p.Minutes != 2 {
		t.Errorf("P1 %+v", p)
	}
	blind, err := Read(t.Context(), s, "MK", true)
	if err != nil || len(blind.Sets) != 1 || len(blind.Sessions[0].Labels) != 1 || slices.Contains(blind.Exercises, "squat") {
		t.Errorf("a blind rater learns %+v, %v", blind, err)
	}
	all, err := Read(t.Context(), s, "", false)
	if err != nil || len(all.Todo()) != 1 || !slices.Equal(all.Exercises, []string{"curl", "squat"}) {
		t.Errorf("all sets: %+v, %v", all, err)
	}
}
