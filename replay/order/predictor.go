package order

import (
	"math"
	"slices"
)

// Settings of a Predictor. Default's were chosen on the logged workouts that
// come with the data and on no recording.
type Settings struct {
	Depth         int     // exercises looked back on
	Keep, Escape  float64 // of the two chains of exercises
	CountEscape   float64 // of the chain over how often the current one was done
	RelativeDepth int
	RelativeKeep  float64
	Share         float64 // of the mixture's weights that is always spread evenly
	Rate, Fade    float64 // how strongly and how long recent success counts
	Foreign       float64 // weight of an exercise this person has never done, against 1
	SameGroup     float64 // weight of an exercise that fits the session's kind
	AgeKeep       float64 // of an earlier session as a pattern, per session since
	OtherKind     float64 // of an earlier session of another kind
}

// Default are the settings that everything here uses.
func Default() Settings {
	return Settings{
		Depth: 16, Keep: 0.8, Escape: 1, CountEscape: 0.3, RelativeDepth: 10, RelativeKeep: 0.95,
		Share: 0.1, Rate: 0.5, Fade: 0.9, Foreign: 0.2, SameGroup: 5, AgeKeep: 0.8, OtherKind: 0.1,
	}
}

// Who says whose session it is; empty fields are unknown.
type Who struct{ Person, Group string }

// The experts of the mixture.
const (
	expertSession  = iota // exercises of this session
	expertLong            // exercises across sessions
	expertCount           // how often the current one was done
	expertRelative        // how far back the next one was last done
	expertPattern         // earlier sessions that began like this one
	experts
)

// Predictor learns orders of exercises and predicts the next one. It is not
// safe for concurrent use.
type Predictor struct {
	set      Settings
	words    *Vocabulary
	chains   [expertPattern]*chain
	patterns []pattern
	known    map[string]map[symbol]bool // by person
	past     map[string][]symbol        // by person: the exercises up to now, across sessions
	score    map[string]*[experts]float64
	kinds    map[string]symbol
	fits     func(kind, exercise string) bool

	// the running session
	who      Who
	kind     string
	start    symbol
	history  []symbol // this session, its kind first
	recent   []symbol // distinct, the latest first
	relative []symbol
	done     map[symbol]int
	open     bool
	cached   *mixture
}

// New is a predictor that knows no history. fits says whether an exercise suits
// a session's kind, such as "resistanceTargeted:arms"; nil: nothing is known.
func New(words *Vocabulary, s Settings, fits func(kind, exercise string) bool) *Predictor {
	if fits == nil {
		fits = func(string, string) bool { return false }
	}
	p := &Predictor{set: s, words: words, fits: fits,
		known: map[string]map[symbol]bool{}, past: map[string][]symbol{},
		score: map[string]*[experts]float64{}, kinds: map[string]symbol{}}
	p.chains = [expertPattern]*chain{
		newChain(s.Keep, s.Escape), newChain(s.Keep, s.Escape), newChain(s.Keep, s.CountEscape), newChain(s.RelativeKeep, 1),
	}
	return p
}

// Clone is an independent copy over the given vocabulary, which must hold the
// same names under the same numbers.
func (p *Predictor) Clone(words *Vocabulary) *Predictor {
	c := New(words, p.set, p.fits)
	for i := range p.chains {
		c.chains[i] = p.chains[i].clone()
	}
	c.patterns = slices.Clone(p.patterns)
	for k, v := range p.kinds {
		c.kinds[k] = v
	}
	for who, v := range p.past {
		c.past[who] = slices.Clone(v)
	}
	for who, set := range p.known {
		c.known[who] = map[symbol]bool{}
		for s := range set {
			c.known[who][s] = true
		}
	}
	for who, v := range p.score {
		score := *v
		c.score[who] = &score
	}
	if p.open {
		c.who, c.kind, c.start, c.open, c.done = p.who, p.kind, p.start, true, map[symbol]int{}
		c.history, c.recent, c.relative = slices.Clone(p.history), slices.Clone(p.recent), slices.Clone(p.relative)
		for s, n := range p.done {
			c.done[s] = n
		}
	}
	return c
}

