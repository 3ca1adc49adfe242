package train

import (
	"context"
	"errors"
	"fmt"
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
	"onset/training"
	"onset/views/task"
	"onset/views/theme"
)

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

// shop is a source and desk in one.
type shop struct {
	sessions  []dataset.SessionSummary
	models    []dataset.ModelRow
	results   map[string]*training.Result
	curve     []training.Progress
	started   []training.Config
	searched  []training.SearchConfig
	runs      []dataset.Run
	showed    []string
	cancelled []int
	failed    error
}

func (s *shop) Sessions(context.Context) ([]dataset.SessionSummary, error)   { return s.sessions, nil }
func (s *shop) Models(context.Context) ([]dataset.ModelRow, error)           { return s.models, nil }
func (s *shop) Leaderboards(context.Context) ([]training.Leaderboard, error) { return nil, nil }
func (s *shop) Runs(context.Context) ([]dataset.Run, error)                  { return s.runs, nil }
func (s *shop) Neighbours(_ context.Context, _ string, of training.Prediction, n int) ([]training.Neighbour, error) {
	return []training.Neighbour{{Participant: "P9", Session: "n", Class: "y", StartS: 30, Distance: 0.5}}, nil
}
func (s *shop) TrainingCurve(int) []training.Progress { return s.curve }
func (s *shop) RunResult(_ context.Context, run string) (*training.Result, error) {
	if r := s.results[run]; r != nil {
		return r, nil
	}
	return nil, dataset.ErrNotFound
}

