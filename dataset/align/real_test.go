package align

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"onset/dataset"
	"onset/dataset/signal"
)

// columns is recordings in memory.
type columns map[dataset.ChannelID][]float64

func (c columns) ReadSamples(_ context.Context, id dataset.ChannelID, first int64, dst []float64) (int, error) {
	return copy(dst, c[id][first:]), nil
}

func recordingIn(c columns, id int, x [][]float64, rate float64) dataset.Recording {
	r := dataset.Recording{ID: dataset.RecordingID(fmt.Sprint(id)), Samples: int64(len(x[0])), Clock: dataset.Uniform(0, rate)}
	r.OwnClock = r.Clock
	for i, axis := range []string{"x", "y", "z"} {
		ch := dataset.ChannelID(10*id + i)
		c[ch] = x[i]
		r.Channels = append(r.Channels, dataset.Channel{ID: ch, Kind: "accelerometer", Axis: axis, Unit: "g"})
	}
	return r
}

// exercising is the thigh of one person doing one exercise after the other.
func exercising(t *testing.T, person int) [][]float64 {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("../../../shared/data/mex-thigh/%02d/*.csv", person))
	if err != nil || len(files) == 0 {
		t.Skip("the MEx recordings are not here")
	}
	x := make([][]float64, 3)
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			fields := strings.Split(lines.Text(), ",")
			for i, text := range fields[1:min(len(fields), 4)] {
				v, err := strconv.ParseFloat(text, 64)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				x[i] = append(x[i], v)
			}
		}
		f.Close()
	}
	return x
}

// A second device that hangs elsewhere on the thigh: turned, noisy, at another
// rate, started later and with a clock that drifts.
func TestRealMovementIsLaidBackWhereItWas(t *testing.T) {
	for person := 1; person <= 3; person++ {
		x := exercising(t, person)
		rng := rand.New(rand.NewPCG(uint64(person), 1))
		const rate, own = 100.0, 50.0
		shift, ppm := 1+10*rng.Float64(), -300+600*rng.Float64()
		stretch := 1 + ppm/1e6
		step := stretch * rate / own
		n := int((float64(len(x[0])) - shift*rate - 200) / step)
		y := signal.Resample(x, signal.Grid{First: shift * rate, Step: step, N: n})
		turned := [][]float64{y[1], y[2], y[0]}
		for i := range turned {
			for k := range turned[i] {
				turned[i][k] += 0.02 * rng.NormFloat64()
			}
		}
		store := columns{}
		a, windows, err := ByMovement(t.Context(), store, recordingIn(store, 1, x, rate), recordingIn(store, 2, turned, own), nil)
		if err != nil {
			t.Errorf("person %d: %v", person, err)
			continue
		}
		var worst float64
		for _, at := range []float64{0, float64(n) / own} {
			worst = max(worst, math.Abs(a.ShiftS+a.Stretch*at-shift-stretch*at))
		}
		t.Logf("person %d: %.0f s, shift %.3f s and %+.0f ppm; found %+.3f s and %+.0f ppm from %d stretches, residual %.1f ms, worst error %.1f ms",
			person, float64(n)/own, shift, ppm, a.ShiftS, (a.Stretch-1)*1e6, windows, a.ResidualS*1e3, worst*1e3)
		if worst > 0.006 || worst > a.ResidualS {
			t.Errorf("person %d is %.1f ms off, said to be uncertain by %.1f ms", person, worst*1e3, a.ResidualS*1e3)
		}
	}
}

// Two devices on one body at other rates and phases, with noise of their own and a
// clock that drifts: the place is found without leaning to either, and what is said
// of its uncertainty holds.
func TestAnyTwoRatesAreLaidTrulyAndTheUncertaintyHolds(t *testing.T) {
	const seconds = 300.0
	rates := [][2]float64{{100, 50}, {50, 100}, {100, 100}, {25, 100}, {100, 31.25}, {200, 12.5}, {52, 104}}
	within, all := 0, 0
	for i, pair := range rates {
		var lean float64
		const seeds = 4
		for seed := range uint64(seeds) {
			rng := rand.New(rand.NewPCG(seed+100*uint64(i), 3))
			f := shaken(seed + 10*uint64(i))
			shift, stretch := 0.5+5*rng.Float64(), 1+(rng.Float64()-0.5)*800e-6
			worn := func(rate float64, session func(float64) float64) [][]float64 {
				x := make([][]float64, 3)
				for k := range int((seconds - 10) * rate) {
					v := f(session(float64(k) / rate))
					for axis := range x {
						x[axis] = append(x[axis], v[axis]+0.02*rng.NormFloat64())
					}
				}
				return x
			}
			store := columns{}
			a, _, err := ByMovement(t.Context(), store, recordingIn(store, 1, worn(pair[0], func(t float64) float64 { return t }), pair[0]),
				recordingIn(store, 2, worn(pair[1], func(t float64) float64 { return shift + stretch*t }), pair[1]), nil)
			if err != nil {
				t.Fatalf("%v: %v", pair, err)
			}
			var worst float64
			for _, at := range []float64{0, seconds - 10} {
				off := a.ShiftS + a.Stretch*at - shift - stretch*at
				lean += off / 2 / seeds
				worst = max(worst, math.Abs(off))
			}
			if all++; worst < a.ResidualS {
				within++
			}
			t.Logf("%g and %g Hz: worst error %.2f ms, uncertain by %.2f ms", pair[0], pair[1], worst*1e3, a.ResidualS*1e3)
		}
		if slower := min(pair[0], pair[1]); math.Abs(lean) > 0.1/slower {
			t.Errorf("%g and %g Hz lie %.2f ms off on average", pair[0], pair[1], lean*1e3)
		}
	}
	if within*10 < all*8 {
		t.Errorf("%d of %d lie within their uncertainty", within, all)
	}
}

// shaken is a body that moves in bursts, turning as it does, as acceleration in g.
func shaken(seed uint64) func(t float64) [3]float64 {
	r := rand.New(rand.NewPCG(seed, 2))
	type burst struct{ at, width, hz, phase, height float64 }
	var bursts []burst
	for range 70 {
		bursts = append(bursts, burst{r.Float64() * 310, .3 + 1.5*r.Float64(), .6 + 2*r.Float64(), 6 * r.Float64(), .1 + .5*r.Float64()})
	}
	return func(t float64) [3]float64 {
		v := [3]float64{0.1, 0.15 * math.Sin(t/7), 0.97}
		for _, b := range bursts {
			if d := (t - b.at) / b.width; math.Abs(d) < 4 {
				e := b.height * math.Exp(-d*d/2)
				v[0] += e * math.Sin(2*math.Pi*b.hz*t+b.phase)
				v[2] += e * math.Cos(2*math.Pi*b.hz*1.3*t)
			}
		}
		return v
	}
}
