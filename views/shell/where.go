package shell

import (
	"context"

	"onset/app"
	"onset/dataset"
	"onset/views/room"
	"onset/views/task"
)

// place is where the person is now.
func (s *Shell) place() app.Place {
	if s.current < 0 {
		return app.Place{}
	}
	p := app.Place{Room: s.places[s.current].id, Session: s.session.ID}
	if r, ok := s.front().(room.Returner); ok {
		if v, seen := r.Spot(); seen {
			p.View = v
		}
	}
	return p
}

// keepPlace remembers where the person is, one writing at a time: a place that
// changes while it is written is written again with the next change.
func (s *Shell) keepPlace() {
	if s.current < 0 || s.placing || s.returning != nil || s.ending {
		return
	}
	s.placing = true
	place, path := s.place(), s.path
	task.Do(s.runner, func(context.Context) error { return s.bench.SetPlace(path, place) }, func(error) {
		s.placing = false // a place that was not kept costs the person nothing they made
	})
}

// goBack shows the room, the session and the view where a person was.
func (s *Shell) goBack(p app.Place) {
	if p.Session == "" || p.Room != "label" && p.Room != "replay" {
		s.showPlace(p.Room)
		return
	}
	s.returning = &p
	task.Run(s.others, func(ctx context.Context) ([]dataset.SessionSummary, error) { return s.bench.Sessions(ctx) },
		func(list []dataset.SessionSummary, err error) {
			s.returning = nil
			if s.current >= 0 {
				return // the person went somewhere else meanwhile
			}
			for _, v := range list {
				if err == nil && v.ID == p.Session {
					s.openSession(p.Room, v)
					if r, ok := s.front().(room.Returner); ok && p.To > p.From {
						r.Return(p.View)
					}
					return
				}
			}
			s.showPlace("")
		})
}

// showPlace opens a room by its id, the first where there is no such.
func (s *Shell) showPlace(id string) {
	for i, p := range s.places {
		if p.id == id {
			s.show(i)
			return
		}
	}
	s.show(0)
}
