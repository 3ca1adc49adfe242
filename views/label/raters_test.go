package label

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"onset/app"
	"onset/dataset"
	"onset/labeling"
	"onset/views/parts"
	"onset/views/theme"
	"onset/views/trace"
)

// as labels on as somebody else.
func (l *Label) as(t *testing.T, p app.Preferences) {
	t.Helper()
	if err := l.source.SetPreferences(p); err != nil {
		t.Fatal(err)
	}
	l.PreferencesChanged()
}

// twoPasses is a session that MK has labelled and JB, blind, labels a little
// otherwise: the first set 0.6 s later, the second as something else, the third
// the same, the fourth not at all.
func twoPasses(t *testing.T) *Label {
	t.Helper()
	l, _ := open(t, theme.Dark)
	l.as(t, app.Preferences{Rater: "MK"})
	for i, at := range []float64{8, 52, 96.02, 140} {
		l.trace.SetCursor(at)
		l.press([]string{"1", "1", "2", "3"}[i], "Return", "Escape", "Escape")
	}
	l.as(t, app.Preferences{Rater: "JB", Blind: true})
	return l
}

func TestABlindPassSeesNothingOfTheOther(t *testing.T) {
	l := twoPasses(t)
	if n := len(l.editor.Sets()); n != 0 {
		t.Errorf("a blind rater sees the sets %v", l.editor.Sets())
	}
	l.press("s")
	if len(l.hints) != 5 {
		t.Errorf("%d suggestions: the labels of the other show through", len(l.hints))
	}
	for _, lane := range l.lanes() {
		if lane.Name != "" && lane.Name != "JB" {
			t.Errorf("the lane %q is shown", lane.Name)
		}
	}
	if undo, _ := l.CanUndo(); undo != "" {
		t.Errorf("JB could undo %q", undo)
	}
	l.press("Tab", "1", "a")
	if n := len(l.sets()); n != 1 || l.sets()[0].Set != "JB" || l.sets()[0].Rater != "JB" {
		t.Fatalf("%+v", l.sets())
	}
	said := ""
	l.SetStatus(func(s string, _ bool) { said = s })
	l.Undo()
	if !strings.Contains(said, "by JB") || len(l.sets()) != 0 {
		t.Errorf("undo said %q, %d sets left", said, len(l.sets()))
	}
	l.Undo()
	if !strings.Contains(said, "JB has nothing more") {
		t.Errorf("a second undo said %q", said)
	}
	l.press("j")
	if l.verdict != nil {
		t.Error("adjudication began in a blind pass")
	}
	l.as(t, app.Preferences{Rater: "JB"})
	if n := len(l.editor.Sets()); n != 1 {
		t.Errorf("after the blind pass the sets are %v", l.editor.Sets())
	}
	if n := len(l.stored(t)); n != 4 {
		t.Errorf("JB's undo left %d of MK's sets", n)
	}
}

func TestABlindPassBeginsWithNothingOfTheRaterBefore(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.as(t, app.Preferences{Rater: "MK"})
	l.toolbar.goTo.SetText("52")
	l.trace.SetView(trace.View{Start: 50, End: 56})
	l.trace.SetCursor(52)
	l.press("1", "Return")
	l.as(t, app.Preferences{Rater: "JB", Blind: true})
	if at, _ := l.trace.CursorAt(); at != 0 || l.armed != "" || l.toolbar.goTo.Text != "" || l.trace.View().Span() < 100 {
		t.Errorf("cursor %g, armed %q, go to %q, view %v", at, l.armed, l.toolbar.goTo.Text, l.trace.View())
	}
}

// A revision that somebody else left open is not gone on with unawares.
func TestAnotherRatersRevisionIsNotReturnedTo(t *testing.T) {
	l := twoPasses(t)
	l.as(t, app.Preferences{Rater: "JB"})
	l.revise("MK")
	spot, _ := l.Spot()
	l.Return(spot)
	if set := l.editor.Rules().Set; set != labeling.RevisionOf("JB", "MK") {
		t.Errorf("JB goes on in %q", set)
	}
	l.as(t, app.Preferences{Rater: "MK"})
	if set := l.editor.Rules().Set; set != "MK" {
		t.Errorf("MK works in %q", set)
	}
	l.Return(spot)
	if set := l.editor.Rules().Set; set != "MK" {
		t.Errorf("MK returns to %q", set)
	}
}

