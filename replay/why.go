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
	if answer(fused) < 0 {
		return c.whyNothing(e, terms)
	}
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
		case s == Memory:
			return c.forgetful(e)
		}
		return ""
	}
	if s == Sensor && e.fallback != "" {
		name = "sensor (" + placesOf(c.models[e.model]) + " alone)"
	}
	parts := c.pools[e.model].Term(s, term, n)
	if own := best(term); own != top && own != next && parts[own]-max(parts[top], parts[next]) >= undecided {
		// Between the first two it may say anything: what it says itself is neither.
		return fmt.Sprintf("%s spoke for %s (%s to %s for %s)", name, plain(c.words.Name(own)), percent(term[own]), percent(term[top]), plain(c.words.Name(top)))
	}
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

// whyNothing says why no exercise lies above all others.
func (c *chronicle) whyNothing(e evidence, terms [Sources][]float64) string {
	var parts []string
	for s := range Sources {
		switch {
		case c.pools[e.model].Weight[s] == 0:
			parts = append(parts, sourceWords[s.String()]+" is muted")
		case terms[s] != nil && answer(terms[s]) >= 0:
			parts = append(parts, sourceWords[s.String()]+" spoke for "+plain(c.words.Name(answer(terms[s]))))
		case terms[s] != nil:
			parts = append(parts, sourceWords[s.String()]+" prefers nothing")
		case s == Memory:
			parts = append(parts, c.forgetful(e))
		default:
			parts = append(parts, "no "+sourceWords[s.String()]+" evidence ("+c.silence(s, e)+")")
		}
	}
	return "No answer: " + strings.Join(parts, "; ") + "."
}

// silences are the sources without evidence, and why.
func (c *chronicle) silences(e evidence, terms [Sources][]float64) map[string]string {
	var out map[string]string
	for s := range Sources {
		if terms[s] != nil {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		out[s.String()] = c.silence(s, e)
	}
	return out
}

// silence is why a source has nothing to go by.
func (c *chronicle) silence(s Source, e evidence) string {
	switch s {
	case Sensor:
		if e.missing != "" {
			return e.missing
		}
		return "no model"
	case Place:
		return "the session names no site and no beacon has been heard"
	case Memory:
		return c.forgetful(e)
	}
	return "nothing is known of any order"
}

// forgetful is why memory says nothing: it compares this window with those of
// the sets done, in what it has learnt of likeness.
func (c *chronicle) forgetful(e evidence) string {
	switch {
	case len(c.models) == 0:
		return "memory needs a model's window to compare"
	case len(c.know.memoryOf(e.model).scale) == 0:
		return "memory has not learnt what likeness means: too few exercises come up twice in the sessions learnt from"
	case e.model >= len(e.features) || e.features[e.model] == nil:
		return "memory needs the window, and " + plainly(e.missing)
	case len(c.done) == 0:
		return "nothing to remember yet"
	}
	return "memory has no window of an earlier set to compare with: none of them could be read whole"
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
