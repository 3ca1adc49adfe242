package training

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func imuContract(samples int) Contract {
	c := Contract{Samples: samples}
	for _, sensor := range []string{"left-wrist/accelerometer", "left-wrist/gyroscope"} {
		for _, axis := range []string{"x", "y", "z"} {
			c.Channels = append(c.Channels, ChannelSpec{Sensor: sensor, Axis: axis, Unit: "1"})
		}
	}
	return c
}

func drawWindow(t *rapid.T, n int) []float32 {
	w := make([]float32, n)
	for i := range w {
		w[i] = float32(rapid.Float64Range(-20, 20).Draw(t, "v"))
	}
	return w
}

func TestTurningKeepsLengthsAndLeavesTheSourceAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := imuContract(8)
		src := drawWindow(t, 48)
		was := append([]float32(nil), src...)
		dst := make([]float32, 48)
		change := newAugmenter(AugmentConfig{RotateDeg: 90}, c, make([]float32, 6), make([]float32, 6))
		change(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)), dst, src)
		for _, s := range []int{0, 24} {
			for i := range 8 {
				length := func(w []float32) float64 {
					return math.Hypot(math.Hypot(float64(w[s+i]), float64(w[s+8+i])), float64(w[s+16+i]))
				}
				if math.Abs(length(src)-length(dst)) > 1e-4 {
					t.Fatalf("sample %d: length %g became %g", i, length(src), length(dst))
				}
			}
		}
		// Both sensors sit on one strap and turn together: the angle between
		// them stays.
		dot := func(w []float32) float64 {
			return float64(w[0])*float64(w[24]) + float64(w[8])*float64(w[32]) + float64(w[16])*float64(w[40])
		}
		if math.Abs(dot(src)-dot(dst)) > 1e-2 {
			t.Fatalf("accelerometer and gyroscope were turned apart")
		}
		for i := range src {
			if src[i] != was[i] {
				t.Fatal("the training window itself was changed")
			}
		}
	})
}

func TestMirrorTreatsRotationRatesAsPseudovectors(t *testing.T) {
	c := imuContract(1)
	src := []float32{1, 2, 3, 4, 5, 6}
	want := []float32{-1, 2, 3, 4, -5, -6}
	seen := map[bool]int{}
	for seed := range uint64(40) {
		dst := make([]float32, 6)
		newAugmenter(AugmentConfig{Mirror: "x"}, c, make([]float32, 6), make([]float32, 6))(rand.New(rand.NewPCG(seed, 0)), dst, src)
		mirrored := dst[0] < 0
		seen[mirrored]++
		for i := range dst {
			if mirrored && dst[i] != want[i] || !mirrored && dst[i] != src[i] {
				t.Fatalf("%v became %v", src, dst)
			}
		}
	}
	if seen[true] < 8 || seen[false] < 8 {
		t.Errorf("mirrored %d of 40 windows", seen[true])
	}
}

func TestWarpKeepsEndsAndScaleKeepsTheMean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Contract{Samples: 20, Channels: []ChannelSpec{{Sensor: "a/b"}}}
		src, dst := drawWindow(t, 20), make([]float32, 20)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		newAugmenter(AugmentConfig{Warp: 0.5}, c, make([]float32, 1), make([]float32, 1))(rng, dst, src)
		if math.Abs(float64(dst[0]-src[0])) > 1e-3 || math.Abs(float64(dst[19]-src[19])) > 1e-3 {
			t.Fatalf("ends %g, %g became %g, %g", src[0], src[19], dst[0], dst[19])
		}
		newAugmenter(AugmentConfig{Scale: 0.5}, c, make([]float32, 1), make([]float32, 1))(rng, dst, src)
		var a, b float64
		for i := range src {
			a, b = a+float64(src[i]), b+float64(dst[i])
		}
		if math.Abs(a-b) > 1e-2 {
			t.Fatalf("the mean moved from %g to %g", a/20, b/20)
		}
	})
}

func TestSensorDropoutLeavesOne(t *testing.T) {
	c := imuContract(1)
	mean := []float32{9, 9, 9, 9, 9, 9}
	change := newAugmenter(AugmentConfig{SensorDropout: 0.9}, c, mean, make([]float32, 6))
	dropped := 0
	for seed := range uint64(100) {
		dst := make([]float32, 6)
		change(rand.New(rand.NewPCG(seed, 0)), dst, []float32{1, 2, 3, 4, 5, 6})
		if dst[0] == 9 && dst[3] == 9 {
			t.Fatal("both sensors were dropped")
		}
		if dst[0] == 9 || dst[3] == 9 {
			dropped++
		}
	}
	if dropped < 80 {
		t.Errorf("a sensor was dropped from %d of 100 windows at a chance of 0.9 each", dropped)
	}
	if newAugmenter(AugmentConfig{SensorDropout: 0.5}, Contract{Samples: 1, Channels: c.Channels[:3]}, mean[:3], mean[:3]) != nil {
		t.Error("the only sensor may be dropped")
	}
}

func TestEveryAugmentationTrains(t *testing.T) {
	cfg := quick()
	cfg.Augment = AugmentConfig{CropS: 1, CropStepS: 0.5, LeadS: 0.5, RotateDeg: 10, Mirror: "x", Warp: 0.1, Scale: 0.1, Jitter: 0.05}
	cfg.Fit.InnerFolds, cfg.Fit.Epochs = 2, 5
	cfg.Model.Kind, cfg.Model.Layers = KindCNN, []int{8, 8}
	for _, orientation := range []string{OrientationSensor, OrientationGravity, OrientationInvariant} {
		cfg.Data.Orientation = orientation
		r, err := Train(t.Context(), gym(6, 2, 3), cfg, nil)
		if err != nil {
			t.Fatalf("%s: %v", orientation, err)
		}
		if r.Folds[0].Validation != ByParticipant || r.Folds[0].Epochs < 1 || r.ExtraWindows == 0 {
			t.Errorf("%s: fold %+v, %d extra windows", orientation, r.Folds[0], r.ExtraWindows)
		}
	}
}
