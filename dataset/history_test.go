package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func sortedLabels(m map[LabelID]Label) []string {
	var out []string
	for _, id := range slices.Sorted(maps.Keys(m)) {
		l := m[id]
		text, err := json.Marshal(storeLabel(&l))
		if err != nil {
			panic(err)
		}
		out = append(out, string(text))
	}
	return out
}

// historyModel is undo and redo as a person understands them: a stack of
// states.
type historyModel struct {
	labels     map[LabelID]Label
	undo, redo []map[LabelID]Label
	undoNames  []string
	redoNames  []string
}

func (m *historyModel) edit(action string, f func(map[LabelID]Label)) {
	m.undo, m.undoNames = append(m.undo, m.labels), append(m.undoNames, action)
	m.redo, m.redoNames = nil, nil
	m.labels = maps.Clone(m.labels)
	f(m.labels)
}

func top[T any](s []T) (v T) {
	if len(s) > 0 {
		v = s[len(s)-1]
	}
	return v
}

func TestUndoAndRedoAreAStackThatSurvivesRestarts(t *testing.T) {
	o := Options{Now: clockAt(time.Unix(1e9, 0)), Program: "test"}
	s, err := Create(t.Context(), filepath.Join(t.TempDir(), "study.onset"), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	rapid.Check(t, func(t *rapid.T) {
		ctx := t.Context()
		id, err := importWave(ctx, s, "P01", 1000)
		if err != nil {
			t.Fatal(err)
		}
		v, err := s.Session(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		rec := v.Recordings[0].ID
		m := &historyModel{labels: map[LabelID]Label{}}
		imported, err := s.Labels(ctx, LabelFilter{Session: id})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range imported {
			m.labels[l.ID] = l
		}
		serial := 0
		apply := func(action string, changes []Change, f func(map[LabelID]Label)) {
			if _, err := s.Apply(ctx, Edit{Session: id, Rater: "r1", Action: action, Changes: changes}); err != nil {
				t.Fatal(err)
			}
			m.edit(action, f)
		}
		pick := func(t *rapid.T) Label {
			if len(m.labels) == 0 {
				t.Skip("no label")
			}
			return m.labels[rapid.SampledFrom(slices.Sorted(maps.Keys(m.labels))).Draw(t, "label")]
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				var changes []Change
				for range rapid.IntRange(1, 3).Draw(t, "n") {
					start := rapid.Int64Range(0, 998).Draw(t, "start")
					end := rapid.Int64Range(start+1, 1000).Draw(t, "end")
					reps := rapid.IntRange(0, 20).Draw(t, "reps")
					changes = append(changes, Change{After: &Label{Recording: rec, Set: "hand", Kind: KindExercise,
						Start: start, End: end, Exercise: "e", Rater: "r1", Origin: "hand", Confidence: 1,
						Attributes: Attributes{Repetitions: &reps, Extra: map[string]string{"b": "2", "a": "1"}}}})
				}
				serial++
				apply(fmt.Sprintf("add %d", serial), changes, func(l map[LabelID]Label) {
					for _, c := range changes {
						l[c.After.ID] = *c.After
					}
				})
			},
			"move": func(t *rapid.T) {
				before := pick(t)
				after := before
				after.Start = rapid.Int64Range(0, before.End-1).Draw(t, "start")
				serial++
				apply(fmt.Sprintf("move %d", serial), []Change{{Before: &before, After: &after}},
					func(l map[LabelID]Label) { l[after.ID] = after })
			},
			"remove": func(t *rapid.T) {
				before := pick(t)
				serial++
				apply(fmt.Sprintf("remove %d", serial), []Change{{Before: &before}},
					func(l map[LabelID]Label) { delete(l, before.ID) })
			},
			"undo": func(t *rapid.T) {
				e, err := s.Undo(ctx, id, "r1")
				if len(m.undo) == 0 {
					if !errors.Is(err, ErrNothing) {
						t.Fatalf("undo with nothing to undo: %v", err)
					}
					return
				}
				if err != nil || e.Action != top(m.undoNames) {
					t.Fatalf("undo of %q did %q: %v", top(m.undoNames), e.Action, err)
				}
				m.redo, m.redoNames = append(m.redo, m.labels), append(m.redoNames, top(m.undoNames))
				m.labels = top(m.undo)
				m.undo, m.undoNames = m.undo[:len(m.undo)-1], m.undoNames[:len(m.undoNames)-1]
			},
			"redo": func(t *rapid.T) {
				e, err := s.Redo(ctx, id, "r1")
				if len(m.redo) == 0 {
					if !errors.Is(err, ErrNothing) {
						t.Fatalf("redo with nothing to redo: %v", err)
					}
					return
				}
				if err != nil || e.Action != top(m.redoNames) {
					t.Fatalf("redo of %q did %q: %v", top(m.redoNames), e.Action, err)
				}
				m.undo, m.undoNames = append(m.undo, m.labels), append(m.undoNames, top(m.redoNames))
				m.labels = top(m.redo)
				m.redo, m.redoNames = m.redo[:len(m.redo)-1], m.redoNames[:len(m.redoNames)-1]
			},
			"restart": func(t *rapid.T) {
				if rapid.IntRange(0, 4).Draw(t, "now") > 0 {
					return
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if s, err = Open(ctx, s.Path(), o); err != nil {
					t.Fatal(err)
				}
			},
			"": func(t *rapid.T) {
				list, err := s.Labels(ctx, LabelFilter{Session: id})
				if err != nil {
					t.Fatal(err)
				}
				have := map[LabelID]Label{}
				for _, l := range list {
					have[l.ID] = l
				}
				if a, b := sortedLabels(have), sortedLabels(m.labels); !slices.Equal(a, b) {
					t.Fatalf("labels\n%v\nwant\n%v", a, b)
				}
				undo, redo, err := s.CanUndo(ctx, id, "r1")
				if err != nil || undo != top(m.undoNames) || redo != top(m.redoNames) {
					t.Fatalf("can undo %q, redo %q (%v), want %q, %q", undo, redo, err, top(m.undoNames), top(m.redoNames))
				}
			},
		})
	})
	mustBeWhole(t, s)
}

func TestApplyRefusesWhatChangedMeanwhile(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	id, err := importWave(ctx, s, "P01", 1000)
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.Labels(ctx, LabelFilter{Session: id})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	old, moved := list[0], list[0]
	moved.End = 70
	if _, err := s.Apply(ctx, Edit{Session: id, Action: "move edge", Changes: []Change{{Before: &old, After: &moved}}}); err != nil {
		t.Fatal(err)
	}
	again := old
	again.End = 80
	fresh := Label{Recording: old.Recording, Set: "hand", Kind: KindRest, Start: 100, End: 200, Confidence: 1}
	head, err := s.LedgerHead(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// The second change of the edit is stale: the first must not happen either.
	_, err = s.Apply(ctx, Edit{Session: id, Action: "two", Changes: []Change{{After: &fresh}, {Before: &old, After: &again}}})
	if !errors.Is(err, ErrConflict) {
		t.Fatalf("a stale edit gave %v", err)
	}
	list, err = s.Labels(ctx, LabelFilter{Session: id})
	if err != nil || len(list) != 1 || list[0].End != 70 {
		t.Fatalf("labels after a refused edit: %+v, %v", list, err)
	}
	if now, err := s.LedgerHead(ctx); err != nil || now != head {
		t.Errorf("the ledger went on to %+v, %v", now, err)
	}
	if fresh.ID != "" {
		t.Error("a refused label was given an identifier")
	}
}

func TestApplyRefusesLabelsOutsideTheirRecording(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	id, err := importWave(ctx, s, "P01", 1000)
	if err != nil {
		t.Fatal(err)
	}
	other, err := importWave(ctx, s, "P02", 1000)
	if err != nil {
		t.Fatal(err)
	}
	v, err := s.Session(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.Session(ctx, other)
	if err != nil {
		t.Fatal(err)
	}
	quality := 6
	good := Label{Recording: v.Recordings[0].ID, Set: "hand", Kind: KindExercise, Start: 10, End: 20, Confidence: 1}
	for name, spoil := range map[string]func(*Label){
		"ends behind the recording": func(l *Label) { l.End = 1001 },
		"begins before it":          func(l *Label) { l.Start = -1 },
		"empty":                     func(l *Label) { l.End = l.Start },
		"a point with a length":     func(l *Label) { l.Kind = KindPoint },
		"a point at the end":        func(l *Label) { l.Kind, l.Start, l.End = KindPoint, 1000, 1000 },
		"another's recording":       func(l *Label) { l.Recording = w.Recordings[0].ID },
		"quality 6":                 func(l *Label) { l.Attributes.Quality = &quality },
		"no set":                    func(l *Label) { l.Set = "" },
	} {
		l := good
		spoil(&l)
		if _, err := s.Apply(ctx, Edit{Session: id, Action: "add label", Changes: []Change{{After: &l}}}); !errors.Is(err, ErrBadRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Apply(ctx, Edit{Session: id, Action: "add label", Changes: []Change{{After: &good}}}); err != nil {
		t.Error(err)
	}
	if _, err := s.Apply(ctx, Edit{Session: "nowhere", Action: "add label", Changes: []Change{{After: &good}}}); err == nil {
		t.Error("an edit of a session that is not there was taken")
	}
}

func TestLedgerSaysWhoWhenAndWithWhat(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	id, err := importWave(ctx, s, "P01", 1000)
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.Labels(ctx, LabelFilter{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.Apply(ctx, Edit{Session: id, Rater: "ada", Action: "remove label", Changes: []Change{{Before: &list[0]}}})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := s.Ledger(ctx, 1, 100)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range entries {
		kinds = append(kinds, e.Kind)
	}
	if want := []string{"create", "import", "edit"}; !slices.Equal(kinds, want) {
		t.Errorf("ledger %v, want %v", kinds, want)
	}
	last := entries[2]
	if last != e || last.Rater != "ada" || last.Program != "test 1" || last.Session != id || last.Summary != "remove label" || last.At.Year() != 2026 {
		t.Errorf("entry %+v", last)
	}
	for _, attack := range []string{
		"UPDATE ledger SET rater='eve'", "DELETE FROM ledger WHERE position=3", "DELETE FROM ledger_details",
		"UPDATE ledger_details SET data=x''", "INSERT OR REPLACE INTO ledger SELECT * FROM ledger WHERE position=2",
		"INSERT OR REPLACE INTO ledger_details SELECT position, x'' FROM ledger_details WHERE position=2",
	} {
		if _, err := s.writer.ExecContext(ctx, attack); err == nil {
			t.Errorf("the file took %q", attack)
		}
	}
}

// Edits that continue one another, as a held key makes them, are one step for undo
// and redo, also after a restart.
func TestUndoTakesBackWhatContinuesAsOne(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	id, err := importWave(ctx, s, "P01", 1000)
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.Labels(ctx, LabelFilter{Session: id})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	first := list[0]
	now := first
	move := func(end int64, continues bool) {
		t.Helper()
		before, after := now, now
		after.End = end
		if _, err := s.Apply(ctx, Edit{Session: id, Rater: "r1", Action: "move edge", Continues: continues,
			Changes: []Change{{Before: &before, After: &after}}}); err != nil {
			t.Fatal(err)
		}
		now = after
	}
	want := func(what string, end int64) {
		t.Helper()
		list, err := s.Labels(ctx, LabelFilter{Session: id})
		if err != nil || len(list) != 1 || list[0].End != end {
			t.Errorf("%s: %+v (%v), want an end of %d", what, list, err, end)
		}
	}
	for i, hold := range [][]int64{{50, 51, 52}, {60, 61}} {
		for j, end := range hold {
			move(end+int64(i), j > 0)
		}
	}
	e, err := s.Undo(ctx, id, "r1")
	if err != nil || len(e.Changes) != 1 || e.Changes[0].Before.End != 62 || e.Changes[0].After.End != 52 {
		t.Fatalf("undo did %+v (%v)", e, err)
	}
	want("after an undo", 52)
	if _, err := s.Undo(ctx, id, "r1"); err != nil {
		t.Fatal(err)
	}
	want("after two", first.End)
	if e, err := s.Redo(ctx, id, "r1"); err != nil || e.Changes[0].After.End != 52 {
		t.Fatalf("redo did %+v (%v)", e, err)
	}
	want("after a redo", 52)
	if _, err := s.Redo(ctx, id, "r1"); err != nil {
		t.Fatal(err)
	}
	want("after two", 62)
	if _, err := s.Redo(ctx, id, "r1"); !errors.Is(err, ErrNothing) {
		t.Errorf("a third redo: %v", err)
	}
	mustBeWhole(t, s)
}