func (s *shop) actions() Actions {
	return Actions{
		Start:  func(c training.Config) int { s.started = append(s.started, c); return len(s.started) },
		Search: func(c training.SearchConfig) int { s.searched = append(s.searched, c); return len(s.searched) },
		Show: func(id dataset.SessionID, from, to float64) {
			s.showed = append(s.showed, fmt.Sprintf("%s %.2f %.2f", id, from, to))
		},
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
	if r.runs.grid.Rows() != 1 || r.runs.grid.Chosen() != 0 {
		t.Errorf("the table of models has %d rows, %d chosen", r.runs.grid.Rows(), r.runs.grid.Chosen())
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

// models are n models whose runs differ in their seeds.
func (s *shop) train(n int) {
	for i := range n {
		c := training.DefaultConfig()
		c.Fit.Seed, c.Model.Layers = uint64(i), []int{250, 100}
		run := fmt.Sprintf("run%d", i)
		s.runs = append(s.runs, dataset.Run{ID: run, Config: []byte(text(c))})
		s.models = append(s.models, dataset.ModelRow{ID: fmt.Sprintf("m%d", i), Name: fmt.Sprintf("model-%d", i), Run: run,
			MacroF1: float64((i*3)%7) / 7, Accuracy: float64(i) / 20})
		if s.results == nil {
			s.results = map[string]*training.Result{}
		}
		s.results[run] = result(run, .5)
	}
}

func (r *runs) names() (list []string) {
	for _, s := range r.shown {
		list = append(list, s.row.Name)
	}
	return list
}

func TestModelsAreSortedAndNarrowed(t *testing.T) {
	s := &shop{sessions: labelled()}
	s.train(6)
	r := enter(t, s)
	if got := r.runs.names(); got[0] != "model-2" || len(got) != 6 {
		t.Fatalf("best first: %v", got)
	}
	r.runs.sort(3)
	if got := r.runs.names(); got[0] != "model-5" {
		t.Errorf("by accuracy: %v", got)
	}
	r.runs.sort(3)
	if got := r.runs.names(); got[0] != "model-0" {
		t.Errorf("the other way round: %v", got)
	}
	r.runs.filter.SetText("MODEL-4")
	if got := r.runs.names(); !slices.Equal(got, []string{"model-4"}) {
		t.Errorf("filtered: %v", got)
	}
	r.runs.grid.Choose(0)
	r.choose(r.runs.shown[0])
	if r.shown != "run4" {
		t.Errorf("shows %s", r.shown)
	}
}

func TestOnlyTheSettingsThatDifferAreShown(t *testing.T) {
	s := &shop{sessions: labelled()}
	s.train(3)
	r := enter(t, s)
	r.runs.differ(true)
	_, rows, _ := r.runs.settings()
	if len(rows) != 3 || len(rows[0]) != 3 {
		t.Fatalf("columns: %v", rows)
	}
	seeds := []string{rows[0][2], rows[1][2], rows[2][2]}
	slices.Sort(seeds)
	if !slices.Equal(seeds, []string{"0", "1", "2"}) {
		t.Errorf("seeds %v", seeds)
	}
	r.runs.filter.SetText("model-1")
	if !strings.Contains(r.runs.more.Text(), "same settings") {
		t.Errorf("one model differs from itself: %q", r.runs.more.Text())
	}
}

func TestACellLeadsToItsWindowsAndTheirPlaceInTheTrace(t *testing.T) {
	s := &shop{sessions: labelled()}
	s.train(1)
	s.results["run0"].Predictions = []training.Prediction{
		{Participant: "P1", Session: "a", StartS: 40, Truth: 0, Predicted: 1, P: []float64{.4, .6}},
		{Participant: "P2", Session: "b", StartS: 3, Truth: 0, Predicted: 1, P: []float64{.1, .9}},
		{Participant: "P2", Session: "b", StartS: 9, Truth: 1, Predicted: 1, P: []float64{.1, .9}},
	}
	r := enter(t, s)
	r.turn(pageConfusion)
	r.matrix.OnPick(0, 1)
	if len(r.windows.list) != 2 || r.windows.list[0].Session != "b" || !r.windows.object.Visible() {
		t.Fatalf("the surest mistake first: %+v", r.windows.list)
	}
	r.windows.grid.Choose(1)
	test.Tap(r.windows.show)
	r.windows.grid.Choose(0)
	test.Tap(r.windows.show)
	if want := []string{"a 34.00 46.00", "b 0.00 9.00"}; !slices.Equal(s.showed, want) {
		t.Errorf("went to %v, want %v", s.showed, want)
	}
	test.Tap(r.windows.like)
	if len(r.windows.near) != 1 || !r.windows.nearBox.Visible() {
		t.Errorf("nothing is like it: %v", r.windows.near)
	}
	r.matrix.OnPick(1, 0)
	if !r.windows.show.Disabled() || len(r.windows.near) != 0 {
		t.Error("an empty cell leads somewhere")
	}
}

func TestSearchStartsFromTheFormAndSaysWhatItFound(t *testing.T) {
	s := &shop{sessions: labelled()}
	r := enter(t, s)
	r.form.minutes.SetText("2,5")
	r.form.layers.SetText("64, 32")
	test.Tap(r.form.look)
	if len(s.searched) != 1 {
		t.Fatalf("nothing was started: %q", r.form.problem.Text())
	}
	c := s.searched[0]
	if c.Search.Minutes != 2.5 || c.Search.Trials != 0 || !slices.Equal(c.Model.Layers, []int{64, 32}) || c.Search.Outer != c.Split.Folds {
		t.Errorf("searches %+v from %v", c.Search, c.Model.Layers)
	}
	r.Progressed(1, training.Progress{Phase: training.PhaseSearch, Fold: 2, Folds: 6, Epoch: 4, Done: .3}, "")
	if r.page != pageSearches || !strings.Contains(r.title.Text(), "part 2 of 6, candidate 4") {
		t.Errorf("page %d, %q", r.page, r.title.Text())
	}
	said := ""
	r.SetStatus(func(text string, _ bool) { said = text })
	found := &training.SearchResult{Judged: []*training.Judgement{{}}}
	found.Judged[0].Searched, found.Judged[0].Default = &training.Result{MacroF1: .7}, &training.Result{MacroF1: .6}
	r.Searched(1, found, nil, false)
	if !strings.Contains(said, "0.700") || !strings.Contains(said, "0.600") || r.form.look.Disabled() {
		t.Errorf("says %q", said)
	}
	r.form.minutes.SetText("soon")
	test.Tap(r.form.look)
	if len(s.searched) != 1 || !strings.Contains(r.form.problem.Text(), "Minutes") {
		t.Errorf("a search without an end: %q", r.form.problem.Text())
	}
}

// Scores of the chosen model must not stand over candidates that are not its own.
func TestSearchesAreNotHeadedByAModel(t *testing.T) {
	s := &shop{sessions: labelled()}
	s.train(2)
	r := enter(t, s)
	model := r.title.Text()
	r.turn(pageSearches)
	if got := r.title.Text(); !strings.Contains(model, "accuracy") || strings.Contains(got, "accuracy") || r.checked.Visible() {
		t.Errorf("the model %q, the searches %q", model, got)
	}
	r.turn(pagePeople)
	if got := r.title.Text(); got != model || !r.checked.Visible() {
		t.Errorf("back at the model: %q", got)
	}
}

func TestResultsAreWrittenAsTablesAndFigures(t *testing.T) {
	s := &shop{sessions: labelled()}
	s.train(2)
	r := enter(t, s)
	list := r.Exports()
	if len(list) != 9 {
		t.Fatalf("%d exports", len(list))
	}
	for _, e := range list {
		path := filepath.Join(t.TempDir(), e.Suggested)
		if err := e.Write(path); err != nil {
			t.Fatalf("%s: %v", e.Name, err)
		}
		if data, err := os.ReadFile(path); err != nil || len(data) < 20 {
			t.Errorf("%s: %d bytes, %v", e.Name, len(data), err)
		}
		if err := e.Write(filepath.Join(t.TempDir(), "no", "such", "folder")); err == nil {
			t.Errorf("%s: a folder that is not there is no error", e.Name)
		}
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
