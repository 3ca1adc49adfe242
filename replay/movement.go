package replay

import (
	"math"
	"slices"

	"onset/dataset"
)

const (
	frameS  = 0.1 // step of the state's timeline
	energyS = 0.5 // span of movement energy, ending at the frame
	standG  = 9.80665
)

// movement follows one recording's movement energy: the variance of its
// accelerometer's axes over the last half second, summed, in g².
type movement struct {
	axes   []int
	factor float64 // of the unit, to g
	times  []float64
	sum    [][]float64 // running sums of each axis and its square
	square [][]float64
	base   []float64
	gaps   []int // samples before which time does not run on
	rate   float64
}

// newMovement is nil for a recording without a three-axis accelerometer in a
// known unit.
func newMovement(channels []dataset.Channel) *movement {
	factors := map[string]float64{"g": 1, "mg": 1e-3, "m/s2": 1 / standG}
	m := &movement{}
	for i, c := range channels {
		f, known := factors[c.Unit]
		if c.Kind == "accelerometer" && known {
			m.axes, m.factor = append(m.axes, i), f
		}
	}
	if len(m.axes) != 3 {
		return nil
	}
	m.sum, m.square, m.base = make([][]float64, 3), make([][]float64, 3), make([]float64, 3)
	for k := range 3 {
		m.sum[k], m.square[k] = []float64{0}, []float64{0}
	}
	return m
}

func (m *movement) add(b Block) {
	first := len(m.times)
	if first > 0 && math.Abs(m.times[first-1]+1/b.Rate-b.Start) > 0.5/b.Rate {
		m.gaps = append(m.gaps, first)
	}
	m.rate = b.Rate
	for i := range b.Values[0] {
		m.times = append(m.times, b.Start+float64(i)/b.Rate)
		for k, axis := range m.axes {
			v := b.Values[axis][i] * m.factor
			if math.IsNaN(v) {
				v = m.base[k]
			}
			if first == 0 && i == 0 {
				m.base[k] = v // sums around the first value keep their precision
			}
			v -= m.base[k]
			n := len(m.sum[k]) - 1
			m.sum[k] = append(m.sum[k], m.sum[k][n]+v)
			m.square[k] = append(m.square[k], m.square[k][n]+v*v)
		}
	}
}

// energy is the movement energy at t from samples up to t; NaN where too few
// arrived or a gap lies within.
func (m *movement) energy(t float64) float64 { return m.energyOver(t, energyS) }

func (m *movement) energyOver(t, span float64) float64 {
	lo, _ := slices.BinarySearch(m.times, t-span+1e-9)
	hi, _ := slices.BinarySearch(m.times, t+1e-9)
	n := float64(hi - lo)
	if hi <= lo || n < 0.7*span*m.rate {
		return math.NaN()
	}
	if g, _ := slices.BinarySearch(m.gaps, lo+1); g < len(m.gaps) && m.gaps[g] < hi {
		return math.NaN()
	}
	var e float64
	for k := range m.axes {
		s, q := m.sum[k][hi]-m.sum[k][lo], m.square[k][hi]-m.square[k][lo]
		e += max(q/n-(s/n)*(s/n), 0)
	}
	return e
}

// energyAt is the strongest movement of any recording at t; NaN when none
// says.
func (t *tape) energyAt(at float64) float64 {
	top := math.NaN()
	for _, m := range t.movement {
		if m == nil {
			continue
		}
		if e := m.energy(at); !math.IsNaN(e) && !(e <= top) {
			top = e
		}
	}
	return top
}
