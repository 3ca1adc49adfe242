package people

import (
	"fmt"
	"strings"
	"testing"

	"onset/dataset"
)

func TestKeptGroupsStandInTheirOrderAndAreCalledFewOnce(t *testing.T) {
	var list []dataset.Participant
	add := func(n int, group string) {
		for range n {
			list = append(list, dataset.Participant{ID: dataset.ParticipantID(fmt.Sprintf("P%02d", len(list))), Group: group})
		}
	}
	add(1, "")
	add(2, "G10")
	add(5, "G1")
	add(3, "G2")
	if got := sizesText(groupSizes(list)); got != "G1: 5, G2: 3, G10: 2, no group: 1 (few: G2, G10)" {
		t.Errorf("it says %q", got)
	}
	if got := sizesText(groupSizes(list[1:3])); got != "G10: 2 (few)" {
		t.Errorf("of one group it says %q", got)
	}
}

func TestWhatFitsBestIsOneForAllWhereEveryGroupWouldBeSmall(t *testing.T) {
	var people []dataset.Participant
	for i := range 12 { // four who stand apart from eight
		p := dataset.Participant{ID: dataset.ParticipantID(fmt.Sprintf("P%02d", i)), Sex: "female"}
		if i < 4 {
			p.Sex = "male"
		}
		people = append(people, p)
	}
	s := newStand(t, people...)
	s.propose()
	if got := s.side.outcome.Text(); !strings.Contains(got, "one group for all is proposed") || s.side.warning.Text() != "" {
		t.Errorf("it says %q and warns %q", got, s.side.warning.Text())
	}
	s.side.k.SetText("1")
	s.propose()
	if got := s.side.outcome.Text(); strings.Contains(got, "is proposed") {
		t.Errorf("asked for one it says %q", got)
	}
}
