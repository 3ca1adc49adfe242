package trace

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

var (
	_ fyne.Draggable      = (*Trace)(nil)
	_ fyne.Scrollable     = (*Trace)(nil)
	_ fyne.Focusable      = (*Trace)(nil)
	_ fyne.Tabbable       = (*Trace)(nil)
	_ fyne.Shortcutable   = (*Trace)(nil)
	_ fyne.DoubleTappable = (*Trace)(nil)
	_ desktop.Mouseable   = (*Trace)(nil)
	_ desktop.Keyable     = (*Trace)(nil)
	_ desktop.Hoverable   = (*Trace)(nil)
	_ desktop.Cursorable  = (*Trace)(nil)
)

func driverModifiers() fyne.KeyModifier {
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok {
		return d.CurrentKeyModifiers()
	}
	return 0
}

// MouseDown begins a gesture and takes the focus.
func (t *Trace) MouseDown(e *desktop.MouseEvent) {
	if t.cfg.Still {
		return
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(t); c != nil && c.Focused() != t {
		c.Focus(t)
	}
	t.press(e.Position, e.Button, e.Modifier)
}

// MouseUp ends it.
func (t *Trace) MouseUp(e *desktop.MouseEvent) {
	if t.hand.button == e.Button {
		t.letGo(e.Position)
	}
}

// Dragged follows the pointer with the first button down. A drag that no press
// announced begins where it came from.
func (t *Trace) Dragged(e *fyne.DragEvent) {
	if t.cfg.Still {
		return
	}
	if t.hand.button == 0 {
		t.press(e.Position.SubtractXY(e.Dragged.DX, e.Dragged.DY), desktop.MouseButtonPrimary, t.cfg.Modifiers())
	}
	t.wander(e.Position)
}

// DragEnd ends a gesture whose release was not seen.
func (t *Trace) DragEnd() {
	if t.hand.button != 0 {
		t.letGo(t.hand.at)
	}
}

// MouseIn follows the pointer.
func (t *Trace) MouseIn(e *desktop.MouseEvent) { t.MouseMoved(e) }

// MouseMoved moves the cursor, or what the second button drags. That button may
// have been released elsewhere.
func (t *Trace) MouseMoved(e *desktop.MouseEvent) {
	if t.cfg.Still || t.draw == nil {
		return
	}
	if t.hand.button == desktop.MouseButtonSecondary {
		if e.Button&desktop.MouseButtonSecondary == 0 {
			t.letGo(e.Position)
			return
		}
		t.wander(e.Position)
		return
	}
	t.hover = e.Position
	g := &t.draw.geo
	if g.plot.holds(e.Position) || g.laneArea.holds(e.Position) || g.axis.holds(e.Position) {
		t.SetCursor(g.timeAt(t.view, e.Position.X))
	}
}

// MouseOut leaves the cursor where it is.
func (t *Trace) MouseOut() {}

// DoubleTapped opens a span, or fits the session.
func (t *Trace) DoubleTapped(e *fyne.PointEvent) {
	if t.cfg.Still || t.draw == nil {
		return
	}
	if s, what, _ := t.hit(e.Position); what != partNone {
		if t.cfg.OnOpen != nil {
			t.cfg.OnOpen(s.ID)
		}
	}
}

// Scrolled zooms at the pointer; with Shift, or sideways, it pans; with Ctrl it
// zooms the values of the track under the pointer. Over lanes that have no room all
// at once it scrolls them.
func (t *Trace) Scrolled(e *fyne.ScrollEvent) {
	if t.cfg.Still || t.draw == nil || len(t.tracks) == 0 {
		return
	}
	g := &t.draw.geo
	dx, dy := float64(e.Scrolled.DX), float64(e.Scrolled.DY)
	pixel := t.view.Span() / float64(max(g.plot.w, 1))
	modifiers := t.cfg.Modifiers()
	switch {
	case modifiers == 0 && dy != 0 && g.folded > 0 && g.laneArea.y <= e.Position.Y && e.Position.Y < g.laneArea.bottom():
		by := 1
		if dy > 0 {
			by = -1
		}
		t.scrollLanes(by)
	case modifiers&fyne.KeyModifierShift != 0:
		t.show(t.panned(t.view, -(dx+dy)*4*pixel))
		t.rememberScroll()
	case math.Abs(dx) > math.Abs(dy):
		t.show(t.panned(t.view, -dx*2*pixel))
		t.rememberScroll()
	case modifiers&fyne.KeyModifierControl != 0:
		t.zoomValues(e.Position, math.Pow(1.2, -dy/25))
	default:
		at := g.timeAt(t.view, max(e.Position.X, g.plot.x))
		if g.overview.holds(e.Position) {
			at = t.overviewTime(e.Position.X)
		}
		t.show(t.view.Zoom(at, math.Pow(1.25, -dy/25)))
		t.rememberScroll()
	}
}

func (t *Trace) zoomValues(p fyne.Position, factor float64) {
	for i, b := range t.draw.geo.tracks {
		if b.holds(p) {
			k := t.tracks[i]
			k.zoom = min(max(k.zoom*factor, 1e-3), 8)
			if math.Abs(k.zoom-1) < 0.05 {
				k.zoom = 1
			}
			t.draw.placeTracks()
			t.draw.tracks[i].raster.Refresh()
		}
	}
}

// FocusGained shows the focus.
func (t *Trace) FocusGained() { t.setFocus(true) }

// FocusLost hides it. A key that is still down is released elsewhere.
func (t *Trace) FocusLost() {
	t.setFocus(false)
	t.KeyUp(nil)
}

// KeyDown tells of a key's first press; what it repeats comes as typed keys.
func (t *Trace) KeyDown(e *fyne.KeyEvent) {
	if t.cfg.OnKeyDown != nil {
		t.cfg.OnKeyDown(e)
	}
}

// KeyUp tells of its release; nil is that of every key.
func (t *Trace) KeyUp(e *fyne.KeyEvent) {
	if t.cfg.OnKeyUp != nil {
		t.cfg.OnKeyUp(e)
	}
}

func (t *Trace) setFocus(focused bool) {
	t.focused = focused
	if t.draw != nil {
		t.draw.placeFocus()
	}
}

// AcceptsTab keeps Tab for walking through spans; Escape leaves the trace.
func (t *Trace) AcceptsTab() bool { return t.cfg.OnKey != nil }

// TypedShortcut takes Ctrl with an arrow and hands every other on.
func (t *Trace) TypedShortcut(s fyne.Shortcut) {
	if t.cfg.OnShortcut != nil && t.cfg.OnShortcut(s) {
		return
	}
	if c, ok := s.(*desktop.CustomShortcut); ok && c.Modifier == fyne.KeyModifierControl && t.step(c.KeyName, c.Modifier) {
		return
	}
	if c, ok := fyne.CurrentApp().Driver().CanvasForObject(t).(fyne.Shortcutable); ok {
		c.TypedShortcut(s)
	}
}

// TypedKey moves the cursor and the view.
func (t *Trace) TypedKey(e *fyne.KeyEvent) {
	modifiers := t.cfg.Modifiers()
	if e.Name == fyne.KeyEscape && t.giveUp() {
		return
	}
	if t.cfg.OnKey != nil && t.cfg.OnKey(e, modifiers) {
		return
	}
	if t.step(e.Name, modifiers) {
		return
	}
	if e.Name == fyne.KeyEscape && t.focused {
		if c := fyne.CurrentApp().Driver().CanvasForObject(t); c != nil {
			c.Unfocus()
		}
	}
}

// TypedRune zooms and walks through earlier views.
func (t *Trace) TypedRune(r rune) {
	if t.cfg.OnRune != nil && t.cfg.OnRune(r) {
		return
	}
	switch r {
	case 'f', 'F', '0':
		t.Fit()
	case 'z':
		t.Back()
	case 'Z':
		t.Forth()
	case '+', '=':
		t.zoom(t.middle(), 1/1.5)
	case '-':
		t.zoom(t.middle(), 1.5)
	}
}

// middle is what the keyboard zooms about: the cursor where it is in view.
func (t *Trace) middle() float64 {
	if t.hasCursor && t.cursor >= t.view.Start && t.cursor <= t.view.End {
		return t.cursor
	}
	return (t.view.Start + t.view.End) / 2
}

// step moves the cursor: 100 ms with an arrow, a sample with Shift, a second
// with Ctrl, a screen with Page Up and Down.
func (t *Trace) step(key fyne.KeyName, modifiers fyne.KeyModifier) bool {
	span := t.view.Span()
	by := 0.1
	switch {
	case modifiers&fyne.KeyModifierControl != 0:
		by = 1
	case modifiers&fyne.KeyModifierShift != 0:
		by = t.SampleStep()
	}
	from := t.middle()
	switch key {
	case fyne.KeyLeft:
		t.GoTo(from - by)
	case fyne.KeyRight:
		t.GoTo(from + by)
	case fyne.KeyUp:
		t.zoom(from, 1/1.5)
	case fyne.KeyDown:
		t.zoom(from, 1.5)
	case fyne.KeyHome:
		t.GoTo(t.whole.Start)
	case fyne.KeyEnd:
		t.GoTo(t.whole.End)
	case fyne.KeyPageUp:
		t.SetView(t.view.Pan(-span))
		t.SetCursor(from - span)
	case fyne.KeyPageDown:
		t.SetView(t.view.Pan(span))
		t.SetCursor(from + span)
	default:
		return false
	}
	if t.cfg.OnStep != nil && key != fyne.KeyUp && key != fyne.KeyDown {
		t.cfg.OnStep(t.cursor)
	}
	return true
}
