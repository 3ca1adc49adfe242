package devices

import (
	"encoding/json"
	"fmt"
	"math"

	"onset/dataset"
	"onset/training"
	"onset/training/stats"
)

// Preview is what an export of a model would be, before anything is written.
type Preview struct {
	Model        string    `json:"model"`
	Architecture string    `json:"architecture"`
	Parameters   int       `json:"parameters"`
	MultiplyAdds int       `json:"multiply_adds"` // for one window
	Variants     []Variant `json:"variants"`
	Refused      string    `json:"refused,omitempty"` // why it can't be exported
}

// PreviewOf says how large a stored model is in every form and what each form
// costs. Errors are those of a model that can't be read.
func PreviewOf(row dataset.ModelRow) (Preview, error) {
	m, err := training.FromRow(row)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Model: m.ID, Architecture: m.Architecture()}
	spec, ok := m.Net()
	if !ok {
		p.Refused = fmt.Sprintf("a model of kind %q can't be exported, only nets can", m.Kind())
		return p, nil
	}
	p.Parameters, p.MultiplyAdds = spec.Params(), spec.MultiplyAdds()
	if origin, err := originOf(row); err != nil || origin != nil {
		if err == nil {
			p.Variants = allVariants(spec, origin.Variants)
		}
		return p, err
	}
	result, err := resultOf(row.Scores)
	if err != nil {
		return p, err
	}
	p.Variants = variantsOf(spec, result, DefaultGate())
	return p, nil
}

func lineageOf(l training.Lineage) Lineage {
	out := Lineage{Run: l.Run, WindowSet: l.WindowSet, Seed: l.Seed, Split: l.Split, LedgerPosition: l.LedgerPosition,
		LedgerHash: l.LedgerHash, Participants: len(l.Participants), Sessions: []string{}}
	for _, s := range l.Sessions {
		out.Sessions = append(out.Sessions, string(s))
	}
	return out
}

// resultOf reads a stored result; none is empty.
func resultOf(stored []byte) (training.Result, error) {
	var r training.Result
	if len(stored) == 0 {
		return r, nil
	}
	if err := json.Unmarshal(stored, &r); err != nil {
		return r, fmt.Errorf("reading the model's scores: %w", err)
	}
	return r, nil
}

// scoresOf keeps of a result what may leave: no person's code.
func scoresOf(r training.Result) Scores {
	s := Scores{Unit: r.Unit, Accuracy: r.Accuracy, MacroF1: r.MacroF1, Kappa: r.Kappa, Chance: r.Chance, ECE: r.ECE,
		PersonAccuracy: r.ParticipantAccuracy.Mean, PersonMacroF1: r.ParticipantMacroF1.Mean, Windows: r.Windows, Folds: len(r.Folds), People: len(r.Participants), Confusion: r.Confusion, PerClass: r.PerClass}
	for i, p := range r.Participants {
		if i == 0 {
			s.Lowest = p.Accuracy
		}
		s.Lowest, s.Highest = min(s.Lowest, p.Accuracy), max(s.Highest, p.Accuracy)
	}
	s.AccuracyInterval, s.MacroF1Interval = ends(r.ParticipantAccuracy.CI), ends(r.ParticipantMacroF1.CI)
	if s.AccuracyInterval != nil {
		s.IntervalUnit = "participant"
	}
	return s
}

// ends are those of an interval; nil without one.
func ends(i *stats.Interval) *[2]float64 {
	if i == nil || math.IsNaN(i.Lo) || math.IsNaN(i.Hi) {
		return nil
	}
	return &[2]float64{i.Lo, i.Hi}
}
