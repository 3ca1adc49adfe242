package labeling

import (
	"math"
	"math/rand/v2"
	"testing"

	"onset/dataset"
)

// workout is a made-up wrist: sets of repetitions between rests, with noise.
func workout(rate float64, sets [][2]float64, period, length float64) [][]float64 {
	r := rand.New(rand.NewPCG(1, 2))
	axes := make([][]float64, 3)
	for c := range axes {
		axes[c] = make([]float64, int(length*rate))
		for i := range axes[c] {
			t := float64(i) / rate
			v := []float64{0.1, 0.9, -0.3}[c] + 0.01*r.NormFloat64()
			for _, s := range sets {
				if t >= s[0] && t < s[1] {
					v += 0.4 * math.Sin(2*math.Pi*(t-s[0])/period+float64(c))
					if c == 0 {
						v -= 0.4 * math.Sin(float64(c))
					}
				}
			}
			axes[c][i] = v
		}
	}
	return axes
}

func TestSuggestFindsSetsOnsetsAndRepetitions(t *testing.T) {
	sets := [][2]float64{{10, 34}, {50, 68}, {90, 120}}
	const rate, period = 50.0, 2.4
	got := Suggest(workout(rate, sets, period, 140), dataset.Uniform(0, rate), DefaultSuggest())
	if len(got) != len(sets) {
		t.Fatalf("%d sets suggested: %+v", len(got), got)
	}
	for i, s := range got {
		start, end := float64(s.Start)/rate, float64(s.End)/rate
		if math.Abs(start-sets[i][0]) > 0.15 || math.Abs(end-sets[i][1]) > 0.4 {
			t.Errorf("set %d: %g to %g, want %v", i, start, end, sets[i])
		}
		want := int(math.Round((sets[i][1] - sets[i][0]) / period))
		if d := s.Repetitions - want; d < -1 || d > 1 {
			t.Errorf("set %d: %d repetitions, want %d", i, s.Repetitions, want)
		}
		if s.Confidence < 0.5 {
			t.Errorf("set %d: confidence %.2f", i, s.Confidence)
		}
	}
}

func TestSuggestSeesNothingInRest(t *testing.T) {
	if got := Suggest(workout(50, nil, 2, 60), dataset.Uniform(0, 50), DefaultSuggest()); len(got) != 0 {
		t.Errorf("suggested %+v in noise", got)
	}
	if got := Suggest(nil, dataset.Uniform(0, 50), DefaultSuggest()); got != nil {
		t.Errorf("suggested %+v in nothing", got)
	}
}

func TestSuggestEndsASetAtAGap(t *testing.T) {
	axes := workout(50, [][2]float64{{10, 40}}, 2, 60)
	clock := dataset.Clock{Segments: []dataset.Segment{{Rate: 50}, {First: 1250, Start: 60, Rate: 50}}}
	got := Suggest(axes, clock, DefaultSuggest())
	if len(got) != 2 || got[0].End > 1250 || got[1].Start < 1250 {
		t.Errorf("across a gap: %+v", got)
	}
}

func TestSetEndFollowsTheMovement(t *testing.T) {
	axes := workout(50, [][2]float64{{10, 34}}, 2.4, 60)
	end, ok := SetEnd(axes, dataset.Uniform(0, 50), 480, DefaultSuggest())
	if !ok || math.Abs(float64(end)/50-34) > 0.4 {
		t.Errorf("from just before the onset: %d %v", end, ok)
	}
	if _, ok := SetEnd(axes, dataset.Uniform(0, 50), 2500, DefaultSuggest()); ok {
		t.Error("found an end where nothing moves")
	}
}

// A device that records sets alone, as a Pebble does, leaves no rest to compare
// with: getting ready is movement too, and only repetitions tell the set.
func TestASetIsFoundWhereNoRestIsRecorded(t *testing.T) {
	const rate = 50.0
	for name, c := range map[string]struct{ period, amplitude float64 }{
		"curls": {2, 0.8}, "small": {2.5, 0.3}, "fast": {1.1, 0.5},
	} {
		n := int((6 + 9*c.period + 2) * rate)
		axes := [][]float64{make([]float64, n), make([]float64, n), make([]float64, n)}
		for i := range n {
			at := float64(i) / rate
			noise := 0.01 * math.Sin(float64(i)*1.7)
			axes[0][i], axes[1][i], axes[2][i] = 0.9+noise, 0.1-noise, 0.3+noise
			if at > 1 && at < 3.5 { // takes hold of the weight
				axes[0][i] -= 0.3 * (at - 1) * math.Sin(at*1.9)
				axes[2][i] += 0.2 * math.Sin(at*11)
			}
			if u := (at - 6) / c.period; u > 0 && u < 9 {
				axes[0][i] -= c.amplitude * (1 - math.Cos(2*math.Pi*u)) / 2
				axes[2][i] += c.amplitude * math.Sin(2*math.Pi*u) / 2
			}
		}
		found := Suggest(axes, dataset.Uniform(0, rate), DefaultSuggest())
		if len(found) != 1 {
			t.Errorf("%s: %d suggestions", name, len(found))
			continue
		}
		s := found[0]
		from, to := float64(s.Start)/rate, float64(s.End)/rate
		if math.Abs(from-6) > 0.3 || math.Abs(to-(6+9*c.period)) > 0.5 || s.Repetitions < 8 || s.Repetitions > 9 {
			t.Errorf("%s: %g to %g with %d repetitions, want 6 to %g with 9", name, from, to, s.Repetitions, 6+9*c.period)
		}
	}
	// The same noise without repetitions is no set.
	quiet := [][]float64{make([]float64, 2000), make([]float64, 2000), make([]float64, 2000)}
	for i := range 2000 {
		quiet[0][i], quiet[1][i], quiet[2][i] = 1+0.01*math.Sin(float64(i)*1.7), 0.01*math.Cos(float64(i)*2.9), 0
	}
	if found := Suggest(quiet, dataset.Uniform(0, rate), DefaultSuggest()); len(found) != 0 {
		t.Errorf("rest alone gives %+v", found)
	}
}

// A wrist that is never quite still between sets and moves little in them parts
// badly into rest and movement; its sets are found all the same.
func TestSetsAreFoundOnARestlessWrist(t *testing.T) {
	const rate = 50.0
	sets := [][2]float64{{10, 40}, {60, 90}, {110, 140}, {160, 190}}
	axes := workout(rate, sets, 2.5, 210)
	r := rand.New(rand.NewPCG(3, 4))
	for c := range axes {
		for i := range axes[c] {
			axes[c][i] *= 0.4 // small movements
			axes[c][i] += 0.025 * r.NormFloat64()
		}
	}
	found := Suggest(axes, dataset.Uniform(0, rate), DefaultSuggest())
	for _, want := range sets {
		hit := false
		for _, s := range found {
			from, to := float64(s.Start)/rate, float64(s.End)/rate
			hit = hit || math.Abs(from-want[0]) < 1 && math.Abs(to-want[1]) < 1
		}
		if !hit {
			t.Errorf("%v is not among %+v", want, found)
		}
	}
}
