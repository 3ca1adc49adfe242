package app

import (
	"context"
	"path/filepath"
	"testing"
	"time"
)

func TestAStudyThatChangesIsCopiedWhileItIsOpen(t *testing.T) {
	w, _ := newWorkbench(t)
	ctx := context.Background()
	if err := w.Create(ctx, filepath.Join(t.TempDir(), "s.onset"), "S"); err != nil {
		t.Fatal(err)
	}
	ticks, ended := make(chan time.Time), make(chan struct{})
	go func() { defer close(ended); w.KeepCopies(ctx, ticks) }()
	copies := func(want int, when string) {
		t.Helper()
		got, err := w.BackupList(ctx)
		if err != nil || len(got) != want {
			t.Errorf("%s: %d copies, %v", when, len(got), err)
		}
	}
	ticks <- time.Time{}
	ticks <- time.Time{} // taken when the first has been acted on
	copies(0, "nothing changed")
	addSession(t, w, 100)
	ticks <- time.Time{}
	ticks <- time.Time{}
	close(ticks)
	<-ended
	copies(1, "one session more, two ticks")
}
