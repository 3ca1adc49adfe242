package quality

import (
	"math"
	"slices"
)

// Distance is the dynamic time warping distance of two movements, [channel][sample]
// each: the least mean Euclidean distance between matched samples over all
// alignments that run on monotonously (Sakoe and Chiba, IEEE Trans. Acoust. 26:43,
// 1978). It is NaN when the channels differ in number or one is empty.
func Distance(a, b [][]float64) float64 {
	if len(a) == 0 || len(a) != len(b) || len(a[0]) == 0 || len(b[0]) == 0 {
		return math.NaN()
	}
	cost, length := table(a, b, false)
	n := len(b[0]) - 1
	return cost[n] / float64(length[n].steps)
}

// path is how an alignment came to where it is.
type path struct{ steps, start int }

// table runs the warping of template a along b. With anywhere an alignment may
// begin at any sample of b. It returns the last row: for each sample of b the
// cost of the best alignment that ends there.
func table(a, b [][]float64, anywhere bool) ([]float64, []path) {
	n := len(b[0])
	cost, way := make([]float64, n), make([]path, n)
	for i := range a[0] {
		left, leftWay := math.Inf(1), path{}
		diagonal, diagonalWay := math.Inf(1), path{}
		for j := range n {
			up, upWay := math.Inf(1), path{}
			if i > 0 {
				up, upWay = cost[j], way[j]
			}
			bestCost, bestWay := up, upWay
			if diagonal < bestCost {
				bestCost, bestWay = diagonal, diagonalWay
			}
			if left < bestCost {
				bestCost, bestWay = left, leftWay
			}
			if i == 0 && (j == 0 || anywhere) {
				bestCost, bestWay = 0, path{start: j}
			}
			diagonal, diagonalWay = up, upWay
			cost[j] = bestCost + apart(a, i, b, j)
			way[j] = path{bestWay.steps + 1, bestWay.start}
			left, leftWay = cost[j], way[j]
		}
	}
	return cost, way
}

func apart(a [][]float64, i int, b [][]float64, j int) float64 {
	var s float64
	for k := range a {
		d := a[k][i] - b[k][j]
		s += d * d
	}
	return math.Sqrt(s)
}

// Match is a stretch of a recording that a template fits.
type Match struct {
	Template int
	First    int // first sample
	Last     int // sample after the last
	Cost     float64
}

// Templates finds where templates occur in a recording, [channel][sample] all of
// them: the best alignments of any template, the cheapest first, none
// overlapping another by more than a quarter. Alignments that are stretched by
// more than stretch either way, or cost more than slack times the middle of the
// cheapest, are left out. It is the multi-template multi-match warping of
// Yurtman and Barshan (Comput. Methods Programs Biomed. 117:189, 2014) with one
// greedy pass.
func Templates(recording [][]float64, templates [][][]float64, stretch, slack float64) []Match {
	var all []Match
	for k, t := range templates {
		if len(t) == 0 || len(t) != len(recording) || len(t[0]) == 0 || len(recording[0]) == 0 {
			continue
		}
		all = append(all, alignments(k, t, recording, stretch)...)
	}
	slices.SortStableFunc(all, func(a, b Match) int {
		switch {
		case a.Cost < b.Cost:
			return -1
		case a.Cost > b.Cost:
			return 1
		}
		return a.First - b.First
	})
	var kept []Match
	for _, m := range all {
		if slices.ContainsFunc(kept, m.crowds) {
			continue
		}
		// The middle of what is surely right sets how much a match may cost.
		if len(kept) >= 5 && m.Cost > slack*kept[len(kept)/2].Cost {
			break
		}
		kept = append(kept, m)
	}
	slices.SortFunc(kept, func(a, b Match) int { return a.First - b.First })
	return kept
}

// tempoCost is how much another tempo than the template's adds to a match's
// cost: warping alone forgives it, and a fast repetition is another kind.
const tempoCost = 2

// crowds says whether two matches share more than a quarter of the shorter.
func (m Match) crowds(o Match) bool {
	both := min(m.Last, o.Last) - max(m.First, o.First)
	return 4*both > min(m.Last-m.First, o.Last-o.First)
}

// alignments are the local minima of one template's cost along a recording, dearer
// the more their tempo differs from the template's.
func alignments(k int, t, recording [][]float64, stretch float64) []Match {
	cost, way := table(t, recording, true)
	mean := make([]float64, len(cost))
	for j := range cost {
		mean[j] = cost[j] / float64(way[j].steps)
	}
	long := float64(len(t[0]))
	var out []Match
	for j := range mean {
		if j > 0 && mean[j] > mean[j-1] || j+1 < len(mean) && mean[j] >= mean[j+1] {
			continue
		}
		m := Match{Template: k, First: way[j].start, Last: j + 1, Cost: mean[j]}
		if length := float64(m.Last - m.First); length >= long/stretch && length <= long*stretch {
			m.Cost *= 1 + tempoCost*math.Abs(math.Log(length/long))
			out = append(out, m)
		}
	}
	return out
}
