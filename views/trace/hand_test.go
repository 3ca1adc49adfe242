package trace

import (
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"onset/views/theme"
)

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
