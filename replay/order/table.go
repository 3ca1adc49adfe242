package order

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Table is a predictor's knowledge of sequences frozen for a device: the chain
// of the session's exercises, of everyone and of one group, without anybody's
// own habits. Symbols are 0 for the session's end, i+1 for exercise i of the
// vocabulary and n+1+k for the start of a session at Sites[k].
type Table struct {
	Depth  int       `json:"depth"`
	Escape float32   `json:"escape"`
	Sites  []string  `json:"sites"`
	Base   []float32 `json:"base"` // the expectation without any context, over 0..n
	Rows   []Row     `json:"rows"`
}

// Row counts what followed one context: the latest symbols, the last one last.
type Row struct {
	Scope   int       `json:"scope"` // 0 everyone, 1 the group
	Context []int     `json:"context"`
	Next    []int     `json:"next"`
	Count   []float32 `json:"count"`
	Total   float32   `json:"total"`
}

// The scopes of a table's rows.
const (
	scopeEveryone = 0
	scopeGroup    = 1
)

// Table freezes what everyone and the group do, looking back on at most depth
// symbols. group may be empty.
func (p *Predictor) Table(group string, depth int) Table {
	n := p.words.Len()
	t := Table{Depth: depth, Escape: float32(p.chains[expertSession].escape), Sites: make([]string, len(p.kinds)), Rows: []Row{}, Base: make([]float32, n+1)}
	for name, s := range p.kinds {
		t.Sites[-1-s] = name
	}
	stranger := *p
	stranger.who, stranger.kind, stranger.known = Who{}, "", nil
	for s, v := range stranger.base(n + 1) {
		t.Base[s] = float32(v)
	}
	for key, r := range p.chains[expertSession].rows {
		scope, context, ok := unkeyed(key)
		row := Row{Context: []int{}, Total: float32(r.total)}
		switch {
		case !ok || len(context) > depth:
			continue
		case scope == "":
			row.Scope = scopeEveryone
		case group != "" && scope == "g"+group:
			row.Scope = scopeGroup
		default:
			continue
		}
		for _, s := range context {
			if s < 0 {
				s = symbol(n) - s // the start of a session of kind -1-s
			}
			row.Context = append(row.Context, int(s))
		}
		for _, s := range slices.Sorted(maps.Keys(r.counts)) {
			row.Next, row.Count = append(row.Next, int(s)), append(row.Count, float32(r.counts[s]))
		}
		t.Rows = append(t.Rows, row)
	}
	slices.SortFunc(t.Rows, func(a, b Row) int {
		return cmp.Or(len(a.Context)-len(b.Context), a.Scope-b.Scope, slices.Compare(a.Context, b.Context))
	})
	return t
}

// unkeyed is the inverse of keyed for the chain of the session's exercises.
func unkeyed(key string) (scope string, symbols []symbol, ok bool) {
	rest, ok := strings.CutPrefix(key, "s")
	if !ok {
		return "", nil, false
	}
	scope, rest, ok = strings.Cut(rest, "\x00")
	if !ok || len(rest)%3 != 0 {
		return "", nil, false
	}
	for ; rest != ""; rest = rest[3:] {
		v := int32(rest[0]) | int32(rest[1])<<8 | int32(rest[2])<<16
		symbols = append(symbols, symbol(v<<8>>8)) // the sign is in the third byte
	}
	return scope, symbols, true
}

// Check reports a table that can't be read with a vocabulary of n exercises.
func (t Table) Check(n int) error {
	const deepest = 64
	if t.Depth < 0 || t.Depth > deepest || !(t.Escape > 0) || math.IsInf(float64(t.Escape), 0) || len(t.Base) != n+1 {
		return fmt.Errorf("order: depth %d, escape %g, %d base values for %d exercises", t.Depth, t.Escape, len(t.Base), n)
	}
	for _, v := range t.Base {
		if !(v > 0) || v > 1 {
			return fmt.Errorf("order: a base value is %g", v)
		}
	}
	for i, r := range t.Rows {
		if len(r.Next) == 0 || len(r.Next) != len(r.Count) || len(r.Context) > t.Depth || r.Scope < scopeEveryone || r.Scope > scopeGroup {
			return fmt.Errorf("order: row %d has scope %d, a context of %d, %d followers and %d counts", i, r.Scope, len(r.Context), len(r.Next), len(r.Count))
		}
		for _, s := range r.Context {
			if s < 0 || s > n+len(t.Sites) {
				return fmt.Errorf("order: row %d speaks of symbol %d", i, s)
			}
		}
		if !(r.Total > 0) || math.IsInf(float64(r.Total), 0) {
			return fmt.Errorf("order: row %d counts %g in all", i, r.Total)
		}
		for k, s := range r.Next {
			if s < 0 || s > n || !(r.Count[k] >= 0 && r.Count[k] <= r.Total*1.0001) {
				return fmt.Errorf("order: row %d counts %g of symbol %d", i, r.Count[k], s)
			}
		}
	}
	return nil
}

// Course is one session followed with a frozen table.
type Course struct {
	t       *Table
	words   *Vocabulary
	rows    map[string]*Row
	history []int
}

// Begin follows a session at a site. The vocabulary is the one the table was
// checked with.
func (t *Table) Begin(words *Vocabulary, site string) *Course {
	c := &Course{t: t, words: words, rows: make(map[string]*Row, len(t.Rows))}
	for i := range t.Rows {
		r := &t.Rows[i]
		c.rows[rowKey(r.Scope, r.Context)] = r
	}
	start := -1 // a place that no row speaks of
	if k := slices.Index(t.Sites, site); k >= 0 {
		start = len(t.Base) + k
	}
	c.history = []int{start}
	return c
}

func rowKey(scope int, context []int) string { return fmt.Sprint(scope, context) }

// Observe tells the exercise of the next set.
func (c *Course) Observe(exercise string) {
	c.history = append(c.history, c.words.Index(exercise)+1)
}

// Next is the distribution over the vocabulary's exercises of what comes next.
func (c *Course) Next() []float64 {
	p := make([]float64, len(c.t.Base))
	for s, v := range c.t.Base {
		p[s] = float64(v)
	}
	for n := 0; n <= min(c.t.Depth, len(c.history)); n++ {
		for _, scope := range []int{scopeEveryone, scopeGroup} {
			r := c.rows[rowKey(scope, c.history[len(c.history)-n:])]
			if r == nil {
				continue
			}
			escape := float64(c.t.Escape) * float64(len(r.Next))
			total := float64(r.Total)
			for s := range p {
				p[s] *= escape / (total + escape)
			}
			for k, s := range r.Next {
				p[s] += float64(r.Count[k]) / (total + escape)
			}
		}
	}
	normalise(p)
	next := p[1:]
	normalise(next)
	return next
}
