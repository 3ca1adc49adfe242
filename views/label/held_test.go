package label

import (
	"context"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"onset/app"
	"onset/views/theme"
	"onset/views/trace"
)

// ledger is how many edits of labels the study holds.
func (l *Label) ledger(t *testing.T) (n int) {
	t.Helper()
	list, err := l.source.(*app.Workbench).Ledger(context.Background(), 1, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if e.Kind == "edit" {
			n++
		}
	}
	return n
}

// A key that is held down repeats faster than the disk writes. What it has done
// never piles up, the room says what is not durable yet, its release leaves
// nothing waiting, and undo takes all of it back as one step.
func TestAHeldKeyPilesNothingUp(t *testing.T) {
	s := &split{}
	l, _ := openWith(t, theme.Dark, s.runner())
	s.settle()
	l.as(t, app.Preferences{Rater: "MK"})
	now := time.Unix(1e9, 0)
	l.actions.Now = func() time.Time { return now }
	waiting := -1
	l.SetSaving(func(n int) { waiting = n })
	l.trace.SetCursor(52)
	l.press("1", "Return")
	s.settle()
	if waiting != 0 {
		t.Fatalf("%d changes wait after all was written", waiting)
	}
	before, entries := l.editor.Labels()[0], l.ledger(t)

	key := &fyne.KeyEvent{Name: fyne.KeyLeftBracket}
	l.trace.KeyDown(key)
	const repeats = 120
	for i := range repeats {
		l.press("[")
		now = now.Add(40 * time.Millisecond) // a keyboard's repeat
		if i%15 == 14 && len(s.work) > 0 {   // the disk is slower than that
			f := s.work[0]
			s.work = s.work[1:]
			f()
		}
		if n := len(l.edits.waiting); n > 1 {
			t.Fatalf("after %d repeats %d writes wait", i, n)
		}
		if waiting == 0 && !l.edits.idle() {
			t.Fatalf("after %d repeats it says that all is saved", i)
		}
	}
	if got := l.editor.Labels()[0].Start; got != before.Start-repeats {
		t.Errorf("it is shown at %d, want %d", got, before.Start-repeats)
	}
	if waiting == 0 {
		t.Error("it says that all is saved while changes wait")
	}
	l.trace.KeyUp(key)
	if !s.settle() || !l.edits.idle() || waiting != 0 {
		t.Fatalf("the room does not come to rest, %d wait", waiting)
	}
	if got := l.stored(t)[0].Start; got != before.Start-repeats {
		t.Errorf("stored at %d, want %d", got, before.Start-repeats)
	}
	if n := l.ledger(t) - entries; n > repeats*40/200+2 {
		t.Errorf("%d entries for one key held for %d ms", n, repeats*40)
	}
	l.Undo()
	s.settle()
	if got := l.stored(t)[0]; got.Start != before.Start || l.editor.Labels()[0].Start != before.Start {
		t.Errorf("one undo leaves the start at %d, want %d", got.Start, before.Start)
	}
	l.Redo()
	s.settle()
	if got := l.stored(t)[0]; got.Start != before.Start-repeats {
		t.Errorf("redo leaves the start at %d, want %d", got.Start, before.Start-repeats)
	}
	// Two holds are two steps.
	for range 2 {
		l.trace.KeyDown(key)
		l.press("[", "[", "[")
		l.trace.KeyUp(key)
		s.settle()
	}
	l.Undo()
	s.settle()
	if got := l.stored(t)[0]; got.Start != before.Start-repeats-3 {
		t.Errorf("undo of the second hold leaves %d, want %d", got.Start, before.Start-repeats-3)
	}
}

// Another action while a key is down is written behind what the key has done.
func TestAnotherActionComesBehindAHeldKey(t *testing.T) {
	s := &split{}
	l, _ := openWith(t, theme.Dark, s.runner())
	s.settle()
	l.as(t, app.Preferences{Rater: "MK"})
	l.trace.SetCursor(52)
	l.press("1", "Return")
	s.settle()
	start := l.stored(t)[0].Start
	key := &fyne.KeyEvent{Name: fyne.KeyLeftBracket}
	l.trace.KeyDown(key)
	l.press("[", "[", "[", "4")
	if !s.settle() || !l.edits.idle() {
		t.Fatal("something waits for the key's release")
	}
	x := l.stored(t)[0]
	if x.Start != start-3 || x.Exercise != "strength:shoulders/shoulder-press" {
		t.Errorf("stored %+v", x)
	}
	l.Undo()
	s.settle()
	if x := l.stored(t)[0]; x.Start != start-3 || x.Exercise != "strength:arms/biceps-curl" {
		t.Errorf("undo of the other action left %+v", x)
	}
}

