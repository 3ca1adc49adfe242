package nn

import "fmt"

// LayerOutput is what one layer of the spec gives for one example.
type LayerOutput struct {
	Layer  string    // its number, from 1; layers inside a residual are "3.1"
	Kind   Kind      // as in the spec
	Shape  Shape     // of Values
	Values []float32 // [channel][sample]
}

// LayerOutputs gives every layer's output for one example, [channel][sample],
// by plain sequential arithmetic that a device can repeat: float32 products
// rounded before they are added, in the order in which weights are stored, the
// bias last, exponentials rounded from float64. Layers inside a residual come
// before it; the last one is after softmax. Kernels may differ from it in the
// last bits. It is for golden vectors and tests, not for speed.
func (n *Net) LayerOutputs(x []float32) ([]LayerOutput, error) {
	if len(x) != n.spec.Input.Size() {
		return nil, fmt.Errorf("layer outputs: %d values, the input %v takes %d", len(x), n.spec.Input, n.spec.Input.Size())
	}
	names := layerNames(n.spec.Layers, "")
	shapes := n.spec.shapes()
	var out []LayerOutput
	report := func(y []float32) {
		i := len(out)
		out = append(out, LayerOutput{names[i].Layer, names[i].Kind, shapes[i], append([]float32(nil), y...)})
	}
	for _, o := range n.ops {
		x = o.refer(n.weights, x, report)
	}
	if last := &out[len(out)-1]; n.spec.Layers[len(n.spec.Layers)-1].Activation == Softmax {
		SoftmaxRows(last.Values, len(last.Values), 1)
	}
	return out, nil
}

// layerNames lists the layers in the order in which they finish.
func layerNames(layers []LayerSpec, path string) []LayerOutput {
	var out []LayerOutput
	for i, l := range layers {
		at := fmt.Sprintf("%s%d", path, i+1)
		out = append(out, layerNames(l.Layers, at+".")...)
		out = append(out, LayerOutput{Layer: at, Kind: l.Kind})
	}
	return out
}

// shapes are the layers' output shapes in the order in which they finish.
func (s Spec) shapes() []Shape {
	var out []Shape
	var walk func(layers []LayerSpec, in Shape) Shape
	walk = func(layers []LayerSpec, in Shape) Shape {
		for _, l := range layers {
			if l.Kind == Residual {
				walk(l.Layers, in)
			} else {
				in, _ = l.output(in)
			}
			out = append(out, in)
		}
		return in
	}
	walk(s.Layers, s.Input)
	return out
}
