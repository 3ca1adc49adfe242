package trace

import (
	"context"
	"errors"
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

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

type calls struct {
	picked  string
	clicked float64
	drawn   [2]float64
	moved   string
	to      [2]float64
	views   int
}

func driven(t *testing.T) (*Trace, *calls, fyne.Window) {
	t.Helper()
	c := &calls{clicked: -1}
	tr := direct(Config{
		OnPick:  func(id string, _ fyne.KeyModifier) { c.picked = id },
		OnClick: func(at float64) { c.clicked = at },
		OnDraw:  func(a, b float64) { c.drawn = [2]float64{a, b} },
		OnMove:  func(id string, a, b float64) { c.moved, c.to = id, [2]float64{a, b} },
		OnView:  func(View) { c.views++ },
	})
	win := window(t, theme.Dark, tr, 1042, 600)
	tr.SetTracks(demoTracks(), sessionLength)
	tr.SetLanes(demoLanes())
	return tr, c, win
}

// mouse goes through the events that the toolkit sends for a drag.
func mouse(tr *Trace, button desktop.MouseButton, from, to fyne.Position) {
	event := func(p fyne.Position) *desktop.MouseEvent {
		return &desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: p}, Button: button}
	}
	tr.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: from}})
	tr.MouseDown(event(from))
	if from != to {
		const steps = 5
		last := from
		for i := 1; i <= steps; i++ {
			p := fyne.NewPos(from.X+(to.X-from.X)*float32(i)/steps, from.Y+(to.Y-from.Y)*float32(i)/steps)
			if button == desktop.MouseButtonPrimary {
				tr.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: p}, Dragged: fyne.NewDelta(p.X-last.X, p.Y-last.Y)})
			} else {
				tr.MouseMoved(event(p))
			}
			last = p
		}
	}
	tr.MouseUp(event(to))
	if from != to && button == desktop.MouseButtonPrimary {
		tr.DragEnd()
	}
}

func (t *Trace) posOf(at float64, y float32) fyne.Position {
	return fyne.NewPos(t.draw.geo.xOf(t.view, at), y)
}

func near(a, b, by float64) bool { return math.Abs(a-b) <= by }

func TestDragPansAndKeepsTheMomentUnderThePointer(t *testing.T) {
	tr, c, _ := driven(t)
	tr.SetView(View{Start: 60, End: 100})
	y := tr.draw.geo.tracks[0].y + 20
	before := tr.draw.geo.timeAt(tr.view, 500)
	mouse(tr, desktop.MouseButtonPrimary, fyne.NewPos(500, y), fyne.NewPos(700, y))
	after := tr.draw.geo.timeAt(tr.view, 700)
	if !near(before, after, 0.1) {
		t.Errorf("%.3f s was under the pointer, then %.3f s", before, after)
	}
	if c.picked != "" || c.clicked >= 0 {
		t.Error("panning clicked something")
	}
	tr.Back()
	if !near(tr.view.Start, 60, 1e-9) {
		t.Errorf("back went to %v", tr.view)
	}
}

func TestRightDragDrawsASpan(t *testing.T) {
	tr, c, _ := driven(t)
	y := tr.draw.geo.tracks[0].y + 20
	mouse(tr, desktop.MouseButtonSecondary, tr.posOf(44, y), tr.posOf(38, y))
	if !near(c.drawn[0], 38, 0.2) || !near(c.drawn[1], 44, 0.2) {
		t.Errorf("drew %v, want 38 to 44", c.drawn)
	}
}

func TestArmedDragDrawsASpan(t *testing.T) {
	tr, c, _ := driven(t)
	colour := theme.ClassColor(1)
	tr.SetArmed(&colour)
	y := tr.draw.geo.tracks[1].y + 20
	mouse(tr, desktop.MouseButtonPrimary, tr.posOf(38, y), tr.posOf(44, y))
	if !near(c.drawn[0], 38, 0.2) || !near(c.drawn[1], 44, 0.2) {
		t.Errorf("drew %v, want 38 to 44", c.drawn)
	}
}

