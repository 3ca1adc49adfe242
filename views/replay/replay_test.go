package replay

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"pgregory.net/rapid"

	"onset/dataset"
	"onset/dataset/pyramid"
	core "onset/replay"
	"onset/views/task"
	"onset/views/theme"
	"onset/views/trace"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestPlayingIsAFunctionOfTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := player{length: rapid.Float64Range(1, 4000).Draw(t, "length"), speed: rapid.SampledFrom(speeds).Draw(t, "speed")}
		p.seek(rapid.Float64Range(-10, 5000).Draw(t, "seek"), noon)
		at := p.position(noon)
		if at < 0 || at > p.length {
			t.Fatalf("seek leads to %g of %g", at, p.length)
		}
		if at == p.length {
			at = 0 // play begins again
		}
		p.play(noon)
		wait := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "wait"))
		want := math.Min(at+wait.Seconds()*p.speed, p.length)
		if got := p.position(noon.Add(wait)); math.Abs(got-want) > 1e-6 {
			t.Fatalf("after %v at %gx: %g, want %g", wait, p.speed, got, want)
		}
		p.faster(rapid.IntRange(-3, 3).Draw(t, "step"), noon.Add(wait))
		if got := p.position(noon.Add(wait)); math.Abs(got-want) > 1e-6 {
			t.Fatalf("another speed jumps from %g to %g", want, got)
		}
		p.pause(noon.Add(wait))
		if got := p.position(noon.Add(2 * time.Hour)); math.Abs(got-want) > 1e-6 {
			t.Fatalf("paused at %g, later at %g", want, got)
		}
	})
}

func decision(onset float64, truth, fused string) core.Decision {
	return core.Decision{OnsetS: onset, AtS: onset + 1, EndS: onset + 10, Truth: truth, Fused: fused, P: .8,
		Sensor: core.Distribution{fused: .8, "other": .2}, Markov: core.Distribution{truth: 1}, Whole: core.Distribution{fused: .8, "other": .2}, Why: "because"}
}

func shownOf(ds ...core.Decision) *replayed {
	r := &core.Result{Decisions: ds, States: []core.Span{{FromS: 0, ToS: 5, State: "idle"}, {FromS: 5, ToS: 6, State: "setup"}}}
	return &replayed{session: dataset.Session{Recordings: []dataset.Recording{{ID: "r", Samples: 5000, Clock: dataset.Uniform(0, 50)}}},
		result: r, base: r, classes: theme.NewClasses(nil)}
}

func TestTheDecisionThatStands(t *testing.T) {
	r := shownOf(decision(10, "a", "a"), decision(30, "b", "a"), decision(50, "c", "c"))
	for at, want := range map[float64]int{0: -1, 10.5: -1, 11: 0, 30.9: 0, 31: 1, 99: 2} {
		if got := r.decisionAt(at); got != want {
			t.Errorf("at %g s decision %d stands, want %d", at, got, want)
		}
	}
}

func TestErrorsAreVisitedInTurn(t *testing.T) {
	r := shownOf(decision(10, "a", "b"), decision(30, "", "a"), decision(50, "c", "c"), decision(70, "d", "x"))
	at, visited := 0.0, []int{}
	for range 3 {
		i := r.nextError(at)
		visited = append(visited, i)
		at = r.result.Decisions[i].AtS
	}
	if !slices.Equal(visited, []int{0, 3, 0}) {
		t.Errorf("visited %v", visited)
	}
	if got := shownOf(decision(10, "a", "a")).nextError(0); got != -1 {
		t.Errorf("an error where all is right: %d", got)
	}
}

func TestLanesShowEachAnswerWhereItWasGiven(t *testing.T) {
	r := shownOf(decision(10, "a:b/curl", "a:b/curl"), decision(15, "row", "curl"))
	n := 3
	r.labels = []dataset.Label{{ID: "l1", Kind: dataset.KindExercise, Recording: "r", Start: 500, End: 1000, Exercise: "a:b/curl", Attributes: dataset.Attributes{Repetitions: &n}},
		{ID: "l2", Kind: dataset.KindSetup, Recording: "r", Start: 500, End: 550}}
	lanes := r.lanes()
	names := make([]string, len(lanes))
	for i, l := range lanes {
		names[i] = l.Name
	}
	if want := []string{"Truth", "State", "Sensor", "Order", "Place", "Memory", "Fused"}; !slices.Equal(names, want) {
		t.Fatalf("lanes %v", names)
	}
	if truth := lanes[0].Spans; len(truth) != 1 || truth[0].Text != "curl · 3" || truth[0].Start != 10 || truth[0].End != 20 {
		t.Errorf("truth: %+v", truth)
	}
	fused := lanes[6].Spans
	if fused[0].Start != 11 || fused[0].End != 15 || fused[0].Wrong {
		t.Errorf("the first answer runs from its decision to the next onset: %+v", fused[0])
	}
	if !fused[1].Wrong {
		t.Error("a wrong answer is not marked")
	}
	if order := lanes[3].Spans; order[0].Start != 10 || order[0].Look != trace.Faded {
		t.Errorf("the order speaks from the onset on: %+v", order[0])
	}
	if place := lanes[4].Spans; place[0].Text != "– no answer" {
		t.Errorf("a silent source answers %q", place[0].Text)
	}
}

