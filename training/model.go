package training

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"onset/dataset"
)

// Lineage is where a model comes from.
type Lineage struct {
	Run            string                  `json:"run"`
	WindowSet      string                  `json:"window_set"`
	Seed           uint64                  `json:"seed"`
	Split          string                  `json:"split"`
	LedgerPosition int64                   `json:"ledger_position"`
	LedgerHash     string                  `json:"ledger_hash"`
	Participants   []dataset.ParticipantID `json:"participants"` // it has seen these
	Sessions       []dataset.SessionID     `json:"sessions"`
}

// Model is a fitted model under its contract. It may be used by several
// goroutines at once.
type Model struct {
	ID      string
	Lineage Lineage

	contract     Contract
	classes      []string
	prior        []float64
	temperature  float64
	kind         string
	architecture string
	brain        brain
	row          dataset.ModelRow
}

// ErrModel is what every refusal of a stored model wraps.
var ErrModel = errors.New("model can't be used")

// modelSpec is the stored description; weights are kept beside it.
type modelSpec struct {
	Version     int             `json:"version"`
	Kind        string          `json:"kind"`
	Contract    Contract        `json:"contract"`
	Classes     []string        `json:"classes"`
	Prior       []float64       `json:"prior"`
	Temperature float64         `json:"temperature"`
	Lineage     Lineage         `json:"lineage"`
	Net         json.RawMessage `json:"net"` // the kind's own description
}

const modelVersion = 1

// Contract is how to feed the model.
func (m *Model) Contract() Contract { return m.contract }

// Classes are the names of the outputs, in order.
func (m *Model) Classes() []string { return slices.Clone(m.classes) }

// Prior is the share of each class in the training, in the order of Classes.
func (m *Model) Prior() []float64 { return slices.Clone(m.prior) }

// Temperature divides the logits of a calibrated prediction.
func (m *Model) Temperature() float64 { return m.temperature }

// Kind is the kind of model, such as "mlp".
func (m *Model) Kind() string { return m.kind }

// Architecture is the model in one line.
func (m *Model) Architecture() string { return m.architecture }

// Stored is the row the model was read from or written as.
func (m *Model) Stored() dataset.ModelRow { return m.row }

// HasSeen reports whether the session, or another of its participant, was among
// the training's examples.
func (m *Model) HasSeen(session dataset.SessionID, participant dataset.ParticipantID) (sameSession, samePerson bool) {
	return slices.Contains(m.Lineage.Sessions, session), slices.Contains(m.Lineage.Participants, participant)
}

// Predict is the calibrated distribution over Classes for a window as the
// contract wants it: [channel][sample] in the contract's units, filtered, not
// scaled. A window of another shape is refused.
func (m *Model) Predict(window [][]float64) ([]float64, error) {
	logits, err := m.PredictRaw(window)
	if err != nil {
		return nil, err
	}
	return softmax(logits, m.temperature), nil
}

// ErrNotAdapted is what a model says that was taught and scored with each
// person's own scaling and has not been adapted to a person: what it would answer
// has never been judged.
var ErrNotAdapted = errors.New(`the model scales features by each person's own windows (data.person = "windows") and has not been adapted to this person; its scores would not hold. Use a model with data.person = "none", or adapt it first`)

// NeedsPerson reports whether the model has to be adapted to a person (see Adapt)
// before it predicts.
func (m *Model) NeedsPerson() bool { return needsPerson(m.brain) }

func needsPerson(b brain) bool {
	switch b := b.(type) {
	case *featureBrain:
		return b.Person != nil && !b.own
	case *ensembleBrain:
		return slices.ContainsFunc(b.members, func(m ensembleMember) bool { return needsPerson(m.brain) })
	}
	return false
}

// PredictRaw gives the logits: the values whose softmax, divided by the
// temperature, is what Predict gives.
func (m *Model) PredictRaw(window [][]float64) ([]float64, error) {
	if err := m.contract.CheckWindow(window); err != nil {
		return nil, fmt.Errorf("predicting: %w", err)
	}
	if m.NeedsPerson() {
		return nil, fmt.Errorf("predicting: %w", ErrNotAdapted)
	}
	rows, err := m.brain.logits([][]float32{flatten(window)})
	if err != nil {
		return nil, fmt.Errorf("predicting: %w", err)
	}
	return rows[0], nil
}