// session is the one session of the study.
func session(t *testing.T, l *Label) dataset.SessionID {
	t.Helper()
	list, err := l.source.(*app.Workbench).Sessions(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	return list[0].ID
}

func TestARevisionKeepsWhoseALabelWas(t *testing.T) {
	l := twoPasses(t)
	l.as(t, app.Preferences{Rater: "JB"})
	l.revise("MK")
	set := labeling.RevisionOf("JB", "MK")
	if n := len(l.editor.OfSet(set)); n != 8 {
		t.Fatalf("%d labels in %q", n, set)
	}
	l.trace.SetCursor(0)
	l.press("n", "]")
	x, y := l.sets()[0], l.sets()[1]
	if x.Rater != "JB" || x.Origin != "revision:MK adjusted" || y.Rater != "MK" || y.Origin != "revision:MK" {
		t.Errorf("%s %s, %s %s", x.Rater, x.Origin, y.Rater, y.Origin)
	}
	l.Undo()
	l.Undo()
	if n := len(l.editor.OfSet(set)); n != 0 {
		t.Errorf("undo of the revision leaves %d labels", n)
	}
}

// Enter in the plan writes a line; what is typed after a refusal goes on with it.
func TestARefusedPlanKeepsTheKeys(t *testing.T) {
	l, _ := open(t, theme.Dark)
	c := fyne.CurrentApp().Driver().CanvasForObject(l.Content())
	l.editPlan()
	text, ok := c.Focused().(*widget.Entry)
	if !ok {
		t.Fatalf("the keys are with %T", c.Focused())
	}
	text.SetText("foo bar baz")
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if l.inPopup == nil {
		t.Fatal("Enter closed the plan")
	}
	for _, o := range test.LaidOutObjects(c.Overlays().Top()) {
		if b, ok := o.(*parts.Button); ok && b.Word() == "Keep the plan" {
			test.Tap(b)
		}
	}
	if c.Focused() != fyne.Focusable(text) || l.inPopup == nil {
		t.Errorf("after a refusal the keys are with %T", c.Focused())
	}
	l.inPopup()
}

// The next label is of the exercise that the list shows.
func TestANumberAfterALabelChangesItAndWhatComesNext(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.as(t, app.Preferences{Rater: "MK"})
	l.trace.SetCursor(8)
	l.press("1", "Return", "2")
	if x := l.sets()[0]; x.Exercise != l.exercises[1] || l.armed != l.exercises[1] {
		t.Errorf("the label is %q, armed is %q", x.Exercise, l.armed)
	}
}

func TestThePlanArmsTheNextSet(t *testing.T) {
	l, _ := open(t, theme.Dark)
	plan, err := labeling.ParseProtocol("2 biceps-curl\ntriceps-extension\nlateral-raise", l.resolve)
	if err != nil {
		t.Fatal(err)
	}
	l.putPlan(plan)
	for i, at := range []float64{8, 52, 96.02} {
		l.trace.SetCursor(at)
		if i == 1 {
			l.press("q") // passes the second set of curls over
		}
		l.press("Return", "Escape")
	}
	var names []string
	for _, x := range l.sets() {
		names = append(names, labeling.Short(x.Exercise))
	}
	if got := strings.Join(names, " "); got != "biceps-curl triceps-extension lateral-raise" {
		t.Errorf("labelled %s", got)
	}
	s := l.standing()
	if s.Planned[1].State != labeling.PlannedSkipped || s.Next != -1 {
		t.Errorf("%+v", s)
	}
	settings, err := l.source.Settings(context.Background())
	if err != nil || len(settings.Protocol) != 3 {
		t.Errorf("the study keeps %+v, %v", settings.Protocol, err)
	}
}

func TestSuggestionsKeepTheirOrigin(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.press("1", "s", "Tab", "]")
	if h := l.hintByID(l.hint); h == nil || h.label.Origin != "suggestion:energy adjusted" {
		t.Fatalf("%+v", h)
	}
	l.press("a", "Delete")
	if len(l.hints) != 3 {
		t.Errorf("%d suggestions left of 5 after one taken and one turned down", len(l.hints))
	}
	l.press("Escape", "n", "[")
	x := l.sets()[0]
	if !labeling.Assisted(x) {
		t.Errorf("after an edit the label says it came from %q", x.Origin)
	}
	l.press("Escape", "s", "s")
	if len(l.hints) != 3 {
		t.Errorf("%d suggestions: what was turned down comes again", len(l.hints))
	}
	// Doubt orders the walk.
	l.press("d")
	for i := 1; i < len(l.hints); i++ {
		if l.hints[i].doubt > l.hints[i-1].doubt {
			t.Errorf("doubts %g after %g", l.hints[i].doubt, l.hints[i-1].doubt)
		}
	}
	if l.hint != l.hints[0].id {
		t.Errorf("%q is chosen, want the most doubtful", l.hint)
	}
}

// A wrist hardly moves in squats: what another sensor sees and the first does not
// is suggested too, and nothing twice.
func TestOtherSensorsAddWhatTheFirstMissed(t *testing.T) {
	wrist := []movement{{from: 10, to: 40}, {from: 200, to: 230}}
	thigh := []movement{{from: 5, to: 15}, {from: 100, to: 130}, {from: 230, to: 260}}
	want := []movement{{from: 10, to: 40}, {from: 100, to: 130}, {from: 200, to: 230}, {from: 230, to: 260}}
	if got := withMissed(wrist, thigh); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestAModelNamesSuggestions(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.press("s")
	hints := append([]hint(nil), l.hints...)
	answers := app.Proposals{SamePerson: true}
	for i := range hints {
		answers.Answers = append(answers.Answers, labeling.Answer{Exercise: "strength:legs/squat", Confidence: 0.4 + 0.1*float64(i), Doubt: 0.9 - 0.1*float64(i)})
	}
	answers.Answers[4] = labeling.Answer{}
	said := ""
	l.SetStatus(func(s string, _ bool) { said = s })
	l.takeAnswers(dataset.ModelRow{ID: "m1", Name: "forest"}, hints, answers)
	if !strings.Contains(said, "forest") || !strings.Contains(said, "this person") || !strings.Contains(said, "samples are missing") {
		t.Errorf("said %q", said)
	}
	l.press("1", "Tab", "a") // what is armed does not overrule a model
	x := l.sets()[0]
	if x.Exercise != "strength:legs/squat" || x.Origin != "suggestion:model:m1" || x.Confidence != 0.4 {
		t.Errorf("%+v", x)
	}
}

func TestAPatternIsPutDownElsewhere(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.as(t, app.Preferences{Rater: "MK"})
	l.trace.SetCursor(8)
	l.press("1", "Return", "Escape")
	l.trace.SetCursor(52)
	l.press("2", "Return", "Escape", "Escape")
	l.copyLabels()
	l.trace.SetCursor(140)
	l.pasteLabels()
	got := l.sets()
	if len(got) != 4 {
		t.Fatalf("%d sets", len(got))
	}
	a, _ := l.editor.Times(got[2])
	b, _ := l.editor.Times(got[3])
	if got[2].Exercise != got[0].Exercise || got[3].Exercise != got[1].Exercise || b-a < 43.9 || b-a > 44.1 || got[2].Origin != "pattern" {
		t.Errorf("%+v %+v, %g s apart", got[2], got[3], b-a)
	}
	l.widthLock = true
	length := got[2].End - got[2].Start
	l.choose(got[2].ID)
	l.press("]")
	if x, _ := l.editor.Find(got[2].ID); x.End-x.Start != length || x.Start != got[2].Start+1 {
		t.Errorf("with the width locked the label became %+v", x)
	}
}

func fmtTenth(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', 1, 64) }

// While nobody is named the only set of a session is shown, which is said; who is
// named then works in a set of their own, not in that one.
func TestASetShownToNobodyIsNotWorkedInByTheNext(t *testing.T) {
	l, said := listening(t)
	l.press("1")
	l.drawn(100, 110)
	id := l.session.ID
	l.as(t, app.Preferences{})
	l.session = nil
	*said = ""
	l.Open(id)
	if l.editor.Rules().Set != "MK" || !strings.Contains(*said, "Nobody is named as rater, so the only label set, “MK”, is shown") {
		t.Fatalf("shows %q, says %q", l.editor.Rules().Set, *said)
	}
	l.as(t, app.Preferences{Rater: "JB"})
	l.drawn(60, 70)
	for _, x := range l.stored(t) {
		if from, _ := l.editor.Times(x); (from < 90) != (x.Set == "JB") {
			t.Errorf("the label at %g s is in the set %q", from, x.Set)
		}
	}
	if got := l.editor.Rules().Set; got != "JB" {
		t.Errorf("JB works in %q", got)
	}
}
