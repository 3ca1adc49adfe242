package codec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"onset/dataset"

	"pgregory.net/rapid"
)

// lay gives the clock of times in milliseconds.
func lay(t interface{ Fatalf(string, ...any) }, nominal float64, millis []float64, step float64) (dataset.Clock, float64, []dataset.Finding) {
	line := newTimeline(0, nominal)
	nanos := make([]int64, len(millis))
	for i, m := range millis {
		nanos[i] = int64(math.Floor(m/step)*step*1e6 + 0.5)
	}
	for len(nanos) > 0 {
		n := min(len(nanos), 1000)
		line.add(nanos[:n])
		nanos = nanos[n:]
	}
	clock, measured, found, err := line.finish()
	if err != nil {
		t.Fatalf("%v", err)
	}
	if err := clock.Validate(); err != nil {
		t.Fatalf("%v", err)
	}
	return clock, measured, found
}

func TestTimelineFollowsDriftAndGaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		n := rapid.IntRange(400, 30000).Draw(t, "n")
		rate := rapid.Float64Range(20, 400).Draw(t, "rate")
		drift := rapid.Float64Range(-0.002, 0.002).Draw(t, "drift") // over the recording
		gaps := rapid.IntRange(0, 3).Draw(t, "gaps")
		at := map[int]float64{}
		least := 1 // sample that is seen missing
		if rate > 100 {
			least = 5 // times in milliseconds are too rough for fewer
		}
		for i := 0; i < gaps; i++ {
			at[200+r.IntN(n-300)] = 1000 / rate * float64(least+r.IntN(300))
		}
		var want []float64
		now := 0.0
		for i := 0; i < n; i++ {
			now += at[i]
			want = append(want, now)
			now += 1000 / rate * (1 + drift*float64(i)/float64(n))
		}
		clock, measured, found := lay(t, rate, want, 1)
		if got := len(clock.Gaps()); got != len(at) || countKind(found, dataset.FindingGap) != len(at) {
			t.Fatalf("%d holes and findings %v for %d gaps", got, found, len(at))
		}
		for i, ms := range want {
			if off := clock.Time(int64(i))*1000 - ms; math.Abs(off) > 1500/rate+1.5 {
				t.Fatalf("sample %d of %d is %.2f ms off at %g Hz", i, n, off, rate)
			}
		}
		if math.Abs(measured/rate-1) > 0.003+0.003*rate/float64(n) {
			t.Fatalf("counted %.4f Hz, true about %.4f", measured, rate)
		}
	})
}

// TestTimelineSeesThroughBatches has a phone hand over samples late, in groups.
func TestTimelineSeesThroughBatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		n := rapid.IntRange(500, 8000).Draw(t, "n")
		const period = 9.76
		times := make([]float64, n)
		for i := 0; i < n; {
			batch := 1
			if r.IntN(50) == 0 {
				batch = min(2+r.IntN(15), n-i)
			}
			for k := 0; k < batch; k++ {
				times[i+k] = float64(i+batch-1)*period + r.Float64()*2
			}
			i += batch
		}
		clock, measured, found := lay(t, 100, times, 1)
		if len(clock.Gaps()) != 0 || countKind(found, dataset.FindingGap) != 0 {
			t.Fatalf("late batches were taken for gaps: %v", found)
		}
		if math.Abs(measured-1000/period) > 0.2 {
			t.Fatalf("counted %.3f Hz", measured)
		}
		for i := range times {
			if off := clock.Time(int64(i))*1000 - float64(i)*period; math.Abs(off) > 12 {
				t.Fatalf("sample %d is %.1f ms off", i, off)
			}
		}
	})
}

func TestTimelineOfWholeSeconds(t *testing.T) {
	var times []float64
	for i := 0; i < 20000; i++ {
		times = append(times, 300+float64(i)*10.1)
	}
	clock, measured, found := lay(t, 100, times, 1000)
	if len(clock.Gaps()) != 0 || !near(measured, 1000/10.1, 0.05) {
		t.Errorf("counted %.3f Hz in %d segments, %v", measured, len(clock.Segments), found)
	}
}

func TestTimelineClockSetBack(t *testing.T) {
	var times []float64
	for i := 0; i < 5000; i++ {
		at := float64(i) * 10
		if i >= 3000 {
			at -= 3600e3 // an hour, as at the end of summer time
		}
		times = append(times, at)
	}
	clock, measured, found := lay(t, 100, times, 1)
	if len(clock.Segments) != 2 || clock.Segments[1].First != 3000 || !says(found, dataset.FindingClock, "steps back by 3600.00 s") || !near(measured, 100, 1e-3) {
		t.Errorf("%v, %g Hz, %v", clock, measured, found)
	}
	if countKind(found, dataset.FindingClock) != 1 || !says(found, dataset.FindingClock, "daylight saving time may have ended") {
		t.Errorf("one step of an hour is told as %+v", found)
	}
}

func TestTimelineWithoutPace(t *testing.T) {
	line := newTimeline(0, 0)
	line.add([]int64{5, 5, 5})
	if _, _, _, err := line.finish(); err == nil {
		t.Error("a clock out of nothing")
	}
	line = newTimeline(0, 25)
	line.add([]int64{5e9})
	clock, measured, _, err := line.finish()
	if err != nil || measured != 0 || clock.Segments[0].Rate != 25 || clock.Segments[0].Start != 5 {
		t.Errorf("%v %g %v", clock, measured, err)
	}
}

func FuzzTimeline(f *testing.F) {
	f.Add([]byte{1, 2, 3, 200, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		line := newTimeline(0, 50)
		var now int64
		times := make([]int64, len(b))
		for i, v := range b {
			now += (int64(v) - 100) * 1e6
			times[i] = now
		}
		line.add(times)
		clock, _, _, err := line.finish()
		if len(b) == 0 {
			return
		}
		if err != nil || clock.Validate() != nil || clock.Segments[len(clock.Segments)-1].First >= int64(len(b)) {
			t.Fatalf("%v %v", clock, err)
		}
	})
}

// A time that lies before the one ahead of it is named with its sample and by how
// much, also where the clock does not step.
func TestATimeThatLiesBackIsNamed(t *testing.T) {
	millis := make([]float64, 3000)
	for i := range millis {
		millis[i] = 20 * float64(i)
	}
	millis[1499] += 30
	_, _, found := lay(t, 50, millis, 1)
	if len(found) != 1 || found[0].Sample != 1500 || !near(found[0].AtS, 30, .03) || !says(found, dataset.FindingClock, "1 time lies before the one ahead of it: sample 1501 by 0.01 s.") {
		t.Errorf("%+v", found)
	}
	millis[1999] += 30
	if _, _, found = lay(t, 50, millis, 1); !says(found, dataset.FindingClock, "2 times lie, each before the one ahead of it: sample 1501 by 0.01 s is the first.") {
		t.Errorf("%+v", found)
	}
}

func TestATrialCallsAClockThatWasSetNoGap(t *testing.T) {
	instead := map[int]string{}
	for i := 1002; i < 2002; i++ {
		instead[i] = fmt.Sprintf("%.2f,%d", 60*86400+float64(i-2)*.02, i)
	}
	trial, err := gaitMapping(t, "").Try(writeFile(t, filepath.Join(t.TempDir(), "gait.csv"), []byte(gait(2000, instead))), 2000)
	if err != nil || len(trial.Gaps) != 0 || len(trial.Findings) != 1 || !says(trial.Findings, dataset.FindingClock, "a clock that was set rather than a pause") {
		t.Errorf("%+v, %v", trial, err)
	}
}
