package label

import (
	"context"
	"errors"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"onset/app"
	"onset/dataset"
	"onset/views/theme"
)

// full is a study on a disk that takes nothing while it is full.
type full struct {
	Source
	full bool
}

func (f *full) Apply(ctx context.Context, e dataset.Edit) error {
	if f.full {
		return errors.New("the disk is full")
	}
	return f.Source.Apply(ctx, e)
}

// A write that fails while a key is held is told, and the labels are shown as the
// study holds them. What the key repeats once there is room again is a step of its
// own: taking it back leaves what came before.
func TestAFailedWriteOfAHeldKeyIsToldAndJoinsNothing(t *testing.T) {
	l, _ := open(t, theme.Dark)
	l.as(t, app.Preferences{Rater: "MK"})
	now := time.Unix(1e9, 0)
	l.actions.Now = func() time.Time { return now }
	told := 0
	l.actions.Error = func(error) { told++ }
	disk := &full{Source: l.source}
	l.source = disk
	l.trace.SetCursor(52)
	l.press("1", "Return")
	start := l.stored(t)[0].Start

	disk.full = true
	l.trace.KeyDown(&fyne.KeyEvent{Name: fyne.KeyLeftBracket})
	l.press("[")
	if told == 0 {
		t.Error("nobody is told that the label could not be saved")
	}
	if x, ok := l.editor.Find(l.stored(t)[0].ID); !ok || x.Start != start {
		t.Errorf("%v is shown, the study holds %d", x.Start, start)
	}
	disk.full = false
	for range 5 {
		now = now.Add(heldEvery)
		l.press("[")
	}
	l.trace.KeyUp(&fyne.KeyEvent{Name: fyne.KeyLeftBracket})
	if got := l.stored(t)[0].Start; got != start-5 {
		t.Fatalf("stored at %d, want %d", got, start-5)
	}
	l.Undo()
	if left := l.stored(t); len(left) == 0 || left[0].Start != start {
		t.Errorf("taking the hold back leaves %v; the label was set before it", left)
	}
}
