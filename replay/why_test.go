package replay

import (
	"testing"

	"onset/replay/order"
)

// A source that is for a third exercise is told with that one: between the first
// two of the fused answer it would read as undecided, or as a supporter.
func TestASourceIsToldWithItsOwnChoice(t *testing.T) {
	words := order.NewVocabulary("a/shoulder-press", "a/squat", "a/front-raise")
	pool := Pool{}
	for s := range Sources {
		pool.Weight[s] = 1
	}
	c := &chronicle{words: words, pools: []Pool{pool}}
	for text, term := range map[string][]float64{
		"order spoke for front raise (96% to 2% for shoulder press)":  {.02, .02, .96},
		"order spoke for front raise (60% to 36% for shoulder press)": {.36, .04, .60},
		"order preferred shoulder press (60% to 30%)":                 {.60, .30, .10},
		"order undecided between shoulder press and squat":            {.4, .4, .2},
	} {
		if got := c.word(Markov, evidence{}, term, 0, 1, 3); got != text {
			t.Errorf("%v: %q, want %q", term, got, text)
		}
	}
}
