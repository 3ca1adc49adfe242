package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"onset/dataset"
)

// copiesKept is how many copies of a study are kept; the oldest goes first.
const copiesKept = 5

// Backup is a copy of the open study.
type Backup struct {
	Path string
	At   time.Time
	Size int64
	// Other says that somebody else than this program made it or named it so; it
	// is not removed by RemoveCopies.
	Other bool
}

// backupDir is where a study's copies lie: a folder beside it, so that they are
// found without the program and travel with the study.
func backupDir(study string) string {
	return dataset.BackupFolder(study)
}

// BackUpNow writes a copy of the open study beside it as a job, reads it back, and
// removes the oldest beyond those kept. done gets its path on the job's
// goroutine.
func (w *Workbench) BackUpNow(done func(path string, err error)) *Job {
	return w.job("Back up the study", func(ctx context.Context, t *Task, s *dataset.Study) error {
		t.Message("copying and reading back")
		path, err := s.BackupTo(ctx, backupDir(s.Path()), copiesKept)
		if done != nil {
			done(path, err)
		}
		return err
	})
}

// BackupList lists the copies of the open study, newest first.
func (w *Workbench) BackupList(context.Context) ([]Backup, error) {
	study := w.Current().Path
	if study == "" {
		return nil, ErrNoStudy
	}
	paths, err := dataset.Backups(backupDir(study), study)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing the copies: %w", err)
	}
	var out []Backup
	for _, p := range slices.Backward(paths) {
		info, err := os.Stat(p)
		if err != nil {
			continue
		}
		out = append(out, Backup{Path: p, At: stampOf(p, info.ModTime()), Size: info.Size()})
	}
	return out, nil
}

// CopiesWith lists the copies of the open study that hold a participant, also one
// who is no longer in it, newest first; and those that can not be read, which may.
func (w *Workbench) CopiesWith(ctx context.Context, id dataset.ParticipantID) ([]Backup, error) {
	study := w.Current().Path
	if study == "" {
		return nil, ErrNoStudy
	}
	paths, err := dataset.CopiesWith(ctx, study, id)
	if err != nil {
		return nil, err
	}
	others, err := dataset.SiblingsWith(ctx, study, id)
	if err != nil {
		return nil, err
	}
	var out []Backup
	for i, p := range append(paths, others...) {
		if info, err := os.Stat(p); err == nil {
			out = append(out, Backup{Path: p, At: stampOf(p, info.ModTime()), Size: info.Size(), Other: i >= len(paths)})
		}
	}
	slices.SortStableFunc(out, func(a, b Backup) int { return b.At.Compare(a.At) })
	return out, nil
}

// RemoveCopies deletes copies of the open study for good.
func (w *Workbench) RemoveCopies(ctx context.Context, paths []string) error {
	study := w.Current().Path
	if study == "" {
		return ErrNoStudy
	}
	return dataset.RemoveCopies(ctx, study, paths...)
}

// stampOf is the moment in a copy's name, else when it was written.
func stampOf(path string, written time.Time) time.Time {
	const layout = "20060102-150405"
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if len(name) > len(layout) {
		if at, err := time.Parse(layout, name[len(name)-len(layout):]); err == nil {
			return at
		}
	}
	return written
}

// RestoreCopy puts a copy in the place of the open study as a job and opens it. What
// was there is kept beside it; done gets its path. When the copy can not be
// restored the study is opened again as it was.
func (w *Workbench) RestoreCopy(backup string, done func(aside string, err error)) *Job {
	study := w.Current().Path
	return w.jobs.Start(context.Background(), "Restore a copy", func(ctx context.Context, t *Task) error {
		aside, err := w.restoreCopy(ctx, t, study, backup)
		if done != nil {
			done(aside, err)
		}
		return err
	})
}

func (w *Workbench) restoreCopy(ctx context.Context, t *Task, study, backup string) (aside string, err error) {
	if study == "" {
		return "", ErrNoStudy
	}
	t.Message("checking the copy")
	if err := w.CloseStudy(); err != nil {
		return "", err
	}
	aside, err = dataset.Restore(ctx, backup, study, w.studyOptions(false))
	return aside, errors.Join(err, w.Open(context.WithoutCancel(ctx), study, false))
}
