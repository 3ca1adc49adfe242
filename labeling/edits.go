package labeling

import (
	"reflect"
	"strings"

	"onset/dataset"
)

func same(a, b dataset.Label) bool { return reflect.DeepEqual(a, b) }

// Add labels a span of a recording with an exercise; a set gets a setup window
// at its onset. kind is one of the kinds of package dataset; origin is "hand"
// or where a suggestion came from, confidence 1 for a person's own.
func (e *Editor) Add(r dataset.RecordingID, kind, exercise string, start, end int64, origin string, confidence float64) (dataset.Edit, error) {
	d := e.begin("add label")
	l := dataset.Label{
		ID: e.newID(), Session: e.session, Recording: r, Set: e.rules.Set, Kind: kind, Start: start, End: end,
		Exercise: exercise, Rater: e.rules.Rater, Origin: origin, Confidence: confidence, CreatedAt: e.now().UTC(),
	}
	d.put(l.ID, &l)
	d.addSetup(l)
	d.makeRoom(l)
	return d.done()
}

// rejected begins the origin of a label that notes a suggestion turned down.
const rejected = "rejected:"

// Rejected reports whether a label notes that a person turned a suggestion down
// there: it is no label of the recording, and nobody walks to it.
func Rejected(l dataset.Label) bool {
	return l.Kind == dataset.KindNone && strings.HasPrefix(l.Origin, rejected)
}

// Reject notes in the set of the rules that a person turned a suggestion down, as
// a label of kind none, so that it stays so and can be taken back.
func (e *Editor) Reject(suggestion dataset.Label) (dataset.Edit, error) {
	d := e.begin("reject suggestion")
	l := suggestion
	l.ID, l.Session, l.Set, l.Rater, l.CreatedAt = e.newID(), e.session, e.rules.Set, e.rules.Rater, e.now().UTC()
	l.Kind, l.Origin, l.Exercise, l.Attributes = dataset.KindNone, rejected+suggestion.Origin, "", dataset.Attributes{}
	d.put(l.ID, &l)
	return d.done()
}

// addSetup derives the setup window of a set.
func (d *edit) addSetup(l dataset.Label) {
	t, ok := d.e.Timeline(l.Recording)
	if !ok || l.Kind != dataset.KindExercise || d.e.rules.SetupS <= 0 {
		return
	}
	s := l
	s.ID, s.Kind, s.Origin = d.e.newID(), dataset.KindSetup, "onset"
	s.Attributes = dataset.Attributes{}
	s.End = min(t.Setup(l.Start, d.e.rules.SetupS), max(l.End, l.Start+1))
	d.put(s.ID, &s)
	d.setups[l.ID] = s.ID
}

// makeRoom cuts what overlaps a label out of its way, where the rules say so:
// an overlapping end is trimmed, a covered label removed, one that reaches
// beyond both sides split in two.
func (d *edit) makeRoom(l dataset.Label) {
	if !d.e.rules.Exclusive {
		return
	}
	// A label that is split while several change may itself have grown over
	// others, so its new half makes room as well.
	d.fresh = append(d.fresh, l.ID)
	for len(d.fresh) > 0 {
		id := d.fresh[0]
		d.fresh = d.fresh[1:]
		if l, ok := d.now(id); ok && occupies(l) {
			d.settled[id] = true
			d.cutOthers(l)
		}
	}
}

func (d *edit) cutOthers(l dataset.Label) {
	from, to := d.e.Times(l)
	for _, o := range d.overlapping(l.Set, from, to) {
		if d.settled[o.ID] || !occupies(o) {
			continue
		}
		t, ok := d.e.Timeline(o.Recording)
		if !ok {
			continue
		}
		start, end := t.Boundary(from), t.Boundary(to)
		if o.Recording == l.Recording {
			start, end = l.Start, l.End
		}
		if o.End <= start || o.Start >= end || start >= end {
			continue
		}
		d.cutOut(o, start, end)
	}
}

// cutOut leaves of a label what lies outside [start, end).
func (d *edit) cutOut(o dataset.Label, start, end int64) {
	head, tail := o, o
	head.End, tail.Start = start, end
	hasHead, hasTail := o.Start < start && d.lasts(head), o.End > end && d.lasts(tail)
	switch {
	case hasHead && hasTail:
		d.inTwo(&head, &tail)
		d.put(o.ID, &head)
		d.put(tail.ID, &tail) // without a setup window: nothing begins there
		d.fitSetup(head)
		d.fresh = append(d.fresh, tail.ID)
	case hasHead:
		d.put(o.ID, &head)
		d.fitSetup(head)
	case hasTail:
		d.put(o.ID, &tail)
		d.dropSetup(o.ID) // its onset is covered now, and where it begins is none
	default:
		d.remove(o)
	}
}

// inTwo makes two labels of one: what it says goes for both, but for the
// repetitions, since how they divide is not known.
func (d *edit) inTwo(head, tail *dataset.Label) {
	tail.ID, tail.CreatedAt = d.e.newID(), d.e.now().UTC()
	tail.Rater, tail.Origin, tail.Confidence = d.e.rules.Rater, touched(tail.Origin), 1
	for _, l := range []*dataset.Label{head, tail} {
		l.Attributes = cloneAttributes(l.Attributes)
		l.Attributes.Repetitions = nil
	}
}

