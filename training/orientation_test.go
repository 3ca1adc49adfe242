package training

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"onset/dataset/signal"
)

// However a box is strapped on among its half turns (and, for an octant, mirror
// images), what is learnt from is the same.
func TestFoldedWindowsDoNotTellHowTheBoxWasStrappedOn(t *testing.T) {
	channels := []ChannelSpec{{"a/accelerometer", "x", "g"}, {"a/accelerometer", "y", "g"}, {"a/accelerometer", "z", "g"},
		{"a/gyroscope", "x", "rad/s"}, {"a/gyroscope", "y", "rad/s"}, {"a/gyroscope", "z", "rad/s"}}
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
		w := make([][]float64, 6)
		for c := range w {
			offset := rng.NormFloat64()
			for range 20 {
				w[c] = append(w[c], offset+0.1*rng.NormFloat64())
			}
		}
		axis := signal.Vec3{}
		axis[rapid.IntRange(0, 2).Draw(t, "axis")] = 1
		r := signal.AxisAngle(axis, math.Pi)
		turned := make([][]float64, 6)
		turned[0], turned[1], turned[2] = r.Apply(w[0], w[1], w[2])
		turned[3], turned[4], turned[5] = r.Apply(w[3], w[4], w[5])
		same(t, OrientationHalfTurns, channels, w, turned)
		same(t, OrientationOctant, channels, w, turned)
		// The other leg: the mirror image across the plane that z is normal to.
		mirrored := [][]float64{w[0], w[1], times(w[2], -1), times(w[3], -1), times(w[4], -1), w[5]}
		same(t, OrientationOctant, channels, w, mirrored)
	})
}

func same(t *rapid.T, orientation string, channels []ChannelSpec, a, b [][]float64) {
	x, err := orient(orientation, channels, a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := orient(orientation, channels, b)
	if err != nil {
		t.Fatal(err)
	}
	for c := range x {
		for i := range x[c] {
			if math.Abs(x[c][i]-y[c][i]) > 1e-9 {
				t.Fatalf("%s: channel %d differs: %v and %v", orientation, c, x[c][i], y[c][i])
			}
		}
	}
}
