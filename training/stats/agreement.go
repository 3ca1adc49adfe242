package stats

import (
	"fmt"
	"math"
	"slices"
)

// Metric says what the values of raters mean, and so how far apart two are.
type Metric int

// The metrics of Alpha.
const (
	Nominal       Metric = iota // names: equal or not
	Ordinal                     // ranks
	IntervalScale               // numbers; differences count
	RatioScale                  // numbers above zero; ratios count
)

// Alpha is Krippendorff's coefficient of reliability (Krippendorff 2011):
// values is [rater][unit], NaN where a rater gave none. Any number of raters.
// 1 is perfect, 0 is chance; NaN when no unit has two values or all values are
// equal, which says nothing.
func Alpha(values [][]float64, metric Metric) (float64, error) {
	if len(values) < 2 {
		return 0, fmt.Errorf("krippendorff's alpha: %d raters, at least 2 are needed", len(values))
	}
	units := len(values[0])
	var domain []float64
	var paired [][]float64 // the values of each unit that has two or more
	for u := range units {
		var of []float64
		for r, row := range values {
			if len(row) != units {
				return 0, fmt.Errorf("krippendorff's alpha: rater %d has %d units, not %d", r, len(row), units)
			}
			if v := row[u]; !math.IsNaN(v) {
				of = append(of, v)
			}
		}
		if len(of) > 1 {
			paired, domain = append(paired, of), append(domain, of...)
		}
	}
	slices.Sort(domain)
	domain = slices.Compact(domain)
	coincidences, total := coincide(paired, domain)
	n := make([]float64, len(domain))
	for i, row := range coincidences {
		for _, v := range row {
			n[i] += v
		}
	}
	seen, expected := 0.0, 0.0
	for i := range domain {
		for j := range domain {
			d := metric.distance(domain, n, i, j)
			seen += coincidences[i][j] * d
			expected += n[i] * n[j] * d / (total - 1)
		}
	}
	return 1 - seen/expected, nil
}

// coincide counts the pairs of values within units, each weighed by one less
// than the number of values of its unit.
func coincide(paired [][]float64, domain []float64) (c [][]float64, total float64) {
	c = make([][]float64, len(domain))
	for i := range c {
		c[i] = make([]float64, len(domain))
	}
	for _, of := range paired {
		for a, v := range of {
			i, _ := slices.BinarySearch(domain, v)
			for b, w := range of {
				if a != b {
					j, _ := slices.BinarySearch(domain, w)
					c[i][j] += 1 / float64(len(of)-1)
				}
			}
		}
		total += float64(len(of))
	}
	return c, total
}

// distance is the squared difference of two values of the domain; n is how
// often each occurs.
func (m Metric) distance(domain, n []float64, i, j int) float64 {
	if i == j {
		return 0
	}
	switch m {
	case Ordinal:
		lo, hi := min(i, j), max(i, j)
		sum := -(n[lo] + n[hi]) / 2
		for _, v := range n[lo : hi+1] {
			sum += v
		}
		return sum * sum
	case IntervalScale:
		return (domain[i] - domain[j]) * (domain[i] - domain[j])
	case RatioScale:
		if domain[i]+domain[j] == 0 {
			return 0
		}
		r := (domain[i] - domain[j]) / (domain[i] + domain[j])
		return r * r
	}
	return 1
}
