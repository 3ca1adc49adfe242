package adherence

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxStates, maxState and maxText bound a rule while it is compiled: its states,
// and the bytes of the formulas due in one and in all of them. Nested operators
// whose ands and ors alternate would otherwise grow without end.
const (
	maxStates = 50_000
	maxState  = 1 << 20
	maxText   = 32 << 20
)

// ErrTooLarge is returned for a rule whose automaton would not fit.
var ErrTooLarge = errors.New("the rule counts over too long a time at this step; use a coarser step, shorter bounds or fewer parts")

// Rule is a compiled formula. At every instant one activity is going on: one of
// the rule's own names or something else.
type Rule struct {
	Formula *Formula
	StepS   float64
	names   []string // the rule's atoms; the symbol len(names) is anything else
	next    [][]int  // state -> symbol -> state
	accept  []bool   // state -> may the session end here
}

// progress is what must hold from the next instant on, when f must hold now and
// the activity matches the atoms that holds says. The rest is only asked of
// sessions that go on; see final for those that end.
func progress(f *Formula, holds func(string) bool) *Formula {
	switch f.op {
	case opTrue, opFalse:
		return f
	case opAtom, opNot:
		if holds(f.atom) == (f.op == opAtom) {
			return yes
		}
		return no
	case opAnd, opOr:
		return join(f.op, progress(f.a, holds), progress(f.b, holds))
	case opNext, opWeak:
		return f.a
	}
	later := *f
	if f.lo > 0 {
		later.lo--
	}
	if f.hi > 0 {
		later.hi--
	}
	rest := mk(later)
	last := f.hi == 0
	if f.op == opUntil {
		goOn := progress(f.a, holds)
		if last {
			goOn = no
		} else {
			goOn = join(opAnd, goOn, rest)
		}
		if f.lo > 0 {
			return goOn
		}
		return join(opOr, progress(f.b, holds), goOn)
	}
	goOn := progress(f.a, holds)
	if last {
		goOn = yes
	} else {
		goOn = join(opOr, goOn, rest)
	}
	if f.lo > 0 {
		return goOn
	}
	return join(opAnd, progress(f.b, holds), goOn)
}

// final reports whether f holds at an instant that is the last one.
func final(f *Formula, holds func(string) bool) bool {
	switch f.op {
	case opTrue, opWeak:
		return true
	case opFalse, opNext:
		return false
	case opAtom:
		return holds(f.atom)
	case opNot:
		return !holds(f.atom)
	case opAnd:
		return final(f.a, holds) && final(f.b, holds)
	case opOr:
		return final(f.a, holds) || final(f.b, holds)
	case opUntil:
		return f.lo == 0 && final(f.b, holds)
	default:
		return f.lo > 0 || final(f.b, holds)
	}
}

func atoms(f *Formula, into map[string]bool) {
	if f == nil {
		return
	}
	if f.op == opAtom || f.op == opNot {
		into[f.atom] = true
	}
	atoms(f.a, into)
	atoms(f.b, into)
}

// weight is how many bytes the texts within a formula take.
func weight(f *Formula) int {
	if f == nil {
		return 0
	}
	return len(f.key) + weight(f.a) + weight(f.b)
}

// Compile builds the automaton and refuses a rule that no session can keep or
// that every session keeps. The state that a session is in after its last
// instant remembers whether it might have ended there, so states are pairs of
// what is still due and whether the instant just seen could have been the last.
func Compile(f *Formula, stepS float64) (*Rule, error) {
	set := map[string]bool{}
	atoms(f, set)
	r := &Rule{Formula: f, StepS: stepS}
	for n := range set {
		r.names = append(r.names, n)
	}
	slices.Sort(r.names)
	index := map[string]int{}
	var due []*Formula
	text, large := 0, false
	state := func(f *Formula, accept bool) int {
		key := f.key
		if accept {
			key += " end"
		}
		i, ok := index[key]
		if !ok {
			i = len(due)
			index[key] = i
			bytes := weight(f)
			text, large = text+bytes, large || bytes > maxState
			due, r.accept = append(due, f), append(r.accept, accept)
		}
		return i
	}
	state(f, false)
	for i := 0; i < len(due); i++ {
		if large || len(due) > maxStates || text > maxText {
			return nil, ErrTooLarge
		}
		row := make([]int, len(r.names)+1)
		for symbol := range row {
			holds := func(a string) bool { return symbol < len(r.names) && r.names[symbol] == a }
			row[symbol] = state(progress(due[i], holds), final(due[i], holds))
		}
		r.next = append(r.next, row)
	}
	return r, r.contradiction()
}

// ErrContradiction and ErrEmptyRule say that a rule tells nothing.
var (
	ErrContradiction = errors.New("no session could ever keep this rule: its parts contradict each other")
	ErrEmptyRule     = errors.New("every session keeps this rule whatever it holds")
)

// contradiction looks at the states that a session of at least one instant can
// be in: all states but the first are reached by some session.
func (r *Rule) contradiction() error {
	kept, broken := false, false
	for _, row := range r.next {
		for _, to := range row {
			kept, broken = kept || r.accept[to], broken || !r.accept[to]
		}
	}
	switch {
	case !kept:
		return ErrContradiction
	case !broken:
		return ErrEmptyRule
	}
	return nil
}

