package labeling

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"onset/dataset"
)

// Errors that callers tell apart.
var (
	// ErrNoLabel is returned for a label that is not there.
	ErrNoLabel = errors.New("no such label")
	// ErrNoChange is returned by an edit that would change nothing.
	ErrNoChange = errors.New("nothing would change")
	// ErrNeighbour is returned where a label of an exclusive set cannot move
	// because its neighbour begins or ends there.
	ErrNeighbour = errors.New("the neighbouring label begins here")
)

// Rules are how labels of one label set behave.
type Rules struct {
	Set    string
	Rater  string
	SetupS float64 // length of a setup window in seconds
	// Exclusive makes a new label cut others of the set out of its way, and an
	// edge stop at its neighbour; otherwise labels may overlap.
	Exclusive bool
}

// Editor is the labels of one session and set, and the edits that a person can
// make of them. Its methods return an edit and change nothing; Apply takes the
// edit over. It is not safe for several goroutines.
type Editor struct {
	rules     Rules
	session   dataset.SessionID
	timelines []Timeline
	labels    []dataset.Label                     // of every set, by start time
	setups    map[dataset.LabelID]dataset.LabelID // of each set its setup window
	version   int
	newID     func() dataset.LabelID
	now       func() time.Time
}

// NewEditor is an editor of a session's labels. newID gives random identifiers,
// now the time.
func NewEditor(s dataset.Session, labels []dataset.Label, rules Rules, newID func() dataset.LabelID, now func() time.Time) *Editor {
	e := &Editor{rules: rules, session: s.ID, newID: newID, now: now}
	for _, r := range s.Recordings {
		e.timelines = append(e.timelines, TimelineOf(r))
	}
	e.Load(labels)
	return e
}

// Load replaces the labels by what the study holds.
func (e *Editor) Load(labels []dataset.Label) {
	e.labels = slices.Clone(labels)
	e.sort()
}

// Rules are the rules in force.
func (e *Editor) Rules() Rules { return e.rules }

// SetRules changes them.
func (e *Editor) SetRules(r Rules) { e.rules = r }

// Labels are the labels of the set that the rules name, by time. The slice is
// the caller's.
func (e *Editor) Labels() []dataset.Label { return e.OfSet(e.rules.Set) }

// OfSet are the labels of a set, by time.
func (e *Editor) OfSet(set string) []dataset.Label {
	var out []dataset.Label
	for _, l := range e.labels {
		if l.Set == set {
			out = append(out, l)
		}
	}
	return out
}

// Sets are the names of the label sets that hold labels, in order of their
// first label.
func (e *Editor) Sets() []string {
	var out []string
	for _, l := range e.labels {
		if !slices.Contains(out, l.Set) {
			out = append(out, l.Set)
		}
	}
	return out
}

// Find is the label of an id.
func (e *Editor) Find(id dataset.LabelID) (dataset.Label, bool) {
	for _, l := range e.labels {
		if l.ID == id {
			return l, true
		}
	}
	return dataset.Label{}, false
}

// Timeline is the clock that a recording's labels are counted on.
func (e *Editor) Timeline(r dataset.RecordingID) (Timeline, bool) {
	for _, t := range e.timelines {
		if t.Recording == r {
			return t, true
		}
	}
	return Timeline{}, false
}

// Times are when a label begins and ends in seconds.
func (e *Editor) Times(l dataset.Label) (from, to float64) {
	t, ok := e.Timeline(l.Recording)
	if !ok {
		return 0, 0
	}
	return t.Times(l.Start, l.End)
}

// SetupEnd is the moment when the setup window of a set ends, 0 for labels
// without one: whose onset another label covers. In a label set that has no
// setup labels at all it is where the window would end.
func (e *Editor) SetupEnd(l dataset.Label) float64 {
	t, ok := e.Timeline(l.Recording)
	if !ok || l.Kind != dataset.KindExercise {
		return 0
	}
	if _, paired := e.setups[l.ID]; !paired && e.hasSetups(l) {
		return 0
	}
	_, end := t.Times(l.Start, t.Setup(l.Start, e.rules.SetupS))
	return end
}

// Apply takes over an edit that the study has made, or is about to make.
func (e *Editor) Apply(edit dataset.Edit) {
	gone := map[dataset.LabelID]bool{}
	for _, c := range edit.Changes {
		if c.Before != nil {
			gone[c.Before.ID] = true
		}
	}
	if len(gone) > 0 {
		e.labels = slices.DeleteFunc(e.labels, func(l dataset.Label) bool { return gone[l.ID] })
	}
	for _, c := range edit.Changes {
		if c.After == nil {
			continue
		}
		at := sort.Search(len(e.labels), func(i int) bool { return e.order(&e.labels[i], c.After) > 0 })
		e.labels = slices.Insert(e.labels, at, *c.After)
	}
	e.setups = e.pairs()
	e.version++
}

