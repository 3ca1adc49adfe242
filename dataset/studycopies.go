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

// Copies lists the copies of a study that this program made, where it makes them:
// backups beside it, in BackupFolder and where the study remembers that they went,
// and what restoring put aside.
func Copies(ctx context.Context, study string) ([]string, error) {
	study, err := canonical(study)
	if err != nil {
		return nil, err
	}
	aside, err := filepath.Glob(globQuoted(study) + ".before-*")
	if err != nil {
		return nil, err
	}
	out := slices.DeleteFunc(aside, func(path string) bool { return strings.HasSuffix(path, "-wal") || strings.HasSuffix(path, "-shm") })
	for _, dir := range backupPlaces(ctx, study) {
		list, err := Backups(dir, study)
		if err != nil && !errors.Is(err, os.ErrNotExist) && dir == filepath.Dir(study) {
			return nil, err
		}
		out = append(out, list...) // a folder of a disk that is not here now holds none
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
	list, err := Copies(ctx, study)
	if err != nil {
		return nil, fmt.Errorf("looking for copies of the study: %w", err)
	}
	return holding(ctx, list, id)
}

// SiblingsWith is CopiesWith for Siblings. RemoveCopies does not take them: who
// made them may be working with them.
func SiblingsWith(ctx context.Context, study string, id ParticipantID) ([]string, error) {
	list, err := Siblings(ctx, study)
	if err != nil {
		return nil, fmt.Errorf("looking for other copies of the study: %w", err)
	}
	return holding(ctx, list, id)
}

// holding are the files that hold a participant or can not be read.
func holding(ctx context.Context, list []string, id ParticipantID) ([]string, error) {
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
func RemoveCopies(ctx context.Context, study string, paths ...string) error {
	list, err := Copies(ctx, study)
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
