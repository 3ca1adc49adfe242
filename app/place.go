package app

import (
	"slices"

	"onset/dataset"
)

// Place is where a person was in a study, so that they find themselves there
// again when it is next opened.
type Place struct {
	Room    string            `json:"room"` // the screen's id, such as "label"
	Session dataset.SessionID `json:"session,omitempty"`
	View
}

// View is what of a session was seen on a screen that shows one.
type View struct {
	From   float64  `json:"from,omitempty"` // seconds from the session's start
	To     float64  `json:"to,omitempty"`
	Cursor float64  `json:"cursor,omitempty"`
	Set    string   `json:"set,omitempty"`    // label set that was worked on
	Tracks []string `json:"tracks,omitempty"` // shown, in order, by id
}

func (p Place) same(o Place) bool {
	tracks := slices.Equal(p.Tracks, o.Tracks)
	return tracks && p.Room == o.Room && p.Session == o.Session && p.From == o.From && p.To == o.To && p.Cursor == o.Cursor && p.Set == o.Set
}

// Place is where the person was in the open study; the zero Place when that is
// not known.
func (w *Workbench) Place() Place {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.memory.data.Recent {
		if w.open != nil && r.Path == w.state.Path && r.Place != nil {
			return *r.Place
		}
	}
	return Place{}
}

// SetPlace keeps where the person is in a study, for the next time. path says
// which study is meant, since it may have been closed meanwhile.
func (w *Workbench) SetPlace(path string, p Place) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.memory.data.Recent {
		r := &w.memory.data.Recent[i]
		if r.Path != path {
			continue
		}
		if r.Place != nil && r.Place.same(p) {
			return nil
		}
		r.Place = &p
		return w.memory.save()
	}
	return nil
}
