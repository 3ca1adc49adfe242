package labeling

import (
	"errors"
	"math"
	"slices"

	"onset/dataset"
)

// Resize gives a label another span. In an exclusive set it ends where a
// neighbour begins.
func (e *Editor) Resize(id dataset.LabelID, start, end int64) (dataset.Edit, error) {
	return e.shift("move edge", []dataset.LabelID{id}, func(l *dataset.Label, lo, hi int64) error {
		if start < hi && end > lo {
			l.Start, l.End = max(start, lo), min(end, hi)
		}
		return nil
	})
}

// Nudge moves the start or the end of labels by samples, never past the other
// end, a neighbour of an exclusive set, or the recording.
func (e *Editor) Nudge(ids []dataset.LabelID, atStart bool, by int64) (dataset.Edit, error) {
	return e.shift("move edge", ids, func(l *dataset.Label, lo, hi int64) error {
		t, _ := e.Timeline(l.Recording)
		switch {
		case l.Kind == dataset.KindPoint:
			l.Start = min(max(l.Start+by, 0), t.Samples-1)
			l.End = l.Start
		case atStart:
			l.Start = min(max(l.Start+by, lo), l.End-1)
		default:
			l.End = min(max(l.End+by, l.Start+1), hi)
		}
		return nil
	})
}

// Move shifts labels by the same time, keeping how long each one lasts. Each
// stops at its recording's ends and, in an exclusive set, at its neighbours; where
// one would lie in a pause, or across one that it did not cross before, all stay
// where they are: a *PauseError.
func (e *Editor) Move(ids []dataset.LabelID, seconds float64) (dataset.Edit, error) {
	ids = slices.Clone(ids)
	slices.SortStableFunc(ids, func(a, b dataset.LabelID) int { // who goes first makes room for the next
		la, _ := e.Find(a)
		lb, _ := e.Find(b)
		fa, _ := e.Times(la)
		fb, _ := e.Times(lb)
		if (fa < fb) == (seconds < 0) {
			return -1
		}
		return 1
	})
	return e.shift("move label", ids, func(l *dataset.Label, lo, hi int64) error {
		t, _ := e.Timeline(l.Recording)
		from, _ := t.Times(l.Start, l.End)
		return t.carry(l, from+seconds, lo, hi)
	})
}

// Shift moves labels by whole samples, keeping how long each one lasts, as Move
// does by time: never over a pause.
func (e *Editor) Shift(ids []dataset.LabelID, by int64) (dataset.Edit, error) {
	ids = slices.Clone(ids)
	slices.SortStableFunc(ids, func(a, b dataset.LabelID) int {
		la, _ := e.Find(a)
		lb, _ := e.Find(b)
		if (la.Start < lb.Start) == (by < 0) {
			return -1
		}
		return 1
	})
	return e.shift("move label", ids, func(l *dataset.Label, lo, hi int64) error {
		t, _ := e.Timeline(l.Recording)
		to := min(max(l.Start+by, lo), hi-1)
		if over := t.Pauses(min(l.Start, to), max(l.Start, to)+1); len(over) > 0 {
			return &PauseError{Pause: over[0], Across: true}
		}
		return t.carryTo(l, to, lo, hi)
	})
}

// shift changes the spans of labels one after another, each told the room that
// its neighbours leave it. What one is refused all are.
func (e *Editor) shift(action string, ids []dataset.LabelID, alter func(l *dataset.Label, lo, hi int64) error) (dataset.Edit, error) {
	d := e.begin(action)
	blocked := false
	for _, id := range unique(ids) {
		before, ok := d.now(id)
		if !ok {
			return dataset.Edit{}, ErrNoLabel
		}
		after := before
		lo, hi, neighbours := d.room(before)
		if err := alter(&after, lo, hi); err != nil {
			return dataset.Edit{}, err
		}
		blocked = blocked || neighbours
		d.put(id, &after)
		d.fitSetup(after)
	}
	edit, err := d.done()
	if errors.Is(err, ErrNoChange) && blocked {
		return edit, ErrNeighbour
	}
	return edit, err
}

