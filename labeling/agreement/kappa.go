package agreement

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// Confusion is how much of one class of the first rater the second calls what:
// seconds, or counts of units.
type Confusion struct {
	Classes []string    `json:"classes"` // Nothing first where it occurs
	Amount  [][]float64 `json:"amount"`  // [first][second]
}

// Kappa is Cohen's kappa of a confusion, with the observed agreement and the one
// expected by chance: J. Cohen, "A coefficient of agreement for nominal scales",
// Educational and Psychological Measurement 20 (1960). It is NaN where both
// raters know one and the same class only: then nothing could have told
// agreement from habit.
func (c Confusion) Kappa() (kappa, observed, expected float64) {
	n := len(c.Classes)
	rows, columns := make([]float64, n), make([]float64, n)
	total := 0.0
	for i := range n {
		for j, v := range c.Amount[i] {
			rows[i] += v
			columns[j] += v
			total += v
		}
		observed += c.Amount[i][i]
	}
	if total == 0 {
		return math.NaN(), math.NaN(), math.NaN()
	}
	observed /= total
	for i := range n {
		expected += rows[i] / total * columns[i] / total
	}
	if 1-expected < 1e-12 {
		return math.NaN(), observed, expected
	}
	return (observed - expected) / (1 - expected), observed, expected
}

// alpha is Krippendorff's alpha of the coincidences of two raters in amounts so
// great that the correction for few units vanishes.
func (c Confusion) alpha() float64 {
	n := len(c.Classes)
	values := make([]float64, n)
	disagreed, total := 0.0, 0.0
	for i := range n {
		for j, v := range c.Amount[i] {
			values[i] += v
			values[j] += v
			total += 2 * v
			if i != j {
				disagreed += 2 * v
			}
		}
	}
	return alphaOf(disagreed, values, total, false)
}

func alphaOf(disagreed float64, values []float64, total float64, few bool) float64 {
	expected := total * total
	for _, v := range values {
		expected -= v * v
	}
	if !(expected > 1e-12*total*total) {
		return math.NaN() // one value only
	}
	if few {
		return 1 - (total-1)*disagreed/expected
	}
	return 1 - total*disagreed/expected
}

// TimeConfusion is the seconds that two raters spend on each pair of classes
// over a session of duration seconds. Where labels of one rater overlap, the one
// that began last counts.
func TimeConfusion(a, b []Event, duration float64) Confusion {
	return timeWithin(a, b, duration, nil)
}

// timeWithin is TimeConfusion over the stretches that were recorded; nil is all.
func timeWithin(a, b []Event, duration float64, recorded [][2]float64) Confusion {
	amount := map[[2]string]float64{}
	for _, s := range slicesOf([][]Event{a, b}, duration, recorded) {
		amount[[2]string{s.labels[0], s.labels[1]}] += s.seconds
	}
	return confusionOf(amount)
}

func confusionOf(amount map[[2]string]float64) Confusion {
	seen := map[string]bool{}
	for k := range amount {
		seen[k[0]], seen[k[1]] = true, true
	}
	c := Confusion{Classes: slices.Sorted(maps.Keys(seen))}
	c.Amount = make([][]float64, len(c.Classes))
	for i, from := range c.Classes {
		c.Amount[i] = make([]float64, len(c.Classes))
		for j, to := range c.Classes {
			c.Amount[i][j] = amount[[2]string{from, to}]
		}
	}
	return c
}

// added is the sum of two confusions.
func added(list []Confusion) Confusion {
	amount := map[[2]string]float64{}
	for _, c := range list {
		for i, from := range c.Classes {
			for j, to := range c.Classes {
				amount[[2]string{from, to}] += c.Amount[i][j]
			}
		}
	}
	return confusionOf(amount)
}

// slice is a stretch in which no rater changes their mind.
type slice struct {
	seconds float64
	labels  []string // of each rater
}

