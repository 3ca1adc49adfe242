package training

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"

	"onset/dataset"
)

// Two windows are near duplicates when they differ, in root mean square, by
// less than this share of how much the first one moves about its mean; windows
// that move less than stillShare of the set's median movement hold too little to
// tell.
const (
	duplicateShare = 0.02
	stillShare     = 0.1
)

// Twin is a pair of sessions of different people (or, in a split by session,
// different sessions) that hold nearly the same windows.
type Twin struct {
	A, B    Example // one pair of windows, to look at
	Windows int     // how many of A's session have a twin in B's session
	Of      int     // windows of A's session that were compared
	// Moved says that they are alike in shape only: moved, rescaled or noised.
	Moved bool
}

// DuplicateError says that both sides of a split hold the same recording.
type DuplicateError struct{ Twin Twin }

func (e *DuplicateError) Error() string {
	a, b := e.Twin.A, e.Twin.B
	if e.Twin.Moved {
		return fmt.Sprintf("split refused: %d of the %d windows of session %s (%s) that were compared have the shape of windows of session %s (%s), moved, rescaled or noised, such as %.3f s and %.3f s: one is probably a copy of the other; leave one out with data.exclude_sessions, or set split.duplicates = \"report\"",
			e.Twin.Windows, e.Twin.Of, a.Session, a.Participant, b.Session, b.Participant, a.StartS, b.StartS)
	}
	return fmt.Sprintf("split refused: %d of %d windows of session %s (%s) are nearly the same samples as windows of session %s (%s), such as %.3f s and %.3f s: one is probably a copy of the other; leave one out with data.exclude_sessions, or set split.duplicates = \"report\"",
		e.Twin.Windows, e.Twin.Of, a.Session, a.Participant, b.Session, b.Participant, a.StartS, b.StartS)
}

// grave reports twins that can't be chance.
func (t Twin) grave() bool { return t.Windows >= min(2, t.Of) && t.Windows*10 >= t.Of }

// FindTwins compares the values of all windows across owners ("participant" or
// "session") and lists the sessions that share windows, the worst first; then
// those whose windows of about a second and more are alike in shape. A copy that
// was cut by more than two fifths of a window, or whose noise is a fifth of its
// movement and more, is not found.
func FindTwins(set *WindowSet, by string) []Twin {
	pairs := nearPairs(set, by)
	type key struct{ a, b string }
	matched := map[key]map[int]int{}
	for _, p := range pairs {
		for _, q := range [][2]int{p, {p[1], p[0]}} {
			k := key{string(set.Examples[q[0]].Session), string(set.Examples[q[1]].Session)}
			if matched[k] == nil {
				matched[k] = map[int]int{}
			}
			if _, seen := matched[k][q[0]]; !seen {
				matched[k][q[0]] = q[1]
			}
		}
	}
	size := map[string]int{}
	for _, e := range set.Examples {
		size[string(e.Session)]++
	}
	var twins []Twin
	for k, m := range matched {
		first := math.MaxInt
		for i := range m {
			first = min(first, i)
		}
		t := Twin{A: set.Examples[first], B: set.Examples[m[first]], Windows: len(m), Of: size[k.a]}
		if back := matched[key{k.b, k.a}]; len(back)*t.Of > len(m)*size[k.b] || len(back)*t.Of == len(m)*size[k.b] && k.b < k.a {
			continue // told from the other side
		}
		twins = append(twins, t)
	}
	sort.Slice(twins, func(i, j int) bool {
		a, b := twins[i], twins[j]
		if a.Windows*b.Of != b.Windows*a.Of {
			return a.Windows*b.Of > b.Windows*a.Of
		}
		return a.A.source+a.B.source < b.A.source+b.B.source
	})
	told := map[[2]dataset.SessionID]bool{}
	for _, t := range twins {
		if !t.grave() {
			continue // a window or two by chance must not hide that the rest is alike in shape
		}
		told[[2]dataset.SessionID{t.A.Session, t.B.Session}], told[[2]dataset.SessionID{t.B.Session, t.A.Session}] = true, true
	}
	for _, t := range laggedTwins(set) {
		if !told[[2]dataset.SessionID{t.A.Session, t.B.Session}] {
			twins = append(twins, t)
		}
	}
	return twins
}

// nearPairs finds near duplicates across owners: windows are laid out along a
// random direction, on which near ones must lie near.
func nearPairs(set *WindowSet, by string) [][2]int {
	n := len(set.Windows)
	if n == 0 {
		return nil
	}
	d := len(set.Windows[0])
	movement := make([]float64, n)
	for i, w := range set.Windows {
		movement[i] = movementOf(w, d/len(set.Contract.Channels))
	}
	sorted := append([]float64(nil), movement...)
	sort.Float64s(sorted)
	still := stillShare * sorted[n/2]
	direction := unitVector(d)
	at, order := make([]float64, n), make([]int, 0, n)
	for i, w := range set.Windows {
		for j, v := range w {
			at[i] += float64(v) * direction[j]
		}
		if movement[i] > still {
			order = append(order, i)
		}
	}
	sort.Slice(order, func(a, b int) bool { return at[order[a]] < at[order[b]] })
	var pairs [][2]int
	for k, i := range order {
		reach := duplicateShare * movement[i] * math.Sqrt(float64(d))
		for _, j := range order[k+1:] {
			if at[j]-at[i] > reach {
				break
			}
			if owner(set.Examples[i], by) != owner(set.Examples[j], by) && closer(set.Windows[i], set.Windows[j], reach) {
				pairs = append(pairs, [2]int{i, j})
			}
		}
	}
	return pairs
}

func unitVector(d int) []float64 {
	rng := rand.New(rand.NewPCG(1, 0xd1ec7104))
	v, sum := make([]float64, d), 0.0
	for i := range v {
		v[i] = rng.NormFloat64()
		sum += v[i] * v[i]
	}
	for i := range v {
		v[i] /= math.Sqrt(sum)
	}
	return v
}

// movementOf is the root mean square of a window about each channel's mean.
func movementOf(w []float32, samples int) float64 {
	total := 0.0
	for c := 0; c+samples <= len(w); c += samples {
		var s, q float64
		base := float64(w[c])
		for _, v := range w[c : c+samples] {
			s += float64(v) - base
			q += (float64(v) - base) * (float64(v) - base)
		}
		total += max(q-s*s/float64(samples), 0)
	}
	return math.Sqrt(total / float64(len(w)))
}

// closer reports whether the Euclidean distance of two windows is below d.
func closer(a, b []float32, d float64) bool {
	limit, sum := d*d, 0.0
	for i := range a {
		e := float64(a[i] - b[i])
		if sum += e * e; sum > limit {
			return false
		}
	}
	return true
}

// guardTwins applies split.duplicates.
func guardTwins(set *WindowSet, cfg SplitConfig) ([]Twin, error) {
	by := cfg.By
	if by == ByTime {
		by = BySession // a session is on both sides by intent, its copy is not
	}
	twins := FindTwins(set, by)
	for _, t := range twins {
		if cfg.Duplicates == "refuse" && t.grave() {
			return nil, &DuplicateError{Twin: t}
		}
	}
	return twins, nil
}