// Row is the form in which a study keeps the model.
func (m *Model) Row(r *Result, now time.Time) (dataset.ModelRow, error) {
	record, err := m.brain.record()
	if err != nil {
		return dataset.ModelRow{}, fmt.Errorf("storing model %s: %w", m.ID, err)
	}
	spec, err := json.Marshal(modelSpec{Version: modelVersion, Kind: m.kind, Contract: m.contract, Classes: m.classes,
		Prior: m.prior, Temperature: m.temperature, Lineage: m.Lineage, Net: record.spec})
	if err != nil {
		return dataset.ModelRow{}, fmt.Errorf("storing model %s: %w", m.ID, err)
	}
	m.row = dataset.ModelRow{ID: m.ID, Run: m.Lineage.Run, CreatedAt: now, Architecture: record.architecture,
		Spec: spec, Weights: record.weights}
	if r != nil {
		short := *r
		short.Curves, short.Reliability, short.Notes = nil, nil, nil
		if m.row.Scores, err = json.Marshal(short); err != nil {
			return dataset.ModelRow{}, fmt.Errorf("storing the scores of model %s: %w", m.ID, err)
		}
		m.row.Accuracy, m.row.MacroF1 = r.Accuracy, r.MacroF1
	}
	return m.row, nil
}

// Load reads a model of the study by its id or a unique start of it.
func Load(ctx context.Context, store interface {
	Model(ctx context.Context, id string) (dataset.ModelRow, error)
}, id string) (*Model, error) {
	row, err := store.Model(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("reading model %s: %w", id, err)
	}
	return FromRow(row)
}

// FromRow decodes a stored model and checks its contract. Errors wrap ErrModel.
func FromRow(row dataset.ModelRow) (*Model, error) {
	refuse := func(err error) (*Model, error) { return nil, fmt.Errorf("%w: model %s: %w", ErrModel, row.ID, err) }
	if row.Withdrawn != "" {
		return refuse(errors.New("a participant whose recordings it learnt from has withdrawn; it must not be used any more"))
	}
	var s modelSpec
	if err := json.Unmarshal(row.Spec, &s); err != nil {
		return refuse(fmt.Errorf("its description can't be read: %w", err))
	}
	if s.Version != modelVersion {
		return refuse(fmt.Errorf("its description is of version %d, this program reads %d", s.Version, modelVersion))
	}
	if err := s.check(); err != nil {
		return refuse(err)
	}
	record := brainRecord{kind: s.Kind, spec: s.Net, weights: row.Weights, mean: s.Contract.Mean, std: s.Contract.Std}
	b, err := readBrain(record, frameOf(s.Contract, s.Contract.Orientation), len(s.Classes))
	if err != nil {
		return refuse(err)
	}
	m := &Model{ID: row.ID, Lineage: s.Lineage, contract: s.Contract, classes: s.Classes, prior: s.Prior,
		temperature: s.Temperature, kind: s.Kind, architecture: row.Architecture, brain: b, row: row}
	return m, nil
}

func (s modelSpec) check() error {
	if len(s.Classes) < 2 || len(s.Prior) != len(s.Classes) {
		return fmt.Errorf("it has %d classes and a prior of %d", len(s.Classes), len(s.Prior))
	}
	for i, c := range s.Classes {
		if c == "" || slices.Contains(s.Classes[:i], c) {
			return fmt.Errorf("class %d is named %q, empty or not unique", i, c)
		}
	}
	sum := 0.0
	for _, p := range s.Prior {
		if !(p > 0 && p <= 1) {
			return fmt.Errorf("its prior holds %g", p)
		}
		sum += p
	}
	if math.Abs(sum-1) > 1e-6 {
		return fmt.Errorf("its prior sums to %g", sum)
	}
	if !(s.Temperature >= minTemperature/2 && s.Temperature <= maxTemperature*2) {
		return fmt.Errorf("its temperature is %g", s.Temperature)
	}
	return s.Contract.Check()
}

// Adapt is the model made one person's own, from windows of theirs as the
// contract wants them, without labels. A model that was not trained for it is
// returned as it is.
func (m *Model) Adapt(windows [][][]float64) (*Model, error) {
	a, ok := m.brain.(adaptive)
	if !ok {
		return m, nil
	}
	var flat [][]float32
	for i, w := range windows {
		if err := m.contract.CheckWindow(w); err != nil {
			return nil, fmt.Errorf("adapting: window %d: %w", i, err)
		}
		flat = append(flat, flatten(w))
	}
	b, err := a.adapted(flat)
	if err != nil {
		return nil, fmt.Errorf("adapting: %w", err)
	}
	own := *m
	own.brain = b
	return &own, nil
}
