package baseline

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
)

// logistic is multinomial logistic regression with an L2 penalty: it minimises
// the weighted sum of cross-entropies plus |W|²/(2C), biases unpenalised.
type logistic struct {
	W []float64 // [class][feature]
	B []float64
}

func fitLogistic(ctx context.Context, c Config, d Data, classes int) (*logistic, error) {
	features := len(d.X[0])
	weights := classWeights(c, d.Y, classes)
	l := &lossOf{d: d, classes: classes, features: features, c: c.C, weights: weights, p: make([]float64, classes)}
	w := make([]float64, classes*(features+1))
	if err := descend(ctx, w, l.at); err != nil {
		return nil, err
	}
	return &logistic{W: w[:classes*features], B: w[classes*features:]}, nil
}

// lossOf computes loss and gradient in one walk over the data.
type lossOf struct {
	d                 Data
	classes, features int
	c                 float64
	weights, p        []float64
}

func (l *lossOf) at(w, grad []float64) float64 {
	m := logistic{w[:l.classes*l.features], w[l.classes*l.features:]}
	total := floats.Dot(m.W, m.W) / (2 * l.c)
	clear(grad)
	floats.AddScaled(grad[:len(m.W)], 1/l.c, m.W)
	for i, x := range l.d.X {
		target := l.d.Y[i]
		total -= l.weights[target] * m.logProbabilities(l.p, x, target)
		for k, p := range l.p {
			if k == target {
				p--
			}
			p *= l.weights[target]
			floats.AddScaled(grad[k*l.features:(k+1)*l.features], p, x)
			grad[len(m.W)+k] += p
		}
	}
	return total
}

// logProbabilities writes the probabilities to p and gives the logarithm of
// the target's.
func (m *logistic) logProbabilities(p, x []float64, target int) float64 {
	for k, b := range m.B {
		p[k] = b + floats.Dot(m.W[k*len(x):(k+1)*len(x)], x)
	}
	z, top, sum := p[target], floats.Max(p), 0.0
	for k, v := range p {
		p[k] = math.Exp(v - top)
		sum += p[k]
	}
	floats.Scale(1/sum, p)
	return z - top - math.Log(sum)
}

func (m *logistic) probabilities(p, x []float64) { m.logProbabilities(p, x, 0) }

func (m *logistic) check(classes, features int) error {
	if len(m.W) != classes*features || len(m.B) != classes {
		return fmt.Errorf("%d weights and %d biases", len(m.W), len(m.B))
	}
	return nil
}
