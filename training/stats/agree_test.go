package stats

import (
	"math"
	"testing"
)

// Efron and Tibshirani 1993, chapters 6 and 14: the law school data, correlation
// 0.776 with bootstrap standard error 0.132 (3200 samples); its BCa interval at
// 90% is (0.43, 0.92) and at 95% about (0.31, 0.94).
func TestBootstrapOnTheLawSchools(t *testing.T) {
	lsat := []float64{576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594}
	gpa := []float64{3.39, 3.30, 2.81, 3.03, 3.44, 3.07, 3.00, 3.43, 3.36, 3.13, 3.12, 2.74, 2.76, 2.88, 2.96}
	correlation := func(sample []int) float64 {
		var x, y []float64
		for _, i := range sample {
			x, y = append(x, lsat[i]), append(y, gpa[i])
		}
		mx, my, xx, xy, yy := mean(x), mean(y), 0.0, 0.0, 0.0
		for i := range x {
			xx += (x[i] - mx) * (x[i] - mx)
			xy += (x[i] - mx) * (y[i] - my)
			yy += (y[i] - my) * (y[i] - my)
		}
		return xy / math.Sqrt(xx*yy)
	}
	ci, err := Bootstrap(15, correlation, 0.90, 10000, 1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "correlation", ci.Estimate, 0.776, 5e-4)
	near(t, "standard error", ci.SE, 0.132, 0.006)
	near(t, "lower end", ci.Lo, 0.43, 0.03)
	near(t, "upper end", ci.Hi, 0.92, 0.02)
	again, err := Bootstrap(15, correlation, 0.90, 10000, 1)
	if err != nil || again != ci {
		t.Errorf("the same seed gives %+v and %+v", ci, again)
	}
}

func TestBootstrapOfEqualValues(t *testing.T) {
	ci, err := BootstrapMean([]float64{0.5, 0.5, 0.5}, 0.95, 1000, 1)
	if err != nil || ci.Lo != 0.5 || ci.Hi != 0.5 {
		t.Errorf("%+v, %v", ci, err)
	}
}

// Newcombe 1998, table I, method 3: 81 of 263 gives 0.2553 to 0.3662, 0 of 20
// gives 0.0000 to 0.1611.
func TestWilsonOnNewcombe(t *testing.T) {
	for _, c := range []struct {
		x, n   int
		lo, hi float64
	}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}} {
		ci, err := Wilson(c.x, c.n, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "lower end", ci.Lo, c.lo, 5e-5)
		near(t, "upper end", ci.Hi, c.hi, 5e-5)
	}
}

// Wikipedia, Cohen's kappa: two readers of 50 grant proposals; 0.40. The others
// are its examples of equal accuracy: 0.1304 and 0.2593.
func TestKappaOnGrantProposals(t *testing.T) {
	near(t, "kappa", Confusion{{20, 5}, {10, 15}}.Kappa(Unweighted), 0.40, 1e-12)
	near(t, "kappa", Confusion{{45, 15}, {25, 15}}.Kappa(Unweighted), 0.1304, 5e-5)
	near(t, "kappa", Confusion{{25, 35}, {5, 35}}.Kappa(Unweighted), 0.2593, 5e-5)
	// With two categories all weightings are the same.
	near(t, "linear kappa", Confusion{{20, 5}, {10, 15}}.Kappa(Linear), 0.40, 1e-12)
	// Four ordered categories; scikit-learn 1.2.1's cohen_kappa_score.
	c := Confusion{{11, 3, 1, 0}, {1, 9, 4, 2}, {0, 1, 10, 5}, {1, 0, 2, 12}}
	near(t, "unweighted", c.Kappa(Unweighted), 0.5700416088765603, 1e-9)
	near(t, "linear", c.Kappa(Linear), 0.6774864752392842, 1e-9)
	near(t, "quadratic", c.Kappa(Quadratic), 0.7612903225806451, 1e-9)
	if k := (Confusion{{5, 0}, {0, 0}}).Kappa(Unweighted); !math.IsNaN(k) {
		t.Errorf("one category alone: kappa %v", k)
	}
}

// Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C:
// four observers, twelve units, missing values; 0.743 nominal, 0.815 ordinal,
// 0.849 interval, 0.797 ratio.
func TestAlphaOnKrippendorff(t *testing.T) {
	x := math.NaN()
	values := [][]float64{
		{1, 2, 3, 3, 2, 1, 4, 1, 2, x, x, x},
		{1, 2, 3, 3, 2, 2, 4, 1, 2, 5, x, 3},
		{x, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, x},
		{1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, x},
	}
	for metric, want := range map[Metric]float64{Nominal: 0.743, Ordinal: 0.815, IntervalScale: 0.849, RatioScale: 0.797} {
		got, err := Alpha(values, metric)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "alpha", got, want, 5e-4)
	}
}

