// Package room names what the shell may ask of a screen. A screen implements
// Room and whichever of the other interfaces it can honour; the shell checks
// for them and shows, hides or enables its menu entries accordingly. The shell
// knows nothing else about a screen.
package room

import (
	"fyne.io/fyne/v2"

	"onset/app"
)

// Room is a screen of the workbench.
type Room interface {
	// Content is the screen. It is made once and kept.
	Content() fyne.CanvasObject
	// Shown is called on the interface goroutine each time the screen comes to
	// the front, Hidden when it leaves.
	Shown()
	Hidden()
}

// Undoer is a room whose last action can be taken back.
type Undoer interface {
	Undo()
	Redo()
	// CanUndo names what Undo and Redo would take back or repeat; empty when
	// there is nothing. It must not block.
	CanUndo() (undo, redo string)
}

// Saver is a room that tells how many of a person's changes are not durable yet.
type Saver interface {
	// SetSaving is told of tell, which is called on the interface goroutine whenever
	// that number may have changed.
	SetSaving(tell func(waiting int))
}

// Settler is a room that makes a person's actions durable in the background.
// The shell waits for it before the study is closed or another is opened.
type Settler interface {
	// Settle calls then on the interface goroutine when nothing is waiting.
	Settle(then func())
}

// Exporter is a room that can write what it shows to a file.
type Exporter interface {
	// Exports lists the choices, such as "Figure as SVG".
	Exports() []Export
}

// Export is one thing that can be written.
type Export struct {
	Name      string // as shown, already translated
	Extension string // with the dot, such as ".svg"
	Suggested string // file name without a folder
	// About says what is written and where, already translated; empty where it is
	// one file of what is on the screen.
	About string
	// Write writes the file. It is called away from the interface goroutine.
	Write func(path string) error
	// Lost says what the file just written could not hold; nil where it holds all.
	Lost func() []string
}

// Searcher is a room whose contents can be narrowed by a search text.
type Searcher interface {
	Search(text string)
}

// KeyHandler takes the keys that no focused widget wanted. The shell passes
// them on only while the room is in front.
type KeyHandler interface {
	TypedKey(*fyne.KeyEvent)
	TypedRune(rune)
}

// Commander adds entries to the command palette.
type Commander interface {
	Commands() []Command
}

// Command is an action that a person can find by its name.
type Command struct {
	ID   string // stays the same across versions and languages, such as "label.onset"
	Name string // as shown, already translated
	Keys string // such as "Ctrl+Z" or "Enter"; empty when none
	Run  func() // called on the interface goroutine
}

// Gesturer tells of keys and of the mouse's ways that are no commands, for the list
// of keys.
type Gesturer interface {
	Gestures() []Gesture
}

// Gesture is what a key or the mouse does of itself.
type Gesture struct {
	Keys string // such as "Shift+wheel", already translated
	Name string // what it does
}

// StateDumper tells a test run what the room shows, as plain values that
// encode to JSON.
type StateDumper interface {
	DumpState() map[string]any
}

// Returner is a room that shows a part of a session and can be brought back to
// it after a restart.
type Returner interface {
	// Spot is what is seen now; ok is false while nothing is.
	Spot() (v app.View, ok bool)
	// Return shows it again, once the session that the room was last told to open
	// is there.
	Return(v app.View)
}

// Follower is a room that wants to know of changed preferences, such as another
// rater.
type Follower interface {
	PreferencesChanged()
}

// Status is a room with something to say in the status line.
type Status interface {
	// SetStatus gives the room a way to show a sentence; urgent ones are errors.
	SetStatus(show func(sentence string, urgent bool))
}

// Chooser is a room with a list of which all can be chosen at once.
type Chooser interface {
	ChooseAll()
}
