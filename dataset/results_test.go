package dataset

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDeletedSessionsAreGoneFromTheFile(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	id, err := importWave(ctx, s, "P01", 1000)
	if err != nil {
		t.Fatal(err)
	}
	v, err := s.Session(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	l := Label{Recording: v.Recordings[0].ID, Set: "hand", Kind: KindExercise, End: 10, Confidence: 1,
		Attributes: Attributes{Note: "zyxwv-left-knee"}}
	if _, err := s.Apply(ctx, Edit{Session: id, Action: "add label", Changes: []Change{{After: &l}}}); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteSession(ctx, id); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Undo(ctx, id, ""); !errors.Is(err, ErrNotFound) {
		t.Errorf("undo in a deleted session: %v", err)
	}
	mustBeWhole(t, s)
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(s.Path() + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), "zyxwv-left-knee") {
			t.Errorf("the note is still in study%s", suffix)
		}
	}
	entries, err := s.Ledger(ctx, 1, 100)
	if err != nil || len(entries) != 4 || entries[2].Summary != "erased" || entries[3].Kind != "delete" {
		t.Errorf("ledger %+v, %v", entries, err)
	}
}

func TestBackupIsAWholeStudy(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	id, err := importWave(ctx, s, "P01", 50_000)
	if err != nil {
		t.Fatal(err)
	}
	dest := filepath.Join(t.TempDir(), "copy.onset")
	if err := s.Backup(ctx, dest); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(ctx, dest); !errors.Is(err, os.ErrExist) {
		t.Errorf("a backup over a file: %v", err)
	}
	if names := files(t, filepath.Dir(dest)); len(names) != 1 {
		t.Errorf("beside the backup: %v", names)
	}
	b, err := Open(ctx, dest, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	mustBeWhole(t, b)
	if _, err := b.Session(ctx, id); err != nil {
		t.Error(err)
	}
	if _, err := importWave(ctx, b, "P02", 100); err != nil {
		t.Error(err)
	}
}

func TestResultsComeBack(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	run := Run{ID: "run1", Kind: "train", Config: []byte("[fit]"), WindowSet: "abc", Seed: math.MaxUint64, Outcome: []byte("{}"), Seconds: 1.5, Status: "done"}
	model := ModelRow{ID: "modelA", Run: "run1", Spec: []byte("{}"), Weights: []byte{1, 2, 3, 4}, Accuracy: 0.5, MacroF1: 0.4}
	set := WindowSetRow{Hash: "abc", Manifest: []byte("{}")}
	if err := errors.Join(s.SaveRun(ctx, run), s.SaveModel(ctx, model), s.SaveWindowSet(ctx, set), s.SaveWindowSet(ctx, set)); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveWindowSet(ctx, WindowSetRow{Hash: "abc", Manifest: []byte("[]")}); !errors.Is(err, ErrConflict) {
		t.Errorf("another window set of the same hash: %v", err)
	}
	model.Accuracy = math.NaN()
	if err := s.SaveModel(ctx, model); !errors.Is(err, ErrBadRequest) {
		t.Errorf("a model whose score is no number: %v", err)
	}
	s = reopen(t, s, Options{})
	if r, err := s.RunByID(ctx, "run1"); err != nil || r.Seed != math.MaxUint64 || string(r.Config) != "[fit]" || r.CreatedAt.IsZero() {
		t.Errorf("run %+v, %v", r, err)
	}
	if m, err := s.Model(ctx, "mod"); err != nil || string(m.Weights) != "\x01\x02\x03\x04" || m.Accuracy != 0.5 {
		t.Errorf("model %+v, %v", m, err)
	}
	if list, err := s.Models(ctx); err != nil || len(list) != 1 || list[0].Weights != nil {
		t.Errorf("models %+v, %v", list, err)
	}
	if v, err := s.WindowSet(ctx, "abc"); err != nil || string(v.Manifest) != "{}" {
		t.Errorf("window set %+v, %v", v, err)
	}
	if _, err := s.WindowSet(ctx, "nope"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	mustBeWhole(t, s)
}

func TestAModelIsFoundByItsName(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newTestStudy(t)
	for id, name := range map[string]string{"a1": "mlp-1", "a2": "cnn-1", "b1": "twin", "b2": "twin", "c1": "a1"} {
		if err := s.SaveModel(ctx, ModelRow{ID: id, Name: name, Spec: []byte("{}"), Scores: []byte("{}"), Weights: []byte{1, 2, 3, 4}}); err != nil {
			t.Fatal(err)
		}
	}
	for asked, want := range map[string]string{"mlp-1": "a1", "cnn-1": "a2", "a1": "a1", "c": "c1"} {
		if m, err := s.Model(ctx, asked); err != nil || m.ID != want {
			t.Errorf("%s: %s, %v", asked, m.ID, err)
		}
	}
	if _, err := s.Model(ctx, "twin"); !errors.Is(err, ErrBadRequest) || !strings.Contains(err.Error(), "b1, b2") {
		t.Errorf("two of one name: %v", err)
	}
	if _, err := s.Model(ctx, "a"); !errors.Is(err, ErrBadRequest) {
		t.Errorf("a beginning of two: %v", err)
	}
	if _, err := s.Model(ctx, "mlp"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a beginning of a name: %v", err)
	}
}
