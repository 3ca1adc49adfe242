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
		if worst > 0.05 {
			t.Errorf("person %d is %.0f ms off", person, worst*1e3)
		}
	}
}
