package app

import (
	"context"
	"fmt"

	"onset/dataset"
	"onset/devices"
	"onset/replay"
)

// Replay streams a session of the open study through the whole classifier as a
// job. Of several models the one with the most sensors at hand speaks; without any
// the sensor is silent. done gets the replay,
// which answers for any moment and any weights without the study, on the job's
// goroutine just before the job ends.
func (w *Workbench) Replay(models []string, session dataset.SessionID, o replay.Options, done func(*replay.Replay, error)) *Job {
	_, blind := w.ownSet()
	return w.job("Replay", func(ctx context.Context, t *Task, s *dataset.Study) error {
		o.Observe = t.replaySteps
		var r *replay.Replay
		err := blindProblem("A replay shows how others have labelled the session")
		if !blind {
			r, err = loadReplay(ctx, s, models, session, o)
		}
		if done != nil {
			done(r, err)
		}
		return err
	})
}

// replaySteps tells how far a replay is: one measure over all its steps, so that
// the time left is of the whole.
func (t *Task) replaySteps(step replay.Step, done, total float64) {
	at := map[replay.Step]string{replay.StepLearning: "learning from the other sessions", replay.StepFitting: "fitting the sources' weights", replay.StepStreaming: "streaming the session"}
	t.Progress(replay.Whole(step, done, total), 1, "", at[step])
}

func loadReplay(ctx context.Context, s *dataset.Study, models []string, session dataset.SessionID, o replay.Options) (*replay.Replay, error) {
	c, err := replay.LoadModels(ctx, s, models)
	if err != nil {
		return nil, err
	}
	r, err := replay.Load(ctx, s, c, session, o)
	if err != nil {
		return nil, fmt.Errorf("replaying session %s: %w", session, err)
	}
	return r, nil
}

// Ablate judges every source of evidence, alone and together, over all labelled
// sessions of the open study as a job. The study keeps the result, unless it is
// open for reading only. done gets it on the job's goroutine just before the job
// ends, beside the error where only the keeping failed.
func (w *Workbench) Ablate(o replay.AblationOptions, done func(*replay.Kept, error)) *Job {
	return w.job("Ablation", func(ctx context.Context, t *Task, s *dataset.Study) error {
		o.Observe = func(n, total float64) { t.Progress(n, total, "folds", "leaving one out in turn") }
		var k *replay.Kept
		var err error
		if s.ReadOnly() {
			k, err = replay.AblateUnkept(ctx, s, o, w.options.Now)
		} else {
			k, err = replay.AblateAndKeep(ctx, s, o, w.options.Now)
		}
		if done != nil {
			done(k, err)
		}
		return err
	})
}

// Ablation is the newest ablation by a protocol that the open study keeps, nil
// without one. It says whether the study has changed since.
func (w *Workbench) Ablation(ctx context.Context, protocol string) (*replay.Kept, error) {
	return read(w, func(s *dataset.Study) (*replay.Kept, error) { return replay.LastKept(ctx, s, protocol) })
}

// Export writes a model of the open study to a new folder as a job. clear, when
// there is one, looks through what was written: its error is the job's.
func (w *Workbench) Export(model, dir string, formats []string, clear Clear, done func(devices.Report, error)) *Job {
	return w.job("Export model", func(ctx context.Context, t *Task, s *dataset.Study) error {
		t.Message("learning what the device must know, computing golden vectors")
		r, err := devices.Export(ctx, s, model, dir, devices.Options{Formats: formats, Program: w.options.Program})
		if err == nil && clear != nil {
			t.Message("looking for names")
			err = clear(ctx, dir)
		}
		if done != nil {
			done(r, err)
		}
		return err
	})
}