func TestASourceWithoutEvidenceIsSilentAndNotWrong(t *testing.T) {
	d := decision(10, "a", "a")
	d.Place = core.Distribution{"a": .5, "b": .5}
	r := shownOf(d)
	if span := r.alone(core.Place)[0]; span.Wrong || span.Text != "– no answer" {
		t.Errorf("place is drawn as %+v", span)
	}
	if speaks(r.result, core.Place) || !speaks(r.result, core.Sensor) {
		t.Error("who speaks is mistaken")
	}
	none := decision(10, "a", "")
	if span := shownOf(none).fused()[0]; span.Wrong || span.Look != trace.Outline || !strings.HasPrefix(span.Text, "–") {
		t.Errorf("an answer that was not given is drawn as %+v", span)
	}
	if x := shownOf(none); x.nextError(0) != -1 || unanswered(x.result) != 1 {
		t.Error("an answer that was not given counts as a wrong one, or not at all")
	}
}

func TestFlipsAreCountedAndNamed(t *testing.T) {
	r := shownOf(decision(10, "a", "a"), decision(30, "b", "b"))
	changed := *r.result
	changed.Decisions = []core.Decision{decision(10, "a", "b"), decision(30, "b", "b")}
	r.result = &changed
	if got := r.flips(); !slices.Equal(got, []int{0}) {
		t.Fatalf("flips %v", got)
	}
	if got := r.fused(); got[0].Text != "b (was a)" || !got[0].Flag || got[1].Flag {
		t.Errorf("flipped spans %+v", got)
	}
	if got := r.flipped(0); !strings.HasPrefix(got, "Now wrong") || r.flipped(1) != "" {
		t.Errorf("the panel says %q", got)
	}
}

func TestVerdict(t *testing.T) {
	d := decision(10, "a", "b")
	if got := verdict(d); !strings.Contains(got, "1.0 s after onset") || !strings.Contains(got, "Wrong: it was a") {
		t.Error(got)
	}
	d.Sensor = core.Distribution{"a": .9, "b": .1}
	if got := verdict(d); !strings.Contains(got, "sensor alone would have said a") {
		t.Error(got)
	}
	d.Truth = ""
	if got := verdict(d); !strings.Contains(got, "Nothing is labelled") {
		t.Error(got)
	}
}

// shelf is a source with one session and one model.
type shelf struct {
	models    []dataset.ModelRow
	sessions  []dataset.SessionSummary
	started   []string
	cancelled []int
	now       time.Time
	model     string
	status    string
	without   []bool
	kept      map[string]*core.Kept // ablations by protocol
}

func (s *shelf) Ablation(_ context.Context, protocol string) (*core.Kept, error) {
	return s.kept[protocol], nil
}

func (s *shelf) Session(_ context.Context, id dataset.SessionID) (dataset.Session, error) {
	return dataset.Session{ID: id, Participant: "P07", Recordings: []dataset.Recording{{ID: "r", Placement: "left-wrist", Samples: 5000, NominalHz: 50,
		Clock: dataset.Uniform(0, 50), Channels: []dataset.Channel{{ID: 1, Kind: "accelerometer", Axis: "x", Unit: "g"}}}}}, nil
}
func (s *shelf) Labels(_ context.Context, id dataset.SessionID) ([]dataset.Label, error) {
	if id == "bare" {
		return nil, nil
	}
	return []dataset.Label{{Exercise: "squat", Start: 1, End: 2}}, nil
}

