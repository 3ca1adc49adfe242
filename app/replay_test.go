package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onset/dataset/privacy"
	"onset/devices"
	"onset/replay"
	"onset/training"
)

func TestReplayAndExportOfTheSampleStudy(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w, _ := newWorkbench(t)
	if err := w.OpenSample().Wait(); err != nil {
		t.Fatal(err)
	}
	sessions, err := w.Sessions(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cfg := smallTraining(t)
	cfg.Data.ExcludeSessions = training.Names{string(sessions[0].ID)}
	var trained *training.Result
	if err := w.Train(cfg, func(r *training.Result, _ error) { trained = r }).Wait(); err != nil {
		t.Fatal(err)
	}
	var played *replay.Replay
	if err := w.Replay([]string{trained.Model}, sessions[0].ID, replay.Options{}, func(r *replay.Replay, _ error) { played = r }).Wait(); err != nil {
		t.Fatal(err)
	}
	r := played.Result()
	if r.N == 0 || r.N != len(r.Decisions) || r.TrainedOnSession || !r.TrainedOnPerson || !r.Simulated {
		t.Errorf("replayed %d of %d decisions, trained on the session %v, on the person %v, simulated %v",
			r.N, len(r.Decisions), r.TrainedOnSession, r.TrainedOnPerson, r.Simulated)
	}
	for _, d := range r.Decisions {
		if len(d.Sensor) == 0 || len(d.Markov) == 0 || len(d.Place) == 0 || d.Why == "" {
			t.Fatalf("a decision without its evidence: %+v", d)
		}
	}
	dir := filepath.Join(t.TempDir(), "model")
	var report devices.Report
	if err := w.Export(trained.Model, dir, nil, nil, func(r devices.Report, _ error) { report = r }).Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, devices.ModelFile)); err != nil || report.Model != trained.Model || !report.Simulated {
		t.Errorf("export: %+v, %v", report, err)
	}
	refusedWithNames(t, w, trained.Model)
}

// refusedWithNames expects that an export and a bundle that hold an identifier of
// the key file are refused and removed again, and that a bundle's server is not
// looked through.
func refusedWithNames(t *testing.T, w *Workbench, model string) {
	t.Helper()
	dir := t.TempDir()
	keys, pass, server := filepath.Join(dir, "names.key"), "several good words", filepath.Join(dir, "server")
	if err := os.WriteFile(server, []byte("months: Janmar Quillfeather, and what a program holds"), 0o700); err != nil {
		t.Fatal(err)
	}
	know := func(name string) {
		t.Helper()
		book, err := w.OpenKeys(keys, pass)
		if err == nil {
			err = errors.Join(book.Record("P77", name, nil), book.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	clear := func(ctx context.Context, out string) error { return w.ClearExport(ctx, keys, pass, out) }
	know("Janmar Quillfeather")
	out := filepath.Join(dir, "clean")
	if err := w.Export(model, out, nil, clear, nil).Wait(); err != nil {
		t.Errorf("a model without a name is refused: %v", err)
	}
	one := filepath.Join(dir, "clean"+devices.BundleSuffix)
	if err := w.Bundle(one, devices.BundleOptions{Models: []string{model}, Server: server}, clear, nil).Wait(); err != nil {
		t.Errorf("a bundle without a name is refused: %v", err)
	}
	know(model) // as good as a person's name that stands in the export
	for _, name := range []string{"model", "bundle", "bundle" + devices.BundleSuffix, "with server" + devices.BundleSuffix} {
		out := filepath.Join(dir, name)
		o := devices.BundleOptions{Models: []string{model}}
		if strings.HasPrefix(name, "with") {
			o.Server = server
		}
		job := func() *Job { return w.Bundle(out, o, clear, nil) }
		if name == "model" {
			job = func() *Job { return w.Export(model, out, nil, clear, nil) }
		}
		if hit, ok := errors.AsType[*privacy.HitError](job().Wait()); !ok || hit.First.Code != "P77" {
			t.Errorf("%s: a name in it gives %+v", name, hit)
		}
		if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there: %v", name, err)
		}
	}
}

func TestAnAblationOutlivesTheProgram(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "s.onset")
	w, _ := newWorkbench(t)
	if err := w.Create(ctx, path, ""); err != nil {
		t.Fatal(err)
	}
	addPeople(t, w, 3)
	cfg := smallTraining(t)
	o := replay.AblationOptions{Protocol: replay.LeaveSessionOut, Config: &cfg}
	var made *replay.Kept
	if err := w.Ablate(o, func(k *replay.Kept, _ error) { made = k }).Wait(); err != nil {
		t.Fatal(err)
	}
	if err := w.CloseStudy(); err != nil {
		t.Fatal(err)
	}
	again, _ := newWorkbench(t)
	if err := again.Open(ctx, path, true); err != nil {
		t.Fatal(err)
	}
	k, err := again.Ablation(ctx, replay.LeaveSessionOut)
	if err != nil || k == nil {
		t.Fatalf("after a restart: %v, %v", k, err)
	}
	if k.Outdated || !k.MadeAt.Equal(made.MadeAt) || k.Ablation.N != made.Ablation.N || k.Ablation.Fused.Accuracy != made.Ablation.Fused.Accuracy {
		t.Errorf("made %+v, read back %+v", made, k)
	}
	var shown *replay.Kept
	if err := again.Ablate(o, func(k *replay.Kept, _ error) { shown = k }).Wait(); err != nil || shown == nil {
		t.Errorf("a study open for reading: %v, %v", shown, err)
	}
}
