package devices

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"onset/dataset"
	"onset/training"
	"onset/training/nn"
	"onset/training/stats"
)

// Keeper is a study that models are brought into; *dataset.Study is one.
type Keeper interface {
	Model(ctx context.Context, id string) (dataset.ModelRow, error)
	SaveModel(ctx context.Context, row dataset.ModelRow) error
}

// Imported says what came into the study.
type Imported struct {
	Model        string   `json:"model"`
	Architecture string   `json:"architecture"`
	Classes      []string `json:"classes"`
	Already      bool     `json:"already"` // the study held it before, equal bit for bit
	Notes        []string `json:"notes"`
}

// Import brings an exported model into a study with everything that its
// model.json says, after the same verification as Check: exporting it again gives
// the same bytes. What does not come back is named in the notes. A model of the
// same id with other weights is refused (dataset.ErrConflict); one with the same
// weights and other tables is kept beside the first.
func Import(ctx context.Context, study Keeper, dir string, now time.Time) (Imported, error) {
	f, err := open(dir)
	if err != nil {
		return Imported{}, err
	}
	in, err := f.incoming(now)
	if err != nil {
		return Imported{}, err
	}
	return in.keep(ctx, study)
}

// incoming is a model on its way into a study.
type incoming struct {
	row       dataset.ModelRow
	classes   []string
	notes     []string // what of it does not come along
	simulated bool
}

func (f *folder) incoming(now time.Time) (incoming, error) {
	d := f.description
	row, err := f.model.Row(d.result(), now)
	if err != nil {
		return incoming{}, fmt.Errorf("importing model %s: %w", d.Model, err)
	}
	row.Name = d.Name
	if err := withOrigin(&row, d); err != nil {
		return incoming{}, fmt.Errorf("importing model %s: %w", d.Model, err)
	}
	notes, err := f.lost(row, f.text)
	if err != nil {
		return incoming{}, fmt.Errorf("importing model %s: %w", d.Model, err)
	}
	return incoming{row: row, classes: d.Classes, notes: notes, simulated: d.Simulated}, nil
}

func (in incoming) keep(ctx context.Context, study Keeper) (Imported, error) {
	out, err := keep(ctx, study, in.row, in.classes)
	if err != nil {
		return out, err
	}
	if !out.Already {
		out.Notes = append(out.Notes, in.notes...)
		out.Notes = append(out.Notes, "It no longer says which people it learnt from; scores on them would flatter it.")
	}
	if in.simulated {
		out.Notes = append(out.Notes, "It was trained on simulated data.")
	}
	return out, nil
}

// conflict refuses a model whose id another one has in the study.
func conflict(ctx context.Context, study Keeper, row dataset.ModelRow) error {
	before, found, err := held(ctx, study, row.ID)
	if err == nil && found && !sameModel(before, row) {
		err = fmt.Errorf("the study holds another model of this id; nothing was changed: %w", dataset.ErrConflict)
	}
	if err != nil {
		return fmt.Errorf("importing model %s: %w", row.ID, err)
	}
	return nil
}

// keep stores a model, unless the study holds it.
func keep(ctx context.Context, study Keeper, row dataset.ModelRow, classes []string) (Imported, error) {
	out := Imported{Model: row.ID, Architecture: row.Architecture, Classes: classes, Notes: []string{}}
	fail := func(err error) (Imported, error) { return out, fmt.Errorf("importing model %s: %w", row.ID, err) }
	if err := conflict(ctx, study, row); err != nil {
		return out, err
	}
	before, found, err := held(ctx, study, row.ID)
	if err != nil {
		return fail(err)
	}
	if found {
		came, errCame := originOf(before)
		comes, err := originOf(row)
		if err = errors.Join(errCame, err); err != nil {
			return fail(err)
		}
		if comes == nil {
			out.Already = true
			return out, nil
		}
		if came == nil {
			out.Already = true
			out.Notes = append(out.Notes, "It was made in this study, which keeps its own tables of order and place; those of the export were not taken.")
			return out, nil
		}
		if sameOrigin(before, row) {
			out.Already = true
			return out, nil
		}
		first := row.ID
		row.ID += "." + partOf(row.Spec).SHA256[:6]
		out.Model = row.ID
		if _, found, err = held(ctx, study, row.ID); err != nil {
			return fail(err)
		}
		if found {
			out.Already = true
			return out, nil
		}
		out.Notes = append(out.Notes, fmt.Sprintf("The study holds model %s with other tables or scores; this one is kept beside it as %s.", first, row.ID))
	}
	if err := study.SaveModel(ctx, row); err != nil {
		return fail(err)
	}
	return out, nil
}

// held is the model of exactly this id.
func held(ctx context.Context, study Keeper, id string) (dataset.ModelRow, bool, error) {
	row, err := study.Model(ctx, id)
	if errors.Is(err, dataset.ErrNotFound) {
		return row, false, nil
	}
	if err == nil && row.ID != id || errors.Is(err, dataset.ErrBadRequest) { // the beginning of another's
		return row, false, nil
	}
	return row, err == nil, err
}

// sameModel tells whether two rows hold the same net under the same contract.
func sameModel(a, b dataset.ModelRow) bool {
	type core struct {
		Kind        any `json:"kind"`
		Contract    any `json:"contract"`
		Classes     any `json:"classes"`
		Prior       any `json:"prior"`
		Temperature any `json:"temperature"`
		Net         any `json:"net"`
	}
	var x, y core
	return bytes.Equal(a.Weights, b.Weights) && json.Unmarshal(a.Spec, &x) == nil && json.Unmarshal(b.Spec, &y) == nil && reflect.DeepEqual(x, y)
}

// sameOrigin tells whether two rows came with the same description, whatever the
// first is called by now.
func sameOrigin(a, b dataset.ModelRow) bool {
	x, errX := originOf(a)
	y, errY := originOf(b)
	if errX != nil || errY != nil || x == nil || y == nil {
		return false
	}
	x.Name, x.Variants = y.Name, y.Variants // an export in more forms is the same model
	return reflect.DeepEqual(x, y)
}

// result is what a study keeps of scores that came with an export.
func (d Description) result() *training.Result {
	s := d.Scores
	if s.Windows == 0 {
		return nil
	}
	r := &training.Result{Unit: s.Unit, Accuracy: s.Accuracy, MacroF1: s.MacroF1, Kappa: s.Kappa, Chance: s.Chance, ECE: s.ECE,
		Windows: s.Windows, Confusion: s.Confusion, PerClass: slices.Clone(s.PerClass), Notes: []string{"These scores came with an exported model."}}
	r.Split = d.Lineage.Split
	r.ParticipantAccuracy = training.Spread{Mean: s.PersonAccuracy, Min: s.Lowest, CI: interval(s.PersonAccuracy, s.AccuracyInterval, s.People)}
	r.ParticipantMacroF1 = training.Spread{Mean: s.PersonMacroF1, CI: interval(s.PersonMacroF1, s.MacroF1Interval, s.People)}
	for _, v := range d.Variants {
		if v.Measured && v.Name != nn.F32 {
			r.Precisions = append(r.Precisions, training.PrecisionScore{Precision: v.Name, Accuracy: v.Accuracy, MacroF1: v.MacroF1, Changed: v.Changed, Windows: v.Windows})
		}
	}
	return r
}

func interval(estimate float64, ends *[2]float64, n int) *stats.Interval {
	if ends == nil {
		return nil
	}
	const level = 0.95
	return &stats.Interval{Estimate: estimate, Lo: ends[0], Hi: ends[1], Level: level, N: n}
}
