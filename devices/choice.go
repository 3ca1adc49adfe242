package devices

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"onset/dataset"
	"onset/training"
)

// pair is a model for a group; the empty group is everyone.
type pair struct {
	row   dataset.ModelRow
	group string
}

// choosePairs are the models of a bundle with the groups that they are for, those
// that were named or the best.
func choosePairs(ctx context.Context, store BundleStore, o BundleOptions) ([]pair, error) {
	groups := []string{""}
	if len(o.Groups) > 0 {
		groups = slices.Clone(o.Groups)
	}
	if len(o.Models) == 0 {
		return bestPairs(ctx, store, o, groups)
	}
	var out []pair
	add := func(p pair) error {
		if slices.ContainsFunc(out, func(x pair) bool { return x.row.ID == p.row.ID && x.group == p.group }) {
			return fmt.Errorf("model %s is named twice for the same group: %w", p.row.ID, dataset.ErrBadRequest)
		}
		out = append(out, p)
		return nil
	}
	for _, name := range o.Models {
		group, model, assigned := strings.Cut(name, "=")
		if !assigned {
			model = name
		}
		row, err := store.Model(ctx, model)
		if err != nil {
			return nil, err
		}
		set, ok := sensorSetOf(row)
		if !ok {
			return nil, fmt.Errorf("model %s is no net and can't leave: %w", row.ID, dataset.ErrBadRequest)
		}
		if len(o.SensorSets) > 0 && !slices.Contains(o.SensorSets, set) {
			return nil, fmt.Errorf("model %s reads %s, which is not among the chosen sensor sets: %w", row.ID, set, dataset.ErrBadRequest)
		}
		own := groups
		if assigned {
			own = []string{strings.TrimSpace(group)}
		}
		for _, g := range own {
			if g == everyone {
				g = ""
			}
			if err := add(pair{row, g}); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// bestPairs are the best net of each sensor set for each group: of those that
// learnt from the group alone where there are any, otherwise of everyone's.
func bestPairs(ctx context.Context, store BundleStore, o BundleOptions, groups []string) ([]pair, error) {
	rows, err := store.Models(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing the study's models: %w", err)
	}
	var out []pair
	for _, group := range groups {
		if group == everyone {
			group = ""
		}
		best := map[string]pair{}
		own := map[string]bool{} // the best is the group's own
		var order []string
		for _, row := range rows {
			set, ok := sensorSetOf(row)
			if !ok || row.Withdrawn != "" || len(o.SensorSets) > 0 && !slices.Contains(o.SensorSets, set) {
				continue
			}
			of, err := groupOf(ctx, store, row)
			if err != nil {
				return nil, err
			}
			if of != "" && of != group {
				continue
			}
			before, seen := best[set]
			if !seen {
				order = append(order, set)
			}
			special := of != "" && of == group
			if !seen || special && !own[set] || special == own[set] && row.MacroF1 > before.row.MacroF1 {
				best[set], own[set] = pair{row, group}, special
			}
		}
		for _, set := range order {
			out = append(out, best[set])
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the study holds no net for these sensors: %w", dataset.ErrNotFound)
	}
	return out, nil
}

// groupOf is the group that a model's training was limited to; empty for
// everyone. A run that can't be read is an error: a group's model must not pass
// for everyone's.
func groupOf(ctx context.Context, store BundleStore, row dataset.ModelRow) (string, error) {
	runs, ok := store.(interface {
		RunByID(ctx context.Context, id string) (dataset.Run, error)
	})
	if !ok || row.Run == "" {
		return "", nil
	}
	run, err := runs.RunByID(ctx, row.Run)
	if errors.Is(err, dataset.ErrNotFound) || errors.Is(err, dataset.ErrBadRequest) { // it came from elsewhere
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading the run of model %s: %w", row.ID, err)
	}
	var config struct {
		Data struct {
			Group string `toml:"group"`
		} `toml:"data"`
	}
	if toml.Unmarshal(run.Config, &config) != nil { // not of a training that has groups
		return "", nil
	}
	return config.Data.Group, nil
}

// sensorSetOf is a model's sensor set in one word; ok is false when the model is
// no net and can't leave.
func sensorSetOf(row dataset.ModelRow) (set string, ok bool) {
	var spec struct {
		Kind     string            `json:"kind"`
		Contract training.Contract `json:"contract"`
	}
	if json.Unmarshal(row.Spec, &spec) != nil {
		return "", false
	}
	return strings.Join(spec.Contract.SensorSet, "+"), spec.Kind == training.KindMLP || spec.Kind == training.KindCNN
}

// BundleChoice is a model that a bundle can hold.
type BundleChoice struct {
	Row       dataset.ModelRow
	SensorSet string
	Group     string // that its training was limited to; empty for everyone
	Came      bool   // it was brought in with tables of its own, which know no group of this study
}

// BundleChoices lists a study's nets, the best first of each sensor set, and its
// groups.
func BundleChoices(ctx context.Context, store BundleStore) (models []BundleChoice, groups []string, err error) {
	rows, err := store.Models(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("listing the study's models: %w", err)
	}
	for _, row := range rows {
		set, ok := sensorSetOf(row)
		if !ok || row.Withdrawn != "" {
			continue
		}
		came, err := originOf(row)
		if err != nil {
			return nil, nil, err
		}
		group, err := groupOf(ctx, store, row)
		if err != nil {
			return nil, nil, err
		}
		models = append(models, BundleChoice{Row: row, SensorSet: set, Group: group, Came: came != nil})
	}
	slices.SortStableFunc(models, func(a, b BundleChoice) int {
		if c := strings.Compare(a.SensorSet, b.SensorSet); c != 0 {
			return c
		}
		switch {
		case a.Row.MacroF1 > b.Row.MacroF1:
			return -1
		case a.Row.MacroF1 < b.Row.MacroF1:
			return 1
		}
		return 0
	})
	people, err := store.Participants(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("listing participants: %w", err)
	}
	return models, groupsOf(people), nil
}
