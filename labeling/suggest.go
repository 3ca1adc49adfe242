package labeling

import (
	"math"
	"slices"

	"onset/dataset"
	"onset/dataset/signal"
)

// Suggestion is a set that nobody has labelled yet: samples [Start, End), how
// sure that something was done there (0..1), and how many repetitions it seems
// to hold, 0 when they can not be told apart.
type Suggestion struct {
	Start, End  int64
	Confidence  float64
	Repetitions int
}

// SuggestRule is what counts as a set.
type SuggestRule struct {
	LeastS  float64 // shortest set in seconds
	BreathS float64 // a pause shorter than this does not end a set
}

// DefaultSuggest is sets of three seconds or more, whose pauses last less than
// two and a half.
func DefaultSuggest() SuggestRule { return SuggestRule{LeastS: 3, BreathS: 2.5} }

// Suggest finds sets by movement energy alone: no model, no labels. axes are the
// samples of one sensor, [channel][sample]; a gap of the clock ends a set. The
// threshold between rest and movement is the one that parts the logarithm of
// the energy best into two classes (Otsu, "A threshold selection method from
// gray-level histograms", 1979).
func Suggest(axes [][]float64, clock dataset.Clock, rule SuggestRule) []Suggestion {
	if len(axes) == 0 || len(axes[0]) == 0 {
		return nil
	}
	n := int64(len(axes[0]))
	energy := make([]float64, 0, n)
	runs := runsOf(clock, n)
	for _, r := range runs {
		part := make([][]float64, len(axes))
		for c := range axes {
			part[c] = fillNaN(axes[c][r.first:r.last])
		}
		energy = append(energy, settled(signal.MovementEnergy(part, r.rate, signal.EnergySpanS), r.rate)...)
	}
	limit, contrast := threshold(energy)
	f := finding{axes: axes, energy: energy, runs: runs, rule: rule}
	const plain = 1.5
	if contrast >= plain {
		return f.above(limit, false)
	}
	// The energy hardly tells two classes apart. All of it may be rest; or
	// movement, as of a device that records sets alone; or a wrist that is never
	// quite still. Repetitions tell which: what lies above rest is taken where it
	// repeats, or what lies above the threshold where more of that does.
	rest := restLimit(axes)
	if rest == 0 {
		return nil
	}
	sets := f.above(rest, true)
	if limit <= rest {
		return sets
	}
	if parted := f.above(limit, true); len(parted) > len(sets) && covered(parted) > covered(sets) {
		return parted
	}
	return sets
}

// finding is a sensor's samples with their energy.
type finding struct {
	axes   [][]float64
	energy []float64
	runs   []run
	rule   SuggestRule
}

// above lists the stretches whose energy lies above a limit, of all or of those
// that hold repetitions.
func (f finding) above(limit float64, onlyRepeated bool) (out []Suggestion) {
	rest := restLevel(f.energy, limit)
	for _, r := range f.runs {
		for _, m := range moving(f.energy[r.first:r.last], limit, r.rate, f.rule) {
			if s, repeated := describe(f.axes, f.energy, r, m, limit, rest); repeated || !onlyRepeated {
				out = append(out, s)
			}
		}
	}
	return out
}

// covered is the number of samples in suggestions.
func covered(list []Suggestion) (n int64) {
	for _, s := range list {
		n += s.End - s.Start
	}
	return n
}

// settled replaces the first values, which look back on too few samples to say
// anything, by the first that looks back on enough.
func settled(energy []float64, rate float64) []float64 {
	w := min(int(signal.EnergySpanS*rate), len(energy)-1)
	for i := range w {
		energy[i] = energy[w]
	}
	return energy
}

// run is a stretch of samples without a hole.
type run struct {
	first, last int64
	rate        float64
}

func runsOf(clock dataset.Clock, n int64) []run {
	var runs []run
	for i, s := range clock.Segments {
		last := n
		if i+1 < len(clock.Segments) {
			last = min(clock.Segments[i+1].First, n)
		}
		if s.First >= last {
			continue
		}
		if k := len(runs) - 1; k >= 0 && clock.Contiguous(s.First-1, s.First+1) {
			runs[k].last = last
			continue
		}
		runs = append(runs, run{s.First, last, s.Rate})
	}
	return runs
}

func fillNaN(x []float64) []float64 {
	out := slices.Clone(x)
	last := 0.0
	for i, v := range out {
		if math.IsNaN(v) {
			out[i] = last
		}
		last = out[i]
	}
	return out
}

// threshold parts the energy into rest and movement. contrast is the distance
// of the two classes' means in powers of ten.
func threshold(energy []float64) (limit, contrast float64) {
	const bins, floor = 200, 1e-9
	lo, hi := math.Inf(1), math.Inf(-1)
	logs := make([]float64, len(energy))
	for i, e := range energy {
		logs[i] = math.Log10(max(e, floor))
		lo, hi = min(lo, logs[i]), max(hi, logs[i])
	}
	if !(hi > lo) {
		return math.Inf(1), 0
	}
	var count [bins]float64
	for _, v := range logs {
		count[min(int((v-lo)/(hi-lo)*bins), bins-1)]++
	}
	at := func(b int) float64 { return lo + (float64(b)+0.5)*(hi-lo)/bins }
	var total, sum float64
	for b, c := range count {
		total += c
		sum += c * at(b)
	}
	var below, belowSum, best float64
	for b := range bins - 1 {
		below += count[b]
		belowSum += count[b] * at(b)
		if below == 0 || below == total {
			continue
		}
		m0, m1 := belowSum/below, (sum-belowSum)/(total-below)
		if between := below * (total - below) * (m1 - m0) * (m1 - m0); between > best {
			best, limit, contrast = between, math.Pow(10, (at(b)+at(b+1))/2), m1-m0
		}
	}
	return limit, contrast
}

