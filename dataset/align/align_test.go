package align

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// movement is a seeded series of bursts, sampled at any time.
func movement(seed uint64) func(t float64) float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	type burst struct{ at, width, height float64 }
	var bursts []burst
	for range 120 {
		bursts = append(bursts, burst{r.Float64() * 600, .3 + r.Float64(), .2 + r.Float64()})
	}
	return func(t float64) float64 {
		var v float64
		for _, b := range bursts {
			v += b.height * math.Exp(-(t-b.at)*(t-b.at)/(2*b.width*b.width))
		}
		return v
	}
}

func sampled(f func(float64) float64, n int, rate float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = f(float64(i) / rate)
	}
	return x
}

func TestCorrelationFindsTheLag(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := movement(rapid.Uint64Range(1, 50).Draw(t, "seed"))
		lag := rapid.Float64Range(-40, 40).Draw(t, "lag")
		const rate = 10
		reference := sampled(f, 6000, rate)
		device := sampled(func(x float64) float64 { return 3*f(x+lag) + 1 }, 5000, rate)
		got, err := ByCorrelation(reference, device, rate, 60)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got.Seconds-lag) > .02 || got.Correlation < .99 {
			t.Fatalf("lag %v: got %+v", lag, got)
		}
	})
}

func TestDriftIsFound(t *testing.T) {
	f := movement(7)
	const rate, shift, stretch = 20.0, 3.25, 1.0004
	reference := sampled(f, 12000, rate)
	device := sampled(func(x float64) float64 { return f(shift + stretch*x) }, 11500, rate)
	d, err := DriftByCorrelation(reference, device, rate, 60, 30)
	if err != nil {
		t.Fatal(err)
	}
	fit, used, residual := d.Fit, d.Windows, d.ResidualS
	if used < 5 || math.Abs(fit.DriftPPM()-400) > 20 || math.Abs(fit.Shift-shift) > .01 {
		t.Errorf("fit %+v from %d windows", fit, used)
	}
	if residual <= 0 || residual > .01 {
		t.Errorf("residual %g s", residual)
	}
	// a stretch that was moved by 0.3 s is what no line explains
	copy(device[4800:6000], sampled(func(x float64) float64 { return f(shift + stretch*(x+240) + .3) }, 1200, rate))
	if worse, err := DriftByCorrelation(reference, device, rate, 60, 30); err != nil || worse.ResidualS < .05 || worse.ResidualS > .3 {
		t.Errorf("residual %g s with a stretch out of place, %v", worse.ResidualS, err)
	}
}

func TestPeriodicMovementHasARival(t *testing.T) {
	sine := func(x float64) float64 { return math.Sin(x) }
	l, err := ByCorrelation(sampled(sine, 2000, 10), sampled(sine, 2000, 10), 10, 60)
	if err != nil {
		t.Fatal(err)
	}
	if l.Correlation-l.Rival > .05 {
		t.Errorf("a sine lies on itself a period later, yet the rival is %v against %v", l.Rival, l.Correlation)
	}
}

func TestNothingToCompare(t *testing.T) {
	if _, err := ByCorrelation(make([]float64, 100), make([]float64, 100), 10, 5); err == nil {
		t.Error("flat series gave a lag")
	}
	if _, err := ByCorrelation(nil, make([]float64, 100), 10, 5); err == nil {
		t.Error("an empty series gave a lag")
	}
}

func TestAnchors(t *testing.T) {
	fit, res, err := ByAnchors([]Anchor{{10, 12}, {1010, 1012.5}})
	if err != nil || math.Abs(fit.DriftPPM()-500) > 1e-6 || math.Abs(fit.At(10)-12) > 1e-9 || res > 1e-9 {
		t.Errorf("%+v, residual %v, %v", fit, res, err)
	}
	if back := fit.Inverse().At(fit.At(77)); math.Abs(back-77) > 1e-9 {
		t.Errorf("inverse gives %v", back)
	}
	_, res, err = ByAnchors([]Anchor{{0, 0}, {100, 100.03}, {200, 200}})
	if err != nil || math.Abs(res-.03*math.Sqrt(2)/3) > 1e-9 {
		t.Errorf("residual %v, %v", res, err)
	}
	if _, _, err := ByAnchors([]Anchor{{0, 0}, {10, 20}}); err == nil || !strings.Contains(err.Error(), "100%") {
		t.Errorf("a doubled clock: %v", err)
	}
	if _, _, err := ByAnchors([]Anchor{{5, 5}, {5, 6}}); err == nil {
		t.Error("two anchors at one moment were accepted")
	}
}