// Section A of the same: two observers, ten units of two values, 0.095.
func TestAlphaOfTwoObservers(t *testing.T) {
	got, err := Alpha([][]float64{{0, 1, 0, 0, 0, 0, 0, 0, 1, 0}, {1, 1, 1, 0, 0, 1, 0, 0, 0, 0}}, Nominal)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "alpha", got, 0.095, 5e-4)
}

// Shrout and Fleiss 1979, table 2: four judges, six targets. The intervals are
// those that R's psych package prints for it.
func TestIntraclassOnShroutAndFleiss(t *testing.T) {
	out, err := Intraclass([][]float64{{9, 2, 5, 8}, {6, 1, 3, 2}, {8, 4, 6, 8}, {7, 1, 2, 6}, {10, 5, 6, 9}, {6, 2, 4, 7}}, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		got              ICC
		estimate, lo, hi float64
	}{
		{out.OneWay, 0.17, -0.133, 0.72}, {out.Agreement, 0.29, 0.019, 0.76}, {out.Consistency, 0.71, 0.342, 0.95},
		{out.OneWayMean, 0.44, -0.884, 0.91}, {out.AgreementMean, 0.62, 0.071, 0.93}, {out.ConsistencyMean, 0.91, 0.676, 0.99},
	} {
		near(t, c.got.Measure, c.got.Estimate, c.estimate, 6e-3)
		near(t, c.got.Measure+" lower end", c.got.Lo, c.lo, 6e-4)
		near(t, c.got.Measure+" upper end", c.got.Hi, c.hi, 6e-3)
	}
	near(t, "F", out.Consistency.F, 11.03, 5e-3)
	near(t, "p", out.OneWay.P, 0.16477, 5e-6)
}

// Bland and Altman 1986: peak expiratory flow of 17 people by a large and a mini
// Wright meter, first readings. Mean difference -2.1, SD 38.8, limits -79.7 and
// 75.5, with intervals -22.0 to 17.8, -114.3 to -45.1 and 40.9 to 110.1. (They
// take 2 SD and round on the way; hence the tolerance.)
func TestBlandAltmanOnPeakFlow(t *testing.T) {
	large := []float64{494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427}
	mini := []float64{512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451}
	out, err := BlandAltman(large, mini, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "bias", out.Bias.Estimate, -2.1, 0.05)
	near(t, "SD", out.SD, 38.8, 0.05)
	near(t, "lower limit", out.Lower.Estimate, -79.7+0.04*38.8, 0.1)
	near(t, "upper limit", out.Upper.Estimate, 75.5-0.04*38.8, 0.1)
	near(t, "bias from", out.Bias.Lo, -22.0, 0.1)
	near(t, "bias to", out.Bias.Hi, 17.8, 0.1)
	near(t, "width of a limit", out.Lower.Hi-out.Lower.Lo, 114.3-45.1, 0.5)
}

func TestScoresByHand(t *testing.T) {
	// truth a a a b b c, answers a a b b a a; class d is of no concern.
	c, err := NewConfusion([]int{0, 0, 0, 1, 1, 2}, []int{0, 0, 1, 1, 0, 0}, 4)
	if err != nil {
		t.Fatal(err)
	}
	s := c.Scores()
	near(t, "precision of a", s[0].Precision, 2.0/4, 1e-12)
	near(t, "recall of a", s[0].Recall, 2.0/3, 1e-12)
	near(t, "F1 of a", s[0].F1, 4.0/7, 1e-12)
	near(t, "macro F1", c.MacroF1(), (4.0/7+2.0/4+0)/3, 1e-12)
	near(t, "accuracy", c.Accuracy(), 0.5, 1e-12)
	near(t, "balanced accuracy", c.BalancedAccuracy(), (2.0/3+1.0/2+0)/3, 1e-12)
	if s[2].Precision != 0 || s[3].F1 != 0 {
		t.Errorf("%+v", s)
	}
}

func TestCalibrationByHand(t *testing.T) {
	p := [][]float64{{0.95, 0.05}, {0.85, 0.15}, {0.1, 0.9}, {0.6, 0.4}, {0.55, 0.45}}
	c, err := Calibrate(p, []int{0, 1, 1, 0, 1}, 5)
	if err != nil {
		t.Fatal(err)
	}
	// (0.4,0.6]: 0.6 right, 0.55 wrong: gap 0.075. (0.8,1]: 0.95 right, 0.85
	// wrong, 0.9 right: 0.9 sure, 2/3 right.
	near(t, "ECE", c.ECE, (2*0.075+3*(0.9-2.0/3))/5, 1e-12)
	near(t, "MCE", c.MCE, 0.9-2.0/3, 1e-12)
	near(t, "Brier", c.Brier, 2*(0.0025+0.7225+0.01+0.16+0.3025)/5, 1e-12)
	near(t, "NLL", c.NLL, -(math.Log(0.95)+math.Log(0.15)+math.Log(0.9)+math.Log(0.6)+math.Log(0.45))/5, 1e-12)
	if c.Bins[2].N != 2 || c.Bins[4].N != 3 {
		t.Errorf("%+v", c.Bins)
	}
}
