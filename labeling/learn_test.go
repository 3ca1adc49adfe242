package labeling

import (
	"context"
	"slices"
	"testing"

	"onset/dataset"
)

type listed struct {
	settings dataset.Settings
	sessions []dataset.SessionSummary
	puts     int
}

func (l *listed) Settings(context.Context) (dataset.Settings, error) { return l.settings, nil }
func (l *listed) Sessions(context.Context) ([]dataset.SessionSummary, error) {
	return l.sessions, nil
}
func (l *listed) PutSettings(_ context.Context, s dataset.Settings) error {
	l.settings = s
	l.puts++
	return nil
}

func TestLearningKeepsTheListAndAddsFrequentOnesFirst(t *testing.T) {
	l := &listed{settings: dataset.Settings{Exercises: []string{"b"}}, sessions: []dataset.SessionSummary{
		{Exercises: map[string]int{"a": 1, "b": 9, "c": 2}}, {Exercises: map[string]int{"c": 1, "": 4, "d": 1}},
	}}
	n, err := LearnExercises(context.Background(), l)
	if err != nil || n != 3 || !slices.Equal(l.settings.Exercises, []string{"b", "c", "a", "d"}) {
		t.Errorf("learnt %d: %v (%v)", n, l.settings.Exercises, err)
	}
	if n, err := LearnExercises(context.Background(), l); n != 0 || err != nil || l.puts != 1 {
		t.Errorf("a second time learnt %d, wrote %d times", n, l.puts)
	}
}