func TestEdgesAndWholeSpansMove(t *testing.T) {
	tr, c, _ := driven(t)
	lane := tr.draw.geo.lanes[0]
	y := lane.y + lane.h/2
	mouse(tr, desktop.MouseButtonPrimary, tr.posOf(34, y), tr.posOf(40, y))
	if c.moved != "a" || !near(c.to[0], 8, 1e-9) || !near(c.to[1], 40, 0.2) {
		t.Errorf("moved %s to %v, want the end of a at 40", c.moved, c.to)
	}
	mouse(tr, desktop.MouseButtonPrimary, tr.posOf(20, y), tr.posOf(23, y))
	if c.moved != "a" || !near(c.to[0], 11, 0.2) || !near(c.to[1]-c.to[0], 26, 1e-9) {
		t.Errorf("moved %s to %v, want all of a by 3", c.moved, c.to)
	}
	// Over the tracks only edges are caught; the body pans.
	*c = calls{clicked: -1}
	track := tr.draw.geo.tracks[0].y + 40
	mouse(tr, desktop.MouseButtonPrimary, tr.posOf(96.02, track), tr.posOf(94, track))
	if c.moved != "c" || !near(c.to[0], 94, 0.2) {
		t.Errorf("moved %s to %v, want the start of c at 94", c.moved, c.to)
	}
}

func TestSnapIsAskedWhileDragging(t *testing.T) {
	tr, c, _ := driven(t)
	tr.cfg.Snap = func(at float64, free bool) float64 { return math.Round(at/10) * 10 }
	y := tr.draw.geo.tracks[0].y + 20
	mouse(tr, desktop.MouseButtonSecondary, tr.posOf(38, y), tr.posOf(47, y))
	if c.drawn != [2]float64{40, 50} {
		t.Errorf("drew %v, want 40 to 50", c.drawn)
	}
}

func TestClickPicksOrClicks(t *testing.T) {
	tr, c, _ := driven(t)
	y := tr.draw.geo.tracks[0].y + 40
	mouse(tr, desktop.MouseButtonPrimary, tr.posOf(60, y), tr.posOf(60, y))
	if c.picked != "b" {
		t.Errorf("picked %q, want b", c.picked)
	}
	mouse(tr, desktop.MouseButtonPrimary, tr.posOf(45, y), tr.posOf(45, y))
	if !near(c.clicked, 45, 0.2) {
		t.Errorf("clicked %g, want 45", c.clicked)
	}
}

func TestEscapeGivesUpADrag(t *testing.T) {
	tr, c, _ := driven(t)
	lane := tr.draw.geo.lanes[0]
	y := lane.y + lane.h/2
	from, to := tr.posOf(34, y), tr.posOf(40, y)
	tr.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: from}, Button: desktop.MouseButtonPrimary})
	tr.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: to}})
	tr.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	tr.MouseUp(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: to}, Button: desktop.MouseButtonPrimary})
	tr.DragEnd()
	if c.moved != "" {
		t.Errorf("%s moved to %v after Escape", c.moved, c.to)
	}
}

func TestWheelZoomsAtThePointerAndShiftPans(t *testing.T) {
	tr, _, _ := driven(t)
	var held fyne.KeyModifier
	tr.cfg.Modifiers = func() fyne.KeyModifier { return held }
	p := tr.posOf(100, tr.draw.geo.tracks[0].y+10)
	scroll := func(dy float32) {
		tr.Scrolled(&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: p}, Scrolled: fyne.NewDelta(0, dy)})
	}
	for range 5 {
		scroll(25)
	}
	if got := tr.draw.geo.timeAt(tr.view, p.X); !near(got, 100, 0.01) || tr.view.Span() > sessionLength/2.5 {
		t.Errorf("%g s under the pointer, %g s in view", got, tr.view.Span())
	}
	span := tr.view.Span()
	held = fyne.KeyModifierShift
	scroll(-25)
	if !near(tr.view.Span(), span, 1e-6) || !(tr.draw.geo.timeAt(tr.view, p.X) > 100) {
		t.Errorf("Shift and wheel: %v", tr.view)
	}
	tr.Back()
	if tr.view.Span() != sessionLength {
		t.Errorf("a run of wheel steps is not one view: back went to %v", tr.view)
	}
}

