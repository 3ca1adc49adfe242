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
	rows := s.window.Canvas().Focused().(*filterEntry).picking.people
	if len(rows) != 2 || !strings.Contains(rows[0].row.text, "no session yet") {
		t.Errorf("the rows tell %+v", rows)
	}
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
	rows = s.window.Canvas().Focused().(*filterEntry).picking.people
	if !strings.Contains(rows[0].row.text, "Erika M. Mustermann, 1 session, the last of 2021-06-17") {
		t.Errorf("after a session: %+v", rows[0])
	}
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

// The key file belongs to its study: it is said that it went with it, the badge
// goes, and exports say that they were not looked through.
func TestTheKeyFileIsClosedWithItsStudyAloud(t *testing.T) {
	s, _, _ := keyed(t)
	s.setKeys(s.keys)
	if s.top.keys.Hidden || s.top.keys.text.Text() != "Key: names.key" {
		t.Errorf("the badge: hidden %v, %q", s.top.keys.Hidden, s.top.keys.text.Text())
	}
	s.top.keys.over(true)
	if said := s.status.middle.Text(); !strings.Contains(said, "looked through for names") {
		t.Errorf("over the badge: %q", said)
	}
	s.top.keys.over(false)
	s.top.keys.Tapped(nil)
	if top := s.dialogs.top(); top == nil || top.Title != "Key file" {
		t.Fatalf("the badge opens %+v", top)
	}
	s.press("Keep it open")
	s.sayWritten("/d/x.csv", nil)
	if said := s.status.middle.Text(); strings.Contains(said, "not looked through") {
		t.Errorf("with a key file: %q", said)
	}
	s.create("Other")
	s.until("it is told", func() bool { return s.status.middle.Text() == "Key file names.key was closed with Keys" })
	s.until("the other is open", func() bool { return s.bench.Current().Name == "Other" && s.studyName == "Other" })
	if said := s.status.middle.Text(); said != "Key file names.key was closed with Keys" || !s.top.keys.Hidden {
		t.Errorf("said %q, badge hidden %v", said, s.top.keys.Hidden)
	}
	if s.keys.unscanned() == "" {
		t.Error("an export passes for looked through")
	}
}
