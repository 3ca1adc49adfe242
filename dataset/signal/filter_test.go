package signal

import (
	"math"
	"math/cmplx"
	"testing"

	"pgregory.net/rapid"
)

func input() []float64 {
	x := make([]float64, 60)
	for i := range x {
		t := float64(i)
		x[i] = math.Sin(0.3*t) + math.Cos(1.1*math.Pow(t, 1.2)) + 0.5
	}
	return x
}

// Values from scipy.signal 1.10.1: butter(..., fs=100, output="sos") and sosfilt,
// the second row with sosfilt_zi scaled by the first sample, the third |H| at 1,
// 5, 10, 20 and 30 Hz.
func TestButterworthAgreesWithSciPy(t *testing.T) {
	must := func(c Cascade, err error) Cascade {
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for name, c := range map[string]struct {
		f                Cascade
		zero, settled, h []float64
	}{
		"low-pass 4, 20 Hz": {must(LowPass(4, 20, 100)),
			[]float64{0.06987435995466551, 0.3923333104934903, 0.9228568226019451, 1.1208419713338456, 1.3243621183873065, -0.49209298493786297},
			[]float64{1.5, 1.4883131093346644, 1.385769668221077, 1.1090215779195092, 1.3243526098359646, -0.4920929849667659},
			[]float64{0.9999999999938737, 0.9999974497654117, 0.9992009587217895, 0.7071067811865476, 0.07740754275644111}},
		"high-pass 2, 0.5 Hz": {must(HighPass(2, 0.5, 100)),
			[]float64{1.4670457188098396, 1.1565050885757586, 0.12415768219368431, 0.3160924553948693, -0.4456792119504134, -1.5256923228739958},
			[]float64{0, -0.24537187786627812, -1.2140291034988064, -0.5652107225303394, -0.5616675756729052, -1.2365761445305332},
			[]float64{0.9701706571168568, 0.9999516149917105, 0.9999972679637097, 0.9999998907181185, 0.999999991515299}},
		"band-pass 2, 0.5 to 20 Hz": {must(BandPass(2, 0.5, 20, 100)),
			[]float64{0.2978115745830103, 0.9486020417820268, 1.1065038336848234, 0.337197937449756, 0.5460230889125933, -1.0735635811787936},
			[]float64{0, -0.04981070757977535, -0.3658412546926877, -0.5919282992539852, 0.41387642863714247, -0.7778742340513726},
			[]float64{0.9770890647421946, 0.9998912747743124, 0.9864679568282405, 0.7071067811865475, 0.2606337813666055}},
		"low-pass 3, 10 Hz": {must(LowPass(3, 10, 100)),
			[]float64{0.027148399511271654, 0.15183519139857862, 0.3888713429778077, 1.3918837218597864, 1.479177133787091, -0.3483614048793184},
			[]float64{1.5, 1.495459273229365, 1.4557180402009688, 1.364029355552947, 1.4790159646780185, -0.3483613815293696},
			[]float64{0.9999995906731783, 0.9933588135581033, 0.7071067811865471, 0.08908708063747478, 0.01315447922102662}},
		"low-pass 5, 5 Hz": {must(LowPass(5, 5, 100)),
			[]float64{8.969367055500486e-05, 0.0008805485362686147, 0.0042166156670827345, 0.5114468197925527, -0.0943860137586869, 1.275904763743617},
			[]float64{1.5, 1.4999849982150582, 1.4997903249164104, 1.359204599455383, -0.02657048852031267, 1.273591496584765},
			[]float64{0.9999999527096379, 0.7071067811865479, 0.027511733679522764, 0.0004923311507284225, 2.0177519463919054e-05}},
	} {
		x := input()
		at := []int{0, 1, 2, 10, 30, 59}
		c.f.Reset(0)
		var zero []float64
		for _, v := range x {
			zero = append(zero, c.f.Step(v))
		}
		settled := Apply(c.f, x)
		for i, k := range at {
			if math.Abs(zero[k]-c.zero[i]) > 1e-9 || math.Abs(settled[k]-c.settled[i]) > 1e-9 {
				t.Errorf("%s: sample %d: %.12g and settled %.12g, want %.12g and %.12g",
					name, k, zero[k], settled[k], c.zero[i], c.settled[i])
			}
		}
		for i, f := range []float64{1, 5, 10, 20, 30} {
			if h := cmplx.Abs(c.f.Response(f, 100)); math.Abs(h-c.h[i]) > 1e-9 {
				t.Errorf("%s: gain at %g Hz %.12g, want %.12g", name, f, h, c.h[i])
			}
		}
	}
}

func TestFiltersStartSettled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		order := rapid.IntRange(1, 8).Draw(t, "order")
		f := rapid.Float64Range(1, 40).Draw(t, "f")
		x0 := rapid.Float64Range(-20, 20).Draw(t, "x0")
		low, err := LowPass(order, f, 100)
		if err != nil {
			t.Fatal(err)
		}
		ema, err := NewEMA(1.0 / 6)
		if err != nil {
			t.Fatal(err)
		}
		constant := []float64{x0, x0, x0, x0, x0, x0, x0, x0}
		for _, filter := range []Filter{low, ema} {
			for _, y := range Apply(filter, constant) {
				if math.Abs(y-x0) > 1e-6*max(1, math.Abs(x0)) {
					t.Fatalf("a constant %g came out as %g", x0, y)
				}
			}
		}
	})
}

func TestEMAStep(t *testing.T) {
	e, _ := NewEMA(0.25)
	e.Reset(0)
	for i, want := range []float64{0.25, 0.4375, 0.578125} {
		if y := e.Step(1); y != want {
			t.Errorf("step %d: %g, want %g", i, y, want)
		}
	}
	if _, err := NewEMA(0); err == nil {
		t.Error("alpha 0 was taken")
	}
}

func TestImpossibleBandsAreRefused(t *testing.T) {
	for _, f := range []func() (Cascade, error){
		func() (Cascade, error) { return LowPass(4, 60, 100) },
		func() (Cascade, error) { return HighPass(4, 0, 100) },
		func() (Cascade, error) { return BandPass(2, 20, 5, 100) },
		func() (Cascade, error) { return BandPass(2, 0, 5, 100) },
		func() (Cascade, error) { return LowPass(0, 5, 100) },
	} {
		if _, err := f(); err == nil {
			t.Error("an impossible filter was designed")
		}
	}
}
