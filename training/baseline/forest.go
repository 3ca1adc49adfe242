package baseline

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// forest averages the leaves' class shares over trees. A random forest grows
// each on a bootstrap sample and tries every cut of some features (Breiman
// 2001); extremely random trees use all examples and random cuts (Geurts et
// al. 2006).
type forest struct {
	Trees []*tree
}

func fitForest(ctx context.Context, c Config, d Data, classes int, progress func(float64)) (*forest, error) {
	features := len(d.X[0])
	if c.TryAtNode == 0 {
		c.TryAtNode = max(1, int(math.Sqrt(float64(features))))
	}
	g := newGrower(c, d, classes)
	f := &forest{}
	examples := make([]int32, len(d.X))
	for i := range c.Trees {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		progress(float64(i) / float64(c.Trees))
		rng := rand.New(rand.NewPCG(c.Seed, uint64(i)))
		for j := range examples {
			examples[j] = int32(j)
			if c.Kind == Forest {
				examples[j] = int32(rng.IntN(len(examples)))
			}
		}
		f.Trees = append(f.Trees, g.grow(examples, rng))
	}
	return f, nil
}

func newGrower(c Config, d Data, classes int) *grower {
	features := len(d.X[0])
	g := &grower{c: c, classes: classes, x: d.X, y: d.Y, weights: classWeights(c, d.Y, classes),
		rank: make([][]uint32, features), distinct: make([][]float64, features),
		counts: make([]float64, classes), left: make([]float64, classes), order: make([]int, features)}
	for f := range features {
		g.order[f] = f
		column := make([]float64, len(d.X))
		for i, row := range d.X {
			column[i] = row[f]
		}
		slices.Sort(column)
		g.distinct[f] = slices.Clone(slices.Compact(column))
		g.rank[f] = make([]uint32, len(d.X))
		for i, row := range d.X {
			at, _ := slices.BinarySearch(g.distinct[f], row[f])
			g.rank[f][i] = uint32(at)
		}
	}
	return g
}

func (f *forest) probabilities(p, x []float64) {
	for _, t := range f.Trees {
		for k, v := range t.Leaves[t.leaf(x):][:len(p)] {
			p[k] += float64(v)
		}
	}
	for k := range p {
		p[k] /= float64(len(f.Trees))
	}
}

func (f *forest) check(classes, features int) error {
	if len(f.Trees) == 0 {
		return fmt.Errorf("no trees")
	}
	for i, t := range f.Trees {
		if t == nil {
			return fmt.Errorf("tree %d is missing", i)
		}
		if err := t.check(classes, features); err != nil {
			return fmt.Errorf("tree %d: %w", i, err)
		}
	}
	return nil
}
