package labeling

import (
	"errors"
	"slices"

	"onset/dataset"
)

// Pattern is labels without a place: what follows what, after which time, with
// what attributes. It can be put down in another session.
type Pattern []PatternLabel

// PatternLabel is one label of a pattern; times in seconds from the pattern's
// first onset.
type PatternLabel struct {
	AtS, LengthS float64
	Kind         string
	Exercise     string
	Attributes   dataset.Attributes
}

// Copy takes labels as a pattern. Setup windows are left out: they are made anew
// where the pattern is put down.
func (e *Editor) Copy(ids ...dataset.LabelID) Pattern {
	var labels []*entry
	for _, id := range unique(ids) {
		if x, ok := e.byID[id]; ok && x.Kind != dataset.KindSetup {
			labels = append(labels, x)
		}
	}
	slices.SortStableFunc(labels, order)
	var p Pattern
	zero := 0.0
	for i, l := range labels {
		if i == 0 {
			zero = l.from
		}
		p = append(p, PatternLabel{AtS: l.from - zero, LengthS: l.to - l.from, Kind: l.Kind, Exercise: l.Exercise, Attributes: cloneAttributes(l.Attributes)})
	}
	return p
}

// Left is how many labels of a pattern were not put down.
type Left struct {
	Beyond int // they would reach beyond the recording
	Pauses int // they would lie in a pause or across one
}

// Paste puts a pattern down with its first onset at a moment, in one edit; each
// label lasts as long as it did. at says which recording counts then. What would
// lie beyond the recording, in a pause of it or across one is left out. Where
// that leaves nothing the error is a *PauseError, or ErrNoChange.
func (e *Editor) Paste(p Pattern, at float64, timeline func(at float64) (Timeline, bool)) (edit dataset.Edit, left Left, err error) {
	d := e.begin("paste labels")
	var paused *PauseError
	for _, x := range p {
		t, ok := timeline(at + x.AtS)
		if !ok || t.Samples == 0 {
			left.Beyond++
			continue
		}
		start, end, err := t.put(x, at+x.AtS)
		if errors.As(err, &paused) {
			left.Pauses++
			continue
		} else if err != nil {
			left.Beyond++
			continue
		}
		l := dataset.Label{ID: e.newID(), Session: e.session, Recording: t.Recording, Set: e.rules.Set, Kind: x.Kind, Start: start, End: end,
			Exercise: x.Exercise, Rater: e.rules.Rater, Origin: pattern, Confidence: 1, CreatedAt: e.now().UTC(), Attributes: cloneAttributes(x.Attributes)}
		d.put(l.ID, &l)
		d.addSetup(l)
		d.makeRoom(l)
	}
	edit, err = d.done()
	if errors.Is(err, ErrNoChange) && paused != nil {
		err = paused
	}
	return edit, left, err
}

// errBeyond is for a label that would reach beyond its recording.
var errBeyond = errors.New("it lies beyond the recording")

// put is where a label of a pattern lies that begins at a moment.
func (l Timeline) put(x PatternLabel, at float64) (start, end int64, err error) {
	first, last := l.Clock.Time(0)-0.5, l.Clock.End(l.Samples)+l.slack()
	if at < first || at >= l.Clock.End(l.Samples) || at+x.LengthS > last {
		return 0, 0, errBeyond
	}
	at = max(at, l.Clock.Time(0))
	for _, t := range []float64{at, at + x.LengthS} {
		if p, in := PauseAt(t, l); in {
			return 0, 0, &PauseError{Pause: p}
		}
	}
	start = l.Nearest(at)
	if x.Kind == dataset.KindPoint {
		return start, start, nil
	}
	end = l.after(start, x.LengthS)
	if over := l.Pauses(start, end); len(over) > 0 {
		return 0, 0, &PauseError{Pause: over[0], Across: true}
	}
	return start, end, nil
}

