package shell

import (
	"context"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"onset/app"
	"onset/dataset"
)

func TestBackUpAndRestoreFromTheMenu(t *testing.T) {
	s := newStand(t, Flags{})
	s.create("sheet")
	s.chooseBackup()
	s.until("it says that there is no copy", func() bool { return s.dialogs.top() != nil })
	if !strings.Contains(s.dialogs.top().Text, "no copy") {
		t.Fatalf("it says %q", s.dialogs.top().Text)
	}
	s.press("Back up now")
	s.until("it is copied", func() bool { return strings.Contains(s.status.middle.Text(), "Copied") })
	if err := s.bench.PutParticipant(context.Background(), dataset.Participant{ID: "P01"}); err != nil {
		t.Fatal(err)
	}
	s.chooseBackup()
	s.until("the copies are listed", func() bool { return s.dialogs.top() != nil })
	s.dialogs.key(fyne.KeyReturn)
	s.until("it is restored", func() bool { return strings.Contains(s.status.middle.Text(), "Restored") })
	people, err := s.bench.Participants(context.Background())
	if err != nil || len(people) != 0 {
		t.Errorf("after restoring there are %d people, %v", len(people), err)
	}
}

func TestCheckSaysWhetherTheStudyIsWhole(t *testing.T) {
	s := newStand(t, Flags{})
	s.create("whole")
	s.checkStudy()
	s.until("it is checked", func() bool { return strings.Contains(s.status.middle.Text(), "whole") })
	s.checked([]dataset.Problem{{What: "its checksum is wrong", Where: "P01, session 2, left wrist accelerometer x"}})
	text := s.dialogs.top().Text
	for _, want := range []string{"1 problem", "Damaged P01, session 2, left wrist accelerometer x: its checksum", "1 of these cannot be rebuilt: Restore from a copy"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q but %q", want, text)
		}
	}
	if list, ok := s.window.Canvas().Focused().(*choiceList); !ok || len(list.rows) != 1 {
		t.Error("what to do is a line of the list, which is cut")
	}
	if strings.Contains(text, "--repair") || !slices.Contains(s.dialogs.top().Actions, "Restore from a copy") {
		t.Errorf("it says %q and offers %v", text, s.dialogs.top().Actions)
	}
	s.checked([]dataset.Problem{{What: "it is odd", Where: "P01, session 2", Repairable: true}})
	if text := s.dialogs.top().Text; !strings.Contains(text, "1 of these can be rebuilt") || slices.Contains(s.dialogs.top().Actions, "Restore from a copy") {
		t.Errorf("it says %q", text)
	}
}

func TestASynchronisedFolderIsWarnedOfUntilItIsRead(t *testing.T) {
	s := newStand(t, Flags{})
	st := app.StudyState{Open: true, Path: "/home/a/Dropbox/s.onset", SyncedBy: "Dropbox"}
	s.banner.set(st)
	if !s.banner.object.Visible() || !strings.Contains(s.banner.text.Text(), "Dropbox") {
		t.Fatal("not warned of")
	}
	s.banner.hidden[st.Path] = true
	s.banner.set(st)
	if s.banner.object.Visible() {
		t.Error("warned of again")
	}
	s.banner.set(app.StudyState{Open: true, Path: "/home/a/s.onset"})
	if s.banner.object.Visible() {
		t.Error("warned of for nothing")
	}
}
