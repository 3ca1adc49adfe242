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
	edit := Edit{Session: id, Rater: "r", Action: "align by anchors", Meant: true, Alignments: []AlignmentChange{{Recording: rec, After: &a}}}
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

// A device whose clock is years off may be brought to the others; one that lies
// with them may not be sent away, nor run as no clock does.
func TestDoubtIsAboutWhatAnAlignmentLeaves(t *testing.T) {
	on := func(start float64) Recording {
		return Recording{Samples: 1000, Clock: Uniform(start, 50), OwnClock: Uniform(start, 50)}
	}
	a, b, years := on(0), on(5), on(-50*365*86400.)
	a.ID, b.ID, years.ID = "a", "b", "years"
	v := Session{Recordings: []Recording{a, b, years}}
	for name, c := range map[string]struct {
		v          Session
		id         RecordingID
		a          Alignment
		ppm, apart float64
	}{
		"years off, brought to the others": {v, "years", Alignment{ShiftS: 50 * 365 * 86400, Stretch: 1}, 0, 0},
		"years off, and further":           {v, "years", Alignment{ShiftS: -86400, Stretch: 1}, 0, 50*365*86400 + 86400 - 20},
		"a little":                         {v, "b", Alignment{ShiftS: 3, Stretch: 1.0001}, 0, 0},
		"out of the other's time":          {v, "b", Alignment{ShiftS: 16, Stretch: 1}, 0, 1},
		"a clock that runs so":             {v, "b", Alignment{ShiftS: 0, Stretch: 1.002}, 2000, 0},
		"alone, a minute":                  {Session{Recordings: []Recording{a}}, "a", Alignment{ShiftS: 60, Stretch: 1}, 0, 0},
		"alone, years":                     {Session{Recordings: []Recording{a}}, "a", Alignment{ShiftS: 1e8, Stretch: 1}, 0, 1e8},
	} {
		err := c.v.Doubt([]AlignmentChange{{Recording: c.id, After: &c.a}})
		doubt, ok := errors.AsType[*DoubtfulError](err)
		if !ok {
			doubt = &DoubtfulError{}
		}
		if ok != (c.ppm != 0 || c.apart != 0) || math.Abs(doubt.DriftPPM-c.ppm) > 1e-6 || math.Abs(doubt.ApartS-c.apart) > 1e-6 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