// Settle writes what was decided about a disagreement into the set of the rules:
// a copy of each label given, in one edit. Labels of that set that overlap the
// stretch are replaced.
func (e *Editor) Settle(from, to float64, labels ...dataset.Label) (dataset.Edit, error) {
	d := e.begin("settle disagreement")
	d.clear(from, to)
	for _, l := range labels {
		c := e.agreed(l)
		d.put(c.ID, &c)
		d.addSetup(c)
		d.makeRoom(c)
	}
	return d.done()
}

// agreed is a rater's label as one of the set of the rules.
func (e *Editor) agreed(l dataset.Label) dataset.Label {
	c := l
	c.ID, c.Session, c.Set, c.Rater, c.CreatedAt = e.newID(), e.session, e.rules.Set, e.rules.Rater, e.now().UTC()
	c.Origin, c.Confidence = copied("consensus:"+l.Set, l), 1
	c.Attributes = cloneAttributes(l.Attributes)
	return c
}

// Dismiss writes into the set of the rules that no label counts in a stretch of a
// recording: a label of kind none, so that the decision lasts. Labels of that set
// that overlap the stretch are removed.
func (e *Editor) Dismiss(r dataset.RecordingID, from, to float64) (dataset.Edit, error) {
	t, ok := e.Timeline(r)
	if !ok {
		return dataset.Edit{}, ErrNoLabel
	}
	d := e.begin("settle disagreement")
	d.clear(from, to)
	start, end := t.Span(from, to)
	l := dataset.Label{ID: e.newID(), Session: e.session, Recording: r, Set: e.rules.Set, Kind: dataset.KindNone, Start: start, End: end,
		Rater: e.rules.Rater, Origin: "consensus:neither", Confidence: 1, CreatedAt: e.now().UTC()}
	d.put(l.ID, &l)
	return d.done()
}

// noInstant is the origin of a label which says that no instant counts there.
const noInstant = rejected + "consensus:instant"

// NoInstant reports whether a label notes that neither rater's instant counts.
func NoInstant(l dataset.Label) bool { return l.Origin == noInstant }

// SettleInstant writes into the set of the rules which instants count in a stretch,
// in the place of what was settled about instants there before; none notes at a
// sample of a recording that none counts. Spans around it stay.
func (e *Editor) SettleInstant(r dataset.RecordingID, at int64, from, to float64, instants ...dataset.Label) (dataset.Edit, error) {
	d := e.begin("settle disagreement")
	e.Instants(from, to, func(x dataset.Label) { d.remove(x) })
	for _, l := range instants {
		c := e.agreed(l)
		d.put(c.ID, &c)
	}
	if t, ok := e.Timeline(r); ok && len(instants) == 0 {
		at = min(at, max(t.Samples-1, 0))
		l := dataset.Label{ID: e.newID(), Session: e.session, Recording: r, Set: e.rules.Set, Kind: dataset.KindNone, Start: at, End: at + 1,
			Rater: e.rules.Rater, Origin: noInstant, Confidence: 1, CreatedAt: e.now().UTC()}
		d.put(l.ID, &l)
	}
	return d.done()
}

// Instants calls f with what the set of the rules says of instants in a stretch:
// point events, and notes that none counts.
func (e *Editor) Instants(from, to float64, f func(dataset.Label)) {
	const tiny = 1e-3 // the two ends of a stretch belong to it
	var found []dataset.Label
	e.Within(from-tiny, to+tiny, func(x dataset.Label) {
		if at, _ := e.Times(x); (x.Kind == dataset.KindPoint || NoInstant(x)) && at >= from-tiny && at <= to+tiny {
			found = append(found, x)
		}
	})
	for _, x := range found {
		f(x)
	}
}

// Agreed is the label that two which agree come to, from the first of them: what
// it says of where it came from.
func Agreed(first, second dataset.Label) dataset.Label {
	first.Origin, first.Confidence = copied("consensus:both", first, second), 1
	return first
}

// clear removes what was settled about a stretch before.
func (d *edit) clear(from, to float64) {
	d.e.shelf(d.e.rules.Set).overlapping(from, to, func(x *entry) {
		if (occupies(x.Label) || x.Kind == dataset.KindNone) && !NoInstant(x.Label) {
			d.remove(x.Label)
		}
	})
}