// Version counts how often the labels have changed.
func (e *Editor) Version() int { return e.version }

// hasSetups reports whether a label is one of a label set with setup windows.
func (e *Editor) hasSetups(l dataset.Label) bool {
	if _, mine := e.Find(l.ID); !mine {
		return false
	}
	return slices.ContainsFunc(e.labels, func(o dataset.Label) bool { return o.Set == l.Set && o.Kind == dataset.KindSetup })
}

func (e *Editor) sort() {
	slices.SortStableFunc(e.labels, func(a, b dataset.Label) int { return e.order(&a, &b) })
	e.setups = e.pairs()
	e.version++
}

// order is by the time of the start; a setup window lies behind the set that it
// belongs to.
func (e *Editor) order(a, b *dataset.Label) int {
	var c int
	if a.Recording == b.Recording {
		c = cmp.Compare(a.Start, b.Start)
	} else {
		from, _ := e.Times(*a)
		other, _ := e.Times(*b)
		c = cmp.Compare(from, other)
	}
	if c != 0 || a.Kind == b.Kind {
		return c
	}
	switch dataset.KindSetup {
	case a.Kind:
		return 1
	case b.Kind:
		return -1
	}
	return 0
}

// edit is an edit in the making. A label that several steps touch has one
// change, from what it was to what it becomes.
type edit struct {
	e      *Editor
	action string
	order  []dataset.LabelID
	before map[dataset.LabelID]*dataset.Label
	after  map[dataset.LabelID]*dataset.Label
	setups map[dataset.LabelID]dataset.LabelID // of each set its setup window
	// Labels that have yet to make room for themselves, and those that have: they
	// give way no more.
	fresh   []dataset.LabelID
	settled map[dataset.LabelID]bool
}

func (e *Editor) begin(action string) *edit {
	return &edit{
		e: e, action: action, setups: maps.Clone(e.setups), settled: map[dataset.LabelID]bool{},
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

// all are the labels of the set as the edit so far leaves them.
func (d *edit) all() []dataset.Label {
	var out []dataset.Label
	for _, l := range d.e.labels {
		if _, touched := d.after[l.ID]; !touched {
			out = append(out, l)
		}
	}
	for _, id := range d.order {
		if a := d.after[id]; a != nil {
			out = append(out, *a)
		}
	}
	return out
}

// setupOf is the setup label that belongs to a set.
func (d *edit) setupOf(set dataset.LabelID) (dataset.Label, bool) {
	id, ok := d.setups[set]
	if !ok {
		return dataset.Label{}, false
	}
	return d.now(id)
}

// pairs finds which setup window belongs to which set: of the same label set,
// recording and exercise, beginning with it; each to one set only.
func (e *Editor) pairs() map[dataset.LabelID]dataset.LabelID {
	type place struct {
		recording dataset.RecordingID
		set, name string
		start     int64
	}
	at := func(l dataset.Label) place { return place{l.Recording, l.Set, l.Exercise, l.Start} }
	free := map[place][]dataset.LabelID{}
	for _, l := range e.labels {
		if l.Kind == dataset.KindSetup {
			free[at(l)] = append(free[at(l)], l.ID)
		}
	}
	out := map[dataset.LabelID]dataset.LabelID{}
	for _, l := range e.labels {
		if f := free[at(l)]; l.Kind == dataset.KindExercise && len(f) > 0 {
			out[l.ID], free[at(l)] = f[0], f[1:]
		}
	}
	return out
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

// touched is the origin of a label once a hand has changed it. That a label was
// assisted stays known: only what a person or a file made becomes a hand's.
func touched(origin string) string {
	for _, assisted := range []string{"suggestion:", "revision:", "consensus:"} {
		if strings.HasPrefix(origin, assisted) {
			return strings.TrimSuffix(origin, adjusted) + adjusted
		}
	}
	return "hand"
}

// Assisted reports whether a label began as a suggestion of the program.
func Assisted(l dataset.Label) bool { return strings.HasPrefix(l.Origin, "suggestion:") }

func rank(c dataset.Change) int {
	switch {
	case c.After == nil:
		return 0
	case c.Before != nil:
		return 1
	}
	return 2
}
