package training

import (
	"context"
	"fmt"
	"slices"

	"onset/dataset"
)

// StartBest starts from the best model of the study that fits.
const StartBest = "best"

// warm gives the nets of a training the weights of an existing model to start
// from. Somebody whom that model learnt from must not be judged here, so it is
// refused when it has seen any of the training's people; StartBest looks for one
// that has not. Most often that is another group's model.
func (t *run) warm(ctx context.Context, store Store) error {
	switch t.cfg.Fit.Start {
	case "":
		return nil
	case StartBest:
		return t.warmBest(ctx, store)
	}
	m, err := Load(ctx, store, t.cfg.Fit.Start)
	if err != nil {
		return fmt.Errorf("fit.start: %w", err)
	}
	if name := t.knownTo(m); name != "" {
		return fmt.Errorf("fit.start: model %s: %w", m.ID, &LeakError{Kind: ByParticipant, Name: name})
	}
	if why := t.unfit(m); why != "" {
		return bad("fit.start", "model %s can't be started from: %s", m.ID, why)
	}
	t.startFrom(m)
	return nil
}

func (t *run) warmBest(ctx context.Context, store Store) error {
	rows, err := store.Models(ctx)
	if err != nil {
		return fmt.Errorf("looking for a model to start from: %w", err)
	}
	slices.SortStableFunc(rows, func(a, b dataset.ModelRow) int { return compare(b.MacroF1, a.MacroF1) })
	for _, row := range rows {
		if row.Withdrawn != "" || len(row.Spec) == 0 {
			continue
		}
		m, err := Load(ctx, store, row.ID)
		if err != nil {
			continue // what can't be used is not the best
		}
		if t.knownTo(m) == "" && t.unfit(m) == "" {
			t.startFrom(m)
			return nil
		}
	}
	t.cfg.Fit.Start = ""
	t.result.Notes = append(t.result.Notes, "No model of the study has this architecture and these inputs and knows nobody who is judged here; it was started from nothing.")
	return nil
}

// knownTo names somebody of the window set whom a model has learnt from.
func (t *run) knownTo(m *Model) string {
	for _, e := range t.set.Examples {
		if slices.Contains(m.Lineage.Participants, e.Participant) {
			return string(e.Participant)
		}
	}
	return ""
}

// unfit says why a training's nets can't take a model's weights.
func (t *run) unfit(m *Model) string {
	b, ok := m.brain.(*netBrain)
	c := t.set.Contract
	switch {
	case !ok:
		return "it is not a net on samples"
	case !slices.Equal(m.classes, t.set.Classes):
		return "it tells other classes apart"
	case !slices.Equal(m.contract.Channels, c.Channels) || m.contract.RateHz != c.RateHz || m.contract.Samples != c.Samples:
		return "it reads other channels, or at another rate or length"
	}
	for _, r := range t.recipes {
		if l, ok := r.learner.(*netLearner); ok && r.cfg.Data.Orientation == m.contract.Orientation && l.spec.Text() == b.net.Spec().Text() {
			return ""
		}
	}
	return "its architecture is another: " + b.net.Spec().Text()
}

// startFrom hands the weights to the learners of the same architecture. The
// config then names the model, so that the run can be repeated.
func (t *run) startFrom(m *Model) {
	b := m.brain.(*netBrain)
	for _, r := range t.recipes {
		if l, ok := r.learner.(*netLearner); ok && r.cfg.Data.Orientation == m.contract.Orientation && l.spec.Text() == b.net.Spec().Text() {
			l.start = b.net.MarshalWeights()
		}
	}
	t.cfg.Fit.Start, t.start = m.ID, m
	t.result.Notes = append(t.result.Notes, fmt.Sprintf("Started from the weights of model %s, which knows %d other people.", m.ID, len(m.Lineage.Participants)))
}

// Cell is a group of people and a sensor set that get a model of their own.
type Cell struct {
	Group     string
	SensorSet SensorSet
}

// CellResult is what one cell came to.
type CellResult struct {
	Group     string    `json:"group,omitempty"`
	SensorSet SensorSet `json:"sensor_set"`
	Result    *Result   `json:"result,omitempty"`
	Failed    string    `json:"failed,omitempty"`
}

// TrainEach trains one model for each cell, one after another. A cell that can't
// be trained, such as a group that is too small to hold anybody out, says why
// and does not stop the others.
func TrainEach(ctx context.Context, store Store, cfg Config, cells []Cell, o Options, observe func(Progress)) ([]CellResult, error) {
	if observe == nil {
		observe = func(Progress) {}
	}
	var out []CellResult
	stage := stages(observe, len(cells))
	for i, c := range cells {
		own := cfg
		own.Data.Group, own.Data.SensorSet = c.Group, c.SensorSet
		r, err := TrainWith(ctx, store, own, o, stage(i))
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		cell := CellResult{Group: c.Group, SensorSet: c.SensorSet, Result: r}
		if err != nil {
			cell.Failed = err.Error()
		}
		out = append(out, cell)
	}
	return out, nil
}
