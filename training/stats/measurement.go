package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// ICC is an intraclass correlation with its interval and F test.
type ICC struct {
	Interval
	F       float64 `json:"f"`
	DF1     float64 `json:"df1"`
	DF2     float64 `json:"df2"`
	P       float64 `json:"p"` // that there is no correlation
	Measure string  `json:"measure"`
}

// ICCs are the six forms of Shrout and Fleiss 1979, of one rater's value and of
// the mean of all raters.
type ICCs struct {
	OneWay          ICC `json:"icc_1_1"` // each subject by other raters
	Agreement       ICC `json:"icc_2_1"` // raters are a sample of raters: do they give the same values?
	Consistency     ICC `json:"icc_3_1"` // just these raters: do they rank alike?
	OneWayMean      ICC `json:"icc_1_k"`
	AgreementMean   ICC `json:"icc_2_k"`
	ConsistencyMean ICC `json:"icc_3_k"`
}

// Intraclass computes all forms from values [subject][rater] without gaps, with
// intervals by Shrout and Fleiss 1979 and McGraw and Wong 1996.
func Intraclass(values [][]float64, level float64) (ICCs, error) {
	if len(values) < 2 || len(values[0]) < 2 || !(level > 0 && level < 1) {
		return ICCs{}, fmt.Errorf("intraclass correlation: it needs at least two subjects and two raters and a level between 0 and 1")
	}
	a, err := analyse(values)
	if err != nil {
		return ICCs{}, err
	}
	a.level = level
	var out ICCs
	out.OneWay, out.OneWayMean = a.oneWay()
	out.Consistency, out.ConsistencyMean = a.consistency()
	out.Agreement, out.AgreementMean = a.agreement()
	return out, nil
}

// variances are the mean squares of a two-way table.
type variances struct {
	n, k                             float64 // subjects, raters
	subjects, raters, within, errors float64
	level                            float64
}

func analyse(values [][]float64) (variances, error) {
	n, k := float64(len(values)), float64(len(values[0]))
	columns := make([]float64, len(values[0]))
	grand := 0.0
	for i, row := range values {
		if len(row) != len(columns) {
			return variances{}, fmt.Errorf("intraclass correlation: subject %d has %d values, not %d", i, len(row), len(columns))
		}
		if err := finite("intraclass correlation", row); err != nil {
			return variances{}, err
		}
		for j, v := range row {
			columns[j] += v / n
			grand += v / (n * k)
		}
	}
	total, between, raters := 0.0, 0.0, 0.0
	for _, row := range values {
		m := mean(row)
		between += k * (m - grand) * (m - grand)
		for _, v := range row {
			total += (v - grand) * (v - grand)
		}
	}
	for _, m := range columns {
		raters += n * (m - grand) * (m - grand)
	}
	return variances{n: n, k: k, subjects: between / (n - 1), raters: raters / (k - 1),
		within: (total - between) / (n * (k - 1)), errors: (total - between - raters) / ((n - 1) * (k - 1))}, nil
}

// of makes an ICC with the bounds lo and hi.
func (a variances) of(measure string, estimate, lo, hi, f, df1, df2 float64) ICC {
	return ICC{Interval: Interval{Estimate: estimate, Lo: lo, Hi: hi, Level: a.level, N: int(a.n)}, F: f, DF1: df1, DF2: df2,
		P: distuv.F{D1: df1, D2: df2}.Survival(f), Measure: measure}
}

// bounds divides and multiplies F by the quantiles of its distribution.
func (a variances) bounds(f, df1, df2 float64) (lo, hi float64) {
	p := (1 + a.level) / 2
	return f / (distuv.F{D1: df1, D2: df2}).Quantile(p), f * (distuv.F{D1: df2, D2: df1}).Quantile(p)
}

func (a variances) oneWay() (single, average ICC) {
	f, df1, df2 := a.subjects/a.within, a.n-1, a.n*(a.k-1)
	lo, hi := a.bounds(f, df1, df2)
	of := func(f float64) float64 { return (f - 1) / (f + a.k - 1) }
	return a.of("ICC(1,1)", of(f), of(lo), of(hi), f, df1, df2), a.of("ICC(1,k)", 1-1/f, 1-1/lo, 1-1/hi, f, df1, df2)
}

func (a variances) consistency() (single, average ICC) {
	f, df1, df2 := a.subjects/a.errors, a.n-1, (a.n-1)*(a.k-1)
	lo, hi := a.bounds(f, df1, df2)
	of := func(f float64) float64 { return (f - 1) / (f + a.k - 1) }
	return a.of("ICC(3,1)", of(f), of(lo), of(hi), f, df1, df2), a.of("ICC(3,k)", 1-1/f, 1-1/lo, 1-1/hi, f, df1, df2)
}

