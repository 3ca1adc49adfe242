package shell

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"onset/dataset"
	"onset/training"
	"onset/views/room"
)

// listener is a room that would take keys.
type listener struct {
	room.Room
	got []rune
}

func (l *listener) TypedKey(e *fyne.KeyEvent) { l.got = append(l.got, []rune(string(e.Name))...) }
func (l *listener) TypedRune(r rune)          { l.got = append(l.got, r) }

func TestKeysUnderThePaletteDoNotReachTheRoom(t *testing.T) {
	s := newStand(t, Flags{})
	s.create("Palette")
	behind := &listener{Room: s.places[s.current].room}
	s.places[s.current].room = behind
	s.openPalette()
	s.window.Canvas().Unfocus() // as a room does that is still being shown
	for _, r := range "go train" {
		s.typedRune(r)
	}
	if s.palette.entry.Text != "go train" || s.window.Canvas().Focused() != s.palette.entry {
		t.Errorf("the palette has %q", s.palette.entry.Text)
	}
	s.window.Canvas().Unfocus()
	s.typedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if s.palette.visible() {
		t.Error("Escape does not reach the palette")
	}
	if len(behind.got) > 0 {
		t.Errorf("the room got %q", string(behind.got))
	}
	// A dialog of the room's own is closed by the keys that the room gets.
	own := widget.NewModalPopUp(widget.NewLabel("tracks"), s.window.Canvas())
	own.Show()
	s.typedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if string(behind.got) != string(fyne.KeyEscape) {
		t.Errorf("under its own dialog the room got %q", string(behind.got))
	}
}

func TestPaletteRunsWhatIsTyped(t *testing.T) {
	s := newStand(t, Flags{})
	s.create("Palette")
	s.openPalette()
	if !s.palette.visible() {
		t.Fatal("the palette does not open")
	}
	for _, r := range "go train" {
		s.palette.entry.TypedRune(r)
	}
	if len(s.palette.found) == 0 || s.palette.found[0].ID != "view.train" {
		t.Fatalf("finds %v", s.palette.found)
	}
	s.palette.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if s.palette.visible() || s.places[s.current].id != "train" {
		t.Errorf("after Enter: visible %v, room %d", s.palette.visible(), s.current)
	}
	s.openPalette()
	s.palette.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if s.palette.visible() {
		t.Error("Escape does not close it")
	}
	s.openPalette()
	s.palette.entry.SetText("/tmp/some/folder")
	if s.palette.found[0].Title != "Import /tmp/some/folder" {
		t.Errorf("a path offers %q", s.palette.found[0].Title)
	}
}

func TestAcceleratorsDoNotReachPastADialog(t *testing.T) {
	s := newStand(t, Flags{})
	s.create("Modal")
	s.showAbout()
	s.closeStudy()
	s.newStudy()
	if len(s.dialogs.open) != 1 || !s.bench.Current().Open {
		t.Error("an accelerator acted behind a dialog")
	}
}

func TestEnterAndEscapeAnswerADialog(t *testing.T) {
	s := newStand(t, Flags{})
	deleted := 0
	ask := func() { s.confirm("Delete?", "It is gone then.", "Delete", func() { deleted++ }) }
	ask()
	s.typedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	ask()
	s.typedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if deleted != 0 || s.dialogs.top() != nil {
		t.Errorf("Escape and Enter on a warning deleted %d times", deleted)
	}
	got := ""
	s.ask("Rater", "Initials", "MK", func(text string) { got = text })
	e, ok := s.window.Canvas().Focused().(*dialogEntry)
	if !ok {
		t.Fatal("the field does not have the focus")
	}
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if got != "" || s.dialogs.top() != nil {
		t.Errorf("Escape saved %q", got)
	}
	s.ask("Rater", "Initials", "MK", func(text string) { got = text })
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if got != "MK" || s.dialogs.top() != nil {
		t.Errorf("Enter saved %q", got)
	}
}

