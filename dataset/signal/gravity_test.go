package signal

import (
	"math"
	"testing"
)

// An arm that rolls to and fro by 60 degrees while it is swung sideways: the
// accelerometer alone mistakes the swing for a tilt.
func TestGravityIsFollowedThroughASwing(t *testing.T) {
	const rate, n = 100.0, 3000
	var acc, gyro [3][]float64
	truth := make([]float64, n)
	for c := range acc {
		acc[c], gyro[c] = make([]float64, n), make([]float64, n)
	}
	for i := range n {
		at := float64(i) / rate
		roll := math.Pi / 3 * math.Sin(2*at)
		truth[i] = roll * 180 / math.Pi
		gyro[0][i] = math.Pi / 3 * 2 * math.Cos(2*at)
		// Down in the frame of a sensor that has rolled about x, and a swing along y.
		acc[1][i] = math.Sin(roll) + 0.8*math.Sin(2*math.Pi*2*at)
		acc[2][i] = math.Cos(roll)
	}
	g := TrackGravity(acc, gyro, rate, 2)
	var ours, alone float64
	for i := n / 2; i < n; i++ {
		roll, pitch := Tilt(Vec3{g[0][i], g[1][i], g[2][i]})
		raw, _ := Tilt(Vec3{acc[0][i], acc[1][i], acc[2][i]})
		ours = max(ours, math.Abs(roll-truth[i]))
		alone = max(alone, math.Abs(raw-truth[i]))
		if math.Abs(pitch) > 1e-6 {
			t.Fatalf("sample %d pitches by %g degrees", i, pitch)
		}
	}
	if ours > 8 || alone < 20 {
		t.Errorf("roll is off by up to %.1f degrees, by the accelerometer alone %.1f", ours, alone)
	}
}

func TestBothWaysShiftsNothing(t *testing.T) {
	f, err := LowPass(2, 5, 100)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, 400)
	for i := range x {
		x[i] = math.Exp(-math.Pow(float64(i-200)/12, 2))
	}
	y := BothWays(f, x)
	best := 0
	for i := range y {
		if y[i] > y[best] {
			best = i
		}
	}
	if best != 200 {
		t.Errorf("the peak moved from 200 to %d", best)
	}
}
