package replay

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// At the threshold answering and not answering cost alike; on either side the
// cheaper is chosen.
func TestTheThresholdIsWhereBothCostAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.Float64Range(0.1, 100).Draw(t, "cost of a wrong answer")
		below := AbstainBelow(c)
		if c <= 1 && below != 0 {
			t.Fatalf("a wrong answer costs no more than none, and yet none is given below %g", below)
		}
		if c > 1 && math.Abs((1-below)*c-1) > 1e-9 {
			t.Fatalf("at %g a wrong answer of cost %g is expected to cost %g, not 1", below, c, (1-below)*c)
		}
	})
}

func TestTheCostOfAWrongAnswerSilencesTheUnsure(t *testing.T) {
	store, all := simulated(t, 5)
	id := all[1].ID
	c := trained(t, store, id)
	every := load(t, store, c, id, Options{})
	dear := load(t, store, c, id, Options{WrongCost: 20}).Result()
	if every.Result().Bill != nil || dear.Bill == nil || dear.Abstain != 0.95 || dear.Bill.WrongCost != 20 {
		t.Fatalf("%+v, without a cost %+v", dear.Bill, every.Result().Bill)
	}
	silent, wrong := 0, 0
	for i, d := range dear.Decisions {
		if (d.Fused == "") != (d.P < 0.95) {
			t.Errorf("decision %d with p %.3f answers %q", i, d.P, d.Fused)
		}
		if d.Fused == "" {
			silent++
		} else if d.Fused != d.Truth {
			wrong++
		}
	}
	if silent == 0 || dear.Bill.Unanswered != silent || dear.Bill.Wrong != wrong || dear.Bill.Cost != 20*float64(wrong)+float64(silent) {
		t.Errorf("%d without an answer and %d wrong, billed %+v", silent, wrong, dear.Bill)
	}
	// The same by hand, live.
	p := every.Pool()
	p.Abstain = 0.95
	if got := every.With(p).Bill; got == nil || math.Abs(got.WrongCost-20) > 1e-9 || got.Unanswered != silent {
		t.Errorf("set live: %+v", got)
	}
	if _, err := (Options{WrongCost: -1}).check(); err == nil || !strings.Contains(err.Error(), "-1") {
		t.Errorf("a negative cost: %v", err)
	}
	if _, err := (Options{WrongCost: 4, Abstain: 0.2}).check(); err == nil {
		t.Error("a cost and another threshold go together")
	}
}
