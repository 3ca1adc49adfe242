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
