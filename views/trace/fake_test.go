package trace

import (
	"context"
	"errors"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"onset/dataset"
	"onset/dataset/pyramid"
	"onset/views/theme"
)

// memory is a Series that is held in memory and counts what is read.
type memory struct {
	clock  dataset.Clock
	values []float64
	reads  int
	fail   error
}

func (m *memory) Clock() dataset.Clock { return m.clock }
func (m *memory) Len() int64           { return int64(len(m.values)) }
func (m *memory) Pyramid(context.Context) (*pyramid.Pyramid, error) {
	return pyramid.Of(m.values), m.fail
}
func (m *memory) Samples(_ context.Context, first int64, dst []float64) (int, error) {
	m.reads++
	return copy(dst, m.values[first:]), m.fail
}

// sets are when the made-up exercises happen: start and end in seconds.
var sets = [][2]float64{{8, 34}, {52, 78}, {96.02, 121.34}, {140, 166}, {184, 208}}

const sessionLength = 216.0

// exercise is a made-up session: five sets of ten repetitions with rest between.
func exercise(rate, phase float64, gap bool) []*memory {
	clock := dataset.Uniform(0, rate)
	n := int(sessionLength * rate)
	if gap {
		lost := int64(129.4 * rate)
		clock.Segments = append(clock.Segments, dataset.Segment{First: lost, Start: 131.45, Rate: rate})
		n -= int(2.05 * rate)
	}
	axes := make([]*memory, 3)
	for c := range axes {
		values := make([]float64, n)
		for i := range values {
			t := clock.Time(int64(i))
			v := []float64{0.6, 0.1, -0.4}[c] + 0.02*math.Sin(t*1.3+float64(c))
			for _, s := range sets {
				if t > s[0] && t < s[1] {
					u := (t - s[0]) / (s[1] - s[0]) * 10
					v += (0.5 + 0.2*float64(c)) * math.Sin(2*math.Pi*u+phase*float64(c)) * math.Min(1, 3*u)
				}
			}
			values[i] = v + 0.03*math.Sin(float64(i)*1.7)
		}
		axes[c] = &memory{clock: clock, values: values}
	}
	return axes
}

func trackOf(id, name string, axes []*memory) Track {
	t := Track{ID: id, Name: name, Unit: "g"}
	for i, m := range axes {
		axis := []string{"x", "y", "z"}[i]
		t.Channels = append(t.Channels, Channel{Name: axis, Axis: axis, Series: m})
	}
	return t
}

func demoTracks() []Track {
	return []Track{
		trackOf("wrist", "Left wrist, accelerometer", exercise(48.91, 0.4, true)),
		trackOf("thigh", "Right thigh, accelerometer", exercise(103.17, 0.8, false)),
	}
}

func demoLanes() []Lane {
	names := []string{"biceps-curl", "biceps-curl", "triceps-extension", "lateral-raise", "shoulder-press"}
	index := []int{0, 0, 1, 2, 3}
	labels := Lane{Bands: true, Name: "Labels"}
	suggested := Lane{Height: 24, Name: "Hints"}
	for i, s := range sets {
		c := theme.ClassColor(index[i])
		labels.Spans = append(labels.Spans, Span{
			ID: string(rune('a' + i)), Start: s[0], End: s[1], SetupEnd: s[0] + 1,
			Text: names[i] + " · 10", Color: c, Selected: i == 2, Movable: true,
		})
		look := Outline
		if i == 2 {
			look = Weak
		}
		suggested.Spans = append(suggested.Spans, Span{
			ID: "s" + string(rune('a'+i)), Start: s[0] + 1, End: s[0] + 19, Text: "suggested 0.9", Color: c, Look: look,
			Wrong: i == 4,
		})
	}
	return []Lane{labels, suggested}
}

// direct makes a trace whose slow work is done at once.
func direct(cfg Config) *Trace {
	cfg.Background = func(work func()) { work() }
	cfg.Do = func(apply func()) { apply() }
	if cfg.Modifiers == nil {
		cfg.Modifiers = func() fyne.KeyModifier { return 0 }
	}
	return New(cfg)
}

// window shows a trace in a window of the software driver.
func window(t *testing.T, mode theme.Mode, tr *Trace, w, h float32) fyne.Window {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(theme.New(mode))
	win := test.NewTempWindow(t, tr)
	win.SetPadded(false)
	win.Resize(fyne.NewSize(w, h))
	return win
}

// look writes what a window shows where ONSET_LOOKS says so.
func look(t *testing.T, win fyne.Window, name string) {
	t.Helper()
	img := win.Canvas().Capture()
	dir := os.Getenv("ONSET_LOOKS")
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
