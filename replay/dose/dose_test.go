package dose

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func set(reps, kg float64) Dose {
	var d Dose
	d.Put(Repetitions, reps)
	d.Put(Weight, kg)
	return d
}

func workout(p *Predictor, who string, sets ...Dose) {
	p.Begin(who, "")
	for _, s := range sets {
		p.Observe("curl", s)
	}
	p.End()
}

// Next is what a person expects of the coming set: last time's, and what has
// changed since carried on.
func TestLastWorkoutIsRepeatedAndCarriedOn(t *testing.T) {
	p := New()
	for k := range 4 {
		up := 2.5 * float64(k)
		workout(p, "x", set(12, 10+up), set(10, 12.5+up), set(8, 15+up))
	}
	p.Begin("x", "")
	p.Observe("curl", set(12, 20))
	next := p.Next("curl")
	if kg, ok := next.Get(Weight); !ok || kg != 22.5 {
		t.Errorf("after 20 kg comes %g kg, want 22.5", kg)
	}
	if reps, ok := next.Get(Repetitions); !ok || reps != 10 {
		t.Errorf("after 12 repetitions come %g, want 10", reps)
	}
}

func TestNothingIsSaidOfWhatWasNeverSeen(t *testing.T) {
	p := New()
	p.Begin("x", "")
	next := p.Next("curl")
	for q := range Quantities {
		if v, ok := next.Get(q); ok {
			t.Errorf("%v of a first set is said to be %g", q, v)
		}
	}
}

func TestPeopleAreNotMixed(t *testing.T) {
	p := New()
	for range 4 {
		workout(p, "strong", set(5, 80), set(5, 80))
		workout(p, "weak", set(15, 4), set(15, 4))
	}
	p.Begin("weak", "")
	if kg, _ := p.Next("curl").Get(Weight); kg != 4 {
		t.Errorf("the weak person is offered %g kg", kg)
	}
}

// Whatever was done, a prediction is a value that a set can have.
func TestPredictionsArePossible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := New()
		for range rapid.IntRange(1, 4).Draw(t, "workouts") {
			p.Begin("x", rapid.SampledFrom([]string{"", "a"}).Draw(t, "kind"))
			for range rapid.IntRange(0, 6).Draw(t, "sets") {
				e := rapid.SampledFrom([]string{"curl", "press"}).Draw(t, "exercise")
				var d Dose
				for q := range Quantities {
					if rapid.Bool().Draw(t, "has") {
						d.Put(q, rapid.Float64Range(-5, 100).Draw(t, q.String()))
					}
				}
				next := p.Next(e)
				for q := range Quantities {
					v, ok := next.Get(q)
					if ok && (math.IsNaN(v) || v < 0 || q == Intensity && v > 1) {
						t.Fatalf("%v is predicted as %g", q, v)
					}
				}
				p.Observe(e, d)
			}
			p.End()
		}
	})
}
