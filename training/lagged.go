package training

import (
	"math"
	"slices"
	"sort"

	"onset/dataset"
)

// A copy that was cut elsewhere, rescaled or noised no longer has the same samples
// in the same windows. What stays is the shape: the correlation of two windows,
// one moved against the other.
const (
	// laggedHz is the rate at which shapes are compared.
	laggedHz = 25
	// laggedShare is how far, as a share of its length, a window is moved.
	laggedShare = 0.4
	// laggedWindows bounds the windows that are compared, those that move most of
	// each session; a session gives two at least.
	laggedWindows = 1500
	laggedMost    = 12
	// maybeLike is a likeness at laggedHz that is worth a look at the full rate,
	// copyLike one there that says copy. Of 24 people of MEx, 12 of sp-sw-har, 3 of
	// UCI and two Pebble days no two sessions had a fifth of their windows as like,
	// nor had two of the sample study, whose simulated people move more alike, a
	// fifth of their sets.
	maybeLike = 0.9
	// laggedLeastS is the shortest window that says enough: a piece of half a
	// second looks like many others.
	laggedLeastS = 0.9
	copyLike     = 0.98
	copyPart     = 0.34
)

// shape is a window at laggedHz, each channel about its mean.
type shape struct {
	example int
	step    int         // samples that one of values is the mean of
	values  [][]float64 // by channel
	full    [][]float64 // at the window's own rate
}

// showsShapes tells whether the windows are long enough to be known by shape.
func (s *WindowSet) showsShapes() bool {
	return len(s.Windows) > 0 && len(s.Contract.Channels) > 0 && s.Contract.WindowS >= laggedLeastS
}

// shapesBySession are the windows that move most of each session that has any.
func shapesBySession(set *WindowSet) (sessions []string, of map[string][]shape) {
	channels := len(set.Contract.Channels)
	if !set.showsShapes() {
		return nil, nil
	}
	n := set.Contract.Samples
	step := max(int(math.Round(set.Contract.RateHz/laggedHz)), 1)
	type moving struct {
		example int
		by      float64
	}
	all := map[string][]moving{}
	var movement []float64
	for i, w := range set.Windows {
		m := movementOf(w, n)
		movement = append(movement, m)
		id := string(set.Examples[i].Session)
		if all[id] == nil {
			sessions = append(sessions, id)
		}
		all[id] = append(all[id], moving{i, m})
	}
	sort.Float64s(movement)
	still := stillShare * movement[len(movement)/2]
	quota := min(max(laggedWindows/len(sessions), 2), laggedMost)
	of = map[string][]shape{}
	for _, id := range sessions {
		list := slices.DeleteFunc(all[id], func(m moving) bool { return m.by <= still })
		sort.SliceStable(list, func(a, b int) bool { return list[a].by > list[b].by })
		// The first window of each set before the second of any: windows of one set
		// are alike, and a chance likeness of one must not count as many.
		turn, before := make([]int, len(list)), map[dataset.LabelID]int{}
		order := make([]int, len(list))
		for i, m := range list {
			label := set.Examples[m.example].Label
			turn[i], order[i] = before[label], i
			before[label]++
		}
		sort.SliceStable(order, func(a, b int) bool { return turn[order[a]] < turn[order[b]] })
		for _, i := range order[:min(quota, len(order))] {
			of[id] = append(of[id], shapeOf(set.Windows[list[i].example], list[i].example, channels, n, step))
		}
	}
	sort.Strings(sessions)
	return sessions, of
}

func shapeOf(w []float32, example, channels, n, step int) shape {
	s := shape{example: example, step: step}
	for c := range channels {
		full := make([]float64, n)
		for k, x := range w[c*n : (c+1)*n] {
			full[k] = float64(x)
		}
		s.full = append(s.full, full)
		var v []float64
		for k := 0; k+step <= n; k += step {
			sum := 0.0
			for _, x := range w[c*n+k : c*n+k+step] {
				sum += float64(x)
			}
			v = append(v, sum/float64(step))
		}
		s.values = append(s.values, v)
	}
	return s
}

// likeness is the highest correlation of two windows over all lags up to a share
// of their length, and 0 where a coarse look finds none that may be copies.
func (a shape) likeness(b shape) float64 {
	n := len(a.values[0])
	reach := int(laggedShare * float64(n))
	best, at := 0.0, 0
	for lag := -reach; lag <= reach; lag++ {
		if r := correlation(a.values, b.values, lag); r > best {
			best, at = r, lag
		}
	}
	if best < maybeLike {
		return 0
	}
	best = 0
	for lag := (at - 1) * a.step; lag <= (at+1)*a.step; lag++ {
		best = max(best, correlation(a.full, b.full, lag))
	}
	return best
}

// correlation is that of two windows over all channels, each about its mean,
// where b is lag samples late.
func correlation(a, b [][]float64, lag int) float64 {
	n := len(a[0])
	from, to := max(lag, 0), min(n, n+lag)
	if to-from < 2 {
		return 0
	}
	var ab, aa, bb float64
	for c := range a {
		x, y := a[c][from:to], b[c][from-lag:to-lag]
		var sx, sy float64
		for k, v := range x {
			sx += v
			sy += y[k]
		}
		mx, my := sx/float64(len(x)), sy/float64(len(y))
		for k, v := range x {
			p, q := v-mx, y[k]-my
			ab += p * q
			aa += p * p
			bb += q * q
		}
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}

// laggedTwins are the sessions of different people that share windows in shape.
// One person's sessions may be as alike without being copies.
func laggedTwins(set *WindowSet) (twins []Twin) {
	sessions, of := shapesBySession(set)
	for i, a := range sessions {
		for _, b := range sessions[i+1:] {
			x, y := of[a], of[b]
			if len(x) == 0 || len(y) == 0 || set.Examples[x[0].example].Participant == set.Examples[y[0].example].Participant {
				continue
			}
			if t, ok := alike(set, x, y); ok {
				twins = append(twins, t)
			}
		}
	}
	return twins
}

// alike compares two sessions' windows; ok when so many of one have their like in
// the other, and in so many of its sets, that it is no chance.
func alike(set *WindowSet, x, y []shape) (Twin, bool) {
	if len(y) < len(x) {
		x, y = y, x
	}
	t := Twin{Of: len(x), Moved: true}
	sets, found := map[dataset.LabelID]bool{}, map[dataset.LabelID]bool{}
	for _, a := range x {
		best, like := 0.0, shape{}
		for _, b := range y {
			if r := a.likeness(b); r > best {
				best, like = r, b
			}
		}
		sets[set.Examples[a.example].Label] = true
		if best >= copyLike {
			if t.Windows == 0 {
				t.A, t.B = set.Examples[a.example], set.Examples[like.example]
			}
			found[set.Examples[a.example].Label] = true
			t.Windows++
		}
	}
	enough := float64(t.Windows) >= copyPart*float64(t.Of) && float64(len(found)) >= copyPart*float64(len(sets))
	return t, enough && t.Windows >= 2
}