func TestOverviewDragMovesTheView(t *testing.T) {
	tr, _, _ := driven(t)
	tr.SetView(View{Start: 0, End: 20})
	o := tr.draw.geo.overview
	x := func(at float64) float32 { return o.x + float32(at/sessionLength)*o.w }
	mouse(tr, desktop.MouseButtonPrimary, fyne.NewPos(x(10), o.y+5), fyne.NewPos(x(110), o.y+5))
	if !near(tr.view.Start, 100, 0.5) || !near(tr.view.Span(), 20, 1e-6) {
		t.Errorf("view %v, want 100 to 120", tr.view)
	}
	mouse(tr, desktop.MouseButtonPrimary, fyne.NewPos(x(50), o.y+5), fyne.NewPos(x(50), o.y+5))
	if !near((tr.view.Start+tr.view.End)/2, 50, 0.5) {
		t.Errorf("a click beside the window went to %v", tr.view)
	}
}

func TestKeysMoveTheCursorAndTheView(t *testing.T) {
	tr, _, _ := driven(t)
	var held fyne.KeyModifier
	tr.cfg.Modifiers = func() fyne.KeyModifier { return held }
	tr.SetView(View{Start: 50, End: 60})
	tr.SetCursor(55)
	key := func(name fyne.KeyName) { tr.TypedKey(&fyne.KeyEvent{Name: name}) }
	want := func(what string, at float64) {
		t.Helper()
		if got, _ := tr.CursorAt(); !near(got, at, 1e-6) {
			t.Errorf("%s: cursor at %g, want %g", what, got, at)
		}
	}
	key(fyne.KeyRight)
	want("right", 55.1)
	held = fyne.KeyModifierShift
	key(fyne.KeyLeft)
	want("Shift left", 55.1-1/48.91)
	held = 0
	tr.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyRight, Modifier: fyne.KeyModifierControl})
	want("Ctrl right", 56.1-1/48.91)
	key(fyne.KeyEnd)
	want("End", sessionLength)
	if tr.view.End < sessionLength-1e-6 {
		t.Errorf("End is out of view: %v", tr.view)
	}
	key(fyne.KeyHome)
	want("Home", 0)
	tr.TypedRune('f')
	if tr.view.Span() != sessionLength {
		t.Errorf("f shows %v", tr.view)
	}
	tr.TypedRune('z')
	if tr.view.Span() > 11 {
		t.Errorf("z does not go back: %v", tr.view)
	}
	tr.TypedRune('Z')
	if tr.view.Span() != sessionLength {
		t.Errorf("Z does not go forth: %v", tr.view)
	}
}

func TestZoomStopsAtAFewSamples(t *testing.T) {
	tr, _, _ := driven(t)
	tr.SetView(View{Start: 50, End: 50.0001})
	if tr.view.Span() < 5/103.17 {
		t.Errorf("%g s in view, less than a few samples", tr.view.Span())
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

// A clock that steps back to before the session's start has samples at negative
// times: they are in view, and the cursor, the keys and the overview reach them.
func TestSamplesFromBeforeTheStartAreReached(t *testing.T) {
	values := make([]float64, 3000)
	for i := range values {
		values[i] = math.Sin(float64(i) / 9)
	}
	m := &memory{values: values, clock: dataset.Clock{Segments: []dataset.Segment{{Rate: 50}, {First: 1500, Start: -40, Rate: 50}}}}
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
