package kernel

import (
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"onset/dataset"
	"onset/dataset/pyramid"
)

var (
	red    = color.NRGBA{R: 240, G: 125, B: 84, A: 255}
	green  = color.NRGBA{R: 53, G: 185, B: 143, A: 255}
	blue   = color.NRGBA{R: 86, G: 168, B: 234, A: 255}
	ground = color.NRGBA{R: 20, G: 23, B: 28, A: 255}
)

func sceneOf(clock dataset.Clock, lo, hi float64, raw bool, series ...[]float64) Scene {
	s := Scene{
		Clock: clock, Samples: int64(len(series[0])), Lo: lo, Hi: hi, Scale: 1,
		Back: ground, Grid: color.NRGBA{R: 36, G: 42, B: 51, A: 255}, Hatch: color.NRGBA{R: 47, G: 54, B: 66, A: 255},
	}
	for i, values := range series {
		l := Line{Color: []color.NRGBA{red, green, blue}[i%3], Pyramid: pyramid.Of(values)}
		if raw {
			l.Raw = values
		}
		s.Lines = append(s.Lines, l)
	}
	return s
}

func touched(img *image.RGBA, x, y int) bool {
	if !(image.Point{x, y}).In(img.Rect) {
		return false
	}
	c := img.RGBAAt(x, y)
	return c.R != ground.R || c.G != ground.G || c.B != ground.B
}

// Whatever the zoom, whether or not the samples have been read, the pixel of
// every sample in view is painted.
func TestEverySampleIsSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4000).Draw(t, "n")
		values := make([]float64, n)
		spike := rapid.IntRange(0, n-1).Draw(t, "spike")
		values[spike] = rapid.SampledFrom([]float64{1, -1}).Draw(t, "to")
		rate := rapid.SampledFrom([]float64{25, 50, 103.17}).Draw(t, "rate")
		clock := dataset.Uniform(3, rate)
		at := clock.Time(int64(spike))
		span := rapid.Float64Range(0.05, 200).Draw(t, "span")
		v := View{at - span*rapid.Float64Range(0.1, 0.9).Draw(t, "where"), 0}
		v.End = v.Start + span
		w, h := rapid.IntRange(40, 300).Draw(t, "w"), rapid.IntRange(20, 80).Draw(t, "h")
		img := image.NewRGBA(image.Rect(0, 0, w, h))
		var r Rasterizer
		scene := sceneOf(clock, -1.2, 1.2, rapid.Bool().Draw(t, "raw"), values)
		r.Draw(img, v, scene)
		x := int(v.X(at, float64(w)))
		y := int((1.2 - values[spike]) / 2.4 * float64(h))
		seen := false
		for dx := -1; dx <= 1; dx++ { // the edge between two columns may fall either way
			for dy := -1; dy <= 1; dy++ {
				seen = seen || touched(img, x+dx, y+dy)
			}
		}
		if !seen {
			t.Fatalf("the spike at %d,%d of %dx%d over %g s is not there", x, y, w, h, span)
		}
	})
}

func TestNothingIsDrawnInAGap(t *testing.T) {
	values := make([]float64, 1000)
	clock := dataset.Clock{Segments: []dataset.Segment{{Rate: 100}, {First: 500, Start: 10, Rate: 100}}}
	for _, raw := range []bool{false, true} {
		s := sceneOf(clock, -1, 1, raw, values)
		s.Hatch = ground
		for _, v := range []View{{0, 15}, {4, 11}, {4.9, 10.1}} {
			img := image.NewRGBA(image.Rect(0, 0, 300, 20))
			new(Rasterizer).Draw(img, v, s)
			for x := range 300 {
				from, to := v.Time(float64(x-3), 300), v.Time(float64(x+4), 300)
				in := touched(img, x, 10)
				// From afar a bucket of 16 samples is as fine as it gets.
				if from > 5.16 && to < 10-0.16 && in {
					t.Fatalf("raw %v, %v: column %d is inside the gap and painted", raw, v, x)
				}
				if v.Span() > 6 && ((to < 4.9 && from > 0) || (from > 10.1 && to < 14.9)) && !in {
					t.Fatalf("raw %v, %v: column %d has samples and is empty", raw, v, x)
				}
			}
		}
	}
}

