package trace

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"onset/views/theme"
)

// handKind is what a press of a mouse button has begun.
type handKind int

const (
	handNone handKind = iota
	handPan
	handDraw
	handStart // drags a span's start
	handEnd   // drags its end
	handWhole // drags all of it
	handOverview
)

const (
	edgeReach float32 = 5 // how near to an edge counts as on it
	clickSlop float32 = 3 // how far a click may wander
)

// hand is the mouse gesture under way.
type hand struct {
	kind       handKind
	button     desktop.MouseButton
	modifiers  fyne.KeyModifier
	at         fyne.Position // of the press
	began      bool          // has wandered further than a click
	span       string        // what was pressed
	open       bool          // the pressed span is in a lane
	movable    bool
	anchor     float64 // moment of the press
	from       View    // view at the press
	origin     [2]float64
	start, end float64 // of the span now
}

// moving reports whether a span follows the mouse.
func (h *hand) moving() bool {
	return h.began && (h.kind == handStart || h.kind == handEnd || h.kind == handWhole)
}

// part is what of a span lies under the pointer.
type part int

const (
	partNone part = iota
	partStart
	partEnd
	partBody
)

// hit finds what lies under the pointer. A chosen span's edges come before
// those of others, and edges before bodies.
func (t *Trace) hit(p fyne.Position) (s Span, what part, inLane bool) {
	if t.draw == nil {
		return Span{}, partNone, false
	}
	g := &t.draw.geo
	best := partNone
	for i := range t.lanes {
		lane := &t.lanes[i]
		over := i < len(g.lanes) && g.lanes[i].holds(p)
		if !over && (!lane.Bands || !g.plot.holds(p)) {
			continue
		}
		for _, c := range lane.visible(t.view) {
			if over {
				if y, h := lane.slot(c, g.lanes[i].y, g.lanes[i].h); lane.rows > 1 && (p.Y < y || p.Y > y+h) {
					continue
				}
			}
			found := t.touch(g, c, p.X)
			if found == partNone || (found != partBody && !c.Movable && best != partNone) {
				continue
			}
			if found != partBody && !c.Movable {
				found = partBody
			}
			better := best == partNone || (best == partBody && found != partBody) || (c.Selected && !s.Selected && found != partBody)
			if better || (found == partBody && best == partBody) {
				s, best, inLane = c, found, over
			}
		}
	}
	return s, best, inLane
}

func (t *Trace) touch(g *geometry, s Span, x float32) part {
	x0, x1 := g.xOf(t.view, s.Start), g.xOf(t.view, s.End)
	// The inner reach shrinks on narrow spans so that the body can be caught.
	inner := min(edgeReach, (x1-x0)/4)
	switch {
	case x >= x0-edgeReach && x <= x0+inner:
		return partStart
	case x >= x1-inner && x <= x1+edgeReach:
		return partEnd
	case x > x0 && x < x1:
		return partBody
	}
	return partNone
}

// press begins a gesture.
func (t *Trace) press(p fyne.Position, button desktop.MouseButton, modifiers fyne.KeyModifier) {
	if t.draw == nil || t.cfg.Still {
		return
	}
	g := &t.draw.geo
	h := hand{button: button, modifiers: modifiers, at: p, from: t.view, anchor: g.timeAt(t.view, p.X)}
	switch {
	case g.overview.holds(p) && button == desktop.MouseButtonPrimary:
		h.kind = handOverview
		at := t.overviewTime(p.X)
		if at < t.view.Start || at > t.view.End {
			t.show(View{Start: at - t.view.Span()/2, End: at + t.view.Span()/2})
			h.from = t.view
		}
		h.anchor = at
	case p.X < g.plot.x || p.Y > g.axis.bottom():
	case button == desktop.MouseButtonSecondary:
		if g.plot.holds(p) {
			h.kind = handDraw
		}
		if s, what, inLane := t.hit(p); what != partNone {
			h.span, h.open = s.ID, inLane
		}
	default:
		t.pressPrimary(&h, p)
	}
	t.hand = h
}

func (t *Trace) pressPrimary(h *hand, p fyne.Position) {
	s, what, inLane := t.hit(p)
	h.kind = handPan
	if what != partNone {
		h.span, h.open, h.movable = s.ID, inLane, s.Movable
		h.origin = [2]float64{s.Start, s.End}
		h.start, h.end = s.Start, s.End
	}
	switch {
	case what == partStart && s.Movable:
		h.kind = handStart
	case what == partEnd && s.Movable:
		h.kind = handEnd
	case what == partBody && s.Movable && (inLane || s.Selected && t.armed != nil):
		h.kind = handWhole
	case t.armed != nil && t.draw.geo.plot.holds(p):
		h.kind = handDraw
	}
}

