package baseline

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"
)

// dual is the quadratic programme of a two-class support vector machine,
//
//	minimise a'Qa/2 - sum(a), 0 <= a_i <= c_i, sum(y_i a_i) = 0,
//
// with Q_ij = y_i y_j K(x_i, x_j). Rows of the kernel are computed when first
// needed and kept while there is room.
type dual struct {
	x     [][]float64
	index []int // of the examples in the data
	y     []float64
	c     []float64
	gamma float64

	rows   [][]float32
	diag   []float64
	kept   []int // rows in the order in which they were computed
	oldest int
}

// cacheFloats is the number of kernel values that are kept.
const cacheFloats = 64 << 20

func newDual(d Data, gamma float64, positive int, index []int, c float64, weights []float64) *dual {
	q := &dual{index: index, gamma: gamma, rows: make([][]float32, len(index))}
	for _, i := range index {
		sign := -1.0
		if d.Y[i] == positive {
			sign = 1
		}
		q.x, q.y, q.c = append(q.x, d.X[i]), append(q.y, sign), append(q.c, c*weights[d.Y[i]])
		q.diag = append(q.diag, q.kernel(d.X[i], d.X[i]))
	}
	return q
}

func (q *dual) kernel(a, b []float64) float64 {
	if q.gamma == 0 {
		return floats.Dot(a, b)
	}
	return rbf(q.gamma, a, b)
}

func (q *dual) row(i int) []float32 {
	if q.rows[i] != nil {
		return q.rows[i]
	}
	r := make([]float32, len(q.x))
	if len(q.kept)-q.oldest >= max(2, cacheFloats/len(q.x)) {
		out := q.kept[q.oldest]
		q.oldest++
		q.rows[out] = nil
	}
	for j, x := range q.x {
		r[j] = float32(q.kernel(q.x[i], x))
	}
	q.rows[i], q.kept = r, append(q.kept, i)
	return r
}

const (
	smoTolerance = 1e-3
	smoFlat      = 1e-12 // stands in for a curvature that isn't positive
)

// solve finds the multipliers of the examples in use, and the threshold, by
// sequential minimal optimisation with second-order working sets (Platt 1998;
// Fan, Chen and Lin 2005).
func (q *dual) solve(ctx context.Context, use []int) (alpha []float64, rho float64, err error) {
	n := len(use)
	s := &smo{dual: q, use: use, alpha: make([]float64, n), g: make([]float64, n)}
	for i := range s.g {
		s.g[i] = -1
	}
	limit := max(10_000_000, 100*n)
	for round := 0; round < limit; round++ {
		if round%1000 == 0 {
			if err := context.Cause(ctx); err != nil {
				return nil, 0, err
			}
		}
		i, j, done := s.choose()
		if done {
			break
		}
		s.step(i, j)
	}
	return s.alpha, s.threshold(), nil
}

// smo is a solution under way; g is the gradient.
type smo struct {
	*dual
	use      []int
	alpha, g []float64
}

func (s *smo) label(i int) float64 { return s.y[s.use[i]] }
func (s *smo) limit(i int) float64 { return s.c[s.use[i]] }

// canRise and canFall tell whether y_i a_i may go up or down.
func (s *smo) canRise(i int) bool {
	if s.label(i) > 0 {
		return s.alpha[i] < s.limit(i)
	}
	return s.alpha[i] > 0
}

func (s *smo) canFall(i int) bool {
	if s.label(i) > 0 {
		return s.alpha[i] > 0
	}
	return s.alpha[i] < s.limit(i)
}

// choose picks the pair that promises the largest gain.
func (s *smo) choose() (i, j int, done bool) {
	i, j = -1, -1
	top, bottom := math.Inf(-1), math.Inf(1)
	for t, g := range s.g {
		if v := -s.label(t) * g; s.canRise(t) && v > top {
			top, i = v, t
		}
	}
	if i < 0 {
		return 0, 0, true
	}
	row, best := s.row(s.use[i]), 0.0
	for t, g := range s.g {
		if !s.canFall(t) {
			continue
		}
		v := -s.label(t) * g
		bottom = min(bottom, v)
		if gain := top - v; gain > 0 {
			if score := gain * gain / s.curvature(i, t, row); score > best {
				best, j = score, t
			}
		}
	}
	return i, j, j < 0 || top-bottom < smoTolerance
}

// curvature of the objective along the pair; row is that of i.
func (s *smo) curvature(i, j int, row []float32) float64 {
	c := s.diag[s.use[i]] + s.diag[s.use[j]] - 2*float64(row[s.use[j]])
	if c <= 0 {
		return smoFlat
	}
	return c
}

// step moves y_i a_i up and y_j a_j down by the same amount, as far as the
// objective falls and the limits allow.
func (s *smo) step(i, j int) {
	rowI, rowJ := s.row(s.use[i]), s.row(s.use[j])
	yi, yj := s.label(i), s.label(j)
	move := (-yi*s.g[i] + yj*s.g[j]) / s.curvature(i, j, rowI)
	room := func(t int, rise bool) float64 {
		if rise == (s.label(t) > 0) {
			return s.limit(t) - s.alpha[t]
		}
		return s.alpha[t]
	}
	up, down := room(i, true), room(j, false)
	move = min(move, up, down)
	set := func(t int, d float64, atLimit bool) float64 {
		before := s.alpha[t]
		s.alpha[t] += d
		if atLimit { // rounding must not leave it next to the limit
			s.alpha[t] = 0
			if d > 0 {
				s.alpha[t] = s.limit(t)
			}
		}
		return s.alpha[t] - before
	}
	di, dj := set(i, yi*move, move == up), set(j, -yj*move, move == down)
	for t := range s.g {
		at, y := s.use[t], s.label(t)
		s.g[t] += y * (yi*di*float64(rowI[at]) + yj*dj*float64(rowJ[at]))
	}
}

// threshold is the mean of y g over free multipliers, or the middle of what the
// bounded ones allow.
func (s *smo) threshold() float64 {
	sum, free := 0.0, 0
	low, high := math.Inf(-1), math.Inf(1)
	for t, g := range s.g {
		v := s.label(t) * g
		switch rise, fall := s.canRise(t), s.canFall(t); {
		case rise && fall:
			sum += v
			free++
		case rise:
			high = min(high, v)
		default:
			low = max(low, v)
		}
	}
	if free > 0 {
		return sum / float64(free)
	}
	return (low + high) / 2
}
