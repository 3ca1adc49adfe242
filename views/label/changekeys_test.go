package label

import (
	"strings"
	"testing"

	"onset/app"
	"onset/dataset"
	"onset/views/theme"
)

// A key that is given to another command is swapped, the buttons say the keys as
// they are, and what the trace needs cannot be taken from it.
func TestKeysAreSwappedAndSaid(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.swapKey("fit", "S")
	if l.keys.of("fit") != "S" || l.keys.of("suggest") != "F" {
		t.Errorf("fit has %q, suggest %q", l.keys.of("fit"), l.keys.of("suggest"))
	}
	l.press("f")
	if len(l.hints) == 0 {
		t.Error("F does not suggest")
	}
	l.giveKey("onset", "B")
	if !strings.HasPrefix(l.toolbar.words.Text(), "B sets an onset") {
		t.Errorf("the hints say %q", l.toolbar.words.Text())
	}
	l.keepKeys(nil)
	if l.keys.of("fit") != "F" || l.keys.of("suggest") != "S" {
		t.Error("the keys do not come back")
	}
	l.swapKey("fit", "BackSpace") // one of two
	if x, _ := l.keys.holder("Delete"); x.id != "delete" {
		t.Error("Delete is lost")
	}
	for _, g := range l.Gestures() {
		for _, key := range strings.Split(g.Keys, ", ") {
			if x, ok := l.keys.holder(key); ok {
				t.Errorf("%s is said of the trace and belongs to %s", key, x.id)
			}
		}
	}
}

// Instants that both raters marked are in the consensus, others are asked about.
func TestInstantsAreAdjudicated(t *testing.T) {
	l, _ := open(t, theme.Dark)
	mark := func(rater string, at ...float64) {
		l.as(t, app.Preferences{Rater: rater})
		for _, s := range at {
			l.trace.SetCursor(s)
			l.press("i", "Escape")
		}
	}
	mark("MK", 20, 60, 100)
	l.trace.SetCursor(96.02)
	l.press("2", "Return", "Escape", "Escape")
	mark("JB", 20.1, 61)
	l.trace.SetCursor(96.02)
	l.press("2", "Return", "Escape", "Escape")
	l.as(t, app.Preferences{Rater: "AA"})
	l.press("j")
	if l.verdict == nil || l.verdict.agreed != 2 || len(l.verdict.open) != 3 {
		t.Fatalf("%+v", l.verdict)
	}
	l.press("1", "0", "0") // 60 s counts, 61 s and 100 s do not
	var at []string
	sets := 0
	for _, x := range l.sets() {
		from, to := l.editor.Times(x)
		switch x.Kind {
		case dataset.KindPoint:
			at = append(at, fmtTenth(from))
			if from != to {
				t.Errorf("an instant lasts from %g to %g", from, to)
			}
		case dataset.KindExercise:
			sets++
		}
	}
	if got := strings.Join(at, " "); sets != 1 || len(at) != 2 || at[1] != "60.0" {
		t.Errorf("%d sets, instants at %s", sets, got)
	}
	l.Open("")
	l.Open(session(t, l))
	l.press("j")
	if len(l.verdict.decided) != 3 || strings.Join(l.verdict.decided, "") == "" || !l.settled(l.verdict.open[2]) {
		t.Errorf("after another start %q", l.verdict.decided)
	}
	l.Undo()
	if l.settled(l.verdict.open[2]) || !l.settled(l.verdict.open[1]) {
		t.Error("an undo does not open the last instant alone")
	}
}

// A drag over a pause makes nothing and says why.
func TestADragOverAPauseSaysWhy(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.as(t, app.Preferences{Rater: "MK"})
	l.press("1")
	said := ""
	l.SetStatus(func(s string, _ bool) { said = s })
	for _, to := range []float64{130.5, 129.6} {
		said = ""
		l.drawn(129.6, to)
		if len(l.stored(t)) != 0 || !strings.Contains(said, "Nothing was recorded there") {
			t.Errorf("%d labels, said %q", len(l.stored(t)), said)
		}
	}
	l.drawn(120, 130)
	if len(l.stored(t)) != 1 {
		t.Errorf("a drag into the pause makes %d labels", len(l.stored(t)))
	}
}
