package shell

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/views/library"
	"onset/views/parts"
	"onset/views/room"
)

// bare is a room with one sentence.
type bare struct{ content fyne.CanvasObject }

func (b bare) Content() fyne.CanvasObject { return b.content }
func (b bare) Shown()                     {}
func (b bare) Hidden()                    {}

func (s *Shell) empty(title, sentence string, actions ...fyne.CanvasObject) room.Room {
	return bare{parts.Empty(title, sentence, actions...)}
}

func (s *Shell) makeLibrary() room.Room {
	return library.New(s.bench, library.Actions{
		Import:  s.importFolder,
		Label:   func(v dataset.SessionSummary) { s.openSession("label", v) },
		Replay:  func(v dataset.SessionSummary) { s.openSession("replay", v) },
		Confirm: s.confirm,
		Error:   s.showError,
		Focus:   s.window.Canvas().Focus,
	}, nil, s.runner)
}

// openSession shows a session in the label or the replay room.
func (s *Shell) openSession(id string, v dataset.SessionSummary) {
	s.session = v
	s.showRoom(id)
	s.refresh()
}

func (s *Shell) makeLabel() room.Room {
	return s.empty(lang.L("No session is open"), lang.L("Choose one in the library."),
		parts.NewPrimary(lang.L("Library"), "Ctrl 1", func() { s.showRoom("library") }))
}
func (s *Shell) makeTrain() room.Room   { return s.makeLabel() }
func (s *Shell) makeCompare() room.Room { return s.makeLabel() }
func (s *Shell) makeReplay() room.Room  { return s.makeLabel() }
func (s *Shell) makeDevices() room.Room { return s.makeLabel() }
