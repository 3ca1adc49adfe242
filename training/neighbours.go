package training

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"onset/dataset"
	"onset/training/features"
)

// Neighbour is a window that resembles one that was judged.
type Neighbour struct {
	Participant dataset.ParticipantID `json:"participant"`
	Session     dataset.SessionID     `json:"session"`
	Recording   dataset.RecordingID   `json:"recording"`
	Class       string                `json:"class"`
	StartS      float64               `json:"start_s"` // seconds from the session's start
	Sample      int64                 `json:"sample"`
	// Distance is the root of the mean squared difference over all features, each
	// in standard deviations of the window set.
	Distance float64 `json:"distance"`
}

// Neighbours lists the n windows of a run that are most like one that it judged,
// the nearest first, among those that the judging model may have learnt from: of
// other people, of other sessions, or of earlier times. Windows are compared by
// the run's features, those of all families unless its config chooses some.
func Neighbours(ctx context.Context, store Store, run string, of Prediction, n int) ([]Neighbour, error) {
	row, err := store.RunByID(ctx, run)
	if err != nil {
		return nil, fmt.Errorf("reading run %s: %w", run, err)
	}
	cfg, err := ParseConfig(row.Config)
	if err != nil {
		return nil, fmt.Errorf("reading the config of run %s: %w", run, err)
	}
	set, err := ReadWindows(ctx, store, cfg, nil)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(set.Examples, func(e Example) bool {
		return e.Session == of.Session && e.Recording == of.Recording && e.Sample == of.Sample && !e.Extra
	})
	if at < 0 {
		return nil, fmt.Errorf("the window at %.2f s of session %s is not among those of run %s any more; its labels were changed since: %w",
			of.StartS, of.Session, run, dataset.ErrNotFound)
	}
	rows, err := featureRows(set, cfg)
	if err != nil {
		return nil, err
	}
	var out []Neighbour
	for i, e := range set.Examples {
		if !mayTeach(e, set.Examples[at], cfg) {
			continue
		}
		sum := 0.0
		for k, v := range rows[i] {
			sum += (v - rows[at][k]) * (v - rows[at][k])
		}
		out = append(out, Neighbour{Participant: e.Participant, Session: e.Session, Recording: e.Recording, Class: set.Classes[e.Class],
			StartS: e.StartS, Sample: e.Sample, Distance: math.Sqrt(sum / float64(len(rows[i])))})
	}
	slices.SortStableFunc(out, func(a, b Neighbour) int { return cmp.Compare(a.Distance, b.Distance) })
	return out[:min(n, len(out))], ctx.Err()
}

// mayTeach reports whether the model that judged a window may have learnt from e.
func mayTeach(e, judged Example, cfg Config) bool {
	switch cfg.Split.By {
	case BySession:
		return e.Session != judged.Session
	case ByTime:
		return e.Participant != judged.Participant || e.startNs < judged.startNs ||
			e.Session == judged.Session && e.StartS+cfg.Data.WindowS <= judged.StartS
	}
	return e.Participant != judged.Participant
}

// featureRows are the windows' features in standard deviations; one that never
// changes is 0.
func featureRows(set *WindowSet, cfg Config) ([][]float64, error) {
	var d describer
	for _, f := range cfg.Model.Features {
		d.Families = append(d.Families, features.Family(f))
	}
	m, err := newMaterial(set, cfg.Data.Orientation)
	if err != nil {
		return nil, err
	}
	of, err := d.on(m.frame)
	if err != nil {
		return nil, err
	}
	rows, err := of.rows(m.windows)
	if err != nil {
		return nil, err
	}
	for k := range rows[0] {
		var mean, square float64
		for _, r := range rows {
			mean += r[k] / float64(len(rows))
		}
		for _, r := range rows {
			square += (r[k] - mean) * (r[k] - mean) / float64(len(rows))
		}
		std := math.Sqrt(square)
		for _, r := range rows {
			if r[k] -= mean; std > 1e-12 {
				r[k] /= std
			} else {
				r[k] = 0
			}
		}
	}
	return rows, nil
}
