package signal

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// gainAt is the amplitude that a sine of frequency f keeps through Resample,
// seen away from the ends, as RMS over RMS.
func gainAt(f, from, to float64) float64 {
	n := int(from * 8)
	x := make([]float64, n)
	for i := range x {
		x[i] = math.Sin(2*math.Pi*f*float64(i)/from + 0.4)
	}
	step := from / to
	y := Resample([][]float64{x}, Grid{First: 0, Step: step, N: int(float64(n-1) / step)})[0]
	cut := len(y) / 4
	sum := 0.0
	for _, v := range y[cut : len(y)-cut] {
		sum += v * v
	}
	return math.Sqrt(2 * sum / float64(len(y)-2*cut))
}

func TestResampleHasItsStatedResponse(t *testing.T) {
	for _, rates := range [][2]float64{{102.9, 100}, {104.26, 50}, {48.9, 50}, {25, 100}} {
		nyquist := min(rates[0], rates[1]) / 2
		for _, share := range []float64{0.05, 0.3, 0.6, 0.8} {
			if db := 20 * math.Log10(gainAt(share*nyquist, rates[0], rates[1])); math.Abs(db) > 0.1 {
				t.Errorf("%g to %g Hz: %.2f dB at %.2f of Nyquist", rates[0], rates[1], db, share)
			}
		}
		if rates[1] >= rates[0] {
			continue // nothing above the input's own Nyquist frequency exists
		}
		for f := nyquist * 1.01; f < rates[0]/2; f += nyquist / 7 {
			if db := 20 * math.Log10(gainAt(f, rates[0], rates[1])); db > -60 {
				t.Errorf("%g to %g Hz: only %.1f dB at %.1f Hz", rates[0], rates[1], db, f)
			}
		}
	}
}

func TestResampleKeepsConstantsAndExactGrids(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 200).Draw(t, "n")
		v := rapid.Float64Range(-10, 10).Draw(t, "v")
		x := make([]float64, n)
		for i := range x {
			x[i] = v
		}
		g := Grid{First: rapid.Float64Range(-5, 5).Draw(t, "first"), Step: rapid.Float64Range(0.2, 4).Draw(t, "step"), N: 50}
		for _, y := range Resample([][]float64{x}, g)[0] {
			if math.Abs(y-v) > 1e-9 {
				t.Fatalf("constant %g became %g", v, y)
			}
		}
	})
	x := []float64{3, 1, 4, 1, 5, 9, 2, 6}
	y := Resample([][]float64{x}, Grid{First: 2, Step: 1, N: 4})[0]
	for i, v := range x[2:6] {
		if y[i] != v {
			t.Fatalf("an exact grid changed the samples: %v", y)
		}
	}
}

func TestOnsetIsFoundWhereMovementBegins(t *testing.T) {
	const rate = 50.0
	axes := [][]float64{make([]float64, 500), make([]float64, 500), make([]float64, 500)}
	for i := range 500 {
		axes[2][i] = 9.81
		if i >= 150 {
			axes[0][i] = 3 * math.Sin(2*math.Pi*1.2*float64(i-150)/rate)
		}
	}
	axes[1][60] = 1 // a knock is no movement
	energy := MovementEnergy(axes, rate, EnergySpanS)
	sample, ok := Onset(energy, rate, 0, 500, DefaultOnset())
	if !ok || sample < 148 || sample > 162 {
		t.Fatalf("onset at %d (%v), movement begins at 150", sample, ok)
	}
	if _, ok := Onset(energy[:100], rate, 0, 40, DefaultOnset()); ok {
		t.Error("an onset was found in a still stretch")
	}
}

func TestMovementEnergyIgnoresOrientationAndLooksBackOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := 80
		axes := make([][]float64, 3)
		for c := range axes {
			axes[c] = rapid.SliceOfN(rapid.Float64Range(-20, 20), n, n).Draw(t, "axis")
		}
		r := AxisAngle(Vec3{rapid.Float64Range(-1, 1).Draw(t, "ax"), 0.3, 0.2}, rapid.Float64Range(-3, 3).Draw(t, "angle"))
		x, y, z := r.Apply(axes[0], axes[1], axes[2])
		before, after := MovementEnergy(axes, 50, 0.3), MovementEnergy([][]float64{x, y, z}, 50, 0.3)
		short := MovementEnergy([][]float64{axes[0][:40], axes[1][:40], axes[2][:40]}, 50, 0.3)
		for i := range before {
			if math.Abs(before[i]-after[i]) > 1e-6 {
				t.Fatalf("sample %d: %g before turning, %g after", i, before[i], after[i])
			}
			if i < 40 && before[i] != short[i] {
				t.Fatalf("sample %d depends on later samples", i)
			}
		}
	})
}

func TestAlignGravityBringsDownOntoZ(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(-10, 10)
		g := Vec3{v.Draw(t, "x"), v.Draw(t, "y"), v.Draw(t, "z")}
		if g.Norm() < 1e-3 {
			return
		}
		a := AlignGravity(g).Turn(g)
		if math.Abs(a[0]) > 1e-9*g.Norm() || math.Abs(a[1]) > 1e-9*g.Norm() || math.Abs(a[2]-g.Norm()) > 1e-9*g.Norm() {
			t.Fatalf("%v was turned to %v", g, a)
		}
	})
	if a := AlignGravity(Vec3{0, 0, -1}).Turn(Vec3{0, 0, -1}); math.Abs(a[2]-1) > 1e-12 {
		t.Errorf("upside down was turned to %v", a)
	}
}

func TestInvariantChannelsDoNotTurnWithTheSensor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := 20
		var a [3][]float64
		for c := range a {
			a[c] = rapid.SliceOfN(rapid.Float64Range(-20, 20), n, n).Draw(t, "axis")
		}
		r := AxisAngle(Vec3{0.5, -0.2, rapid.Float64Range(-1, 1).Draw(t, "az")}, rapid.Float64Range(-3, 3).Draw(t, "angle"))
		m, al, ac := Invariant(a[0], a[1], a[2], Gravity(a[0], a[1], a[2]))
		x, y, z := r.Apply(a[0], a[1], a[2])
		m2, al2, ac2 := Invariant(x, y, z, Gravity(x, y, z))
		for i := range m {
			if math.Abs(m[i]-m2[i]) > 1e-6 || math.Abs(al[i]-al2[i]) > 1e-6 || math.Abs(ac[i]-ac2[i]) > 1e-4 {
				t.Fatalf("sample %d changed with the sensor's orientation", i)
			}
		}
	})
}
