package label

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"onset/dataset"
	"onset/labeling"
	"onset/views/theme"
	"onset/views/trace"
)

func (l *Label) press(keys ...string) {
	for _, k := range keys {
		switch {
		case len([]rune(k)) == 1:
			l.trace.TypedRune([]rune(k)[0])
		default:
			l.trace.TypedKey(&fyne.KeyEvent{Name: fyne.KeyName(k)})
		}
	}
}

func (l *Label) stored(t *testing.T) []dataset.Label {
	t.Helper()
	labels, err := l.source.Labels(context.Background(), l.session.ID)
	if err != nil {
		t.Fatal(err)
	}
	var out []dataset.Label
	for _, x := range labels {
		if x.Kind != dataset.KindSetup && !labeling.Rejected(x) {
			out = append(out, x)
		}
	}
	return out
}

func TestLooks(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		l, win := open(t, mode)
		for i, at := range []float64{8, 52, 96.02, 140} {
			l.trace.SetCursor(at)
			l.press([]string{"1", "1", "2", "3"}[i], "Return", "Escape", "Escape")
		}
		l.press("s")
		l.press("n", "p")
		reps, kg, quality := 12, 7.5, 4
		edit, err := l.editor.Describe(l.selected, func(a *dataset.Attributes) {
			a.Repetitions, a.WeightKg, a.Quality, a.Side = &reps, &kg, &quality, "left"
		})
		l.commit(edit, err)
		l.trace.SetCursor(101.2)
		l.trace.Fit()
		look(t, win, "label-"+mode.String())
		l.trace.SetView(trace.View{Start: 92, End: 104})
		look(t, win, "label-close-"+mode.String())
	}
}

func TestEnterDropsASetWithItsSetupWindow(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.trace.SetCursor(96.02)
	l.press("2", "Return")
	stored := l.stored(t)
	if len(stored) != 1 {
		t.Fatalf("%d sets stored", len(stored))
	}
	x := stored[0]
	from, to := l.editor.Times(x)
	if x.Exercise != "strength:arms/triceps-extension" || math.Abs(from-96.02) > 0.02 || math.Abs(to-121.34) > 0.7 {
		t.Errorf("%s from %g to %g", x.Exercise, from, to)
	}
	all, err := l.source.Labels(context.Background(), l.session.ID)
	if err != nil || len(all) != 2 {
		t.Fatalf("%d labels stored, want the set and its setup window (%v)", len(all), err)
	}
	for _, s := range all {
		if s.Kind == dataset.KindSetup && (s.Start != x.Start || s.End-s.Start != 49) {
			t.Errorf("setup window [%d,%d) at %d, want 49 samples of 48.91 Hz", s.Start, s.End, x.Start)
		}
	}
	if len(l.selected) != 1 || l.selected[0] != x.ID {
		t.Errorf("the new set is not chosen")
	}
}

func TestEnterWithoutAnExerciseSaysWhatToDo(t *testing.T) {
	l, _ := open(t, theme.Dark)
	said := ""
	l.SetStatus(func(s string, _ bool) { said = s })
	l.trace.SetCursor(20)
	l.press("Return")
	if len(l.stored(t)) != 0 || said == "" {
		t.Errorf("stored %d, said %q", len(l.stored(t)), said)
	}
}

func TestNumbersArmOrChange(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.press("3")
	if l.armed != "strength:shoulders/lateral-raise" {
		t.Errorf("armed %q", l.armed)
	}
	l.trace.SetCursor(140)
	l.press("Return", "1")
	if got := l.stored(t)[0].Exercise; got != "strength:arms/biceps-curl" {
		t.Errorf("the chosen set is now %q", got)
	}
	l.press("Escape", "0")
	if l.armed != "" {
		t.Errorf("0 leaves %q armed", l.armed)
	}
}

func TestEdgesAreNudgedBySamples(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.trace.SetCursor(52)
	l.press("1", "Return")
	before := l.stored(t)[0]
	l.press("[", "[", "]", "{", "'", "\"", ";")
	after := l.stored(t)[0]
	if after.Start != before.Start-11 || after.End != before.End+10 {
		t.Errorf("[%d,%d) became [%d,%d)", before.Start, before.End, after.Start, after.End)
	}
}

