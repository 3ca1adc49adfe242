package baseline

import (
	"fmt"
	"math"
	"slices"
)

// neighbours keeps the training data (Fix and Hodges 1951). Equal distances
// are decided by the order of the examples.
type neighbours struct {
	X          [][]float64
	Y          []int
	K          int
	ByDistance bool
}

func fitNeighbours(c Config, d Data, classes int) *neighbours {
	return &neighbours{X: d.X, Y: slices.Clone(d.Y), K: min(c.Neighbours, len(d.X)), ByDistance: c.ByDistance}
}

func (m *neighbours) probabilities(p, x []float64) {
	type neighbour struct {
		distance float64 // squared
		class    int
	}
	near := make([]neighbour, 0, m.K+1)
	for i, row := range m.X {
		limit := math.Inf(1)
		if len(near) == m.K {
			limit = near[m.K-1].distance
		}
		d := distance(row, x, limit)
		if len(near) == m.K && d >= limit {
			continue
		}
		at := len(near)
		for at > 0 && near[at-1].distance > d {
			at--
		}
		near = slices.Insert(near, at, neighbour{d, m.Y[i]})
		near = near[:min(len(near), m.K)]
	}
	total := 0.0
	for _, n := range near {
		w := m.vote(n.distance, near[0].distance)
		p[n.class] += w
		total += w
	}
	for i := range p {
		p[i] /= total
	}
}

// vote is the weight of a neighbour, given the distance of the nearest one.
func (m *neighbours) vote(distance, nearest float64) float64 {
	switch {
	case !m.ByDistance || distance == nearest:
		return 1
	case nearest == 0 || math.IsInf(distance, 1): // examples at no distance outvote all others
		return 0
	}
	return math.Sqrt(nearest / distance)
}

// distance is the squared Euclidean one, or some value that isn't below limit.
func distance(a, b []float64, limit float64) float64 {
	sum := 0.0
	for len(a) > 0 && sum < limit {
		n := min(len(a), 16)
		for j, v := range a[:n] {
			d := v - b[j]
			sum += d * d
		}
		a, b = a[n:], b[n:]
	}
	return sum
}

func (m *neighbours) check(classes, features int) error {
	if m.K < 1 || m.K > len(m.X) || len(m.X) != len(m.Y) {
		return fmt.Errorf("%d neighbours of %d examples with %d classes", m.K, len(m.X), len(m.Y))
	}
	for i, row := range m.X {
		if len(row) != features || m.Y[i] < 0 || m.Y[i] >= classes {
			return fmt.Errorf("example %d has %d features and class %d", i, len(row), m.Y[i])
		}
		if err := checkRow(row, features); err != nil {
			return fmt.Errorf("example %d: %w", i, err)
		}
	}
	return nil
}
