package labeling

import (
	"slices"

	"onset/dataset"
)

// Load replaces the labels by what the study holds.
func (e *Editor) Load(labels []dataset.Label) {
	e.shelves, e.byID = map[string]*shelf{}, make(map[dataset.LabelID]*entry, len(labels))
	e.places, e.setups = map[place]*onset{}, map[dataset.LabelID]dataset.LabelID{}
	for _, l := range labels {
		x := e.entry(l)
		s := e.shelf(l.Set)
		s.entries = append(s.entries, x)
		s.count(x, 1)
		e.byID[l.ID] = x
	}
	for _, s := range e.shelves {
		slices.SortStableFunc(s.entries, order)
		for _, x := range s.entries {
			e.occupy(x)
		}
	}
	for p := range e.places {
		e.pair(p)
	}
	e.version++
	e.recent = nil
}

func (e *Editor) entry(l dataset.Label) *entry {
	x := &entry{Label: l}
	x.from, x.to = e.Times(l)
	return x
}

// shelf is where the labels of a set lie.
func (e *Editor) shelf(set string) *shelf {
	s, ok := e.shelves[set]
	if !ok {
		s = newShelf()
		e.shelves[set] = s
	}
	return s
}

// Apply takes over an edit that the study has made, or is about to make.
func (e *Editor) Apply(edit dataset.Edit) {
	var changed []dataset.LabelID
	at := map[place]bool{}
	setups := map[string]bool{} // label sets that had setup windows, of those touched
	before := func(set string) {
		if _, known := setups[set]; !known {
			setups[set] = e.shelf(set).kinds[dataset.KindSetup] > 0
		}
	}
	for _, c := range edit.Changes {
		if c.Before == nil {
			continue
		}
		if x, ok := e.byID[c.Before.ID]; ok {
			before(x.Set)
			changed = append(changed, x.ID)
			at[placeOf(&x.Label)] = true
			e.take(x)
		}
	}
	for _, c := range edit.Changes {
		if c.After == nil {
			continue
		}
		before(c.After.Set)
		changed = append(changed, c.After.ID)
		at[placeOf(c.After)] = true
		e.put(e.entry(*c.After))
	}
	for p := range at {
		changed = append(changed, e.pair(p)...)
	}
	e.version++
	e.recent = append(e.recent, changed)
	if len(e.recent) > mostRecent {
		e.recent = e.recent[1:]
	}
	for set, had := range setups {
		if had != (e.shelf(set).kinds[dataset.KindSetup] > 0) {
			e.recent = nil // what SetupEnd says of every other label is another now
		}
	}
}

// Fits reports whether the labels are those that an edit begins from.
func (e *Editor) Fits(edit dataset.Edit) bool {
	for _, c := range edit.Changes {
		switch {
		case c.Before != nil:
			if x, ok := e.byID[c.Before.ID]; !ok || !same(x.Label, *c.Before) {
				return false
			}
		case e.byID[c.After.ID] != nil:
			return false
		}
	}
	return true
}

func (e *Editor) put(x *entry) {
	e.shelf(x.Set).insert(x)
	e.byID[x.ID] = x
	e.occupy(x)
}

func (e *Editor) take(x *entry) {
	e.shelf(x.Set).remove(x)
	delete(e.byID, x.ID)
	delete(e.setups, x.ID)
	if o := e.places[placeOf(&x.Label)]; o != nil {
		o.sets = slices.DeleteFunc(o.sets, func(y *entry) bool { return y == x })
		o.setups = slices.DeleteFunc(o.setups, func(y *entry) bool { return y == x })
	}
}

// occupy notes where a set or a setup window begins.
func (e *Editor) occupy(x *entry) {
	if x.Kind != dataset.KindExercise && x.Kind != dataset.KindSetup {
		return
	}
	p := placeOf(&x.Label)
	o := e.places[p]
	if o == nil {
		o = &onset{}
		e.places[p] = o
	}
	if x.Kind == dataset.KindSetup {
		o.setups = append(o.setups, x)
	} else {
		o.sets = append(o.sets, x)
	}
}

// pair finds which setup window of a place belongs to which set: each to one set
// only. It returns the sets.
func (e *Editor) pair(p place) []dataset.LabelID {
	o := e.places[p]
	if o == nil {
		return nil
	}
	if len(o.sets)+len(o.setups) == 0 {
		delete(e.places, p)
	}
	var sets []dataset.LabelID
	for i, x := range o.sets {
		sets = append(sets, x.ID)
		if i < len(o.setups) {
			e.setups[x.ID] = o.setups[i].ID
		} else {
			delete(e.setups, x.ID)
		}
	}
	return sets
}

// Version counts how often the labels have changed.
func (e *Editor) Version() int { return e.version }

// Changed are the labels that have come, gone or changed since a version, some
// perhaps twice; known is false where too much has happened since to tell.
func (e *Editor) Changed(since int) (ids []dataset.LabelID, known bool) {
	steps := e.version - since
	if steps < 0 || steps > len(e.recent) {
		return nil, false
	}
	return slices.Concat(e.recent[len(e.recent)-steps:]...), true
}
