package replay

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"onset/dataset"
	"onset/training"
)

// Set is one labelled exercise set: what truly happened.
type Set struct {
	Label      dataset.LabelID
	Exercise   string
	Onset, End float64 // seconds from the session's start
	Attributes dataset.Attributes

	moment training.Moment
	last   int64 // sample after the set's last, of the moment's recording
	exact  bool  // somebody marked the onset with a setup label
}

// visit is a session with its sets in order.
type visit struct {
	session dataset.Session
	who     dataset.Participant
	sets    []Set
	notes   []string

	unsettled bool // its person may have another code, too
}

// setsOf reads the sets out of a session's labels: each exercise label, from
// its setup label where there is one.
func setsOf(s dataset.Session, labels []dataset.Label) []Set {
	clocks := map[dataset.RecordingID]dataset.Recording{}
	for _, r := range s.Recordings {
		clocks[r.ID] = r
	}
	var sets []Set
	used := make([]bool, len(labels))
	for _, l := range labels {
		rec, ok := clocks[l.Recording]
		if l.Kind != dataset.KindExercise || l.Exercise == "" || !ok || l.End <= l.Start {
			continue
		}
		start := l
		for i, u := range labels {
			if !used[i] && u.Kind == dataset.KindSetup && u.Exercise == l.Exercise && startsSet(clocks, u, l) {
				used[i], start = true, u
				break
			}
		}
		from := clocks[start.Recording].Clock.Time(start.Start)
		sets = append(sets, Set{Label: l.ID, Exercise: l.Exercise, Onset: from, End: timeAfter(rec, l.End), Attributes: l.Attributes, exact: start.Kind == dataset.KindSetup,
			moment: training.Moment{Seconds: from, Recording: start.Recording, Sample: float64(start.Start)}, last: l.End})
	}
	sort.SliceStable(sets, func(i, j int) bool { return sets[i].Onset < sets[j].Onset })
	return sets
}

// setupReachS is how long before an exercise its setup label may end.
const setupReachS = 0.5

func startsSet(recordings map[dataset.RecordingID]dataset.Recording, setup, exercise dataset.Label) bool {
	own, ok := recordings[setup.Recording]
	if !ok {
		return false
	}
	other := recordings[exercise.Recording]
	return own.Clock.Time(setup.Start) < timeAfter(other, exercise.End) &&
		timeAfter(own, setup.End) > other.Clock.Time(exercise.Start)-setupReachS
}

// timeAfter is the end of the sample before the given one: a span that ends at a
// gap ends before it.
func timeAfter(r dataset.Recording, sample int64) float64 { return r.Clock.End(sample) }

// oneSet keeps the labels of one label set: the named one, or the one with the
// most exercises, the first by name of equals.
func oneSet(labels []dataset.Label, name string) (kept []dataset.Label, chosen string) {
	if name == "" {
		count := map[string]int{}
		for _, l := range labels {
			if l.Kind == dataset.KindExercise {
				count[l.Set]++
			}
		}
		for set, n := range count {
			if n > count[name] || n == count[name] && (name == "" || set < name) {
				name = set
			}
		}
	}
	for _, l := range labels {
		if l.Set == name {
			kept = append(kept, l)
		}
	}
	return kept, name
}

// readVisit reads a session and its sets. labelSet may be empty.
func readVisit(ctx context.Context, store Store, id dataset.SessionID, people []dataset.Participant, o Options) (visit, error) {
	s, err := store.Session(ctx, id)
	if err != nil {
		return visit{}, fmt.Errorf("reading session %s: %w", id, err)
	}
	labels, err := store.Labels(ctx, dataset.LabelFilter{Session: s.ID})
	if err != nil {
		return visit{}, fmt.Errorf("reading the labels of session %s: %w", id, err)
	}
	v := visit{session: s, who: dataset.Participant{ID: s.Participant}}
	if i := slices.IndexFunc(people, func(p dataset.Participant) bool { return p.ID == s.Participant }); i >= 0 {
		v.who = people[i]
	}
	kept, chosen := oneSet(labels, o.LabelSet)
	v.sets = setsOf(s, kept)
	if len(kept) < len(labels) {
		v.notes = append(v.notes, fmt.Sprintf("The truth is label set %q; labels of other sets are left out.", chosen))
	}
	if o.Onset == OnsetMovement {
		if err := v.moveOnsets(ctx, store); err != nil {
			return v, fmt.Errorf("finding where the sets of session %s begin: %w", id, err)
		}
	}
	return v, nil
}
