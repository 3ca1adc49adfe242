package replay

import (
	"fmt"
	"math"
)

// AbstainBelow is the probability below which no answer costs less than the
// answer, when a wrong one costs so many times as much as none: with a wrong
// answer at c and none at 1, answering is expected to cost (1-p)c, so it pays from
// 1 - 1/c on (Chow, IEEE Trans. Inf. Theory 16:41, 1970). It supposes that
// probabilities mean what they say. Up to 1 every answer pays.
func AbstainBelow(wrongCost float64) float64 {
	if !(wrongCost > 1) {
		return 0
	}
	return 1 - 1/wrongCost
}

// Bill is what a session's labelled decisions cost, in the cost of no answer.
type Bill struct {
	WrongCost  float64 `json:"wrong_cost"`
	Below      float64 `json:"no_answer_below"`
	Unanswered int     `json:"unanswered"`
	Wrong      int     `json:"wrong"`
	Cost       float64 `json:"cost"`
	// Always is the cost had every decision been answered for which one exercise
	// lay above all others.
	Always float64 `json:"cost_of_always_answering"`
}

// Bill adds up what the decisions cost at a wrong answer's cost; without one it
// is nil.
func bill(ds []Decision, wrongCost, below float64) *Bill {
	if !(wrongCost > 0) {
		return nil
	}
	b := &Bill{WrongCost: wrongCost, Below: below}
	for _, d := range ds {
		if d.Truth == "" {
			continue
		}
		switch {
		case d.Fused == "":
			b.Unanswered++
		case d.Fused != d.Truth:
			b.Wrong++
		}
		switch d.Whole.Best() {
		case d.Truth:
		case "": // nothing to answer with
			b.Always++
		default:
			b.Always += wrongCost
		}
	}
	b.Cost = wrongCost*float64(b.Wrong) + float64(b.Unanswered)
	return b
}

// checkCost turns the cost of a wrong answer into the abstention.
func (o Options) checkCost() (Options, error) {
	switch {
	case o.WrongCost == 0:
		return o, nil
	case !(o.WrongCost > 0) || math.IsInf(o.WrongCost, 0):
		return o, fmt.Errorf("a wrong answer that costs %g times no answer: the cost is above 0", o.WrongCost)
	case o.Abstain != 0 && o.Abstain != AbstainBelow(o.WrongCost):
		return o, fmt.Errorf("abstaining below %g and by the cost %g of a wrong answer, which is below %.3g: give one of them", o.Abstain, o.WrongCost, AbstainBelow(o.WrongCost))
	}
	o.Abstain = AbstainBelow(o.WrongCost)
	return o, nil
}
