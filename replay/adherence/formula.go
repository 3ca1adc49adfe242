// Package adherence asks whether sessions kept to a protocol: a small linear
// temporal logic on finite traces with bounds in seconds, over what was done
// when. A rule is compiled to an automaton (De Giacomo and Vardi 2013, by
// progression of formulas as in Bacchus and Kabanza 1998), so that a rule that
// no session could keep is refused before it runs.
package adherence

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// op is the kind of a formula's node.
type op int

const (
	opTrue op = iota
	opFalse
	opAtom
	opNot   // of an atom only, after normalisation
	opAnd   //
	opOr    //
	opNext  // strong: there is a next instant and it satisfies
	opWeak  // weak: if there is a next instant it satisfies
	opUntil // b holds within [lo, hi] and a until then
	opRel   // release, the dual of until
)

// unbounded is the upper bound of an operator without one.
const unbounded = -1

// Formula is a rule. Formulas are immutable and in negation normal form.
type Formula struct {
	op     op
	atom   string
	a, b   *Formula
	lo, hi int // steps, for until and release
	key    string
}

func mk(f Formula) *Formula {
	switch f.op {
	case opTrue, opFalse:
		f.key = map[op]string{opTrue: "true", opFalse: "false"}[f.op]
	case opAtom:
		f.key = strconv.Quote(f.atom)
	case opNot:
		f.key = "!" + strconv.Quote(f.atom)
	case opNext:
		f.key = "X(" + f.a.key + ")"
	case opWeak:
		f.key = "N(" + f.a.key + ")"
	case opUntil, opRel:
		name := map[op]string{opUntil: "U", opRel: "R"}[f.op]
		f.key = "(" + f.a.key + " " + name + bounds(f.lo, f.hi) + " " + f.b.key + ")"
	}
	return &f
}

func bounds(lo, hi int) string {
	if hi == unbounded {
		if lo == 0 {
			return ""
		}
		return fmt.Sprintf("[%d,]", lo)
	}
	return fmt.Sprintf("[%d,%d]", lo, hi)
}

var (
	yes = mk(Formula{op: opTrue})
	no  = mk(Formula{op: opFalse})
)

// String prints the formula in the syntax that Parse reads, bounds in steps.
func (f *Formula) String() string { return f.key }

func atom(name string) *Formula { return mk(Formula{op: opAtom, atom: name}) }

// flatten collects the operands of nested ands or ors, sorted and unique.
func flatten(kind op, fs []*Formula) []*Formula {
	var out []*Formula
	var walk func(f *Formula)
	walk = func(f *Formula) {
		if f.op == kind {
			walk(f.a)
			walk(f.b)
			return
		}
		out = append(out, f)
	}
	for _, f := range fs {
		walk(f)
	}
	slices.SortFunc(out, func(x, y *Formula) int { return strings.Compare(x.key, y.key) })
	return slices.CompactFunc(out, func(x, y *Formula) bool { return x.key == y.key })
}

// join builds a normalised conjunction or disjunction.
func join(kind op, fs ...*Formula) *Formula {
	zero, one := no, yes // what absorbs and what vanishes in a conjunction
	if kind == opOr {
		zero, one = yes, no
	}
	parts := shallow(kind, flatten(kind, fs))
	parts = slices.DeleteFunc(parts, func(f *Formula) bool { return f.op == one.op })
	parts = absorb(kind, parts)
	for i, f := range parts {
		if f.op == zero.op {
			return zero
		}
		if f.op == opNot && slices.ContainsFunc(parts[:i+1], func(g *Formula) bool { return g.op == opAtom && g.atom == f.atom }) ||
			f.op == opAtom && slices.ContainsFunc(parts[:i+1], func(g *Formula) bool { return g.op == opNot && g.atom == f.atom }) {
			return zero
		}
	}
	if len(parts) == 0 {
		return one
	}
	if len(parts) == 1 {
		return parts[0]
	}
	// Only the outermost node carries the text: the inner ones are flattened
	// before anybody asks for theirs, and would hold its square.
	out := parts[len(parts)-1]
	for i := len(parts) - 2; i >= 0; i-- {
		out = &Formula{op: kind, a: parts[i], b: out}
	}
	out.key = joinedKey(kind, parts)
	return out
}

// joinedKey writes operands as nested pairs: (a & (b & c)).
func joinedKey(kind op, parts []*Formula) string {
	sign := map[op]string{opAnd: " & ", opOr: " | "}[kind]
	var b strings.Builder
	for _, f := range parts[:len(parts)-1] {
		b.WriteString("(" + f.key + sign)
	}
	b.WriteString(parts[len(parts)-1].key)
	b.WriteString(strings.Repeat(")", len(parts)-1))
	return b.String()
}

