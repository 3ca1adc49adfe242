package replay

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"onset/dataset"
	core "onset/replay"
	"onset/replay/adherence"
	"onset/replay/reps"
)

// found is a replay that found its sets itself, with a set's repetitions.
type found struct{ taped }

func (found) Result() *core.Result { return found{}.WhatIf(core.DefaultPool()) }
func (found) WhatIf(p core.Pool) *core.Result {
	r := taped{}.WhatIf(p)
	tempo, size := 1.5, 0.5
	r.Decisions[0].Counted = &core.Counted{Count: 2, TempoS: 1.4, Repetitions: []reps.Repetition{{StartS: 2, EndS: 3.4, Range: .8}, {StartS: 3.4, EndS: 4.8, Range: .9}}}
	r.Decisions[0].Quality = &core.Quality{Reference: core.ReferencePerson, Tempo: &tempo, Range: &size, Execution: core.ExecutionLow, Each: []float64{.1, .2}}
	r.Abstain = p.Abstain
	for i := range r.Decisions {
		if r.Decisions[i].P < p.Abstain {
			r.Decisions[i].Fused = ""
		}
	}
	e := core.CompareEvents([]core.Interval{{From: 10, To: 20}, {From: 40, To: 50}}, []core.Interval{{From: 10.5, To: 19}, {From: 70, To: 80}}, 100)
	r.Events = &e
	return r
}

func foundRoom(t *testing.T) (*Replay, *shelf) {
	t.Helper()
	s := &shelf{models: []dataset.ModelRow{{ID: "m1", MacroF1: .3}, {ID: "m2", MacroF1: .2}}}
	r := enter(t, s)
	r.Shown()
	r.Open("s1")
	r.Ended(1, found{}, nil, false)
	return r, s
}

func laneNames(r *Replay) (list []string) {
	for _, l := range r.shown.lanes() {
		list = append(list, l.Name)
	}
	return list
}

func TestALoopComesRoundUntilItIsLetGo(t *testing.T) {
	r, s := foundRoom(t)
	r.loopOver(20, 24)
	r.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	for wait, want := range map[time.Duration]float64{3 * time.Second: 23, 5 * time.Second: 21, 41 * time.Second: 21} {
		if at := r.player.position(s.now.Add(wait)); math.Abs(at-want) > 1e-6 {
			t.Errorf("after %v of looping at %g, want %g", wait, at, want)
		}
	}
	if r.player.ended(s.now.Add(time.Hour)) {
		t.Error("a loop ends")
	}
	s.now = s.now.Add(5 * time.Second)
	r.TypedRune('l')
	if at := r.player.position(s.now.Add(10 * time.Second)); r.player.looping() || math.Abs(at-31) > 1e-6 {
		t.Errorf("let go, playing goes on to %g", at)
	}
	r.pause()
	r.visit(0)
	r.TypedRune('l')
	if !r.player.looping() || r.player.loop[0] != 10 || r.player.loop[1] != 20 {
		t.Errorf("L at a decision plays %v", r.player.loop)
	}
}

func TestEventsAreClickedToTheTrace(t *testing.T) {
	r, s := foundRoom(t)
	if names := laneNames(r); !slices.Contains(names, "Events") {
		t.Fatalf("lanes %v", names)
	}
	var texts []string
	for _, e := range r.shown.events() {
		texts = append(texts, e.Text)
	}
	if !slices.Equal(texts, []string{"correct", "deleted", "inserted"}) {
		t.Errorf("events %v", texts)
	}
	if !strings.Contains(r.bar.scores.Text(), "1 correct, 1 deleted, 1 inserted") {
		t.Errorf("the bar says %q", r.bar.scores.Text())
	}
	for id, want := range map[string]float64{"event/d1": 70, "event/t1": 40} {
		r.pick(id)
		if at := r.player.position(s.now); at != want {
			t.Errorf("%s leads to %g", id, at)
		}
	}
	if !strings.Contains(s.status, "eleted") && !strings.Contains(s.status, "nserted") {
		t.Errorf("the status says %q", s.status)
	}
}

