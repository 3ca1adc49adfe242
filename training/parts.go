package training

import (
	"encoding/json"
	"fmt"

	"onset/dataset"
)

// Parts are what a model is made of, as an exported one carries it.
type Parts struct {
	ID, Kind, Architecture string
	Contract               Contract
	Classes                []string
	Prior                  []float64
	Temperature            float64
	Lineage                Lineage
	Net                    []byte // JSON: the kind's own description
	Weights                []byte // float32 little-endian
}

// Parts takes the model apart.
func (m *Model) Parts() (Parts, error) {
	record, err := m.brain.record()
	if err != nil {
		return Parts{}, fmt.Errorf("taking model %s apart: %w", m.ID, err)
	}
	return Parts{ID: m.ID, Kind: m.kind, Architecture: m.architecture, Contract: m.contract, Classes: m.Classes(),
		Prior: m.Prior(), Temperature: m.temperature, Lineage: m.Lineage, Net: record.spec, Weights: record.weights}, nil
}

// FromParts puts a model together and checks it as FromRow does.
func FromParts(p Parts) (*Model, error) {
	spec, err := json.Marshal(modelSpec{Version: modelVersion, Kind: p.Kind, Contract: p.Contract, Classes: p.Classes,
		Prior: p.Prior, Temperature: p.Temperature, Lineage: p.Lineage, Net: p.Net})
	if err != nil {
		return nil, fmt.Errorf("%w: model %s: %w", ErrModel, p.ID, err)
	}
	return FromRow(dataset.ModelRow{ID: p.ID, Architecture: p.Architecture, Spec: spec, Weights: p.Weights})
}
