package tables

import (
	"encoding/csv"
	"strings"
	"testing"

	"onset/training"
	"onset/training/stats"
)

func judged() *training.Result {
	return &training.Result{
		Participants:        []training.ParticipantScore{{Participant: "P01", N: 8, Accuracy: .75, MacroF1: .5}},
		ParticipantAccuracy: training.Spread{Mean: .75, CI: &stats.Interval{Lo: .6, Hi: .9}},
		ParticipantMacroF1:  training.Spread{Mean: .5, CI: &stats.Interval{Lo: .4, Hi: .6}},
		PerClass:            []training.ClassScore{{Class: "squat_50%", N: 8, Precision: 1, Recall: .75, F1: .857}},
		Confusion:           training.Confusion{Classes: []string{"squat_50%", "a,b"}, Counts: [][]int{{6, 2}, {0, 3}}},
	}
}

func TestTablesAreReadBackAsTheyAre(t *testing.T) {
	for name, table := range map[string]Table{"people": People(judged()), "classes": Classes(judged()), "confusion": Confusion(judged().Confusion)} {
		var b strings.Builder
		if err := table.CSV(&b); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
		if err != nil || len(rows) != len(table) {
			t.Fatalf("%s: %v, %d rows of %d", name, err, len(rows), len(table))
		}
		for i, row := range rows {
			if strings.Join(row, "|") != strings.Join(table[i], "|") {
				t.Errorf("%s row %d is %q, want %q", name, i, row, table[i])
			}
		}
	}
}

func TestLaTeXKeepsSpecialCharactersAndTheInterval(t *testing.T) {
	var b strings.Builder
	if err := Confusion(judged().Confusion).LaTeX(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`squat\_50\%`, `\begin{tabular}{lrr}`, "a,b & 0 & 3"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
	rows := People(judged())
	if last := rows[len(rows)-1]; last[2] != "0.9000" || last[3] != "0.6000" {
		t.Errorf("the interval ends at %v", last)
	}
}
