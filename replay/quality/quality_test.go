package quality

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// minimumJerkSpeed is the speed of one minimum-jerk movement of a second.
func minimumJerkSpeed(rate float64) []float64 {
	var v []float64
	for i := 0; float64(i) <= rate; i++ {
		x := float64(i) / rate
		v = append(v, 30*x*x*(1-x)*(1-x))
	}
	return v
}

func TestSmoothnessOfAMinimumJerkMovement(t *testing.T) {
	v := minimumJerkSpeed(1000)
	// T³/peak² times the integral of squared jerk is 720/1.875² = 204.8.
	if got := LogDimensionlessJerk(v, 1000); math.Abs(got+math.Log(204.8)) > 0.02 {
		t.Errorf("log dimensionless jerk %.4f, want %.4f", got, -math.Log(204.8))
	}
	if got := SpectralArcLength(minimumJerkSpeed(100), 100); got < -1.5 || got > -1.35 {
		t.Errorf("spectral arc length %.4f, want about -1.41", got)
	}
}

func TestTremorMakesAMovementLessSmooth(t *testing.T) {
	v := minimumJerkSpeed(100)
	lastArc, lastJerk := SpectralArcLength(v, 100), LogDimensionlessJerk(v, 100)
	for _, size := range []float64{0.1, 0.3, 0.6} {
		shaken := make([]float64, len(v))
		for i := range v {
			shaken[i] = v[i] + size*math.Sin(2*math.Pi*6*float64(i)/100)
		}
		arc, jerk := SpectralArcLength(shaken, 100), LogDimensionlessJerk(shaken, 100)
		if arc >= lastArc || jerk >= lastJerk {
			t.Errorf("tremor of %.1f: arc length %.3f after %.3f, jerk %.3f after %.3f", size, arc, lastArc, jerk, lastJerk)
		}
		lastArc, lastJerk = arc, jerk
	}
}

func TestSmoothnessDoesNotDependOnSizeAndTempo(t *testing.T) {
	v := minimumJerkSpeed(200)
	big := make([]float64, len(v))
	for i := range v {
		big[i] = 7 * v[i]
	}
	if a, b := LogDimensionlessJerk(v, 200), LogDimensionlessJerk(big, 100); math.Abs(a-b) > 1e-9 {
		t.Errorf("jerk %.6f, seven times as large at half the tempo %.6f", a, b)
	}
	for _, x := range [][]float64{nil, {0, 0, 0, 0}} {
		if !math.IsNaN(SpectralArcLength(x, 100)) || !math.IsNaN(LogDimensionlessJerk(x, 100)) {
			t.Errorf("the smoothness of %v is a number", x)
		}
	}
}

func TestWarpingForgivesTempoOnly(t *testing.T) {
	wave := func(n int, size float64) [][]float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = size * math.Sin(2*math.Pi*float64(i)/float64(n-1))
		}
		return [][]float64{x}
	}
	same, slow, small := Distance(wave(100, 1), wave(100, 1)), Distance(wave(100, 1), wave(160, 1)), Distance(wave(100, 1), wave(100, 0.5))
	if same != 0 || slow > 0.02 || small < 5*slow {
		t.Errorf("to itself %.4f, slower %.4f, smaller %.4f", same, slow, small)
	}
	if !math.IsNaN(Distance(wave(5, 1), nil)) {
		t.Error("the distance to nothing is a number")
	}
}

func TestDistanceIsNeverNegative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) [][]float64 {
			n := rapid.IntRange(1, 12).Draw(t, name)
			return [][]float64{
				rapid.SliceOfN(rapid.Float64Range(-10, 10), n, n).Draw(t, name),
				rapid.SliceOfN(rapid.Float64Range(-10, 10), n, n).Draw(t, name),
			}
		}
		a, b := draw("a"), draw("b")
		if Distance(a, b) < 0 || Distance(a, a) != 0 {
			t.Fatalf("to another %g, to itself %g", Distance(a, b), Distance(a, a))
		}
	})
}

func TestTemplatesAreFoundWhereTheyAre(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	shape := func(kind, n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			p := float64(i) / float64(n-1)
			x[i] = math.Sin(math.Pi * p)
			if kind == 1 {
				x[i] = 0.5 * math.Sin(2*math.Pi*p)
			}
		}
		return x
	}
	var x []float64
	var want []int
	for k := range 12 {
		for range 25 {
			x = append(x, 0.03*r.NormFloat64())
		}
		kind := k % 2
		for _, v := range shape(kind, 40+r.IntN(20)) {
			x = append(x, v+0.03*r.NormFloat64())
		}
		want = append(want, kind)
	}
	got := Templates([][]float64{x}, [][][]float64{{shape(0, 50)}, {shape(1, 50)}}, 1.6, 3)
	if len(got) != len(want) {
		t.Fatalf("%d found of %d", len(got), len(want))
	}
	for i, m := range got {
		if m.Template != want[i] {
			t.Errorf("repetition %d is of kind %d, found as %d", i, want[i], m.Template)
		}
	}
}

func TestSymmetry(t *testing.T) {
	if Symmetry(2, 2) != 0 || Symmetry(3, 1) != 1 || Symmetry(1, 3) != -1 || Symmetry(0, 0) != 0 {
		t.Error("the symmetry of equal, larger and smaller sides is wrong")
	}
}
