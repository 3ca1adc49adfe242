// Package board says how far the labelling of a study is: what is labelled, by
// whom, how many minutes, how the exercises are spread over people, and which
// sessions are still to be done.
package board

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
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

// Choice says which labels people and sessions are counted by.
type Choice struct {
	Set string // that label set; empty leaves it to Own and All
	// All counts the labels of all sets together, what they share once: minutes are
	// those that any label covers, and labels of one exercise that overlap, within a
	// session, count as one set.
	All bool
	// Own is the label set that is counted by when neither is given: the rater's.
	// Where it has no labels it is the set with the most.
	Own string
	// Blind leaves out everything of the sets but Own, so that a rater who must not
	// know of the others learns nothing.
	Blind bool
}

// Board is how far the labelling is.
type Board struct {
	Sessions []Session
	Sets     []Set // by name
	// Counted and Minutes are the sets of exercises, and the time that they cover, in
	// the set of the board.
	Counted int
	Minutes float64
	// Exercises are those that are labelled, the frequent ones first.
	Exercises []string
	// People are the participants, each with how often every exercise is labelled
	// in the set of the board.
	People []Person
	// Set is the label set that people and sessions to do are counted by; empty
	// counts the labels of all sets, what they share once.
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
	Labels   int     // sets of exercises
	Minutes  float64 // that labels cover, each moment once
	Assisted int     // that began as a suggestion
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

// read is a session with its labels and the clocks of its recordings.
type read struct {
	summary dataset.SessionSummary
	labels  []dataset.Label
	clocks  map[dataset.RecordingID]dataset.Clock
}

// Read counts the labels of a study.
func Read(ctx context.Context, s Store, c Choice) (Board, error) {
	list, err := s.Sessions(ctx)
	if err != nil {
		return Board{}, fmt.Errorf("counting the labels: %w", err)
	}
	var sessions []read
	sets := map[string]*Set{}
	for _, summary := range list {
		x := read{summary: summary}
		x.labels, err = s.Labels(ctx, dataset.LabelFilter{Session: summary.ID, Kind: dataset.KindExercise})
		if err == nil {
			x.labels = slices.DeleteFunc(x.labels, func(l dataset.Label) bool { return c.Blind && l.Set != c.Own })
			x.clocks, err = clocksOf(ctx, s, summary, x.labels)
		}
		if err != nil {
			return Board{}, fmt.Errorf("counting the labels: %w", err)
		}
		x.countSets(sets)
		sessions = append(sessions, x)
	}
	var b Board
	for _, name := range slices.Sorted(maps.Keys(sets)) {
		slices.Sort(sets[name].Raters)
		b.Sets = append(b.Sets, *sets[name])
	}
	b.Set = c.of(b.Sets)
	b.count(sessions)
	return b, nil
}

// of is the label set that a choice means; empty for all.
func (c Choice) of(sets []Set) string {
	has := func(name string) bool { return slices.ContainsFunc(sets, func(s Set) bool { return s.Name == name }) }
	switch {
	case c.Blind:
		return c.Own
	case c.All:
		return ""
	case c.Set != "":
		return c.Set
	case has(c.Own) || len(sets) == 0:
		return c.Own
	}
	return slices.MaxFunc(sets, func(a, b Set) int { return cmp.Or(cmp.Compare(a.Labels, b.Labels), cmp.Compare(b.Name, a.Name)) }).Name
}

// count counts people and sessions in the set of the board.
func (b *Board) count(sessions []read) {
	people := map[dataset.ParticipantID]*Person{}
	totals := map[string]int{}
	for _, x := range sessions {
		row := Session{ID: x.summary.ID, Participant: x.summary.Participant, Number: x.summary.Number, DurationS: x.summary.Duration, Labels: map[string]int{}}
		p := people[row.Participant]
		if p == nil {
			p = &Person{ID: row.Participant, Counts: map[string]int{}}
			people[row.Participant] = p
		}
		p.Sessions++
		var counted []dataset.Label
		byExercise := map[string][]dataset.Label{}
		for _, l := range x.labels {
			row.Labels[l.Set]++
			if b.Set == "" || l.Set == b.Set {
				counted = append(counted, l)
				byExercise[l.Exercise] = append(byExercise[l.Exercise], l)
			}
		}
		for exercise, labels := range byExercise {
			n := len(labels)
			if b.Set == "" {
				n = x.apart(labels)
			}
			p.Counts[exercise] += n
			totals[exercise] += n
			b.Counted += n
		}
		if row.Done = len(counted) > 0; row.Done {
			p.Done++
		}
		minutes := x.minutes(counted)
		p.Minutes += minutes
		b.Minutes += minutes
		b.Sessions = append(b.Sessions, row)
	}
	for _, id := range slices.Sorted(maps.Keys(people)) {
		b.People = append(b.People, *people[id])
	}
	b.Exercises = slices.SortedFunc(maps.Keys(totals), func(x, y string) int {
		return cmp.Or(cmp.Compare(totals[y], totals[x]), cmp.Compare(x, y))
	})
}

// minutes is how long the recorded time is that labels cover, each moment once.
func (x read) minutes(labels []dataset.Label) float64 {
	var pieces [][2]float64
	for _, l := range labels {
		pieces = append(pieces, x.clocks[l.Recording].Stretches(l.Start, l.End)...)
	}
	slices.SortFunc(pieces, func(a, b [2]float64) int { return cmp.Compare(a[0], b[0]) })
	sum, until := 0.0, math.Inf(-1)
	for _, p := range pieces {
		if from := max(p[0], until); p[1] > from {
			sum += p[1] - from
			until = p[1]
		}
	}
	return sum / 60
}

// apart is how many stretches labels make when those that overlap are one.
func (x read) apart(labels []dataset.Label) int {
	spans := make([][2]float64, len(labels))
	for i, l := range labels {
		spans[i][0], spans[i][1] = x.clocks[l.Recording].Span(l.Start, l.End)
	}
	slices.SortFunc(spans, func(a, b [2]float64) int { return cmp.Compare(a[0], b[0]) })
	n, until := 0, math.Inf(-1)
	for _, s := range spans {
		if s[0] >= until-touching {
			n++
		}
		until = max(until, s[1])
	}
	return n
}

// touching is how far labels may overlap, in seconds, and still lie one after the
// other: recordings of different rates round a common edge to their own samples.
const touching = 0.05

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

// countSets adds a session to each label set that has labels in it.
func (x read) countSets(sets map[string]*Set) {
	by := map[string][]dataset.Label{}
	for _, l := range x.labels {
		by[l.Set] = append(by[l.Set], l)
	}
	for name, labels := range by {
		s := sets[name]
		if s == nil {
			s = &Set{Name: name}
			sets[name] = s
		}
		s.Sessions++
		s.Labels += len(labels)
		s.Minutes += x.minutes(labels)
		for _, l := range labels {
			if labeling.Assisted(l) {
				s.Assisted++
			}
			if l.Rater != "" && !slices.Contains(s.Raters, l.Rater) {
				s.Raters = append(s.Raters, l.Rater)
			}
		}
	}
}

// Todo are the sessions that are not labelled yet.
func (b Board) Todo() []Session {
	return slices.DeleteFunc(slices.Clone(b.Sessions), func(s Session) bool { return s.Done })
}
