package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"onset/dataset"
	"onset/devices"
	"onset/devices/sync/delivery"
	"onset/devices/sync/protocol"
	"onset/devices/sync/store"
)

// Releases lists what was published, the newest first, and how devices fare
// with it.
func (w *Workbench) Releases(ctx context.Context) ([]store.Release, error) {
	return withStore(ctx, w, func(s *store.Store) ([]store.Release, error) { return s.Releases(ctx) })
}

// ReleaseChannel proposes where a model is published.
func (w *Workbench) ReleaseChannel(ctx context.Context, model string) (channel string, err error) {
	row, err := read(w, func(s *dataset.Study) (dataset.ModelRow, error) { return s.Model(ctx, model) })
	if err != nil {
		return "", err
	}
	channel, ok := devices.ReleaseChannel(row, "")
	if !ok || protocol.CheckChannel(channel) != nil {
		return protocol.DefaultChannel, nil
	}
	return channel, nil
}

// PublishModel exports a model, proves the export and signs it for a release
// channel as a job. percent is the share of the devices that get it at first;
// the first release of a channel goes to all.
func (w *Workbench) PublishModel(model, channel string, percent int, note string, done func(store.Release, error)) *Job {
	return w.job("Publish model", func(ctx context.Context, t *Task, study *dataset.Study) error {
		r, err := withStore(ctx, w, func(s *store.Store) (store.Release, error) {
			return publish(ctx, t, study, s, delivery.Bundle{Model: model, Channel: channel, Percent: percent, Note: note}, w.options.Program)
		})
		if done != nil {
			done(r, err)
		}
		w.Signals.Sync.Emit(struct{}{})
		return err
	})
}

func publish(ctx context.Context, t *Task, study *dataset.Study, s *store.Store, b delivery.Bundle, program string) (r store.Release, err error) {
	if err := protocol.CheckChannel(b.Channel); err != nil {
		return r, fmt.Errorf("publishing on %q: %w", b.Channel, err)
	}
	work, err := os.MkdirTemp("", "onset-publish-*")
	if err != nil {
		return r, fmt.Errorf("publishing: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	b.Dir = filepath.Join(work, "model")
	t.Message("learning what the device must know, computing golden vectors")
	o := devices.Options{Program: program}
	if devices.HasDeviceProgram() {
		o.Formats = []string{devices.FormatC}
	}
	if _, err := devices.Export(ctx, study, b.Model, b.Dir, o); err != nil {
		return r, err
	}
	t.Message("proving the export")
	if _, err := devices.Check(b.Dir); err != nil {
		return r, err
	}
	t.Message("signing")
	return delivery.Open(s, nil).Publish(ctx, s, b)
}

// RollOut gives a staged release to another share of the devices; 0 takes it
// back.
func (w *Workbench) RollOut(ctx context.Context, channel string, percent int, note string) (store.Release, error) {
	return w.release(ctx, func(s *store.Store) (store.Release, error) {
		r, err := s.SetRollout(ctx, channel, percent, note)
		if err != nil {
			return r, err
		}
		return r, delivery.Open(s, nil).Update(ctx, s)
	})
}

// RollBack publishes the model before the present one again, as a new version.
func (w *Workbench) RollBack(ctx context.Context, channel, note string) (store.Release, error) {
	return w.release(ctx, func(s *store.Store) (store.Release, error) {
		return delivery.Open(s, nil).RollBack(ctx, s, channel, note)
	})
}

func (w *Workbench) release(ctx context.Context, change func(*store.Store) (store.Release, error)) (store.Release, error) {
	r, err := withStore(ctx, w, change)
	w.Signals.Sync.Emit(struct{}{})
	return r, err
}
