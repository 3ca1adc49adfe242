package replay

import (
	"context"
	"slices"

	"onset/dataset"
	"onset/training"
)

// Store is what a replay needs of a study; *dataset.Study is one.
type Store interface {
	Sessions(ctx context.Context) ([]dataset.SessionSummary, error)
	Session(ctx context.Context, id dataset.SessionID) (dataset.Session, error)
	Labels(ctx context.Context, filter dataset.LabelFilter) ([]dataset.Label, error)
	ReadSamples(ctx context.Context, channel dataset.ChannelID, first int64, dst []float64) (int, error)
	Participants(ctx context.Context) ([]dataset.Participant, error)
	Settings(ctx context.Context) (dataset.Settings, error)
}

// copyFinder is a store that knows which sessions are copies of another;
// *dataset.Study is one.
type copyFinder interface {
	Copies(ctx context.Context, id dataset.SessionID) ([]dataset.SessionID, error)
}

// withCopies are sessions and those that hold the same recordings: what is left
// out of learning, is left out under every name.
func withCopies(ctx context.Context, store Store, sessions []dataset.SessionID) ([]dataset.SessionID, error) {
	finder, ok := store.(copyFinder)
	if !ok {
		return sessions, nil
	}
	out := slices.Clone(sessions)
	for _, id := range sessions {
		copies, err := finder.Copies(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, copies...)
	}
	return out, nil
}

// Classifier is the sensor's model; *training.Model is one. Predict gives the
// calibrated distribution over Classes for a window that keeps the Contract.
type Classifier interface {
	Classes() []string
	Prior() []float64
	Contract() training.Contract
	Predict(window [][]float64) ([]float64, error)
}
