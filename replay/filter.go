package replay

import (
	"math"
)

// overlap is how many frames' energies come from the same half second: the
// evidence of one frame counts for that much less.
const overlap = energyS / frameS

// filter is the online filter of the semi-Markov model: the probability of each
// state and of how long it has lasted, given the movement so far.
type filter struct {
	m  *stateModel
	at [States][]float64 // by age in frames; the last age stands for all beyond
	p  [States]float64
	n  int
}

func newFilter(m *stateModel) *filter {
	f := &filter{m: m}
	for s := range States {
		f.at[s] = make([]float64, longest)
		f.at[s][0] = m.start[s]
		f.p[s] = m.start[s]
	}
	return f
}

// step takes the energy of the next frame; NaN when none was measured.
func (f *filter) step(energy float64) {
	f.n++
	if f.n > 1 {
		f.advance()
	}
	var total float64
	for s := range States {
		like := 1.0
		if !math.IsNaN(energy) {
			like = math.Exp(f.m.emit[s][binOf(energy)] / overlap)
		}
		f.p[s] = 0
		for d := range f.at[s] {
			f.at[s][d] *= like
			f.p[s] += f.at[s][d]
		}
		total += f.p[s]
	}
	for s := range States {
		f.p[s] /= total
		for d := range f.at[s] {
			f.at[s][d] /= total
		}
	}
}

// advance moves every state on by a frame: older, or over into another.
func (f *filter) advance() {
	var leaving [States]float64
	for s := range States {
		at, ends := f.at[s], &f.m.ends[s]
		for d, p := range at {
			leaving[s] += p * ends[d]
		}
		beyond := at[longest-1] * (1 - ends[longest-1])
		for d := longest - 1; d > 0; d-- {
			at[d] = at[d-1] * (1 - ends[d-1])
		}
		at[longest-1] += beyond
		at[0] = 0
	}
	for s := range States {
		for _, n := range follows[s] {
			f.at[n][0] += leaving[s] * f.m.next[s][n]
		}
	}
}

// inSet is the probability that a set is under way.
func (f *filter) inSet() float64 { return f.p[Setup] + f.p[Exercising] }

// since is how long ago, in seconds, the current set began: mean and standard
// deviation over the ages held possible.
func (f *filter) since() (mean, sd float64) {
	var sum, first, second float64
	add := func(p, age float64) {
		sum += p
		first += p * age
		second += p * age * age
	}
	for d, p := range f.at[Setup] {
		add(p, float64(d+1)*frameS)
	}
	for d, p := range f.at[Exercising] {
		add(p, float64(d+1+f.m.setup)*frameS)
	}
	if sum <= 0 {
		return 0, 0
	}
	mean = first / sum
	return mean, math.Sqrt(max(second/sum-mean*mean, 0))
}
