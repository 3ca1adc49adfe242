package library

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"pgregory.net/rapid"

	"onset/dataset"
	"onset/views/parts"
	"onset/views/task"
	"onset/views/theme"
)

// six are two people with three sessions each.
func six() *shelf {
	s := &shelf{}
	for _, p := range []string{"P01", "P02"} {
		for n := range 3 {
			s.sessions = append(s.sessions, session(p, n+1, nil))
		}
	}
	return s
}

func (l *Library) ids() (out []string) {
	for _, s := range l.chosenSessions() {
		out = append(out, string(s.ID))
	}
	return out
}

func TestSessionsAreChosenTogether(t *testing.T) {
	l, d, _ := open(t, six())
	var held fyne.KeyModifier
	l.held = func() fyne.KeyModifier { return held }
	want := func(what string, ids ...string) {
		t.Helper()
		if got := l.ids(); !slices.Equal(got, ids) {
			t.Errorf("%s chooses %v, want %v", what, got, ids)
		}
	}
	click := func(i int, with fyne.KeyModifier) {
		r := newSessionRow(l.press)
		r.set(i, l.table.at(i), false)
		r.MouseDown(&desktop.MouseEvent{Modifier: with})
		r.Tapped(nil)
	}
	key := func(name fyne.KeyName) { l.list.TypedKey(&fyne.KeyEvent{Name: name}) }
	want("opening", "P01-1")
	click(1, 0)
	want("a click", "P01-2")
	click(4, fyne.KeyModifierShift)
	want("Shift+click", "P01-2", "P01-3", "P02-1", "P02-2")
	click(2, fyne.KeyModifierShift)
	want("Shift+click nearer", "P01-2", "P01-3")
	click(5, fyne.KeyModifierControl)
	want("Ctrl+click", "P01-2", "P01-3", "P02-3")
	if l.panel.title.Text() != "P02, session 3, and 2 more" || l.panel.join.Word() != "Join 3…" || !strings.Contains(l.totals.Text(), "3 sessions chosen: 2 people") {
		t.Errorf("it says %q, %q, %q", l.panel.title.Text(), l.panel.join.Word(), l.totals.Text())
	}
	key(fyne.KeyReturn)
	if !slices.Equal(d.labelled, []dataset.SessionID{"P02-3"}) {
		t.Errorf("Enter labels %v, not the one that is shown", d.labelled)
	}
	click(5, fyne.KeyModifierControl)
	want("Ctrl+click again", "P01-2", "P01-3")
	if l.choice.front != "P01-2" {
		t.Errorf("the panel is about %q", l.choice.front)
	}
	key(fyne.KeyEscape)
	want("Escape", "P01-2")
	if l.panel.title.Text() != "P01, session 2" || strings.Contains(l.totals.Text(), "chosen") {
		t.Errorf("with one chosen it says %q, %q", l.panel.title.Text(), l.totals.Text())
	}
	held = fyne.KeyModifierShift
	key(fyne.KeyDown)
	key(fyne.KeyDown)
	key(fyne.KeyUp)
	want("Shift with Down, Down and Up", "P01-2", "P01-3")
	held = 0
	l.ChooseAll()
	want("Ctrl+A", "P01-1", "P01-2", "P01-3", "P02-1", "P02-2", "P02-3")
	l.Search("P02")
	want("a filter", "P02-1", "P02-2", "P02-3")
	l.Search("")
	key(fyne.KeyDown)
	want("Down", "P02-1")
}

// Whatever is clicked and pressed, the session in front is one of those chosen and
// is never none.
func TestOneSessionIsAlwaysInFront(t *testing.T) {
	l, _, _ := open(t, six())
	rapid.Check(t, func(t *rapid.T) {
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			at := rapid.IntRange(0, 5).Draw(t, "row")
			l.press(at, rapid.SampledFrom([]fyne.KeyModifier{0, fyne.KeyModifierShift, fyne.KeyModifierControl}).Draw(t, "held"))
			if got := l.ids(); !slices.Contains(got, string(l.choice.front)) {
				t.Fatalf("in front is %q of %v", l.choice.front, got)
			}
		}
	})
}