func TestASecondReplayIsLaidBeside(t *testing.T) {
	r, s := foundRoom(t)
	if got := r.beside.Options; len(got) != 4 || !strings.Contains(got[3], "m2") {
		t.Fatalf("offered %v", got)
	}
	r.beside.SetSelectedIndex(3)
	if len(s.started) != 2 || s.started[1] != "m2 s1 label" {
		t.Fatalf("started %v", s.started)
	}
	b := taped{}.WhatIf(core.DefaultPool())
	b.Decisions[1].Fused = "b"
	r.Ended(2, stored{b}, nil, false)
	if names := laneNames(r); !slices.Contains(names, "Fused, B") {
		t.Fatalf("lanes %v", names)
	}
	if got := r.shown.differences(); !slices.Equal(got, []float64{41}) || !strings.Contains(s.status, "at 1 of 2") || !strings.Contains(s.status, "A 1/2, B 2/2") {
		t.Errorf("they differ at %v; %q", got, s.status)
	}
	r.seek(0)
	r.TypedRune('d')
	if at := r.player.position(s.now); at != 41 {
		t.Errorf("D goes to %g", at)
	}
	// Weights changed by hand are A's alone where B is another model, and it is said.
	test.Tap(r.panel.sections[core.Sensor].mute)
	if n := len(r.shown.differences()); n != 2 {
		t.Errorf("after muting A's sensor they differ %d times", n)
	}
	r.beside.SetSelectedIndex(0)
	if slices.Contains(laneNames(r), "Fused, B") {
		t.Error("nothing is chosen and B is still there")
	}
}

// stored is a replay with one fixed result.
type stored struct{ r *core.Result }

func (s stored) Result() *core.Result          { return s.r }
func (s stored) WhatIf(core.Pool) *core.Result { return s.r }
func (s stored) Pool() core.Pool               { return core.DefaultPool() }

func TestDecisionsAreAlignedByTheirOnsets(t *testing.T) {
	a := []core.Decision{decision(10, "a", "a"), decision(30, "", "x"), decision(60, "b", "b")}
	b := []core.Decision{decision(10.4, "", "a"), decision(31, "", "y"), decision(90, "", "z")}
	if got := align(a, b); !slices.Equal(got, []pair{{0, 0}, {1, 1}, {2, -1}, {-1, 2}}) {
		t.Errorf("%v", got)
	}
}

func TestTheCostOfAWrongAnswerSilencesLive(t *testing.T) {
	r, s := foundRoom(t)
	r.price(10)
	if r.shown.result.Abstain != 0.9 || len(r.shown.flips()) != 2 || !strings.Contains(s.status, "2 decisions flip") || !strings.Contains(s.status, "2 unanswered") {
		t.Fatalf("below %g, flips %v, %q", r.shown.result.Abstain, r.shown.flips(), s.status)
	}
	if got := r.shown.fused()[0].Text; !strings.Contains(got, "no answer") || !strings.Contains(got, "was a") {
		t.Errorf("the silenced span says %q", got)
	}
	r.reset()
	if len(r.shown.flips()) != 0 || r.panel.cost.value.Text() != "1x" {
		t.Errorf("after reset %v, %s", r.shown.flips(), r.panel.cost.value.Text())
	}
}

func TestASetShowsEachRepetition(t *testing.T) {
	r, s := foundRoom(t)
	r.visit(0)
	set := r.panel.set
	for _, want := range []string{"2 repetitions, 1.4 s each", "length 1.50x, range 0.50x", "low amplitude"} {
		if !strings.Contains(set.told.Text(), want) {
			t.Errorf("the set says %q, not %q", set.told.Text(), want)
		}
	}
	if len(set.starts) != 2 {
		t.Fatalf("%d lines", len(set.starts))
	}
	set.list.OnSelected(1)
	if at := r.player.position(s.now); math.Abs(at-13.4) > 1e-9 {
		t.Errorf("the second repetition leads to %g", at)
	}
	r.visit(1)
	if !strings.Contains(set.told.Text(), "missing") {
		t.Errorf("a set without samples says %q", set.told.Text())
	}
}

