package train

import (
	"strings"
	"testing"

	"onset/training"
)

func TestFamilyStandsUnderItsAncestors(t *testing.T) {
	entry := func(id, how string, f1 float64, parents ...string) training.BoardEntry {
		return training.BoardEntry{Trial: id, Text: id, How: how, MacroF1: f1, Parents: parents, Epochs: 30}
	}
	a, b, c := entry("a", "base", .5), entry("b", "width, rate", .7, "a"), entry("c", "crossed", .6, "b", "a")
	stray := entry("d", "memory", .4, "of another search")
	rows := familyRows([]training.Leaderboard{{SensorSet: training.SensorSet{"any"}, Best: []training.BoardEntry{b, c},
		Family: []training.BoardEntry{a, b, c, stray}, Judged: []training.BoardJudgement{{MacroF1: .65, DefaultMacroF1: .55}}}})
	var got []string
	for _, r := range rows {
		got = append(got, r[0]+"|"+r[1])
	}
	want := "any one accelerometer|;found by the last search, on people it never saw|;its first candidate, on the same people|;   a|;      b|1;         c|2;   d|"
	if s := strings.Join(got, ";"); s != want {
		t.Errorf("%s\nwant\n%s", s, want)
	}
	if rows[1][2] != "0.650" || rows[2][2] != "0.550" || rows[4][5] != "changed: width, rate" || rows[6][5] != "from memory" {
		t.Errorf("how: %v", rows)
	}
}
