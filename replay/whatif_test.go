package replay

import (
	"math"
	"testing"
)

// Only what is changed by hand changes: a source that is silent at a decision
// changes nothing there, and the others keep the weights that they had.
func TestWhatIfChangesOnlyWhatIsChanged(t *testing.T) {
	store, all := simulated(t, 5)
	id := all[1].ID
	r := load(t, store, trained(t, store, id), id, Options{})
	fitted := r.Result()
	adapted := false
	for s := range Sources {
		for name, pool := range map[string]Pool{"muted": r.Pool().Mute(s), "weighed": r.Pool().Set(s, 1.9), "at nothing": r.Pool().Set(s, 0)} {
			for i, d := range r.WhatIf(pool).Decisions {
				was := fitted.Decisions[i]
				adapted = adapted || was.Weights[s.String()] != fitted.Weights[s.String()]
				for other := range Sources {
					want := was.Weights[other.String()]
					if other == s {
						want = pool.Weight[s]
					}
					if got := d.Weights[other.String()]; got != want {
						t.Fatalf("%v %s: decision %d weighs %v %g, not %g", s, name, i, other, got, want)
					}
				}
				if was.By(s).flat() && math.Abs(d.P-was.P) > 1e-12 {
					t.Fatalf("%v says nothing at decision %d, and %s it moves the answer from %g to %g", s, i, name, was.P, d.P)
				}
			}
		}
	}
	if !adapted {
		t.Error("no weight followed the session: nothing is tested")
	}
	for i, d := range r.WhatIf(r.Pool()).Decisions {
		if d.Fused != fitted.Decisions[i].Fused || d.P != fitted.Decisions[i].P {
			t.Errorf("decision %d is another although nothing is changed", i)
		}
	}
}

func (d Distribution) flat() bool {
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range d {
		low, high = min(low, p), max(high, p)
	}
	return high-low < 1e-12
}