// lasts reports whether what is left of a label is worth keeping.
func (d *edit) lasts(l dataset.Label) bool {
	from, to := d.e.Times(l)
	return to-from >= d.e.rules.LeastS
}

// occupies tells the kinds that exclude each other.
func occupies(l dataset.Label) bool {
	return l.Kind == dataset.KindExercise || l.Kind == dataset.KindRest
}

func (d *edit) remove(l dataset.Label) {
	d.dropSetup(l.ID)
	d.put(l.ID, nil)
}

func (d *edit) dropSetup(set dataset.LabelID) {
	if s, ok := d.setupOf(set); ok {
		d.put(s.ID, nil)
	}
}

// fitSetup keeps the setup window of a set with it when the set has changed.
func (d *edit) fitSetup(after dataset.Label) {
	s, ok := d.setupOf(after.ID)
	t, known := d.e.Timeline(after.Recording)
	if !ok || !known {
		return
	}
	s.Start, s.Exercise = after.Start, after.Exercise
	s.End = min(t.Setup(after.Start, d.e.rules.SetupS), after.End)
	d.put(s.ID, &s)
}

// Remove deletes labels, each set with its setup window.
func (e *Editor) Remove(ids ...dataset.LabelID) (dataset.Edit, error) {
	d := e.begin("delete label")
	for _, id := range unique(ids) {
		l, ok := e.Find(id)
		if !ok {
			return dataset.Edit{}, ErrNoLabel
		}
		d.remove(l)
	}
	return d.done()
}

// Retype gives labels another exercise.
func (e *Editor) Retype(ids []dataset.LabelID, exercise string) (dataset.Edit, error) {
	return e.change("change exercise", ids, func(l *dataset.Label) { l.Exercise = exercise })
}

// Describe changes the attributes of labels.
func (e *Editor) Describe(ids []dataset.LabelID, set func(*dataset.Attributes)) (dataset.Edit, error) {
	return e.change("describe label", ids, func(l *dataset.Label) { set(&l.Attributes) })
}

func (e *Editor) change(action string, ids []dataset.LabelID, alter func(*dataset.Label)) (dataset.Edit, error) {
	d := e.begin(action)
	ids = unique(ids)
	for _, id := range ids {
		before, ok := d.now(id)
		if !ok {
			return dataset.Edit{}, ErrNoLabel
		}
		after := before
		after.Attributes = cloneAttributes(before.Attributes)
		alter(&after)
		d.put(id, &after)
		d.fitSetup(after)
	}
	return d.done()
}

// Split cuts a label in two at a sample of its recording. How many repetitions
// each half has is not known then.
func (e *Editor) Split(id dataset.LabelID, at int64) (dataset.Edit, error) {
	l, ok := e.Find(id)
	if !ok {
		return dataset.Edit{}, ErrNoLabel
	}
	if at <= l.Start || at >= l.End {
		return dataset.Edit{}, ErrNoChange
	}
	d := e.begin("split label")
	head, tail := l, l
	head.End, tail.Start = at, at
	d.inTwo(&head, &tail)
	d.put(id, &head)
	d.put(tail.ID, &tail)
	d.fitSetup(head)
	d.addSetup(tail)
	return d.done()
}

// Merge joins labels of one recording into the first, from the earliest start
// to the latest end.
func (e *Editor) Merge(ids ...dataset.LabelID) (dataset.Edit, error) {
	ids = unique(ids)
	if len(ids) < 2 {
		return dataset.Edit{}, ErrNoChange
	}
	d := e.begin("merge labels")
	first, ok := e.Find(ids[0])
	if !ok {
		return dataset.Edit{}, ErrNoLabel
	}
	whole := first
	for _, id := range ids[1:] {
		l, ok := e.Find(id)
		if !ok || l.Recording != first.Recording {
			return dataset.Edit{}, ErrNoLabel
		}
		whole.Start, whole.End = min(whole.Start, l.Start), max(whole.End, l.End)
		d.remove(l)
	}
	d.put(first.ID, &whole)
	d.fitSetup(whole)
	d.makeRoom(whole)
	return d.done()
}

// Accept takes suggestions over into the set as labels of their own, keeping
// where they came from and how sure they were.
func (e *Editor) Accept(suggested ...dataset.Label) (dataset.Edit, error) {
	d := e.begin("accept suggestion")
	for _, s := range suggested {
		l := s
		l.ID, l.Session, l.Set, l.Rater, l.CreatedAt = e.newID(), e.session, e.rules.Set, e.rules.Rater, e.now().UTC()
		l.Attributes = cloneAttributes(s.Attributes)
		d.put(l.ID, &l)
		d.addSetup(l)
		d.makeRoom(l)
	}
	return d.done()
}

func unique(ids []dataset.LabelID) []dataset.LabelID {
	var out []dataset.LabelID
	seen := make(map[dataset.LabelID]bool, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

func cloneAttributes(a dataset.Attributes) dataset.Attributes {
	a.Repetitions, a.WeightKg = clonePtr(a.Repetitions), clonePtr(a.WeightKg)
	a.Intensity, a.Quality = clonePtr(a.Intensity), clonePtr(a.Quality)
	if a.Extra != nil {
		extra := make(map[string]string, len(a.Extra))
		for k, v := range a.Extra {
			extra[k] = v
		}
		a.Extra = extra
	}
	return a
}

func clonePtr[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
