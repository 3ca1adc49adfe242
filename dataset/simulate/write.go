package simulate

import (
	"context"
	"fmt"

	"onset/dataset"
)

// Study is what the simulator needs of a study; *dataset.Study is one.
type Study interface {
	Settings(ctx context.Context) (dataset.Settings, error)
	PutSettings(ctx context.Context, s dataset.Settings) error
	PutParticipant(ctx context.Context, p dataset.Participant) error
	BeginImport(ctx context.Context, s dataset.Session) (*dataset.Import, error)
}

// Write simulates the recipe's people and sessions into a study and sets its
// name, notice and exercises. Sessions are committed one by one: when it stops
// early those already written are whole. progress may be nil; it is told how
// many sessions of how many are done.
func Write(ctx context.Context, study Study, r Recipe, progress func(done, total int)) error {
	if err := r.check(); err != nil {
		return err
	}
	if progress == nil {
		progress = func(int, int) {}
	}
	if err := r.settle(ctx, study); err != nil {
		return fmt.Errorf("setting up the simulated study: %w", err)
	}
	total := 0
	for i := range r.People {
		total += r.Sessions[i%len(r.Sessions)]
	}
	// One session is simulated while the one before is written.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ready := make(chan made, 1)
	failed := make(chan error, 1)
	go func() {
		defer close(ready)
		failed <- r.each(func(m made) error {
			select {
			case ready <- m:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	done := 0
	progress(done, total)
	for m := range ready {
		if err := r.write(ctx, study, m); err != nil {
			return fmt.Errorf("writing simulated session %d of %d: %w", done+1, total, err)
		}
		done++
		progress(done, total)
	}
	return <-failed
}

func (r Recipe) settle(ctx context.Context, study Study) error {
	s, err := study.Settings(ctx)
	if err != nil {
		return err
	}
	s.Name, s.Notice, s.SetupS = r.Name, r.Notice, r.SetupS
	s.Exercises = nil
	for _, e := range r.Exercise {
		s.Exercises = append(s.Exercises, e.ID)
	}
	if err := study.PutSettings(ctx, s); err != nil {
		return err
	}
	for i := range r.People {
		if err := study.PutParticipant(ctx, r.person(i).about); err != nil {
			return err
		}
	}
	return nil
}

// write imports one session.
func (r Recipe) write(ctx context.Context, study Study, m made) (err error) {
	im, err := study.BeginImport(ctx, m.session)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = im.Abort() // the first error is the one to tell
		}
	}()
	for i, t := range m.recordings {
		w, err := im.AddRecording(ctx, dataset.RecordingDraft{Device: t.device.Name,
			Placement: t.device.Placement, NominalHz: t.device.Rate, Channels: t.channels})
		if err != nil {
			return err
		}
		if err := w.AppendCodes(ctx, t.codes); err != nil {
			return err
		}
		id, err := w.Finish(ctx, t.clock, t.rate, t.findings)
		if err != nil {
			return err
		}
		if i == 0 {
			im.AddLabels(m.labels(id, r.SetupS))
		}
	}
	im.AddEvents(m.session.Events)
	_, err = im.Commit(ctx)
	return err
}
