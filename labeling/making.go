package labeling

import (
	"fmt"
	"slices"
	"strings"

	"onset/dataset"
)

// edit is an edit in the making. A label that several steps touch has one
// change, from what it was to what it becomes.
type edit struct {
	e      *Editor
	action string
	order  []dataset.LabelID
	before map[dataset.LabelID]*dataset.Label
	after  map[dataset.LabelID]*dataset.Label
	setups map[dataset.LabelID]dataset.LabelID // of each new set its setup window
	over   map[string]*shelf                   // what after holds, by set and time
	lying  map[dataset.LabelID]*entry          // the same by id
	// Labels that have yet to make room for themselves, and those that have: they
	// give way no more.
	fresh   []dataset.LabelID
	settled map[dataset.LabelID]bool
}

func (e *Editor) begin(action string) *edit {
	return &edit{
		e: e, action: action, setups: map[dataset.LabelID]dataset.LabelID{}, settled: map[dataset.LabelID]bool{},
		over: map[string]*shelf{}, lying: map[dataset.LabelID]*entry{},
		before: map[dataset.LabelID]*dataset.Label{}, after: map[dataset.LabelID]*dataset.Label{},
	}
}

// put sets what a label becomes; nil removes it.
func (d *edit) put(id dataset.LabelID, after *dataset.Label) {
	if _, seen := d.after[id]; !seen {
		d.order = append(d.order, id)
		if l, ok := d.e.Find(id); ok {
			d.before[id] = &l
		}
	}
	d.after[id] = after
	if x := d.lying[id]; x != nil {
		d.over[x.Set].remove(x)
		delete(d.lying, id)
	}
	if after == nil {
		return
	}
	x := d.e.entry(*after)
	if d.over[x.Set] == nil {
		d.over[x.Set] = newShelf()
	}
	d.over[x.Set].insert(x)
	d.lying[id] = x
}

// now is a label as the edit so far leaves it.
func (d *edit) now(id dataset.LabelID) (dataset.Label, bool) {
	if after, touched := d.after[id]; touched {
		if after == nil {
			return dataset.Label{}, false
		}
		return *after, true
	}
	return d.e.Find(id)
}

// shelves are where the labels of a set lie as the edit so far leaves them; what
// current says no to has been touched and lies in another.
func (d *edit) shelves(set string) (list []*shelf) {
	if s, ok := d.over[set]; ok {
		list = append(list, s)
	}
	if s, ok := d.e.shelves[set]; ok {
		list = append(list, s)
	}
	return list
}

func (d *edit) current(x *entry) bool {
	_, touched := d.after[x.ID]
	return !touched || d.lying[x.ID] == x
}

// overlapping are the labels of a set that run during a stretch, or nearly.
func (d *edit) overlapping(set string, from, to float64) (out []dataset.Label) {
	for _, s := range d.shelves(set) {
		s.overlapping(from-d.e.period, to+d.e.period, func(x *entry) {
			if d.current(x) {
				out = append(out, x.Label)
			}
		})
	}
	return out
}

// setupOf is the setup label that belongs to a set.
func (d *edit) setupOf(set dataset.LabelID) (dataset.Label, bool) {
	id, ok := d.setups[set]
	if !ok {
		id, ok = d.e.setups[set]
	}
	if !ok {
		return dataset.Label{}, false
	}
	return d.now(id)
}

func (d *edit) done() (dataset.Edit, error) {
	out := dataset.Edit{Session: d.e.session, Rater: d.e.rules.Rater, Action: d.action}
	for _, id := range d.order {
		before, after := d.before[id], d.after[id]
		d.sign(before, after)
		if before == nil && after == nil || before != nil && after != nil && same(*before, *after) {
			continue
		}
		if after != nil {
			t, ok := d.e.Timeline(after.Recording)
			if !ok {
				return dataset.Edit{}, fmt.Errorf("the label's recording %s is not of this session", after.Recording)
			}
			if after.Start < 0 || after.End > t.Samples || after.Start >= after.End && after.Kind != dataset.KindPoint {
				return dataset.Edit{}, fmt.Errorf("samples %d to %d do not lie in the recording of %d", after.Start, after.End, t.Samples)
			}
		}
		out.Changes = append(out.Changes, dataset.Change{Before: before, After: after})
	}
	if len(out.Changes) == 0 {
		return dataset.Edit{}, ErrNoChange
	}
	// What goes comes first, so that nothing is in the way of what comes.
	slices.SortStableFunc(out.Changes, func(a, b dataset.Change) int { return rank(a) - rank(b) })
	return out, nil
}

// sign writes on a label whose span or exercise a person has changed that it is
// theirs now.
func (d *edit) sign(before, after *dataset.Label) {
	if before == nil || after == nil ||
		before.Start == after.Start && before.End == after.End && before.Exercise == after.Exercise {
		return
	}
	after.Rater = d.e.rules.Rater
	if after.Kind != dataset.KindSetup {
		after.Origin, after.Confidence = touched(before.Origin), 1
	}
}

// adjusted ends the origin of a label that a person changed after a suggestion
// or another rater had made it.
const adjusted = " adjusted"

// pattern is the origin of a label that was pasted.
const pattern = "pattern"

// Pasted reports whether a label was put down as part of a pattern.
func Pasted(l dataset.Label) bool { return l.Origin == pattern || l.Origin == pattern+adjusted }

// touched is the origin of a label once a hand has changed it. That a label was
// assisted or pasted stays known: only what a person or a file made becomes a
// hand's.
func touched(origin string) string {
	for _, assisted := range []string{"suggestion:", "revision:", "consensus:", pattern} {
		if strings.HasPrefix(origin, assisted) {
			return strings.TrimSuffix(origin, adjusted) + adjusted
		}
	}
	return "hand"
}

// Assisted reports whether a label began as a suggestion of the program.
func Assisted(l dataset.Label) bool {
	return strings.HasPrefix(l.Origin, suggested) || strings.Contains(l.Origin, from+suggested)
}

const (
	suggested = "suggestion:"
	from      = " from "
)

// copied is the origin of a copy of labels, such as "consensus:MK": it says also
// that one of them began as a suggestion, where one did.
func copied(origin string, of ...dataset.Label) string {
	for _, l := range of {
		if i := strings.Index(l.Origin, suggested); i >= 0 && Assisted(l) {
			return origin + from + l.Origin[i:]
		}
	}
	return origin
}

func rank(c dataset.Change) int {
	switch {
	case c.After == nil:
		return 0
	case c.Before != nil:
		return 1
	}
	return 2
}