func TestFilePickersOpenAndClose(t *testing.T) {
	s := newStand(t, Flags{})
	s.openStudy()
	if s.dialogs.top() == nil || !s.busy() {
		t.Fatal("no dialog to choose a study")
	}
	s.typedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if s.dialogs.top() != nil {
		t.Error("Escape does not close it")
	}
	s.pickFolder("Folder", func(string) {})
	s.typedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if s.dialogs.top() != nil {
		t.Error("Escape does not close the folder dialog")
	}
}

func TestNewStudyAddsItsEndingAndNeverTouchesAFile(t *testing.T) {
	s := newStand(t, Flags{})
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken.onset")
	if err := os.WriteFile(taken, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, name := range []string{"pilot", "pilot.onset", filepath.Join(dir, "else"), "  "} {
		a := &saveAs{shell: s.Shell, folder: dir, ending: ".onset", name: newEntryWith(name), done: func(p string) { got = append(got, p) }}
		a.finish()
	}
	want := []string{filepath.Join(dir, "pilot.onset"), filepath.Join(dir, "pilot.onset"), filepath.Join(dir, "else.onset")}
	if !slices.Equal(got, want) {
		t.Errorf("paths %v, want %v", got, want)
	}
	s.do(func(ctx context.Context) error { return s.bench.Create(ctx, taken, "") })
	s.until("the refusal is shown", func() bool { return s.dialogs.top() != nil })
	if raw, err := os.ReadFile(taken); err != nil || string(raw) != "mine" {
		t.Errorf("the file holds %q (%v)", raw, err)
	}
}

func TestADialogWithoutANameStaysAndSaysSo(t *testing.T) {
	s := newStand(t, Flags{})
	var got []string
	s.askSave("Export a model", "A new folder is made.", "", "", "Export", func(p string) { got = append(got, p) })
	top := s.dialogs.top()
	top.enter()
	if s.dialogs.top() != top || len(got) != 0 || !strings.Contains(fmt.Sprint(top.inside()["place"]), "needs a name") {
		t.Errorf("written %v, the dialog says %v", got, top.inside())
	}
}

func TestTheRefusalOfUnsettledPeopleLeadsToThem(t *testing.T) {
	s := newStand(t, Flags{})
	s.create("open")
	s.showError(fmt.Errorf("training: %w", &training.UnsettledError{Participants: []dataset.ParticipantID{"P07"}}))
	top := s.dialogs.top()
	if top == nil || !strings.Contains(top.Text, "P07") || !slices.Contains(top.Actions, "Go to People") {
		t.Fatalf("the refusal says %+v", top)
	}
	s.dialogs.key(fyne.KeyEscape)
	if s.places[s.current].id == "people" {
		t.Error("Escape left the room")
	}
	s.showError(&training.UnsettledError{Participants: []dataset.ParticipantID{"P07"}})
	s.dialogs.key(fyne.KeyReturn)
	if s.dialogs.top() != nil || s.places[s.current].id != "people" {
		t.Errorf("Enter leads to %q", s.places[s.current].id)
	}
}

// Keys stand readable in the menus and work all the same: the window finds them
// by name.
func TestMenusSayTheirKeys(t *testing.T) {
	s := newStand(t, Flags{})
	s.create("menu")
	found := map[string]string{}
	for _, m := range s.buildMenu().Items {
		for _, i := range m.Items {
			if i.Shortcut != nil {
				text := strings.Fields(i.Label)
				found[text[len(text)-1]] = i.Shortcut.ShortcutName()
			}
			if _, drawn := i.Shortcut.(fyne.KeyboardShortcut); drawn {
				t.Errorf("the keys of %q are drawn twice", i.Label)
			}
		}
	}
	for keys, want := range map[string]fyne.Shortcut{"Ctrl+N": ctrl(fyne.KeyN), "Ctrl+Shift+I": ctrlShift(fyne.KeyI), "Ctrl+Z": &fyne.ShortcutUndo{}, "F1": &desktop.CustomShortcut{KeyName: fyne.KeyF1}} {
		if found[keys] != want.ShortcutName() {
			t.Errorf("%s does %q of %v", keys, found[keys], found)
		}
	}
}
