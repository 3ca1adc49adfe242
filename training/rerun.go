package training

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"onset/dataset"
	"onset/training/nn"
)

// RerunResult is what repeating a run came to.
type RerunResult struct {
	Run   string `json:"run"`
	Model string `json:"model"`
	// Candidate is the trial that the run was kept as by a search.
	Candidate string       `json:"candidate,omitempty"`
	Same      bool         `json:"same"`
	Checks    []RerunCheck `json:"checks"`
	Why       string       `json:"why,omitempty"` // the likely reason of a difference
}

// RerunCheck is one thing that must be the same.
type RerunCheck struct {
	Name     string `json:"name"`
	Same     bool   `json:"same"`
	Stored   string `json:"stored"`
	Repeated string `json:"repeated"`
}

// Rerun repeats a training run of the study with its own config and seed, in
// memory, and compares windows, predictions and weights with what is stored. A
// candidate that a search kept is fitted again by what the search knew of it.
func Rerun(ctx context.Context, store SearchStore, id string, o Options, observe func(Progress)) (*RerunResult, error) {
	run, err := store.RunByID(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("reading run %s: %w", id, err)
	}
	if run.Kind != "train" {
		return nil, fmt.Errorf("run %s is a %s; only trainings and what a search kept can be repeated: %w", run.ID, run.Kind, dataset.ErrBadRequest)
	}
	stored, err := ReadResult(run)
	if err != nil {
		return nil, err
	}
	model, err := modelOf(ctx, store, run.ID)
	if err != nil {
		return nil, err
	}
	repeat := repeatTraining
	if stored.Search != "" {
		repeat = func(ctx context.Context, store SearchStore, _ dataset.Run, o Options, _ func(Progress)) (*Result, dataset.ModelRow, error) {
			return repeatCandidate(ctx, store, stored.Search, o)
		}
	}
	again, made, err := repeat(ctx, store, run, o, observe)
	if err != nil {
		return nil, fmt.Errorf("repeating run %s: %w", run.ID, err)
	}
	r := &RerunResult{Run: run.ID, Model: model.ID, Candidate: stored.Search, Same: true}
	r.check("window set", stored.WindowSet, again.WindowSet)
	if stored.Arithmetic != "" {
		r.check("arithmetic", stored.Arithmetic, nn.KernelName())
	}
	a, b, err := predictionHashes(stored, again)
	if err != nil {
		return nil, err
	}
	r.check("held-out predictions", a, b)
	r.check("description", sum(netPart(model.Spec)), sum(netPart(made.Spec)))
	r.check("weights", sum(model.Weights), sum(made.Weights))
	r.Why = r.reason()
	return r, nil
}

// repeatTraining trains by a run's own config.
func repeatTraining(ctx context.Context, store SearchStore, run dataset.Run, o Options, observe func(Progress)) (*Result, dataset.ModelRow, error) {
	cfg, err := ParseConfig(run.Config)
	if err != nil {
		return nil, dataset.ModelRow{}, fmt.Errorf("reading its config: %w", err)
	}
	keep := &aside{Store: store}
	again, err := TrainWith(ctx, keep, cfg, o, observe)
	return again, keep.model, err
}

// repeatCandidate fits a trial of a search as the search did to keep it: on all
// people of its track, for the epochs and with the temperature of its inner folds.
func repeatCandidate(ctx context.Context, store SearchStore, trial string, o Options) (*Result, dataset.ModelRow, error) {
	run, t, k, err := trialOf(ctx, store, trial)
	if err != nil {
		return nil, dataset.ModelRow{}, err
	}
	s := &searching{store: store, o: o.withDefaults(), result: &SearchResult{Run: run.ID}, sets: map[string]*WindowSet{}}
	if s.cfg, err = ParseSearch(run.Config); err != nil {
		return nil, dataset.ModelRow{}, fmt.Errorf("reading the config of search %s: %w", run.ID, err)
	}
	tracks, err := s.tracks(ctx, t.Group, t.SensorSet, 0)
	if err != nil {
		return nil, dataset.ModelRow{}, err
	}
	r, m, err := s.candidate(ctx, tracks[0], k)
	if err != nil {
		return nil, dataset.ModelRow{}, err
	}
	row, err := m.Row(r.result, s.o.Now())
	return r.result, row, err
}

