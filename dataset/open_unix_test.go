//go:build !windows

package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func copyFile(from, to string, mode fs.FileMode) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer closing(in, &err)
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	defer closing(out, &err)
	_, err = io.Copy(out, in)
	return err
}

// openDir is a folder that every user may enter.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "onset-place")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error { return os.Chmod(p, 0o755) })
		_ = os.RemoveAll(dir)
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A read-only place is tried as an ordinary user: for root nothing is
// read-only.
func TestReadOnlyPlaceIsReadAndNothingIsLeftInIt(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	if _, err := importWave(ctx, s, "P01", 30_000); err != nil {
		t.Fatal(err)
	}
	place := openDir(t)
	// As a crash leaves it: the newest work is in the log.
	if err := os.Mkdir(filepath.Join(place, "crashed"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} {
		if err := copyFile(s.Path()+suffix, filepath.Join(place, "crashed", "study.onset"+suffix), 0o444); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(place, "closed"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := copyFile(s.Path(), filepath.Join(place, "closed", "study.onset"), 0o444); err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(place, "program")
	if err := copyFile(program, own, 0o755); err != nil {
		t.Fatal(err)
	}
	// The folder can be written, the study in it can not.
	if err := os.Mkdir(filepath.Join(place, "kept"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := copyFile(s.Path(), filepath.Join(place, "kept", "study.onset"), 0o444); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]fs.FileMode{"closed": 0o555, "crashed": 0o555, "kept": 0o777} {
		dir := filepath.Join(place, name)
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		before := files(t, dir)
		cmd := child(t, "read-only", filepath.Join(dir, "study.onset"))
		cmd.Path = own
		if os.Geteuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		if err := cmd.Run(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// SQLite leaves its empty log where it may write beside the study only.
		if after := files(t, dir); name != "kept" && strings.Join(after, " ") != strings.Join(before, " ") || slices.Contains(after, "study.onset.lock") {
			t.Errorf("%s: %v became %v", name, before, after)
		}
	}
}

func useReadOnlyPlace(ctx context.Context, path string) error {
	if s, err := Open(ctx, path, Options{}); !errors.Is(err, ErrReadOnly) {
		return fmt.Errorf("opening for writing: %v, %w", s, err)
	}
	if filepath.Base(filepath.Dir(path)) == "kept" {
		// The folder takes new studies.
	} else if s, err := Create(ctx, filepath.Join(filepath.Dir(path), "new.onset"), Options{}); !errors.Is(err, ErrReadOnly) {
		return fmt.Errorf("creating: %v, %w", s, err)
	}
	s, err := Open(ctx, path, Options{ReadOnly: true})
	if err != nil {
		return err
	}
	list, err := s.Sessions(ctx)
	if err != nil {
		return err
	}
	if len(list) != 1 || list[0].Labels != 1 {
		return fmt.Errorf("sessions %+v", list)
	}
	v, err := s.Session(ctx, list[0].ID)
	if err != nil {
		return err
	}
	buf := make([]float64, 30_000)
	if n, err := s.ReadSamples(ctx, v.Recordings[0].Channels[0].ID, 0, buf); err != nil || n != len(buf) {
		return fmt.Errorf("read %d samples: %w", n, err)
	}
	problems, err := s.Check(ctx, nil)
	if err != nil || len(problems) > 0 {
		return fmt.Errorf("check: %v, %w", problems, err)
	}
	return s.Close()
}
