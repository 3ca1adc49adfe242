package label

import (
	"reflect"
	"slices"
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

// An exercise that is chosen from the catalogue gets a number key, also when the
// usual ones fill them all; no key in use changes its meaning.
func TestAChosenExerciseGetsAKey(t *testing.T) {
	list := slices.Clone(usual)
	for _, id := range []string{"a", "b", "c", "d"} {
		list = withKey(list, id, func(e string) bool { return e == usual[6] })
	}
	want := append(slices.Clone(usual[:4]), "d", "c", usual[6], "a", "b")
	if !slices.Equal(list, want) {
		t.Errorf("keys %v, want %v", list, want)
	}
	own := []string{"1", "2", "3", "4", "5", "6", "7", "8", usual[6]}
	if got := withKey(own, "x", func(string) bool { return false }); !slices.Equal(got[:9], own) {
		t.Errorf("a study's own keys became %v", got)
	}
}
