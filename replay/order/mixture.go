package order

import "math"

// pattern is an earlier session as a whole.
type pattern struct {
	person, kind string
	exercises    []symbol
}

// mixture is what each expert expects, over the ending and all exercises.
type mixture struct {
	by     [experts][]float64
	weight [experts]float64
	all    []float64
}

// Next is the distribution over the vocabulary's exercises of what comes next,
// by number. It is nil while the vocabulary is empty. An exercise that was never
// seen keeps some probability.
func (p *Predictor) Next() []float64 {
	if p.words.Len() == 0 {
		return nil
	}
	next := append([]float64(nil), p.mix().all[1:]...)
	normalise(next)
	return next
}

// EndProbability is how likely the session ends here.
func (p *Predictor) EndProbability() float64 { return p.mix().all[ending] }

func (p *Predictor) mix() *mixture {
	n := p.words.Len() + 1
	if p.cached != nil && len(p.cached.all) == n {
		return p.cached
	}
	base := p.base(n)
	contexts := p.contexts()
	m := &mixture{all: make([]float64, n)}
	for _, i := range []int{expertSession, expertLong, expertCount} {
		m.by[i] = append([]float64(nil), base...)
		p.chains[i].refine(m.by[i], contexts[i])
		normalise(m.by[i])
	}
	m.by[expertRelative] = p.relativeNext(contexts[expertRelative], m, n)
	m.by[expertPattern] = p.patternNext(base)
	m.weight = p.weights()
	for i, by := range m.by {
		for s, v := range by {
			m.all[s] += m.weight[i] * v
		}
	}
	p.cached = m
	return m
}

// base is the expectation with no order at all: what this person is known to
// do, what suits the session, and a little for everything else.
func (p *Predictor) base(n int) []float64 {
	b := make([]float64, n)
	known := p.known[p.who.Person]
	for s := 1; s < n; s++ {
		b[s] = p.set.Foreign
		if known[symbol(s)] {
			b[s] = 1
		}
		if p.fits(p.kind, p.words.Name(s-1)) {
			b[s] *= p.set.SameGroup
		}
	}
	normalise(b)
	b[ending] = 0.5 / float64(n)
	normalise(b)
	return b
}

// relativeNext turns "the one before last again" and "something new" into
// exercises; the new one is shared out as the other chains expect it.
func (p *Predictor) relativeNext(contexts []string, m *mixture, n int) []float64 {
	back := make([]float64, len(p.recent)+1)
	for i := range back {
		back[i] = 1 / float64(len(back))
	}
	p.chains[expertRelative].refine(back, contexts)
	normalise(back)
	out := make([]float64, n)
	for i, s := range p.recent {
		out[s] += back[i+1]
	}
	var fresh float64
	for s := 1; s < n; s++ {
		if p.done[symbol(s)] == 0 {
			fresh += m.by[expertSession][s] + m.by[expertLong][s] + m.by[expertCount][s]
		}
	}
	for s := 1; s < n && fresh > 0; s++ {
		if p.done[symbol(s)] == 0 {
			out[s] += back[0] * (m.by[expertSession][s] + m.by[expertLong][s] + m.by[expertCount][s]) / fresh
		}
	}
	normalise(out)
	return out
}

// patternNext asks each earlier session, weighed by how well it explains this
// one so far, what it did after the same exercise for the same time.
func (p *Predictor) patternNext(base []float64) []float64 {
	const agree, known, unknown = 0.9, 0.1, 0.02
	out := make([]float64, len(base))
	for s, v := range base {
		out[s] = 1e-4 * v
	}
	age := 1.0
	for i := len(p.patterns) - 1; i >= 0; i-- {
		t := p.patterns[i]
		if t.person != p.who.Person {
			continue
		}
		weight := age
		age *= p.set.AgeKeep
		if t.kind != p.kind {
			weight *= p.set.OtherKind
		}
		after, done := t.followers()
		count, last := map[symbol]int{}, p.start
		step := func() symbol {
			if next, ok := after[[2]symbol{lastOr(last, p.start), symbol(count[last])}]; ok {
				return next
			}
			return -1
		}
		for _, s := range p.history[1:] {
			switch {
			case step() == s:
				weight *= agree
			case done[s]:
				weight *= known
			default:
				weight *= unknown
			}
			count[s]++
			last = s
		}
		if next := step(); next >= 0 && int(next) < len(out) {
			out[next] += weight
		}
	}
	normalise(out)
	return out
}

// noExercise stands for the session's start in a pattern.
const noExercise symbol = -1

func lastOr(last, start symbol) symbol {
	if last == start {
		return noExercise
	}
	return last
}

// followers maps (exercise, how often it was done) to what came next.
func (t pattern) followers() (after map[[2]symbol]symbol, done map[symbol]bool) {
	after, done = map[[2]symbol]symbol{}, map[symbol]bool{}
	count, last := map[symbol]int{}, noExercise
	for _, s := range t.exercises {
		after[[2]symbol{last, symbol(count[last])}] = s
		count[s]++
		done[s] = true
		last = s
	}
	after[[2]symbol{last, symbol(count[last])}] = ending
	return after, done
}

// weights of the experts by recent success, never quite zero.
func (p *Predictor) weights() [experts]float64 {
	best := math.Inf(-1)
	score := p.score[p.who.Person]
	for _, s := range score {
		best = max(best, s)
	}
	var w [experts]float64
	var sum float64
	for i, s := range score {
		w[i] = math.Exp(p.set.Rate * (s - best))
		sum += w[i]
	}
	for i := range w {
		w[i] = p.set.Share/experts + (1-p.set.Share)*w[i]/sum
	}
	return w
}

func normalise(p []float64) {
	var sum float64
	for _, v := range p {
		sum += v
	}
	if sum <= 0 {
		for i := range p {
			p[i] = 1 / float64(len(p))
		}
		return
	}
	for i := range p {
		p[i] /= sum
	}
}
