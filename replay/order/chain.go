package order

import "maps"

// symbol is a number of the vocabulary shifted by one, or one of the ends.
type symbol int32

const ending symbol = 0 // end of session

// row counts what followed one context.
type row struct {
	counts map[symbol]float64
	total  float64
}

// chain holds counts by context. Contexts are opaque strings.
type chain struct {
	keep   float64 // what remains of a context's counts each time it is met again
	escape float64 // Witten-Bell's weight of the shorter context, times its distinct followers
	rows   map[string]*row
}

func newChain(keep, escape float64) *chain {
	return &chain{keep: keep, escape: escape, rows: map[string]*row{}}
}

func (c *chain) learn(contexts []string, next symbol) {
	for _, key := range contexts {
		r := c.rows[key]
		if r == nil {
			r = &row{counts: map[symbol]float64{}}
			c.rows[key] = r
		}
		if c.keep < 1 {
			for s := range r.counts {
				r.counts[s] *= c.keep
			}
			r.total *= c.keep
		}
		r.counts[next]++
		r.total++
	}
}

// refine sharpens a distribution over symbols by each context in turn, from the
// most general to the most specific:
//
//	p(s | context) = (count(s) + T*p(s | the one before)) / (total + T)
//
// with T the number of distinct followers times the escape weight.
func (c *chain) refine(p []float64, contexts []string) {
	for _, key := range contexts {
		r := c.rows[key]
		if r == nil {
			continue
		}
		t := c.escape * float64(len(r.counts))
		for s := range p {
			p[s] *= t / (r.total + t)
		}
		for s, n := range r.counts {
			if int(s) < len(p) {
				p[s] += n / (r.total + t)
			}
		}
	}
}

func (c *chain) clone() *chain {
	d := newChain(c.keep, c.escape)
	for key, r := range c.rows {
		d.rows[key] = &row{counts: maps.Clone(r.counts), total: r.total}
	}
	return d
}

// keyed builds context strings without formatting.
func keyed(kind byte, scope string, symbols ...symbol) string {
	b := make([]byte, 0, len(scope)+2+3*len(symbols))
	b = append(b, kind)
	b = append(b, scope...)
	b = append(b, 0)
	for _, s := range symbols {
		b = append(b, byte(s), byte(s>>8), byte(s>>16))
	}
	return string(b)
}

// suffixes are the contexts of the last 0, 1, ... depth symbols, each in every
// scope, the widest scope first.
func suffixes(kind byte, scopes []string, history []symbol, depth int) []string {
	var keys []string
	for n := 0; n <= depth && n <= len(history); n++ {
		for _, scope := range scopes {
			keys = append(keys, keyed(kind, scope, history[len(history)-n:]...))
		}
	}
	return keys
}