type stretch struct{ from, to int }

// moving lists the stretches above the limit, joined over short pauses.
func moving(energy []float64, limit, rate float64, rule SuggestRule) []stretch {
	var out []stretch
	from := -1
	for i := 0; i <= len(energy); i++ {
		on := i < len(energy) && energy[i] > limit
		switch {
		case on && from < 0:
			from = i
		case !on && from >= 0:
			if k := len(out) - 1; k >= 0 && float64(from-out[k].to) < rule.BreathS*rate {
				out[k].to = i
			} else {
				out = append(out, stretch{from, i})
			}
			from = -1
		}
	}
	return slices.DeleteFunc(out, func(s stretch) bool { return float64(s.to-s.from) < rule.LeastS*rate })
}

// restLevel is what the energy hardly ever exceeds at rest.
func restLevel(energy []float64, limit float64) float64 {
	var still []float64
	for _, e := range energy {
		if e <= limit {
			still = append(still, e)
		}
	}
	if len(still) == 0 {
		return 0
	}
	slices.Sort(still)
	return still[len(still)*9/10]
}

// backToRest goes from where the energy has passed the threshold back to where
// it left rest: the threshold lies well inside the first movement.
func backToRest(energy []float64, first, from, to int, rest float64) int {
	sorted := slices.Clone(energy[from:to])
	slices.Sort(sorted)
	low := max(2*rest, 0.01*sorted[len(sorted)/2])
	for from > first && energy[from-1] > low {
		from--
	}
	return from
}

// describe turns a moving stretch into a suggestion: from the first repetition to
// the last where it holds such, else from where it leaves rest.
func describe(axes [][]float64, energy []float64, r run, m stretch, limit, rest float64) (s Suggestion, repeated bool) {
	base := int(r.first)
	from, to := base+m.from, base+m.to
	from = backToRest(energy, base, from, to, rest)
	// Energy looks half a second back, so it stays up that long after the end.
	to = max(to-int(signal.EnergySpanS*r.rate), from+1)
	first, last, count, strength, repeated := repetitions(axes, from, to, r.rate)
	if repeated {
		from, to = first, last
		s.Repetitions = count
	}
	s.Start, s.End = int64(from), int64(to)
	sorted := slices.Clone(energy[from:to])
	slices.Sort(sorted)
	margin := math.Log10(max(sorted[len(sorted)/2], 1e-12)/limit) / 2 // a hundredfold is sure
	s.Confidence = min(max(0.5*min(max(margin, 0), 1)+0.5*max(strength, 0), 0.05), 0.99)
	return s, repeated
}

// Period is how long one repetition of samples [from, to) lasts in seconds, and
// how regular they are: the height of the highest peak of the autocorrelation
// between 0.6 and 8 seconds, summed over the axes, 0..1.
func Period(axes [][]float64, from, to int, rate float64) (seconds, strength float64) {
	n := to - from
	least, most := int(0.6*rate), min(int(8*rate), n/2)
	if most <= least {
		return 0, 0
	}
	step := max(int(rate/25), 1) // 25 values a second are enough to see repetitions
	series := make([][]float64, len(axes))
	for c := range axes {
		series[c] = centred(axes[c][from:to], step)
	}
	corr := make([]float64, most/step+1)
	for lag := range corr {
		for _, x := range series {
			for i := lag; i < len(x); i++ {
				corr[lag] += x[i] * x[i-lag]
			}
		}
	}
	if corr[0] <= 0 {
		return 0, 0
	}
	best := 0
	for lag := max(least/step, 1); lag+1 < len(corr); lag++ {
		// The mean over the pairs there are, so that long lags are not put down.
		v := corr[lag] / corr[0] * float64(len(series[0])) / float64(len(series[0])-lag)
		if corr[lag] > corr[lag-1] && corr[lag] >= corr[lag+1] && v > strength+0.05 {
			best, strength = lag, v
		}
	}
	if best == 0 {
		return 0, 0
	}
	return float64(best*step) / rate, min(strength, 1)
}

// centred is x with its mean taken off, every step samples averaged.
func centred(x []float64, step int) []float64 {
	out := make([]float64, len(x)/step)
	mean := 0.0
	for i := range out {
		for _, v := range x[i*step : (i+1)*step] {
			if !math.IsNaN(v) {
				out[i] += v / float64(step)
			}
		}
		mean += out[i] / float64(len(out))
	}
	for i := range out {
		out[i] -= mean
	}
	return out
}

// SetEnd is where the movement that runs at sample from ends: the first sample
// from which the energy stays at rest for a breath. ok is false when nothing
// moves there, so that a person must say where the set ends.
func SetEnd(axes [][]float64, clock dataset.Clock, from int64, rule SuggestRule) (end int64, ok bool) {
	for _, s := range Suggest(axes, clock, rule) {
		if from < s.End && from >= s.Start-int64(2/max(periodOf(clock, from), 1e-9)) {
			return s.End, true
		}
	}
	return 0, false
}

func periodOf(clock dataset.Clock, sample int64) float64 {
	return clock.Time(sample+1) - clock.Time(sample)
}

// Answer is what a model says of one onset.
type Answer struct {
	Exercise   string  // empty when it could not be asked
	Confidence float64 // the probability of that exercise
	Doubt      float64 // entropy of all its probabilities, 0 (sure) to 1 (knows nothing)
}
