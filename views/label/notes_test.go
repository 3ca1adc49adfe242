package label

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"onset/views/theme"
)

func TestNothingIsLabelledWithoutARater(t *testing.T) {
	l, _ := open(t, theme.Dark)
	ask, asked := l.actions.AskRater, 0
	l.actions.AskRater = func(func(string)) { asked++ }
	said := ""
	l.SetStatus(func(s string, _ bool) { said = s })
	l.trace.SetCursor(52)
	l.press("1", "Return")
	if len(l.stored(t)) != 0 || asked != 1 || said == "" {
		t.Fatalf("%d stored, asked %d times, said %q", len(l.stored(t)), asked, said)
	}
	l.actions.AskRater = ask
	l.press("Return")
	if got := l.stored(t); len(got) != 1 || got[0].Rater != "MK" || got[0].Set != "MK" {
		t.Errorf("stored %+v", got)
	}
}

func TestStatusTellsWhatANewLabelDisplaced(t *testing.T) {
	l, _ := open(t, theme.Dark)
	said := ""
	l.SetStatus(func(s string, _ bool) { said = s })
	for _, at := range [][2]float64{{10, 15}, {20, 30}, {35, 40}} {
		l.press("Escape", "0", "1")
		l.drawn(at[0], at[1])
	}
	l.press("Escape", "0", "2")
	l.drawn(14, 37)
	if want := "Replaced 1 label, trimmed 2, removed 1 setup window"; !strings.HasPrefix(said, want) || !strings.Contains(said, "Ctrl+Z") {
		t.Errorf("said %q, want %q...", said, want)
	}
	if x, ok := l.editor.Find(l.selected[0]); !ok || len(l.selected) != 1 || x.Exercise != "strength:arms/triceps-extension" {
		t.Errorf("chosen: %+v", x)
	}
	before := l.stored(t)
	l.press("'")
	if after := l.stored(t); len(after) != 3 || after[1].End != before[1].End || after[2].Start != before[2].Start ||
		!strings.HasPrefix(said, "Stopped") {
		t.Errorf("the end was pushed into the neighbour; said %q", said)
	}
	l.press("n")
	if x, _ := l.editor.Find(l.selected[0]); l.setupText(x) != "none" {
		t.Errorf("a trimmed onset shows a setup window of %s", l.setupText(x))
	}
}

func TestTabWalksTheFieldsAndKeepsWhatWasRefused(t *testing.T) {
	l, win := open(t, theme.Dark)
	l.trace.SetCursor(52)
	l.press("1", "Return")
	f := l.panel.fields
	tab := &fyne.KeyEvent{Name: fyne.KeyTab}
	write := func(text string) {
		for _, r := range text {
			win.Canvas().Focused().TypedRune(r)
		}
	}
	f.repetitions.Edit()
	write("12")
	win.Canvas().Focused().TypedKey(tab)
	if !f.weight.Editing() || f.repetitions.Editing() {
		t.Fatal("Tab did not go from the repetitions to the weight")
	}
	write("heavy")
	win.Canvas().Focused().TypedKey(tab)
	if !f.weight.Editing() {
		t.Fatal("Tab left a field whose text was refused")
	}
	if e, ok := win.Canvas().Focused().(interface{ SelectedText() string }); !ok || e.SelectedText() != "heavy" {
		t.Error("what was typed is gone")
	}
	a := l.stored(t)[0].Attributes
	if a.Repetitions == nil || *a.Repetitions != 12 || a.WeightKg != nil {
		t.Errorf("stored %+v", a)
	}
}