// States is the size of the automaton.
func (r *Rule) States() int { return len(r.next) }

// Activity is a stretch of a session in which one thing was done.
type Activity struct {
	StartS, EndS float64
	Name         string // an exercise's id, "rest", ...
}

// matches reports whether an activity's name is meant by an atom: the whole id,
// its last part, or a pattern that ends in a star.
func matches(name, atom string) bool {
	if prefix, ok := strings.CutSuffix(atom, "*"); ok {
		_, short, _ := strings.Cut(name, ":")
		return strings.HasPrefix(name, prefix) || strings.HasPrefix(short, prefix)
	}
	return name == atom || strings.HasSuffix(name, "/"+atom)
}

// instants turns activities into one symbol for each step of a session: the
// activity at the step's middle, later starts first where two overlap.
func (r *Rule) instants(activities []Activity, durationS float64) []int {
	n := int(durationS/r.StepS + 0.5)
	out := make([]int, n)
	for i := range out {
		out[i] = len(r.names)
	}
	sorted := slices.Clone(activities)
	slices.SortStableFunc(sorted, func(a, b Activity) int { return int(1e6 * (a.StartS - b.StartS)) })
	for _, a := range sorted {
		symbol := r.symbol(a.Name)
		for i := max(0, int(a.StartS/r.StepS+0.5)); i < n && (float64(i)+.5)*r.StepS < a.EndS; i++ {
			out[i] = symbol
		}
	}
	return out
}

// anyExercise is the atom for an exercise that the rule does not name itself.
const anyExercise = "exercise"

// symbol finds the atom that an activity is meant by, len(names) when none is.
func (r *Rule) symbol(name string) int {
	i := slices.IndexFunc(r.names, func(atom string) bool { return atom != anyExercise && matches(name, atom) })
	if i < 0 && !slices.Contains([]string{"rest", "idle", "moving"}, name) {
		i = slices.Index(r.names, anyExercise)
	}
	if i < 0 {
		return len(r.names)
	}
	return i
}

// Unknown are the rule's names that mean none of the given activities, and neither
// any exercise, rest nor moving about: a rule on them is kept or broken whatever
// is done.
func (r *Rule) Unknown(activities []string) (list []string) {
	for _, atom := range r.names {
		if atom == anyExercise || slices.Contains([]string{"rest", "idle", "moving"}, atom) {
			continue
		}
		if !slices.ContainsFunc(activities, func(name string) bool { return matches(name, atom) }) {
			list = append(list, atom)
		}
	}
	return list
}

// Violation is an instant from which a rule is broken.
type Violation struct {
	AtS     float64
	Message string
}

// Check runs a session through the rule. For a rule of the form "always ..."
// every instant that breaks it is named, runs of them once; for others the
// session as a whole is.
func (r *Rule) Check(activities []Activity, durationS float64) (kept bool, found []Violation, err error) {
	word := r.instants(activities, durationS)
	if len(word) == 0 {
		return false, nil, fmt.Errorf("the session is shorter than one step of %g s", r.StepS)
	}
	state := 0
	for _, symbol := range word {
		state = r.next[state][symbol]
	}
	if r.accept[state] {
		return true, nil, nil
	}
	if f := r.Formula; f.op == opRel && f.a.op == opFalse && f.lo == 0 && f.hi == unbounded {
		e := evaluator{word: word, names: r.names, memo: map[memoKey]bool{}}
		before := true
		for i := range word {
			now := e.at(f.b, i)
			if before && !now {
				found = append(found, Violation{AtS: float64(i) * r.StepS, Message: "the rule is broken from here"})
			}
			before = now
		}
		return false, found, nil
	}
	return false, []Violation{{AtS: 0, Message: "the session as a whole does not keep the rule"}}, nil
}

type memoKey struct {
	f  *Formula
	at int
}

// evaluator follows the definition of the logic instant by instant; the
// automaton must agree with it.
type evaluator struct {
	word  []int
	names []string
	memo  map[memoKey]bool
}

func (e *evaluator) at(f *Formula, i int) bool {
	key := memoKey{f, i}
	if v, ok := e.memo[key]; ok {
		return v
	}
	v := e.compute(f, i)
	e.memo[key] = v
	return v
}

func (e *evaluator) compute(f *Formula, i int) bool {
	switch f.op {
	case opTrue:
		return true
	case opFalse:
		return false
	case opAtom, opNot:
		return (e.word[i] < len(e.names) && e.names[e.word[i]] == f.atom) == (f.op == opAtom)
	case opAnd:
		return e.at(f.a, i) && e.at(f.b, i)
	case opOr:
		return e.at(f.a, i) || e.at(f.b, i)
	case opNext:
		return i+1 < len(e.word) && e.at(f.a, i+1)
	case opWeak:
		return i+1 >= len(e.word) || e.at(f.a, i+1)
	case opUntil:
		return e.until(f, i, true)
	default:
		return e.until(f, i, false)
	}
}

// until walks forward for until (want true) and, by duality, for release.
func (e *evaluator) until(f *Formula, i int, want bool) bool {
	for j := i; j < len(e.word) && (f.hi == unbounded || j <= i+f.hi); j++ {
		if j >= i+f.lo && e.at(f.b, j) == want {
			return want
		}
		if e.at(f.a, j) != want {
			return !want
		}
	}
	return !want
}
