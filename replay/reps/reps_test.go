package reps

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// movement makes n repetitions of period seconds on three axes at rate Hz,
// between two still stretches with a jolt in each, as a weight is taken up and
// put down.
func movement(n int, period, rate, noise float64, seed uint64) [][]float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	axes := make([][]float64, 3)
	put := func(swing, jolt float64) {
		for k, share := range []float64{0.8, 0.5, -0.3} {
			axes[k] = append(axes[k], share*swing+jolt*float64(k)+noise*r.NormFloat64())
		}
	}
	still := int(3 * rate)
	for i := range still {
		put(0, math.Exp(-math.Pow(float64(i)-rate, 2)/(0.02*rate*rate)))
	}
	for range n {
		length := int(period * rate * (1 + 0.06*r.NormFloat64()))
		for i := range length {
			put(0.5*(1-math.Cos(2*math.Pi*float64(i)/float64(length))), 0)
		}
	}
	for i := range still {
		put(0, -math.Exp(-math.Pow(float64(i)-2*rate, 2)/(0.02*rate*rate)))
	}
	return axes
}

func TestRepetitionsAreCountedThroughNoiseAndJolts(t *testing.T) {
	off, cases := 0, 0
	for _, rate := range []float64{25, 48.8, 100} {
		for _, period := range []float64{1.4, 2.5, 4} {
			for _, n := range []int{6, 10, 15} {
				got := Count(movement(n, period, rate, 0.05, uint64(n)), rate)
				cases++
				if d := len(got) - n; d < -1 || d > 1 {
					off++
					t.Logf("%d repetitions of %.1f s at %g Hz: counted %d", n, period, rate, len(got))
				}
			}
		}
	}
	if off > cases/10 {
		t.Errorf("%d of %d sets are off by more than one", off, cases)
	}
}

func TestTempoAndRangeFollowTheMovement(t *testing.T) {
	for _, period := range []float64{1.5, 3} {
		a := movement(10, period, 50, 0.02, 3)
		var sum, small, large float64
		list := Count(a, 50)
		for _, r := range list {
			sum += r.Tempo() / float64(len(list))
			small += r.Range / float64(len(list))
		}
		for k := range a {
			for i := range a[k] {
				a[k][i] *= 2
			}
		}
		for _, r := range Count(a, 50) {
			large += r.Range / float64(len(list))
		}
		if math.Abs(sum-period) > 0.15*period {
			t.Errorf("tempo %.2f s, made with %.2f", sum, period)
		}
		if math.Abs(large/small-2) > 0.1 {
			t.Errorf("twice the movement has %.2f times the range", large/small)
		}
	}
}

func TestStillnessHasNoRepetitions(t *testing.T) {
	still := make([][]float64, 3)
	for k := range still {
		still[k] = make([]float64, 1000)
	}
	if got := Count(still, 50); len(got) != 0 {
		t.Errorf("%d repetitions in stillness", len(got))
	}
}

func TestAnySamplesAreSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 400).Draw(t, "samples")
		axes := make([][]float64, rapid.IntRange(0, 4).Draw(t, "axes"))
		for k := range axes {
			axes[k] = rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), n, n).Draw(t, "axis")
			if n > 0 && rapid.Bool().Draw(t, "missing") {
				axes[k][n/2] = math.NaN()
			}
		}
		rate := rapid.Float64Range(1, 200).Draw(t, "rate")
		last := 0.0
		for _, r := range Count(axes, rate) {
			if r.StartS < last || r.EndS <= r.StartS || r.EndS > float64(n)/rate+1 || math.IsNaN(r.Range) || r.Range < 0 {
				t.Fatalf("repetition %+v after %g s", r, last)
			}
			last = r.StartS
		}
	})
}
