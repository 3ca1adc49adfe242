package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"onset/dataset"
	"onset/dataset/codec"
	"onset/dataset/privacy"
	"onset/labeling"
)

// OpenKeys opens a key file, or begins one, for codec.Options.Keys, so that an
// import knows people again by name. It takes about a second, by design of the
// passphrase's protection: call it off the interface's goroutine.
// privacy.ErrPassphrase: the passphrase is wrong; dataset.ErrLocked: another
// program writes the key file.
func (w *Workbench) OpenKeys(path, passphrase string) (*privacy.Book, error) {
	return privacy.Sealer{}.OpenBook(path, passphrase)
}

// MakeKeys writes a key file that knows nobody yet; it must not exist.
func (w *Workbench) MakeKeys(path, passphrase string) error {
	return privacy.Sealer{}.Make(path, passphrase)
}

// ReopenKeys is OpenKeys for a key file from which somebody is to be removed: one
// that is not where it was, or can not be written, is an error.
func (w *Workbench) ReopenKeys(path, passphrase string) (*privacy.Book, error) {
	return privacy.Sealer{}.ReopenBook(path, passphrase)
}

// ClearExport looks through an export that was just written for every identifier
// of a key file; on a hit the export is removed again and the error is a
// *privacy.HitError.
func (w *Workbench) ClearExport(ctx context.Context, key, passphrase, out string) error {
	keys, err := privacy.Sealer{}.Load(key, passphrase)
	if err != nil {
		return errors.Join(fmt.Errorf("looking through the export: %w; it was removed", err), os.RemoveAll(out))
	}
	return privacy.Clear(ctx, keys, out)
}

// Import brings files and folders into the open study as a job. done gets the
// report, also of an import that ended early: sessions reported as imported are
// in the study whatever happened later. It is called on the job's goroutine
// just before the job ends. Exercises are named by the catalogue unless o says
// how else.
//
// Nobody gets a second study code unawares. o.Participant says whose all the
// sources are. Without it a mapping's code counts, then the key file's (o.Keys,
// from OpenKeys; the job takes it over and closes it). What is left is put to
// o.Ask, with the topic codec.TopicParticipant: once for each name that sources
// give (Question.Person, to be shown and never kept) and once for all sources
// that give none. The choices are the study's codes,
// codec.NewParticipant and, for the unnamed, codec.EachParticipant, after which
// each of them is asked about alone (codec.TopicParticipantOfSource). Without
// Ask, or when it answers with an error, those sources are refused with the
// question as the reason. Nothing is asked while the study has no people: then
// each name becomes a new code, and all unnamed sources share one, which the
// report says.
func (w *Workbench) Import(paths []string, o codec.Options, done func(codec.Report, error)) *Job {
	if o.Resolve == nil {
		o.Resolve = labeling.DefaultCatalogue().Resolve
	}
	closeKeys := func() error {
		if book, ok := o.Keys.(io.Closer); ok {
			return book.Close()
		}
		return nil
	}
	if !w.Current().Open {
		if err := closeKeys(); err != nil {
			w.log.Error("closing the key file", "err", err)
		}
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
		err = errors.Join(err, closeKeys())
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
