package shell

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"onset/app"
	"onset/dataset"
	"onset/labeling/interchange"
	"onset/views/library"
)

func (s *stand) chooseSession() dataset.SessionID {
	s.t.Helper()
	var id dataset.SessionID
	s.openPath(studyOfOneSession(s.t))
	s.until("the library has the session", func() bool {
		l, ok := s.front().(*library.Library)
		if !ok {
			return false
		}
		v, chosen := l.Chosen()
		id = v.ID
		return chosen
	})
	return id
}

// A label file that is typed or dropped goes into the chosen session: the set is
// asked for, what came of it is told, it is one change, and undo takes it back.
func TestLabelsAreImportedInTheWindow(t *testing.T) {
	s := newStand(t, Flags{})
	id := s.chooseSession()
	if err := s.bench.SetPreferences(app.Preferences{Rater: "AA"}); err != nil {
		t.Fatal(err)
	}
	elan, _ := interchange.ByName("elan")
	d := interchange.Document{Spans: []interchange.Span{
		{StartS: 1, EndS: 3, Label: "squat", Kind: dataset.KindExercise, Rater: "MK", Confidence: 1},
		{StartS: 5, EndS: 6, Label: "squat", Kind: dataset.KindExercise, Rater: "MK", Confidence: 1}}}
	path := filepath.Join(t.TempDir(), "MK.eaf")
	if _, err := interchange.WriteFile(path, elan, d); err != nil {
		t.Fatal(err)
	}
	before, _ := s.bench.Counts(t.Context())
	ask := func() {
		t.Helper()
		s.pathCommands(path)[0].Run()
		s.until("the set is asked for", func() bool { return s.dialogs.top() != nil })
		if text := s.dialogText(); !strings.Contains(text, "MK.eaf (ELAN annotation) for P01, session 1: squat (2)") {
			t.Fatalf("asks %s", text)
		}
		asked := s.dialogs.top()
		s.dialogs.key(fyne.KeyReturn)
		s.until("the outcome is told", func() bool { return s.dialogs.top() != nil && s.dialogs.top() != asked })
	}
	ask()
	labels, err := s.bench.Labels(t.Context(), id)
	after, _ := s.bench.Counts(t.Context())
	if err != nil || len(labels) != 2 || labels[0].Set != "MK" || labels[0].Start != 50 || labels[0].End != 150 || after.LedgerEntries != before.LedgerEntries+1 {
		t.Fatalf("%+v, %v, %d ledger entries", labels, err, after.LedgerEntries-before.LedgerEntries)
	}
	if text := s.dialogText(); !strings.Contains(text, "squat: 2 label") {
		t.Errorf("tells %s", text)
	}
	s.dialogs.key(fyne.KeyEscape)
	ask() // the same file again
	if text := s.dialogText(); !strings.Contains(text, "2 labels were left out") {
		t.Errorf("twice: %s", text)
	}
	s.dialogs.key(fyne.KeyEscape)
	if _, err := s.bench.Undo(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if labels, _ := s.bench.Labels(t.Context(), id); len(labels) != 0 {
		t.Errorf("undo leaves %d labels", len(labels))
	}
}

// Labels outside the session are refused whole, by name; a text that may be
// either is asked about.
func TestLabelsAreRefusedWholeAndDoubtIsAskedAbout(t *testing.T) {
	s := newStand(t, Flags{})
	id := s.chooseSession()
	path := filepath.Join(t.TempDir(), "track.txt")
	if err := os.WriteFile(path, []byte("1.0\t2.0\tsquat\n8.0\t99.0\tsquat\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.pathCommands(path)[0].Run()
	s.until("it is asked", func() bool { return s.dialogs.top() != nil })
	if text := s.dialogText(); !strings.Contains(text, "Recording or labels?") {
		t.Fatalf("says %s", text)
	}
	asked := s.dialogs.top()
	s.dialogs.key(fyne.KeyReturn)
	s.until("it is refused", func() bool { return s.dialogs.top() != nil && s.dialogs.top() != asked })
	if text := s.dialogText(); !strings.Contains(text, "line 2 (squat, 8.000 to 99.000 s) lies outside") || !strings.Contains(text, "no label was taken in") {
		t.Errorf("says %s", text)
	}
	if labels, _ := s.bench.Labels(t.Context(), id); len(labels) != 0 {
		t.Errorf("%d labels were taken in", len(labels))
	}
}
