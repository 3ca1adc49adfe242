package training

import (
	"fmt"

	"onset/training/nn"
)

// Net is the architecture of a model that is a neural net; ok is false for
// other kinds.
func (m *Model) Net() (spec nn.Spec, ok bool) {
	b, ok := m.brain.(*netBrain)
	if !ok {
		return nn.Spec{}, false
	}
	return b.net.Spec(), true
}

// LayerOutputs gives every layer's output for a window as Predict takes it, by
// the plain sequential arithmetic of [nn.Net.LayerOutputs], which is the same
// bit for bit on every machine. It is for proving a model that left the study;
// only neural nets have layers.
func (m *Model) LayerOutputs(window [][]float64) ([]nn.LayerOutput, error) {
	if err := m.contract.CheckWindow(window); err != nil {
		return nil, fmt.Errorf("layer outputs: %w", err)
	}
	b, ok := m.brain.(*netBrain)
	if !ok {
		return nil, fmt.Errorf("layer outputs: %w", errNoNet(m.kind))
	}
	turned, err := orient(m.contract.Orientation, m.contract.Channels, window)
	if err != nil {
		return nil, fmt.Errorf("layer outputs: %w", err)
	}
	return b.net.LayerOutputs(b.inputs([][]float32{flatten(turned)}))
}

func errNoNet(kind string) error { return fmt.Errorf("a model of kind %q has no layers", kind) }
