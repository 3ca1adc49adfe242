package trace

import (
	"context"
	"errors"
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"

	"onset/dataset"
	"onset/dataset/pyramid"
	"onset/views/theme"
	"onset/views/trace/kernel"
)

func TestLooks(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		tr := direct(Config{OnPick: func(string, fyne.KeyModifier) {}})
		win := window(t, mode, tr, 1016, 660)
		tr.SetTracks(demoTracks(), sessionLength)
		tr.SetLanes(demoLanes())
		tr.SetMarks([]Mark{{At: 129.4, Length: 2.05, Tone: theme.Warning, Text: "gap: 2.05 s lost"}})
		tr.SetCursor(101.2)
		win.Canvas().Focus(tr)
		look(t, win, "trace-"+mode.String())
		tr.SetView(View{Start: 94, End: 100})
		tr.SetPlayhead(96.9, true)
		tr.SetHighlight(96, 97)
		tr.SetCursor(95.3)
		look(t, win, "trace-close-"+mode.String())
	}
}

func TestCursorSaysValueAndSample(t *testing.T) {
	tr, _, _ := driven(t)
	tr.SetCursor(60)
	k := tr.tracks[1]
	sample, values := tr.probe.at(k)
	want := k.Channels[0].Series.(*memory).values[sample]
	if sample != int64(math.Round(60*103.17)) || len(values) != 3 || values[0] != formatValue(want) {
		t.Errorf("sample %d %q, want %d %s", sample, values, int64(math.Round(60*103.17)), formatValue(want))
	}
	tr.SetCursor(130.5) // in the gap of the first track
	if sample, _ := tr.probe.at(tr.tracks[0]); sample >= 0 {
		t.Errorf("sample %d in a gap", sample)
	}
}

// What lies under a cursor that stays follows a clock that is moved under it.
func TestCursorSaysValueAfterTheClockMoved(t *testing.T) {
	values := make([]float64, 3000)
	for i := range values {
		values[i] = float64(i)
	}
	shown := func(start float64) []Track {
		return []Track{trackOf("a", "Left wrist", []*memory{{values: values, clock: dataset.Uniform(start, 50)}})}
	}
	tr, _, _ := driven(t)
	tr.SetTracks(shown(0), 60)
	tr.SetCursor(20)
	for _, start := range []float64{2, 0, 5} {
		tr.ArrangeTracks(shown(start))
		want := int64(math.Round((20 - start) * 50))
		if sample, said := tr.probe.at(tr.tracks[0]); sample != want || len(said) == 0 || said[0] != formatValue(float64(want)) {
			t.Errorf("begun at %g s: sample %d, %q", start, sample, said)
		}
	}
}

func TestSamplesAreReadOnlyUpClose(t *testing.T) {
	tr, _, _ := driven(t)
	m := &memory{clock: dataset.Uniform(0, 5000), values: make([]float64, 5000*200)}
	tr.SetTracks([]Track{{ID: "fast", Channels: []Channel{{Series: m}}}}, 200)
	if m.reads != 0 {
		t.Error("samples were read that nobody can see")
	}
	tr.SetView(View{Start: 50, End: 55})
	if m.reads != 1 {
		t.Errorf("read %d times, want once", m.reads)
	}
	tr.SetView(View{Start: 52, End: 57})
	if m.reads != 1 {
		t.Error("read again although the samples beside the view are held")
	}
	if !tr.Loaded() {
		t.Error("something is still wanted")
	}
}

// long is a series whose pyramid is coarse.
type long struct {
	*memory
	details int
}

func (l *long) Pyramid(context.Context) (*pyramid.Pyramid, error) {
	var s pyramid.Summary
	s.Add(pyramid.Of(l.values))
	j := pyramid.NewJoiner(pyramid.SummaryLevel, l.Len())
	err := j.Add(s.Marshal())
	return j.Pyramid(), err
}

func (l *long) Detail(_ context.Context, first, last int64) (*pyramid.Pyramid, int64, error) {
	l.details++
	first = first / 1024 * 1024
	return pyramid.Of(l.values[first:last]), first, nil
}

