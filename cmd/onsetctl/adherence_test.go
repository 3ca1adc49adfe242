package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestAdherenceOfTheSample(t *testing.T) {
	study := sampleStudy(t)
	type result struct {
		Sessions []adherenceRow
		Kept, N  int
	}
	if got := must[result](t, "adherence", study, "--rule", "F exercise"); got.N != 25 || got.Kept != 25 {
		t.Errorf("%d of %d sessions hold an exercise", got.Kept, got.N)
	}
	o := ctl(t, "adherence", study, "--rule", "G !squat", "--json")
	var got result
	if err := json.Unmarshal([]byte(o.out), &got); err != nil || o.code != exitFailed || got.Kept == got.N {
		t.Fatalf("exit %d, %v, %s", o.code, err, o.err)
	}
	for _, s := range got.Sessions {
		labels := must[struct{ Labels []labelRow }](t, "labels", "list", study, "--session", s.Session, "--kind", "exercise")
		first := -1.0
		for _, l := range labels.Labels {
			if strings.HasSuffix(l.Exercise, "/squat") {
				first = l.StartS
				break
			}
		}
		if s.Kept != (first < 0) || !s.Kept && (s.Violations[0].AtS < first-1.5 || s.Violations[0].AtS > first+1.5) {
			t.Errorf("session %s: %+v, first squat at %g", s.Session, s, first)
		}
	}
	for rule, code := range map[string]int{"G squat & F rest": exitFailed, "G (": exitUsage} {
		if o := ctl(t, "adherence", study, "--rule", rule); o.code != code {
			t.Errorf("%s: exit %d, %s", rule, o.code, o.err)
		}
	}
}
