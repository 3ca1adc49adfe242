package kernels

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestThereAreEightyFourKernels(t *testing.T) {
	if len(heavy) != Count || heavy[0] != (triple{0, 1, 2}) || heavy[83] != (triple{6, 7, 8}) {
		t.Fatalf("%d kernels, from %v to %v", len(heavy), heavy[0], heavy[len(heavy)-1])
	}
}

// plainly is the definition: weights 2 and -1, zeros outside of the window.
func plainly(b *Bank, d Dilated, window []float32) []float64 {
	at := func(c, i int) float64 {
		if i < 0 || i >= b.Samples {
			return 0
		}
		return float64(window[c*b.Samples+i]-b.Mean[c]) / float64(b.Std[c])
	}
	var out []float64
	for t := range b.Samples {
		if side := 4 * d.Dilation; !d.Whole && (t < side || t >= b.Samples-side) {
			continue
		}
		sum := 0.0
		for _, c := range d.Channels {
			for j := range taps {
				weight := -1.0
				if slices.Contains(heavy[d.Kernel][:], j) {
					weight = 2
				}
				sum += weight * at(c, t+(j-4)*d.Dilation)
			}
		}
		out = append(out, sum)
	}
	return out
}

func noise(rng *rand.Rand, n, size int) [][]float32 {
	out := make([][]float32, n)
	for i := range out {
		out[i] = make([]float32, size)
		for j := range out[i] {
			out[i][j] = float32(rng.NormFloat64() + 2)
		}
	}
	return out
}

func TestConvolutionIsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples, channels := rapid.IntRange(9, 120).Draw(t, "samples"), rapid.IntRange(1, 4).Draw(t, "channels")
		features := Count * rapid.IntRange(1, 12).Draw(t, "times")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		windows := noise(rng, 5, samples*channels)
		b, err := Fit(windows, channels, features, 3)
		if err != nil {
			t.Fatal(err)
		}
		if b.Len() != features {
			t.Fatalf("%d features, not %d", b.Len(), features)
		}
		if err := b.Check(); err != nil {
			t.Fatal(err)
		}
		w := b.workspace()
		w.load(b, windows[4])
		for _, d := range b.Dilated {
			w.prepare(d.Dilation)
			want := plainly(b, d, windows[4])
			for i, v := range w.convolve(d) {
				if math.Abs(float64(v)-want[i]) > 1e-4 {
					t.Fatalf("%+v at %d is %v, want %v", d, i, v, want[i])
				}
			}
		}
	})
}

func TestFeaturesAreSharesAndSurviveStoring(t *testing.T) {
	windows := noise(rand.New(rand.NewPCG(1, 1)), 8, 3*50)
	b, err := Fit(windows, 3, 1000, 7)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	back := &Bank{}
	if err := json.Unmarshal(text, back); err != nil {
		t.Fatal(err)
	}
	rows, err := b.Rows(windows)
	if err != nil {
		t.Fatal(err)
	}
	again, err := back.Rows(windows)
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if !slices.Equal(rows[i], again[i]) {
			t.Fatal("a stored bank gives other features")
		}
		for j, v := range rows[i] {
			if !(v >= 0 && v <= 1) {
				t.Fatalf("feature %d is %v", j, v)
			}
		}
	}
	alone, err := b.Compute(nil, windows[3])
	if err != nil || !slices.Equal(alone, rows[3]) {
		t.Errorf("a window alone has other features than among others (%v)", err)
	}
	back.Dilated[0].Kernel = 84
	if back.Check() == nil {
		t.Error("kernel 84 was taken")
	}
	if _, err := b.Rows([][]float32{{1, 2}}); err == nil {
		t.Error("a short window was taken")
	}
}

func BenchmarkOneSecondOfThreeAxes(b *testing.B) {
	windows := noise(rand.New(rand.NewPCG(1, 1)), 8, 3*103)
	bank, err := Fit(windows, 3, 2016, 7)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := bank.Compute(nil, windows[0]); err != nil {
			b.Fatal(err)
		}
	}
}
