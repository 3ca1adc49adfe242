// Package reps counts the repetitions of a set from one sensor's movement, and
// says when each was, how fast and how large.
//
// The movement's main direction is found by principal components, its period by
// autocorrelation, a template of one repetition by averaging the pieces that
// look alike, and the repetitions where the template fits.
package reps

import (
	"math"
	"slices"
)

// Repetition is one repetition of a set.
type Repetition struct {
	StartS float64 `json:"start_s"` // from the first sample
	EndS   float64 `json:"end_s"`
	// Range is how far the movement goes along its main direction, in the
	// channels' unit: a proxy of the range of motion.
	Range float64 `json:"range"`
	// Likeness is how well it fits the set's usual repetition, -1..1.
	Likeness float64 `json:"likeness"`
}

// Tempo is the repetition's length in seconds.
func (r Repetition) Tempo() float64 { return r.EndS - r.StartS }

// Shortest and longest repetition that is looked for, seconds.
const (
	shortestS = 0.9
	longestS  = 6.0
)

// Count finds the repetitions in one sensor's samples, [axis][sample] at rate Hz.
// It looks at nothing but them, so that it may be asked again as a set goes on.
func Count(axes [][]float64, rate float64) []Repetition {
	if len(axes) == 0 || len(axes[0]) < int(2*shortestS*rate) {
		return nil
	}
	step := max(1, int(math.Round(rate/workHz)))
	hz := rate / float64(step)
	slow := make([][]float64, len(axes))
	for k, a := range axes {
		slow[k] = smooth(thin(a, step), hz)
	}
	even := level(slow, hz)
	period := periodOf(even, hz)
	if period == 0 {
		return nil
	}
	dir := mainDirection(even)
	return cut(along(even, dir), along(slow, dir), hz, period)
}

// workHz is the rate that is worked at: repetitions are slow.
const workHz = 20

// thin averages step samples at a time; values that are missing take the last
// one's place.
func thin(a []float64, step int) []float64 {
	out := make([]float64, 0, len(a)/step)
	last := 0.0
	for i := 0; i+step <= len(a); i += step {
		var s float64
		for _, v := range a[i : i+step] {
			if math.IsNaN(v) {
				v = last
			}
			last = v
			s += v
		}
		out = append(out, s/float64(step))
	}
	return out
}

// smooth takes out what is faster than a repetition and what is slower.
func smooth(a []float64, hz float64) []float64 {
	fast, drift := average(a, int(0.2*hz)), average(a, int(longestS*hz))
	for i := range fast {
		fast[i] -= drift[i]
	}
	return fast
}

// average is the mean over 2*half+1 samples around each, fewer at the ends.
func average(a []float64, half int) []float64 {
	sum := make([]float64, len(a)+1)
	for i, v := range a {
		sum[i+1] = sum[i] + v
	}
	out := make([]float64, len(a))
	for i := range a {
		lo, hi := max(0, i-half), min(len(a), i+half+1)
		out[i] = (sum[hi] - sum[lo]) / float64(hi-lo)
	}
	return out
}

// level evens out how large the movement is along the set, so that taking up and
// putting down a weight don't outshout the repetitions.
func level(axes [][]float64, hz float64) [][]float64 {
	n := len(axes[0])
	power := make([]float64, n)
	for _, a := range axes {
		for i, v := range a {
			power[i] += v * v
		}
	}
	power = average(power, int(longestS/2*hz))
	floor := 0.25 * quantile(power, 0.5)
	out := make([][]float64, len(axes))
	for k, a := range axes {
		out[k] = make([]float64, n)
		for i, v := range a {
			out[k][i] = v / math.Sqrt(max(power[i], floor)+1e-12)
		}
	}
	return out
}

// mainDirection is the direction in which the axes vary most, by power iteration
// on their covariance.
func mainDirection(axes [][]float64) []float64 {
	n := len(axes)
	cov := make([][]float64, n)
	for i := range cov {
		cov[i] = make([]float64, n)
		for j := range cov[i] {
			cov[i][j] = dot(axes[i], axes[j])
		}
	}
	dir := make([]float64, n)
	for i := range dir {
		dir[i] = 1 + 0.01*float64(i)
	}
	for range 50 {
		next := make([]float64, n)
		var norm float64
		for i := range next {
			next[i] = dot(cov[i], dir)
			norm += next[i] * next[i]
		}
		if norm == 0 {
			break
		}
		for i := range next {
			dir[i] = next[i] / math.Sqrt(norm)
		}
	}
	return dir
}

// along projects the axes on a direction.
func along(axes [][]float64, dir []float64) []float64 {
	out := make([]float64, len(axes[0]))
	for i, a := range axes {
		for t, v := range a {
			out[t] += dir[i] * v
		}
	}
	return out
}

