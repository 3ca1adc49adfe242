package nn

import "fmt"

// SequentialLogits gives what the last layer computes before its softmax for one
// example, [channel][sample], by the arithmetic of [Net.LayerOutputs]: the same
// bits as on a device, and slower than Logits.
func (n *Net) SequentialLogits(x []float32) ([]float32, error) {
	if len(x) != n.spec.Input.Size() {
		return nil, fmt.Errorf("logits: %d values, the input %v takes %d", len(x), n.spec.Input, n.spec.Input.Size())
	}
	for _, o := range n.ops {
		x = o.refer(n.weights, x, func([]float32) {})
	}
	return x, nil
}
