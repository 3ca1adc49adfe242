package train

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"
	"pgregory.net/rapid"

	"onset/dataset"
	"onset/training"
	"onset/views/theme"
)

// varied are models whose settings differ in more or fewer keys by which are shown.
func varied(n int) []standing {
	list := make([]standing, n)
	for i := range list {
		c := training.DefaultConfig()
		c.Fit.Seed, c.Model.Dropout = uint64(i), float64(i%2)/4
		if i%3 == 0 {
			c.Data.WindowS, c.Fit.Rate = 2, 0.01
		}
		if i > n/2 {
			c.Model.Layers, c.Model.Activation = []int{10 * i}, "tanh"
		}
		list[i] = standing{row: dataset.ModelRow{ID: fmt.Sprintf("m%d", i), Name: fmt.Sprintf("model-%d", i), Run: fmt.Sprintf("run%d", i),
			MacroF1: float64((i * 3) % 7), Accuracy: float64(i) / 20}, config: c, known: i != 4}
	}
	return list
}

func TestRunsTableStandsAnySortFilterAndToggle(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	all := varied(6)
	rapid.Check(t, func(t *rapid.T) {
		r := newRuns(func(standing) {}, nil)
		r.set(all, time.Time{})
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "act") {
			case 0:
				r.filter.SetText(rapid.SampledFrom([]string{"", "model-1", "model-7", "model", "nothing", "unseen", "m", "model-2 "}).Draw(t, "filter"))
			case 1, 2:
				r.grid.OnSort(rapid.IntRange(0, len(r.headings)-1).Draw(t, "column"))
			default:
				r.differ(!r.differing)
			}
			want := 0
			for _, s := range all {
				if matches(s, r.filter.Text) {
					want++
				}
			}
			if len(r.shown) != want || r.grid.Rows() != want {
				t.Fatalf("%d models shown, %d rows, filter leaves %d", len(r.shown), r.grid.Rows(), want)
			}
			if i, _ := r.order(); i < 0 || i >= len(r.headings) {
				t.Fatalf("sorted by column %d of %v", i, r.headings)
			}
		}
	})
}

// The settings of one model don't differ, so its column goes; it comes back with
// the order that was asked for.
func TestSortingBySettingOutlivesAFilter(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Dark))
	r := newRuns(func(standing) {}, nil)
	r.set(varied(9), time.Time{})
	r.differ(true)
	r.grid.OnSort(slices.Index(r.headings, "model.dropout"))
	want := r.names()
	for _, f := range []string{"m", "model-1", "nothing"} {
		r.filter.SetText(f)
	}
	if i, _ := r.order(); r.headings[i] != byMacroF1() {
		t.Errorf("sorted by %q, which nothing is left of", r.headings[i])
	}
	r.filter.SetText("")
	if got := r.names(); !slices.Equal(got, want) || !strings.HasPrefix(r.by, "model.dropout") {
		t.Errorf("after the filter: %v, by %q; want %v", got, r.by, want)
	}
}

func TestEachScoreNamesItsUnit(t *testing.T) {
	r := result("run", .785)
	r.Windows, r.Confusion.Counts = 191, [][]int{{0, 0}, {1, 2}}
	r.ParticipantMacroF1 = training.Spread{Mean: .742, SD: .11, N: 2}
	r.ParticipantAccuracy = training.Spread{Mean: .8, SD: .1, N: 2}
	for _, want := range []string{"over 191 windows"} {
		if got := scoreSentence(r); !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	for _, want := range []string{"Warning: the test part holds one class", "Mean over 2 people: accuracy 0.800, macro-F1 0.742"} {
		if got := unitSentence(r); !strings.Contains(got, want) || strings.Contains(got, "unit: person") {
			t.Errorf("no %q in %q", want, got)
		}
	}
	for _, want := range []string{"Macro-F1: mean over 2 people 0.742, SD 0.110", "Of 2 people: says next to nothing about new people; no paired test can reach p < 0.5."} {
		if got := peopleSentence(r); !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
}

func TestAModelThatMustNotBeUsedSaysSoInAColumnOfItsOwn(t *testing.T) {
	s := standing{row: dataset.ModelRow{ID: "abcdefghij", Name: "mlp-1", Withdrawn: "a participant it learnt from withdrew"}}
	if got := boardRow(s, time.Now()); got[0] != "mlp-1" || got[len(got)-1] != "do not use" {
		t.Errorf("the row says %q", got)
	}
	columns, compare := boardColumns()
	if len(columns) != len(boardRow(s, time.Now())) || len(compare) != len(columns) || columns[len(columns)-1].Width < 110 {
		t.Errorf("%d columns, %d orders: %+v", len(columns), len(compare), columns[len(columns)-1])
	}
}
