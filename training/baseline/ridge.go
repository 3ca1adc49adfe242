package baseline

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// ridge is linear regression of +1 for an example's class and -1 for the others
// with an L2 penalty of 1/C, the classifier that its authors put on MiniRocket's
// features. It has a closed form, so it is quick where features are many.
type ridge struct {
	W []float64 // [class][feature]
	B []float64
}

// ridgeSlope turns scores, which lie about -1 and 1, into logits. It only fixes a
// scale: calibration has the last word.
const ridgeSlope = 4

// untaught is the score of a class without examples: no probability.
const untaught = -1000

func fitRidge(ctx context.Context, c Config, d Data, classes int) (*ridge, error) {
	n, p := len(d.X), len(d.X[0])
	weights := classWeights(c, d.Y, classes)
	// Centred on the weighted mean, so that the intercept is not penalised.
	total, mean, share := 0.0, make([]float64, p), make([]float64, classes)
	for i, row := range d.X {
		w := weights[d.Y[i]]
		total += w
		floats.AddScaled(mean, w, row)
		share[d.Y[i]] += w
	}
	floats.Scale(1/total, mean)
	x := blas32.General{Rows: n, Cols: p, Stride: p, Data: make([]float32, n*p)}
	y := make([][]float64, classes) // weighted targets
	for k := range y {
		y[k] = make([]float64, n)
	}
	for i, row := range d.X {
		root := math.Sqrt(weights[d.Y[i]])
		for j, v := range row {
			x.Data[i*p+j] = float32(root * (v - mean[j]))
		}
		for k := range y {
			y[k][i] = root * (target(d.Y[i] == k) - (2*share[k]/total - 1))
		}
	}
	m := &ridge{B: make([]float64, classes)}
	var err error
	if n < p {
		m.W, err = ridgeDual(ctx, x, y, 1/c.C)
	} else {
		m.W, err = ridgePrimal(ctx, x, y, 1/c.C)
	}
	for k := range m.B {
		if err == nil {
			m.B[k] = 2*share[k]/total - 1 - floats.Dot(m.W[k*p:(k+1)*p], mean)
		}
		if share[k] == 0 {
			m.B[k] = untaught
		}
	}
	return m, err
}

func target(own bool) float64 {
	if own {
		return 1
	}
	return -1
}

// ridgePrimal solves (X'X + penalty) w = X'y.
func ridgePrimal(ctx context.Context, x blas32.General, y [][]float64, penalty float64) ([]float64, error) {
	right := make([][]float64, len(y))
	for k := range y {
		right[k] = transposed(x, y[k])
	}
	solved, err := solveGram(ctx, x, blas.Trans, penalty, right)
	var w []float64
	for _, s := range solved {
		w = append(w, s...)
	}
	return w, err
}

// ridgeDual solves (XX' + penalty) a = y; then w = X'a.
func ridgeDual(ctx context.Context, x blas32.General, y [][]float64, penalty float64) ([]float64, error) {
	solved, err := solveGram(ctx, x, blas.NoTrans, penalty, y)
	var w []float64
	for _, a := range solved {
		w = append(w, transposed(x, a)...)
	}
	return w, err
}

// transposed is X'a, summed in double precision.
func transposed(x blas32.General, a []float64) []float64 {
	out := make([]float64, x.Cols)
	for i, v := range a {
		for j, e := range x.Data[i*x.Stride : i*x.Stride+x.Cols] {
			out[j] += v * float64(e)
		}
	}
	return out
}

func solveGram(ctx context.Context, x blas32.General, t blas.Transpose, penalty float64, right [][]float64) ([][]float64, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	size, other := x.Rows, blas.Transpose(blas.Trans)
	if t == blas.Trans {
		size, other = x.Cols, blas.NoTrans
	}
	gram := blas32.General{Rows: size, Cols: size, Stride: size, Data: make([]float32, size*size)}
	blas32.Gemm(t, other, 1, x, x, 0, gram)
	sym := mat.NewSymDense(size, nil)
	for i := range size {
		for j := i; j < size; j++ {
			v := float64(gram.Data[i*size+j])
			if i == j {
				v += penalty
			}
			sym.SetSym(i, j, v)
		}
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	var factor mat.Cholesky
	if !factor.Factorize(sym) {
		return nil, errors.New("the features are so alike that the penalty 1/c is too weak; use a smaller c")
	}
	out := make([][]float64, len(right))
	for k, r := range right {
		var s mat.VecDense
		if err := factor.SolveVecTo(&s, mat.NewVecDense(size, r)); err != nil {
			return nil, fmt.Errorf("solving: %w", err)
		}
		out[k] = s.RawVector().Data
	}
	return out, nil
}

func (m *ridge) probabilities(p, x []float64) {
	for k, b := range m.B {
		p[k] = ridgeSlope * (b + floats.Dot(m.W[k*len(x):(k+1)*len(x)], x))
	}
	top, sum := floats.Max(p), 0.0
	for k, v := range p {
		p[k] = math.Exp(v - top)
		sum += p[k]
	}
	floats.Scale(1/sum, p)
}

func (m *ridge) check(classes, features int) error {
	if len(m.W) != classes*features || len(m.B) != classes {
		return fmt.Errorf("%d weights and %d biases", len(m.W), len(m.B))
	}
	return nil
}
