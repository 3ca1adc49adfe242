package shell

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"onset/dataset/codec"
)

// table writes a small recording that names no person, with values of its own.
func table(t *testing.T, name string, slope float64) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("loggingTime(txt),accelerometerAccelerationX(G),accelerometerAccelerationY(G),accelerometerAccelerationZ(G)\n")
	for i := range 200 {
		fmt.Fprintf(&text, "2021-06-17T10:00:%02d.%02d0+02:00,%.4f,%.4f,1\n", i/50, i%50*2, float64(i%17)*slope, float64(i%23)*slope)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A second import with an open key file waits for the first, which holds it, and
// nothing of it is lost.
func TestASecondImportWaitsForTheOneThatHoldsTheKeyFile(t *testing.T) {
	s, path, pass := keyed(t)
	s.importPaths([]string{table(t, "first.csv", .01)})
	s.until("whose the first is is asked", func() bool { return s.dialogs.top() != nil })
	s.importPaths([]string{table(t, "second.csv", .02)})
	if said := s.status.middle.Text(); !strings.Contains(said, "second.csv begins when it has ended") {
		t.Errorf("said %q", said)
	}
	if err := s.imports.book.Record("P01", "Erika M. Mustermann", nil); err != nil {
		t.Fatal(err)
	}
	if err := s.imports.book.Record("P02", "Jan Novak", nil); err != nil {
		t.Fatal(err)
	}
	if said := s.keyStatus(); !strings.Contains(said, "2 people by name") {
		t.Errorf("during the import it says %q", said)
	}
	answer := func() {
		entry := s.window.Canvas().Focused().(*filterEntry)
		entry.SetText("P01")
		entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	}
	answer()
	s.until("whose the second is is asked", func() bool {
		top := s.dialogs.top()
		if top != nil && top.Title != "Whose recording is this?" {
			s.dialogs.key(fyne.KeyReturn)
		}
		return top != nil && top.Title == "Whose recording is this?" && strings.Contains(strings.Join(s.waitingSources(), " "), "second.csv")
	})
	if s.addName(); s.dialogs.top().Title == "Whose recording is this?" || !strings.Contains(s.dialogs.top().Text, "writing to the key file") {
		t.Errorf("adding a name meanwhile: %q", s.dialogs.top().Text)
	}
	s.dialogs.key(fyne.KeyReturn)
	answer()
	s.until("both are in", func() bool { return !s.imports.busy })
	list, err := s.bench.Sessions(t.Context())
	if err != nil || len(list) != 2 || s.keys.people != 2 || len(s.codesOf(path, pass)) != 2 {
		t.Errorf("%d sessions, %v, %d people", len(list), err, s.keys.people)
	}
}

func (s *stand) waitingSources() (out []string) {
	for _, j := range s.bench.Jobs().List() {
		if j.Running() {
			out = append(out, j.Name)
		}
	}
	return out
}

// What waited for a study that was closed is told, and does not go into the next.
func TestAWaitingImportDoesNotGoIntoAnotherStudy(t *testing.T) {
	s, _, _ := keyed(t)
	s.imports.busy = true
	s.importWith([]string{"/d/anna.csv"}, codec.Options{}, nil)
	s.create("Other")
	s.until("it is told", func() bool { return s.dialogs.top() != nil })
	if top := s.dialogs.top(); top == nil || !strings.Contains(top.Text, "did not begin") || !strings.Contains(top.Text, "anna.csv") || len(s.imports.waiting) > 0 {
		t.Errorf("said %+v", top)
	}
}