// periodOf is the usual length of a repetition in samples; 0 when nothing
// repeats. The autocorrelation is the mean over stretches of the set. Of several
// peaks the first that comes near the highest counts: its multiples are as high.
func periodOf(axes [][]float64, hz float64) int {
	n := len(axes[0])
	lo, hi := max(2, int(shortestS*hz)), min(int(longestS*hz), n/2-1)
	if hi <= lo+2 {
		return 0
	}
	r := make([]float64, hi+2)
	long := min(n, int(2*longestS*hz))
	for from := 0; ; from += long / 2 {
		from = min(from, n-long)
		for lag, v := range selfLikeness(axes, from, from+long, hi+1) {
			r[lag] += v
		}
		if from == n-long {
			break
		}
	}
	var peaks []int
	best := 0.0
	for lag := lo; lag <= hi; lag++ {
		if r[lag] >= r[lag-1] && r[lag] > r[lag+1] && r[lag] > 0 {
			peaks = append(peaks, lag)
			best = max(best, r[lag])
		}
	}
	for _, p := range peaks {
		if r[p] >= 0.75*best {
			return p
		}
	}
	return 0
}

// selfLikeness is the autocorrelation of samples [from, to) for each lag up to
// most, the axes together.
func selfLikeness(axes [][]float64, from, to, most int) []float64 {
	r := make([]float64, most+1)
	var own float64
	for _, a := range axes {
		own += dot(a[from:to], a[from:to])
	}
	if own == 0 {
		return r
	}
	for lag := range r {
		if lag >= to-from {
			break
		}
		for _, a := range axes {
			r[lag] += dot(a[from+lag:to], a[from:to-lag])
		}
		r[lag] *= float64(to-from) / float64(to-from-lag) / own
	}
	return r
}

func dot(a, b []float64) float64 {
	var s float64
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

// cut finds the repetitions: a template of one, matched along the set. raw is
// the movement as it was before its size was evened out.
func cut(x, raw []float64, hz float64, period int) []Repetition {
	template := templateOf(x, period)
	fit := match(x, template)
	least := 0.4 * quantile(fit, 0.95)
	if least <= 0 {
		return nil
	}
	apart := max(1, int(0.6*float64(period)))
	var at []int
	for _, i := range descending(fit, least) {
		if !slices.ContainsFunc(at, func(j int) bool { return i-j < apart && j-i < apart }) {
			at = append(at, i)
		}
	}
	slices.Sort(at)
	out := make([]Repetition, 0, len(at))
	scale := math.Sqrt(dot(template, template))
	for _, i := range at {
		piece := x[i : i+len(template)]
		out = append(out, Repetition{StartS: float64(i) / hz, EndS: float64(i+len(template)) / hz,
			Range: slices.Max(raw[i:i+len(template)]) - slices.Min(raw[i:i+len(template)]), Likeness: fit[i] / (scale*math.Sqrt(dot(piece, piece)) + 1e-12)})
	}
	for k := range out {
		if k+1 < len(out) && out[k+1].StartS-out[k].StartS < 1.6*float64(period)/hz {
			out[k].EndS = out[k+1].StartS
		}
	}
	return out
}

// templateOf averages the pieces, one period long, that begin at the set's
// lowest turns, and then those that fit the average.
func templateOf(x []float64, period int) []float64 {
	n := len(x) - period
	apart := max(1, int(0.6*float64(period)))
	low := make([]float64, n)
	for i := range low {
		low[i] = -x[i]
	}
	template := make([]float64, period)
	for round := range 3 {
		var at []int
		score := low
		if round > 0 {
			score = match(x, template)[:n]
		}
		for _, i := range descending(score, 0.5*quantile(score, 0.95)) {
			if !slices.ContainsFunc(at, func(j int) bool { return i-j < apart && j-i < apart }) {
				at = append(at, i)
			}
		}
		next := make([]float64, period)
		for _, i := range at {
			for k := range next {
				next[k] += x[i+k] / float64(len(at))
			}
		}
		template = next
	}
	return template
}

// match is the inner product of the template with the set at every place.
func match(x, template []float64) []float64 {
	out := make([]float64, len(x)-len(template)+1)
	for i := range out {
		out[i] = dot(x[i:i+len(template)], template)
	}
	return out
}

// descending lists the places of local maxima above a level, the highest first.
func descending(v []float64, level float64) []int {
	var at []int
	for i := range v {
		if v[i] > level && (i == 0 || v[i] >= v[i-1]) && (i == len(v)-1 || v[i] > v[i+1]) {
			at = append(at, i)
		}
	}
	slices.SortStableFunc(at, func(a, b int) int {
		switch {
		case v[a] > v[b]:
			return -1
		case v[a] < v[b]:
			return 1
		}
		return 0
	})
	return at
}

func quantile(v []float64, q float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[int(q*float64(len(s)-1))]
}