// TestLongSeriesAreShownAsFineAsShortOnes draws a series with a spike every now
// and then at many zooms, once with a coarse pyramid and once with a fine one:
// the pictures may differ by less than a pixel's width of samples.
func TestLongSeriesAreShownAsFineAsShortOnes(t *testing.T) {
	values := make([]float64, 4_000_000)
	for i := range values {
		values[i] = math.Sin(float64(i) / 900)
		if i%4999 == 0 {
			values[i] = 4
		}
	}
	m := &memory{clock: dataset.Uniform(0, 100), values: values}
	l := &long{memory: m}
	show := func(s Series) *Trace {
		tr := direct(Config{})
		tr.Resize(fyne.NewSize(1200, 300))
		tr.SetTracks([]Track{{ID: "t", Channels: []Channel{{Name: "x", Axis: "x", Series: s}}}}, m.clock.End(m.Len()))
		return tr
	}
	fine, coarse := show(m), show(l)
	for _, span := range []float64{40_000, 9000, 2600, 900, 300, 30} {
		for _, tr := range []*Trace{fine, coarse} {
			tr.SetView(View{Start: 700, End: 700 + span})
		}
		perPixel := 100 * span / float64(fine.plotPixels())
		envelope := func(tr *Trace) (lo, hi []float64) {
			line := tr.tracks[0].scene(1, 300).Lines[0]
			return kernel.Envelope(tr.view, m.clock, m.Len(), line, tr.plotPixels())
		}
		lo, hi := envelope(fine)
		lo2, hi2 := envelope(coarse)
		for x := 1; x+1 < len(lo); x++ {
			within := lo2[x] >= min(lo[x-1], lo[x], lo[x+1]) && hi2[x] <= max(hi[x-1], hi[x], hi[x+1])
			if lo2[x] > lo[x] || hi2[x] < hi[x] || !within {
				t.Fatalf("%.0f samples a pixel, column %d: %g to %g, want %g to %g", perPixel, x, lo2[x], hi2[x], lo[x], hi[x])
			}
		}
	}
	if l.details != 1 {
		t.Errorf("fine ranges were read %d times, want once for views within one another", l.details)
	}
}

func TestMovingThingsAboveDrawsNoSamples(t *testing.T) {
	tr, _, win := driven(t)
	win.Canvas().Capture()
	first := tr.tracks[0].picture.key
	img := &tr.tracks[0].picture.img.Pix[0]
	tr.SetCursor(30)
	tr.SetPlayhead(31, true)
	tr.SetLanes(demoLanes())
	tr.Refresh()
	win.Canvas().Capture()
	if tr.tracks[0].picture.key != first || &tr.tracks[0].picture.img.Pix[0] != img {
		t.Error("the track was drawn again")
	}
}

func TestAFailedReadIsToldOnce(t *testing.T) {
	var told []error
	tr := direct(Config{OnError: func(err error) { told = append(told, err) }})
	window(t, theme.Dark, tr, 600, 300)
	tracks := demoTracks()[:1]
	tracks[0].Channels[1].Series.(*memory).fail = errors.New("block 3 is damaged")
	tr.SetTracks(tracks, sessionLength)
	tr.SetView(View{Start: 0, End: 2})
	if len(told) != 1 {
		t.Fatalf("told %d times: %v", len(told), told)
	}
}

func TestLateResultsOfEarlierTracksAreDropped(t *testing.T) {
	var waiting []func()
	tr := New(Config{
		Background: func(work func()) { waiting = append(waiting, work) },
		Do:         func(apply func()) { apply() },
		Modifiers:  func() fyne.KeyModifier { return 0 },
	})
	window(t, theme.Dark, tr, 600, 300)
	tr.SetTracks(demoTracks(), sessionLength)
	stale := waiting[0]
	tr.SetTracks(demoTracks()[:1], sessionLength)
	stale()
	if tr.tracks[0].held[0].pyramid != nil {
		t.Error("a result for other tracks was taken")
	}
	waiting[1]()
	if tr.tracks[0].held[0].pyramid == nil {
		t.Error("the result for these tracks was not taken")
	}
}