// trialOf finds a trial of any search of the study.
func trialOf(ctx context.Context, store SearchStore, id string) (dataset.Run, *Track, *Trial, error) {
	runs, results, err := searches(ctx, store)
	if err != nil {
		return dataset.Run{}, nil, nil, err
	}
	for i, r := range results {
		for _, t := range r.Tracks {
			for _, k := range t.Trials {
				if k.ID == id {
					return runs[i], t, k, nil
				}
			}
		}
	}
	return dataset.Run{}, nil, nil, fmt.Errorf("candidate %s of a search: %w", id, dataset.ErrNotFound)
}

// KeptRun is the run that a candidate which a search kept left in the study.
// An id that is no candidate's is passed on as it is.
func KeptRun(ctx context.Context, store SearchStore, id string) (string, error) {
	_, _, k, err := trialOf(ctx, store, id)
	switch {
	case errors.Is(err, dataset.ErrNotFound):
		return id, nil
	case err != nil:
		return "", err
	case k.Model == "":
		return "", fmt.Errorf("the search did not keep candidate %s, so there are no weights to compare with; it keeps the best search.keep of everyone: %w", id, dataset.ErrBadRequest)
	}
	m, err := store.Model(ctx, k.Model)
	if err != nil {
		return "", fmt.Errorf("the model of candidate %s: %w", id, err)
	}
	return m.Run, nil
}

// reason guesses why a run is not repeated.
func (r *RerunResult) reason() string {
	for _, c := range r.Checks {
		switch {
		case c.Same:
		case c.Name == "window set":
			return "Labels, people or recordings changed since."
		case c.Name == "arithmetic":
			return "It was fitted with other arithmetic; the portable one gives the same bits everywhere."
		default:
			return "It was fitted on another machine or by another version, or what is stored was changed."
		}
	}
	return ""
}

func (r *RerunResult) check(name, stored, repeated string) {
	same := stored == repeated
	r.Same = r.Same && same
	r.Checks = append(r.Checks, RerunCheck{Name: name, Same: same, Stored: stored, Repeated: repeated})
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// netPart is the model's own part of a stored description: all but the lineage,
// which names the run.
func netPart(spec []byte) []byte {
	var s modelSpec
	if json.Unmarshal(spec, &s) != nil {
		return spec
	}
	s.Lineage = Lineage{}
	text, err := json.Marshal(s)
	if err != nil {
		return spec
	}
	return bytes.TrimSpace(text)
}

func predictionHashes(a, b *Result) (string, string, error) {
	x, err := json.Marshal(a.Predictions)
	if err != nil {
		return "", "", err
	}
	y, err := json.Marshal(b.Predictions)
	return sum(x), sum(y), err
}

// modelOf is the model that a run made, with its weights.
func modelOf(ctx context.Context, store Store, run string) (dataset.ModelRow, error) {
	models, err := store.Models(ctx)
	if err != nil {
		return dataset.ModelRow{}, fmt.Errorf("looking for the model of run %s: %w", run, err)
	}
	for _, m := range models {
		if m.Run == run {
			return store.Model(ctx, m.ID)
		}
	}
	return dataset.ModelRow{}, fmt.Errorf("the model of run %s: %w", run, dataset.ErrNotFound)
}

// aside is a study of which nothing is changed: what is to be saved is set aside.
type aside struct {
	Store
	model dataset.ModelRow
}

func (a *aside) SaveRun(context.Context, dataset.Run) error                { return nil }
func (a *aside) SaveWindowSet(context.Context, dataset.WindowSetRow) error { return nil }
func (a *aside) SaveModel(_ context.Context, m dataset.ModelRow) error {
	a.model = m
	return nil
}

// Participants passes the groups on, when the study has them.
func (a *aside) Participants(ctx context.Context) ([]dataset.Participant, error) {
	if s, ok := a.Store.(interface {
		Participants(context.Context) ([]dataset.Participant, error)
	}); ok {
		return s.Participants(ctx)
	}
	return nil, nil
}
