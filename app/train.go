package app

import (
	"context"
	"slices"
	"time"

	"onset/dataset"
	"onset/training"
)

// TrainingProgress is where a training stands.
type TrainingProgress struct {
	Job int // the job's number
	training.Progress
}

// trainingRecord is the curve of a training of this program run.
type trainingRecord struct {
	curve []training.Progress
}

// Train starts a training on the open study from its config. Signals.Training
// tells of every epoch; done gets the result, which is saved in the study by
// then, on the job's goroutine just before the job ends. A cancelled training
// saves nothing.
//
// A rater in a blind pass can't train: what a model has learnt from, and where it
// is wrong, are the labels of others.
func (w *Workbench) Train(cfg training.Config, done func(*training.Result, error)) *Job {
	_, blind := w.ownSet()
	return w.job("Train", func(ctx context.Context, t *Task, s *dataset.Study) error {
		if blind {
			err := blindProblem("A training shows how others have labelled")
			if done != nil {
				done(nil, err)
			}
			return err
		}
		record := &trainingRecord{}
		w.mu.Lock()
		w.curves[t.ID()] = record
		w.mu.Unlock()
		pace := pacer{now: w.options.Now}
		result, err := training.TrainWith(ctx, s, cfg, training.Options{Now: w.options.Now}, func(p training.Progress) {
			t.Progress(p.Done, 1, "", phaseText(p))
			epoch := p.Epoch > 0
			if epoch {
				w.mu.Lock()
				record.curve = append(record.curve, p)
				w.mu.Unlock()
			}
			if pace.due() || p.Epoch == p.Epochs {
				w.Signals.Training.Emit(TrainingProgress{Job: t.ID(), Progress: p})
			}
		})
		return ended(w, done, result, err)
	})
}

// Search looks for nets better than a config's own, on inner folds, and lets the
// people of the outer folds judge what it found. What it reached is kept in the
// study as it goes: after a cancel or a crash the same config goes on from there.
// done gets the result on the job's goroutine just before the job ends.
// A rater in a blind pass can't search, as they can't train.
func (w *Workbench) Search(cfg training.SearchConfig, done func(*training.SearchResult, error)) *Job {
	_, blind := w.ownSet()
	return w.job("Search", func(ctx context.Context, t *Task, s *dataset.Study) error {
		if blind {
			err := blindProblem("A search shows how others have labelled")
			if done != nil {
				done(nil, err)
			}
			return err
		}
		pace := pacer{now: w.options.Now}
		result, err := training.Search(ctx, s, cfg, false, training.Options{Now: w.options.Now}, func(p training.Progress) {
			t.Progress(p.Done, 1, "", phaseText(p))
			if pace.due() {
				w.Signals.Training.Emit(TrainingProgress{Job: t.ID(), Progress: p})
			}
		})
		return ended(w, done, result, err)
	})
}

// Neighbours lists the n windows of a run that are most like one that it judged. A
// rater in a blind pass is refused, as by RunResult.
func (w *Workbench) Neighbours(ctx context.Context, run string, of training.Prediction, n int) ([]training.Neighbour, error) {
	if _, blind := w.ownSet(); blind {
		return nil, blindProblem("The windows of a run show how others have labelled")
	}
	return read(w, func(s *dataset.Study) ([]training.Neighbour, error) { return training.Neighbours(ctx, s, run, of, n) })
}

// ended tells of new models when a fit went well, and hands its result over.
func ended[R any](w *Workbench, done func(R, error), result R, err error) error {
	if err == nil {
		w.Signals.Models.Emit(struct{}{})
	}
	if done != nil {
		done(result, err)
	}
	return err
}

// pacer lets progress through at most 30 times a second.
type pacer struct {
	now  func() time.Time
	last time.Time
}

func (p *pacer) due() bool {
	now := p.now()
	if now.Sub(p.last) < progressEvery {
		return false
	}
	p.last = now
	return true
}

func phaseText(p training.Progress) string {
	switch p.Phase {
	case training.PhaseReading:
		return "reading windows"
	case training.PhaseFolds:
		return "judging on those held out"
	case training.PhaseFinal:
		return "fitting the model for use"
	case training.PhaseSearch:
		return "searching"
	case training.PhaseSaving:
		return "saving"
	}
	return p.Phase
}

// TrainingCurve is every epoch so far of a training job, in the order in which
// they ended; folds that run side by side are told apart by Fold (0: the model
// for use). It is kept until the study is closed.
func (w *Workbench) TrainingCurve(job int) []training.Progress {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r := w.curves[job]; r != nil {
		return slices.Clone(r.curve)
	}
	return nil
}

// Runs lists the study's trainings, with their configs and outcomes.
func (w *Workbench) Runs(ctx context.Context) ([]dataset.Run, error) {
	return read(w, func(s *dataset.Study) ([]dataset.Run, error) { return s.Runs(ctx) })
}

// RunResult reads what a run measured, every held-out prediction included. Those
// say how others have labelled, so that a rater in a blind pass is refused.
func (w *Workbench) RunResult(ctx context.Context, run string) (*training.Result, error) {
	if _, blind := w.ownSet(); blind {
		return nil, blindProblem("The windows of a run show how others have labelled")
	}
	return read(w, func(s *dataset.Study) (*training.Result, error) { return training.LoadResult(ctx, s, run) })
}

// Models lists the study's models without their weights.
func (w *Workbench) Models(ctx context.Context) ([]dataset.ModelRow, error) {
	return read(w, func(s *dataset.Study) ([]dataset.ModelRow, error) { return s.Models(ctx) })
}

// Model reads a model ready for use; a prefix of the id that only one model has
// is enough.
func (w *Workbench) Model(ctx context.Context, id string) (*training.Model, error) {
	return read(w, func(s *dataset.Study) (*training.Model, error) { return training.Load(ctx, s, id) })
}

// Compare sets two models of the study side by side.
func (w *Workbench) Compare(ctx context.Context, a, b string) (*training.Comparison, error) {
	return read(w, func(s *dataset.Study) (*training.Comparison, error) { return training.Compare(ctx, s, a, b) })
}

// RankAlike ranks a model with all that were judged on the same moments.
func (w *Workbench) RankAlike(ctx context.Context, model string) (*training.Ranking, error) {
	return read(w, func(s *dataset.Study) (*training.Ranking, error) { return training.RankAlike(ctx, s, model) })
}

// Leaderboards reads the best candidates of all searches with their ancestors.
func (w *Workbench) Leaderboards(ctx context.Context) ([]training.Leaderboard, error) {
	return read(w, func(s *dataset.Study) ([]training.Leaderboard, error) { return training.Leaderboards(ctx, s) })
}