func TestRulesAreBuiltCheckedAndShown(t *testing.T) {
	r, s := foundRoom(t)
	r.shown.labels = []dataset.Label{
		{ID: "l1", Kind: dataset.KindExercise, Recording: "r", Start: 500, End: 1000, Exercise: "a:b/curl"},
		{ID: "l2", Kind: dataset.KindExercise, Recording: "r", Start: 1000, End: 1500, Exercise: "a:b/row"},
	}
	u := r.panel.rules
	u.setExercises(r.shown)
	u.pattern.SetSelectedIndex(4) // after A, B of at least d follows within t
	u.first.SetSelected("curl")
	u.second.SetSelected("rest")
	u.within.SetText("5")
	if !strings.Contains(u.formula.Text, `"a:b/curl"`) || !strings.Contains(u.formula.Text, "F[0,5]") || !strings.Contains(u.formula.Text, "G[0,30]") {
		t.Fatalf("the formula reads %s", u.formula.Text)
	}
	r.checkRule()
	if len(u.found) != 1 || !strings.Contains(u.told.Text(), "broken 1 time") || !slices.Contains(laneNames(r), "Rule") {
		t.Fatalf("%q, %+v, lanes %v", u.told.Text(), u.found, laneNames(r))
	}
	r.pick("rule/0")
	if at := r.player.position(s.now); math.Abs(at-19) > 1.5 {
		t.Errorf("the violation leads to %g; the curl ends at 20", at)
	}
	u.within.SetText("15")
	r.checkRule()
	if len(u.found) != 0 || !strings.Contains(u.told.Text(), "keeps") || slices.Contains(laneNames(r), "Rule") {
		t.Errorf("with time enough: %q", u.told.Text())
	}
	u.formula.SetText(`F "a:b/curl" & G !"a:b/curl"`)
	r.checkRule()
	if !strings.Contains(u.told.Text(), "contradict") {
		t.Errorf("a contradiction: %q", u.told.Text())
	}
	u.formula.SetText(`G !"nonsense exercise"`)
	r.checkRule()
	if !strings.Contains(u.told.Text(), "nonsense exercise” occurs nowhere") {
		t.Errorf("a name that nothing has: %q", u.told.Text())
	}
	u.formula.SetText(`G "rest`)
	r.checkRule()
	if strings.Contains(u.told.Text(), `\"`) || !strings.Contains(u.told.Text(), `"rest`) {
		t.Errorf("a quotation mark without its end: %q", u.told.Text())
	}
	u.within.SetText("soon")
	if !strings.Contains(u.told.Text(), `"soon"`) {
		t.Errorf("no number: %q", u.told.Text())
	}
}

func TestTheAblationIsMeasuredShownAndWritten(t *testing.T) {
	r, s := foundRoom(t)
	asked := ""
	r.actions.Ablate = func(protocol string) int { asked = protocol; return 7 }
	if len(r.Exports()) != 0 {
		t.Error("nothing was measured and it can be exported")
	}
	r.showStudy(true)
	test.Tap(r.study.run)
	if asked != core.LeaveParticipantOut || r.study.run.Visible() || !r.study.stop.Visible() {
		t.Fatalf("asked %q", asked)
	}
	test.Tap(r.study.stop)
	if !slices.Equal(s.cancelled, []int{7}) {
		t.Errorf("cancelled %v", s.cancelled)
	}
	a := &core.Ablation{Protocol: asked, N: 20, Unit: "set", Alone: map[string]core.Score{}}
	for c := 1; c < 16; c++ {
		var names []string
		for i, n := range core.SourceNames() {
			if c&(1<<i) != 0 {
				names = append(names, n)
			}
		}
		a.Table = append(a.Table, core.Score{Sources: names, Accuracy: .5 + float64(c)/100, Interval: [2]float64{.4, .7}, N: 20})
		a.Paired = append(a.Paired, core.Difference{B: names, Mean: .1, Interval: [2]float64{-.01, .2}})
	}
	a.Fused = a.Table[14]
	r.Ablated(7, &core.Kept{Ablation: a, MadeAt: time.Date(2026, 3, 4, 9, 30, 0, 0, time.UTC)}, nil, false)
	if !r.study.filled.Visible() || r.study.table.Rows() != 7 || !r.study.run.Visible() {
		t.Fatalf("%d rows", r.study.table.Rows())
	}
	if n := r.study.parted.grids[0].Rows(); n != 1 {
		t.Errorf("%d rows of the study and its people", n)
	}
	if !strings.Contains(r.study.notes.Text(), "20 sets") {
		t.Errorf("the notes say %q", r.study.notes.Text())
	}
	dir := t.TempDir()
	for _, x := range r.Exports() {
		path := filepath.Join(dir, x.Suggested)
		if err := x.Write(path); err != nil {
			t.Fatal(err)
		}
		text, _ := os.ReadFile(path)
		if !strings.Contains(string(text), "sensor + order") {
			t.Errorf("%s holds %.80q", x.Suggested, text)
		}
		if err := x.Write(path); err == nil {
			t.Errorf("%s is written over", x.Suggested)
		}
	}
	r.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if r.study.object.Visible() || !r.view.body.Visible() {
		t.Error("Escape does not lead back to the session")
	}
}

func TestOnlyWhatWasAskedForDiffersBeside(t *testing.T) {
	r, s := foundRoom(t)
	test.Tap(r.panel.sections[core.Sensor].mute)
	r.beside.SetSelectedIndex(2) // the same, nobody confirms
	r.Ended(len(s.started), taped{}, nil, false)
	if n := len(r.shown.differences()); n != 0 || !strings.Contains(s.status, "by hand") {
		t.Errorf("with the sensor muted in both they differ %d times; %q", n, s.status)
	}
	r.reset()
	if n := len(r.shown.differences()); n != 0 {
		t.Errorf("with the fitted weights back in both they differ %d times", n)
	}
}

