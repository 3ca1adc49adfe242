package replay

import (
	"math"
)

// overlap is how many frames in a row look at much the same movement: the
// evidence of one counts for that much less.
const overlap = 15.0

// filter is the online filter of the semi-Markov model: the probability of each
// state and of how long it has lasted, given the movement so far.
type filter struct {
	m    *stateModel
	at   [States][]float64 // by age in frames; the last stands for all beyond
	stay [States][]float64 // chance to go on at each age
	p    [States]float64
	n    int
}

func newFilter(m *stateModel) *filter {
	f := &filter{m: m}
	for s := range States {
		n := longest
		if s == Setup {
			n = m.setup + 1
		}
		f.at[s], f.stay[s] = make([]float64, n), make([]float64, n)
		for d := range n {
			f.stay[s][d] = 1 - m.ends[s][d]
		}
		f.at[s][0] = m.start[s]
		f.p[s] = m.start[s]
	}
	return f
}

// step takes the movement of the next frame; nil when none was measured.
func (f *filter) step(v motion) {
	like := [States]float64{1, 1, 1, 1, 1}
	if v != nil {
		like = f.m.says(v)
	}
	if f.n++; f.n > 1 {
		f.advance(like)
	} else {
		for s := range States {
			f.at[s][0] *= like[s]
			f.p[s] = f.at[s][0]
		}
	}
	var total float64
	for s := range States {
		total += f.p[s]
	}
	for s := range States {
		f.p[s] /= total
	}
	if total > 1e-100 {
		return
	}
	for s := range States { // keep the numbers from vanishing
		for d := range f.at[s] {
			f.at[s][d] /= total
		}
	}
}

// advance moves every state on by a frame, older or over into another, and
// weighs it by the frame's likelihood. It leaves the sums in p.
func (f *filter) advance(like [States]float64) {
	var leaving [States]float64
	for s := range States {
		at, stay, l := f.at[s], f.stay[s], like[s]
		last := len(at) - 1
		gone := at[last] * (1 - stay[last])
		sum := at[last] * stay[last] * l
		at[last] = sum
		for d := last; d > 0; d-- {
			v := at[d-1]
			goes := v * stay[d-1]
			gone += v - goes
			goes *= l
			if d == last {
				goes += at[last]
				sum = 0
			}
			at[d] = goes
			sum += goes
		}
		at[0] = 0
		leaving[s], f.p[s] = gone, sum
	}
	for s := range States {
		for _, n := range follows[s] {
			enter := leaving[s] * f.m.next[s][n] * like[n]
			f.at[n][0] += enter
			f.p[n] += enter
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