func TestTenThousandSpansNeedFewObjects(t *testing.T) {
	tr, _, win := driven(t)
	lane := Lane{Bands: true}
	for i := range 10_000 {
		start := float64(i) * sessionLength / 10_000
		lane.Spans = append(lane.Spans, Span{ID: grouped(int64(i)), Start: start, End: start + 0.015, SetupEnd: start + 0.005})
	}
	tr.SetLanes([]Lane{lane})
	if n := len(tr.draw.Objects()); n > 6000 {
		t.Errorf("%d objects for labels that share pixels", n)
	}
	win.Canvas().Capture()
}

func TestTracksArrangedWhileTheyAreReadAreDrawn(t *testing.T) {
	var waiting []func()
	tr := New(Config{
		Background: func(work func()) { waiting = append(waiting, work) },
		Do:         func(apply func()) { apply() },
		Modifiers:  func() fyne.KeyModifier { return 0 },
	})
	win := window(t, theme.Dark, tr, 600, 300)
	// So many samples a pixel that none is read one by one.
	fast := &memory{clock: dataset.Uniform(0, 5000), values: make([]float64, 5000*200)}
	for i := range fast.values {
		fast.values[i] = math.Sin(float64(i))
	}
	tracks := []Track{{ID: "a", Channels: []Channel{{Series: fast}}}, {ID: "b", Channels: []Channel{{Series: fast}}}}
	tr.SetTracks(tracks, 200)
	tr.ArrangeTracks(tracks[:1])
	win.Canvas().Capture()
	before := tr.tracks[0].version
	for len(waiting) > 0 {
		work := waiting[0]
		waiting = waiting[1:]
		work()
	}
	if tr.tracks[0].held[0].pyramid == nil || tr.tracks[0].version == before {
		t.Error("what was read did not reach the track that is shown")
	}
	img := win.Canvas().Capture()
	plot := tr.draw.geo.tracks[0]
	painted := 0
	for y := plot.y; y < plot.bottom(); y++ {
		if c := img.At(int(plot.x+plot.w/4), int(y)); color.NRGBAModel.Convert(c) != theme.Color(theme.Ground) {
			painted++
		}
	}
	if painted < 10 {
		t.Errorf("%d pixels of the trace are painted", painted)
	}
}

// A recording that is aligned to before the session's start has samples at negative
// times: they are in view, and the cursor, the keys and the overview reach them.
func TestSamplesFromBeforeTheStartAreReached(t *testing.T) {
	values := make([]float64, 3000)
	for i := range values {
		values[i] = math.Sin(float64(i) / 9)
	}
	m := &memory{values: values, clock: dataset.Clock{Segments: []dataset.Segment{{Start: -40, Rate: 50}, {First: 1500, Rate: 50}}}}
	r, _, _ := driven(t)
	r.SetTracks([]Track{trackOf("a", "Left wrist", []*memory{m})}, 30)
	if v := r.View(); v.Start != -40 || v.End != 30 {
		t.Fatalf("in view are %v", v)
	}
	r.GoTo(-25)
	if at, _ := r.CursorAt(); at != -25 {
		t.Errorf("the cursor went to %g", at)
	}
	r.SetView(View{Start: -30, End: -20})
	if v := r.View(); v.Start != -30 {
		t.Errorf("the view is %v", v)
	}
	r.TypedKey(&fyne.KeyEvent{Name: fyne.KeyHome})
	if at, _ := r.CursorAt(); at != -40 || r.View().Start != -40 {
		t.Errorf("Home leads to %g in %v", at, r.View())
	}
	o := r.draw.geo.overview
	if left, right := r.overviewTime(o.x), r.overviewTime(o.x+o.w); left != -40 || math.Abs(right-30) > 1e-6 {
		t.Errorf("the overview reaches from %g to %g", left, right)
	}
}
