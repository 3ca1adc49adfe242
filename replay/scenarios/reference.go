package scenarios

import (
	"math"
	"slices"
	"strings"

	"onset/replay/dose"
)

// referenceChain is the earlier system's variable-order chain: counts of what
// followed every suffix of the last 16 exercises, the prediction that maximises
// probability times length of the suffix, no smoothing. States that never
// followed any of the suffixes come last, by name.
type referenceChain struct {
	counts  map[string]map[string]int
	totals  map[string]int
	states  map[string]bool
	history []string

	lastSeen map[string]int // the number of the set
	sets     int
}

func newReferenceChain() *referenceChain {
	return &referenceChain{counts: map[string]map[string]int{}, totals: map[string]int{}, states: map[string]bool{}, lastSeen: map[string]int{}}
}

func (c *referenceChain) suffix(n int) string {
	return strings.Join(c.history[len(c.history)-n:], "\n")
}

func (c *referenceChain) insert(state string) {
	for n := 1; n <= len(c.history); n++ {
		k := c.suffix(n)
		if c.counts[k] == nil {
			c.counts[k] = map[string]int{}
		}
		c.counts[k][state]++
		c.totals[k]++
	}
	c.states[state] = true
	c.sets++
	c.lastSeen[state] = c.sets
	c.history = append(c.history, state)
	c.history = c.history[max(0, len(c.history)-16):]
}

// scores are of the exercises that followed some suffix of what was done: the
// suffix's length times the share of times that it did.
func (c *referenceChain) scores() map[string]float64 {
	score := map[string]float64{}
	for n := 1; n <= len(c.history); n++ {
		k := c.suffix(n)
		for s, count := range c.counts[k] {
			score[s] = max(score[s], float64(n)*float64(count)/float64(c.totals[k]))
		}
	}
	return score
}

// next is the first guess; empty when nothing was ever seen.
func (c *referenceChain) next() string {
	score := c.scores()
	for s := range c.states {
		score[s] += 0 // what followed nothing yet may be guessed too
	}
	best := ""
	for s, v := range score {
		if best == "" || v > score[best] || v == score[best] && s < best {
			best = s
		}
	}
	return best
}

// nextLiteral is the first guess as the method reads literally: of the exercises
// that followed some suffix, of equals the one seen last; the exercise of the last
// set where none followed any.
func (c *referenceChain) nextLiteral() string {
	if len(c.history) == 0 {
		return ""
	}
	score := c.scores()
	best := ""
	for s, v := range score {
		if best == "" || v > score[best] || v == score[best] && c.lastSeen[s] > c.lastSeen[best] {
			best = s
		}
	}
	if best == "" {
		return c.history[len(c.history)-1]
	}
	return best
}

// referenceDose is the earlier system's predictor of a set's labels: the
// weighted mean of the same set in the last three workouts, corrected by how
// much this session differs so far.
type referenceDose struct {
	history map[string][][]dose.Dose
	today   map[string][]dose.Dose
	last    map[string][dose.Quantities]float64 // actual against expected, by exercise
	sum     [dose.Quantities]float64            // of the same over the session, which starts at 3 ...
	count   [dose.Quantities]float64            // ... of 3
	begun   [dose.Quantities]bool
}

func newReferenceDose() *referenceDose { return &referenceDose{history: map[string][][]dose.Dose{}} }

func (r *referenceDose) begin() {
	r.today, r.last = map[string][]dose.Dose{}, map[string][dose.Quantities]float64{}
	r.begun = [dose.Quantities]bool{}
}

func (r *referenceDose) end() {
	for e, sets := range r.today {
		r.history[e] = append(r.history[e], sets)
	}
}

// usual is the expectation from history alone.
func (r *referenceDose) usual(exercise string, q dose.Quantity) (float64, bool) {
	i := len(r.today[exercise])
	past := r.history[exercise]
	var values []float64
	for _, w := range past[max(0, len(past)-3):] {
		if i < len(w) {
			if v, ok := w[i].Get(q); ok {
				values = append(values, v)
			}
		}
	}
	if len(values) == 0 {
		return 0, false
	}
	var mean float64
	for _, v := range values {
		mean += v / float64(len(values))
	}
	nearest := math.Inf(1)
	for _, v := range values {
		nearest = min(nearest, math.Abs(mean-v))
	}
	var sum, weights float64
	for _, v := range values {
		d := math.Abs(mean-v) - nearest
		w := 1 / (1 + d*d)
		sum, weights = sum+w*v, weights+w
	}
	return sum / weights, true
}

func (r *referenceDose) predict(exercise string, q dose.Quantity) (float64, bool) {
	v, ok := r.usual(exercise, q)
	switch {
	case ok:
		if own, has := r.last[exercise]; has && own[q] != 0 {
			v *= own[q]
		} else if r.begun[q] {
			v *= r.sum[q] / r.count[q]
		}
	default:
		if v, ok = r.carryOn(exercise, q); !ok {
			return 0, false
		}
	}
	switch q {
	case dose.Repetitions:
		v = math.Trunc(v)
	case dose.Weight:
		v = max(0, math.RoundToEven(v*2)/2)
	}
	return v, true
}

// carryOn goes on from this session's sets when history has none.
func (r *referenceDose) carryOn(exercise string, q dose.Quantity) (float64, bool) {
	var values []float64
	for _, d := range r.today[exercise] {
		if v, ok := d.Get(q); ok {
			values = append(values, v)
		}
	}
	n := len(values)
	if n == 0 {
		return 0, false
	}
	if i := lastIndex(values[:n-1], values[n-1]); i >= 0 {
		return values[i+1], true
	}
	if n > 1 {
		return 2*values[n-1] - values[n-2], true
	}
	return values[0], true
}

func lastIndex(values []float64, v float64) int {
	for i := range slices.Backward(values) {
		if values[i] == v {
			return i
		}
	}
	return -1
}

func (r *referenceDose) observe(exercise string, d dose.Dose) {
	last := r.last[exercise]
	for q := range dose.Quantities {
		actual, has := d.Get(q)
		expected, known := r.usual(exercise, q)
		if !has || !known || expected == 0 {
			continue
		}
		if !r.begun[q] {
			r.sum[q], r.count[q], r.begun[q] = 3, 3, true
		}
		last[q] = actual / expected
		r.sum[q] += last[q]
		r.count[q]++
	}
	r.last[exercise] = last
	r.today[exercise] = append(r.today[exercise], d)
}