func TestAllThatIsChosenIsJoinedDeletedAndExported(t *testing.T) {
	s := six()
	l, d, _ := open(t, s)
	var into dataset.SessionID
	var also []dataset.SessionID
	said := ""
	l.SetStatus(func(text string, _ bool) { said = text })
	l.actions.Join = func(v dataset.SessionSummary, with []dataset.SessionID) { into, also = v.ID, with }
	l.ChooseAll()
	l.join()
	if into != "" || !strings.Contains(said, "6 chosen sessions are of 2 people") {
		t.Errorf("joins %q, says %q", into, said)
	}
	if said = ""; !l.panel.join.Disabled() {
		t.Error("sessions of two people are offered to be joined")
	}
	if l.panel.join.Tapped(nil); !strings.Contains(said, "of 2 people") {
		t.Errorf("the button that is off says %q", said)
	}
	if l.choose(0); said != "" || l.panel.join.Disabled() {
		t.Errorf("after another choice it says %q, and joining is off: %v", said, l.panel.join.Disabled())
	}
	l.reach(2)
	l.join()
	if into != "P01-3" || !slices.Equal(also, []dataset.SessionID{"P01-1", "P01-2"}) {
		t.Errorf("joins %v into %q", also, into)
	}
	l.takeOut(l.table.at(0).summary)
	if !strings.Contains(said, "one session at a time") {
		t.Errorf("taking out of three says %q", said)
	}
	for _, e := range l.Exports() {
		dir := filepath.Join(t.TempDir(), e.Suggested)
		if err := e.Write(dir); err != nil {
			t.Errorf("%s: %v", e.Name, err)
			continue
		}
		files, err := os.ReadDir(dir)
		if err != nil || len(files) != 3 || !strings.HasPrefix(files[2].Name(), "P01-session-3") {
			t.Errorf("%s wrote %v, %v", e.Name, files, err)
		}
		if e.Write(dir) == nil {
			t.Errorf("%s writes into a folder that is there", e.Name)
		}
	}
	l.list.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDelete})
	if len(s.deleted) != 0 || !strings.Contains(d.asked, "P01/1, P01/2, P01/3") {
		t.Fatalf("deleted %v, asked %q", s.deleted, d.asked)
	}
	d.yes()
	if !slices.Equal(s.deleted, []dataset.SessionID{"P01-1", "P01-2", "P01-3"}) || len(l.ids()) != 1 {
		t.Errorf("deleted %v, then %v is chosen", s.deleted, l.ids())
	}
}

func TestAReadOnlyLibraryChangesNothingAndSaysWhy(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	d := &desk{}
	a := d.actions()
	a.ReadOnly = func() bool { return true }
	a.Join = func(dataset.SessionSummary, []dataset.SessionID) { t.Error("it joins") }
	a.TakeOut = func(dataset.SessionSummary) { t.Error("it takes out") }
	s := six()
	for i := range s.sessions {
		s.sessions[i].Recordings = 2
	}
	l := New(s, a, nil, task.Inline())
	test.NewTempWindow(t, l.Content()).Resize(fyne.NewSize(1302, 677))
	l.Shown()
	said := ""
	l.SetStatus(func(text string, _ bool) { said = text })
	for _, b := range []*parts.Button{l.panel.join, l.panel.takeOut, l.panel.remove} {
		said = ""
		if b.MouseIn(nil); !b.Disabled() || !strings.Contains(said, "read-only") {
			t.Errorf("%s: off %v, over it the status says %q", b.Word(), b.Disabled(), said)
		}
		said = ""
		if test.Tap(b); !strings.Contains(said, "read-only") {
			t.Errorf("%s pressed says %q", b.Word(), said)
		}
	}
	for _, c := range l.Commands() {
		if slices.Contains([]string{"library.join", "library.takeout", "library.delete"}, c.ID) {
			said = ""
			if c.Run(); !strings.Contains(said, "read-only") {
				t.Errorf("%s says %q", c.Name, said)
			}
		}
	}
	if d.asked != "" || len(s.deleted) > 0 {
		t.Errorf("asked %q, deleted %v", d.asked, s.deleted)
	}
}

func TestSessionsChosenTogetherLookSo(t *testing.T) {
	for name, mode := range map[string]theme.Mode{"dark": theme.Dark, "light": theme.Light} {
		s := six()
		for i := range s.sessions {
			s.sessions[i].Recordings = 2
			s.sessions[i].Participant = dataset.ParticipantID(strings.ReplaceAll(string(s.sessions[i].Participant), "P0", "Knee-clinic-0"))
		}
		l, _, w := open(t, s)
		fyne.CurrentApp().Settings().SetTheme(theme.New(mode))
		l.choose(1)
		l.reach(3)
		l.toggle(5)
		test.AssertImageMatches(t, "together-"+name+".png", w.Canvas().Capture())
	}
}

func TestAGappySessionTellsHowLongItSpans(t *testing.T) {
	s := dataset.SessionSummary{Sensors: []string{"left-wrist/accelerometer"}, Duration: 330}
	if got := aboutSession(s, 2159); !strings.Contains(got, "5:30 recorded within 35:59") {
		t.Errorf("it says %q", got)
	}
	for _, span := range []float64{0, 330, 333} {
		if got := aboutSession(s, span); !strings.Contains(got, ", 5:30, ") {
			t.Errorf("spanning %g s it says %q", span, got)
		}
	}
}
