package labeling

import (
	"cmp"
	"errors"
	"iter"
	"slices"
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
	// LeastS is how long in seconds what is left of a label that makes room must
	// last to stay; what is shorter goes. 0 keeps every sample.
	LeastS float64
}

// Editor is the labels of one session and set, and the edits that a person can
// make of them. Its methods return an edit and change nothing; Apply takes the
// edit over. An edit costs as much as it touches, however many labels there are.
// It is not safe for several goroutines.
type Editor struct {
	rules     Rules
	session   dataset.SessionID
	timelines []Timeline
	period    float64 // the longest time between two samples of a recording
	shelves   map[string]*shelf
	byID      map[dataset.LabelID]*entry
	places    map[place]*onset
	setups    map[dataset.LabelID]dataset.LabelID // of each set its setup window
	version   int
	recent    [][]dataset.LabelID // what the newest versions changed, the newest last
	newID     func() dataset.LabelID
	now       func() time.Time
}

// mostRecent is how many versions an editor can tell the changes of.
const mostRecent = 16

// place is where a set and its setup window both begin.
type place struct {
	recording dataset.RecordingID
	set, name string
	start     int64
}

// onset is the sets and the setup windows of a place, in order.
type onset struct{ sets, setups []*entry }

func placeOf(l *dataset.Label) place { return place{l.Recording, l.Set, l.Exercise, l.Start} }

// NewEditor is an editor of a session's labels. newID gives random identifiers,
// now the time.
func NewEditor(s dataset.Session, labels []dataset.Label, rules Rules, newID func() dataset.LabelID, now func() time.Time) *Editor {
	e := &Editor{rules: rules, session: s.ID, newID: newID, now: now}
	for _, r := range s.Recordings {
		e.timelines = append(e.timelines, TimelineOf(r))
		for _, g := range r.Clock.Segments {
			if g.Rate > 0 {
				e.period = max(e.period, 1/g.Rate)
			}
		}
	}
	e.Load(labels)
	return e
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
	for l := range e.All(set) {
		out = append(out, l)
	}
	return out
}

// All goes through the labels of a set, by time.
func (e *Editor) All(set string) iter.Seq[dataset.Label] {
	return func(yield func(dataset.Label) bool) {
		s, ok := e.shelves[set]
		for i := 0; ok && i < len(s.entries); i++ {
			if !yield(s.entries[i].Label) {
				return
			}
		}
	}
}

// Count is how many labels of a kind the set of the rules holds, of any kind
// for "".
func (e *Editor) Count(kind string) int {
	s, ok := e.shelves[e.rules.Set]
	switch {
	case !ok:
		return 0
	case kind == "":
		return len(s.entries)
	}
	return s.kinds[kind]
}

// CountOf is how many sets of an exercise the set of the rules holds.
func (e *Editor) CountOf(exercise string) int {
	if s, ok := e.shelves[e.rules.Set]; ok {
		return s.sets[exercise]
	}
	return 0
}

// Holds reports whether the set of the rules holds a label of an origin.
func (e *Editor) Holds(origin string) bool {
	s, ok := e.shelves[e.rules.Set]
	return ok && s.origins[origin] > 0
}

// Sets are the names of the label sets that hold labels, in order of their
// first label.
func (e *Editor) Sets() []string {
	var out []string
	for set, s := range e.shelves {
		if len(s.entries) > 0 {
			out = append(out, set)
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		return cmp.Or(order(e.shelves[a].entries[0], e.shelves[b].entries[0]), cmp.Compare(a, b))
	})
	return out
}

// Find is the label of an id.
func (e *Editor) Find(id dataset.LabelID) (dataset.Label, bool) {
	if x, ok := e.byID[id]; ok {
		return x.Label, true
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

// hasSetups reports whether a label is one of a label set with setup windows.
func (e *Editor) hasSetups(l dataset.Label) bool {
	_, mine := e.byID[l.ID]
	return mine && e.shelf(l.Set).kinds[dataset.KindSetup] > 0
}

// Walk is the label that lies so many places behind (or for a negative number
// before) a label among those of its set that a person goes through, which are
// all but the setup windows; the last or the first where there are fewer.
func (e *Editor) Walk(id dataset.LabelID, by int) (dataset.Label, bool) {
	x, ok := e.byID[id]
	if !ok {
		return dataset.Label{}, false
	}
	s := e.shelf(x.Set)
	step := cmp.Compare(by, 0)
	for i := s.index(x) + step; by != 0 && i >= 0 && i < len(s.entries); i += step {
		if walked(s.entries[i]) {
			x, by = s.entries[i], by-step
		}
	}
	return x.Label, true
}

// walked tells the labels that a person goes through.
func walked(x *entry) bool { return x.Kind != dataset.KindSetup && !Rejected(x.Label) }

// Near is the first label of the set that begins at a moment or later, or with
// back the last one that begins then or earlier; where there is none the last or
// the first of all. Setup windows do not count.
func (e *Editor) Near(at float64, back bool) (dataset.Label, bool) {
	const tiny = 1e-9
	s, ok := e.shelves[e.rules.Set]
	if !ok {
		return dataset.Label{}, false
	}
	i, step := s.from(at-tiny), 1
	if back {
		i, step = s.from(at+2*tiny)-1, -1
	}
	for _, way := range [][2]int{{i, step}, {i - step, -step}} {
		for j := way[0]; j >= 0 && j < len(s.entries); j += way[1] {
			if walked(s.entries[j]) {
				return s.entries[j].Label, true
			}
		}
	}
	return dataset.Label{}, false
}

// Covered is how much of a stretch the sets, rests and points of the set cover,
// in seconds; what overlaps counts twice.
func (e *Editor) Covered(from, to float64) float64 {
	covered := 0.0
	if s, ok := e.shelves[e.rules.Set]; ok {
		s.overlapping(from, to, func(x *entry) {
			if x.Kind != dataset.KindSetup {
				covered += min(x.to, to) - max(x.from, from)
			}
		})
	}
	return covered
}

// Within calls f with the labels of the set that run during a stretch.
func (e *Editor) Within(from, to float64, f func(dataset.Label)) {
	if s, ok := e.shelves[e.rules.Set]; ok {
		s.overlapping(from, to, func(x *entry) { f(x.Label) })
	}
}
