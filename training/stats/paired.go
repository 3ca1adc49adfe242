package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Disagreement is the outcome of McNemar's test.
type Disagreement struct {
	OnlyA int     `json:"only_a"` // events that only model A got right
	OnlyB int     `json:"only_b"`
	P     float64 `json:"p"`     // two-sided exact conditional
	MidP  float64 `json:"mid_p"` // the less conservative one to report (Fagerland, Lydersen and Laake 2013)
}

// McNemar tests whether two models are right equally often, from the numbers of
// events that only one of them got right (McNemar 1947). The events must be
// independent: windows of one recording are not.
func McNemar(onlyA, onlyB int) (Disagreement, error) {
	if onlyA < 0 || onlyB < 0 {
		return Disagreement{}, fmt.Errorf("mcnemar test: %d and %d events", onlyA, onlyB)
	}
	d := Disagreement{OnlyA: onlyA, OnlyB: onlyB, P: 1, MidP: 1}
	n := onlyA + onlyB
	if n == 0 {
		return d, nil
	}
	binomial := distuv.Binomial{N: float64(n), P: 0.5}
	less := float64(min(onlyA, onlyB))
	oneSided, point := binomial.CDF(less), binomial.Prob(less)
	d.P = math.Min(1, 2*oneSided)
	d.MidP = 2*oneSided - point
	if onlyA == onlyB {
		d.MidP = 1 - point/2
	}
	return d, nil
}

// Posterior is what the Bayesian correlated t-test believes of the difference.
type Posterior struct {
	Mean  float64 `json:"mean"`
	Scale float64 `json:"scale"`
	Df    float64 `json:"df"`
	Below float64 `json:"below"` // probability that the difference is below -rope
	Rope  float64 `json:"rope"`  // that it is within: practically equal
	Above float64 `json:"above"`
}

// Interval is the one that holds the difference with the given probability,
// equally likely to lie on either side of it.
func (p Posterior) Interval(level float64) (lo, hi float64) {
	if p.Scale == 0 {
		return p.Mean, p.Mean
	}
	t := distuv.StudentsT{Mu: p.Mean, Sigma: p.Scale, Nu: p.Df}
	return t.Quantile((1 - level) / 2), t.Quantile((1 + level) / 2)
}

// CorrelatedT is the Bayesian correlated t-test (Corani and Benavoli 2015) on
// differences of scores, one per fold of a cross-validation. correlation is
// that between folds because their training sets overlap: the share of examples
// held out in a fold; 0 for independent differences. Differences within rope of
// zero count as practically equal.
func CorrelatedT(differences []float64, correlation, rope float64) (Posterior, error) {
	n := float64(len(differences))
	switch {
	case len(differences) < 2:
		return Posterior{}, fmt.Errorf("correlated t-test: %d differences, at least 2 are needed", len(differences))
	case !(correlation >= 0 && correlation < 1):
		return Posterior{}, fmt.Errorf("correlated t-test: a correlation of %v", correlation)
	case !(rope >= 0):
		return Posterior{}, fmt.Errorf("correlated t-test: a region of practical equivalence of %v", rope)
	}
	if err := finite("correlated t-test", differences); err != nil {
		return Posterior{}, err
	}
	p := Posterior{Mean: mean(differences), Df: n - 1, Scale: sd(differences) * math.Sqrt(1/n+correlation/(1-correlation))}
	below := func(x float64) float64 {
		switch {
		case p.Scale > 0:
			return distuv.StudentsT{Mu: p.Mean, Sigma: p.Scale, Nu: p.Df}.CDF(x)
		case p.Mean < x:
			return 1
		case p.Mean == x:
			return 0.5
		}
		return 0
	}
	p.Below, p.Above = below(-rope), 1-below(rope)
	p.Rope = math.Max(0, 1-p.Below-p.Above)
	return p, nil
}
