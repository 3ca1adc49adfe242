package label

import (
	"context"
	"errors"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"onset/app"
	"onset/dataset"
	"onset/views/parts"
	"onset/views/task"
	"onset/views/theme"
)

// sets are when the made-up session moves.
var sets = [][2]float64{{8, 34}, {52, 78}, {96.02, 121.34}, {140, 166}, {184, 208}}

func motion(clock dataset.Clock, n int, phase float64) [][]float64 {
	axes := make([][]float64, 3)
	for c := range axes {
		axes[c] = make([]float64, n)
		for i := range axes[c] {
			t := clock.Time(int64(i))
			v := []float64{0.6, 0.1, -0.4}[c] + 0.005*math.Sin(float64(i)*1.7)
			for _, s := range sets {
				if t > s[0] && t < s[1] {
					u := (t - s[0]) / (s[1] - s[0]) * 10
					v += (0.5 + 0.2*float64(c)) * math.Sin(2*math.Pi*u+phase*float64(c)) * math.Min(1, 3*u)
				}
			}
			axes[c][i] = float64(float32(v))
		}
	}
	return axes
}

// study is a study with one session of a wrist with a gap and a thigh.
func study(t testing.TB) (*app.Workbench, dataset.SessionID) {
	t.Helper()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "pilot.onset")
	s, err := dataset.Create(ctx, path, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	settings, err := s.Settings(ctx)
	if err != nil {
		t.Fatal(err)
	}
	settings.Name = "Shoulder pilot"
	settings.Exercises = []string{
		"strength:arms/biceps-curl", "strength:arms/triceps-extension", "strength:shoulders/lateral-raise",
		"strength:shoulders/shoulder-press", "strength:legs/sit-to-stand", "strength:legs/heel-raise", "strength:legs/squat",
	}
	im, err := s.BeginImport(ctx, dataset.Session{Participant: "P07", Format: "test", Source: "test"})
	if err != nil {
		t.Fatal(err)
	}
	add := func(placement string, clock dataset.Clock, n int, phase float64, findings []dataset.Finding) {
		draft := dataset.RecordingDraft{Device: "Test", Placement: placement, NominalHz: math.Round(clock.Segments[0].Rate)}
		for _, axis := range []string{"x", "y", "z"} {
			draft.Channels = append(draft.Channels, dataset.Channel{Kind: "accelerometer", Axis: axis, Unit: "g"})
		}
		w, err := im.AddRecording(ctx, draft)
		if err == nil {
			err = w.Append(ctx, motion(clock, n, phase))
		}
		if err == nil {
			_, err = w.Finish(ctx, clock, clock.Segments[0].Rate, findings)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	gap := dataset.Uniform(0, 48.91)
	gap.Segments = append(gap.Segments, dataset.Segment{First: 6328, Start: 131.45, Rate: 48.91})
	add("left-wrist", gap, 6328+4130, 0.4, []dataset.Finding{
		{Kind: dataset.FindingGap, AtS: 129.38, LengthS: 2.07, Sample: 6328, Message: "2.07 s lost at 2:09.4, packet 67 is missing"},
		{Kind: dataset.FindingClock, Sample: -1, Message: "48.91 Hz true, 50 Hz nominal"},
	})
	add("right-thigh", dataset.Uniform(0, 103.17), 22284, 0.8, nil)
	id, err := im.Commit(ctx)
	if err := errors.Join(err, s.PutSettings(ctx, settings), s.Close()); err != nil {
		t.Fatal(err)
	}
	bench, err := app.New(app.Options{DataDir: t.TempDir(), Program: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := bench.Open(ctx, path, false); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := bench.Close(); err != nil {
			t.Error(err)
		}
	})
	return bench, id
}

// open is a room with a session open in a window of the software driver.
func open(t *testing.T, mode theme.Mode) (*Label, fyne.Window) {
	t.Helper()
	return openIn(t, mode)
}

func openIn(t testing.TB, mode theme.Mode) (*Label, fyne.Window) {
	t.Helper()
	return openWith(t, mode, task.Inline())
}

func openWith(t testing.TB, mode theme.Mode, runner task.Runner) (*Label, fyne.Window) {
	t.Helper()
	bench, id := study(t)
	application := test.NewApp()
	t.Cleanup(func() { test.NewApp() })
	application.Settings().SetTheme(theme.New(mode))
	var win fyne.Window
	l := New(bench, Actions{
		Error: func(err error) { t.Errorf("the room says: %v", err) },
		AskRater: func(then func(string)) {
			if err := bench.SetPreferences(app.Preferences{Rater: "MK"}); err != nil {
				t.Fatal(err)
			}
			then("MK")
		},
		Focus: func(f fyne.Focusable) { win.Canvas().Focus(f) },
	}, runner)
	win = test.NewWindow(parts.Beside(parts.NewFill(theme.Ground), l.Content()))
	t.Cleanup(win.Close)
	win.SetContent(l.Content())
	win.SetPadded(false)
	win.Resize(fyne.NewSize(1302, 698)) // what the frame leaves of 1366x768
	l.Open(id)
	l.Shown()
	return l, win
}

func look(t *testing.T, win fyne.Window, name string) {
	t.Helper()
	dir := os.Getenv("ONSET_LOOKS")
	img := win.Canvas().Capture()
	if dir == "" {
		return
	}
	f, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, img), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// split is a runner that keeps the interface's goroutine and the work elsewhere
// apart: work waits until settle. With a clock it says what the interface's part
// took.
type split struct {
	work  []func()
	clock func() time.Duration
	ui    time.Duration // on the interface's goroutine
}

func (s *split) runner() task.Runner {
	return task.Runner{Start: func(f func()) { s.work = append(s.work, f) }, Apply: s.time}
}

func (s *split) time(f func()) {
	if s.clock == nil {
		f()
		return
	}
	before := s.clock()
	f()
	s.ui += s.clock() - before
}

// settle runs the work that waits, and what that brings about. It reports
// whether there was an end to it.
func (s *split) settle() bool {
	for range 1000 {
		if len(s.work) == 0 {
			return true
		}
		f := s.work[0]
		s.work = s.work[1:]
		f()
	}
	return false
}
