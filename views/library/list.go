package library

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// sessionList is the table's body: a list in which the arrow keys select at
// once.
type sessionList struct {
	widget.List
	library *Library
	marking bool
	focused bool
}

// FocusGained notes that keys come straight here.
func (s *sessionList) FocusGained() {
	s.focused = true
	s.List.FocusGained()
}

// FocusLost is the counterpart of FocusGained.
func (s *sessionList) FocusLost() {
	s.focused = false
	s.List.FocusLost()
}

func newSessionList(l *Library) *sessionList {
	s := &sessionList{library: l}
	s.Length = func() int { return len(l.table.shown) }
	s.CreateItem = func() fyne.CanvasObject { return newSessionRow(l.press) }
	s.UpdateItem = func(i widget.ListItemID, o fyne.CanvasObject) {
		o.(*sessionRow).set(i, l.table.at(i), l.several() && l.choice.holds(l.table.at(i).summary.ID))
	}
	s.OnSelected = func(i widget.ListItemID) {
		if !s.marking {
			l.choose(i)
		}
	}
	s.ExtendBaseWidget(s)
	return s
}

// mark shows row i as chosen without choosing it again.
func (s *sessionList) mark(i int) {
	s.marking = true
	s.Select(i)
	s.marking = false
}

// pageRows is how far Page Up and Page Down go.
const pageRows = 15

// TypedKey moves the selection or acts on it.
func (s *sessionList) TypedKey(e *fyne.KeyEvent) {
	l := s.library
	at := l.table.index(l.choice.front)
	last := len(l.table.shown) - 1
	switch e.Name {
	case fyne.KeyDown:
		l.move(min(at+1, last))
	case fyne.KeyUp:
		l.move(max(at-1, 0))
	case fyne.KeyPageDown:
		l.move(min(at+pageRows, last))
	case fyne.KeyPageUp:
		l.move(max(at-pageRows, 0))
	case fyne.KeyHome:
		l.move(0)
	case fyne.KeyEnd:
		l.move(last)
	case fyne.KeyReturn, fyne.KeyEnter:
		if v, ok := l.summary(); ok && l.actions.Label != nil {
			l.actions.Label(v)
		}
	case fyne.KeyDelete:
		l.remove()
	case fyne.KeyEscape:
		if l.several() {
			l.choose(at)
			return
		}
		l.filter.SetText("")
	default:
		if s.focused && l.actions.Key != nil { // otherwise the window has seen it already
			l.actions.Key(e)
		}
	}
}

// TypedRune runs a letter's command.
func (s *sessionList) TypedRune(r rune) {
	l := s.library
	switch r {
	case '/':
		l.actions.Focus(l.filter)
	case 'r', 'R':
		if v, ok := l.summary(); ok && l.actions.Replay != nil {
			l.actions.Replay(v)
		}
	}
}
