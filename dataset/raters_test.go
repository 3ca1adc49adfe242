package dataset

import (
	"errors"
	"testing"
)

// Two raters in one session: each takes back their own edits only, signs what
// they do, and is told when the other has changed what would be taken back.
func TestEachRaterHasAHistoryOfTheirOwn(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	id, err := importWave(ctx, s, "P01", 1000)
	if err != nil {
		t.Fatal(err)
	}
	v, err := s.Session(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	add := func(rater string, start int64) Label {
		t.Helper()
		l := Label{Recording: v.Recordings[0].ID, Set: rater, Kind: KindExercise, Start: start, End: start + 50, Rater: rater, Confidence: 1}
		if _, err := s.Apply(ctx, Edit{Session: id, Rater: rater, Action: "add label", Changes: []Change{{After: &l}}}); err != nil {
			t.Fatal(err)
		}
		return l
	}
	first := add("MK", 0)
	add("JB", 100)
	add("MK", 200)
	add("JB", 300)
	s = reopen(t, s, Options{})
	e, err := s.Undo(ctx, id, "MK")
	if err != nil || e.Rater != "MK" || e.Changes[0].Before.Start != 200 {
		t.Fatalf("MK took back %+v, %v", e, err)
	}
	if e, err = s.Undo(ctx, id, "JB"); err != nil || e.Changes[0].Before.Start != 300 {
		t.Fatalf("JB took back %+v, %v", e, err)
	}
	if e, err = s.Redo(ctx, id, "MK"); err != nil || e.Changes[0].After.Start != 200 {
		t.Fatalf("MK made again %+v, %v", e, err)
	}
	add("JB", 400) // ends JB's redo, not MK's history
	if _, redo, err := s.CanUndo(ctx, id, "JB"); redo != "" || err != nil {
		t.Errorf("JB can repeat %q, %v", redo, err)
	}
	for range 2 {
		if _, err := s.Undo(ctx, id, "MK"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Undo(ctx, id, "MK"); !errors.Is(err, ErrNothing) {
		t.Errorf("MK has nothing left: %v", err)
	}
	head, err := s.LedgerHead(ctx)
	if err != nil || head.Rater != "MK" || head.Kind != "undo" {
		t.Errorf("the last undo is signed %+v, %v", head, err)
	}
	if _, err := s.Redo(ctx, id, "MK"); err != nil {
		t.Fatal(err)
	}
	// JB changes MK's label: MK's undo must not tear it away.
	moved := first
	moved.End, moved.Rater = 60, "JB"
	if _, err := s.Apply(ctx, Edit{Session: id, Rater: "JB", Action: "move edge", Changes: []Change{{Before: &first, After: &moved}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Undo(ctx, id, "MK"); !errors.Is(err, ErrConflict) {
		t.Errorf("taking back what JB has changed: %v", err)
	}
	mustBeWhole(t, s)
}
