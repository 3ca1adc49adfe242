package labeling

import (
	"context"
	"slices"
	"strings"

	"onset/dataset"
)

// Study is what LearnExercises needs of a study.
type Study interface {
	Settings(context.Context) (dataset.Settings, error)
	PutSettings(context.Context, dataset.Settings) error
	Sessions(context.Context) ([]dataset.SessionSummary, error)
}

// LearnExercises puts the exercises that the study's labels name, and that its
// list does not hold yet, at the end of the list, the frequent ones first. The
// list gives them their number keys and their colours, the same on every
// screen. It returns how many there were.
func LearnExercises(ctx context.Context, s Study) (learnt int, err error) {
	settings, err := s.Settings(ctx)
	if err != nil {
		return 0, err
	}
	sessions, err := s.Sessions(ctx)
	if err != nil {
		return 0, err
	}
	counts := map[string]int{}
	var found []string
	for _, session := range sessions {
		for exercise, n := range session.Exercises {
			if exercise != "" && !slices.Contains(settings.Exercises, exercise) {
				if counts[exercise] == 0 {
					found = append(found, exercise)
				}
				counts[exercise] += n
			}
		}
	}
	if len(found) == 0 {
		return 0, nil
	}
	slices.SortFunc(found, func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return strings.Compare(a, b)
	})
	settings.Exercises = append(settings.Exercises, found...)
	return len(found), s.PutSettings(ctx, settings)
}
