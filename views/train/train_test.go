package train

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"pgregory.net/rapid"

	"onset/dataset"
	"onset/training"
	"onset/views/task"
	"onset/views/theme"
)

func TestFormKeepsWhatAConfigSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := training.DefaultConfig()
		if rapid.Bool().Draw(t, "sensors") {
			c.Data.SensorSet = training.SensorSet{"left-wrist/accelerometer", "right-thigh/gyroscope"}
		}
		c.Data.At = rapid.SampledFrom([]string{training.AtOnset, training.AtSliding}).Draw(t, "at")
		c.Data.WindowS = rapid.Float64Range(0.1, 8).Draw(t, "window")
		c.Data.StepS = rapid.Float64Range(0.1, 4).Draw(t, "step")
		c.Data.BridgeS = rapid.Float64Range(0, c.Data.WindowS/2).Draw(t, "bridge")
		c.Split.By = rapid.SampledFrom([]string{training.ByParticipant, training.BySession}).Draw(t, "split")
		c.Split.Folds = rapid.SampledFrom([]int{0, 2, 5, 10}).Draw(t, "folds")
		c.Model.Layers = rapid.SliceOfN(rapid.IntRange(1, 500), 1, 4).Draw(t, "layers")
		c.Model.Dropout = rapid.Float64Range(0, 0.9).Draw(t, "dropout")
		c.Fit.Rate = rapid.Float64Range(1e-5, 0.1).Draw(t, "rate")
		c.Fit.Epochs = rapid.IntRange(1, 200).Draw(t, "epochs")
		c.Fit.Seed = uint64(rapid.Uint32().Draw(t, "seed"))
		c.Data.ExcludeSessions = training.Names{"abc"} // not in the form: it must survive
		got, err := valuesOf(c).config(c)
		if err != nil {
			t.Fatal(err)
		}
		if text(got) != text(c) {
			t.Fatalf("through the fields:\n%s\nwant:\n%s", text(got), text(c))
		}
		again, err := training.ParseConfig([]byte(text(c)))
		if err != nil || text(again) != text(c) {
			t.Fatalf("through the text: %v\n%s", err, text(again))
		}
	})
}

func TestFormNamesTheFieldThatCannotBeUsed(t *testing.T) {
	for field, change := range map[string]func(*values){
		"Window":        func(v *values) { v.Window = "one" },
		"Layers":        func(v *values) { v.Layers = "250, many" },
		"Epochs":        func(v *values) { v.Epochs = "3.5" },
		"model.dropout": func(v *values) { v.Dropout = "1.5" },
	} {
		v := valuesOf(training.DefaultConfig())
		change(&v)
		if _, err := v.config(training.DefaultConfig()); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	v := valuesOf(training.DefaultConfig())
	v.Window = "0,5" // a decimal comma is a decimal point here
	if c, err := v.config(training.DefaultConfig()); err != nil || c.Data.WindowS != 0.5 {
		t.Errorf("0,5 is read as %g (%v)", c.Data.WindowS, err)
	}
}

func epoch(fold, e, epochs int, accuracy float64) training.Progress {
	return training.Progress{Phase: training.PhaseFolds, Fold: fold, Folds: 2, Epoch: e, Epochs: epochs,
		TrainAccuracy: accuracy, ValidAccuracy: math.NaN(), ValidLoss: math.NaN()}
}

func TestCurveIsTheMeanOfFolds(t *testing.T) {
	list := []training.Progress{epoch(1, 1, 2, .2), epoch(2, 1, 2, .4), epoch(1, 2, 2, .6)}
	accuracy := liveCurves(list).series()[0].Values
	if len(accuracy) != 2 || math.Abs(accuracy[0]-.3) > 1e-9 {
		t.Fatalf("means: %v", accuracy)
	}
	if accuracy[1] != .6 {
		t.Errorf("a fold still at epoch 1 counts at epoch 2: %v", accuracy)
	}
	again := liveCurves(append(list, epoch(1, 1, 2, .9)))
	if got := again.series()[0].Values; len(got) != 2 || math.Abs(got[0]-.3) > 1e-9 {
		t.Errorf("a fold that is fitted again lengthens the curve: %v", got)
	}
	done := curvesOf(&training.Result{Curves: []training.Curve{
		{Fold: 1, Points: []training.CurvePoint{{Epoch: 1, TrainAccuracy: .2}, {Epoch: 2, TrainAccuracy: .6}}},
		{Fold: 2, Points: []training.CurvePoint{{Epoch: 1, TrainAccuracy: .4}}},
		{Fold: 0, Points: []training.CurvePoint{{Epoch: 1, TrainAccuracy: 1}}},
	}})
	if got := done.series()[0].Values; math.Abs(got[1]-.5) > 1e-9 {
		t.Errorf("a fold that stopped early counts with its last value: %v", got)
	}
	if got := done.series()[1].Values; !math.IsNaN(got[0]) {
		t.Errorf("validation figures out of nothing: %v", got)
	}
}

func TestPlanSaysWhoIsJudged(t *testing.T) {
	c := training.DefaultConfig()
	m := material{}
	if got := m.plan(c); !strings.Contains(got, "people that the model never saw, in 5 folds") {
		t.Error(got)
	}
	c.Split.Folds = 0
	if got := m.plan(c); !strings.Contains(got, "each person in turn") {
		t.Error(got)
	}
	c.Split.By = training.ByTime
	if got := m.plan(c); !strings.Contains(got, "same people") {
		t.Error(got)
	}
}

// shop is a source and desk in one.
type shop struct {
	sessions  []dataset.SessionSummary
	models    []dataset.ModelRow
	results   map[string]*training.Result
	curve     []training.Progress
	started   []training.Config
	cancelled []int
	failed    error
}

func (s *shop) Sessions(context.Context) ([]dataset.SessionSummary, error)   { return s.sessions, nil }
func (s *shop) Models(context.Context) ([]dataset.ModelRow, error)           { return s.models, nil }
func (s *shop) Leaderboards(context.Context) ([]training.Leaderboard, error) { return nil, nil }
func (s *shop) TrainingCurve(int) []training.Progress                        { return s.curve }
func (s *shop) RunResult(_ context.Context, run string) (*training.Result, error) {
	if r := s.results[run]; r != nil {
		return r, nil
	}
	return nil, dataset.ErrNotFound
}

func (s *shop) actions() Actions {
	return Actions{
		Start:  func(c training.Config) int { s.started = append(s.started, c); return len(s.started) },
		Cancel: func(job int) { s.cancelled = append(s.cancelled, job) },
		Error:  func(err error) { s.failed = err },
		Now:    func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) },
	}
}