func (s *shelf) Sessions(context.Context) ([]dataset.SessionSummary, error) { return s.sessions, nil }
func (s *shelf) Models(context.Context) ([]dataset.ModelRow, error)         { return s.models, nil }
func (s *shelf) Settings(context.Context) (dataset.Settings, error)         { return dataset.Settings{}, nil }
func (s *shelf) Pyramid(context.Context, dataset.ChannelID) (*pyramid.Pyramid, error) {
	b := pyramid.NewBuilder()
	b.Append(make([]float64, 5000))
	return b.Pyramid(), nil
}
func (s *shelf) Detail(ctx context.Context, id dataset.ChannelID, _, _ int64) (*pyramid.Pyramid, int64, error) {
	p, err := s.Pyramid(ctx, id)
	return p, 0, err
}
func (s *shelf) ReadSamples(_ context.Context, _ dataset.ChannelID, _ int64, dst []float64) (int, error) {
	return len(dst), nil
}

// taped is a replay whose answers follow the weights: without the sensor the
// first decision flips.
type taped struct{}

func (taped) Pool() core.Pool { return core.DefaultPool() }
func (taped) Result() *core.Result {
	return taped{}.WhatIf(core.DefaultPool())
}
func (taped) WhatIf(p core.Pool) *core.Result {
	first := decision(10, "a", "a")
	if p.Weight[core.Sensor] == 0 {
		first = decision(10, "a", "b")
	}
	return &core.Result{Model: "m1", Participant: "P07", N: 2, Decisions: []core.Decision{first, decision(40, "b", "c")}}
}

func enter(t *testing.T, s *shelf) *Replay {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	s.now = noon
	r := New(s, Actions{
		Start: func(models []string, id dataset.SessionID, o core.Options) int {
			s.started = append(s.started, strings.Join(models, ",")+" "+string(id)+" "+o.At)
			return len(s.started)
		},
		TrainWithout: func(person bool) { s.without = append(s.without, person) },
		Cancel:       func(job int) { s.cancelled = append(s.cancelled, job) },
		Model:        func(text string) { s.model = text },
		Error:        func(err error) { t.Error(err) },
		Now:          func() time.Time { return s.now },
	}, task.Inline())
	r.SetStatus(func(text string, _ bool) { s.status = text })
	test.NewTempWindow(t, r.Content()).Resize(fyne.NewSize(1302, 677))
	return r
}

func TestEmptyRoomsSayWhatIsMissing(t *testing.T) {
	r := enter(t, &shelf{})
	r.Shown()
	if !r.view.noSession.Visible() {
		t.Error("without a session nothing says so")
	}
	r.Open("s1")
	if !r.view.noModel.Visible() || r.view.noSession.Visible() {
		t.Error("without a model nothing says so")
	}
}

func TestASessionWithoutLabelsIsDecidedWhereMovementBegins(t *testing.T) {
	s := &shelf{models: []dataset.ModelRow{{ID: "m1", MacroF1: .3}}}
	r := enter(t, s)
	r.Shown()
	r.Open("bare")
	r.Ended(1, taped{}, nil, false)
	r.Open("s1")
	if !slices.Equal(s.started, []string{"m1 bare detected", "m1 s1 label"}) {
		t.Errorf("started %v", s.started)
	}
}

func TestAnOpenedSessionIsReplayedByTheBestModel(t *testing.T) {
	s := &shelf{models: []dataset.ModelRow{{ID: "m1", MacroF1: .3}, {ID: "m2", MacroF1: .7}}}
	r := enter(t, s)
	r.Shown()
	r.Open("s1")
	if !slices.Equal(s.started, []string{"m2 s1 label"}) {
		t.Fatalf("started %v", s.started)
	}
	r.Ended(1, taped{}, nil, false)
	if s.model != "m1, trained without P07" {
		t.Errorf("the top line says %q", s.model)
	}
	if got := r.DumpState()["decisions"]; got != 2 {
		t.Errorf("%v decisions", got)
	}
	if !strings.Contains(r.bar.n.Text(), "2 decisions") {
		t.Errorf("scores say %q", r.bar.n.Text())
	}
}

func replayedRoom(t *testing.T) (*Replay, *shelf) {
	t.Helper()
	s := &shelf{models: []dataset.ModelRow{{ID: "m1", MacroF1: .3}}}
	r := enter(t, s)
	r.Shown()
	r.Open("s1")
	r.Ended(1, taped{}, nil, false)
	return r, s
}

func TestKeysWalkTheSession(t *testing.T) {
	r, s := replayedRoom(t)
	r.TypedRune('e')
	if at := r.player.position(s.now); at != 41 || r.current != 1 {
		t.Fatalf("E goes to %g, decision %d", at, r.current)
	}
	if r.panel.answer.Text() != "c" || !strings.Contains(r.panel.verdict.Text(), "Wrong") {
		t.Errorf("the panel says %q, %q", r.panel.answer.Text(), r.panel.verdict.Text())
	}
	r.TypedRune('p')
	if r.current != 0 {
		t.Errorf("P goes to decision %d", r.current)
	}
	r.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	if at := r.player.position(s.now); at != 12 {
		t.Errorf("one packet on from 11 is %g", at)
	}
	r.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	s.now = s.now.Add(3 * time.Second)
	r.tick()
	if at := r.player.position(s.now); at != 15 || !r.player.playing {
		t.Errorf("three seconds of playing lead to %g", at)
	}
	r.Hidden()
	if r.player.playing {
		t.Error("a room that is left plays on")
	}
}