func TestGapsAreHatched(t *testing.T) {
	clock := dataset.Clock{Segments: []dataset.Segment{{Rate: 100}, {First: 500, Start: 5.001 + 0.01, Rate: 100}}}
	img := image.NewRGBA(image.Rect(0, 0, 300, 20))
	s := sceneOf(clock, -1, 1, false, make([]float64, 1000))
	s.Lines = nil
	new(Rasterizer).Draw(img, View{0, 10}, s)
	count := 0
	for x := range 300 {
		for y := range 20 {
			if touched(img, x, y) {
				count++
			}
		}
	}
	if count == 0 {
		t.Error("a gap narrower than a pixel is not marked")
	}
}

func TestAClockThatWasSetBackIsMarkedWhereItWas(t *testing.T) {
	clock := dataset.Clock{Segments: []dataset.Segment{{Rate: 100}, {First: 500, Start: 2, Rate: 100}}}.Forward()
	img := image.NewRGBA(image.Rect(0, 0, 300, 40))
	s := sceneOf(clock, -1, 1, false, make([]float64, 1000))
	s.Lines, s.Seam = nil, red
	new(Rasterizer).Draw(img, View{0, 10}, s)
	left, right, marked := 300, 0, 0
	for x := range 300 {
		for y := range 40 {
			if touched(img, x, y) {
				left, right, marked = min(left, x), max(right, x), marked+1
			}
		}
	}
	if marked < 40 || left < 140 || right > 152 || right < 149 {
		t.Errorf("%d pixels from %d to %d are marked for the seam at 150", marked, left, right)
	}
}

func TestRawIsWantedOnlyUpClose(t *testing.T) {
	clock := dataset.Uniform(0, 100)
	if _, _, ok := RawWanted(View{0, 1000}, 1000, clock, 1_000_000); ok {
		t.Error("100 samples a pixel need no samples")
	}
	first, last, ok := RawWanted(View{10, 20}, 1000, clock, 1_000_000)
	if !ok || first > 1000 || last < 2000 || last-first > 1010 {
		t.Errorf("[%d,%d) %v for samples 1000 to 2000", first, last, ok)
	}
	if _, _, ok := RawWanted(View{-20, -10}, 1000, clock, 1000); ok {
		t.Error("nothing lies before the recording")
	}
}

func TestDrawingAllocatesNothing(t *testing.T) {
	values := make([]float64, 100_000)
	s := sceneOf(dataset.Uniform(0, 100), -1, 1, true, values)
	img := image.NewRGBA(image.Rect(0, 0, 800, 100))
	var r Rasterizer
	for _, v := range []View{{0, 1000}, {0, 50}, {0, 3}} {
		r.Draw(img, v, s)
		if n := testing.AllocsPerRun(10, func() { r.Draw(img, v, s) }); n > 2 {
			t.Errorf("%v: %g allocations a picture", v, n)
		}
	}
}

func waves(n int) [][]float64 {
	out := make([][]float64, 3)
	for c := range out {
		out[c] = make([]float64, n)
		for i := range out[c] {
			x := float64(i)
			out[c][i] = float64(c-1)*0.4 + 0.5*math.Sin(x/17+float64(c))*math.Max(0, math.Sin(x/400)) + 0.05*math.Sin(x*1.7)
		}
	}
	return out
}

func TestPictures(t *testing.T) {
	series := waves(6000)
	series[1][3000] = 1.4
	series[0][4210], series[0][4211] = math.NaN(), math.NaN()
	clock := dataset.Clock{Segments: []dataset.Segment{{Rate: 50}, {First: 4000, Start: 84, Rate: 50}}}
	for _, c := range []struct {
		name string
		view View
		raw  bool
	}{
		{"far", View{0, 124}, false},
		{"columns", View{50, 90}, true},
		{"coarse", View{58.5, 61.5}, false},
		{"dense", View{56, 72}, true},
		{"line", View{83.5, 89}, true},
		{"points", View{59.6, 60.5}, true},
	} {
		s := sceneOf(clock, -1.6, 1.6, c.raw, series...)
		for _, k := range ValueTicks(s.Lo, s.Hi, 4) {
			s.Guides = append(s.Guides, k.At)
		}
		img := image.NewRGBA(image.Rect(0, 0, 320, 120))
		new(Rasterizer).Draw(img, c.view, s)
		compare(t, c.name, img)
	}
}

