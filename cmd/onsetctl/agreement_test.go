package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A second rater who begins every set 0.2 s later and calls the first set
// something else: the numbers say so, and the table is written once.
func TestAgreementOfTwoRaters(t *testing.T) {
	study := sampleStudy(t)
	sessions := must[struct{ Sessions []sessionRow }](t, "sessions", study).Sessions
	dir := t.TempDir()
	for i, s := range sessions[:3] {
		rows := [][]string{{"start_s", "end_s", "label", "kind"}}
		for k, l := range must[struct{ Labels []labelRow }](t, "labels", "list", study, "--session", s.ID, "--kind", "exercise").Labels {
			name := l.Exercise
			if k == 0 {
				name = "strength:legs/squat-jump"
			}
			rows = append(rows, []string{fmt.Sprint(l.StartS + 0.2), fmt.Sprint(l.EndS), name, "exercise"})
		}
		path := filepath.Join(dir, fmt.Sprintf("%d.csv", i))
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := csv.NewWriter(f).WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
		must[labelFileResult](t, "labels", "import", study, path, "--session", s.ID, "--format", "csv", "--set", "JB", "--rater", "JB")
	}
	tex := filepath.Join(dir, "table.tex")
	got := must[struct {
		Sessions int
		Kappa    struct{ Value float64 }
		Onset    struct {
			Mean float64 `json:"mean_s"`
			SD   float64 `json:"sd_s"`
		}
		Notes []string
	}](t, "agreement", study, "--second", "JB", "--latex", tex)
	if got.Sessions != 3 || got.Kappa.Value < 0.5 || got.Kappa.Value > 0.99 || got.Onset.Mean < 0.19 || got.Onset.Mean > 0.21 || got.Onset.SD > 0.02 {
		t.Errorf("%+v", got)
	}
	if !strings.Contains(strings.Join(got.Notes, " "), "only") {
		t.Errorf("nothing says that sessions of one rater are left out: %v", got.Notes)
	}
	raw, err := os.ReadFile(tex)
	if err != nil || !strings.Contains(string(raw), "Cohen's kappa") {
		t.Errorf("%s %v", raw, err)
	}
	if o := ctl(t, "agreement", study, "--second", "JB", "--latex", tex); o.code != exitFailed {
		t.Errorf("an existing table was replaced: exit %d", o.code)
	}
	if o := ctl(t, "agreement", study, "--first", "nobody", "--second", "JB"); o.code != exitFailed {
		t.Errorf("a set that is not there: exit %d", o.code)
	}
}
