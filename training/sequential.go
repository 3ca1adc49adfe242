package training

import (
	"fmt"
	"math"

	"onset/training/nn"
)

// Sequential is the model by the arithmetic of its golden vectors: what a device
// answers, bit for bit, slower than the model itself. Models that are no nets are
// returned as they are.
func (m *Model) Sequential() *Model {
	b, ok := m.brain.(*netBrain)
	if !ok {
		return m
	}
	own, net := *m, *b
	net.sequential, own.brain = true, &net
	return &own
}

func sequentialLogits(net *nn.Net, x []float32, n int) ([][]float64, error) {
	d := net.Spec().Input.Size()
	out := make([][]float64, n)
	for i := range out {
		y, err := net.SequentialLogits(x[i*d : (i+1)*d])
		if err != nil {
			return nil, err
		}
		for j, v := range y {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return nil, fmt.Errorf("the net gave %g for class %d", v, j)
			}
			out[i] = append(out[i], float64(v))
		}
	}
	return out, nil
}
