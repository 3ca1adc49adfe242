package agreement

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Difference is how far apart two raters put the same moments: second minus
// first, in seconds.
type Difference struct {
	N    int     `json:"n"`
	Mean float64 `json:"mean_s"`
	SD   float64 `json:"sd_s"`
	// Lower and Upper are the limits of agreement: 95% of differences are
	// expected between them. LowerSE is the standard error of each.
	Lower   float64 `json:"lower_s"`
	Upper   float64 `json:"upper_s"`
	LimitSE float64 `json:"limit_se_s"`
	// Median and P90 are of the absolute differences.
	Median float64 `json:"median_absolute_s"`
	P90    float64 `json:"p90_absolute_s"`
	ICC    ICC     `json:"icc"`
}

// Differences sums up pairs of measurements after J. M. Bland and D. G. Altman,
// "Statistical methods for assessing agreement between two methods of clinical
// measurement", Lancet i (1986): mean and standard deviation of the differences
// and limits at 1.96 of them, with their approximate standard error. SD and
// limits are NaN for fewer than two pairs.
func Differences(first, second []float64) Difference {
	d := Difference{N: len(first), Mean: math.NaN(), SD: math.NaN(), Lower: math.NaN(), Upper: math.NaN(), LimitSE: math.NaN(),
		Median: math.NaN(), P90: math.NaN()}
	rows := make([][]float64, len(first))
	absolute := make([]float64, len(first))
	sum := 0.0
	for i := range first {
		rows[i] = []float64{first[i], second[i]}
		sum += second[i] - first[i]
		absolute[i] = math.Abs(second[i] - first[i])
	}
	d.ICC = IntraclassCorrelation(rows)
	if d.N == 0 {
		return d
	}
	d.Mean = sum / float64(d.N)
	d.Median, d.P90 = Quantile(absolute, 0.5), Quantile(absolute, 0.9)
	if d.N < 2 {
		return d
	}
	squares := 0.0
	for i := range first {
		squares += math.Pow(second[i]-first[i]-d.Mean, 2)
	}
	d.SD = math.Sqrt(squares / float64(d.N-1))
	d.Lower, d.Upper = d.Mean-1.96*d.SD, d.Mean+1.96*d.SD
	d.LimitSE = math.Sqrt(3 * d.SD * d.SD / float64(d.N))
	return d
}

// ICC is intraclass correlations of single measurements with the 95% interval of
// the second.
type ICC struct {
	OneWay      float64 `json:"icc_1_1"`
	Agreement   float64 `json:"icc_2_1"` // two-way random, absolute agreement
	Consistency float64 `json:"icc_3_1"`
	Lower       float64 `json:"icc_2_1_lower"`
	Upper       float64 `json:"icc_2_1_upper"`
}

// IntraclassCorrelation is that of [target][rater] after P. E. Shrout and J. L.
// Fleiss, "Intraclass correlations: uses in assessing rater reliability",
// Psychological Bulletin 86 (1979), the interval after K. O. McGraw and S. P.
// Wong, Psychological Methods 1 (1996). All NaN for fewer than two targets or
// raters.
func IntraclassCorrelation(rows [][]float64) ICC {
	nan := math.NaN()
	none := ICC{nan, nan, nan, nan, nan}
	n := float64(len(rows))
	if n < 2 || len(rows[0]) < 2 {
		return none
	}
	k := float64(len(rows[0]))
	columns := make([]float64, len(rows[0]))
	grand := 0.0
	for _, row := range rows {
		for j, v := range row {
			columns[j] += v / n
			grand += v / n / k
		}
	}
	var between, raters, total float64
	for _, row := range rows {
		mean := 0.0
		for _, v := range row {
			mean += v / k
			total += (v - grand) * (v - grand)
		}
		between += k * (mean - grand) * (mean - grand)
	}
	for _, c := range columns {
		raters += n * (c - grand) * (c - grand)
	}
	bms := between / (n - 1)
	wms := (total - between) / (n * (k - 1))
	jms := raters / (k - 1)
	ems := max(total-between-raters, 0) / ((n - 1) * (k - 1))
	if !(bms > 0) {
		return none
	}
	icc := ICC{
		OneWay:      (bms - wms) / (bms + (k-1)*wms),
		Agreement:   (bms - ems) / (bms + (k-1)*ems + k*(jms-ems)/n),
		Consistency: (bms - ems) / (bms + (k-1)*ems),
	}
	icc.Lower, icc.Upper = agreementInterval(icc.Agreement, bms, jms, ems, n, k)
	return icc
}

func agreementInterval(icc, bms, jms, ems, n, k float64) (lower, upper float64) {
	if ems == 0 || icc >= 1 {
		return icc, icc
	}
	a := k * icc / (n * (1 - icc))
	b := 1 + k*icc*(n-1)/(n*(1-icc))
	v := math.Pow(a*jms+b*ems, 2) / (math.Pow(a*jms, 2)/(k-1) + math.Pow(b*ems, 2)/((n-1)*(k-1)))
	fl := distuv.F{D1: n - 1, D2: v}.Quantile(0.975)
	fu := distuv.F{D1: v, D2: n - 1}.Quantile(0.975)
	rest := k*jms + (k*n-k-n)*ems
	return n * (bms - fl*ems) / (fl*rest + n*bms), n * (fu*bms - ems) / (rest + n*fu*bms)
}

// Quantile is the value below which a share q of values lies, by linear
// interpolation between them; NaN for none.
func Quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	s := sortedFloats(values)
	at := q * float64(len(s)-1)
	i := int(at)
	if i+1 >= len(s) {
		return s[len(s)-1]
	}
	return s[i] + (at-float64(i))*(s[i+1]-s[i])
}