func (a variances) agreement() (single, average ICC) {
	n, k := a.n, a.k
	r := (a.subjects - a.errors) / (a.subjects + (k-1)*a.errors + k*(a.raters-a.errors)/n)
	mean := (a.subjects - a.errors) / (a.subjects + (a.raters-a.errors)/n)
	f, df1, df2 := a.subjects/a.errors, n-1, (n-1)*(k-1)
	// Satterthwaite's degrees of freedom.
	fj := a.raters / a.errors
	top := k*r*fj + n*(1+(k-1)*r) - k*r
	v := (n - 1) * (k - 1) * top * top / ((n-1)*k*k*r*r*fj*fj + (n*(1+(k-1)*r)-k*r)*(n*(1+(k-1)*r)-k*r))
	p := (1 + a.level) / 2
	up, down := (distuv.F{D1: n - 1, D2: v}).Quantile(p), (distuv.F{D1: v, D2: n - 1}).Quantile(p)
	rest := k*a.raters + (k*n-k-n)*a.errors
	lo := n * (a.subjects - up*a.errors) / (up*rest + n*a.subjects)
	hi := n * (down*a.subjects - a.errors) / (rest + n*down*a.subjects)
	spearmanBrown := func(r float64) float64 { return k * r / (1 + (k-1)*r) }
	return a.of("ICC(2,1)", r, lo, hi, f, df1, df2), a.of("ICC(2,k)", mean, spearmanBrown(lo), spearmanBrown(hi), f, df1, df2)
}

// LimitsOfAgreement compare two ways of measuring the same.
type LimitsOfAgreement struct {
	Bias  Interval `json:"bias"` // mean of a-b
	SD    float64  `json:"sd"`
	Lower Interval `json:"lower"` // Bias - 1.96 SD
	Upper Interval `json:"upper"`
	// Slope of the differences on the means, and its p: a bias that grows with
	// the size of what is measured.
	Slope  float64 `json:"slope"`
	SlopeP float64 `json:"slope_p"`
}

// BlandAltman gives the limits of agreement of paired measurements, one pair
// per subject, with intervals (Bland and Altman 1986).
func BlandAltman(a, b []float64, level float64) (LimitsOfAgreement, error) {
	if len(a) != len(b) || len(a) < 3 || !(level > 0 && level < 1) {
		return LimitsOfAgreement{}, fmt.Errorf("bland-altman: %d and %d values at level %v, it needs at least 3 pairs", len(a), len(b), level)
	}
	d, m := make([]float64, len(a)), make([]float64, len(a))
	for i := range a {
		d[i], m[i] = a[i]-b[i], (a[i]+b[i])/2
	}
	if err := finite("bland-altman", d); err != nil {
		return LimitsOfAgreement{}, err
	}
	n, s := float64(len(d)), sd(d)
	t := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile((1 + level) / 2)
	around := func(x, se float64) Interval {
		return Interval{Estimate: x, Lo: x - t*se, Hi: x + t*se, SE: se, Level: level, N: len(d)}
	}
	const z = 1.96
	out := LimitsOfAgreement{Bias: around(mean(d), s/math.Sqrt(n)), SD: s}
	// Bland and Altman take the variance of a limit as 3 s²/n.
	out.Lower, out.Upper = around(out.Bias.Estimate-z*s, s*math.Sqrt(3/n)), around(out.Bias.Estimate+z*s, s*math.Sqrt(3/n))
	out.Slope, out.SlopeP = trend(m, d)
	return out, nil
}

// trend is the slope of the least-squares line and the two-sided p of no slope.
func trend(x, y []float64) (slope, p float64) {
	mx, my := mean(x), mean(y)
	xx, xy, yy := 0.0, 0.0, 0.0
	for i := range x {
		xx += (x[i] - mx) * (x[i] - mx)
		xy += (x[i] - mx) * (y[i] - my)
		yy += (y[i] - my) * (y[i] - my)
	}
	if xx == 0 || yy == 0 {
		return 0, 1
	}
	slope = xy / xx
	df := float64(len(x) - 2)
	rest := math.Max(0, yy-slope*xy)
	if rest == 0 {
		return slope, 0
	}
	t := slope / math.Sqrt(rest/df/xx)
	return slope, 2 * distuv.StudentsT{Sigma: 1, Nu: df}.CDF(-math.Abs(t))
}