func TestUndoAndRedoGoThroughTheStudy(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.trace.SetCursor(52)
	l.press("1", "Return", "[")
	if undo, _ := l.CanUndo(); undo != "move edge" {
		t.Errorf("undo would take back %q", undo)
	}
	start := l.stored(t)[0].Start
	l.Undo()
	if got := l.stored(t)[0].Start; got != start+1 {
		t.Errorf("after undo it starts at %d, want %d", got, start+1)
	}
	l.Undo()
	if len(l.stored(t)) != 0 || len(l.sets()) != 0 {
		t.Errorf("%d stored, %d shown after undoing everything", len(l.stored(t)), len(l.sets()))
	}
	l.Redo()
	l.Redo()
	if got := l.stored(t); len(got) != 1 || got[0].Start != start || len(l.sets()) != 1 {
		t.Errorf("after redo: %+v", got)
	}
	if undo, redo := l.CanUndo(); undo == "" || redo != "" {
		t.Errorf("undo %q, redo %q", undo, redo)
	}
}

func TestWalkingAndDeleting(t *testing.T) {
	l, _ := open(t, theme.Dark)
	for _, at := range []float64{8, 52, 96.02} {
		l.trace.SetCursor(at)
		l.press("Escape", "Escape", "1", "Return")
		l.arm("")
	}
	l.choose()
	l.trace.SetCursor(40)
	l.press("n")
	second := l.sets()[1].ID
	if len(l.selected) != 1 || l.selected[0] != second {
		t.Errorf("N from between the sets chose %v", l.selected)
	}
	l.press("n", "n", "p")
	if l.selected[0] != second {
		t.Errorf("walked to %v", l.selected)
	}
	l.press("Delete")
	if got := l.stored(t); len(got) != 2 {
		t.Errorf("%d sets left, want 2", len(got))
	}
}

func TestSuggestionsAreTakenAndTurnedDown(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.trace.SetCursor(8)
	l.press("1", "Return", "Escape", "Escape")
	l.press("s")
	// The first set is labelled; the gap leaves the other four whole.
	if len(l.hints) != 4 {
		t.Fatalf("%d suggestions, want 4", len(l.hints))
	}
	l.press("Tab")
	if h := l.hintByID(l.hint); l.named(h).Exercise != "" {
		t.Errorf("with nothing armed a suggestion is called %s", l.named(h).Exercise)
	}
	l.press("4", "Return")
	l.press("Delete")
	if len(l.hints) != 2 {
		t.Errorf("%d suggestions left, want 2", len(l.hints))
	}
	stored := l.stored(t)
	if len(stored) != 2 {
		t.Fatalf("%d sets stored, want 2", len(stored))
	}
	x := stored[1]
	if x.Origin != "suggestion:energy" || !(x.Confidence < 1) || x.Exercise != "strength:shoulders/shoulder-press" {
		t.Errorf("taken as %s, %g sure, %s", x.Origin, x.Confidence, x.Exercise)
	}
	from, _ := l.editor.Times(x)
	if math.Abs(from-52) > 0.2 {
		t.Errorf("suggested onset at %g s, want 52", from)
	}
}

func TestDrawnSpanSnapsAndIsLabelled(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.press("3")
	l.drawn(l.snap(51.93, false), l.snap(70, true))
	x := l.stored(t)[0]
	from, to := l.editor.Times(x)
	if math.Abs(from-52) > 0.1 || math.Abs(to-70) > 0.02 {
		t.Errorf("from %g to %g, want 52 to 70", from, to)
	}
	free := l.snap(51.93, true)
	if math.Abs(free-51.93) > 0.5/48.91+1e-6 {
		t.Errorf("free snapping went to %g", free)
	}
}

func TestDraggingMovesOneEdgeOnly(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.trace.SetCursor(52)
	l.press("1", "Return")
	x := l.stored(t)[0]
	from, _ := l.editor.Times(x)
	l.dragged(string(x.ID), from, 70)
	y := l.stored(t)[0]
	if y.Start != x.Start || y.End == x.End {
		t.Errorf("[%d,%d) became [%d,%d)", x.Start, x.End, y.Start, y.End)
	}
	from, to := l.editor.Times(y)
	l.dragged(string(x.ID), from+5, to+5)
	z := l.stored(t)[0]
	if z.End-z.Start != y.End-y.Start || z.Start == y.Start {
		t.Errorf("[%d,%d) moved to [%d,%d)", y.Start, y.End, z.Start, z.End)
	}
}

