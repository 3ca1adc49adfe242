package label

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"onset/app"
	"onset/views/parts"
	"onset/views/task"
)

// putPreferences keeps preferences off the interface's goroutine.
func (l *Label) putPreferences(p app.Preferences) {
	task.Do(l.runner, func(context.Context) error { return l.source.SetPreferences(p) }, func(err error) {
		if err != nil {
			l.fail(err)
		}
	})
}

// keyCatcher takes one key and says which it was, as the keymap writes it.
type keyCatcher struct {
	widget.BaseWidget
	got func(key string, given bool)
}

var _ fyne.Focusable = (*keyCatcher)(nil)

// CreateRenderer is for the toolkit: nothing is seen.
func (k *keyCatcher) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(parts.NewFill(""))
}

// FocusGained is for the toolkit.
func (k *keyCatcher) FocusGained() {}

// FocusLost gives up.
func (k *keyCatcher) FocusLost() {
	if k.got != nil {
		k.got("", false)
	}
}

// TypedRune takes a key that types something.
func (k *keyCatcher) TypedRune(r rune) {
	if k.got == nil {
		return
	}
	key := strings.ToUpper(string(r))
	if key == string(r) && strings.ToLower(key) != key {
		key = "Shift+" + key
	}
	k.got(key, true)
}

// TypedKey takes a key that types nothing.
func (k *keyCatcher) TypedKey(e *fyne.KeyEvent) {
	if k.got == nil || len([]rune(string(e.Name))) == 1 {
		return
	}
	switch e.Name {
	case fyne.KeyEscape:
		k.got("", false)
	case fyne.KeyDelete, fyne.KeyBackspace:
		k.got("", true)
	case fyne.KeyReturn, fyne.KeyEnter:
		k.got("Enter", true)
	case fyne.KeySpace:
	default:
		k.got(string(e.Name), true)
	}
}
