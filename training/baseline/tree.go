package baseline

import (
	"fmt"
	"math/rand/v2"
)

// tree is a classification tree (Breiman et al. 1984) in arrays: node 0 is the
// root, an example goes Left when its feature is at most the threshold.
type tree struct {
	Feature   []int32 // -1: a leaf
	Threshold []float64
	Left      []int32 // a leaf's place in Leaves
	Right     []int32
	Leaves    []float32 // [leaf][class]
}

// leaf is where x ends, as the number of its first probability.
func (t *tree) leaf(x []float64) int {
	at := int32(0)
	for t.Feature[at] >= 0 {
		if x[t.Feature[at]] <= t.Threshold[at] {
			at = t.Left[at]
		} else {
			at = t.Right[at]
		}
	}
	return int(t.Left[at])
}

func (t *tree) check(classes, features int) error {
	n := len(t.Feature)
	if n == 0 || len(t.Threshold) != n || len(t.Left) != n || len(t.Right) != n {
		return fmt.Errorf("a tree's arrays differ in length")
	}
	for i, f := range t.Feature {
		if f < 0 {
			if t.Left[i] < 0 || int(t.Left[i])+classes > len(t.Leaves) {
				return fmt.Errorf("leaf %d points outside", i)
			}
			continue
		}
		// Children come after their parent, so no walk goes in circles.
		if int(f) >= features || int(t.Left[i]) <= i || int(t.Left[i]) >= n || int(t.Right[i]) <= i || int(t.Right[i]) >= n {
			return fmt.Errorf("node %d points outside", i)
		}
	}
	return nil
}

// grower grows trees on one set of examples. Features are used by rank, so that
// sorting a node's examples is sorting small numbers.
type grower struct {
	c        Config
	classes  int
	x        [][]float64
	y        []int
	rank     [][]uint32  // [feature][example]: place among the distinct values
	distinct [][]float64 // [feature][rank]
	weights  []float64   // of classes

	rng    *rand.Rand
	t      *tree
	order  []int // features, shuffled as they are tried
	keys   []uint64
	spare  []uint64
	counts []float64
	left   []float64
}

// work is a node to be made of examples.
type work struct {
	node, depth int
	examples    []int32 // an example that was drawn twice stands twice
}

func (g *grower) grow(examples []int32, rng *rand.Rand) *tree {
	g.rng, g.t = rng, &tree{}
	stack := []work{{g.node(), 0, examples}}
	for len(stack) > 0 {
		w := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		s, ok := g.split(w)
		if !ok {
			g.leaf(w)
			continue
		}
		cut := g.divide(w.examples, s)
		left, right := g.node(), g.node()
		g.t.Feature[w.node], g.t.Left[w.node], g.t.Right[w.node] = int32(s.feature), int32(left), int32(right)
		g.t.Threshold[w.node] = s.threshold
		stack = append(stack, work{right, w.depth + 1, w.examples[cut:]}, work{left, w.depth + 1, w.examples[:cut]})
	}
	return g.t
}

func (g *grower) node() int {
	g.t.Feature = append(g.t.Feature, -1)
	g.t.Threshold = append(g.t.Threshold, 0)
	g.t.Left, g.t.Right = append(g.t.Left, 0), append(g.t.Right, 0)
	return len(g.t.Feature) - 1
}

// count fills g.counts with the weight of each class, and gives the sum.
func (g *grower) count(examples []int32) (total float64, pure bool) {
	clear(g.counts)
	for _, e := range examples {
		g.counts[g.y[e]] += g.weights[g.y[e]]
	}
	classes := 0
	for _, v := range g.counts {
		total += v
		if v > 0 {
			classes++
		}
	}
	return total, classes < 2
}

func (g *grower) leaf(w work) {
	total, _ := g.count(w.examples)
	g.t.Left[w.node] = int32(len(g.t.Leaves))
	for _, v := range g.counts {
		g.t.Leaves = append(g.t.Leaves, float32(v/total))
	}
}

// cutting is a split: examples whose rank is at most rank go left.
type cutting struct {
	feature   int
	rank      uint32
	threshold float64
	score     float64
}

// split looks at some features, drawn at random, and takes the cut with the
// smallest Gini impurity. It goes on beyond their number until one can cut.
func (g *grower) split(w work) (best cutting, ok bool) {
	total, pure := g.count(w.examples)
	if pure || len(w.examples) < 2*g.c.MinLeaf || g.c.MaxDepth > 0 && w.depth >= g.c.MaxDepth {
		return best, false
	}
	for tried := 0; tried < len(g.order) && (tried < g.c.TryAtNode || !ok); tried++ {
		at := tried + g.rng.IntN(len(g.order)-tried)
		g.order[tried], g.order[at] = g.order[at], g.order[tried]
		var s cutting
		var found bool
		if g.c.Kind == ExtraTrees {
			s, found = g.randomCut(g.order[tried], w.examples, total)
		} else {
			s, found = g.bestCut(g.order[tried], w.examples, total)
		}
		if found && (!ok || s.score > best.score) {
			best, ok = s, true
		}
	}
	return best, ok
}

