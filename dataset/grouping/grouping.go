// Package grouping clusters participants by profile, so that people who move
// alike can share a model.
package grouping

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Profile is one participant as numbers and words. A missing number is NaN, a
// missing word is empty.
type Profile struct {
	Code    string
	Numbers []float64
	Words   []string
}

// Grouping is the outcome, groups numbered from 0 by their medoid's code.
type Grouping struct {
	Of         map[string]int // participant code -> group
	Medoids    []string       // the most typical participant of each group
	Sizes      []int
	Silhouette float64 // mean over people, -1..1; 0 for one group
	Cost       float64 // sum of distances to the medoids
	Small      []int   // groups of fewer than MinSize people
}

// DefaultGroups is how many groups a study asks for, and MinSize the number of
// people below which a group's model deserves a warning.
const (
	DefaultGroups = 10
	MinSize       = 5
)

// Known reports that anything is known of the person.
func (p Profile) Known() bool {
	return slices.ContainsFunc(p.Numbers, func(v float64) bool { return !math.IsNaN(v) }) ||
		slices.ContainsFunc(p.Words, func(w string) bool { return w != "" })
}

// Distance is Gower's coefficient (Gower 1971): the mean over fields known for
// both of |a-b|/range for numbers and 0 or 1 for words; 1 when they share no
// known field.
func Distance(a, b Profile, ranges []float64) float64 {
	var sum, n float64
	for i := range a.Numbers {
		if math.IsNaN(a.Numbers[i]) || math.IsNaN(b.Numbers[i]) {
			continue
		}
		n++
		if ranges[i] > 0 {
			sum += math.Abs(a.Numbers[i]-b.Numbers[i]) / ranges[i]
		}
	}
	for i := range a.Words {
		if a.Words[i] == "" || b.Words[i] == "" {
			continue
		}
		n++
		if a.Words[i] != b.Words[i] {
			sum++
		}
	}
	if n == 0 {
		return 1
	}
	return sum / n
}

// Cluster finds k groups by partitioning around medoids (Kaufman and Rousseeuw
// 1990: build, then swap until nothing improves). It is deterministic: ties go
// to the lower code. k is reduced to the number of people.
func Cluster(people []Profile, k int) (Grouping, error) {
	if k < 1 {
		return Grouping{}, fmt.Errorf("cannot make %d groups", k)
	}
	if len(people) == 0 {
		return Grouping{}, errors.New("there is nobody to group")
	}
	people = slices.Clone(people)
	slices.SortFunc(people, func(a, b Profile) int { return strings.Compare(a.Code, b.Code) })
	for i, p := range people {
		if len(p.Numbers) != len(people[0].Numbers) || len(p.Words) != len(people[0].Words) {
			return Grouping{}, fmt.Errorf("participant %s has other fields than %s", p.Code, people[0].Code)
		}
		if i > 0 && p.Code == people[i-1].Code {
			return Grouping{}, fmt.Errorf("participant %s appears twice", p.Code)
		}
	}
	d := distances(people)
	medoids := build(d, min(k, len(people)))
	swap(d, medoids)
	slices.Sort(medoids)
	return describe(people, d, medoids), nil
}

// Suggest tries 1 to most groups and keeps the count with the best silhouette
// among those whose smallest group has at least MinSize people; one group when
// there is none, or none separates people at all.
func Suggest(people []Profile, most int) (Grouping, error) {
	best, err := Cluster(people, 1)
	if err != nil {
		return Grouping{}, err
	}
	for k := 2; k <= min(most, len(people)/MinSize); k++ {
		g, err := Cluster(people, k)
		if err != nil {
			return Grouping{}, err
		}
		if len(g.Small) == 0 && g.Silhouette > best.Silhouette+1e-12 {
			best = g
		}
	}
	return best, nil
}

func distances(people []Profile) [][]float64 {
	ranges := make([]float64, len(people[0].Numbers))
	for i := range ranges {
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, p := range people {
			if v := p.Numbers[i]; !math.IsNaN(v) {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
		if hi > lo {
			ranges[i] = hi - lo
		}
	}
	d := make([][]float64, len(people))
	for i := range d {
		d[i] = make([]float64, len(people))
		for j := range i {
			d[i][j] = Distance(people[i], people[j], ranges)
			d[j][i] = d[i][j]
		}
	}
	return d
}

// build picks medoids greedily: each the person who lowers the cost most.
func build(d [][]float64, k int) []int {
	var medoids []int
	for len(medoids) < k {
		best, bestCost := -1, math.Inf(1)
		for i := range d {
			if slices.Contains(medoids, i) {
				continue
			}
			if c := cost(d, append(medoids, i)); c < bestCost-1e-12 {
				best, bestCost = i, c
			}
		}
		medoids = append(medoids, best)
	}
	return medoids
}

// swap exchanges a medoid for another person while that lowers the cost.
func swap(d [][]float64, medoids []int) {
	current := cost(d, medoids)
	for {
		bestM, bestI, bestCost := -1, -1, current-1e-12
		for m, old := range medoids {
			for i := range d {
				if slices.Contains(medoids, i) {
					continue
				}
				medoids[m] = i
				if c := cost(d, medoids); c < bestCost-1e-12 {
					bestM, bestI, bestCost = m, i, c
				}
			}
			medoids[m] = old
		}
		if bestM < 0 {
			return
		}
		medoids[bestM], current = bestI, bestCost
	}
}

func nearest(row []float64, medoids []int) (group int, dist float64) {
	dist = math.Inf(1)
	for g, m := range medoids {
		if row[m] < dist {
			group, dist = g, row[m]
		}
	}
	return group, dist
}

func cost(d [][]float64, medoids []int) float64 {
	var sum float64
	for i := range d {
		_, c := nearest(d[i], medoids)
		sum += c
	}
	return sum
}

func describe(people []Profile, d [][]float64, medoids []int) Grouping {
	g := Grouping{Of: map[string]int{}, Sizes: make([]int, len(medoids)), Cost: cost(d, medoids)}
	of := make([]int, len(people))
	for i, p := range people {
		of[i], _ = nearest(d[i], medoids)
		for k, m := range medoids {
			if m == i {
				of[i] = k // a medoid stays its own even among identical profiles
			}
		}
		g.Of[p.Code] = of[i]
		g.Sizes[of[i]]++
	}
	for _, m := range medoids {
		g.Medoids = append(g.Medoids, people[m].Code)
	}
	for i, n := range g.Sizes {
		if n < MinSize {
			g.Small = append(g.Small, i)
		}
	}
	g.Silhouette = silhouette(d, of, g.Sizes)
	return g
}

// silhouette is the mean of (b-a)/max(a,b) over people (Rousseeuw 1987), 0 for
// people alone in their group.
func silhouette(d [][]float64, of, sizes []int) float64 {
	if len(sizes) < 2 {
		return 0
	}
	var total float64
	for i := range d {
		sums := make([]float64, len(sizes))
		for j := range d {
			sums[of[j]] += d[i][j]
		}
		own := sizes[of[i]]
		if own == 1 {
			continue
		}
		a, b := sums[of[i]]/float64(own-1), math.Inf(1)
		for g, n := range sizes {
			if g != of[i] {
				b = min(b, sums[g]/float64(n))
			}
		}
		if m := max(a, b); m > 0 {
			total += (b - a) / m
		}
	}
	return total / float64(len(d))
}
