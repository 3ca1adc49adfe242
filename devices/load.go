package devices

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"onset/dataset"
	"onset/training"
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

// Import brings an exported model into a study, its weights bit for bit, after
// the same verification as Check. A model of the same id with other weights is
// refused (dataset.ErrConflict).
func Import(ctx context.Context, study Keeper, dir string, now time.Time) (Imported, error) {
	f, err := open(dir)
	if err != nil {
		return Imported{}, err
	}
	d := f.description
	row, err := f.model.Row(d.Scores.result(), now)
	if err != nil {
		return Imported{}, fmt.Errorf("importing model %s: %w", d.Model, err)
	}
	row.Name = d.Name
	out, err := keep(ctx, study, row, d.Classes)
	out.Notes = append(out.Notes, "It no longer says which people it learnt from; scores on them would flatter it.")
	if d.Simulated {
		out.Notes = append(out.Notes, "It was trained on simulated data.")
	}
	return out, err
}

func keep(ctx context.Context, study Keeper, row dataset.ModelRow, classes []string) (Imported, error) {
	out := Imported{Model: row.ID, Architecture: row.Architecture, Classes: classes, Notes: []string{}}
	before, err := study.Model(ctx, row.ID)
	switch {
	case err == nil && before.ID == row.ID && bytes.Equal(before.Weights, row.Weights):
		out.Already = true
		return out, nil
	case err == nil && before.ID == row.ID:
		return out, fmt.Errorf("importing model %s: the study holds another model of this id; nothing was changed: %w", row.ID, dataset.ErrConflict)
	case err != nil && !errors.Is(err, dataset.ErrNotFound):
		return out, fmt.Errorf("importing model %s: %w", row.ID, err)
	}
	if err := study.SaveModel(ctx, row); err != nil {
		return out, fmt.Errorf("importing model %s: %w", row.ID, err)
	}
	return out, nil
}

// result is what a study keeps of scores that came with an export.
func (s Scores) result() *training.Result {
	if s.Windows == 0 {
		return nil
	}
	r := &training.Result{Unit: s.Unit, Accuracy: s.Accuracy, MacroF1: s.MacroF1, Kappa: s.Kappa, Chance: s.Chance, ECE: s.ECE,
		Windows: s.Windows, Confusion: s.Confusion, PerClass: slices.Clone(s.PerClass), Notes: []string{"These scores came with an exported model."}}
	r.ParticipantAccuracy.Mean, r.ParticipantMacroF1.Mean = s.PersonAccuracy, s.PersonMacroF1
	return r
}
