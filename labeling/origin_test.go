package labeling

import (
	"testing"

	"onset/dataset"
)

// That a label began as a suggestion is known of its copies too.
func TestCopiesKeepThatALabelWasAssisted(t *testing.T) {
	hand := dataset.Label{Set: "MK", Origin: "hand"}
	assisted := dataset.Label{Set: "JB", Origin: "suggestion:energy adjusted"}
	if x := Agreed(hand, assisted); !Assisted(x) || x.Origin != "consensus:both from suggestion:energy adjusted" {
		t.Errorf("both agree: %q", x.Origin)
	}
	if x := Agreed(hand, hand); Assisted(x) {
		t.Errorf("two hands agree: %q", x.Origin)
	}
	settled := dataset.Label{Origin: copied("consensus:JB", assisted)}
	again := dataset.Label{Origin: copied("revision:consensus", settled)}
	for _, x := range []dataset.Label{settled, again, {Origin: touched(settled.Origin)}, {Origin: touched(again.Origin)}} {
		if !Assisted(x) {
			t.Errorf("%q does not say that it was assisted", x.Origin)
		}
	}
	if Assisted(dataset.Label{Origin: "rejected:suggestion:energy"}) {
		t.Error("what was turned down counts as taken")
	}
}
