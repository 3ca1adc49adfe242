package dataset

import (
	"errors"
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
	if list, err := Copies(s.Path()); err != nil || !slices.Equal(list, []string{early, aside}) && !slices.Equal(list, []string{aside, early}) {
		t.Errorf("%v, %v", list, err)
	}
	if err := RemoveCopies(s.Path(), early, s.Path()); !errors.Is(err, ErrBadRequest) {
		t.Errorf("the study itself was taken for a copy: %v", err)
	}
	if err := RemoveCopies(s.Path(), early, aside); err != nil {
		t.Fatal(err)
	}
	if list, err := Copies(s.Path()); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}
