package shell

import (
	"onset/views/library"
	"onset/views/room"
)

// show opens room i.
func (s *Shell) show(i int) {
	if !s.bench.Current().Open || i == s.current || i < 0 || i >= len(s.places) {
		return
	}
	p := s.places[i]
	s.takeChosen()
	if p.room == nil {
		p.room = p.make()
		if st, ok := p.room.(room.Status); ok {
			st.SetStatus(func(sentence string, urgent bool) { s.roomSays(p, sentence, urgent) })
		}
		if sv, ok := p.room.(room.Saver); ok {
			sv.SetSaving(s.saving)
		}
		s.stage.Add(p.room.Content())
	}
	s.leave()
	s.welcome.object.Hide()
	s.current = i
	s.status.say("", false)
	p.room.Content().Show()
	s.rail.show(i)
	p.room.Shown()
	s.stage.Refresh() // showing alone paints nothing
	s.refresh()
	s.keepPlace()
}

// takeChosen makes the session that is chosen in the library the one that rooms
// show, where none has been opened yet.
func (s *Shell) takeChosen() {
	l, ok := s.front().(*library.Library)
	if !ok || s.session.ID != "" {
		return
	}
	v, ok := l.Chosen()
	if !ok {
		return
	}
	s.session = v
	for _, p := range s.places {
		if o, ok := p.room.(opener); ok {
			o.Open(v.ID)
		}
	}
}

// showRoom opens a room by its id.
func (s *Shell) showRoom(id string) {
	for i, p := range s.places {
		if p.id == id {
			s.show(i)
		}
	}
}

// leave hides the open room, which leaves the welcome screen.
func (s *Shell) leave() {
	if s.current >= 0 {
		p := s.places[s.current]
		p.room.Content().Hide()
		p.room.Hidden()
	}
	s.current = -1
	s.rail.show(-1)
	s.status.say("", false)
	if !s.palette.visible() { // one that opened while the window starts is being typed into
		s.window.Canvas().Unfocus()
	}
	s.welcome.object.Show()
	s.stage.Refresh()
}

// front is the open room, nil on the welcome screen.
func (s *Shell) front() room.Room {
	if s.current < 0 {
		return nil
	}
	return s.places[s.current].room
}
