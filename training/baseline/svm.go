package baseline

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// machine is one support vector machine for every pair of classes that have
// examples. Decision values become pairwise probabilities by Platt's sigmoid,
// fitted on held-out parts of the training data, and these are coupled to one
// distribution; the most probable class is the answer.
type machine struct {
	Gamma float64 // 0: linear
	Pairs []pair
}

// pair separates class A (positive) from class B.
type pair struct {
	A, B     int
	Support  [][]float64 // nil for a linear kernel
	Dual     []float64   // y times alpha of each
	Normal   []float64   // of the plane, for a linear kernel
	Rho      float64
	SigmoidA float64
	SigmoidB float64
}

func fitMachine(ctx context.Context, c Config, d Data, classes int, progress func(float64)) (*machine, error) {
	m := &machine{}
	if c.Kind == SVMRBF {
		if m.Gamma = c.Gamma; m.Gamma == 0 {
			m.Gamma = 1 / (float64(len(d.X[0])) * max(spread(d.X), 1e-12))
		}
	}
	weights := classWeights(c, d.Y, classes)
	of := make([][]int, classes)
	for i, y := range d.Y {
		of[y] = append(of[y], i)
	}
	total := classes * (classes - 1) / 2
	for a := range classes {
		for b := a + 1; b < classes; b++ {
			progress(float64(len(m.Pairs)) / float64(total))
			if len(of[a]) == 0 || len(of[b]) == 0 {
				continue
			}
			p, err := m.fitPair(ctx, c, d, a, b, of[a], of[b], weights)
			if err != nil {
				return nil, err
			}
			m.Pairs = append(m.Pairs, p)
		}
	}
	if len(m.Pairs) == 0 {
		return nil, fmt.Errorf("all examples are of one class")
	}
	return m, nil
}

// spread is the variance of all values together.
func spread(x [][]float64) float64 {
	sum, square, n := 0.0, 0.0, 0.0
	for _, row := range x {
		for _, v := range row {
			sum, square, n = sum+v, square+v*v, n+1
		}
	}
	return square/n - sum/n*sum/n
}

func (m *machine) fitPair(ctx context.Context, c Config, d Data, a, b int, ofA, ofB []int, weights []float64) (pair, error) {
	q := newDual(d, m.Gamma, a, slices.Concat(ofA, ofB), c.C, weights)
	all := make([]int, len(q.y))
	for i := range all {
		all[i] = i
	}
	alpha, rho, err := q.solve(ctx, all)
	if err != nil {
		return pair{}, err
	}
	p := pair{A: a, B: b, Rho: rho}
	for i, v := range alpha {
		if v == 0 {
			continue
		}
		p.Dual = append(p.Dual, v*q.y[i])
		p.Support = append(p.Support, q.x[i])
	}
	if m.Gamma == 0 {
		p.flatten(len(d.X[0]))
	}
	values, err := q.heldOut(ctx, d, c.Seed+uint64(a)<<32+uint64(b))
	if err != nil {
		return pair{}, err
	}
	p.SigmoidA, p.SigmoidB = fitSigmoid(values, q.y)
	return p, nil
}

// flatten replaces the support vectors by the plane they make.
func (p *pair) flatten(features int) {
	p.Normal = make([]float64, features)
	for i, s := range p.Support {
		floats.AddScaled(p.Normal, p.Dual[i], s)
	}
	p.Support, p.Dual = nil, nil
}

func (m *machine) decision(p pair, x []float64) float64 {
	if m.Gamma == 0 {
		return floats.Dot(p.Normal, x) - p.Rho
	}
	sum := -p.Rho
	for i, s := range p.Support {
		sum += p.Dual[i] * rbf(m.Gamma, s, x)
	}
	return sum
}

func rbf(gamma float64, a, b []float64) float64 {
	sum := 0.0
	for j, v := range a {
		d := v - b[j]
		sum += d * d
	}
	return math.Exp(-gamma * sum)
}

func (m *machine) probabilities(p, x []float64) {
	// Classes without examples take no part.
	var present []int
	for _, q := range m.Pairs {
		for _, k := range []int{q.A, q.B} {
			if !slices.Contains(present, k) {
				present = append(present, k)
			}
		}
	}
	slices.Sort(present)
	r := make([][]float64, len(present))
	for i := range r {
		r[i] = make([]float64, len(present))
	}
	for _, q := range m.Pairs {
		i, _ := slices.BinarySearch(present, q.A)
		j, _ := slices.BinarySearch(present, q.B)
		v := min(max(logit(-q.SigmoidA*m.decision(q, x)-q.SigmoidB), 1e-7), 1-1e-7)
		r[i][j], r[j][i] = v, 1-v
	}
	for i, v := range couple(r) {
		p[present[i]] = v
	}
}

func logit(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func (m *machine) check(classes, features int) error {
	if len(m.Pairs) == 0 {
		return fmt.Errorf("no pairs of classes")
	}
	for _, p := range m.Pairs {
		if p.A < 0 || p.B <= p.A || p.B >= classes {
			return fmt.Errorf("a pair of classes %d and %d", p.A, p.B)
		}
		if m.Gamma == 0 && len(p.Normal) != features || m.Gamma != 0 && len(p.Support) != len(p.Dual) {
			return fmt.Errorf("classes %d and %d: sizes don't fit", p.A, p.B)
		}
		for _, s := range p.Support {
			if len(s) != features {
				return fmt.Errorf("classes %d and %d: a support vector of %d features", p.A, p.B, len(s))
			}
		}
	}
	return nil
}

// heldOut gives the decision value of every example by a machine that was
// fitted without its part (one of five; groups stay whole).
func (q *dual) heldOut(ctx context.Context, d Data, seed uint64) ([]float64, error) {
	values := make([]float64, len(q.y))
	part := q.parts(d, seed)
	for f := range heldOutParts {
		var train, rest []int
		positive := 0
		for i, p := range part {
			if p == f {
				rest = append(rest, i)
				continue
			}
			train = append(train, i)
			if q.y[i] > 0 {
				positive++
			}
		}
		switch {
		case len(rest) == 0:
			continue
		case positive == 0 || positive == len(train): // one class alone says nothing but itself
			for _, i := range rest {
				values[i] = float64(2*min(positive, 1) - 1)
			}
			continue
		}
		alpha, rho, err := q.solve(ctx, train)
		if err != nil {
			return nil, err
		}
		for _, i := range rest {
			values[i] = -rho
			row := q.row(i)
			for k, a := range alpha {
				if a != 0 {
					values[i] += a * q.y[train[k]] * float64(row[train[k]])
				}
			}
		}
	}
	return values, nil
}

const heldOutParts = 5

// parts deals examples, or whole groups, out to five parts at random.
func (q *dual) parts(d Data, seed uint64) []int {
	rng := rand.New(rand.NewPCG(seed, 0x9a27))
	part := make([]int, len(q.y))
	groups := map[int]int{}
	var order []int
	if d.Groups != nil {
		for _, i := range q.index {
			if _, seen := groups[d.Groups[i]]; !seen {
				groups[d.Groups[i]] = 0
				order = append(order, d.Groups[i])
			}
		}
	}
	if len(order) >= heldOutParts {
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for i, g := range order {
			groups[g] = i % heldOutParts
		}
		for i, at := range q.index {
			part[i] = groups[d.Groups[at]]
		}
		return part
	}
	for i, at := range rng.Perm(len(part)) {
		part[at] = i % heldOutParts
	}
	return part
}