func TestPlaybackStopsAtTheEnd(t *testing.T) {
	r, s := replayedRoom(t)
	r.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	s.now = s.now.Add(time.Hour)
	r.tick()
	if r.player.playing || r.player.at != r.player.length {
		t.Errorf("playing %v at %g of %g", r.player.playing, r.player.at, r.player.length)
	}
}

func TestNothingMovesWhateverIsExplained(t *testing.T) {
	r, _ := replayedRoom(t)
	mute := r.panel.sections[core.Memory].mute
	r.panel.show(r.shown, 0)
	r.panel.reserve(&core.Result{Decisions: []core.Decision{{Why: strings.Repeat("because of very much, ", 40)}}})
	r.panel.object.Refresh()
	least := r.panel.object.MinSize()
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(mute)
	r.panel.show(r.shown, -1)
	r.panel.why.SetText(strings.Repeat("because of very much, ", 40))
	r.panel.object.Refresh()
	if got := fyne.CurrentApp().Driver().AbsolutePositionForObject(mute); got != at || r.panel.object.MinSize() != least {
		t.Errorf("mute moves from %v to %v", at, got)
	}
}

func TestMutingASourceShowsWhatFlips(t *testing.T) {
	r, s := replayedRoom(t)
	test.Tap(r.panel.sections[core.Sensor].mute)
	if len(r.shown.flips()) != 1 || !strings.Contains(s.status, "1 decision flips") || !strings.Contains(s.status, "0 right, 1 wrong now") {
		t.Fatalf("flips %v, status %q", r.shown.flips(), s.status)
	}
	if r.panel.sections[core.Sensor].value.Text() != "off" {
		t.Errorf("a muted source's weight reads %q", r.panel.sections[core.Sensor].value.Text())
	}
	test.Tap(r.panel.sections[core.Sensor].mute)
	if len(r.shown.flips()) != 0 || s.status != "" {
		t.Error("unmuting does not bring the decisions back")
	}
	r.panel.sections[core.Sensor].weight.SetValue(0)
	if len(r.shown.flips()) != 1 {
		t.Error("a weight of 0 is not muting")
	}
	r.reset()
	if len(r.shown.flips()) != 0 {
		t.Error("the fitted weights are not back")
	}
}

func TestAnotherSessionDropsTheReplayUnderWay(t *testing.T) {
	s := &shelf{models: []dataset.ModelRow{{ID: "m1"}}}
	r := enter(t, s)
	r.Shown()
	r.Open("s1")
	r.Open("s2")
	if !slices.Equal(s.cancelled, []int{1}) {
		t.Fatalf("cancelled %v", s.cancelled)
	}
	r.Ended(1, taped{}, nil, false)
	if r.shown != nil {
		t.Error("the first session's decisions are shown over the second one")
	}
}

func TestAModelThatKnowsTheSessionOffersAnHonestOne(t *testing.T) {
	r, _ := replayedRoom(t)
	if r.panel.honest.Visible() {
		t.Error("offered although the model never saw the session")
	}
	r.panel.setNotes(&core.Result{TrainedOnSession: true})
	if !r.panel.honest.Visible() {
		t.Error("not offered")
	}
}

// moving is a replay whose weights follow the session.
type moving struct{ taped }

func (moving) Result() *core.Result { return moving{}.WhatIf(core.DefaultPool()) }
func (moving) WhatIf(p core.Pool) *core.Result {
	r := taped{}.WhatIf(p)
	r.Weights = map[string]float64{"sensor": .76, "markov": .8, "place": .5, "memory": .7}
	for i := range r.Decisions {
		r.Decisions[i].Margin = .42
		r.Decisions[i].Weights = map[string]float64{"sensor": .65, "markov": .8, "place": .5, "memory": .7}
		if p.Held[core.Sensor] || p.Weight[core.Sensor] == 0 {
			r.Decisions[i].Weights["sensor"] = p.Weight[core.Sensor]
		}
	}
	return r
}

