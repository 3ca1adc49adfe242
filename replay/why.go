package replay

import (
	"fmt"
	"math"
	"strings"
)

// undecided is the difference of two exercises' terms, in nats, below which a
// source has no say between them.
const undecided = 0.25

// why says in a sentence what made the answer: each source's word between it and
// the runner-up.
func (c *chronicle) why(e evidence, terms [Sources][]float64, fused []float64) string {
	n := len(fused)
	top := best(fused)
	if n < 2 {
		return fmt.Sprintf("Only %s is known.", plain(c.words.Name(top)))
	}
	rest := append([]float64(nil), fused...)
	rest[top] = -1
	next := best(rest)
	var parts []string
	for s := range Sources {
		if part := c.word(s, e, terms[s], top, next, n); part != "" {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return "No source had anything to say."
	}
	text := strings.Join(parts, "; ")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// word is one source's part of the sentence; empty when it is muted or silent.
func (c *chronicle) word(s Source, e evidence, term []float64, top, next, n int) string {
	if c.pools[e.model].Weight[s] == 0 {
		return ""
	}
	name := map[Source]string{Sensor: "sensor", Markov: "order", Place: c.placeName(e), Memory: "memory"}[s]
	if term == nil {
		switch {
		case s == Sensor && e.missing != "":
			return "no sensor evidence (" + e.missing + ")"
		case s == Memory && len(c.done) == 0:
			return "nothing to remember yet"
		}
		return ""
	}
	if s == Sensor && e.fallback != "" {
		name = "sensor (" + placesOf(c.models[e.model]) + " alone)"
	}
	parts := c.pools[e.model].Term(s, term, n)
	a, b := plain(c.words.Name(top)), plain(c.words.Name(next))
	switch d := parts[top] - parts[next]; {
	case d >= undecided:
		verb := "preferred"
		if term[next] < 0.25/float64(n) {
			return fmt.Sprintf("%s ruled against %s", name, b)
		}
		return fmt.Sprintf("%s %s %s (%s to %s)", name, verb, a, percent(term[top]), percent(term[next]))
	case d <= -undecided:
		return fmt.Sprintf("%s spoke for %s (%s to %s)", name, b, percent(term[next]), percent(term[top]))
	default:
		return fmt.Sprintf("%s undecided between %s and %s", name, a, b)
	}
}

func (c *chronicle) placeName(e evidence) string {
	if e.zone != "" {
		return fmt.Sprintf("beacon %q", e.zone)
	}
	return "place"
}

// plain is an exercise's name for a sentence: the last part of its id.
func plain(id string) string {
	name := id[strings.LastIndexByte(id, '/')+1:]
	return strings.ReplaceAll(name, "-", " ")
}

func percent(p float64) string { return fmt.Sprintf("%.0f%%", math.Round(100*p)) }
