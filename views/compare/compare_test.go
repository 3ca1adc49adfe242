package compare

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"onset/dataset"
	"onset/training"
	"onset/training/stats"
	"onset/views/task"
	"onset/views/theme"
)

type shop struct {
	models []dataset.ModelRow
	asked  [][2]string
	ranked []string
}

func (s *shop) Models(context.Context) ([]dataset.ModelRow, error) { return s.models, nil }
func (s *shop) Compare(_ context.Context, a, b string) (*training.Comparison, error) {
	s.asked = append(s.asked, [2]string{a, b})
	c := training.Confusion{Classes: []string{"x", "y"}, Counts: [][]int{{2, 1}, {0, 2}}}
	return &training.Comparison{A: training.ModelSummary{ID: a, Accuracy: .5, N: 5, Unit: "window", Confusion: c},
		B: training.ModelSummary{ID: b, Accuracy: .7, N: 5, Unit: "window", Confusion: c},
		Participants: []training.PairedScore{{Participant: "P1", MacroF1A: .5, MacroF1B: .4}, {Participant: "P2", MacroF1A: .2, MacroF1B: .9},
			{Participant: "P3", MacroF1A: .3, MacroF1B: .3}},
		Differences: []training.Difference{{Key: "model.layers", A: "[1]", B: "[2]"}, {Key: "fit.optimizer", A: `"adam"`, B: `"sgd"`}}, Comparable: true}, nil
}

func (s *shop) RankAlike(_ context.Context, id string) (*training.Ranking, error) {
	s.ranked = append(s.ranked, id)
	f, err := stats.Friedman([][]float64{{.1, .2, .3}, {.2, .3, .4}, {.1, .4, .3}})
	return &training.Ranking{Models: []training.ModelSummary{{ID: "old"}, {ID: "mid"}, {ID: "new"}}, Participants: []dataset.ParticipantID{"P1", "P2", "P3"},
		Friedman: f, CriticalDifference: 1.9, Alpha: .05, Cliques: [][]int{{2, 1}}, Pairs: []stats.Pair{{A: 0, B: 1, Adjusted: .5}}}, err
}

func TestAllModelsAreRankedLikeTheFirst(t *testing.T) {
	s := &shop{models: models()}
	c := enter(t, s)
	c.all.Tapped(nil)
	if !slices.Equal(s.ranked, []string{"new"}) || c.columns.Visible() || !c.ranking.object.Visible() {
		t.Fatalf("ranked %v", s.ranked)
	}
	if c.ranking.models.Rows() != 3 || c.ranking.pairs.Rows() != 1 || !strings.Contains(c.ranking.note.Text(), "3 people under 3 models") {
		t.Errorf("%d models, %d pairs: %s", c.ranking.models.Rows(), c.ranking.pairs.Rows(), c.ranking.note.Text())
	}
	if strings.Contains(c.ranking.note.Text(), "left out") {
		t.Errorf("all are ranked, and it says %q", c.ranking.note.Text())
	}
	c.ranking.set(c.ranking.shown, 2, c.nameOf)
	if !strings.Contains(c.ranking.note.Text(), "2 other models") {
		t.Errorf("two are not ranked, and it says %q", c.ranking.note.Text())
	}
	c.two.Tapped(nil)
	if !c.columns.Visible() || c.ranking.object.Visible() {
		t.Error("two models do not come back")
	}
}

func TestStatisticsSayWhatSoFewPeopleCanShow(t *testing.T) {
	test.NewTempApp(t)
	w, err := stats.Wilcoxon([]float64{.3, .4, .6}, []float64{.1, .3, .2})
	if err != nil {
		t.Fatal(err)
	}
	d, _ := stats.McNemar(3, 9)
	got := statistics(&training.Comparison{Tests: &training.Tests{MacroF1: w, McNemar: &d}})
	for _, want := range []string{"p 0.250", "3 of 3 people differ; no p below 0.25 is possible.", "3 sets only A right, 9 only B", "takes sets as independent"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	if statistics(&training.Comparison{}) != "" {
		t.Error("no tests, and something is said of them")
	}
}

func enter(t *testing.T, s *shop) *Compare {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light))
	c := New(s, Actions{Train: func() {}, Error: func(err error) { t.Error(err) }}, task.Inline())
	test.NewTempWindow(t, c.Content()).Resize(fyne.NewSize(1302, 677))
	c.Shown()
	return c
}

func models() []dataset.ModelRow {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return []dataset.ModelRow{{ID: "old", MacroF1: .9, CreatedAt: at}, {ID: "mid", MacroF1: .2, CreatedAt: at.Add(1)}, {ID: "new", MacroF1: .5, CreatedAt: at.Add(2)}}
}

func TestTheTwoBestAreComparedFirst(t *testing.T) {
	s := &shop{models: models()}
	c := enter(t, s)
	if !slices.Equal(s.asked, [][2]string{{"new", "old"}}) {
		t.Fatalf("compared %v", s.asked)
	}
	if c.scores.Rows() == 0 || len(c.settings.Objects) != 2 {
		t.Errorf("%d scores, %d settings", c.scores.Rows(), len(c.settings.Objects))
	}
}

func TestChoosingTheSameModelTwiceSwaps(t *testing.T) {
	s := &shop{models: models()}
	c := enter(t, s)
	c.first.SetSelectedIndex(c.find("old"))
	if c.a != "old" || c.b != "new" {
		t.Errorf("A is %q, B is %q", c.a, c.b)
	}
	if last := s.asked[len(s.asked)-1]; last != [2]string{"old", "new"} {
		t.Errorf("compared %v", last)
	}
}

func TestOneModelIsNotEnough(t *testing.T) {
	s := &shop{models: models()[:1]}
	c := enter(t, s)
	if !c.empty.Visible() || c.body.Visible() || len(s.asked) != 0 {
		t.Error("one model is compared with nothing")
	}
}

func TestPeopleAreOrderedByWhatTheyGain(t *testing.T) {
	v, _ := (&shop{}).Compare(context.Background(), "a", "b")
	list := pairs(v.Participants)
	if list[0].Name != "P2" || list[1].Name != "P3" || list[2].Name != "P1" {
		t.Errorf("order: %v", list)
	}
	if got := pairSentence(v.Participants); !strings.Contains(got, "better for 1, worse for 1 of 3") || !strings.Contains(got, "+0.200") {
		t.Error(got)
	}
	v.Comparable = false
	if got := verdict(v); strings.Contains(got, "B is better") || !strings.Contains(got, "5 windows") {
		t.Errorf("of two that were not judged alike: %q", got)
	}
	if rows := settingRows(v.Differences); rows[1][1] != "adam" || rows[0][1] != "[1]" {
		t.Errorf("settings: %v", rows)
	}
}
