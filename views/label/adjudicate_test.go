package label

import (
	"slices"
	"strings"
	"testing"

	"onset/app"
	"onset/labeling"
)

func TestAdjudicationWritesAConsensus(t *testing.T) {
	l := twoPasses(t)
	for i, at := range []float64{8.6, 52, 96.02} {
		l.trace.SetCursor(at)
		l.press([]string{"1", "3", "2"}[i], "Return", "Escape", "Escape")
	}
	l.as(t, app.Preferences{Rater: "AA"})
	l.press("j")
	if l.verdict == nil || len(l.verdict.open) != 3 || l.verdict.agreed != 1 {
		t.Fatalf("%+v", l.verdict)
	}
	if n := len(l.editor.OfSet(consensusSet)); n != 2 {
		t.Fatalf("%d labels in the consensus, want the agreed set and its setup window", n)
	}
	l.press("2", "1", "0") // the later onset, MK's exercise, and no fourth set
	var got []string
	for _, x := range l.sets() {
		from, _ := l.editor.Times(x)
		got = append(got, labeling.Short(x.Exercise)+" "+strings.TrimSuffix(fmtTenth(from), ".0")+" "+x.Origin+" "+x.Rater)
	}
	want := []string{"biceps-curl 8.6 consensus:JB AA", "biceps-curl 52 consensus:MK AA", "triceps-extension 96 consensus:both AA", " 140 consensus:neither AA"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("consensus\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// What was settled, also that neither is right, stays so in another window.
	l.Open("")
	l.Open(session(t, l))
	l.press("j")
	if l.verdict == nil || slices.Contains(l.verdict.decided, "") {
		t.Fatalf("after another start %+v", l.verdict)
	}
	l.Undo()
	if n := len(l.sets()); n != 3 || l.verdict.decided[2] != "" {
		t.Errorf("undo of “neither” leaves %d labels and %q", n, l.verdict.decided)
	}
	l.Undo()
	l.Undo()
	if n := len(l.sets()); n != 1 {
		t.Errorf("undo of three decisions leaves %d sets", n)
	}
	// What an undo brought back is not chosen: a number goes on settling.
	if len(l.selected) != 0 {
		t.Errorf("after an undo %v are chosen", l.selected)
	}
	said := ""
	l.SetStatus(func(s string, _ bool) { said = s })
	l.Redo()
	l.Redo()
	l.press("1")
	if !strings.HasPrefix(said, "All 3 settled") || slices.Contains(l.verdict.decided, "") || l.verdict.decided[2] != "MK" {
		t.Errorf("said %q, decided %v", said, l.verdict.decided)
	}
	l.choose(l.sets()[0].ID)
	exercise := l.sets()[0].Exercise
	l.press("3")
	if l.sets()[0].Exercise != exercise {
		t.Error("a number changed the exercise of a consensus label")
	}
	l.press("Escape")
}

// The keys of a walk must not outlive it: a number then would decide in the
// consensus, or in another rater's set, when an exercise is meant.
func TestAWalkEndsWithTheRaterThePassAndTheSet(t *testing.T) {
	for name, leave := range map[string]func(l *Label){
		"another rater's blind pass": func(l *Label) { l.as(t, app.Preferences{Rater: "YY", Blind: true}) },
		"a revision":                 func(l *Label) { l.revise("MK") },
		"another set":                func(l *Label) { l.toolbar.takeSet("MK") },
		"Escape":                     func(l *Label) { l.press("Escape") },
	} {
		l := twoPasses(t)
		l.trace.SetCursor(8.6)
		l.press("1", "Return", "Escape", "Escape")
		l.as(t, app.Preferences{Rater: "AA"})
		l.press("j")
		if l.verdict == nil || l.verdict.at < 0 {
			t.Fatalf("%s: no walk", name)
		}
		before := len(l.stored(t))
		leave(l)
		more := len(l.stored(t)) - before // what a revision copies
		l.press("2")
		if l.verdict != nil || l.panel.verdict.object.Visible() || l.armed != l.exercises[1] {
			t.Errorf("%s: the walk goes on; armed %q", name, l.armed)
		}
		if set := l.editor.Rules().Set; set == consensusSet {
			t.Errorf("%s: labels go into the consensus", name)
		}
		if n := len(l.stored(t)); n != before+more {
			t.Errorf("%s: a number wrote %d labels", name, n-before-more)
		}
	}
}

func TestADisagreementIsShownLargeEnough(t *testing.T) {
	l := twoPasses(t)
	l.trace.SetCursor(8.6)
	l.press("1", "Return", "Escape", "Escape")
	l.as(t, app.Preferences{Rater: "AA"})
	l.trace.Fit()
	l.press("j")
	if v := l.trace.View(); v.Start > 8 || v.End < 8.6 || v.Span() > 8 {
		t.Errorf("an onset .6 s apart at 8 s is shown in %v", v)
	}
}
