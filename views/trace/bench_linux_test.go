package trace

import (
	"math"
	"runtime"
	"sort"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"golang.org/x/sys/unix"

	"onset/dataset"
	"onset/views/theme"
)

// cpuTime is what this thread has computed so far, in nanoseconds: on a busy
// machine the only clock that says what a frame costs.
func cpuTime() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		return 0
	}
	return t.Nano()
}

// BenchmarkPan is a whole frame's work on the interface goroutine, without the
// painter: 6 channels of 10 million samples at 1600x900. The budget is 8 ms.
func BenchmarkPan(b *testing.B) {
	const n, rate = 10_000_000, 100
	values := make([]float64, n)
	for i := range values {
		values[i] = math.Sin(float64(i)/40) + 0.2*math.Sin(float64(i)*1.7)
	}
	var tracks []Track
	for _, id := range []string{"a", "b"} {
		m := &memory{clock: dataset.Uniform(0, rate), values: values}
		tracks = append(tracks, trackOf(id, id, []*memory{m, m, m}))
	}
	for _, c := range []struct {
		name string
		span float64
	}{{"all", n / rate}, {"1M", 1e4}, {"100k", 1e3}, {"8k", 80}, {"1k", 10}} {
		b.Run(c.name, func(b *testing.B) {
			app := test.NewApp()
			defer app.Quit()
			app.Settings().SetTheme(theme.New(theme.Dark))
			tr := direct(Config{})
			w := test.NewWindow(tr)
			defer w.Close()
			w.SetPadded(false)
			w.Resize(fyne.NewSize(1600, 900))
			tr.SetTracks(tracks, n/rate)
			tr.SetLanes(demoLanes())
			tr.SetView(View{Start: 1000, End: 1000 + c.span})
			frame := func() {
				for i, o := range tr.draw.tracks {
					s := o.raster.Size()
					tr.generate(tr.tracks[i], &tr.tracks[i].picture, tr.view, s.Height, int(s.Width), int(s.Height))
				}
			}
			frame()
			by := c.span / 1600 * 3
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			var frames []float64
			for b.Loop() {
				before := cpuTime()
				if tr.view.End+by > n/rate {
					by = -by
				}
				if tr.view.Start+by < 0 {
					by = -by
				}
				tr.show(tr.panned(tr.view, by))
				if c.span == n/rate {
					tr.tracks[0].version++
					tr.tracks[1].version++
				}
				frame()
				frames = append(frames, float64(cpuTime()-before)/1e6)
			}
			sort.Float64s(frames)
			b.ReportMetric(frames[len(frames)/2], "cpu-ms/median")
			b.ReportMetric(frames[len(frames)*99/100], "cpu-ms/p99")
		})
	}
}
