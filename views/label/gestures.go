package label

import (
	"fyne.io/fyne/v2/lang"

	"onset/views/room"
)

var _ room.Gesturer = (*Label)(nil)

// Gestures are the keys and the ways of the mouse that belong to the trace: no
// command can have them.
func (l *Label) Gestures() []room.Gesture {
	return []room.Gesture{
		{Keys: lang.L("Left, Right"), Name: lang.L("Move the cursor by 0.1 s")},
		{Keys: lang.L("Shift+Left, Right"), Name: lang.L("Move the cursor by one sample")},
		{Keys: lang.L("Ctrl+Left, Right"), Name: lang.L("Move the cursor by one second")},
		{Keys: lang.L("Up, Down"), Name: lang.L("Zoom in or out at the cursor")},
		{Keys: "+, -", Name: lang.L("Zoom in or out at the cursor")},
		{Keys: lang.L("Home, End"), Name: lang.L("Go to the start or the end of the session")},
		{Keys: lang.L("PgUp, PgDn"), Name: lang.L("Go a screen back or on")},
		{Keys: lang.L("Esc"), Name: lang.L("Let go: first the choice, then the exercise, then the trace")},
		{Keys: lang.L("Wheel"), Name: lang.L("Zoom at the pointer")},
		{Keys: lang.L("Shift+wheel"), Name: lang.L("Move the view, as does a sideways wheel")},
		{Keys: lang.L("Ctrl+wheel"), Name: lang.L("Zoom the values of the track under the pointer")},
		{Keys: lang.L("Drag"), Name: lang.L("Move the view; with an exercise armed, draw a label")},
		{Keys: lang.L("Right drag"), Name: lang.L("Move the view, also with an exercise armed")},
		{Keys: lang.L("Drag an edge"), Name: lang.L("Move a label's start or end")},
		{Keys: lang.L("Drag a label"), Name: lang.L("Move the label, or all that are chosen")},
		{Keys: lang.L("Ctrl in a drag"), Name: lang.L("Do not snap to where movement begins or ends")},
		{Keys: lang.L("Esc in a drag"), Name: lang.L("Leave everything as it was")},
		{Keys: lang.L("Click"), Name: lang.L("Choose a label; with Ctrl or Shift one more")},
		{Keys: lang.L("Double click"), Name: lang.L("Describe the label")},
		{Keys: lang.L("Drag below"), Name: lang.L("Move the view on the strip of the whole session")},
	}
}

// fixedKey reports whether a key belongs to the trace.
func fixedKey(key string) bool {
	switch key {
	case "Left", "Right", "Up", "Down", "Home", "End", "Prior", "Next", "+", "-", "=":
		return true
	}
	return false
}
