package codec

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"onset/dataset"
)

func TestSevenColumnSession(t *testing.T) {
	s, done := importOne(t, Options{}, data(t, "muvr", "watch", "exercise-session.csv"))
	r := s.recordings[0]
	if r.samples() != 11226 || done.Format != "muvr-csv" || r.values[0][0] != 0.12085 || !near(done.DurationS, 224.52, 1e-9) {
		t.Errorf("%d samples over %g s from %g", r.samples(), done.DurationS, r.values[0][0])
	}
	var got []string
	for _, l := range s.labels {
		got = append(got, fmt.Sprintf("%s %d-%d %.4f %g %d", l.Exercise, l.Start, l.End, *l.Attributes.Intensity, *l.Attributes.WeightKg, *l.Attributes.Repetitions))
	}
	want := []string{"biceps-curl 1170-2403 0.0093 1 10", "lateral-raise 3723-5475 0.0358 1 15", "triceps-extension 6786-8801 0.0312 1 10"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("labels %q", got)
	}
}

func TestSevenColumnSlacking(t *testing.T) {
	s, _ := importOne(t, Options{}, data(t, "muvr", "watch", "slacking_dataset.csv"))
	rows := map[string]int64{}
	for _, l := range s.labels {
		rows[l.Kind+" "+l.Exercise] += l.End - l.Start
	}
	if rows["exercise E"] != 3734 || rows["rest "] != 13965 {
		t.Errorf("rows %v", rows)
	}
}

func TestSevenColumnOrders(t *testing.T) {
	table := func(cells ...string) string {
		var b strings.Builder
		for i := 0; i < 60; i++ {
			fmt.Fprintf(&b, "0.1,-0.2,1.0,%s\n", cells[i*len(cells)/60])
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		text   string
		answer string
		want   string // intensity, weight, repetitions of the first set, or the refusal
	}{
		"intensity first":  {table("curl,0.5,20,12", ",,,", "curl,0.9,25,10"), "", "0.5 20 12"},
		"weight first":     {table("setup_arms/curl,,,", "curl,20,12,0.5"), "", "0.5 20 12"},
		"open, answered":   {table("curl,1.0,1,0.0"), weightFirst, "0 1 1"},
		"open, unanswered": {table("curl,1.0,1,0.0"), "", "column-order it is: intensity,weight,repetitions or weight,repetitions,intensity"},
		"does not matter":  {table("curl,1,1,1"), "", "1 1 1"},
		"neither":          {table("curl,7,20.5,12"), "", "t.csv, row 1: the three numbers"},
		"contradiction":    {table("curl,0.5,20,12", "curl,20,12,0.5"), "", "t.csv, row 31: the three numbers"},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{}
			o := Options{}
			if c.answer != "" {
				o.Ask = func(Question) (string, error) { return c.answer, nil }
			}
			report := importInto(t, m, o, writeFile(t, filepath.Join(t.TempDir(), "t.csv"), []byte(c.text)))
			if len(m.sessions) == 0 {
				if !strings.Contains(report.Refused[0].Reason, c.want) {
					t.Errorf("refused %v", report.Refused)
				}
				return
			}
			for _, l := range m.sessions[0].labels {
				if l.Kind == dataset.KindSetup && l.Exercise != "arms/curl" {
					t.Errorf("setup label %+v", l)
				}
				if a := l.Attributes; a.Intensity != nil {
					if got := fmt.Sprintf("%g %g %d", *a.Intensity, *a.WeightKg, *a.Repetitions); got != c.want {
						t.Errorf("read %s, want %s", got, c.want)
					}
					return
				}
			}
			t.Error("no set has attributes")
		})
	}
}

func TestSevenColumnBadRow(t *testing.T) {
	text := strings.Repeat("0.1,-0.2,1.0,,,,\n", 69999) + "0.1,x,1.0,,,,\n"
	m := &memory{}
	report := importInto(t, m, Options{}, writeFile(t, filepath.Join(t.TempDir(), "t.csv"), []byte(text)))
	if len(m.sessions) != 0 || !strings.HasPrefix(report.Refused[0].Reason, `t.csv, row 70000: column 2: "x" is not a number`) {
		t.Errorf("refused %+v", report.Refused)
	}
}
