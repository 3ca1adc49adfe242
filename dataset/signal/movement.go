package signal

import (
	"math"
	"slices"
)

// Magnitude is the length of the vector at each sample of the given axes.
func Magnitude(axes ...[]float64) []float64 {
	if len(axes) == 0 {
		return nil
	}
	m := make([]float64, len(axes[0]))
	for i := range m {
		sum := 0.0
		for _, a := range axes {
			sum += a[i] * a[i]
		}
		m[i] = math.Sqrt(sum)
	}
	return m
}

// MovementEnergy is, for each sample, the variance of the axes summed over the
// span seconds that end there: gravity and the sensor's orientation drop out,
// and no later sample is looked at. The first samples use what there is. Its
// unit is the square of the channels' unit.
func MovementEnergy(axes [][]float64, rate, span float64) []float64 {
	if len(axes) == 0 {
		return nil
	}
	n := len(axes[0])
	w := max(int(math.Round(span*rate)), 1)
	energy := make([]float64, n)
	for _, a := range axes {
		if n == 0 {
			break
		}
		// Sums around the first value keep gravity from eating the precision.
		base := a[0]
		var s, q float64
		for i, v := range a {
			v -= base
			s += v
			q += v * v
			if i >= w {
				old := a[i-w] - base
				s -= old
				q -= old * old
			}
			k := float64(min(i+1, w))
			energy[i] += max(q/k-(s/k)*(s/k), 0)
		}
	}
	return energy
}

// EnergySpanS is the span of movement energy that onsets are estimated from:
// long enough that the still moments at the ends of a repetition don't count as
// rest.
const EnergySpanS = 0.5

// OnsetRule says when a set begins: the first moment from which the movement
// energy stays above Fraction of its median within the span for HoldS seconds.
type OnsetRule struct {
	Fraction float64
	HoldS    float64
}

// DefaultOnset is half a second above 30% of the span's median energy.
func DefaultOnset() OnsetRule { return OnsetRule{Fraction: 0.3, HoldS: 0.5} }

// Onset estimates the first moving sample within [from, to) of an energy track
// as MovementEnergy makes it. ok is false when the span never moves for that
// long.
func Onset(energy []float64, rate float64, from, to int, rule OnsetRule) (sample int, ok bool) {
	from, to = max(from, 0), min(to, len(energy))
	if from >= to {
		return 0, false
	}
	sorted := slices.Clone(energy[from:to])
	slices.Sort(sorted)
	limit := rule.Fraction * sorted[len(sorted)/2]
	hold := max(int(math.Round(rule.HoldS*rate)), 1)
	run := 0
	for i := from; i < to; i++ {
		if energy[i] <= limit {
			run = 0
			continue
		}
		if run++; run == hold {
			return i - hold + 1, true
		}
	}
	return 0, false
}
