package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"onset/dataset"
)

// ErrBlind is returned for what would show a rater in a blind pass how others
// have labelled.
var ErrBlind = errors.New("a blind pass hides what others have labelled")

func blindProblem(what string) error {
	return WithProblem(ErrBlind, Problem{What: what, Unharmed: "Nothing was changed",
		Do: "End the blind pass in the Label room once the labels are made"})
}

// ownSet is the label set that a rater in a blind pass may see, their own.
func (w *Workbench) ownSet() (set string, blind bool) {
	p := w.Preferences()
	return p.Rater, p.Blind
}

// withoutLabels leaves out what findings say of the labels that came with a
// session: they name exercises and moments.
func withoutLabels(v dataset.Session) dataset.Session {
	tells := func(f dataset.Finding) bool {
		return f.Kind == dataset.FindingLabels || f.Kind == dataset.FindingUnknownName
	}
	v.Findings = slices.DeleteFunc(slices.Clone(v.Findings), tells)
	v.Recordings = slices.Clone(v.Recordings)
	for i := range v.Recordings {
		v.Recordings[i].Findings = slices.DeleteFunc(slices.Clone(v.Recordings[i].Findings), tells)
	}
	return v
}

// countOwn counts one label set alone in summaries of sessions.
func countOwn(ctx context.Context, s *dataset.Study, list []dataset.SessionSummary, set string) error {
	labels, err := s.Labels(ctx, dataset.LabelFilter{Set: set})
	if err != nil {
		return err
	}
	own := map[dataset.SessionID][]dataset.Label{}
	for _, l := range labels {
		if l.Set == set { // an empty filter lets all through
			own[l.Session] = append(own[l.Session], l)
		}
	}
	for i := range list {
		v := &list[i]
		v.Labels, v.LabelledS, v.Exercises = 0, 0, map[string]int{}
		v.CountedSet, v.LabelSets = "", 0 // nothing is said of others
		if len(own[v.ID]) == 0 {
			continue
		}
		session, err := s.Session(ctx, v.ID)
		if err != nil {
			return fmt.Errorf("counting the labels of %s: %w", set, err)
		}
		clocks := map[dataset.RecordingID]dataset.Clock{}
		for _, r := range session.Recordings {
			clocks[r.ID] = r.Clock
		}
		end := 0.0
		for _, l := range own[v.ID] {
			v.Labels++
			if l.Kind != dataset.KindExercise {
				continue
			}
			v.Exercises[l.Exercise]++
			from, to := clocks[l.Recording].Span(l.Start, l.End)
			v.LabelledS += max(to-max(from, end), 0)
			end = max(end, to)
		}
	}
	return nil
}
