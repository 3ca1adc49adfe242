package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"onset/dataset"
	"onset/dataset/simulate"
)

// sampleName is the sample study's file in the data directory.
const sampleName = "sample.onset"

// OpenSample opens the sample study, and simulates it first when it isn't there
// yet (a few seconds).
func (w *Workbench) OpenSample() *Job {
	return w.jobs.Start(context.Background(), "Open the sample study", func(ctx context.Context, t *Task) error {
		path := filepath.Join(w.options.DataDir, sampleName)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			if err := w.writeSample(ctx, t, path); err != nil {
				return fmt.Errorf("making the sample study: %w", err)
			}
		}
		return w.Open(ctx, path, false)
	})
}

// writeSample puts the file under its name only when it is whole.
func (w *Workbench) writeSample(ctx context.Context, t *Task, path string) (err error) {
	partial := path + ".partial"
	for _, old := range []string{partial, partial + "-wal", partial + "-shm"} {
		if err := os.Remove(old); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	recipe, err := simulate.Sample()
	if err != nil {
		return err
	}
	s, err := dataset.Create(ctx, partial, w.studyOptions(false))
	if err != nil {
		return err
	}
	err = simulate.Write(ctx, s, recipe, func(done, total int) {
		t.Progress(float64(done), float64(total), "sessions", "simulating people who exercise")
	})
	if err := errors.Join(err, s.Close()); err != nil {
		return errors.Join(err, os.Remove(partial))
	}
	return os.Rename(partial, path)
}
