package training

import (
	"strings"
	"testing"

	"onset/training/stats"
)

func TestFewPeopleAreSaid(t *testing.T) {
	for n, want := range map[int]string{0: "", 1: "nothing can be tested", 2: "p < 0.5", 3: "p < 0.25", 4: "p < 0.125", 5: "", 24: ""} {
		if got := FewPeople(n); !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("%d people: %q", n, got)
		}
	}
}

func TestSmallestPIsAlwaysSaid(t *testing.T) {
	a, b := make([]float64, 24), make([]float64, 24)
	for i := range 19 {
		a[i] = float64(i + 1)
	}
	w, err := stats.Wilcoxon(a, b)
	if err != nil {
		t.Fatal(err)
	}
	tests := &Tests{MacroF1: w}
	tests.say()
	if got := strings.Join(tests.Saying, " "); !strings.Contains(got, "19 of 24 people differ; no p below 3.8e-06 is possible.") {
		t.Error(got)
	}
	if w, err = stats.Wilcoxon(b, b); err != nil || !strings.Contains(Bound(w), "None of 24") {
		t.Error(Bound(w), err)
	}
}

func TestOneClassInTheTestPartIsWarnedOf(t *testing.T) {
	r := &Result{Confusion: Confusion{Classes: []string{"x", "y"}, Counts: [][]int{{0, 0}, {1, 2}}}}
	if got := r.Warning(); !strings.Contains(got, `the test part holds one class: all 3 windows are "y"`) {
		t.Error(got)
	}
	r.Confusion.Counts[0][1] = 1
	if got := r.Warning(); got != "" {
		t.Error(got)
	}
}
