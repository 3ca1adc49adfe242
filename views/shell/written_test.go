package shell

import (
	"strings"
	"testing"
)

// What a written file could not hold is said beside its path, or in a window where
// that is too long for the status line.
func TestWhatAFileCouldNotHoldIsSaid(t *testing.T) {
	s := newStand(t, Flags{})
	s.sayWritten("a.eaf", []string{"times are rounded to whole milliseconds"})
	if s.dialogs.top() != nil || !strings.Contains(s.status.middle.Text(), "a.eaf; times are rounded") {
		t.Errorf("the status line says %q", s.status.middle.Text())
	}
	s.sayWritten("a.txt", []string{strings.Repeat("rater (20), ", 12)})
	if s.dialogs.top() == nil {
		t.Error("no window shows what the file could not hold")
	}
}