// bestCut tries every cut between different values of a feature (Breiman 2001).
func (g *grower) bestCut(feature int, examples []int32, total float64) (best cutting, ok bool) {
	rank := g.rank[feature]
	g.keys = g.keys[:0]
	for _, e := range examples {
		g.keys = append(g.keys, uint64(rank[e])<<32|uint64(g.y[e]))
	}
	g.sortKeys(len(g.distinct[feature]))
	clear(g.left)
	leftTotal, leftSquares, rightSquares := 0.0, 0.0, 0.0
	for _, v := range g.counts {
		rightSquares += v * v
	}
	for i, key := range g.keys[:len(g.keys)-1] {
		class := uint32(key)
		weight, l := g.weights[class], g.left[class]
		r := g.counts[class] - l
		leftSquares += weight * (2*l + weight)
		rightSquares += weight * (weight - 2*r)
		g.left[class] += weight
		leftTotal += weight
		here, next := key>>32, g.keys[i+1]>>32
		if here == next || i+1 < g.c.MinLeaf || len(g.keys)-i-1 < g.c.MinLeaf {
			continue
		}
		// The largest sum of squares by weight is the smallest impurity.
		if score := leftSquares/leftTotal + rightSquares/(total-leftTotal); !ok || score > best.score {
			a, b := g.distinct[feature][here], g.distinct[feature][next]
			best, ok = cutting{feature, uint32(here), middle(a, b), score}, true
		}
	}
	return best, ok
}

// middle lies between a < b, so that a is at most it and b is above.
func middle(a, b float64) float64 {
	if m := a + (b-a)/2; m < b {
		return m
	}
	return a
}

// randomCut cuts a feature at a place drawn evenly between its smallest and
// largest value (Geurts, Ernst and Wehenkel 2006).
func (g *grower) randomCut(feature int, examples []int32, total float64) (s cutting, ok bool) {
	rank, values := g.rank[feature], g.distinct[feature]
	low, high := rank[examples[0]], rank[examples[0]]
	for _, e := range examples {
		low, high = min(low, rank[e]), max(high, rank[e])
	}
	if low == high {
		return s, false
	}
	s = cutting{feature: feature, threshold: values[low] + g.rng.Float64()*(values[high]-values[low])}
	if !(s.threshold < values[high]) {
		s.threshold = values[low]
	}
	for l, h := low, high; l < h; { // the last rank whose value is at most the threshold
		m := l + (h-l+1)/2
		if values[m] <= s.threshold {
			l = m
		} else {
			h = m - 1
		}
		s.rank = l
	}
	clear(g.left)
	n, leftTotal := 0, 0.0
	for _, e := range examples {
		if rank[e] <= s.rank {
			g.left[g.y[e]] += g.weights[g.y[e]]
			leftTotal += g.weights[g.y[e]]
			n++
		}
	}
	if n < g.c.MinLeaf || len(examples)-n < g.c.MinLeaf {
		return s, false
	}
	leftSquares, rightSquares := 0.0, 0.0
	for k, l := range g.left {
		leftSquares += l * l
		rightSquares += (g.counts[k] - l) * (g.counts[k] - l)
	}
	s.score = leftSquares/leftTotal + rightSquares/(total-leftTotal)
	return s, true
}

// divide puts the examples that go left in front and gives their number.
func (g *grower) divide(examples []int32, s cutting) int {
	rank, n := g.rank[s.feature], 0
	for i, e := range examples {
		if rank[e] <= s.rank {
			examples[n], examples[i] = e, examples[n]
			n++
		}
	}
	return n
}

// sortKeys sorts g.keys by their upper half, which is below limit: by insertion
// when they are few, else byte by byte.
func (g *grower) sortKeys(limit int) {
	k := g.keys
	if len(k) <= 32 {
		for i := 1; i < len(k); i++ {
			v, j := k[i], i
			for ; j > 0 && k[j-1]>>32 > v>>32; j-- {
				k[j] = k[j-1]
			}
			k[j] = v
		}
		return
	}
	if cap(g.spare) < len(k) {
		g.spare = make([]uint64, len(k))
	}
	from, to := k, g.spare[:len(k)]
	for shift := 32; limit > 0; shift, limit = shift+8, limit>>8 {
		var start [257]int
		for _, v := range from {
			start[v>>shift&255+1]++
		}
		for i := 1; i < 257; i++ {
			start[i] += start[i-1]
		}
		for _, v := range from {
			b := v >> shift & 255
			to[start[b]] = v
			start[b]++
		}
		from, to = to, from
	}
	g.keys, g.spare = from, to[:cap(to)]
}
