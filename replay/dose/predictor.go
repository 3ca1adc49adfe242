package dose

import (
	"cmp"
	"math"
	"slices"
)

// Predictor learns doses set by set. One Predictor serves many people; what it
// learns of a rule's worth is shared, what a person did is not. It is not safe
// for concurrent use.
type Predictor struct {
	everyone map[situation]*tally
	people   map[string]*person

	now     *person
	kind    string
	session []done
	lately  map[situation]*tally
}

// person is what is known of one person.
type person struct {
	workouts map[workoutKey][][Quantities][]reading // by exercise, oldest first
	worth    map[situation]*tally
	exercise map[exerciseSituation]*tally
	usual    [Quantities]map[float64]int
}

type workoutKey struct{ kind, exercise string }

// reading is one value of a quantity.
type reading = float64

type done struct {
	exercise string
	dose     Dose
}

// situation is where a rule is judged: which quantity, how many earlier
// workouts and how many sets of this one there are to lean on.
type situation struct {
	quantity       Quantity
	workouts, sets int
	rule           rule
}

type exerciseSituation struct {
	exercise string
	situation
}

// tally counts how often a rule was right, fading.
type tally struct{ right, of float64 }

func (t *tally) add(right bool, keep float64) {
	t.right *= keep
	t.of = t.of*keep + 1
	if right {
		t.right++
	}
}

// New is a predictor that has seen nothing.
func New() *Predictor {
	return &Predictor{everyone: map[situation]*tally{}, people: map[string]*person{}}
}

// Begin starts a session of a person; kind tells sessions of different plans
// apart and may be empty.
func (p *Predictor) Begin(who, kind string) {
	p.End()
	if p.people[who] == nil {
		n := &person{workouts: map[workoutKey][][Quantities][]reading{}, worth: map[situation]*tally{}, exercise: map[exerciseSituation]*tally{}}
		for q := range n.usual {
			n.usual[q] = map[float64]int{}
		}
		p.people[who] = n
	}
	p.now, p.kind, p.session, p.lately = p.people[who], kind, nil, map[situation]*tally{}
}

// End closes the session and keeps it as the latest workout.
func (p *Predictor) End() {
	if p.now == nil {
		return
	}
	by := map[string]*[Quantities][]reading{}
	for _, d := range p.session {
		if by[d.exercise] == nil {
			by[d.exercise] = &[Quantities][]reading{}
		}
		for q := range Quantities {
			if v, ok := d.dose.Get(q); ok {
				by[d.exercise][q] = append(by[d.exercise][q], v)
			}
		}
	}
	for e, w := range by {
		for _, kind := range []string{p.kind, anyKind} {
			k := workoutKey{kind, e}
			p.now.workouts[k] = append(p.now.workouts[k], *w)
		}
	}
	p.now = nil
}

const anyKind = "\x00any"

// Next predicts the quantities of the coming set of an exercise. Quantities
// about which nothing can be said are left out.
func (p *Predictor) Next(exercise string) Dose {
	var d Dose
	for q := range Quantities {
		if v, ok := p.predict(exercise, q); ok {
			d.Put(q, v)
		}
	}
	return d
}

func (p *Predictor) predict(exercise string, q Quantity) (float64, bool) {
	v := p.view(exercise, q)
	votes := map[float64]float64{}
	for _, c := range v.candidates() {
		worth := p.worth(exercise, v.at(c.rule))
		votes[q.round(c.value)] += math.Log(1 + worth/(1-worth))
	}
	best, ok := 0.0, false
	for _, x := range sortedKeys(votes) {
		if !ok || votes[x] > votes[best] {
			best, ok = x, true
		}
	}
	return best, ok
}

// worth is a rule's chance to be right: everyone's, corrected by the person's,
// by the exercise's and by this session's.
func (p *Predictor) worth(exercise string, s situation) float64 {
	w := shrink(p.everyone[s], 0.3, 5)
	w = shrink(p.now.worth[s], w, 3)
	w = shrink(p.now.exercise[exerciseSituation{exercise, s.loose()}], w, 2)
	w = shrink(p.lately[s.loosest()], w, 2)
	return min(max(w, 0.02), 0.98)
}

func shrink(t *tally, towards, strength float64) float64 {
	if t == nil {
		return towards
	}
	return (t.right + towards*strength) / (t.of + strength)
}

func (s situation) loose() situation { s.sets = 0; return s }

func (s situation) loosest() situation {
	s.workouts, s.sets = min(s.workouts, 1), min(s.sets, 1)
	return s
}

// Observe tells what the set was.
func (p *Predictor) Observe(exercise string, d Dose) {
	for q := range Quantities {
		x, ok := d.Get(q)
		if !ok {
			continue
		}
		v := p.view(exercise, q)
		for _, c := range v.candidates() {
			right := Same(q.round(c.value), x)
			s := v.at(c.rule)
			put(p.everyone, s).add(right, 1)
			put(p.now.worth, s).add(right, 0.9)
			put(p.now.exercise, exerciseSituation{exercise, s.loose()}).add(right, 0.8)
			put(p.lately, s.loosest()).add(right, 0.8)
		}
		p.now.usual[q][x]++
	}
	p.session = append(p.session, done{exercise, d})
}

func put[K comparable](m map[K]*tally, k K) *tally {
	if m[k] == nil {
		m[k] = &tally{}
	}
	return m[k]
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
