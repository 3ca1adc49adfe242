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
	f.Spans = []Span{{Start: 10, End: 25, SetupEnd: 11, Text: "biceps-curl · 10", Color: color.NRGBA{R: 230, G: 159, A: 255}}}
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
			for _, words := range []string{"Left wrist, accelerometer", "biceps-curl", "0:30", "min:s"} {
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

func TestNothingToDrawLeavesNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.svg")
	if err := (Figure{}).Write(path); err == nil {
		t.Error("an empty figure was written")
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a file was left behind")
	}
}