func labelled() []dataset.SessionSummary {
	list := []dataset.SessionSummary{
		{ID: "a", Participant: "P1", Labels: 3, Sensors: []string{"left-wrist/accelerometer"}},
		{ID: "b", Participant: "P2", Labels: 2, Sensors: []string{"left-wrist/accelerometer", "left-wrist/gyroscope"}},
		{ID: "c", Participant: "P3", Sensors: []string{"left-ankle/accelerometer"}},
	}
	for _, p := range []dataset.ParticipantID{"P4", "P5", "P6", "P7", "P8"} {
		list = append(list, dataset.SessionSummary{ID: dataset.SessionID(p), Participant: p, Labels: 1, Sensors: list[1].Sensors})
	}
	return list
}

func TestTooFewPeopleAreSaidBeforeTraining(t *testing.T) {
	s := &shop{sessions: labelled()[:1]}
	r := enter(t, s)
	if got := r.form.problem.Text(); !r.form.train.Disabled() || !strings.Contains(got, "5 folds need 5 people; these windows come from 1.") {
		t.Fatalf("says %q", got)
	}
	r.form.press()
	if len(s.started) != 0 {
		t.Fatal("a training that cannot be judged was started")
	}
	r.form.split.SetSelected("over time")
	if r.form.train.Disabled() {
		t.Errorf("over time is refused: %q", r.form.problem.Text())
	}
	err := plainError(&training.ConfigError{Key: "split.folds", Text: "5 folds need more"})
	if strings.Contains(err.Error(), "split.folds") {
		t.Errorf("shows a key: %v", err)
	}
}

func result(run string, f1 float64) *training.Result {
	return &training.Result{Run: run, Split: training.ByParticipant, Accuracy: f1, MacroF1: f1, Windows: 5,
		Confusion:    training.Confusion{Classes: []string{"x", "y"}, Counts: [][]int{{2, 1}, {0, 2}}},
		Participants: []training.ParticipantScore{{Participant: "P1", N: 3, MacroF1: .9}, {Participant: "P2", N: 2, MacroF1: .4}}}
}

func enter(t *testing.T, s *shop) *Train {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	r := New(s, s.actions(), task.Inline())
	test.NewTempWindow(t, r.Content()).Resize(fyne.NewSize(1302, 677))
	r.Shown()
	return r
}

func TestWithoutLabelsNothingCanBeTrained(t *testing.T) {
	s := &shop{sessions: []dataset.SessionSummary{{ID: "c", Participant: "P3"}}}
	r := enter(t, s)
	if !r.form.train.Disabled() || r.form.problem.Text() == "" {
		t.Error("Train can be pressed with nothing to learn from")
	}
}

func TestSensorsAreOfferedFromLabelledSessionsOnly(t *testing.T) {
	s := &shop{sessions: labelled()}
	r := enter(t, s)
	if want := []string{"left-wrist/accelerometer", "left-wrist/gyroscope"}; !slices.Equal(r.form.names, want) {
		t.Fatalf("offers %v, want %v", r.form.names, want)
	}
	r.form.checks[1].SetChecked(true)
	if r.form.any.Checked {
		t.Error("any accelerometer stays chosen beside a sensor")
	}
	test.Tap(r.form.train)
	if len(s.started) != 1 || !slices.Equal(s.started[0].Data.SensorSet, training.SensorSet{"left-wrist/gyroscope"}) {
		t.Errorf("trained: %+v", s.started)
	}
}

