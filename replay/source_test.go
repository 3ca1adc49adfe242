package replay

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func drawDistribution(t *rapid.T, n int, name string) []float64 {
	p := make([]float64, n)
	for i := range p {
		p[i] = rapid.Float64Range(0, 1).Draw(t, name)
		if rapid.Bool().Draw(t, name+" zero") {
			p[i] = 0
		}
	}
	return normalised(p)
}

func drawPool(t *rapid.T) Pool {
	p := DefaultPool()
	for s := range Sources {
		p.Weight[s] = rapid.Float64Range(0.05, 3).Draw(t, "weight")
	}
	return p
}

func TestTheOnlySourceIsTheAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "n")
		pool := drawPool(t)
		var terms [Sources][]float64
		for s := range Sources {
			terms[s] = drawDistribution(t, n, s.String())
		}
		only := Source(rapid.IntRange(0, int(Sources)-1).Draw(t, "only"))
		fused := pool.Only(only).Fuse(terms, n)
		if terms[only][best(fused)] < terms[only][best(terms[only])]-1e-12 {
			t.Fatalf("%v alone says %d, fused says %d", only, best(terms[only]), best(fused))
		}
		for i := range fused {
			for j := range fused {
				if terms[only][i] > terms[only][j]+1e-9 && fused[i] < fused[j] {
					t.Fatalf("the order of %d and %d is turned round", i, j)
				}
			}
		}
	})
}

func TestAUniformSourceChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "n")
		pool := drawPool(t)
		var terms [Sources][]float64
		for s := range Sources {
			terms[s] = drawDistribution(t, n, s.String())
		}
		which := Source(rapid.IntRange(0, int(Sources)-1).Draw(t, "which"))
		terms[which] = uniform(n)
		with := pool.Fuse(terms, n)
		terms[which] = nil
		without := pool.Fuse(terms, n)
		muted := pool.Mute(which).Fuse(terms, n)
		for i := range with {
			if math.Abs(with[i]-without[i]) > 1e-12 || math.Abs(with[i]-muted[i]) > 1e-12 {
				t.Fatalf("%v uniform %v, silent %v, muted %v", which, with, without, muted)
			}
		}
	})
}

func TestNoSourceVetoesAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 12).Draw(t, "n")
		pool := drawPool(t)
		var terms [Sources][]float64
		which := Source(rapid.IntRange(0, int(Sources)-1).Draw(t, "which"))
		terms[which] = make([]float64, n)
		terms[which][0] = 1
		fused := pool.Fuse(terms, n)
		for i, p := range fused {
			if !(p > 0) || math.IsNaN(p) {
				t.Fatalf("%v drove exercise %d to %g", which, i, p)
			}
		}
	})
}
