package dataset

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWithdrawnParticipantLeavesNoTrace(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	var gone SessionID
	for _, p := range []string{"PX7731", "P02"} {
		id, err := importWave(ctx, s, p, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if p == "PX7731" {
			gone = id
		}
	}
	manifest := []byte(`{"examples":[{"participant":"PX7731"},{"participant":"P02"}]}`)
	if err := errors.Join(
		s.PutParticipant(ctx, Participant{ID: "PX7731", Fields: map[string]string{"weight": "71 kg"}}),
		s.SaveWindowSet(ctx, WindowSetRow{Hash: "w1", Manifest: manifest}),
		s.SaveWindowSet(ctx, WindowSetRow{Hash: "w2", Manifest: []byte(`{"examples":[{"participant":"P02"}]}`)}),
		s.SaveRun(ctx, Run{ID: "r1", WindowSet: "w1", Config: []byte("participants = ['PX7731']"), Outcome: []byte(`{"scores":{"PX7731":0.5,"P02":0.25}}`)}),
		s.SaveModel(ctx, ModelRow{ID: "m1", Run: "r1", Spec: []byte(`{"sessions":["` + string(gone) + `"]}`)}),
		s.SaveModel(ctx, ModelRow{ID: "m2", Run: "r1", Spec: []byte(`{}`)}),
		s.SaveModel(ctx, ModelRow{ID: "m3", Run: "r2", Spec: []byte(`{"participants":["P02"]}`)}),
	); err != nil {
		t.Fatal(err)
	}
	w, err := s.Withdraw(ctx, "PX7731")
	if err != nil || w.Sessions != 1 || w.WindowSets != 1 || !slices.Equal(w.Models, []string{"m1", "m2"}) {
		t.Fatalf("%+v, %v", w, err)
	}
	mustBeWhole(t, s)
	models, err := s.Models(ctx)
	if err != nil || models[0].Withdrawn == "" || models[1].Withdrawn == "" || models[2].Withdrawn != "" {
		t.Errorf("models %+v, %v", models, err)
	}
	run, err := s.RunByID(ctx, "r1")
	if err != nil || string(run.Outcome) != `{"scores":{"withdrawn":0.5,"P02":0.25}}` {
		t.Errorf("run %s, %v", run.Outcome, err)
	}
	if list, err := s.Sessions(ctx); err != nil || len(list) != 1 || list[0].Participant != "P02" {
		t.Errorf("sessions %+v, %v", list, err)
	}
	if _, err := s.Withdraw(ctx, "PX7731"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a second withdrawal: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	for _, trace := range []string{"PX7731", "71 kg"} {
		if bytes.Contains(data, []byte(trace)) {
			t.Errorf("%q is still in the file", trace)
		}
	}
}

func TestBackupsRotateAndRestore(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	first, err := importWave(ctx, s, "P01", 1000)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "backups")
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, "study-notes.onset"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	var last string
	for range 5 {
		if last, err = s.BackupTo(ctx, dir, 3); err != nil {
			t.Fatal(err)
		}
	}
	list, err := Backups(dir, s.Path())
	if err != nil || len(list) != 3 || list[2] != last || len(files(t, dir)) != 4 {
		t.Fatalf("backups %v (%v)", list, files(t, dir))
	}
	if err := s.DeleteSession(ctx, first); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(ctx, last, s.Path(), Options{}); !errors.Is(err, ErrLocked) {
		t.Errorf("restored over an open study: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	aside, err := Restore(ctx, last, s.Path(), Options{})
	if err != nil || !strings.Contains(aside, ".before-") {
		t.Fatal(aside, err)
	}
	s, err = Open(ctx, s.Path(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if _, err := s.Session(ctx, first); err != nil {
		t.Errorf("the restored session: %v", err)
	}
	old, err := Open(ctx, aside, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := old.Sessions(ctx); err != nil || len(list) != 0 {
		t.Errorf("what was put aside: %+v, %v", list, err)
	}
	if err := old.Close(); err != nil {
		t.Error(err)
	}
	damaged, err := os.ReadFile(last)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(damaged, []byte("resistance:arms"))
	damaged[at] = 'X'
	if err := os.WriteFile(last, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other.onset")
	if _, err := Restore(ctx, last, other, Options{}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a damaged backup was restored: %v", err)
	}
}

func TestCloudFoldersAreRecognised(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("USERPROFILE", dir)
	plain, synced := filepath.Join(dir, "lab", "study.onset"), filepath.Join(dir, "share", "deep", "study.onset")
	if err := errors.Join(os.MkdirAll(filepath.Dir(plain), 0o755), os.MkdirAll(filepath.Dir(synced), 0o755),
		os.Mkdir(filepath.Join(dir, "share", ".stfolder"), 0o755)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		plain: "", synced: "Syncthing", filepath.Join(dir, "Dropbox", "x.onset"): "Dropbox",
		filepath.Join(dir, "OneDrive - Clinic", "a", "x.onset"): "OneDrive", filepath.Join(dir, "Sync", "a", "x.onset"): "Syncthing",
		filepath.Join(dir, "code", "sync", "x.onset"): "",
	} {
		if got := SyncedBy(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestAStaleListBringsNobodyBack(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	stale := []Participant{{ID: "P01", Group: "G1"}, {ID: "P02", Group: "G1"}}
	if err := s.PutParticipants(ctx, stale, "P01", "P02"); err != nil {
		t.Fatal(err)
	}
	before, err := s.Withdrawals(ctx)
	if err != nil || len(before) != 0 {
		t.Fatalf("withdrawals %v, %v", before, err)
	}
	if _, err := s.Withdraw(ctx, "P01"); err != nil {
		t.Fatal(err)
	}
	stale[1].Group = "G2"
	err = s.PutParticipants(ctx, stale)
	if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "P01") || strings.Contains(err.Error(), "P02") {
		t.Errorf("a stale list gives %v", err)
	}
	list, err := s.Participants(ctx)
	if err != nil || len(list) != 1 || list[0].ID != "P02" || list[0].Group != "G1" {
		t.Errorf("people %+v, %v", list, err)
	}
	if after, err := s.Withdrawals(ctx); err != nil || len(after) != 1 || after[0].IsZero() {
		t.Errorf("withdrawals %v, %v", after, err)
	}
}

func TestNobodyUnderACodeIsToldInWords(t *testing.T) {
	_, err := newTestStudy(t).Withdraw(t.Context(), "S77")
	if !errors.Is(err, ErrNotFound) || strings.Contains(err.Error(), "sql") || !strings.Contains(err.Error(), "nobody under this code") {
		t.Errorf("%v", err)
	}
}
