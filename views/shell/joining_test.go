package shell

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"onset/app"
	"onset/dataset"
)

func visit(n int, placement string) dataset.SessionSummary {
	return dataset.SessionSummary{ID: dataset.SessionID(rune('a' + n)), Participant: "P01", Number: n, Duration: 600, Sensors: []string{placement + "/accelerometer"}}
}

func candidate(n int, overlap float64, dated bool) app.Candidate {
	return app.Candidate{SessionSummary: visit(n, "left-thigh"), Joining: dataset.Joining{Recordings: make([]dataset.RecordingID, 1), Labels: 2, OverlapS: overlap, Dated: dated}}
}

func TestJoiningSaysWhatItDoesAndTicksWhatLiesAtTheSameTime(t *testing.T) {
	s := newStand(t, Flags{})
	s.create("join")
	list := []app.Candidate{candidate(2, -3600, true), candidate(3, 590, true), candidate(4, 0, false)}
	s.showJoin(visit(1, "left-wrist"), list, nil)
	top := s.dialogs.top()
	if inside := top.inside(); inside["candidates"] != 3 || inside["chosen"] != 1 || !strings.Contains(inside["says"].(string), "1 recording and 2 labels move into session 1") {
		t.Errorf("it says %+v", top.inside())
	}
	first := s.window.Canvas().Focused().(*joinCheck)
	if !first.Checked || !strings.Contains(first.Text, "Session 3") {
		t.Errorf("first stands %q, ticked %v", first.Text, first.Checked)
	}
	first.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	second := s.window.Canvas().Focused().(*joinCheck)
	second.SetChecked(true)
	if says := top.inside()["says"].(string); second == first || !strings.Contains(says, "⚠") {
		t.Errorf("with one that has no start it says %q", says)
	}
	first.SetChecked(false)
	second.SetChecked(false)
	s.dialogs.key(fyne.KeyReturn)
	if s.dialogs.top() != top {
		t.Error("it joins nothing at all")
	}
	second.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if s.dialogs.top() != nil {
		t.Error("Escape does not leave")
	}
}

func TestSessionsChosenInTheLibraryAreTicked(t *testing.T) {
	s := newStand(t, Flags{})
	s.create("join")
	list := []app.Candidate{candidate(2, 500, true), candidate(3, -60, true), candidate(4, -90, true)}
	s.showJoin(visit(1, "left-wrist"), list, []dataset.SessionID{list[1].ID, list[2].ID})
	if inside := s.dialogs.top().inside(); inside["chosen"] != 2 || !strings.Contains(inside["says"].(string), "not recorded at the same time") {
		t.Errorf("it says %+v", inside)
	}
}

func TestAPersonsOnlySessionSaysWhatIsMissing(t *testing.T) {
	s := newStand(t, Flags{})
	s.create("join")
	s.showJoin(visit(1, "left-wrist"), nil, nil)
	if text := s.dialogText(); !strings.Contains(text, "P01 has only this session") || len(s.dialogs.top().Actions) != 1 {
		t.Errorf("it says %q", text)
	}
}

func TestWhatAJoinBroughtIsOfferedFirstToBeTakenOut(t *testing.T) {
	s := newStand(t, Flags{})
	s.create("split")
	s.showTakeOut(dataset.Session{ID: "a", Recordings: []dataset.Recording{
		{ID: "r", Placement: "left-wrist", Device: "watch", Samples: 10}, {ID: "q", Placement: "left-thigh", Device: "belt", Samples: 20}}})
	list := s.window.Canvas().Focused().(*choiceList)
	if len(list.rows) != 2 || !strings.Contains(list.rows[0].head, "Left thigh") || !strings.Contains(list.rows[0].text, "belt, 20 samples") {
		t.Errorf("offers %+v", list.rows)
	}
	s.dialogs.key(fyne.KeyEscape)
	if s.dialogs.top() != nil {
		t.Error("Escape does not leave")
	}
}

// A join that the study refuses is told, and Join takes the session with a start as
// the one that stays.
func TestARefusedJoinIsTold(t *testing.T) {
	s := newStand(t, Flags{})
	s.create("join")
	other := candidate(2, 0, false)
	other.Start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s.join(visit(1, "left-wrist"), []app.Candidate{other}) // of neither the study holds anything
	s.until("it is told", func() bool { return s.dialogs.top() != nil })
	if s.dialogs.top().Title != "That did not work" {
		t.Errorf("it says %q", s.dialogText())
	}
}

func TestNothingIsJoinedInAStudyWithoutPermission(t *testing.T) {
	s := newStand(t, Flags{})
	path := s.create("locked")
	s.closeStudy()
	s.until("it is closed", func() bool { return !s.bench.Current().Open })
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	// The file's owner may be one whom no permission stops, as in a container.
	if err := s.bench.Open(context.Background(), path, true); err != nil && !errors.Is(err, dataset.ErrLocked) {
		t.Fatal(err)
	}
	s.until("it is open", func() bool { return s.summary.Open && s.summary.ReadOnly })
	for name, try := range map[string]func(){
		"join": func() { s.joinSessions(visit(1, "left-wrist"), nil) }, "take out": func() { s.takeOut(visit(1, "left-wrist")) },
		"import files": s.importFiles, "import a folder": s.importFolder, "import a table": s.importTable,
	} {
		s.status.say("", false)
		try()
		if s.dialogs.top() != nil || !strings.Contains(s.status.middle.Text(), "read-only") {
			t.Errorf("%s: the status says %q, a dialog %q", name, s.status.middle.Text(), s.dialogText())
		}
	}
	if commands := s.everyCommand(); slices.ContainsFunc(commands, func(c Command) bool { return c.ID == "file.import" && c.enabled() }) {
		t.Error("import is offered")
	}
}
