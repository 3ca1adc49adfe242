package devices

import (
	"fmt"

	"onset/training/nn"
)

// layout lists where each tensor of the weights lies. outputs are every layer's
// output for any input, in the order in which layers finish: they carry the
// shapes.
func layout(spec nn.Spec, outputs []nn.LayerOutput) ([]Tensor, error) {
	l := layouter{outputs: outputs}
	l.chain(spec.Layers, spec.Input)
	if l.offset != spec.Params() || len(l.outputs) != 0 {
		return nil, fmt.Errorf("laying out the weights: %d of %d are accounted for", l.offset, spec.Params())
	}
	return l.tensors, nil
}

type layouter struct {
	outputs []nn.LayerOutput
	tensors []Tensor
	offset  int
}

func (l *layouter) chain(layers []nn.LayerSpec, in nn.Shape) {
	for _, layer := range layers {
		if layer.Kind == nn.Residual {
			l.chain(layer.Layers, in)
		}
		if len(l.outputs) == 0 {
			return
		}
		done := l.outputs[0]
		l.outputs = l.outputs[1:]
		add := func(name string, shape ...int) {
			n := 1
			for _, d := range shape {
				n *= d
			}
			l.tensors = append(l.tensors, Tensor{Layer: done.Layer, Kind: string(layer.Kind), Name: name, Shape: shape, Offset: l.offset})
			l.offset += n
		}
		switch layer.Kind {
		case nn.Dense:
			add("weights", layer.Out, in.Size())
			add("biases", layer.Out)
		case nn.Conv:
			add("weights", layer.Out, in.Channels, layer.Kernel)
			add("biases", layer.Out)
		case nn.BatchNorm, nn.LayerNorm:
			add("scale", in.Channels)
			add("shift", in.Channels)
			if layer.Kind == nn.BatchNorm {
				add("mean", in.Channels)
				add("variance", in.Channels)
			}
		}
		in = done.Shape
	}
}
