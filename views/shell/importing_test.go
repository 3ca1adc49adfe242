package shell

import (
	"strings"
	"testing"

	"onset/dataset"
	"onset/dataset/codec"
)

func TestAReportTellsEachFindingOnAClock(t *testing.T) {
	lines := findingLines([]codec.Finding{
		{Kind: dataset.FindingClock, AtS: 60, Message: "The clock jumps ahead by 60.0 days before sample 3001."},
		{Kind: dataset.FindingClock, AtS: 120, Message: "The clock steps back by 7.50 s before sample 6001."},
		{Kind: dataset.FindingGap, AtS: 10, LengthS: .02, Message: "a gap"}, {Kind: dataset.FindingGap, AtS: 20, LengthS: .02, Message: "a gap"},
	})
	if len(lines) != 3 || !strings.Contains(lines[1].text, "2:00.000: The clock steps back by 7.50 s before sample 6001") || !strings.Contains(lines[2].text, "2 gaps, 0.04 s in all") {
		t.Errorf("%+v", lines)
	}
}