func TestASetTellsTheLabelsOwnCountAndItsGaps(t *testing.T) {
	r, _ := foundRoom(t)
	n := 3
	r.shown.labels = []dataset.Label{{ID: "l", Kind: dataset.KindExercise, Recording: "r", Start: 500, End: 1000, Exercise: "a", Attributes: dataset.Attributes{Repetitions: &n}}}
	r.shown.session.Recordings[0].Clock = dataset.Clock{Segments: []dataset.Segment{{Start: 0, Rate: 50}, {First: 600, Start: 12.5, Rate: 50}}}
	r.panel.set.show(r.shown, 0)
	for _, want := range []string{"label says 3", "2 repetitions", "gap of 0.5 s"} {
		if !strings.Contains(r.panel.set.told.Text(), want) {
			t.Errorf("%q does not say %q", r.panel.set.told.Text(), want)
		}
	}
}

func TestARuleIsHeldAgainstTheMiddleOfEachSecond(t *testing.T) {
	done := []adherence.Activity{{StartS: 0, EndS: 19.2, Name: "a:b/curl"}, {StartS: 19.2, EndS: 40, Name: "rest"}}
	if got := doing(done, 19); got != "rest" {
		t.Errorf("the second from 19 s is %q", got)
	}
	if got := begun(done, 19); got != 19.2 {
		t.Errorf("it began at %g", got)
	}
}

func TestFiguresLeadToWhatTheyCount(t *testing.T) {
	r, s := foundRoom(t)
	r.shown.labels = []dataset.Label{{Kind: dataset.KindExercise, Recording: "r", Start: 500, End: 1000, Exercise: "a"}, {Kind: dataset.KindExercise, Recording: "r", Start: 2000, End: 2500, Exercise: "b"}}
	f := r.panel.figures
	f.show(r.shown)
	line := func(name string) (int, string) {
		for i, x := range f.lines {
			if x.name == name {
				return i, x.value
			}
		}
		t.Fatalf("no line %q in %+v", name, f.lines)
		return 0, ""
	}
	for name, want := range map[string]string{"right at the decision": "0.50 (1/2)", "wrong": "1", "unanswered": "0", "first right, middle": "1.0 s", "never right": "1/2",
		"onset off, middle": "0.5 s", "correct": "1", "deleted": "1", "inserted": "1", "merged": "0", "underfill": "1.5 s"} {
		if _, got := line(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]float64{"deleted": 40, "inserted": 70, "wrong": 41, "never right": 40} {
		i, _ := line(name)
		f.list.OnSelected(i)
		if at := r.player.position(s.now); at != want {
			t.Errorf("%s leads to %g, want %g", name, at, want)
		}
	}
}

func TestAKeptAblationIsShownWithItsMomentAndSaidToBeOld(t *testing.T) {
	r, s := foundRoom(t)
	s.now = time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)
	a := &core.Ablation{Protocol: core.LeaveParticipantOut, N: 4, Unit: "set", Alone: map[string]core.Score{},
		People: []core.Part{{Participant: "P07", N: 4, Latency: &core.Latency{MedianS: 2.5, P90S: 4, Missed: 1, Of: 4},
			Segmentation: &core.EventSummary{Counts: map[core.EventKind]int{core.EventCorrect: 3}, OnsetErrorS: core.Spread{Median: .4, N: 3}, FalseStartsPerHour: 1.5}}}}
	k := &core.Kept{Ablation: a, MadeAt: time.Date(2026, 3, 4, 9, 30, 0, 0, time.UTC)}
	s.kept = map[string]*core.Kept{core.LeaveParticipantOut: k}
	r.showStudy(true)
	if !r.study.filled.Visible() || !strings.Contains(r.study.state.Text(), "2026-03-04 09:30") || strings.Contains(r.study.state.Text(), "date:") {
		t.Errorf("the page shows %q", r.study.state.Text())
	}
	if got := timeCells(a.People[0]); !slices.Equal(got, []string{"2.5 s", "4.0 s", "1/4", "0.4 s", "1.5", "–"}) {
		t.Errorf("how soon and where: %q", got)
	}
	if got := eventCells(a.People[0].Segmentation); got[0] != "3" || got[1] != "0" {
		t.Errorf("events: %q", got)
	}
	r.study.parted.which.SetSelectedIndex(1)
	if r.study.parted.grids[0].Object().Visible() || !r.study.parted.grids[1].Object().Visible() {
		t.Error("how soon and where is chosen and not shown")
	}
	k.Outdated = true
	r.Shown()
	if !strings.HasPrefix(r.study.state.Text(), "Out of date") {
		t.Errorf("labels changed since: %q", r.study.state.Text())
	}
	r.study.protocol.SetSelectedIndex(1)
	if r.study.filled.Visible() || len(r.Exports()) != 0 {
		t.Error("another protocol shows what was not measured by it")
	}
}