func TestAttributesAreChecked(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.trace.SetCursor(52)
	l.press("1", "Return")
	f := l.panel.fields
	for _, c := range []struct {
		name   string
		commit func(string) error
		good   string
		bad    string
	}{
		{"repetitions", f.repetitions.Commit, "12", "many"},
		{"weight", f.weight.Commit, "7,5 kg", "-3"},
		{"intensity", f.intensity.Commit, "0.6", "1.5"},
		{"quality", f.quality.Commit, "4", "6"},
		{"side", f.side.Commit, "l", "up"},
		{"note", f.note.Commit, "slipped once", ""},
	} {
		if err := c.commit(c.good); err != nil {
			t.Errorf("%s refuses %q: %v", c.name, c.good, err)
		}
		if c.bad != "" && c.commit(c.bad) == nil {
			t.Errorf("%s takes %q", c.name, c.bad)
		}
	}
	a := l.stored(t)[0].Attributes
	if a.Repetitions == nil || *a.Repetitions != 12 || *a.WeightKg != 7.5 || *a.Intensity != 0.6 || *a.Quality != 4 ||
		a.Side != "left" || a.Note != "slipped once" {
		t.Errorf("stored %+v", a)
	}
}

func TestReopeningShowsEverythingAsItWas(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.trace.SetCursor(52)
	l.press("1", "Return")
	l.trace.SetView(trace.View{Start: 50, End: 90})
	id := l.session.ID
	l.Hidden()
	l.Shown()
	if l.trace.View().Start != 50 {
		t.Error("coming back to the room lost the view")
	}
	l.Open("")
	if l.DumpState()["open"] != false {
		t.Error("closed, yet open")
	}
	l.Open(id)
	if len(l.sets()) != 1 {
		t.Errorf("%d sets after reopening", len(l.sets()))
	}
}

func TestSeveralLabelsChangeTogether(t *testing.T) {
	l, _ := open(t, theme.Dark)
	for _, at := range []float64{8, 52} {
		l.trace.SetCursor(at)
		l.arm("strength:arms/biceps-curl")
		l.press("Return")
	}
	ids := []string{string(l.sets()[0].ID), string(l.sets()[1].ID)}
	l.pick(ids[0], 0)
	l.pick(ids[1], fyne.KeyModifierControl)
	l.press("6")
	for _, x := range l.stored(t) {
		if x.Exercise != "strength:legs/heel-raise" {
			t.Errorf("%s is still %s", x.ID, x.Exercise)
		}
	}
	l.Undo()
	for _, x := range l.stored(t) {
		if x.Exercise != "strength:arms/biceps-curl" {
			t.Errorf("one undo left %s at %s", x.ID, x.Exercise)
		}
	}
}

func TestKeysCanBeGivenAway(t *testing.T) {
	k := newKeymap([]command{
		{id: "a", keys: []string{"A"}, run: func() {}},
		{id: "b", keys: []string{"B"}, run: func() {}},
	})
	k.remap(map[string]string{"label.a": "B"})
	if k.commands[k.byKey["B"]].id != "a" {
		t.Error("B does not run a")
	}
	if k.run("A") {
		t.Error("A still runs something")
	}
}

func TestFiguresAndLabelsAreWritten(t *testing.T) {
	l, _ := open(t, theme.Dark)
	if l.Exports() == nil {
		t.Fatal("nothing to export with a session open")
	}
	l.trace.SetCursor(52)
	l.press("1", "Return")
	dir := t.TempDir()
	folders := 0
	for i, e := range l.Exports() {
		path := filepath.Join(dir, strconv.Itoa(i)+e.Suggested)
		if err := e.Write(path); err != nil {
			// Two formats need a calendar clock or a steady rate, which this session
			// has not: they say so and leave nothing behind.
			if _, there := os.Stat(path); there == nil || e.Extension == ".svg" || strings.Contains(e.Name, "Onset") {
				t.Errorf("%s: %v", e.Name, err)
			}
			continue
		}
		if said := ""; e.Lost != nil {
			said = strings.Join(e.Lost(), "|")
			if strings.Contains(e.Name, "Audacity") && !strings.Contains(said, "rater (2)") || e.Extension == "" && !strings.Contains(said, "1 setup window is not in it") {
				t.Errorf("%s says that it lost %q", e.Name, said)
			}
		}
		if e.Extension == "" { // a folder for a program that learns
			if files, err := os.ReadDir(path); err != nil || len(files) < 2 {
				t.Errorf("%s: %d files, %v", e.Name, len(files), err)
			}
			folders++
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil || len(got) == 0 {
			t.Errorf("%s: %d bytes, %v", e.Name, len(got), err)
		}
		if e.Extension == ".csv" && !strings.Contains(string(got), "biceps-curl") {
			t.Errorf("%s does not name the exercise:\n%s", e.Name, got)
		}
	}
	if folders != 4 {
		t.Errorf("%d folders for Edge Impulse and Create ML, want one of each recording for both", folders)
	}
}
