package grouping

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"onset/dataset"
)

func TestSomebodyOfWhomNothingIsKnownGetsNoGroup(t *testing.T) {
	people := []dataset.Participant{{ID: "P01", Sex: "female"}, {ID: "P02", Group: "G1"}, {ID: "P03", Sex: "male", AgeBand: "30-39"}}
	p, err := Propose(people, Variables(), 2)
	if err != nil || !slices.Equal(p.Unknown, []string{"P02"}) || p.People[1].Group != "" || p.People[0].Group == "" || p.People[0].Group == p.People[2].Group {
		t.Errorf("%+v, %v", p, err)
	}
	if people[1].Group != "G1" {
		t.Error("a proposal changes the people that it is made for")
	}
	if _, err := Propose(people, Variables(), 99); !errors.Is(err, ErrTooMany) || !strings.Contains(err.Error(), "2 is the most") {
		t.Errorf("99 groups of 3 people: %v", err)
	}
	if _, err := Propose(people, []string{"side"}, 0); err == nil || !strings.Contains(err.Error(), "nothing is known of anybody") {
		t.Errorf("by a field that nobody has: %v", err)
	}
}
