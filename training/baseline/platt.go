package baseline

import "math"

// fitSigmoid finds A and B of P(positive | f) = 1/(1 + exp(A f + B)) by
// Newton's method with backtracking on Platt's smoothed targets (Platt 2000,
// in the numerically safe form of Lin, Lin and Weng 2007).
func fitSigmoid(f, y []float64) (a, b float64) {
	positive := 0.0
	for _, v := range y {
		if v > 0 {
			positive++
		}
	}
	negative := float64(len(y)) - positive
	hi, lo := (positive+1)/(positive+2), 1/(negative+2)
	target := make([]float64, len(y))
	for i, v := range y {
		target[i] = lo
		if v > 0 {
			target[i] = hi
		}
	}
	loss := func(a, b float64) float64 {
		sum := 0.0
		for i, t := range target {
			z := f[i]*a + b
			// -t log p - (1-t) log(1-p) = t z + log(1+exp(-z)), safe for either sign of z
			if z >= 0 {
				sum += t*z + math.Log1p(math.Exp(-z))
			} else {
				sum += (t-1)*z + math.Log1p(math.Exp(z))
			}
		}
		return sum
	}
	b = math.Log((negative + 1) / (positive + 1))
	now := loss(a, b)
	for range 100 {
		haa, hab, hbb, ga, gb := 1e-12, 0.0, 1e-12, 0.0, 0.0
		for i, t := range target {
			p := logit(-(f[i]*a + b))
			w, d := p*(1-p), t-p
			haa += f[i] * f[i] * w
			hab += f[i] * w
			hbb += w
			ga += f[i] * d
			gb += d
		}
		if math.Abs(ga) < 1e-5 && math.Abs(gb) < 1e-5 {
			break
		}
		det := haa*hbb - hab*hab
		da, db := -(hbb*ga-hab*gb)/det, -(haa*gb-hab*ga)/det
		slope, step := ga*da+gb*db, 1.0
		for ; step >= 1e-10; step /= 2 {
			if next := loss(a+step*da, b+step*db); next < now+1e-4*step*slope {
				a, b, now = a+step*da, b+step*db, next
				break
			}
		}
		if step < 1e-10 {
			break
		}
	}
	return a, b
}

// couple makes one distribution of pairwise probabilities r[i][j] = P(i | i or
// j): the p that minimises the sum over pairs of (r_ji p_i - r_ij p_j)², by the
// fixed-point iteration of Wu, Lin and Weng 2004, section 4.
func couple(r [][]float64) []float64 {
	k := len(r)
	p, qp := make([]float64, k), make([]float64, k)
	q := make([][]float64, k)
	for i := range q {
		q[i], p[i] = make([]float64, k), 1/float64(k)
		for j := range q {
			if j != i {
				q[i][i] += r[j][i] * r[j][i]
				q[i][j] = -r[j][i] * r[i][j]
			}
		}
	}
	for range max(100, k) * 10 {
		pqp := 0.0
		for i := range p {
			qp[i] = 0
			for j := range p {
				qp[i] += q[i][j] * p[j]
			}
			pqp += p[i] * qp[i]
		}
		worst := 0.0
		for _, v := range qp {
			worst = max(worst, math.Abs(v-pqp))
		}
		if worst < 1e-9/float64(k) {
			break
		}
		for i := range p {
			d := (pqp - qp[i]) / q[i][i]
			p[i] += d
			pqp = (pqp + d*(d*q[i][i]+2*qp[i])) / (1 + d) / (1 + d)
			for j := range p {
				qp[j] = (qp[j] + d*q[i][j]) / (1 + d)
				p[j] /= 1 + d
			}
		}
	}
	return p
}