// room is the stretch around a label that its recording and, in an exclusive
// set, its neighbours leave it, in samples; bounded tells that a neighbour
// touches it. What overlaps a label already does not bound it.
func (d *edit) room(l dataset.Label) (lo, hi int64, bounded bool) {
	t, _ := d.e.Timeline(l.Recording)
	lo, hi = 0, t.Samples
	if !d.e.rules.Exclusive || !occupies(l) {
		return lo, hi, false
	}
	from, to := d.e.Times(l)
	slack := d.e.period
	least, most := math.Inf(-1), math.Inf(1) // lo and hi in seconds, once a neighbour sets them
	consider := func(o *entry) {
		if o.ID == l.ID || !occupies(o.Label) || !d.current(o) {
			return
		}
		start, end := o.Start, o.End
		if o.Recording != l.Recording {
			start, end = t.Boundary(o.from), t.Boundary(o.to)
			if o.to <= o.from || o.from >= t.endTime(t.Samples) && from < o.from || o.to <= t.Clock.Time(0) && to > o.to {
				return // it runs when this recording does not
			}
		}
		switch {
		case end <= l.Start:
			lo, least = max(lo, end), max(least, o.to)
		case start >= l.End:
			hi, most = min(hi, start), min(most, o.from)
		}
	}
	for _, s := range d.shelves(l.Set) {
		for i := s.from(from+slack) - 1; i >= 0 && s.entries[i].from+s.longest > least-slack; i-- {
			consider(s.entries[i])
		}
		for i := s.from(to - slack); i < len(s.entries) && s.entries[i].from < most+slack; i++ {
			consider(s.entries[i])
		}
	}
	bounded = lo > 0 && lo == l.Start || hi < t.Samples && hi == l.End
	return lo, hi, bounded
}

// Stopped reports whether an edit brought an edge of a label up against a
// neighbour of its exclusive set. The edit has been applied.
func (e *Editor) Stopped(edit dataset.Edit) bool {
	d := e.begin("")
	for _, c := range edit.Changes {
		if c.Before == nil || c.After == nil {
			continue
		}
		t, _ := e.Timeline(c.After.Recording)
		lo, hi, _ := d.room(*c.After)
		if c.After.Start != c.Before.Start && lo > 0 && c.After.Start == lo ||
			c.After.End != c.Before.End && hi < t.Samples && c.After.End == hi {
			return true
		}
	}
	return false
}

// Displaced is what an edit did to labels that nobody asked to change.
type Displaced struct {
	Replaced int // labels that are gone
	Trimmed  int // labels that are shorter
	Split    int // labels that are in two parts
	Onsets   int // setup windows gone because a label now covers their onset
}

// Any reports whether there is something to tell.
func (d Displaced) Any() bool { return d != Displaced{} }

// secondPart reports whether a new label is what is left behind another one in the
// middle of a label that ends before both now.
func secondPart(edit dataset.Edit, x dataset.Label) bool {
	return slices.ContainsFunc(edit.Changes, func(c dataset.Change) bool {
		return c.Before != nil && c.After != nil && c.After.End < x.Start && x.End == c.Before.End &&
			c.Before.Recording == x.Recording && c.Before.Exercise == x.Exercise
	})
}

// DisplacedBy counts what an edit that adds or merges labels did to others. own
// are the labels that the person chose; new labels of the edit count with them,
// but for those that lie in a label which the edit shortens: the second parts of
// split ones.
func DisplacedBy(edit dataset.Edit, own ...dataset.LabelID) Displaced {
	var out Displaced
	for _, c := range edit.Changes {
		switch {
		case c.Before == nil && occupies(*c.After):
			if secondPart(edit, *c.After) {
				out.Split++
			}
		case c.Before == nil || !occupies(*c.Before) || slices.Contains(own, c.Before.ID):
		case c.After == nil:
			out.Replaced++
		default:
			out.Trimmed++
		}
	}
	out.Trimmed -= min(out.Split, out.Trimmed)
	for _, c := range edit.Changes {
		if c.After != nil || c.Before.Kind != dataset.KindSetup {
			continue
		}
		whole := slices.ContainsFunc(edit.Changes, func(o dataset.Change) bool { // it went with its set
			return o.After == nil && o.Before.Kind == dataset.KindExercise &&
				o.Before.Recording == c.Before.Recording && o.Before.Start == c.Before.Start
		})
		if !whole {
			out.Onsets++
		}
	}
	return out
}