// wander follows the pointer with a button down.
func (t *Trace) wander(p fyne.Position) {
	h := &t.hand
	if h.kind == handNone || t.draw == nil {
		return
	}
	if !h.began && abs(p.X-h.at.X) < clickSlop && abs(p.Y-h.at.Y) < clickSlop {
		return
	}
	h.began = true
	g := &t.draw.geo
	x := min(max(p.X, g.plot.x), g.plot.right())
	at := g.timeAt(t.view, x)
	switch h.kind {
	case handPan:
		by := float64((p.X-h.at.X)/max(g.plot.w, 1)) * h.from.Span()
		t.show(t.panned(h.from, -by))
		return
	case handOverview:
		t.show(h.from.Pan(t.overviewTime(p.X) - h.anchor))
		return
	case handDraw:
		h.start, h.end = t.snap(min(h.anchor, at)), t.snap(max(h.anchor, at))
	case handStart:
		h.start = min(t.snap(at), h.end)
		at = h.start
	case handEnd:
		h.end = max(t.snap(at), h.start)
		at = h.end
	case handWhole:
		length := h.origin[1] - h.origin[0]
		h.start = t.snap(min(max(h.origin[0]+at-h.anchor, t.whole.Start), t.whole.End-length))
		h.end = h.start + length
		at = h.start
	}
	if over := p.X - x; over != 0 { // beyond an edge: bring more into view
		t.show(t.view.Pan(t.view.Span() * float64(over/max(g.plot.w, 1)) / 4))
	}
	t.SetCursor(at)
	t.draw.placeSpans()
}

// letGo ends the gesture.
func (t *Trace) letGo(p fyne.Position) {
	h := t.hand
	t.hand = hand{}
	if t.draw == nil || h.kind == handNone && h.span == "" {
		return
	}
	defer t.draw.placeSpans()
	if !h.began {
		t.click(h, p)
		return
	}
	switch h.kind {
	case handPan, handOverview:
		t.remember()
	case handDraw:
		if t.cfg.OnDraw != nil && h.end >= h.start {
			t.cfg.OnDraw(h.start, h.end)
		}
	case handStart, handEnd, handWhole:
		if t.cfg.OnMove != nil && (h.start != h.origin[0] || h.end != h.origin[1]) {
			t.cfg.OnMove(h.span, h.start, h.end)
		}
	}
}

func (t *Trace) click(h hand, p fyne.Position) {
	switch {
	case h.kind == handOverview:
		t.remember()
	case h.span != "" && t.cfg.OnPick != nil:
		t.cfg.OnPick(h.span, h.modifiers)
	case t.cfg.OnClick != nil:
		t.cfg.OnClick(t.draw.geo.timeAt(t.view, p.X))
	}
}

// giveUp drops the gesture and reports whether there was one.
func (t *Trace) giveUp() bool {
	if !t.hand.began {
		return false
	}
	view := t.hand.from
	panned := t.hand.kind == handPan || t.hand.kind == handOverview
	t.hand = hand{}
	if panned {
		t.show(view)
	}
	if t.draw != nil {
		t.draw.placeSpans()
	}
	return true
}

func (t *Trace) snap(at float64) float64 {
	at = min(max(at, t.whole.Start), t.whole.End)
	if t.cfg.Snap == nil {
		return at
	}
	return t.cfg.Snap(at, t.cfg.Modifiers()&fyne.KeyModifierControl != 0)
}

func (t *Trace) overviewTime(x float32) float64 {
	o := t.draw.geo.overview
	return t.whole.Time(float64(x-o.x), float64(max(o.w, 1)))
}

func abs(v float32) float32 { return max(v, -v) }

// Cursor is the pointer that fits what lies under it.
func (t *Trace) Cursor() desktop.Cursor {
	p := t.hover
	if t.draw == nil || t.cfg.Still {
		return desktop.DefaultCursor
	}
	if s, what, _ := t.hit(p); what != partNone && what != partBody && s.Movable {
		return desktop.HResizeCursor
	}
	if t.armed != nil && t.draw.geo.plot.holds(p) {
		return desktop.CrosshairCursor
	}
	return desktop.DefaultCursor
}

// plotBounds is where the tracks lie in the widget, for a test that drives the
// real mouse.
func (t *Trace) plotBounds() (x, y, w, h float32) {
	if t.draw == nil {
		return 0, 0, 0, 0
	}
	g := t.draw.geo.plot
	return g.x, g.y, g.w, g.h
}

// DumpState is what the trace shows, as plain values.
func (t *Trace) DumpState() map[string]any {
	x, y, w, h := t.plotBounds()
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(t)
	lanes := []map[string]any{}
	for i, l := range t.lanes {
		lane := map[string]any{"name": l.Name, "spans": len(l.Spans)}
		if t.draw != nil && i < len(t.draw.geo.lanes) {
			b := t.draw.geo.lanes[i]
			lane["y"], lane["h"] = at.Y+b.y, b.h
		}
		lanes = append(lanes, lane)
	}
	return map[string]any{
		"view": []float64{t.view.Start, t.view.End}, "length": t.whole.End,
		"cursor": t.cursor, "has_cursor": t.hasCursor, "armed": t.armed != nil,
		"tracks": len(t.tracks), "loaded": t.Loaded(), "focused": t.focused,
		"plot":  map[string]any{"x": at.X + x, "y": at.Y + y, "w": w, "h": h},
		"lanes": lanes, "dark": theme.IsDark(), "frames": t.frames.dump(),
	}
}
