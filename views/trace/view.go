package trace

import (
	"math"

	"onset/views/trace/kernel"
)

// View is what is seen now.
func (t *Trace) View() View { return t.view }

// SetView shows another stretch and remembers the one before.
func (t *Trace) SetView(v View) {
	t.show(v)
	t.remember()
}

// SetWhole makes what Fit shows longer or shorter than the tracks, for a trace
// beside another of the same axis. A view of the whole stays one.
func (t *Trace) SetWhole(v View) {
	if v == t.whole {
		return
	}
	all := t.view == t.whole
	t.whole = v
	if all {
		t.SetView(v)
		return
	}
	t.show(t.view)
	t.Refresh()
}

// Fit shows the whole session.
func (t *Trace) Fit() { t.SetView(t.whole) }

// Back shows the view before, Forth the one that Back left.
func (t *Trace) Back() {
	if v, ok := t.past.Back(); ok {
		t.show(v)
	}
}

// Forth is the counterpart of Back.
func (t *Trace) Forth() {
	if v, ok := t.past.Forth(); ok {
		t.show(v)
	}
}

// Reveal moves the view so that a stretch is inside, changing the zoom only
// when it does not fit.
func (t *Trace) Reveal(from, to float64) {
	v := t.view
	if span := to - from; span > v.Span()*0.9 {
		v = View{Start: from - span*0.2, End: to + span*0.2}
	} else {
		v = v.Reveal(to)
		if from < v.Start {
			v = v.Reveal(from)
		}
	}
	if v != t.view {
		t.SetView(v)
	}
}

// GoTo puts the cursor at a moment and brings it into view.
func (t *Trace) GoTo(at float64) {
	t.SetCursor(at)
	t.Reveal(t.cursor, t.cursor)
}

// CursorAt is where the cursor stands; ok is false before it was ever moved.
func (t *Trace) CursorAt() (at float64, ok bool) { return t.cursor, t.hasCursor }

// SetCursor moves the cursor and reads out the channels there.
func (t *Trace) SetCursor(at float64) {
	at = min(max(at, t.whole.Start), t.whole.End)
	if t.hasCursor && at == t.cursor {
		return
	}
	t.cursor, t.hasCursor = at, true
	if t.draw != nil {
		t.draw.placeCursor()
	}
	t.probe.want()
	if t.cfg.OnCursor != nil {
		t.cfg.OnCursor(at)
	}
}

// SampleStep is the time of one sample of the first track at a moment; 10 ms
// when there is none.
func (t *Trace) SampleStep() float64 {
	for _, k := range t.tracks {
		if rate := k.rateAt(t.cursor); rate > 0 {
			return 1 / rate
		}
	}
	return 0.01
}

// shortest is the closest that a person can zoom: eight samples of the fastest
// track.
func (t *Trace) shortest() float64 {
	rate := 0.0
	for _, k := range t.tracks {
		rate = max(rate, k.rateAt(t.view.Start))
	}
	if rate == 0 {
		return min(0.01, t.whole.Span())
	}
	return min(8/rate, t.whole.Span())
}

// show changes the view without remembering it.
func (t *Trace) show(v View) {
	v = v.Within(t.whole, t.shortest())
	if v == t.view {
		return
	}
	t.view = v
	t.loader.want()
	if t.draw != nil {
		t.draw.viewChanged()
	}
	if t.cfg.OnView != nil {
		t.cfg.OnView(v)
	}
}

func (t *Trace) remember() {
	t.scrolling = false
	t.past.Push(t.view)
}

// rememberScroll remembers a run of wheel steps as one change of view.
func (t *Trace) rememberScroll() {
	if t.scrolling {
		t.past.Replace(t.view)
		return
	}
	t.past.Push(t.view)
	t.scrolling = true
}

// zoom scales about a moment.
func (t *Trace) zoom(at, factor float64) {
	t.show(t.view.Zoom(at, factor))
	t.remember()
}

// panned is a view moved by seconds, a whole number of screen pixels so that
// the picture does not shimmer.
func (t *Trace) panned(from View, seconds float64) View {
	if w := t.plotPixels(); w > 0 {
		per := from.Span() / float64(w)
		seconds = math.Round(seconds/per) * per
	}
	return from.Pan(seconds)
}

// plotPixels is the width of the tracks in screen pixels; 0 before they were drawn.
func (t *Trace) plotPixels() int {
	for _, k := range t.tracks {
		if k.picture.img != nil {
			return k.picture.img.Rect.Dx()
		}
	}
	return 0
}

// rateAt is the rate of a track's clock at a moment in Hz, 0 when unknown.
func (k *track) rateAt(at float64) float64 {
	rate := 0.0
	if len(k.Channels) == 0 {
		return rate
	}
	for _, s := range k.Channels[0].Series.Clock().Segments {
		if rate == 0 || s.Start <= at {
			rate = s.Rate
		}
	}
	return rate
}

// FormatTime writes a moment of the session, with milliseconds.
func FormatTime(t float64) string { return kernel.FormatTime(t, 3) }