// absorb drops a until [0,n] b beside the same with another bound when one
// implies the other: without it the counting states of bounded rules multiply.
func absorb(kind op, parts []*Formula) []*Formula {
	type shape struct {
		op   op
		a, b string
	}
	best := map[shape]*Formula{}
	keep := parts[:0:0]
	for _, f := range parts {
		if (f.op != opUntil && f.op != opRel) || f.lo != 0 {
			keep = append(keep, f)
			continue
		}
		s := shape{f.op, f.a.key, f.b.key}
		g, seen := best[s]
		if !seen {
			best[s] = f
			continue
		}
		// a larger bound weakens an until and strengthens a release
		wantLarger := (f.op == opUntil) == (kind == opOr)
		if larger(f.hi, g.hi) == wantLarger {
			best[s] = f
		}
	}
	for _, f := range best {
		keep = append(keep, f)
	}
	all := slices.Clone(keep)
	keep = slices.DeleteFunc(keep, func(f *Formula) bool { return implied(kind, f, all) })
	slices.SortFunc(keep, func(x, y *Formula) int { return strings.Compare(x.key, y.key) })
	return keep
}

// implied reports whether another part says all that f does: a & (a | b) is a,
// and a | (a & b) is a.
func implied(kind op, f *Formula, parts []*Formula) bool {
	other := dual(kind)
	if f.op != other {
		return false
	}
	mine := flatten(other, []*Formula{f})
	return slices.ContainsFunc(parts, func(p *Formula) bool {
		return p != f && within(flatten(other, []*Formula{p}), mine)
	})
}

// within reports whether every one of a is among b; both are sorted.
func within(a, b []*Formula) bool {
	for _, f := range a {
		if _, ok := slices.BinarySearchFunc(b, f.key, func(g *Formula, key string) int { return strings.Compare(g.key, key) }); !ok {
			return false
		}
	}
	return true
}

func dual(kind op) op {
	if kind == opAnd {
		return opOr
	}
	return opAnd
}

// maxProduct bounds what one part may become when it is multiplied out.
const maxProduct = 256

// shallow multiplies out the parts that hold the same kind of join again two
// levels down: a & (b | (c & d)) becomes a & (b | c) & (b | d). With ands and ors
// two deep at most, what can be due is finite, however long a session goes on.
func shallow(kind op, parts []*Formula) []*Formula {
	other := dual(kind)
	var out []*Formula
	for _, f := range parts {
		if f.op != other {
			out = append(out, f)
			continue
		}
		product, deep := [][]*Formula{nil}, false
		for _, g := range flatten(other, []*Formula{f}) {
			choices := flatten(kind, []*Formula{g})
			deep = deep || len(choices) > 1
			var longer [][]*Formula
			for _, so := range product {
				for _, c := range choices {
					longer = append(longer, append(slices.Clip(so), c))
				}
			}
			if product = longer; len(product) > maxProduct {
				break
			}
		}
		if !deep || len(product) > maxProduct {
			out = append(out, f)
			continue
		}
		for _, so := range product {
			out = append(out, join(other, so...))
		}
	}
	return flatten(kind, out)
}

func larger(a, b int) bool {
	if a == unbounded || b == unbounded {
		return a == unbounded && b != unbounded
	}
	return a > b
}

// not pushes a negation down to the atoms.
func not(f *Formula) *Formula {
	switch f.op {
	case opTrue:
		return no
	case opFalse:
		return yes
	case opAtom:
		return mk(Formula{op: opNot, atom: f.atom})
	case opNot:
		return atom(f.atom)
	case opAnd:
		return join(opOr, not(f.a), not(f.b))
	case opOr:
		return join(opAnd, not(f.a), not(f.b))
	case opNext:
		return mk(Formula{op: opWeak, a: not(f.a)})
	case opWeak:
		return mk(Formula{op: opNext, a: not(f.a)})
	case opUntil:
		return mk(Formula{op: opRel, a: not(f.a), b: not(f.b), lo: f.lo, hi: f.hi})
	default:
		return mk(Formula{op: opUntil, a: not(f.a), b: not(f.b), lo: f.lo, hi: f.hi})
	}
}

func next(f *Formula) *Formula { return mk(Formula{op: opNext, a: f}) }
func weak(f *Formula) *Formula { return mk(Formula{op: opWeak, a: f}) }
func until(a, b *Formula, lo, hi int) *Formula {
	return mk(Formula{op: opUntil, a: a, b: b, lo: lo, hi: hi})
}
func eventually(f *Formula, lo, hi int) *Formula { return until(yes, f, lo, hi) }
func always(f *Formula, lo, hi int) *Formula {
	return mk(Formula{op: opRel, a: no, b: f, lo: lo, hi: hi})
}
