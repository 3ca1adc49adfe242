package agreement

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s is %.5f, published %.5f", what, got, want)
	}
}

// D. G. Altman, Practical Statistics for Medical Research (1991), section 14.3:
// 85 xeromammograms read by two radiologists; kappa .47.
func TestKappaOfTheXeromammograms(t *testing.T) {
	c := Confusion{Classes: []string{"normal", "benign", "suspected", "cancer"},
		Amount: [][]float64{{21, 12, 0, 0}, {4, 17, 1, 0}, {3, 9, 15, 2}, {0, 0, 0, 1}}}
	kappa, observed, expected := c.Kappa()
	near(t, "observed agreement", observed, 0.64, 0.005)
	near(t, "expected agreement", expected, 0.31, 0.005)
	near(t, "kappa", kappa, 0.47, 0.005)
}

// K. Krippendorff, "Computing Krippendorff's alpha-reliability" (2011): examples
// A (binary, two observers), B (nominal, two observers) and C (any number of
// observers, missing data).
func TestAlphaOfKrippendorffsExamples(t *testing.T) {
	for name, c := range map[string]struct {
		values []string
		alpha  float64
	}{
		"A": {[]string{"0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"}, 0.095},
		"B": {[]string{"a a b b d c c c e d d a", "b a b b b c c c e d d d"}, 0.692},
		"C": {[]string{"1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 ."}, 0.743},
	} {
		var values [][]string
		for _, line := range c.values {
			fields := strings.Fields(line)
			for i := range fields {
				if fields[i] == "." {
					fields[i] = ""
				}
			}
			values = append(values, fields)
		}
		near(t, "alpha of example "+name, Alpha(values), c.alpha, 0.0005)
	}
}

// P. E. Shrout and J. L. Fleiss (1979), tables 2 to 4: six targets, four judges.
// The interval of ICC(2,1) is the one that K. O. McGraw and S. P. Wong's formula
// gives for these data, .02 to .76.
func TestICCOfShroutAndFleiss(t *testing.T) {
	icc := IntraclassCorrelation([][]float64{{9, 2, 5, 8}, {6, 1, 3, 2}, {8, 4, 6, 8}, {7, 1, 2, 6}, {10, 5, 6, 9}, {6, 2, 4, 7}})
	near(t, "ICC(1,1)", icc.OneWay, 0.17, 0.005)
	near(t, "ICC(2,1)", icc.Agreement, 0.29, 0.005)
	near(t, "ICC(3,1)", icc.Consistency, 0.71, 0.006)
	near(t, "its lower end", icc.Lower, 0.02, 0.005)
	near(t, "its upper end", icc.Upper, 0.76, 0.005)
}

// J. M. Bland and D. G. Altman (1986), table 1: peak flow of 17 people by a large
// and a mini meter; mean difference -2.1, standard deviation 38.8 l/min.
func TestLimitsOfAgreementOfPeakFlow(t *testing.T) {
	large := []float64{494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427}
	mini := []float64{512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451}
	d := Differences(mini, large)
	near(t, "mean difference", d.Mean, -2.1, 0.05)
	near(t, "standard deviation", d.SD, 38.8, 0.05)
	near(t, "lower limit", d.Lower, -2.1-1.96*38.8, 0.1)
	near(t, "standard error of a limit", d.LimitSE, 16.3, 0.05)
}

func TestEventF1ByHand(t *testing.T) {
	// Overlaps: 8/12 = .67, 2/18 = .11, and another exercise.
	first := []Event{{Start: 0, End: 10, Label: "a"}, {Start: 20, End: 30, Label: "a"}, {Start: 40, End: 50, Label: "b"}}
	second := []Event{{Start: 2, End: 12, Label: "a"}, {Start: 28, End: 38, Label: "a"}, {Start: 40, End: 50, Label: "c"}, {Start: 60, End: 61, Label: "a"}}
	r := Compare("x", "y", []Session{{ID: "s", Duration: 70, First: first, Second: second}})
	for i, want := range []float64{4.0 / 7, 2.0 / 7, 2.0 / 7} {
		near(t, "F1", r.Events[i].Value, want, 1e-12)
	}
	near(t, "mean onset difference", r.Onset.Mean, 5, 1e-12)
	// Of 70 s: 8 a-a, 2 a-c-free... kappa from the seconds of each pair.
	_, observed, _ := r.Time.Kappa()
	near(t, "observed agreement", observed, (70-(2+2)-(8+8)-10-1)/70.0, 1e-12)
}

func events(t *rapid.T, name string) []Event {
	var out []Event
	at := 0.0
	for range rapid.IntRange(0, 8).Draw(t, name) {
		at += rapid.Float64Range(0, 20).Draw(t, "pause")
		length := rapid.Float64Range(0.5, 20).Draw(t, "length")
		out = append(out, Event{Start: at, End: at + length, Label: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "label")})
		at += length
	}
	return out
}

// Exact agreement of time is what a fine grid comes to.
func TestTimeIsTheLimitOfAGrid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const duration, step = 320.0, 0.01
		a, b := events(t, "a"), events(t, "b")
		at := func(list []Event, x float64) string {
			for _, e := range list {
				if x >= e.Start && x < e.End {
					return e.Label
				}
			}
			return Nothing
		}
		amount := map[[2]string]float64{}
		for i := range int(duration / step) {
			x := (float64(i) + 0.5) * step
			amount[[2]string{at(a, x), at(b, x)}] += step
		}
		fine, _, _ := confusionOf(amount).Kappa()
		exact, _, _ := TimeConfusion(a, b, duration).Kappa()
		if math.IsNaN(fine) != math.IsNaN(exact) || math.Abs(fine-exact) > 0.01 {
			t.Fatalf("exact %g, on a grid %g", exact, fine)
		}
		two, all := TimeConfusion(a, b, duration).alpha(), TimeAlpha([][]Event{a, b}, duration)
		if math.Abs(two-all) > 1e-9 {
			t.Fatalf("alpha of two raters %g, by the way for many %g", two, all)
		}
	})
}

