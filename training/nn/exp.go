package nn

import (
	"math"

	"onset/dataset/exact"
)

// tanh by exp; below 1e-4 the cubic is exact to float32.
func tanh(x float64) float64 {
	if math.Abs(x) < 1e-4 {
		return x - float64(float64(x*x)*x)/3
	}
	return 1 - 2/(exact.Exp(float64(2*x))+1)
}

func sigmoid(x float64) float64 { return 1 / (1 + exact.Exp(-x)) }

// cosine is that of x in [0, pi], with the same bits on every machine.
func cosine(x float64) float64 {
	q, sum := float64(x*x), 0.0
	for k := 30; k >= 2; k -= 2 {
		sum = float64((1-sum)*q) / float64(k*(k-1))
	}
	return 1 - sum
}