// Begin starts a session of a person. kind names what sort of session it is,
// such as a site or a plan; it may be empty.
func (p *Predictor) Begin(who Who, kind string) {
	if p.open {
		p.End()
	}
	s, ok := p.kinds[kind]
	if !ok {
		s = symbol(-1 - len(p.kinds))
		p.kinds[kind] = s
	}
	p.who, p.kind, p.start, p.open, p.cached = who, kind, s, true, nil
	p.history, p.recent, p.relative = []symbol{s}, nil, []symbol{s}
	p.done = map[symbol]int{}
	if p.known[who.Person] == nil {
		p.known[who.Person] = map[symbol]bool{}
		p.score[who.Person] = &[experts]float64{}
	}
	p.past[who.Person] = append(p.past[who.Person], s)
}

// Observe tells the exercise of the next set: the chains learn it at once.
func (p *Predictor) Observe(exercise string) {
	s := symbol(p.words.Add(exercise) + 1)
	p.judge(s)
	contexts := p.contexts()
	for i := range p.chains {
		next := s
		if i == expertRelative {
			next = p.relativeOf(s)
		}
		p.chains[i].learn(contexts[i], next)
	}
	p.relative = append(p.relative, p.relativeOf(s))
	if i := slices.Index(p.recent, s); i >= 0 {
		p.recent = slices.Delete(p.recent, i, i+1)
	}
	p.recent = slices.Insert(p.recent, 0, s)
	p.history = append(p.history, s)
	p.past[p.who.Person] = append(p.past[p.who.Person], s)
	p.known[p.who.Person][s] = true
	p.done[s]++
	p.cached = nil
}

// judge moves the mixture's weights towards the experts that expected s.
func (p *Predictor) judge(s symbol) {
	m := p.mix()
	if int(s) >= len(m.by[0]) {
		return // nobody could have expected it
	}
	score := p.score[p.who.Person]
	for i := range score {
		score[i] = p.set.Fade*score[i] + math.Log(m.by[i][s]+1e-3)
	}
}

// End closes the session; the chains learn that it ended here.
func (p *Predictor) End() {
	if !p.open {
		return
	}
	contexts := p.contexts()
	for i := range p.chains {
		if i != expertRelative {
			p.chains[i].learn(contexts[i], ending)
		}
	}
	p.patterns = append(p.patterns, pattern{person: p.who.Person, kind: p.kind, exercises: slices.Clone(p.history[1:])})
	p.open, p.cached = false, nil
}

// relativeOf says how far back an exercise was last done: 1 for the latest, 2
// for the one before, ...; 0 for one not done in this session.
func (p *Predictor) relativeOf(s symbol) symbol {
	return symbol(slices.Index(p.recent, s) + 1)
}

// contexts are each chain's keys for what comes next.
func (p *Predictor) contexts() [expertPattern][]string {
	scopes := []string{"", "g" + p.who.Group, "p" + p.who.Person}
	if p.who.Group == "" {
		scopes = []string{"", "p" + p.who.Person}
	}
	own := scopes[len(scopes)-1:]
	last := p.history[len(p.history)-1]
	count, at := symbol(p.done[last]), symbol(len(p.history))
	before := p.start
	if len(p.history) > 1 {
		before = p.history[len(p.history)-2]
	}
	var counted []string
	for i, k := range [][]symbol{{}, {p.start}, {last}, {last, count}, {last, count, before}, {last, at}, {last, count, at}} {
		for _, scope := range scopes {
			counted = append(counted, keyed(byte('a'+i), scope, k...))
		}
	}
	past := p.past[p.who.Person]
	return [expertPattern][]string{
		suffixes('s', scopes, p.history, p.set.Depth),
		suffixes('l', own, past, p.set.Depth),
		counted,
		suffixes('r', scopes[:1], p.relative, p.set.RelativeDepth),
	}
}

// Best is the exercise most likely to come next; empty when none is known.
func (p *Predictor) Best() string {
	next := p.Next()
	best := -1
	for i, v := range next {
		if best < 0 || v > next[best] {
			best = i
		}
	}
	if best < 0 {
		return ""
	}
	return p.words.Name(best)
}
