package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"onset/dataset"
	"onset/devices"
)

// PreviewExport says what an export of a model would be: its size in every form
// and what each form costs.
func (w *Workbench) PreviewExport(ctx context.Context, model string) (devices.Preview, error) {
	return read(w, func(s *dataset.Study) (devices.Preview, error) {
		row, err := s.Model(ctx, model)
		if err != nil {
			return devices.Preview{}, err
		}
		return devices.PreviewOf(row)
	})
}

// BundleMenu is what a bundle can be made of.
type BundleMenu struct {
	Models []devices.BundleChoice // the best first of each sensor set
	Groups []string
	Server string // the server's program beside this one; empty when there is none
}

// BundleMenu says what a bundle of the open study can hold.
func (w *Workbench) BundleMenu(ctx context.Context) (BundleMenu, error) {
	return read(w, func(s *dataset.Study) (BundleMenu, error) {
		models, groups, err := devices.BundleChoices(ctx, s)
		return BundleMenu{Models: models, Groups: groups, Server: serverBeside()}, err
	})
}

// Clear looks through an export that was just written, a file or a folder, such
// as ClearExport does. When it gives an error it has removed the export.
type Clear func(ctx context.Context, out string) error

// Bundle writes models with all that a lab needs to serve them, as a job. clear,
// when there is one, looks through everything but the server's program, which
// comes from no study and holds short names by chance (a month's, say).
func (w *Workbench) Bundle(dest string, o devices.BundleOptions, clear Clear, done func(devices.Manifest, error)) *Job {
	o.Program = w.options.Program
	return w.job("Write bundle", func(ctx context.Context, t *Task, s *dataset.Study) error {
		write := func(to string, o devices.BundleOptions) (devices.Manifest, error) {
			return devices.Bundle(ctx, s, to, o, func(done float64, what string) { t.Progress(done, 1, "", what) })
		}
		m, err := bundleCleared(ctx, dest, o, clear, write)
		if done != nil {
			done(m, err)
		}
		return err
	})
}

// bundleCleared writes a bundle that clear has looked through. With the server's
// program in it, that is first a bundle without.
func bundleCleared(ctx context.Context, dest string, o devices.BundleOptions, clear Clear, write func(string, devices.BundleOptions) (devices.Manifest, error)) (m devices.Manifest, err error) {
	if clear != nil && o.Server != "" {
		dir, err := os.MkdirTemp("", "onset-bundle-")
		if err != nil {
			return m, fmt.Errorf("writing a bundle to look through: %w", err)
		}
		defer func() { _ = os.RemoveAll(dir) }() // what is left there is in the bundle, too
		bare, probe := o, filepath.Join(dir, filepath.Base(dest))
		bare.Server = ""
		if m, err = write(probe, bare); err != nil {
			return m, err
		}
		if err := clear(ctx, probe); err != nil {
			return m, err
		}
		clear = nil
	}
	if m, err = write(dest, o); err != nil || clear == nil {
		return m, err
	}
	return m, clear(ctx, dest)
}

// serverBeside is the onsetctl in this program's folder; empty when there is none.
func serverBeside() string {
	self, err := os.Executable()
	if err != nil {
		return ""
	}
	name := "onsetctl"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path := filepath.Join(filepath.Dir(self), name)
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		return ""
	}
	return path
}

// ImportModels brings exported models that were read before into the open study
// as a job: all of them or, when one is refused, none.
func (w *Workbench) ImportModels(p *devices.Package, chosen []int, done func([]devices.Imported, error)) *Job {
	return w.job("Load models", func(ctx context.Context, _ *Task, s *dataset.Study) error {
		r, err := p.Import(ctx, s, chosen, w.options.Now())
		if len(r) > 0 { // also beside an error
			w.Signals.Models.Emit(struct{}{})
		}
		if done != nil {
			done(r, err)
		}
		return err
	})
}

// EarlierModel is a model of the earlier system on the disk, and how to read it.
type EarlierModel struct {
	Weights, Layers, Labels string // files
	Reading                 devices.Reading
	Name                    string
	Score                   dataset.SessionID // to try it on; empty for none
	Store                   bool
}

// EarlierOutcome is what came of it.
type EarlierOutcome struct {
	Imported devices.Imported // when it was stored
	Score    *devices.Score
	Rivals   []devices.Alternative // other readings that do as well on the session, or better
}

// ImportEarlier reads a model of the earlier system, scores and stores it as a
// job.
func (w *Workbench) ImportEarlier(e EarlierModel, done func(EarlierOutcome, error)) *Job {
	return w.job("Load earlier model", func(ctx context.Context, t *Task, s *dataset.Study) error {
		out, err := w.importEarlier(ctx, t, s, e)
		if done != nil {
			done(out, err)
		}
		return err
	})
}

func (w *Workbench) importEarlier(ctx context.Context, t *Task, s *dataset.Study, e EarlierModel) (EarlierOutcome, error) {
	var out EarlierOutcome
	var files devices.Earlier
	for _, f := range []struct {
		path string
		to   *[]byte
	}{{e.Weights, &files.Weights}, {e.Layers, &files.Layers}, {e.Labels, &files.Labels}} {
		raw, err := os.ReadFile(f.path)
		if err != nil {
			return out, fmt.Errorf("reading an earlier model: %w", err)
		}
		*f.to = raw
	}
	m, err := devices.ReadEarlier(files, e.Reading)
	if err != nil {
		return out, err
	}
	if e.Score != "" {
		t.Message("naming the session's windows")
		const stepS = 1
		score, err := devices.ScoreOn(ctx, s, m, e.Score, stepS)
		if err != nil {
			return out, err
		}
		out.Score = &score
		t.Message("trying other readings")
		if out.Rivals, err = devices.Rivals(ctx, s, files, e.Reading, score, stepS); err != nil {
			return out, err
		}
	}
	if !e.Store {
		return out, nil
	}
	if e.Name == "" {
		e.Name = devices.EarlierName(e.Weights)
	}
	if out.Imported, err = devices.ImportEarlier(ctx, s, m, e.Reading, out.Score, e.Name, w.options.Now()); err == nil {
		w.Signals.Models.Emit(struct{}{})
	}
	return out, err
}
