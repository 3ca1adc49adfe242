package replay

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// told makes decisions of which each source knows a given share.
func told(n int, knows [Sources]float64) []example {
	r := rand.New(rand.NewPCG(5, 6))
	const exercises = 6
	var out []example
	for range n {
		x := example{truth: r.IntN(exercises), n: exercises}
		for s := range Sources {
			x.terms[s] = make([]float64, exercises)
			said := r.IntN(exercises)
			if r.Float64() < knows[s] {
				said = x.truth
			}
			for e := range x.terms[s] {
				x.terms[s][e] = 0.05
			}
			x.terms[s][said] = 0.75
		}
		out = append(out, x)
	}
	return out
}

func TestWeightsFollowWhatSourcesKnow(t *testing.T) {
	p := fitPool(told(400, [Sources]float64{Sensor: 0.8, Markov: 0.4, Place: 0}), DefaultPool(), leanDefault)
	if !(p.Weight[Sensor] > p.Weight[Markov] && p.Weight[Markov] > p.Weight[Place]) || p.Weight[Place] > 0.1 {
		t.Errorf("weights %v", p.Weight)
	}
	if q := fitPool(nil, DefaultPool(), leanDefault); q != DefaultPool() {
		t.Errorf("without decisions the weights moved to %v", q.Weight)
	}
	few := fitPool(told(2, [Sources]float64{}), DefaultPool(), leanDefault)
	for s := range Sources {
		if d := few.Weight[s] - DefaultPool().Weight[s]; d*d > 0.5*0.5 {
			t.Errorf("two decisions moved the weight of %v by %.2f", s, d)
		}
	}
}

func TestFittedWeightsAreNotNegativeAndNotWorse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var examples []example
		for range rapid.IntRange(1, 20).Draw(t, "decisions") {
			x := example{n: rapid.IntRange(2, 5).Draw(t, "n")}
			x.truth = rapid.IntRange(0, x.n-1).Draw(t, "truth")
			for s := range Sources {
				if rapid.Bool().Draw(t, "speaks") {
					x.terms[s] = drawDistribution(t, x.n, s.String())
				}
			}
			examples = append(examples, x)
		}
		p := fitPool(examples, DefaultPool(), leanDefault)
		for s, w := range p.Weight {
			if !(w >= 0) {
				t.Fatalf("weight of %v is %g", Source(s), w)
			}
		}
	})
}

func TestBootstrapResamplesWholeUnits(t *testing.T) {
	var all []judged
	var units, none []string
	for k := range 6 {
		for range 20 {
			all = append(all, judged{right: map[combination]bool{1: k < 3}})
			units, none = append(units, string(rune('a'+k))), append(none, "")
		}
	}
	value := func(j judged) float64 { return oneIf(j.right[1]) }
	mean, wide := bootstrap(all, units, value)
	_, narrow := bootstrap(all, none, value)
	if mean != 0.5 || wide[1]-wide[0] < 0.5 || narrow[1]-narrow[0] > 0.25 {
		t.Errorf("mean %g, over units %v, over sets %v", mean, wide, narrow)
	}
	if _, again := bootstrap(all, units, value); again != wide {
		t.Error("equal data gave another interval")
	}
}

func TestFoldsHoldOutWholeSides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []*material
		people := rapid.IntRange(2, 4).Draw(t, "people")
		for i := range rapid.IntRange(people, 9).Draw(t, "sessions") {
			m := &material{}
			m.session.ID, m.session.Participant = drawID(i), drawPerson(i%people)
			all = append(all, m)
		}
		protocol := rapid.SampledFrom([]string{LeaveSessionOut, LeaveParticipantOut}).Draw(t, "protocol")
		parts, err := folds(all, protocol)
		if err != nil {
			t.Fatal(err)
		}
		tested := 0
		for _, f := range parts {
			tested += len(f.test)
			for _, x := range f.test {
				for _, y := range f.train {
					if x.session.ID == y.session.ID || protocol == LeaveParticipantOut && x.session.Participant == y.session.Participant {
						t.Fatalf("%s: %s is on both sides", protocol, y.session.ID)
					}
				}
				if slices.Contains(f.train, x) {
					t.Fatal("a session is on both sides")
				}
			}
		}
		if tested != len(all) {
			t.Fatalf("%d of %d sessions were tested", tested, len(all))
		}
	})
}
