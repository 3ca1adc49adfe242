package nn

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sync"

	"onset/dataset/exact"
)

// Net is a Spec with weights. Predictions may run concurrently; nothing else
// may run while weights change.
type Net struct {
	spec     Spec
	ops      []op
	segments []segment
	weights  []float32
	shapes   int // number of memory slots a pass needs
	passes   sync.Pool
}

// New builds the net of a spec with seeded weights: uniform He for layers that
// lead into ReLU, leaky ReLU or GELU, uniform Glorot for others, zero biases.
// The same spec and seed give the same bits on every machine.
func New(spec Spec, seed uint64) (*Net, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	n := &Net{spec: spec.clone()}
	b := builder{shape: spec.Input}
	b.chain(n.spec.Layers)
	n.ops, n.segments, n.shapes = b.ops, b.segments, b.slots
	n.weights = make([]float32, b.params)
	for i, s := range n.segments {
		s.initialise(n.weights[s.offset:s.offset+s.len], seed, uint64(i))
	}
	return n, nil
}

// Spec is the net's architecture; the caller may change the copy.
func (n *Net) Spec() Spec { return n.spec.clone() }

// Outputs is the number of values per example that Forward gives.
func (n *Net) Outputs() int { return n.ops[len(n.ops)-1].shape().Size() }

// Weights is a copy of all weights in the documented order.
func (n *Net) Weights() []float32 { return slices.Clone(n.weights) }

// SetWeights replaces all weights; their number must be Spec().Params() and
// every one must be finite.
func (n *Net) SetWeights(w []float32) error {
	if len(w) != len(n.weights) {
		return fmt.Errorf("setting weights: %d given, this net has %d", len(w), len(n.weights))
	}
	for i, v := range w {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("setting weights: number %d is %v", i, v)
		}
	}
	copy(n.weights, w)
	return nil
}

// MarshalWeights gives the weights as little-endian IEEE 754 float32, without
// a header, in the documented order.
func (n *Net) MarshalWeights() []byte {
	b := make([]byte, 0, 4*len(n.weights))
	for _, w := range n.weights {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(w))
	}
	return b
}

// UnmarshalWeights is the inverse of MarshalWeights.
func (n *Net) UnmarshalWeights(b []byte) error {
	if len(b) != 4*len(n.weights) {
		return fmt.Errorf("reading weights: %d bytes given, this net needs %d", len(b), 4*len(n.weights))
	}
	w := make([]float32, len(n.weights))
	for i := range w {
		w[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return n.SetWeights(w)
}

// Clone is an independent net with the same weights.
func (n *Net) Clone() *Net {
	return &Net{spec: n.spec.clone(), ops: n.ops, segments: n.segments, shapes: n.shapes, weights: slices.Clone(n.weights)}
}

// Forward gives the outputs for a batch of examples: [example][output],
// probabilities when the last layer has softmax. It panics when x isn't
// batch examples long, as that is a fault of the program.
func (n *Net) Forward(x []float32, batch int) []float32 {
	out := n.Logits(x, batch)
	if n.spec.Layers[len(n.spec.Layers)-1].Activation == Softmax {
		SoftmaxRows(out, n.Outputs(), 1)
	}
	return out
}

// Logits gives what the last layer computes before its softmax, for example to
// temper it with a fitted temperature.
func (n *Net) Logits(x []float32, batch int) []float32 {
	p := n.borrow(batch)
	defer n.passes.Put(p)
	y := p.forward(x)
	out := make([]float32, batch*n.Outputs())
	p.kernel.transpose(out, y, n.Outputs(), batch)
	return out
}

// borrow takes a pass from the pool and makes it ready for inference.
func (n *Net) borrow(batch int) *pass {
	p, _ := n.passes.Get().(*pass)
	if p == nil {
		p = newPass(n)
	}
	p.begin(batch, false)
	return p
}

// SoftmaxRows turns rows of logits into probabilities in place; logits are
// divided by the temperature first. Exponentials are taken in float64 and
// rounded, so the same logits give the same bits on every machine.
func SoftmaxRows(rows []float32, width int, temperature float64) {
	for ; len(rows) >= width && width > 0; rows = rows[width:] {
		row := rows[:width]
		top := slices.Max(row)
		sum := 0.0
		for i, v := range row {
			e := exact.Exp(float64(v-top) / temperature)
			row[i] = float32(e)
			sum += e
		}
		for i, v := range row {
			row[i] = float32(float64(v) / sum)
		}
	}
}

func (s Spec) clone() Spec {
	s.Layers = cloneLayers(s.Layers)
	return s
}

func cloneLayers(layers []LayerSpec) []LayerSpec {
	out := slices.Clone(layers)
	for i := range out {
		out[i].Layers = cloneLayers(out[i].Layers)
	}
	return out
}
