package figure

import (
	"bytes"
	"errors"
	"image/color"
	"image/png"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"onset/dataset"
	"onset/dataset/pyramid"
	"onset/views/trace/kernel"
)

func sample() Figure {
	f := Figure{View: kernel.View{Start: 0, End: 60}}
	clock := dataset.Clock{Segments: []dataset.Segment{{Rate: 50}, {First: 1500, Start: 33, Rate: 50}}}
	for _, title := range []string{"Left wrist, accelerometer", "Right thigh, accelerometer"} {
		p := Panel{Title: title, Unit: "g", Lo: -1.5, Hi: 1.5, Clock: clock, Samples: 2850, Names: []string{"x", "y"}}
		for i := range 2 {
			values := make([]float64, p.Samples)
			for k := range values {
				values[k] = math.Sin(float64(k)/20 + float64(i))
			}
			p.Lines = append(p.Lines, kernel.Line{Color: color.NRGBA{R: uint8(200 * (1 - i)), B: uint8(200 * i), A: 255}, Pyramid: pyramid.Of(values), Raw: values})
		}
		f.Panels = append(f.Panels, p)
	}
	orange, blue := color.NRGBA{R: 230, G: 159, A: 255}, color.NRGBA{R: 86, G: 180, B: 233, A: 255}
	f.Spans = []Span{
		{Start: 10, End: 25, SetupEnd: 11, Text: "biceps-curl · 10", Name: "biceps-curl", Color: orange},
		{Start: 18, End: 40, SetupEnd: 19, Text: "lateral-raise · 12", Name: "lateral-raise", Color: blue},
		{Start: 44, End: 46, Text: "triceps-extension · 2", Name: "triceps-extension", Color: color.NRGBA{G: 158, B: 115, A: 255}},
		{Start: 47, End: 47.3, Text: "squat · 1", Name: "squat", Color: color.NRGBA{R: 204, G: 121, B: 167, A: 255}},
		{Start: 52, End: 52, Text: "heel-strike", Name: "heel-strike", Color: color.NRGBA{R: 213, G: 94, A: 255}},
	}
	f.Note = "Simulated data: no such people exist."
	return f
}

func TestFiguresAreWrittenInEveryKind(t *testing.T) {
	dir := t.TempDir()
	if d := os.Getenv("ONSET_LOOKS"); d != "" {
		dir = filepath.Join(d, "figure")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	start := map[string]string{".svg": "<?xml", ".pdf": "%PDF", ".png": "\x89PNG"}
	for _, ext := range Extensions() {
		path := filepath.Join(dir, "figure"+ext)
		_ = os.Remove(path)
		if err := sample().Write(path); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(got), start[ext]) {
			t.Errorf("%s begins with %.8q (%v)", ext, got, err)
		}
		if ext == ".png" {
			picture, err := png.DecodeConfig(bytes.NewReader(got))
			if err != nil || picture.Width < 2000 {
				t.Errorf("a picture for print is %d dots wide (%v)", picture.Width, err)
			}
		}
		if ext == ".svg" {
			for _, words := range []string{"Left wrist, accelerometer", "biceps-curl · 10", "lateral-raise · 12", "heel-strike", "1  triceps-extension", "2  squat", "0:30", "min:s", "Simulated data"} {
				if !strings.Contains(string(got), words) {
					t.Errorf("the figure does not say %q", words)
				}
			}
		}
		if err := sample().Write(path); !errors.Is(err, fs.ErrExist) {
			t.Errorf("an existing file gives %v", err)
		}
	}
}

// Where a device's clock was set back each panel has a dashed line.
func TestAFigureShowsWhereAClockWasSetBack(t *testing.T) {
	dashed := func(start float64) int {
		f := sample()
		for i := range f.Panels {
			f.Panels[i].Clock = dataset.Clock{Segments: []dataset.Segment{{Rate: 50}, {First: 1500, Start: start, Rate: 50}}}.Forward()
		}
		path := filepath.Join(t.TempDir(), "figure.svg")
		if err := f.Write(path); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(got), "stroke-dasharray")
	}
	if whole, back := dashed(30), dashed(10); back != whole+2 {
		t.Errorf("%d dashed lines, %d with a clock that was set back in both panels", whole, back)
	}
}

func TestNothingToDrawLeavesNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.svg")
	if err := (Figure{}).Write(path); err == nil {
		t.Error("an empty figure was written")
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a file was left behind")
	}
}

// No name is printed over another one or over another label, whatever the labels;
// none is cut; what is not named has its place in the key.
func TestNamesHaveRoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := Figure{View: kernel.View{Start: 100, End: 160}}
		names := []string{"biceps-curl", "squat", "lateral-raise", "sit-to-stand"}
		for range rapid.IntRange(0, 40).Draw(t, "labels") {
			k := rapid.IntRange(0, 3).Draw(t, "name")
			s := Span{Start: rapid.Float64Range(90, 165).Draw(t, "start"), Name: names[k], Text: names[k] + " · 10", Color: color.NRGBA{R: uint8(50 * k), A: 255}}
			s.End = s.Start + rapid.SampledFrom([]float64{0, 0.1, 1, 10, 40}).Draw(t, "length")
			f.Spans = append(f.Spans, s)
		}
		b := f.band(20, 500)
		inView := 0
		for _, s := range f.Spans {
			// An instant on the very edge is drawn there, a span that ends there is not.
			if s.Start < 160 && s.End > 100 || s.Start == s.End && s.Start >= 100 && s.Start <= 160 {
				inView++
			}
		}
		if len(b.marks) != inView {
			t.Fatalf("%d marks of %d labels in view", len(b.marks), inView)
		}
		key := map[string]bool{}
		for _, line := range b.key {
			for i, k := range line {
				if i > 0 && k.x < line[i-1].x+words(7).Width(line[i-1].text)+4*mm {
					t.Fatalf("the key's %q lies over %q", k.text, line[i-1].text)
				}
				_, name, _ := strings.Cut(k.text, "  ")
				key[name] = true
			}
		}
		for i, m := range b.marks {
			from, to := m.reach()
			if m.row >= b.rows || m.text != "" && (m.at < 20 || m.at+m.width > 500.01) {
				t.Fatalf("%+v of %d rows", m, b.rows)
			}
			for _, o := range b.marks[:i] {
				a, z := o.reach()
				if m.row == o.row && m.row < lastRow-1 && from < z-0.02 && a < to-0.02 {
					t.Fatalf("%+v lies over %+v", m, o)
				}
			}
			if len(m.text) < 3 && !key[names[m.color.R/50]] {
				t.Fatalf("%+v is not in the key %v", m, b.key)
			}
		}
	})
}
