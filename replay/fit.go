package replay

import "math"

// example is one held-out decision to fit the pool's weights on: what the
// sources said of n exercises, and which was true.
type example struct {
	terms [Sources][]float64
	truth int
	n     int
}

// spread of the belief that weights lie near the default's: a few dozen
// decisions outweigh it.
const weightSpread = 0.5

// fitPool finds the weights that make held-out decisions most likely, leaning
// towards the given pool: a multinomial logistic regression with one feature for
// each source, convex, by projected gradient with backtracking. Weights are not
// negative. Floors stay.
func fitPool(examples []example, near Pool) Pool {
	if len(examples) == 0 {
		return near
	}
	unit := near
	for s := range Sources {
		unit.Weight[s] = 1
	}
	// Each source's floored logarithm for each exercise, with weight 1.
	logs := make([][Sources][]float64, len(examples))
	for i, x := range examples {
		for s := range Sources {
			logs[i][s] = unit.Term(s, x.terms[s], x.n)
		}
	}
	w := near.Weight
	loss, grad := fitLoss(examples, logs, w, near.Weight)
	step := 0.1
	for range 500 {
		var next [Sources]float64
		for s := range w {
			next[s] = max(0, w[s]-step*grad[s])
		}
		l, g := fitLoss(examples, logs, next, near.Weight)
		if l > loss {
			if step /= 2; step < 1e-9 {
				break
			}
			continue
		}
		done := loss-l < 1e-10
		w, loss, grad = next, l, g
		step *= 1.5
		if done {
			break
		}
	}
	near.Weight = w
	return near
}

// fitLoss is the mean negative log-likelihood with the lean, and its gradient.
func fitLoss(examples []example, logs [][Sources][]float64, w, near [Sources]float64) (loss float64, grad [Sources]float64) {
	for i, x := range examples {
		sum := make([]float64, x.n)
		for s := range Sources {
			for e, v := range logs[i][s] {
				sum[e] += w[s] * v
			}
		}
		p := softmax(sum)
		loss -= math.Log(max(p[x.truth], 1e-12))
		for s := range Sources {
			for e, v := range logs[i][s] {
				grad[s] += p[e] * v
			}
			grad[s] -= logs[i][s][x.truth]
		}
	}
	n := float64(len(examples))
	loss /= n
	for s := range grad {
		grad[s] /= n
		d := w[s] - near[s]
		loss += d * d / (2 * weightSpread * weightSpread * n)
		grad[s] += d / (weightSpread * weightSpread * n)
	}
	return loss, grad
}