func TestARaterAgreesWithThemselves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := events(t, "a")
		r := Compare("x", "x", []Session{{ID: "s", Duration: 400, First: a, Second: a}})
		if len(a) > 0 && (r.Kappa.Value < 1-1e-9 || r.Events[2].Value != 1 || r.Onset.Mean != 0) {
			t.Fatalf("%+v", r)
		}
		open, agreed := Disagreements(a, a, DefaultTolerance())
		if len(open) != 0 || len(agreed) != len(a) {
			t.Fatalf("%d open, %d agreed of %d", len(open), len(agreed), len(a))
		}
	})
}

func TestDisagreementsAreNamed(t *testing.T) {
	first := []Event{{Start: 0, End: 10, Label: "a"}, {Start: 20, End: 30, Label: "a"}, {Start: 40, End: 50, Label: "b"}, {Start: 60, End: 70, Label: "a"}, {Start: 80, End: 90, Label: "a"}}
	second := []Event{{Start: 0.1, End: 10, Label: "a"}, {Start: 20.5, End: 30, Label: "a"}, {Start: 40, End: 50, Label: "c"}, {Start: 80, End: 93, Label: "a"}, {Start: 95, End: 99, Label: "a"}}
	open, agreed := Disagreements(first, second, DefaultTolerance())
	var kinds []string
	for _, d := range open {
		kinds = append(kinds, d.Kind)
	}
	if got := strings.Join(kinds, " "); got != "onset exercise only-first end only-second" || len(agreed) != 1 {
		t.Errorf("%s, %d agreed", got, len(agreed))
	}
}

func TestTheTableIsReadyForAPaper(t *testing.T) {
	sessions := []Session{
		{ID: "1", Person: "P1", Duration: 60, First: []Event{{Start: 0, End: 10, Label: "a_b"}}, Second: []Event{{Start: 1, End: 10, Label: "a_b"}}},
		{ID: "2", Person: "P2", Duration: 60, First: []Event{{Start: 5, End: 20, Label: "c"}}, Second: []Event{{Start: 5.2, End: 19, Label: "c"}}},
		{ID: "3", Person: "P3", Duration: 60, First: []Event{{Start: 5, End: 20, Label: "c"}}},
	}
	r := Compare("MK", "J_B", sessions)
	if r.Unit != "participant" || math.IsNaN(r.Kappa.Lower) || !(r.Kappa.Lower <= r.Kappa.Value && r.Kappa.Value <= r.Kappa.Upper) {
		t.Errorf("kappa %+v by %s", r.Kappa, r.Unit)
	}
	var tex, csv bytes.Buffer
	if err := r.WriteLaTeX(&tex); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteCSV(&csv); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\\toprule", "Cohen's kappa & 0.", "Event F1, overlap 0.25", "\\bottomrule"} {
		if !strings.Contains(tex.String(), want) {
			t.Errorf("no %q in\n%s", want, tex.String())
		}
	}
	if lines := strings.Count(csv.String(), "\n"); lines != 1+12+2 {
		t.Errorf("%d lines of CSV:\n%s", lines, csv.String())
	}
	raw, err := json.Marshal(Compare("a", "b", nil))
	if err != nil || !strings.Contains(string(raw), `"value":null`) {
		t.Errorf("%s %v", raw, err)
	}
}

// Time that nobody recorded is nobody's agreement.
func TestPausesAreNotCounted(t *testing.T) {
	first := []Event{{Start: 0, End: 60, Label: "curl"}}
	second := []Event{{Start: 30, End: 60, Label: "curl"}}
	s := Session{ID: "s", Person: "P1", Duration: 3720, Recorded: [][2]float64{{3660, 3720}, {0, 60}}, First: first, Second: second}
	r := Compare("a", "b", []Session{s})
	near(t, "observed", r.Observed, 90.0/120, 1e-9)
	near(t, "hours", r.Hours, 120.0/3600, 1e-9)
	without := s
	without.Duration, without.Recorded = 120, nil
	if got := Compare("a", "b", []Session{without}); got.Kappa.Value != r.Kappa.Value || got.Alpha.Value != r.Alpha.Value {
		t.Errorf("kappa %g and alpha %g, without the pause %g and %g", r.Kappa.Value, r.Alpha.Value, got.Kappa.Value, got.Alpha.Value)
	}
}

// Instants are paired by time, each once, those of one name first.
func TestInstantsArePairedWithinTheTolerance(t *testing.T) {
	at := func(s float64, label string) Event { return Event{Start: s, End: s, Label: label} }
	first := []Event{at(1, "beep"), at(5, "stumble"), at(9, "beep"), at(20, "beep")}
	second := []Event{at(1.2, "beep"), at(5.1, "beep"), at(9.1, "clap"), at(9.2, "beep"), at(30, "beep")}
	open, agreed := Instants(first, second, Tolerance{OnsetS: 0.25, EndS: 1})
	var kinds []string
	for _, d := range open {
		kinds = append(kinds, d.Kind)
		if !d.Instant() {
			t.Errorf("%+v is no instant", d)
		}
	}
	if got := strings.Join(kinds, " "); got != "exercise only-second only-first only-second" {
		t.Errorf("open: %s", got)
	}
	if len(agreed) != 2 || agreed[1].Second.Start != 9.2 {
		t.Errorf("agreed: %+v", agreed)
	}
}
