package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// SignedRank is the outcome of Wilcoxon's signed-rank test.
type SignedRank struct {
	Pairs    int     `json:"pairs"`    // given
	N        int     `json:"n"`        // that differ; equal pairs are left out, as Wilcoxon did
	Positive float64 `json:"positive"` // sum of the ranks of pairs with a > b
	Negative float64 `json:"negative"`
	P        float64 `json:"p"`     // two-sided
	Exact    bool    `json:"exact"` // P is from the permutation distribution, ties included; else from the normal one
	// SmallestP is the smallest P that N differing pairs can give, 2^(1-N): a
	// difference can't reach a level below it however large it is.
	SmallestP float64 `json:"smallest_p"`
	// Effect is the matched-pairs rank-biserial correlation, (Positive-Negative)
	// / (Positive+Negative), from -1 to 1 (Kerby 2014).
	Effect float64 `json:"effect"`
	// Median is the Hodges-Lehmann estimate of a-b: the median of all means of
	// two differences.
	Median float64 `json:"median"`
}

// exactPairs is up to how many differing pairs the distribution is exact.
const exactPairs = 200

// sameDifference is how close two differences count as equal, relative to the
// largest: scores such as 0.8-0.7 and 0.7-0.6 differ only by rounding.
const sameDifference = 1e-12

// Wilcoxon tests whether paired values, one pair per participant, differ in
// location (Wilcoxon 1945). Without differing pairs P is 1.
func Wilcoxon(a, b []float64) (SignedRank, error) {
	if len(a) != len(b) || len(a) == 0 {
		return SignedRank{}, fmt.Errorf("signed-rank test: %d and %d values, it needs pairs", len(a), len(b))
	}
	d := make([]float64, len(a))
	largest := 0.0
	for i := range a {
		d[i] = a[i] - b[i]
		largest = math.Max(largest, math.Abs(d[i]))
	}
	if err := finite("signed-rank test", d); err != nil {
		return SignedRank{}, err
	}
	s := SignedRank{Pairs: len(a), P: 1, SmallestP: 1, Exact: true, Median: hodgesLehmann(d)}
	var size []float64
	var sign []bool
	for _, v := range d {
		if math.Abs(v) > sameDifference*largest {
			size, sign = append(size, math.Abs(v)), append(sign, v > 0)
		}
	}
	if s.N = len(size); s.N == 0 {
		return s, nil
	}
	r, ties := ranks(merged(size, sameDifference*largest))
	for i, v := range r {
		if sign[i] {
			s.Positive += v
		} else {
			s.Negative += v
		}
	}
	s.Effect = (s.Positive - s.Negative) / (s.Positive + s.Negative)
	s.SmallestP = math.Min(1, math.Pow(2, float64(1-s.N)))
	if s.Exact = s.N <= exactPairs; s.Exact {
		s.P = exactSignedRank(r, math.Min(s.Positive, s.Negative))
	} else {
		s.P = normalSignedRank(float64(s.N), ties, math.Min(s.Positive, s.Negative))
	}
	return s, nil
}

// merged makes values that differ by no more than near equal.
func merged(x []float64, near float64) []float64 {
	out := append([]float64(nil), x...)
	for i := range out {
		for j := range i {
			if math.Abs(out[i]-out[j]) <= near {
				out[i] = out[j]
				break
			}
		}
	}
	return out
}

// exactSignedRank is the share of all 2^n signs whose smaller rank sum is at
// most w, counted by dynamic programming over doubled ranks, which are whole.
func exactSignedRank(r []float64, w float64) float64 {
	total := 0
	for _, v := range r {
		total += int(math.Round(2 * v))
	}
	share := make([]float64, total+1) // of the signs with this doubled sum
	share[0] = 1
	reached := 0
	for _, v := range r {
		step := int(math.Round(2 * v))
		for sum := reached; sum >= 0; sum-- {
			share[sum] /= 2
			share[sum+step] += share[sum]
		}
		reached += step
	}
	p := 0.0
	for sum := 0; sum <= int(math.Round(2*w)); sum++ {
		p += share[sum]
	}
	return math.Min(1, 2*p)
}

// normalSignedRank has a correction for ties and for continuity.
func normalSignedRank(n, ties, w float64) float64 {
	sigma := math.Sqrt(n*(n+1)*(2*n+1)/24 - ties/48)
	z := (w - n*(n+1)/4 + 0.5) / sigma
	return math.Min(1, 2*distuv.UnitNormal.CDF(z))
}

func hodgesLehmann(d []float64) float64 {
	var means []float64
	for i := range d {
		for j := i; j < len(d); j++ {
			means = append(means, (d[i]+d[j])/2)
		}
	}
	return median(means)
}