func TestTrainingShowsItsCurveThenItsScores(t *testing.T) {
	s := &shop{sessions: labelled(), results: map[string]*training.Result{}}
	r := enter(t, s)
	test.Tap(r.form.train)
	if !r.running.Visible() || r.hint.Visible() {
		t.Fatal("a running training is not shown")
	}
	if !r.form.train.Disabled() {
		t.Error("Train can be pressed while a training runs")
	}
	s.curve = []training.Progress{epoch(1, 1, 30, .2), epoch(1, 2, 30, .3)}
	r.Progressed(1, s.curve[1], "41 s left")
	if got := r.curve.Readout(2); !strings.Contains(got, "0.300") {
		t.Errorf("the curve reads %q", got)
	}
	if r.left.Text() != "41 s left" || !strings.Contains(r.title.Text(), "fold 1 of 2, epoch 2 of 30") {
		t.Errorf("progress says %q, %q", r.title.Text(), r.left.Text())
	}
	done := result("run", .6)
	s.models, s.results["run"] = []dataset.ModelRow{{ID: "m", Run: "run", MacroF1: .6, Accuracy: .6}}, done
	r.Ended(1, done, nil, false)
	if r.page != pageConfusion || r.running.Visible() || !strings.Contains(r.title.Text(), "macro-F1 0.600") {
		t.Errorf("after the end: page %d, %q", r.page, r.title.Text())
	}
	if len(r.people.scores) != 2 || r.people.scores[0].person != "P2" {
		t.Errorf("people, worst first: %v", r.people.scores)
	}
	if r.grid.Rows() != 1 || r.grid.Chosen() != 0 {
		t.Errorf("leaderboard has %d rows, %d chosen", r.grid.Rows(), r.grid.Chosen())
	}
}

func TestProgressOfAnotherTrainingIsIgnored(t *testing.T) {
	s := &shop{sessions: labelled()}
	r := enter(t, s)
	r.Progressed(7, epoch(1, 1, 2, .5), "")
	r.Ended(7, result("run", .5), nil, false)
	if r.result != nil {
		t.Error("another training's result is shown")
	}
}

func TestCancelAndFailureLeaveTheRoomReady(t *testing.T) {
	s := &shop{sessions: labelled()}
	r := enter(t, s)
	test.Tap(r.form.train)
	r.cancel()
	if !slices.Equal(s.cancelled, []int{1}) {
		t.Fatalf("cancelled %v", s.cancelled)
	}
	r.Ended(1, nil, context.Canceled, true)
	if s.failed != nil {
		t.Error("a cancelled training is reported as an error")
	}
	test.Tap(r.form.train)
	r.Ended(2, nil, errors.New("no"), false)
	if s.failed == nil || r.running.Visible() {
		t.Error("a failed training is not reported, or still shown as running")
	}
}

func TestLeaderboardHoldsTheTenBest(t *testing.T) {
	var models []dataset.ModelRow
	for i := range 14 {
		models = append(models, dataset.ModelRow{ID: strings.Repeat("x", 8) + string(rune('a'+i)), MacroF1: float64(i%7) / 7})
	}
	list := standings(models)
	if len(list) != boardSize {
		t.Fatalf("%d on the board", len(list))
	}
	for i := 1; i < len(list); i++ {
		if list[i].row.MacroF1 > list[i-1].row.MacroF1 {
			t.Fatal("not best first")
		}
	}
}

func TestTextModeNamesTheLine(t *testing.T) {
	r := enter(t, &shop{sessions: labelled()})
	r.form.swap()
	r.form.text.SetText("[data]\nwindow_s = 1.0\nwindoww = 2\n")
	if got := r.form.problem.Text(); !strings.Contains(got, "Line 3") || !strings.Contains(got, "windoww") {
		t.Errorf("problem: %q", got)
	}
	r.form.swap()
	if !r.form.asText {
		t.Error("left the text although it cannot be read")
	}
	r.form.text.SetText("[fit]\nepochs = 7\n")
	r.form.swap()
	if r.form.asText || r.form.epochs.Text != "7" {
		t.Errorf("back in the fields: %v, epochs %q", r.form.asText, r.form.epochs.Text)
	}
}

func TestSessionsCanBeLeftOutAndTakenBack(t *testing.T) {
	s := &shop{sessions: labelled()}
	r := enter(t, s)
	r.Without([]dataset.SessionID{"a"}, "Leaves out P1, session 1")
	test.Tap(r.form.train)
	if got := s.started[0].Data.ExcludeSessions; !slices.Equal(got, training.Names{"a"}) {
		t.Fatalf("leaves out %v", got)
	}
	r.Ended(1, nil, context.Canceled, true)
	r.form.without(nil, "")
	test.Tap(r.form.train)
	if got := s.started[1].Data.ExcludeSessions; len(got) != 0 || r.form.leaving.Visible() {
		t.Errorf("still leaves out %v", got)
	}
}
