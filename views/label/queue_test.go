package label

import (
	"reflect"
	"testing"

	"onset/app"
	"onset/views/theme"
)

// Keys may come faster than the disk: edits, undo and redo that all wait for it
// end in what the study holds.
func TestKeysFasterThanTheDiskComeToAnEnd(t *testing.T) {
	s := &split{}
	l, _ := openWith(t, theme.Dark, s.runner())
	s.settle()
	l.as(t, app.Preferences{Rater: "MK"})
	for i, at := range []float64{8, 52, 96.02} {
		l.trace.SetCursor(at)
		l.press([]string{"1", "2", "3"}[i], "Return", "Escape", "Escape")
	}
	l.press("n", "]", "]")
	l.Undo()
	l.Undo()
	l.press("4")
	l.Redo()
	l.Undo()
	l.Undo()
	if !s.settle() {
		t.Fatal("the room never comes to rest")
	}
	if !l.edits.idle() {
		t.Error("the room waits for something")
	}
	shown := l.editor.Labels()
	l.reload(l.session.ID)
	s.settle()
	if stored := l.editor.Labels(); len(stored) == 0 || !reflect.DeepEqual(shown, stored) {
		t.Errorf("shown:\n%+v\nstored:\n%+v", shown, stored)
	}
}
