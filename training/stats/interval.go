package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Interval is an estimate with its confidence interval.
type Interval struct {
	Estimate float64 `json:"estimate"`
	Lo       float64 `json:"lo"`
	Hi       float64 `json:"hi"`
	Level    float64 `json:"level"`
	SE       float64 `json:"se"` // standard deviation of the resampled estimates
	N        int     `json:"n"`  // what was resampled: participants
}

// Bootstrap gives the bias-corrected and accelerated interval (Efron 1987) of a
// statistic of n participants, who are resampled whole. statistic gets the
// numbers of the participants in a sample, some more than once; it may give NaN
// for a sample it can't judge, which is then left out. The same seed gives the
// same interval.
func Bootstrap(n int, statistic func(sample []int) float64, level float64, rounds int, seed uint64) (Interval, error) {
	if n < 2 || rounds < 100 || !(level > 0 && level < 1) {
		return Interval{}, fmt.Errorf("bootstrap: %d participants, %d rounds, level %v: at least 2, 100 and between 0 and 1", n, rounds, level)
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	ci := Interval{Estimate: statistic(all), Level: level, N: n}
	rng := rand.New(rand.NewPCG(seed, 0xb007))
	sample := make([]int, n)
	var values []float64
	for range rounds {
		for i := range sample {
			sample[i] = rng.IntN(n)
		}
		if v := statistic(sample); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	if len(values) < rounds/2 || math.IsNaN(ci.Estimate) {
		return ci, fmt.Errorf("bootstrap: the statistic was a number in %d of %d samples", len(values), rounds)
	}
	slices.Sort(values)
	ci.SE = sd(values)
	z0 := bias(values, ci.Estimate)
	a := acceleration(n, statistic)
	end := func(p float64) float64 {
		z := z0 + distuv.UnitNormal.Quantile(p)
		return quantile(values, distuv.UnitNormal.CDF(z0+z/(1-a*z)))
	}
	ci.Lo, ci.Hi = end((1-level)/2), end((1+level)/2)
	return ci, nil
}

// bias is the normal quantile of the share of resampled values below the
// estimate, ties counted half.
func bias(sorted []float64, estimate float64) float64 {
	below := 0.0
	for _, v := range sorted {
		if v < estimate {
			below++
		} else if v == estimate {
			below += 0.5
		}
	}
	n := float64(len(sorted))
	return distuv.UnitNormal.Quantile(math.Min(math.Max(below/n, 0.5/n), 1-0.5/n))
}

// acceleration is the skewness of the estimates with one participant left out,
// divided by six; 0 when they are all the same or not all numbers.
func acceleration(n int, statistic func([]int) float64) float64 {
	values := make([]float64, n)
	for i := range values {
		var rest []int
		for j := range n {
			if j != i {
				rest = append(rest, j)
			}
		}
		values[i] = statistic(rest)
	}
	m, square, cube := mean(values), 0.0, 0.0
	for _, v := range values {
		square += (m - v) * (m - v)
		cube += (m - v) * (m - v) * (m - v)
	}
	if a := cube / (6 * math.Pow(square, 1.5)); !math.IsNaN(a) && !math.IsInf(a, 0) {
		return a
	}
	return 0
}

// BootstrapMean is Bootstrap of the mean of one value per participant.
func BootstrapMean(values []float64, level float64, rounds int, seed uint64) (Interval, error) {
	if err := finite("bootstrap", values); err != nil {
		return Interval{}, err
	}
	return Bootstrap(len(values), func(sample []int) float64 {
		sum := 0.0
		for _, i := range sample {
			sum += values[i]
		}
		return sum / float64(len(sample))
	}, level, rounds, seed)
}

// Wilson is the score interval of a proportion of independent events (Wilson
// 1927).
func Wilson(successes, n int, level float64) (Interval, error) {
	if n < 1 || successes < 0 || successes > n || !(level > 0 && level < 1) {
		return Interval{}, fmt.Errorf("wilson interval: %d of %d at level %v", successes, n, level)
	}
	z, m := distuv.UnitNormal.Quantile((1+level)/2), float64(n)
	p := float64(successes) / m
	middle, half := p+z*z/(2*m), z*math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return Interval{Estimate: p, Level: level, N: n, SE: math.Sqrt(p * (1 - p) / m),
		Lo: math.Max(0, (middle-half)/(1+z*z/m)), Hi: math.Min(1, (middle+half)/(1+z*z/m))}, nil
}

// quantile interpolates linearly between sorted values.
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

func median(x []float64) float64 {
	s := slices.Clone(x)
	slices.Sort(s)
	return quantile(s, 0.5)
}
