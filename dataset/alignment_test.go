package dataset

import (
	"errors"
	"math"
	"slices"
	"testing"
)

func TestAlignmentMovesTheClockKeepsTheOwnOneAndIsUndone(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	id, err := importWave(ctx, s, "P01", 1000) // 20 s at 50 Hz
	if err != nil {
		t.Fatal(err)
	}
	v, err := s.Session(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	rec := v.Recordings[0].ID
	a := Alignment{ShiftS: 2.5, Stretch: 1.01, Method: "anchors", ResidualS: 0.004}
	edit := Edit{Session: id, Rater: "r", Action: "align by anchors", Alignments: []AlignmentChange{{Recording: rec, After: &a}}}
	if _, err := s.Apply(ctx, edit); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Apply(ctx, edit); !errors.Is(err, ErrConflict) {
		t.Errorf("the same alignment again: %v", err)
	}
	s = reopen(t, s, Options{})
	duration := func() float64 {
		t.Helper()
		list, err := s.Sessions(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return list[0].Duration
	}
	v, err = s.Session(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	r := v.Recordings[0]
	if r.Alignment == nil || *r.Alignment != a || r.OwnClock.Time(500) != 10 || math.Abs(r.Clock.Time(500)-(2.5+1.01*10)) > 1e-9 {
		t.Errorf("recording %+v", r)
	}
	if want := 1.01 * 20; math.Abs(duration()-want) > 1e-9 || math.Abs(r.Findings[0].AtS-2.5) > 1e-9 {
		t.Errorf("duration %v, want %v; findings %v", duration(), want, r.Findings)
	}
	mustBeWhole(t, s)
	undone, err := s.Undo(ctx, id, "r")
	if err != nil || len(undone.Alignments) != 1 || undone.Alignments[0].After != nil {
		t.Fatalf("undo did %+v, %v", undone, err)
	}
	v, err = s.Session(ctx, id)
	if err != nil || v.Recordings[0].Alignment != nil || !slices.Equal(v.Recordings[0].Clock.Segments, v.Recordings[0].OwnClock.Segments) {
		t.Errorf("after undo: %+v, %v", v.Recordings[0], err)
	}
	if duration() != 20 {
		t.Errorf("duration after undo %v", duration())
	}
	if _, err := s.Redo(ctx, id, "r"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.writer.ExecContext(ctx, "DELETE FROM alignments"); err != nil {
		t.Fatal(err)
	}
	repaired, left, err := s.Repair(ctx, nil)
	if err != nil || len(repaired) != 1 || len(left) != 0 {
		t.Errorf("repaired %v, left %v: %v", repaired, left, err)
	}
	bad := Alignment{Stretch: 5}
	if _, err := s.Apply(ctx, Edit{Session: id, Alignments: []AlignmentChange{{Recording: rec, Before: &a, After: &bad}}}); !errors.Is(err, ErrBadRequest) {
		t.Errorf("a stretch by 5: %v", err)
	}
}
