package agreement

import (
	"context"
	"fmt"
	"slices"

	"onset/dataset"
)

// Store is what of a study agreement is read from.
type Store interface {
	Sessions(context.Context) ([]dataset.SessionSummary, error)
	Session(context.Context, dataset.SessionID) (dataset.Session, error)
	Labels(context.Context, dataset.LabelFilter) ([]dataset.Label, error)
}

// Collected is the sessions that two label sets are compared on.
type Collected struct {
	Sessions []Session
	// OnlyFirst and OnlySecond count the sessions that one rater alone has
	// labelled; they are not compared, since nobody knows whether the other saw
	// nothing or did not look.
	OnlyFirst, OnlySecond int
}

// Collect reads the exercise labels of two sets, of all sessions or of those
// named.
func Collect(ctx context.Context, s Store, first, second string, only ...dataset.SessionID) (Collected, error) {
	var out Collected
	list, err := s.Sessions(ctx)
	if err != nil {
		return out, fmt.Errorf("comparing raters: %w", err)
	}
	for _, summary := range list {
		if len(only) > 0 && !slices.Contains(only, summary.ID) {
			continue
		}
		labels, err := s.Labels(ctx, dataset.LabelFilter{Session: summary.ID, Kind: dataset.KindExercise})
		if err != nil {
			return out, fmt.Errorf("comparing raters: %w", err)
		}
		has := func(set string) bool {
			return slices.ContainsFunc(labels, func(l dataset.Label) bool { return l.Set == set })
		}
		switch a, b := has(first), has(second); {
		case a && !b:
			out.OnlyFirst++
		case b && !a:
			out.OnlySecond++
		}
		if !has(first) || !has(second) {
			continue
		}
		session, err := s.Session(ctx, summary.ID)
		if err != nil {
			return out, fmt.Errorf("comparing raters: %w", err)
		}
		out.Sessions = append(out.Sessions, Session{
			ID: string(summary.ID), Person: string(summary.Participant), Duration: session.Duration(), Recorded: recordedOf(session),
			First: EventsOf(session, labels, first), Second: EventsOf(session, labels, second),
		})
	}
	return out, nil
}

func recordedOf(session dataset.Session) [][2]float64 {
	out := [][2]float64{}
	for _, r := range session.Recordings {
		out = append(out, r.Clock.Stretches(0, r.Samples)...)
	}
	return out
}

// InstantsOf are the point events of one set on the session's time: they begin
// and end at once.
func InstantsOf(session dataset.Session, labels []dataset.Label, set string) []Event {
	return ofKind(dataset.KindPoint, session, labels, set)
}

// EventsOf are the exercise labels of one set as events on the session's time.
func EventsOf(session dataset.Session, labels []dataset.Label, set string) []Event {
	return ofKind(dataset.KindExercise, session, labels, set)
}

func ofKind(kind string, session dataset.Session, labels []dataset.Label, set string) []Event {
	clocks := map[dataset.RecordingID]dataset.Clock{}
	for _, r := range session.Recordings {
		clocks[r.ID] = r.Clock
	}
	var out []Event
	for _, l := range labels {
		if c, ok := clocks[l.Recording]; ok && l.Set == set && l.Kind == kind {
			start, end := c.Span(l.Start, l.End)
			out = append(out, Event{ID: string(l.ID), Start: start, End: end, Label: l.Exercise})
		}
	}
	return sorted(out)
}