// The cursor that leaves the chosen label ends the choice: a number is meant for
// the next label then.
func TestANumberAfterGoingElsewhereArms(t *testing.T) {
	for name, leave := range map[string]func(*Label){
		"G": func(l *Label) {
			l.press("g")
			l.toolbar.goTo.SetText("1:36.02")
			l.toolbar.goTo.OnSubmitted("1:36.02")
		},
		"an arrow":    func(l *Label) { l.press("Left") },
		"End":         func(l *Label) { l.press("End") },
		"a screen on": func(l *Label) { l.press("Next") },
	} {
		t.Run(name, func(t *testing.T) {
			l, _ := open(t, theme.Dark)
			l.trace.SetView(l.trace.View().Zoom(52, 0.2))
			l.trace.SetCursor(52)
			l.press("1", "Return")
			l.arm("")
			leave(l)
			l.press("3")
			if got := l.stored(t)[0].Exercise; got != "strength:arms/biceps-curl" {
				t.Errorf("the label behind became %s", got)
			}
			if l.armed != "strength:shoulders/lateral-raise" {
				t.Errorf("armed %q", l.armed)
			}
		})
	}
}

func TestARetypeSaysSo(t *testing.T) {
	l, _ := open(t, theme.Dark)
	said := ""
	l.SetStatus(func(s string, _ bool) { said = s })
	l.trace.SetCursor(52)
	l.press("1", "Return", "3")
	if !strings.Contains(said, "Changed") || !strings.Contains(said, "lateral-raise") || !strings.Contains(said, "Ctrl+Z") {
		t.Errorf("said %q", said)
	}
}

// The end of a set is put where the cursor is, though the cursor has left it.
func TestAnEdgeIsPutAtTheCursor(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.trace.SetCursor(52)
	l.press("1", "Return")
	l.press("End", "Home")
	l.trace.SetCursor(90)
	l.press("o")
	x := l.stored(t)[0]
	if _, to := l.editor.Times(x); abs(to-90) > 0.02 {
		t.Errorf("it ends at %g, want 90", to)
	}
	l.trace.SetCursor(50)
	l.press("u")
	x = l.stored(t)[0]
	if from, to := l.editor.Times(x); abs(from-50) > 0.02 || abs(to-90) > 0.02 {
		t.Errorf("it runs from %g to %g", from, to)
	}
	l.trace.SetCursor(95)
	l.press("U") // where movement begins, of what is nearest
	x = l.stored(t)[0]
	if from, _ := l.editor.Times(x); from > 90 {
		t.Errorf("it begins behind its end, at %g", from)
	}
	l.trace.SetCursor(76)
	l.press("O")
	x = l.stored(t)[0]
	if _, to := l.editor.Times(x); abs(to-78) > 0.7 {
		t.Errorf("it ends at %g, want the end of movement at 78", to)
	}
	start := x.Start
	l.trace.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyLeftBracket, Modifier: fyne.KeyModifierControl})
	if got := l.stored(t)[0].Start; start-got < 48 || start-got > 50 {
		t.Errorf("a second earlier is %d samples", start-got)
	}
}

// Turning a suggestion down is a step like any other: it is taken back by undo, and
// stays when the session is opened anew.
func TestARejectionIsTakenBackAndKept(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.as(t, app.Preferences{Rater: "MK"})
	l.press("s", "Tab")
	all, first := len(l.hints), l.hint
	l.press("Delete", "Delete")
	if len(l.hints) != all-2 || len(l.sets()) != 0 {
		t.Fatalf("%d suggestions left of %d, %d labels", len(l.hints), all, len(l.sets()))
	}
	l.Undo()
	l.Undo()
	if len(l.hints) != all || l.hint != first {
		t.Errorf("after undo %d suggestions of %d, %q is chosen", len(l.hints), all, l.hint)
	}
	l.Redo()
	if len(l.hints) != all-1 {
		t.Errorf("after redo %d suggestions of %d", len(l.hints), all)
	}
	id := l.session.ID
	l.Open("")
	l.Open(id)
	l.press("s")
	if len(l.hints) != all-1 {
		t.Errorf("another start suggests %d of %d", len(l.hints), all)
	}
	l.press("n")
	if len(l.selected) != 0 {
		t.Errorf("N walks to what was turned down: %v", l.selected)
	}
	l.Undo()
	if len(l.hints) != all-1 && len(l.hints) != all {
		t.Errorf("%d suggestions", len(l.hints))
	}
	l.press("s", "s")
	if len(l.hints) != all {
		t.Errorf("undo after another start leaves %d suggestions of %d", len(l.hints), all)
	}
}

