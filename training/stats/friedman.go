package stats

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// RankTest is the outcome of Friedman's test.
type RankTest struct {
	Blocks     int       `json:"blocks"` // participants
	Treatments int       `json:"treatments"`
	MeanRanks  []float64 `json:"mean_ranks"`  // 1 is best
	ChiSquared float64   `json:"chi_squared"` // corrected for ties
	P          float64   `json:"p"`           // by the chi-squared distribution
	// F and PF are the less conservative form of Iman and Davenport 1980. F is
	// the largest number there is when all blocks rank alike.
	F  float64 `json:"f"`
	PF float64 `json:"p_f"`
	W  float64 `json:"w"` // Kendall's coefficient of concordance, the effect size, 0 to 1
}

// Friedman tests whether several models, ranked within each participant, differ
// (Friedman 1937). scores is [participant][model], larger is better. The
// distributions are approximations that want ten participants or more.
func Friedman(scores [][]float64) (RankTest, error) {
	if len(scores) < 2 || len(scores[0]) < 2 {
		return RankTest{}, fmt.Errorf("friedman test: it needs at least two participants and two models")
	}
	n, k := float64(len(scores)), float64(len(scores[0]))
	t := RankTest{Blocks: len(scores), Treatments: len(scores[0]), MeanRanks: make([]float64, len(scores[0]))}
	ties := 0.0
	for i, row := range scores {
		if len(row) != t.Treatments {
			return RankTest{}, fmt.Errorf("friedman test: participant %d has %d scores, not %d", i, len(row), t.Treatments)
		}
		if err := finite("friedman test", row); err != nil {
			return RankTest{}, err
		}
		r, tied := ranks(row)
		ties += tied
		for j, v := range r {
			t.MeanRanks[j] += (k + 1 - v) / n
		}
	}
	sum := 0.0
	for _, r := range t.MeanRanks {
		sum += (r - (k+1)/2) * (r - (k+1)/2)
	}
	t.P, t.PF = 1, 1
	correction := 1 - ties/(n*(k*k*k-k))
	if correction == 0 { // all scores equal
		return t, nil
	}
	t.ChiSquared = 12 * n / (k * (k + 1)) * sum / correction
	t.W = t.ChiSquared / (n * (k - 1))
	t.P = distuv.ChiSquared{K: k - 1}.Survival(t.ChiSquared)
	t.F = (n - 1) * t.ChiSquared / (n*(k-1) - t.ChiSquared)
	if t.F < 0 || n*(k-1)-t.ChiSquared <= 1e-12*t.ChiSquared {
		t.F, t.PF = math.MaxFloat64, 0
		return t, nil
	}
	t.PF = distuv.F{D1: k - 1, D2: (k - 1) * (n - 1)}.Survival(t.F)
	return t, nil
}

// Pair is the comparison of two models.
type Pair struct {
	A        int        `json:"a"` // models
	B        int        `json:"b"`
	Test     SignedRank `json:"test"`
	Adjusted float64    `json:"adjusted"` // Test.P by Holm's procedure over all pairs
}

// Pairs compares every two models by Wilcoxon's test with Holm's correction,
// as Benavoli, Corani and Mangili 2016 advise instead of mean-rank tests.
func Pairs(scores [][]float64) ([]Pair, error) {
	var out []Pair
	var p []float64
	for a := range scores[0] {
		for b := a + 1; b < len(scores[0]); b++ {
			x, y := make([]float64, len(scores)), make([]float64, len(scores))
			for i, row := range scores {
				x[i], y[i] = row[a], row[b]
			}
			test, err := Wilcoxon(x, y)
			if err != nil {
				return nil, fmt.Errorf("models %d and %d: %w", a, b, err)
			}
			out, p = append(out, Pair{A: a, B: b, Test: test}), append(p, test.P)
		}
	}
	for i, v := range Holm(p) {
		out[i].Adjusted = v
	}
	return out, nil
}

// Holm adjusts p values for being one family (Holm 1979): those at or below a
// level may be rejected with that chance of any false one.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return p[order[i]] < p[order[j]] })
	out, largest := make([]float64, len(p)), 0.0
	for i, at := range order {
		largest = math.Max(largest, math.Min(1, float64(len(p)-i)*p[at]))
		out[at] = largest
	}
	return out
}

// CriticalDifference is how far two mean ranks must lie apart to differ at
// level alpha by Nemenyi's test (Demšar 2006).
func CriticalDifference(models, participants int, alpha float64) float64 {
	k := float64(models)
	return studentizedRange(1-alpha, models) / math.Sqrt2 * math.Sqrt(k*(k+1)/(6*float64(participants)))
}

// studentizedRange is the quantile of the range of k standard normal values.
func studentizedRange(p float64, k int) float64 {
	lo, hi := 0.0, 20.0
	for range 60 {
		q := (lo + hi) / 2
		if rangeBelow(q, k) < p {
			lo = q
		} else {
			hi = q
		}
	}
	return (lo + hi) / 2
}

// rangeBelow is the probability that k standard normal values lie within q of
// each other: k times the integral of phi(z) (Phi(z)-Phi(z-q))^(k-1), by
// Simpson's rule.
func rangeBelow(q float64, k int) float64 {
	const steps = 400
	lo, hi := -8.0, 8.0
	h := (hi - lo) / steps
	sum := 0.0
	for i := range steps + 1 {
		z := lo + float64(i)*h
		f := distuv.UnitNormal.Prob(z) * math.Pow(distuv.UnitNormal.CDF(z)-distuv.UnitNormal.CDF(z-q), float64(k-1))
		switch {
		case i == 0 || i == steps:
			sum += f
		case i%2 == 1:
			sum += 4 * f
		default:
			sum += 2 * f
		}
	}
	return float64(k) * sum * h / 3
}

// Cliques are the largest groups of models whose mean ranks lie within the
// critical difference: the bars of a critical-difference plot. Each lists the
// models from the best on; a model alone is none.
func Cliques(meanRanks []float64, difference float64) [][]int {
	order := make([]int, len(meanRanks))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return meanRanks[order[i]] < meanRanks[order[j]] })
	var out [][]int
	end := 0
	for i := range order {
		j := i
		for j < len(order) && meanRanks[order[j]]-meanRanks[order[i]] < difference {
			j++
		}
		if j > end && j-i > 1 {
			out, end = append(out, slices.Clone(order[i:j])), j
		}
	}
	return out
}
