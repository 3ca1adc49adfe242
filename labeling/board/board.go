// Package board says how far the labelling of a study is: what is labelled, by
// whom, how many minutes, how the exercises are spread over people, and which
// sessions are still to be done.
package board

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"onset/dataset"
	"onset/labeling"
)

// Store is what of a study the board is read from.
type Store interface {
	Sessions(context.Context) ([]dataset.SessionSummary, error)
	Session(context.Context, dataset.SessionID) (dataset.Session, error)
	Labels(context.Context, dataset.LabelFilter) ([]dataset.Label, error)
}

// Board is how far the labelling is.
type Board struct {
	Sessions []Session
	Sets     []Set // by name
	// Exercises are those that are labelled, the frequent ones first.
	Exercises []string
	// People are the participants, each with how often every exercise is labelled
	// in the set of the board.
	People []Person
	// Set is the label set that people and sessions to do are counted by; empty
	// counts the labels of all sets.
	Set string
}

// Session is one session's part.
type Session struct {
	ID          dataset.SessionID
	Participant dataset.ParticipantID
	Number      int
	DurationS   float64
	Labels      map[string]int // sets of exercises, by label set
	Done        bool           // labelled in the set of the board
}

// Set is one label set's part.
type Set struct {
	Name     string
	Sessions int
	Labels   int // sets of exercises
	Minutes  float64
	Assisted int // that began as a suggestion
	Raters   []string
}

// Person is one participant's part.
type Person struct {
	ID       dataset.ParticipantID
	Sessions int
	Done     int
	Counts   map[string]int // by exercise
	Minutes  float64
}

// Read counts the labels of a study. set narrows people and sessions to do to one
// label set; blind leaves out everything of the other sets, so that a rater who
// must not know of them learns nothing.
func Read(ctx context.Context, s Store, set string, blind bool) (Board, error) {
	b := Board{Set: set}
	list, err := s.Sessions(ctx)
	if err != nil {
		return b, fmt.Errorf("counting the labels: %w", err)
	}
	sets := map[string]*Set{}
	people := map[dataset.ParticipantID]*Person{}
	totals := map[string]int{}
	for _, summary := range list {
		labels, err := s.Labels(ctx, dataset.LabelFilter{Session: summary.ID, Kind: dataset.KindExercise})
		if err != nil {
			return b, fmt.Errorf("counting the labels: %w", err)
		}
		row := Session{ID: summary.ID, Participant: summary.Participant, Number: summary.Number, DurationS: summary.Duration, Labels: map[string]int{}}
		p := people[summary.Participant]
		if p == nil {
			p = &Person{ID: summary.Participant, Counts: map[string]int{}}
			people[summary.Participant] = p
		}
		p.Sessions++
		clocks, err := clocksOf(ctx, s, summary, labels)
		if err != nil {
			return b, fmt.Errorf("counting the labels: %w", err)
		}
		for _, l := range labels {
			if blind && l.Set != set {
				continue
			}
			row.Labels[l.Set]++
			minutes := clocks[l.Recording].Recorded(l.Start, l.End) / 60
			count(sets, l, minutes)
			if set == "" || l.Set == set {
				row.Done = true
				p.Counts[l.Exercise]++
				p.Minutes += minutes
				totals[l.Exercise]++
			}
		}
		for name := range row.Labels {
			sets[name].Sessions++
		}
		if row.Done {
			p.Done++
		}
		b.Sessions = append(b.Sessions, row)
	}
	b.finish(sets, people, totals)
	return b, nil
}

func clocksOf(ctx context.Context, s Store, summary dataset.SessionSummary, labels []dataset.Label) (map[dataset.RecordingID]dataset.Clock, error) {
	clocks := map[dataset.RecordingID]dataset.Clock{}
	if len(labels) == 0 {
		return clocks, nil
	}
	v, err := s.Session(ctx, summary.ID)
	for _, r := range v.Recordings {
		clocks[r.ID] = r.Clock
	}
	return clocks, err
}

func count(sets map[string]*Set, l dataset.Label, minutes float64) {
	x := sets[l.Set]
	if x == nil {
		x = &Set{Name: l.Set}
		sets[l.Set] = x
	}
	x.Labels++
	x.Minutes += minutes
	if labeling.Assisted(l) {
		x.Assisted++
	}
	if l.Rater != "" && !slices.Contains(x.Raters, l.Rater) {
		x.Raters = append(x.Raters, l.Rater)
	}
}

func (b *Board) finish(sets map[string]*Set, people map[dataset.ParticipantID]*Person, totals map[string]int) {
	for _, name := range slices.Sorted(maps.Keys(sets)) {
		slices.Sort(sets[name].Raters)
		b.Sets = append(b.Sets, *sets[name])
	}
	for _, id := range slices.Sorted(maps.Keys(people)) {
		b.People = append(b.People, *people[id])
	}
	b.Exercises = slices.SortedFunc(maps.Keys(totals), func(x, y string) int {
		return cmp.Or(cmp.Compare(totals[y], totals[x]), cmp.Compare(x, y))
	})
}

// Todo are the sessions that are not labelled yet.
func (b Board) Todo() []Session {
	return slices.DeleteFunc(slices.Clone(b.Sessions), func(s Session) bool { return s.Done })
}
