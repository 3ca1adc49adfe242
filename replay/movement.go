package replay

import (
	"math"
	"slices"

	"onset/dataset"
	"onset/dataset/exact"
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
	step   []float64 // running sum of squared steps between samples
	gaps   []int     // samples before which time does not run on
	rate   float64
	beat   beat
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
	m.step = []float64{0}
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
		var step float64
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
			if n > 0 {
				step += square(v - (m.sum[k][n] - m.sum[k][n-1]))
			}
			m.sum[k] = append(m.sum[k], m.sum[k][n]+v)
			m.square[k] = append(m.square[k], m.square[k][n]+v*v)
		}
		m.step = append(m.step, m.step[len(m.step)-1]+step)
	}
}

// edge keeps a sample that lies exactly at a frame out of it, whether or not its
// packet has arrived: seconds.
const edge = 1e-5

// within finds the samples in [t-span, t); ok is false where too few arrived or
// time does not run on.
func (m *movement) within(t, span float64) (lo, hi int, ok bool) {
	lo, _ = slices.BinarySearch(m.times, t-span-edge)
	hi, _ = slices.BinarySearch(m.times, t-edge)
	if hi <= lo || float64(hi-lo) < 0.7*span*m.rate {
		return lo, hi, false
	}
	g, _ := slices.BinarySearch(m.gaps, lo+1)
	return lo, hi, g == len(m.gaps) || m.gaps[g] >= hi
}

// energyOver is the movement energy over the span that ends at t; NaN where it
// cannot be said.
func (m *movement) energyOver(t, span float64) float64 {
	lo, hi, ok := m.within(t, span)
	if !ok {
		return math.NaN()
	}
	n := float64(hi - lo)
	var e float64
	for k := range m.axes {
		s, q := m.sum[k][hi]-m.sum[k][lo], m.square[k][hi]-m.square[k][lo]
		e += max(q/n-(s/n)*(s/n), 0)
	}
	return e
}

// Features of movement at a frame, from what came before it.
const (
	nowEnergy  = iota // decimal logarithm of the energy of the last half second, g²
	soonEnergy        // ... of the last two seconds
	longEnergy        // ... of the last six
	roughness         // ... of the mean square step between samples, per second
	slowness          // how much of the last four seconds is slow change, 0..1
	rhythm            // strongest self-likeness of the last six seconds at a lag of 0.8 to 3 s, 0..1
	features
)

// motion is what a frame tells of movement. Without samples it is nil.
type motion *[features]float64

// recall is how many tenths of a second a movement looks back on.
const recall = 60

// beat keeps the mean acceleration of the last tenths of a second.
type beat struct {
	mean [recall][3]float64
	n    int
}

// at is the movement's features at frame time t; call it for every frame in
// turn.
func (m *movement) at(t float64) motion {
	now := m.energyOver(t, energyS)
	if math.IsNaN(now) {
		m.beat.n = 0
		return nil
	}
	m.follow(t)
	f := &[features]float64{}
	f[nowEnergy] = logOf(now)
	f[soonEnergy] = m.logOver(t, 2, f[nowEnergy])
	f[longEnergy] = m.logOver(t, 6, f[soonEnergy])
	lo, hi, _ := m.within(t, 1)
	f[roughness] = logOf((m.step[hi] - m.step[lo]) / math.Max(1, float64(hi-lo)) * m.rate)
	f[slowness], f[rhythm] = m.beat.slowness(now), m.beat.rhythm()
	return f
}

func logOf(e float64) float64 { return exact.Log10(max(e, 1e-6)) }

func (m *movement) logOver(t, span, otherwise float64) float64 {
	if e := m.energyOver(t, span); !math.IsNaN(e) {
		return logOf(e)
	}
	return otherwise
}

// follow takes in the last tenth of a second.
func (m *movement) follow(t float64) {
	lo, _ := slices.BinarySearch(m.times, t-frameS-edge)
	hi, _ := slices.BinarySearch(m.times, t-edge)
	b := &m.beat
	if b.n == recall {
		copy(b.mean[:], b.mean[1:])
		b.n--
	}
	for k := range m.axes {
		if hi > lo {
			b.mean[b.n][k] = (m.sum[k][hi] - m.sum[k][lo]) / float64(hi-lo)
		} else if b.n > 0 {
			b.mean[b.n][k] = b.mean[b.n-1][k]
		}
	}
	b.n++
}

// slowness is the share of the energy that changes from tenth to tenth.
func (b *beat) slowness(energy float64) float64 {
	n := min(b.n, 40)
	var slow float64
	for k := range 3 {
		var s, q float64
		for _, v := range b.mean[b.n-n : b.n] {
			s += v[k]
			q += v[k] * v[k]
		}
		s /= float64(n)
		slow += max(q/float64(n)-s*s, 0)
	}
	return slow / (slow + energy + 1e-6)
}

// rhythm is the greatest autocorrelation at the lags of repetitions; 0 while
// there is too little to tell.
func (b *beat) rhythm() float64 {
	if b.n < 25 {
		return 0
	}
	x := b.mean[:b.n]
	var mean [3]float64
	for _, v := range x {
		for k := range mean {
			mean[k] += v[k] / float64(b.n)
		}
	}
	var own float64
	var centred [recall][3]float64
	for i, v := range x {
		for k := range mean {
			centred[i][k] = v[k] - mean[k]
			own += square(centred[i][k])
		}
	}
	if own < 1e-3*float64(b.n) {
		return 0
	}
	var top float64
	for lag := 8; lag <= min(30, b.n/2); lag++ {
		var s float64
		for i := lag; i < b.n; i++ {
			p, q := &centred[i], &centred[i-lag]
			s += p[0]*q[0] + p[1]*q[1] + p[2]*q[2]
		}
		top = max(top, s/own*float64(b.n)/float64(b.n-lag))
	}
	return min(top, 1)
}

// motionAt is the strongest of every feature over the recordings.
func (t *tape) motionAt(at float64) motion {
	var all motion
	for _, m := range t.movement {
		if m == nil {
			continue
		}
		f := m.at(at)
		switch {
		case f == nil:
		case all == nil:
			all = f
		default:
			for i := range f {
				all[i] = max(all[i], f[i])
			}
		}
	}
	return all
}
