package label

import (
	"math"
	"strings"
	"testing"

	"onset/app"
	"onset/dataset"
	"onset/views/theme"
)

// The session's wrist records nothing from 129.38 to 131.45 s.
const thePause = "Nothing was recorded from 2:09.380 to 2:11.450."

func listening(t *testing.T) (l *Label, said *string) {
	t.Helper()
	l, _ = open(t, theme.Dark)
	l.as(t, app.Preferences{Rater: "MK"})
	said = new(string)
	l.SetStatus(func(s string, _ bool) { *said = s })
	return l, said
}

// An onset or an instant in a pause is refused, and the pause is named.
func TestNothingIsLabelledInAPause(t *testing.T) {
	l, said := listening(t)
	l.press("1")
	for _, at := range []float64{129.5, 130, 131.3} {
		for name, do := range map[string]func(){"Enter": func() { l.press("Return") }, "a point": l.point} {
			*said = ""
			l.trace.SetCursor(at)
			do()
			if len(l.stored(t)) != 0 || !strings.Contains(*said, thePause+" Put the cursor where there is a trace.") {
				t.Errorf("%s at %g s: %d labels, said %q", name, at, len(l.stored(t)), *said)
			}
		}
	}
	l.trace.SetCursor(129.38)
	if l.press("Return"); len(l.stored(t)) != 1 {
		t.Error("the last sample before the pause takes no label")
	}
}

// A drag over a pause makes nothing, one that reaches into it what was recorded,
// and both say why.
func TestADragOverAPauseSaysWhy(t *testing.T) {
	l, said := listening(t)
	l.press("1")
	for _, to := range []float64{130.5, 129.6} {
		*said = ""
		l.drawn(129.6, to)
		if len(l.stored(t)) != 0 || !strings.Contains(*said, thePause) {
			t.Errorf("%d labels, said %q", len(l.stored(t)), *said)
		}
	}
	for _, c := range []struct {
		from, to, wantFrom, wantTo float64
		says                       string
	}{
		{120, 130, 120, 129.38, "The label ends where the trace does."},
		{120, 131.4, 120, 129.38, "The label ends where the trace does."},
		{129.5, 135, 131.45, 135, "The label begins where the trace does."},
		{125, 135, 125, 135, "The label goes across this pause."},
	} {
		l.drawn(c.from, c.to)
		got := l.stored(t)
		if len(got) != 1 {
			t.Fatalf("%g to %g s makes %d labels", c.from, c.to, len(got))
		}
		from, to := l.editor.Times(got[0])
		if math.Abs(from-c.wantFrom) > 0.02 || math.Abs(to-c.wantTo) > 0.02 || !strings.Contains(*said, thePause+" "+c.says) {
			t.Errorf("%g to %g s became %g to %g s, said %q", c.from, c.to, from, to, *said)
		}
		l.remove()
	}
	l.drawn(100, 110)
	if strings.Contains(*said, "Nothing was recorded") {
		t.Errorf("a drag where all was recorded says %q", *said)
	}
}

// What is moved or pasted lasts as long as before, or stays where it is and the
// pause is named.
func TestNothingIsMovedOverAPause(t *testing.T) {
	l, said := listening(t)
	l.press("1")
	l.drawn(100, 120)
	x := l.stored(t)[0]
	from, to := l.editor.Times(x)
	l.drag(string(x.ID), from+15, to+15)
	if got := l.stored(t)[0]; got.Start != x.Start || got.End != x.End || !strings.Contains(*said, thePause+" A label would lie across this pause: nothing was changed.") {
		t.Errorf("[%d,%d) became [%d,%d), said %q", x.Start, x.End, got.Start, got.End, *said)
	}
	l.drag(string(x.ID), from+35, to+35)
	if from, to := l.editor.Times(l.stored(t)[0]); math.Abs(from-135) > 0.02 || math.Abs(to-from-20) > 0.03 {
		t.Errorf("behind the pause it runs from %g to %g s", from, to)
	}
	l.copyLabels()
	l.trace.SetCursor(120)
	if l.pasteLabels(); len(l.stored(t)) != 1 || !strings.Contains(*said, thePause) {
		t.Errorf("pasted across the pause: %d labels, said %q", len(l.stored(t)), *said)
	}
}

// The pieces of a set that is cut are without repetitions, and it is said.
func TestACutSetSaysThatItsRepetitionsAreUnknown(t *testing.T) {
	l, said := listening(t)
	l.press("1")
	for _, by := range []string{"the key", "a rest"} {
		l.drawn(60, 80)
		reps := 12
		edit, err := l.editor.Describe(l.selected, func(a *dataset.Attributes) { a.Repetitions = &reps })
		l.commit(edit, err)
		if by == "the key" {
			l.trace.SetCursor(70)
			l.split()
		} else {
			l.choose()
			l.armed, l.armedKind = "", dataset.KindRest
			l.drawn(68, 72)
		}
		if !strings.Contains(*said, "both pieces are without a number") {
			t.Errorf("cut by %s, said %q", by, *said)
		}
		pieces := 0
		for _, x := range l.stored(t) {
			if x.Kind == dataset.KindExercise && x.Attributes.Repetitions == nil {
				pieces++
			}
		}
		if pieces != 2 {
			t.Errorf("cut by %s: %d pieces without repetitions", by, pieces)
		}
		l.selectAll()
		l.remove()
	}
}

// An edge that is nudged over a pause takes the label across it, which is said.
func TestANudgeOverAPauseIsTold(t *testing.T) {
	l, said := listening(t)
	l.press("1")
	l.drawn(120, 129.3)
	x := l.stored(t)[0]
	*said = ""
	l.nudge(false, -1)
	if strings.Contains(*said, "pause") {
		t.Errorf("short of the pause it says %q", *said)
	}
	l.choose(x.ID)
	l.nudge(false, 20)
	if got := l.stored(t)[0]; got.End <= x.End || !strings.Contains(*said, thePause+" The label goes across this pause now.") {
		t.Errorf("[%d,%d) became [%d,%d), said %q", x.Start, x.End, got.Start, got.End, *said)
	}
	*said = ""
	if l.nudge(false, 1); strings.Contains(*said, "now") {
		t.Errorf("across it already, it says %q", *said)
	}
}

// A suggestion that is dragged into a pause ends where the trace does, or stays, and
// says so.
func TestASuggestionDraggedIntoAPauseSaysSo(t *testing.T) {
	l, said := listening(t)
	line, _ := l.timelineAt(100)
	start, end := line.Span(100, 120)
	l.hints = []hint{{id: "h", label: dataset.Label{Recording: line.Recording, Kind: dataset.KindExercise, Start: start, End: end, Origin: "suggestion:energy"}}}
	l.dragged("h", 129.6, 131)
	if h := l.hints[0].label; h.Start != start || h.End != end || !strings.Contains(*said, thePause+" The suggestion stays where it was.") {
		t.Errorf("[%d,%d) became [%d,%d), said %q", start, end, h.Start, h.End, *said)
	}
	l.dragged("h", 115, 130)
	if _, to := l.editor.Times(l.hints[0].label); math.Abs(to-129.38) > 0.03 || !strings.Contains(*said, thePause+" The label ends where the trace does.") {
		t.Errorf("it ends at %g s, said %q", to, *said)
	}
	l.hint, *said = "h", ""
	l.nudge(false, 30)
	if !strings.Contains(*said, thePause+" The label goes across this pause now.") {
		t.Errorf("nudged over it, it says %q", *said)
	}
}