func TestTheWeightsAreThoseOfTheDecision(t *testing.T) {
	r, s := replayedRoom(t)
	r.job = 9
	r.Ended(9, moving{}, nil, false)
	r.visit(0)
	sec := r.panel.sections[core.Sensor]
	if sec.value.Text() != "0.65" || sec.beside.Text() != "began at 0.76 · floor 0.02" {
		t.Errorf("the sensor's weight reads %q, %q", sec.value.Text(), sec.beside.Text())
	}
	if got := r.panel.sections[core.Place].beside.Text(); got != "floor 0.05" {
		t.Errorf("the place's reads %q", got)
	}
	if got := r.panel.margin.Text(); got != "margin 0.42" {
		t.Errorf("the margin reads %q", got)
	}
	sec.weight.SetValue(0.4)
	if sec.value.Text() != "0.40" || sec.beside.Text() != "by hand · fitted 0.65 · floor 0.02" {
		t.Errorf("by hand it reads %q, %q", sec.value.Text(), sec.beside.Text())
	}
	test.Tap(sec.mute)
	if r.TypedRune('f'); r.current != 0 || !strings.Contains(s.status, "Flip 1 of 1. Now wrong") || !strings.Contains(r.panel.verdict.Text(), "Now wrong: with the fitted weights a") {
		t.Errorf("F goes to %d, %q; the panel says %q", r.current, s.status, r.panel.verdict.Text())
	}
	if r.TypedRune('w'); r.byHand() || sec.value.Text() != "0.65" || r.panel.muted[core.Sensor] {
		t.Error("W does not lead back to the fitted weights")
	}
}

func knowing(id string, f1 float64, sensors string, people ...string) dataset.ModelRow {
	names := `"` + strings.Join(people, `","`) + `"`
	var channels []string
	for _, x := range strings.Fields(sensors) {
		channels = append(channels, `{"sensor":"`+x+`"}`)
	}
	return dataset.ModelRow{ID: id, Name: id, MacroF1: f1, Spec: []byte(`{"lineage":{"participants":[` + names + `]},"contract":{"window_s":1,"channels":[` + strings.Join(channels, ",") + `]},"net":{}}`)}
}

func TestAModelThatDoesNotKnowThePersonIsPreferred(t *testing.T) {
	s := &shelf{models: []dataset.ModelRow{knowing("best", .9, "left-wrist/accelerometer", "P01", "P07"), knowing("honest", .5, "left-wrist/accelerometer", "P01")},
		sessions: []dataset.SessionSummary{{Participant: "P01", Exercises: map[string]int{"a": 1}}, {Participant: "P07", Exercises: map[string]int{"a": 1}}}}
	r := enter(t, s)
	r.Shown()
	r.Open("s1")
	if !slices.Equal(s.started, []string{"honest s1 label"}) {
		t.Fatalf("started %v", s.started)
	}
	if o := r.choose.Options; !strings.Contains(o[0], "learnt from everybody") || !strings.Contains(o[1], "without P07") {
		t.Errorf("offered %q", o)
	}
	// While another model replays, nothing old is shown as if it were its own.
	r.Ended(1, taped{}, nil, false)
	if r.view.waiting.Visible() {
		t.Error("still dimmed")
	}
	r.choose.SetSelectedIndex(0)
	if !r.view.waiting.Visible() || !strings.Contains(r.view.telling.Text(), "best") {
		t.Errorf("over the old lanes: %q", r.view.telling.Text())
	}
	r.Ended(2, taped{}, nil, false)
	// A model that is trained for this session is chosen when it is there, and
	// offered beside.
	r.trainWithout(true)
	s.models = append(s.models, knowing("new", .1, "left-wrist/accelerometer", "P01"))
	r.Shown()
	if got := s.started[len(s.started)-1]; got != "new s1 label" {
		t.Errorf("after training %v", s.started)
	}
	if !strings.Contains(strings.Join(r.beside.Options, "\n"), "honest") || strings.Contains(strings.Join(r.beside.Options, "\n"), "new") {
		t.Errorf("beside: %q", r.beside.Options)
	}
}

func TestWhicheverSensorsAreAtHandIsOffered(t *testing.T) {
	s := &shelf{models: []dataset.ModelRow{knowing("acc", .9, "left-wrist/accelerometer"), knowing("any", .5, "any/accelerometer")}}
	r := enter(t, s)
	r.Shown()
	r.Open("s1")
	if o := r.choose.Options; len(o) != 3 || !strings.Contains(o[2], "Whichever sensors") {
		t.Fatalf("offered %q; the models come without their weights, as from a study", o)
	}
	r.replayAtHand()
	if got := s.started[len(s.started)-1]; got != "acc,any s1 label" {
		t.Errorf("started %v", s.started)
	}
}
