package app

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"onset/dataset"
	"onset/dataset/codec"
)

func newWorkbench(t *testing.T) (*Workbench, *clock) {
	t.Helper()
	c := newClock()
	w, err := New(Options{Now: c.Now, DataDir: t.TempDir(), Program: "onset test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w, c
}

// addSession puts one session of one recording with a sine on x into the study.
func addSession(t *testing.T, w *Workbench, samples int) dataset.Session {
	t.Helper()
	ctx := context.Background()
	s, release, err := w.use()
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	im, err := s.study.BeginImport(ctx, dataset.Session{Participant: "P01", Format: "test"})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := im.AddRecording(ctx, dataset.RecordingDraft{
		Device: "test", Placement: "left-wrist", NominalHz: 50,
		Channels: []dataset.Channel{{Kind: "accelerometer", Axis: "x", Unit: "g"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, samples)
	for i := range x {
		x[i] = math.Sin(float64(i) / 10)
	}
	if err := rec.Append(ctx, [][]float64{x}); err != nil {
		t.Fatal(err)
	}
	if _, err := rec.Finish(ctx, dataset.Uniform(0, 50), 0, nil); err != nil {
		t.Fatal(err)
	}
	id, err := im.Commit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	session, err := s.study.Session(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return session
}

func labelOn(s dataset.Session, start, end int64) dataset.Label {
	return dataset.Label{
		ID: "l1", Session: s.ID, Recording: s.Recordings[0].ID, Set: "R1", Kind: dataset.KindExercise,
		Start: start, End: end, Exercise: "resistance:arms/biceps-curl", Rater: "R1", Origin: "hand", Confidence: 1,
	}
}

func TestLabelsAndUndoOutliveTheProgram(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	path := filepath.Join(dir, "arms.onset")
	w, _ := newWorkbench(t)
	var states []StudyState
	w.Signals.Study.Subscribe(func(s StudyState) { states = append(states, s) })
	if err := w.Create(ctx, path, "Arms"); err != nil {
		t.Fatal(err)
	}
	session := addSession(t, w, 500)
	var changed []dataset.SessionID
	w.Signals.Labels.Subscribe(func(id dataset.SessionID) { changed = append(changed, id) })
	l := labelOn(session, 100, 200)
	edit := dataset.Edit{Session: session.ID, Rater: "R1", Action: "add label", Changes: []dataset.Change{{After: &l}}}
	if err := w.Apply(ctx, edit); err != nil {
		t.Fatal(err)
	}
	if err := w.CloseStudy(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Labels(ctx, session.ID); !errors.Is(err, ErrNoStudy) {
		t.Errorf("with no study open: %v", err)
	}

	again, _ := newWorkbench(t)
	if err := again.Open(ctx, path, false); err != nil {
		t.Fatal(err)
	}
	labels, err := again.Labels(ctx, session.ID)
	if err != nil || len(labels) != 1 || labels[0].Start != 100 || labels[0].End != 200 {
		t.Fatalf("after a restart: %+v, %v", labels, err)
	}
	if undo, _, err := again.CanUndo(ctx, session.ID); undo != "" || err != nil {
		t.Errorf("nobody can undo %q, %v", undo, err)
	}
	if err := again.SetPreferences(Preferences{Rater: "R1"}); err != nil {
		t.Fatal(err)
	}
	if undo, redo, err := again.CanUndo(ctx, session.ID); undo != "add label" || redo != "" || err != nil {
		t.Errorf("can undo %q, redo %q, %v", undo, redo, err)
	}
	if _, err := again.Undo(ctx, session.ID); err != nil {
		t.Fatal(err)
	}
	if labels, err := again.Labels(ctx, session.ID); err != nil || len(labels) != 0 {
		t.Errorf("after undo: %+v, %v", labels, err)
	}
	if _, err := again.Redo(ctx, session.ID); err != nil {
		t.Fatal(err)
	}
	if labels, err := again.Labels(ctx, session.ID); err != nil || len(labels) != 1 {
		t.Errorf("after redo: %+v, %v", labels, err)
	}
	if len(changed) != 1 || changed[0] != session.ID {
		t.Errorf("label signals: %v", changed)
	}
	if len(states) != 2 || states[0].Name != "Arms" || !states[0].Open || states[1].Open {
		t.Errorf("study signals: %+v", states)
	}
}

func TestRecentStudies(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	w, c := newWorkbench(t)
	for _, name := range []string{"a", "b"} {
		if err := w.Create(ctx, filepath.Join(dir, name+".onset"), ""); err != nil {
			t.Fatal(err)
		}
		c.Advance(time.Hour)
	}
	if err := w.CloseStudy(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "a.onset")); err != nil {
		t.Fatal(err)
	}
	r := w.Recent()
	if len(r) != 2 || r[0].Name != "b" || r[0].Missing || r[1].Name != "a" || !r[1].Missing {
		t.Errorf("recent: %+v", r)
	}
	if err := w.ForgetRecent(r[1].Path); err != nil || len(w.Recent()) != 1 {
		t.Errorf("after forgetting: %+v, %v", w.Recent(), err)
	}
}

func TestFailedOpenKeepsTheOpenStudy(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	w, _ := newWorkbench(t)
	if err := w.Create(ctx, filepath.Join(dir, "good.onset"), "Good"); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(dir, "notes.onset")
	if err := os.WriteFile(text, []byte("these are my notes, not a study"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.Open(ctx, text, false); !errors.Is(err, dataset.ErrNotAStudy) {
		t.Errorf("opening a text: %v", err)
	}
	if w.Current().Name != "Good" {
		t.Errorf("open now: %+v", w.Current())
	}
	if err := w.Create(ctx, filepath.Join(dir, "good.onset"), ""); !errors.Is(err, os.ErrExist) {
		t.Errorf("creating over an existing study: %v", err)
	}
	if !w.Current().Open {
		t.Error("the study was closed for nothing")
	}
}

func TestReadOnlyBesideAWriter(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "s.onset")
	w, _ := newWorkbench(t)
	if err := w.Create(ctx, path, ""); err != nil {
		t.Fatal(err)
	}
	session := addSession(t, w, 100)
	other, _ := newWorkbench(t)
	if err := other.Open(ctx, path, false); !errors.Is(err, dataset.ErrLocked) {
		t.Fatalf("second writer: %v", err)
	}
	if err := other.Open(ctx, path, true); err != nil {
		t.Fatal(err)
	}
	if !other.Current().ReadOnly {
		t.Error("not shown as read-only")
	}
	l := labelOn(session, 0, 10)
	err := other.Apply(ctx, dataset.Edit{Session: session.ID, Action: "add label", Changes: []dataset.Change{{After: &l}}})
	if !errors.Is(err, dataset.ErrReadOnly) {
		t.Errorf("labelling read-only: %v", err)
	}
}

func TestClosingTheStudyCancelsItsJobs(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w, _ := newWorkbench(t)
	if err := w.Create(ctx, filepath.Join(t.TempDir(), "s.onset"), ""); err != nil {
		t.Fatal(err)
	}
	working := make(chan struct{})
	j := w.job("long work", func(ctx context.Context, _ *Task, s *dataset.Study) error {
		close(working)
		<-ctx.Done()
		_, err := s.Settings(context.Background()) // the study is still there while its jobs end
		return errors.Join(ctx.Err(), err)
	})
	<-working
	if err := w.CloseStudy(); err != nil {
		t.Fatal(err)
	}
	if s := j.Status(); s.State != JobCancelled || s.Err.Error() != context.Canceled.Error() {
		t.Errorf("job after closing: %+v", s)
	}
	if err := w.job("more", nil).Wait(); !errors.Is(err, ErrNoStudy) {
		t.Errorf("job without a study: %v", err)
	}
}

func TestSampleStudyIsMadeOnceAndSaysSo(t *testing.T) {
	t.Parallel()
	w, _ := newWorkbench(t)
	if err := w.OpenSample().Wait(); err != nil {
		t.Fatal(err)
	}
	first := w.Current()
	if !first.Simulated || first.Notice == "" {
		t.Errorf("sample study opened as %+v", first)
	}
	made, err := os.Stat(first.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.CloseStudy(); err != nil {
		t.Fatal(err)
	}
	if err := w.OpenSample().Wait(); err != nil {
		t.Fatal(err)
	}
	again, err := os.Stat(first.Path)
	if err != nil || !os.SameFile(made, again) {
		t.Errorf("the sample study was made again: %v", err)
	}
}

func TestCancelledSampleLeavesNothing(t *testing.T) {
	t.Parallel()
	w, _ := newWorkbench(t)
	w.Jobs().Changed.Subscribe(func(s JobStatus) {
		if s.Message != "" && s.Running() {
			w.Jobs().Job(s.ID).Cancel()
		}
	})
	err := w.OpenSample().Wait()
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled sample: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(w.DataDir(), "sample*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestImportTellsWhatItDid(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	w, _ := newWorkbench(t)
	if err := w.Create(ctx, filepath.Join(dir, "s.onset"), ""); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(dir, "walk.csv")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var report codec.Report
	if err := w.Import([]string{empty}, codec.Options{}, func(r codec.Report, _ error) { report = r }).Wait(); err != nil {
		t.Fatal(err)
	}
	if len(report.Imported) != 0 || len(report.Refused) != 1 {
		t.Fatalf("report of an empty file: %+v", report)
	}
	if n, err := w.Counts(ctx); err != nil || n.Sessions != 0 {
		t.Errorf("study after a refused import: %+v, %v", n, err)
	}
}
