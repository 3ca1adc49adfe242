package dataset

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// BackupFolder is where copies of a study go unless somebody chooses otherwise:
// a folder beside it.
func BackupFolder(study string) string {
	return strings.TrimSuffix(study, filepath.Ext(study)) + " backups"
}

// Copies lists the copies of a study that this program made where it makes
// them: backups beside it and in BackupFolder, and what restoring put aside.
func Copies(study string) ([]string, error) {
	study, err := canonical(study)
	if err != nil {
		return nil, err
	}
	aside, err := filepath.Glob(globQuoted(study) + ".before-*")
	if err != nil {
		return nil, err
	}
	out := slices.DeleteFunc(aside, func(path string) bool { return strings.HasSuffix(path, "-wal") || strings.HasSuffix(path, "-shm") })
	for _, dir := range []string{filepath.Dir(study), BackupFolder(study)} {
		list, err := Backups(dir, study)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		out = append(out, list...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func globQuoted(path string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// CopiesWith lists the copies of a study that hold a participant, and those
// that can not be read, who may. A withdrawal does not reach them: delete them
// or withdraw there, too.
func CopiesWith(ctx context.Context, study string, id ParticipantID) ([]string, error) {
	list, err := Copies(study)
	if err != nil {
		return nil, fmt.Errorf("looking for copies of the study: %w", err)
	}
	var out []string
	for _, path := range list {
		holds, err := holdsParticipant(ctx, path, id)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if holds || err != nil {
			out = append(out, path)
		}
	}
	return out, nil
}

// RemoveCopies deletes copies of a study, with what lies beside them. A path that
// Copies does not list is ErrBadRequest and nothing is deleted.
func RemoveCopies(study string, paths ...string) error {
	list, err := Copies(study)
	if err != nil {
		return fmt.Errorf("looking for copies of the study: %w", err)
	}
	for _, path := range paths {
		if !slices.Contains(list, path) {
			return fmt.Errorf("%s is no copy of the study: %w", path, ErrBadRequest)
		}
	}
	var errs []error
	for _, path := range paths {
		errs = append(errs, os.Remove(path))
		for _, beside := range []string{path + "-wal", path + "-shm"} {
			if err := os.Remove(beside); !errors.Is(err, os.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

func holdsParticipant(ctx context.Context, path string, id ParticipantID) (holds bool, err error) {
	s, err := Open(ctx, path, Options{ReadOnly: true})
	if err != nil {
		return false, err
	}
	defer closing(s, &err)
	people, err := s.Participants(ctx)
	return slices.ContainsFunc(people, func(p Participant) bool { return p.ID == id }), err
}
