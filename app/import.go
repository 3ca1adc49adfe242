package app

import (
	"context"
	"fmt"
	"path/filepath"

	"onset/dataset"
	"onset/dataset/codec"
	"onset/labeling"
)

// Import brings files and folders into the open study as a job. done gets the
// report, also of an import that ended early: sessions reported as imported are
// in the study whatever happened later. It is called on the job's goroutine
// just before the job ends. Exercises are named by the catalogue unless o says
// how else.
func (w *Workbench) Import(paths []string, o codec.Options, done func(codec.Report, error)) *Job {
	if o.Resolve == nil {
		o.Resolve = labeling.DefaultCatalogue().Resolve
	}
	return w.job(importName(paths), func(ctx context.Context, t *Task, s *dataset.Study) error {
		if o.Mapping == nil && o.Format == "" {
			o.Mappings = append(o.Mappings, w.savedMappings()...)
		}
		report, err := codec.Import(ctx, s, paths, o, func(p codec.Progress) {
			t.Progress(float64(p.Done), float64(p.Total), "bytes", "reading "+filepath.Base(p.Source))
		})
		if len(report.Imported) > 0 {
			_, lerr := labeling.LearnExercises(context.WithoutCancel(ctx), s)
			if err == nil {
				err = lerr
			}
			w.Signals.Sessions.Emit(struct{}{})
		}
		if done != nil {
			done(report, err)
		}
		return err
	})
}

func importName(paths []string) string {
	if len(paths) == 1 {
		return "Import " + filepath.Base(paths[0])
	}
	return fmt.Sprintf("Import %d files and folders", len(paths))
}
