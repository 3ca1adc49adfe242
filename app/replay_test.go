package app

import (
	"context"
	"os"
	"path/filepath"
	"testing"

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
	if err := w.Export(trained.Model, dir, nil, func(r devices.Report, _ error) { report = r }).Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, devices.ModelFile)); err != nil || report.Model != trained.Model || !report.Simulated {
		t.Errorf("export: %+v, %v", report, err)
	}
}