// slicesOf cuts a session wherever a label of any rater begins or ends. Of a
// session that was not recorded throughout only the recorded stretches are left.
func slicesOf(raters [][]Event, duration float64, recorded [][2]float64) []slice {
	cuts := []float64{0, duration}
	for _, r := range recorded {
		cuts = append(cuts, min(max(r[0], 0), duration), min(max(r[1], 0), duration))
	}
	recorded = byStart(recorded)
	for _, events := range raters {
		for _, e := range events {
			cuts = append(cuts, min(max(e.Start, 0), duration), min(max(e.End, 0), duration))
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	at := make([]*sweep, len(raters))
	for i, events := range raters {
		at[i] = &sweep{events: sorted(events)}
	}
	var out []slice
	for i := 1; i < len(cuts); i++ {
		s := slice{seconds: cuts[i] - cuts[i-1]}
		for _, w := range at {
			s.labels = append(s.labels, w.label((cuts[i-1]+cuts[i])/2))
		}
		if recorded == nil || within((cuts[i-1]+cuts[i])/2, &recorded) {
			out = append(out, s)
		}
	}
	return out
}

func byStart(stretches [][2]float64) [][2]float64 {
	if stretches == nil {
		return nil
	}
	stretches = slices.Clone(stretches)
	slices.SortFunc(stretches, func(a, b [2]float64) int { return cmp.Compare(a[0], b[0]) })
	return stretches
}

// within reports whether a moment lies in any of the stretches, which are by start;
// moments come in order, and stretches that all to come lie behind are dropped.
func within(at float64, stretches *[][2]float64) bool {
	for len(*stretches) > 0 && (*stretches)[0][1] <= at {
		*stretches = (*stretches)[1:]
	}
	for _, s := range *stretches {
		if s[0] > at {
			return false
		}
		if at < s[1] {
			return true
		}
	}
	return false
}

// sweep walks through one rater's events in the order of time.
type sweep struct {
	events []Event
	next   int
	open   []Event
}

func (w *sweep) label(at float64) string {
	for w.next < len(w.events) && w.events[w.next].Start <= at {
		w.open = append(w.open, w.events[w.next])
		w.next++
	}
	w.open = slices.DeleteFunc(w.open, func(e Event) bool { return e.End <= at })
	if len(w.open) == 0 {
		return Nothing
	}
	return slices.MaxFunc(w.open, func(a, b Event) int { return cmp.Compare(a.Start, b.Start) }).Label
}

// Alpha is Krippendorff's alpha for nominal values: [rater][unit], "" where a
// rater did not judge a unit. K. Krippendorff, "Computing Krippendorff's
// alpha-reliability" (2011). NaN where all values are the same.
func Alpha(values [][]string) float64 {
	count := map[string]int{}
	var names []string
	coincidence := map[[2]string]float64{}
	if len(values) == 0 {
		return math.NaN()
	}
	for u := range values[0] {
		var unit []string
		for _, rater := range values {
			if rater[u] != "" {
				unit = append(unit, rater[u])
			}
		}
		if len(unit) < 2 {
			continue
		}
		for i, x := range unit {
			if _, seen := count[x]; !seen {
				count[x] = len(names)
				names = append(names, x)
			}
			for j, y := range unit {
				if i != j {
					coincidence[[2]string{x, y}] += 1 / float64(len(unit)-1)
				}
			}
		}
	}
	totals := make([]float64, len(names))
	disagreed, total := 0.0, 0.0
	for k, v := range coincidence {
		totals[count[k[0]]] += v
		total += v
		if k[0] != k[1] {
			disagreed += v
		}
	}
	return alphaOf(disagreed, totals, total, true)
}

// TimeAlpha is Krippendorff's alpha over the time of a session, of two raters or
// more who all looked at all of it. Time has no units to count, so it is the
// limit for many: the correction for few units vanishes.
func TimeAlpha(raters [][]Event, duration float64) float64 {
	return timeAlpha([][][]Event{raters}, []float64{duration})
}

// timeAlpha pools sessions: [session][rater][event].
func timeAlpha(sessions [][][]Event, durations []float64) float64 {
	index := map[string]int{}
	var values []float64
	disagreed, total := 0.0, 0.0
	for k, raters := range sessions {
		for _, s := range slicesOf(raters, durations[k], nil) {
			m := float64(len(s.labels))
			if m < 2 {
				continue
			}
			for i, x := range s.labels {
				c, seen := index[x]
				if !seen {
					c = len(values)
					index[x], values = c, append(values, 0)
				}
				values[c] += s.seconds
				total += s.seconds
				for j, y := range s.labels {
					if i != j && x != y {
						disagreed += s.seconds / (m - 1)
					}
				}
			}
		}
	}
	return alphaOf(disagreed, values, total, false)
}
