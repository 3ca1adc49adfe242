package words

import (
	"strings"
	"testing"

	"onset/dataset"
)

func TestFindingsThatAPersonMustJudgeComeBeforeGapsAndPauses(t *testing.T) {
	list := []dataset.Finding{
		{Kind: dataset.FindingGap, AtS: 20, LengthS: 2.5, Message: "second"},
		{Kind: dataset.FindingNote, AtS: 30, LengthS: 60, Message: "Pause"},
		{Kind: dataset.FindingGap, AtS: 10, LengthS: 1.5, Message: "first"},
		{Kind: dataset.FindingNote, Sample: -1, Message: "about a person"},
		{Kind: dataset.FindingLabels, Message: "odd"},
	}
	var kinds []string
	groups := GroupFindings(list)
	for _, g := range groups {
		kinds = append(kinds, g.Kind)
	}
	if got := strings.Join(kinds, " "); got != "labels note gap note" {
		t.Fatalf("order: %s", got)
	}
	if got := groups[2].Summary(); got != "2 gaps, 4.0 s in all. First at 0:10.000: first" {
		t.Errorf("gaps: %s", got)
	}
	if got := groups[0].Summary(); got != "odd" {
		t.Errorf("a single finding: %s", got)
	}
}