// compare checks against the stored picture; with ONSET_GOLDEN=write it stores
// it instead.
func compare(t *testing.T, name string, img *image.RGBA) {
	t.Helper()
	path := filepath.Join("testdata", name+".png")
	if os.Getenv("ONSET_GOLDEN") == "write" {
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(png.Encode(f, img), f.Close()); err != nil {
			t.Fatal(err)
		}
		return
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	worst := 0
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			r, g, b, _ := want.At(x, y).RGBA()
			c := img.RGBAAt(x, y)
			for _, d := range []int{int(r>>8) - int(c.R), int(g>>8) - int(c.G), int(b>>8) - int(c.B)} {
				worst = max(worst, d, -d)
			}
		}
	}
	// Fused multiplication on other processors may move an edge by a shade.
	if worst > 6 {
		t.Errorf("%s differs from the stored picture by up to %d of 255", name, worst)
	}
}

func TestBlocksShowEveryLook(t *testing.T) {
	back := color.NRGBA{R: 26, G: 30, B: 37, A: 255}
	img := image.NewRGBA(image.Rect(0, 0, 320, 96))
	outline := color.NRGBA{R: 155, G: 165, B: 180, A: 255}
	wrong := color.NRGBA{R: 232, G: 101, B: 95, A: 255}
	DrawBlocks(img, View{0, 100}, 1, back, []Block{
		{Start: -5, End: 20, Top: 4, Height: 24, Fill: red},
		{Start: 30, End: 60, Top: 4, Height: 24, Fill: blue, Outline: color.NRGBA{R: 255, G: 255, B: 255, A: 255}, Thick: 2},
		{Start: 70, End: 70.1, Top: 4, Height: 24, Fill: green},
		{Start: 80, End: 130, Top: 4, Height: 24, Fill: green, Hatched: true},
		{Start: 5, End: 30, Top: 36, Height: 18, Fill: back, Outline: outline},
		{Start: 40, End: 70, Top: 36, Height: 18, Fill: back, Outline: outline, Dashed: true},
		{Start: 10, End: 60, Top: 62, Height: 24, Fill: red, Outline: wrong, Dashed: true, Thick: 2},
		{Start: 200, End: 300, Top: 62, Height: 24, Fill: red},
	})
	compare(t, "blocks", img)
}

func FuzzDraw(f *testing.F) {
	f.Add(0.0, 10.0, -1.0, 1.0, 1.0, 50.0, uint8(40), uint8(20))
	f.Add(1e300, 2e300, -1e-300, 1e300, math.Inf(1), 1e-9, uint8(3), uint8(1))
	f.Add(0.0, 1e-12, 0.0, 5e-324, math.NaN(), 1e12, uint8(200), uint8(90))
	f.Fuzz(func(t *testing.T, start, end, lo, hi, value, rate float64, w, h uint8) {
		values := []float64{0, value, -value, math.NaN(), value, 1e308, -1e308, 0.5, lo, hi}
		clock := dataset.Clock{Segments: []dataset.Segment{{Start: start / 2, Rate: rate}, {First: 4, Start: end, Rate: rate}}}
		if clock.Validate() != nil {
			return
		}
		img := image.NewRGBA(image.Rect(0, 0, int(w), int(h)))
		for _, raw := range []bool{true, false} {
			s := sceneOf(clock, lo, hi, raw, values)
			s.Guides = []float64{lo, value, hi}
			new(Rasterizer).Draw(img, View{start, end}, s)
			RawWanted(View{start, end}, int(w), clock, s.Samples)
			DrawBlocks(img, View{start, end}, 1, ground, []Block{{Start: lo, End: hi, Height: value, Fill: red, Outline: blue, Dashed: raw}})
		}
	})
}

// BenchmarkFrame draws what a window of 1600x900 shows of six channels of ten
// million samples: two tracks of three. The budget is 8 ms a frame, the same at
// every zoom.
func BenchmarkFrame(b *testing.B) {
	const n = 10_000_000
	values := waves(n)
	var tracks []Scene
	for range 2 {
		s := sceneOf(dataset.Uniform(0, 100), -1.6, 1.6, true, values...)
		tracks = append(tracks, s)
	}
	for _, c := range []struct {
		name    string
		samples float64
	}{{"all", n}, {"1M", 1e6}, {"100k", 1e5}, {"60k", 6e4}, {"8k", 8e3}, {"6k", 6e3}, {"2k", 2e3}, {"400", 400}} {
		b.Run(c.name, func(b *testing.B) {
			img := image.NewRGBA(image.Rect(0, 0, 1600, 450))
			var r Rasterizer
			at := 0.0
			for b.Loop() {
				v := View{at, at + c.samples/100}
				at += c.samples / 100 / 50
				if at+c.samples/100 > n/100 {
					at = 0
				}
				for _, s := range tracks {
					r.Draw(img, v, s)
				}
			}
		})
	}
}