// A suggestion that nobody named is asked for before it is taken.
func TestASuggestionWithoutANameIsAskedFor(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.as(t, app.Preferences{Rater: "MK"})
	l.trace.SetCursor(8)
	l.press("4", "Return", "Escape", "Escape")
	l.press("s", "Tab", "a")
	if !l.asks || len(l.sets()) != 1 {
		t.Fatalf("asks: %v, %d labels", l.asks, len(l.sets()))
	}
	// What lies behind the question stays, wherever the keys go, and Escape ends it.
	l.Undo()
	l.TypedRune('d')
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDelete})
	if !l.asks || len(l.sets()) != 1 {
		t.Errorf("behind the question: asks %v, %d labels", l.asks, len(l.sets()))
	}
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if l.asks || l.inPopup != nil || l.hint == "" {
		t.Errorf("after Escape: asks %v, suggestion %q", l.asks, l.hint)
	}
	l.press("a")
	l.Hidden()
	if l.asks {
		t.Error("the question stays in front of another room")
	}
}

// What a pasted label leaves of another is no scrap of a sample, and it is said.
func TestPastingLeavesNoScraps(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.as(t, app.Preferences{Rater: "MK"})
	said := ""
	l.SetStatus(func(s string, _ bool) { said = s })
	l.trace.SetCursor(52)
	l.press("1", "Return")
	l.copyLabels()
	l.pattern[0].LengthS = 70
	l.press("Escape", "Escape")
	l.trace.SetCursor(52.05)
	l.pasteLabels()
	if got := l.stored(t); len(got) != 1 {
		t.Errorf("%d labels, want the pasted one alone: %+v", len(got), got)
	}
	if !strings.Contains(said, "Replaced 1 label") || !strings.Contains(said, "Ctrl+Z") {
		t.Errorf("said %q", said)
	}
	l.trace.SetCursor(60)
	before := len(l.stored(t))
	l.press("n")
	l.trace.SetCursor(60)
	l.duplicate()
	if len(l.stored(t)) != before {
		t.Error("a copy over the label itself was made")
	}
}

// What a field refuses stays in it, with the keys: nothing typed next is a command.
func TestARefusedFieldKeepsTheKeys(t *testing.T) {
	l, win := open(t, theme.Dark)
	l.trace.SetCursor(52)
	l.press("1", "Return")
	f := l.panel.fields
	f.quality.Edit()
	for _, r := range "7" {
		win.Canvas().Focused().TypedRune(r)
	}
	win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if !f.quality.Editing() {
		t.Fatal("a refused field was closed")
	}
	if _, onTrace := win.Canvas().Focused().(*trace.Trace); onTrace || win.Canvas().Focused() == nil {
		t.Error("the keys went elsewhere")
	}
	win.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if f.quality.Editing() {
		t.Error("Escape does not give up")
	}
}

// What a held key does is written though the screen answers nothing: a loss of
// power takes at most what was done since the last join.
func TestAHoldIsWrittenWhileTheScreenIsBusy(t *testing.T) {
	s := &split{}
	answers := true
	runner := s.runner()
	runner.Apply = func(f func()) {
		if answers {
			f()
		}
	}
	l, _ := openWith(t, theme.Dark, runner)
	s.settle()
	l.as(t, app.Preferences{Rater: "MK"})
	now := time.Unix(1e9, 0)
	var timers []func()
	l.actions.Now = func() time.Time { return now }
	l.actions.After = func(_ time.Duration, f func()) { timers = append(timers, f) }
	l.trace.SetCursor(52)
	l.press("1", "Return")
	s.settle()
	start := l.stored(t)[0].Start

	answers = false
	key := &fyne.KeyEvent{Name: fyne.KeyLeftBracket}
	l.trace.KeyDown(key)
	const perJoin = 5 // repeats of 40 ms in 200
	for i := 1; i <= 100; i++ {
		l.press("[")
		now = now.Add(heldEvery / perJoin)
		if i%2 == 0 && len(s.work) > 0 {
			f := s.work[0]
			s.work = s.work[1:]
			f()
		}
		if lost := int64(i) - (start - l.stored(t)[0].Start); lost > perJoin+4 {
			t.Fatalf("after %d repeats %d are not written", i, lost)
		}
	}
	// The person still holds the key and the screen hangs altogether: the clock
	// alone writes the rest.
	now = now.Add(heldEvery)
	for _, f := range timers {
		f()
	}
	s.settle()
	if got := l.stored(t)[0].Start; got != start-100 {
		t.Errorf("stored at %d, want %d", got, start-100)
	}
	if n := l.unsaved(); n != 0 {
		t.Errorf("%d changes are said to wait", n)
	}
}
