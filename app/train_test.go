package app

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"onset/dataset"
	"onset/training"
)

const smallConfig = `
[split]
folds = 3
[model]
layers = [8]
[fit]
epochs = 4
`

func smallTraining(t *testing.T) training.Config {
	t.Helper()
	cfg, err := training.ParseConfig([]byte(smallConfig))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// addPeople gives the study people who do two exercises that differ in tempo.
func addPeople(t *testing.T, w *Workbench, people int) {
	t.Helper()
	ctx := context.Background()
	s, release, err := w.use()
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	rng := rand.New(rand.NewPCG(1, 2))
	for p := range people {
		im, err := s.study.BeginImport(ctx, dataset.Session{Participant: dataset.ParticipantID(fmt.Sprintf("P%02d", p+1)), Format: "test"})
		if err != nil {
			t.Fatal(err)
		}
		rec, err := im.AddRecording(ctx, dataset.RecordingDraft{Device: "test", Placement: "left-wrist", NominalHz: 50,
			Channels: []dataset.Channel{{Kind: "accelerometer", Axis: "x", Unit: "g"}, {Kind: "accelerometer", Axis: "y", Unit: "g"}, {Kind: "accelerometer", Axis: "z", Unit: "g"}}})
		if err != nil {
			t.Fatal(err)
		}
		// Everybody moves in a way of their own, or one would be taken for a copy.
		var late [3]float64
		for c := range late {
			late[c] = 2 * math.Pi * rng.Float64()
		}
		const n = 50 * 40
		values := [][]float64{make([]float64, n), make([]float64, n), make([]float64, n)}
		for i := range n {
			hz := 1 + float64(i/(n/2)) // the second half is twice as fast
			for c := range values {
				values[c][i] = math.Sin(2*math.Pi*hz*float64(i)/50+late[c]) + 0.1*rng.NormFloat64()
			}
		}
		if err := rec.Append(ctx, values); err != nil {
			t.Fatal(err)
		}
		id, err := rec.Finish(ctx, dataset.Uniform(0, 50), 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		var labels []dataset.Label
		for k := range int64(8) {
			labels = append(labels, dataset.Label{Recording: id, Kind: dataset.KindExercise, Exercise: []string{"slow", "fast"}[k/4],
				Start: k*250 + 5, End: k*250 + 200, Rater: "R1", Confidence: 1})
		}
		im.AddLabels(labels)
		if _, err := im.Commit(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTrainingIsToldAndKept(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w, _ := newWorkbench(t)
	if err := w.Create(ctx, filepath.Join(t.TempDir(), "s.onset"), ""); err != nil {
		t.Fatal(err)
	}
	addPeople(t, w, 6)
	saved := 0
	w.Signals.Models.Subscribe(func(struct{}) { saved++ })
	var result *training.Result
	j := w.Train(smallTraining(t), func(r *training.Result, _ error) { result = r })
	if err := j.Wait(); err != nil {
		t.Fatal(err)
	}
	if saved != 1 || result == nil || len(result.Folds) != 3 || len(result.Participants) != 6 {
		t.Fatalf("saved %d times, result %+v", saved, result)
	}
	folds := map[int]int{}
	for _, p := range w.TrainingCurve(j.ID()) {
		folds[p.Fold]++
	}
	if len(folds) != 4 || folds[0] == 0 || folds[1] == 0 {
		t.Errorf("epochs told by fold: %v", folds)
	}
	models, err := w.Models(ctx)
	if err != nil || len(models) != 1 || models[0].ID != result.Model {
		t.Fatalf("models %+v, %v", models, err)
	}
	m, err := w.Model(ctx, result.Model)
	if err != nil || len(m.Classes()) != 2 {
		t.Errorf("model %+v, %v", m, err)
	}
	kept, err := w.RunResult(ctx, result.Run)
	if err != nil || len(kept.Predictions) != 48 {
		t.Errorf("run kept %d predictions, %v", len(kept.Predictions), err)
	}
	if _, err := w.Compare(ctx, result.Model, result.Model); err != nil {
		t.Errorf("comparing: %v", err)
	}
}

func TestCancelledTrainingSavesNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w, _ := newWorkbench(t)
	if err := w.Create(ctx, filepath.Join(t.TempDir(), "s.onset"), ""); err != nil {
		t.Fatal(err)
	}
	addPeople(t, w, 6)
	w.Signals.Training.Subscribe(func(p TrainingProgress) { w.Jobs().Job(p.Job).Cancel() })
	if err := w.Train(smallTraining(t), nil).Wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled training: %v", err)
	}
	runs, err := w.Runs(ctx)
	models, merr := w.Models(ctx)
	if err != nil || merr != nil || len(runs) != 0 || len(models) != 0 {
		t.Errorf("%d runs (%v) and %d models (%v) are kept", len(runs), err, len(models), merr)
	}
}
