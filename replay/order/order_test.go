package order

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func learned(sessions [][]string, who func(i int) Who) *Predictor {
	p := New(NewVocabulary(), Default(), nil)
	for i, s := range sessions {
		p.Begin(who(i), "gym")
		for _, e := range s {
			p.Observe(e)
		}
		p.End()
	}
	return p
}

func TestEveryExerciseKeepsSomeProbability(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a", "b", "c", "d", "e"}
		p := New(NewVocabulary(names...), Default(), nil)
		for range rapid.IntRange(1, 5).Draw(t, "sessions") {
			p.Begin(Who{Person: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "who"), Group: "g"}, rapid.SampledFrom([]string{"", "k"}).Draw(t, "kind"))
			for _, e := range rapid.SliceOfN(rapid.SampledFrom(names), 0, 25).Draw(t, "sets") {
				next := p.Next()
				var sum float64
				for i, v := range next {
					if !(v > 0) {
						t.Fatalf("%s has probability %g", p.words.Name(i), v)
					}
					sum += v
				}
				if math.Abs(sum-1) > 1e-9 {
					t.Fatalf("probabilities sum to %g", sum)
				}
				p.Observe(e)
			}
			if end := p.EndProbability(); !(end > 0 && end < 1) {
				t.Fatalf("end of session has probability %g", end)
			}
			p.End()
		}
	})
}

func TestPairsAndCircuitsAreSeenWithinASession(t *testing.T) {
	for _, circuit := range [][]string{{"curl", "press"}, {"a", "b", "c", "d"}} {
		p := New(NewVocabulary(), Default(), nil)
		p.Begin(Who{Person: "x"}, "")
		wrong := 0
		for i := range 6 * len(circuit) {
			e := circuit[i%len(circuit)]
			if i > len(circuit)+1 && p.Best() != e {
				wrong++
			}
			p.Observe(e)
		}
		if wrong > 1 {
			t.Errorf("%v: %d wrong guesses after the second round began", circuit, wrong)
		}
	}
}

func TestAPersonsHabitOutweighsEveryones(t *testing.T) {
	var sessions [][]string
	for range 8 {
		sessions = append(sessions, []string{"squat", "curl", "row"})
	}
	sessions = append(sessions, []string{"squat", "row", "curl"}, []string{"squat", "row", "curl"})
	p := learned(sessions, func(i int) Who {
		if i >= 8 {
			return Who{"odd", "g"}
		}
		return Who{fmt.Sprint("p", i%4), "g"}
	})
	for who, want := range map[Who]string{{"odd", "g"}: "row", {"new", "g"}: "curl", {"newer", ""}: "curl"} {
		c := p.Clone(p.words.Clone())
		c.Begin(who, "gym")
		c.Observe("squat")
		if got := c.Best(); got != want {
			t.Errorf("%v: after the squat comes %s, want %s", who, got, want)
		}
	}
}

func TestEndOfSessionIsLearnt(t *testing.T) {
	p := learned([][]string{{"a", "b", "c"}, {"a", "b", "c"}, {"a", "b", "c"}}, func(int) Who { return Who{Person: "x"} })
	p.Begin(Who{Person: "x"}, "gym")
	p.Observe("a")
	early := p.EndProbability()
	p.Observe("b")
	p.Observe("c")
	if late := p.EndProbability(); late < 0.5 || early > 0.2 {
		t.Errorf("the session ends after its last exercise with %.2f, after its first with %.2f", late, early)
	}
}

func TestACloneGoesItsOwnWay(t *testing.T) {
	p := learned([][]string{{"a", "b", "a", "b"}, {"b", "a", "c"}}, func(int) Who { return Who{Person: "x"} })
	p.Begin(Who{Person: "x"}, "gym")
	p.Observe("a")
	before := slices.Clone(p.Next())
	c := p.Clone(p.words.Clone())
	if !slices.Equal(before, c.Next()) {
		t.Fatalf("a clone expects %v, the original %v", c.Next(), before)
	}
	for range 5 {
		c.Observe("z")
	}
	c.End()
	if !slices.Equal(before, p.Next()) {
		t.Error("what the clone learnt changed the original")
	}
}
