package replay

import (
	"math"
	"slices"

	"onset/dataset"
	"onset/dataset/exact"
)

// likeness tells how alike two onsets are: a weighted distance between their
// features and what a distance means. The weights and the meaning are learnt
// from sessions in which the same exercise came up more than once.
type likeness struct {
	scale []float64 // of each feature: its spread within one exercise of one session
	// The logarithm of how much more likely a distance is between two sets of one
	// exercise than between sets of two exercises: a - b*distance.
	a, b float64
}

const (
	distanceClip = 16 // bound of one feature's squared distance
	ratioLimit   = 4  // bound of the logarithm of a ratio
)

// onsetFeatures are what likeness compares: each channel's course in four steps,
// its low, middle and high values, and how much it moves.
func onsetFeatures(window [][]float64) []float64 {
	const steps = 4
	var f []float64
	for _, ch := range window {
		for k := range steps {
			f = append(f, mean(ch[k*len(ch)/steps:max((k+1)*len(ch)/steps, k*len(ch)/steps+1)]))
		}
		sorted := slices.Sorted(slices.Values(ch))
		for _, q := range []float64{0.1, 0.5, 0.9} {
			f = append(f, sorted[int(q*float64(len(ch)-1))])
		}
		m := mean(ch)
		var q float64
		for _, v := range ch {
			q += square(v - m)
		}
		f = append(f, 0.5*exact.Log(q/float64(len(ch))+1e-6))
	}
	return f
}

func mean(x []float64) float64 {
	var s float64
	for _, v := range x {
		s += v
	}
	return s / float64(len(x))
}

// remembered is an earlier onset of a session, as each model's sensors saw it.
type remembered struct {
	exercise int
	features [][]float64
}

// onsetSeen is an earlier onset as one model's sensors saw it.
type onsetSeen struct {
	exercise int
	features []float64
}

func (l likeness) distance(a, b []float64) float64 {
	var s float64
	for i := range a {
		d := (a[i] - b[i]) / l.scale[i]
		s += min(d*d, distanceClip) // one odd feature does not decide alone
	}
	return math.Sqrt(s / float64(len(a)))
}

// ratio is how much more likely the two onsets are of one exercise.
func (l likeness) ratio(a, b []float64) float64 {
	return exact.Exp(min(max(l.a-l.b*l.distance(a, b), -ratioLimit), ratioLimit))
}

// distribution is the memory's word on an onset: for an exercise done already
// the mean ratio to its sets, for one not done yet 1, normalised. It is nil
// while there is nothing to remember.
func (l likeness) distribution(now []float64, earlier []onsetSeen, n int) []float64 {
	if len(earlier) == 0 || now == nil || len(l.scale) != len(now) {
		return nil
	}
	sum, count := make([]float64, n), make([]float64, n)
	for _, r := range earlier {
		sum[r.exercise] += l.ratio(now, r.features)
		count[r.exercise]++
	}
	out := make([]float64, n)
	for e := range out {
		out[e] = 1
		if count[e] > 0 {
			out[e] = sum[e] / count[e]
		}
	}
	return normalised(out)
}

// onset is a set's beginning with its features, for learning.
type onset struct {
	session  dataset.SessionID
	exercise string
	features []float64
}

// learnLikeness fits scale and meaning on onsets; ok is false when no session
// repeats an exercise, or all sets are of one exercise.
func learnLikeness(all []onset) (l likeness, ok bool) {
	if len(all) == 0 {
		return l, false
	}
	l.scale = withinSpread(all)
	var same, other []float64
	for i, x := range all {
		for _, y := range all[:i] {
			if x.session != y.session {
				continue
			}
			d := l.distance(x.features, y.features)
			if x.exercise == y.exercise {
				same = append(same, d)
			} else {
				other = append(other, d)
			}
		}
	}
	if len(same) < 5 || len(other) < 5 {
		return l, false
	}
	l.a, l.b = fitRatio(same, other)
	return l, true
}

// withinSpread is the root mean square deviation of each feature from the mean
// of its exercise in its session, leaning towards the feature's overall spread.
func withinSpread(all []onset) []float64 {
	n := len(all[0].features)
	type group struct {
		sum []float64
		n   float64
	}
	groups := map[[2]string]*group{}
	keyOf := func(o onset) [2]string { return [2]string{string(o.session), o.exercise} }
	total := &group{sum: make([]float64, n)}
	for _, o := range all {
		g := groups[keyOf(o)]
		if g == nil {
			g = &group{sum: make([]float64, n)}
			groups[keyOf(o)] = g
		}
		for _, t := range []*group{g, total} {
			t.n++
			for i, v := range o.features {
				t.sum[i] += v
			}
		}
	}
	scale := make([]float64, n)
	for i := range scale {
		var within, whole float64
		free := float64(len(all) - len(groups))
		for _, o := range all {
			g := groups[keyOf(o)]
			within += square(o.features[i] - g.sum[i]/g.n)
			whole += square(o.features[i] - total.sum[i]/total.n)
		}
		whole /= total.n
		const lean = 10 // as many sets as the overall spread counts for
		scale[i] = math.Sqrt((within+lean*0.5*whole)/(free+lean)) + 1e-6
	}
	return scale
}

func square(x float64) float64 { return x * x }

// fitRatio fits the logistic a - b*d that tells distances of the same exercise
// from others, both sides counting alike, by Newton's method with a little
// ridge. b is not negative.
func fitRatio(same, other []float64) (a, b float64) {
	for range 50 {
		var ga, gb, haa, hab, hbb float64
		add := func(d, y, w float64) {
			p := 1 / (1 + math.Exp(-(a - b*d)))
			ga += w * (p - y)
			gb += w * (p - y) * -d
			v := w * p * (1 - p)
			haa += v
			hab -= v * d
			hbb += v * d * d
		}
		for _, d := range same {
			add(d, 1, 1/float64(len(same)))
		}
		for _, d := range other {
			add(d, 0, 1/float64(len(other)))
		}
		const ridge = 1e-3
		ga += ridge * a
		gb += ridge * b
		haa += ridge
		hbb += ridge
		det := haa*hbb - hab*hab
		da, db := (hbb*ga-hab*gb)/det, (haa*gb-hab*ga)/det
		a -= da
		b -= db
		if math.Abs(da)+math.Abs(db) < 1e-9 {
			break
		}
	}
	if b < 0 {
		return 0, 0
	}
	return a, b
}
