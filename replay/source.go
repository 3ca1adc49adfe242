package replay

import (
	"fmt"
	"math"

	"onset/dataset/exact"
)

// Source is one kind of evidence for a decision.
type Source int

// The sources, in the order of every table.
const (
	Sensor Source = iota // the model's view of the setup window, divided by its prior
	Markov               // what this person usually does next
	Place                // what is usually done where the person stands
	Memory               // how alike the onset is to this session's earlier ones
	Sources
)

var sourceNames = [Sources]string{"sensor", "markov", "place", "memory"}

func (s Source) String() string { return sourceNames[s] }

// SourceNamed finds a source by its name.
func SourceNamed(name string) (Source, error) {
	for i, n := range sourceNames {
		if n == name {
			return Source(i), nil
		}
	}
	return 0, fmt.Errorf("source %q is none of sensor, markov, place, memory", name)
}

// SourceNames are the names of all sources in order.
func SourceNames() []string { return append([]string(nil), sourceNames[:]...) }

// Pool joins the sources' distributions:
//
//	log P(e) = sum over sources of weight * log((1-floor)*p(e) + floor/n) + const
//
// which is the logarithmic opinion pool (Genest and Zidek, Statistical Science
// 1:114, 1986) of distributions kept off zero. The zero Pool says nothing.
type Pool struct {
	Weight [Sources]float64
	Floor  [Sources]float64
	// Held weights stay as they are: a person set them. The others move a little
	// with what a session's confirmed sets show.
	Held [Sources]bool
	// Abstain is the probability below which there is no answer.
	Abstain float64
}

// DefaultPool is used until weights have been fitted on held-out people.
func DefaultPool() Pool {
	return Pool{
		Weight: [Sources]float64{Sensor: 0.7, Markov: 0.8, Place: 0.5, Memory: 0.7},
		Floor:  [Sources]float64{Sensor: 0.02, Markov: 0.02, Place: 0.05, Memory: 0.02},
	}
}

// Set is the pool with a source's weight set by hand.
func (p Pool) Set(s Source, weight float64) Pool {
	p.Weight[s], p.Held[s] = weight, true
	return p
}

// Mute is the pool without some sources.
func (p Pool) Mute(muted ...Source) Pool {
	for _, s := range muted {
		p.Weight[s] = 0
	}
	return p
}

// Only is the pool with nothing but the given sources.
func (p Pool) Only(sources ...Source) Pool {
	var q Pool
	q.Floor, q.Abstain = p.Floor, p.Abstain
	for _, s := range sources {
		q.Weight[s] = p.Weight[s]
	}
	return q
}

func (p Pool) weights() map[string]float64 {
	m := map[string]float64{}
	for s := range Sources {
		m[s.String()] = p.Weight[s]
	}
	return m
}

// Fuse is the pooled distribution of n exercises. A source's distribution may
// be nil: it says nothing.
func (p Pool) Fuse(terms [Sources][]float64, n int) []float64 {
	logs := make([]float64, n)
	for s := range Sources {
		for e, v := range p.Term(s, terms[s], n) {
			logs[e] += v
		}
	}
	return softmax(logs)
}

// Term is a source's part of the pooled logarithm for each exercise: the weight
// times how far the floored probability lies above the uniform one.
func (p Pool) Term(s Source, term []float64, n int) []float64 {
	if term == nil || p.Weight[s] == 0 {
		return make([]float64, n)
	}
	out := make([]float64, n)
	for e, v := range term {
		floored := (1-p.Floor[s])*v + p.Floor[s]/float64(n)
		out[e] = p.Weight[s] * exact.Log(floored*float64(n))
	}
	return out
}

func softmax(logs []float64) []float64 {
	top := math.Inf(-1)
	for _, v := range logs {
		top = max(top, v)
	}
	p := make([]float64, len(logs))
	var sum float64
	for i, v := range logs {
		p[i] = exact.Exp(v - top)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// best is the most probable exercise's number, the lowest of equals; -1 when
// there is none.
func best(p []float64) int {
	top := -1
	for i, v := range p {
		if top < 0 || v > p[top] {
			top = i
		}
	}
	return top
}

// tie is how far the most probable exercise must lie above every other one to be
// an answer. Nearer than that the distribution is flat: whoever names one of
// equals guesses.
const tie = 1e-9

// answer is the exercise's number that a distribution answers; -1 where none
// lies above all others.
func answer(p []float64) int {
	top := best(p)
	if top >= 0 && !(p[top]-second(p, top) > tie) {
		return -1
	}
	return top
}

func normalised(p []float64) []float64 {
	var sum float64
	for _, v := range p {
		sum += v
	}
	out := make([]float64, len(p))
	for i, v := range p {
		if sum > 0 {
			out[i] = v / sum
		} else {
			out[i] = 1 / float64(len(p))
		}
	}
	return out
}

func uniform(n int) []float64 {
	p := make([]float64, n)
	for i := range p {
		p[i] = 1 / float64(n)
	}
	return p
}
