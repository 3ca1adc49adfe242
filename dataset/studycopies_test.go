package dataset

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"testing"
)

func TestCopiesThatAWithdrawalDoesNotReachAreNamed(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	if _, err := importWave(ctx, s, "P01", 500); err != nil {
		t.Fatal(err)
	}
	early, err := s.BackupTo(ctx, BackupFolder(s.Path()), 5)
	if err != nil {
		t.Fatal(err)
	}
	if list, err := CopiesWith(ctx, s.Path(), "P02"); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := s.Withdraw(ctx, "P01"); err != nil {
		t.Fatal(err)
	}
	if list, err := CopiesWith(ctx, s.Path(), "P01"); err != nil || !slices.Equal(list, []string{early}) {
		t.Errorf("%v, %v; want %s", list, err, early)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	aside, err := Restore(ctx, early, s.Path(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := Copies(ctx, s.Path()); err != nil || !slices.Equal(list, []string{early, aside}) && !slices.Equal(list, []string{aside, early}) {
		t.Errorf("%v, %v", list, err)
	}
	if err := RemoveCopies(ctx, s.Path(), early, s.Path()); !errors.Is(err, ErrBadRequest) {
		t.Errorf("the study itself was taken for a copy: %v", err)
	}
	if err := RemoveCopies(ctx, s.Path(), early, aside); err != nil {
		t.Fatal(err)
	}
	if list, err := Copies(ctx, s.Path()); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}

func TestCopiesElsewhereAndUnderOtherNamesAreNamed(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	if _, err := importWave(ctx, s, "P01", 500); err != nil {
		t.Fatal(err)
	}
	away := filepath.Join(t.TempDir(), "bk")
	if err := RememberBackups(ctx, s.Path(), away); err != nil {
		t.Fatal(err)
	}
	far, err := s.BackupTo(ctx, away, 5)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(filepath.Dir(s.Path()), "as it was in May.onset")
	if err := s.Backup(ctx, other); err != nil {
		t.Fatal(err)
	}
	stranger, err := Create(ctx, filepath.Join(filepath.Dir(s.Path()), "another.onset"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := stranger.Close(); err != nil {
		t.Fatal(err)
	}
	if list, err := CopiesWith(ctx, s.Path(), "P01"); err != nil || !slices.Equal(list, []string{far}) {
		t.Errorf("copies: %v, %v; want %s", list, err, far)
	}
	if list, err := SiblingsWith(ctx, s.Path(), "P01"); err != nil || !slices.Equal(list, []string{other}) {
		t.Errorf("other copies: %v, %v; want %s", list, err, other)
	}
	if err := RemoveCopies(ctx, s.Path(), other); !errors.Is(err, ErrBadRequest) {
		t.Errorf("somebody's own copy would be deleted: %v", err)
	}
	if err := RemoveCopies(ctx, s.Path(), far); err != nil {
		t.Error(err)
	}
	if problems, err := s.Check(ctx, nil); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	settings, err := s.Settings(ctx)
	if text, merr := json.Marshal(settings); err != nil || merr != nil || bytes.Contains(text, []byte("bk")) {
		t.Errorf("the settings, which exports read, hold %s, %v", text, err)
	}
}
