package codec

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"onset/dataset"
)

// gaitMap is a table of times in seconds and one channel, with a rule for the file.
var gaitMap = strings.NewReplacer("\"sixty\"", "\"gait\"", "header = true\n", "header = true\n%s\n", "column = \"time\"", "column = \"t\"", "unit = \"ms\"", "unit = \"s\"",
	"from = \"1970\"", "from = \"start\"", "rate = 0.05\n", "").Replace(sixtyDaysMap)

func gaitMapping(t *testing.T, rule string) *Mapping {
	t.Helper()
	m, err := ParseMapping(fmt.Appendf(nil, gaitMap, rule))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// gait is a table at 50 Hz in which some rows, by their number in the file, hold
// something else.
func gait(rows int, instead map[int]string) string {
	var b strings.Builder
	b.WriteString("t,x\n")
	for i := range rows {
		line := fmt.Sprintf("%.2f,%d", float64(i)*.02, i)
		if text, ok := instead[i+2]; ok {
			line = text
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

func TestARowThatCanNotBeReadIsLeftOutOnlyWhenSaid(t *testing.T) {
	text := gait(6000, map[int]string{2: "oops,0", 502: "10.00,500,7", 5502: "11:00,1", 5503: "110.02,#ERR"})
	path := writeFile(t, filepath.Join(t.TempDir(), "gait.csv"), []byte(text))
	store := &memory{}
	report := importInto(t, store, Options{Mapping: gaitMapping(t, ""), Participant: "P01"}, path)
	if len(store.sessions) != 0 || len(report.Refused) != 1 || !strings.Contains(report.Refused[0].Reason, "row 2") {
		t.Errorf("not said: %+v", report)
	}
	s, _ := importOne(t, Options{Mapping: gaitMapping(t, `bad_row = "skip"`), Participant: "P01"}, path)
	r := s.recordings[0]
	if r.samples() != 5996 || r.values[0][0] != 1 || r.values[0][499] != 501 || r.values[0][5995] != 5999 {
		t.Errorf("%d samples, first %v", r.samples(), r.values[0][0])
	}
	// The rows after those that are left out stay at their times.
	if last := r.clock.Time(5995); !near(last, 5999*.02, .011) {
		t.Errorf("the last sample lies at %.3f s", last)
	}
	want := "4 rows cannot be read and are left out (first row 2: column 1 (t): \"oops\" is not a time in s; row 502: the row has 3 columns, the first row of data has 2; row 5502:"
	if !says(r.findings, dataset.FindingUnreadable, want) {
		t.Errorf("findings %v", r.findings)
	}
	trial, err := gaitMapping(t, `bad_row = "skip"`).Try(path, 1000)
	if err != nil || len(trial.Findings) == 0 || !strings.Contains(trial.Findings[0].Message, "2 rows cannot be read") {
		t.Errorf("tried: %+v, %v", trial, err)
	}
}

func TestAMappingThatDoesNotFitIsNoRuleForLeavingRowsOut(t *testing.T) {
	bad := map[int]string{}
	for i := range 60 {
		bad[i+20] = "?"
	}
	path := writeFile(t, filepath.Join(t.TempDir(), "gait.csv"), []byte(gait(100, bad)))
	m := gaitMapping(t, `bad_row = "skip"`)
	store := &memory{}
	report := importInto(t, store, Options{Mapping: m, Participant: "P01"}, path)
	if len(store.sessions) != 0 || len(report.Refused) != 1 || !strings.Contains(report.Refused[0].Reason, "60 rows cannot be read and 40 can") {
		t.Errorf("%+v", report)
	}
	if _, err := m.Try(path, 1000); err == nil {
		t.Error("it can be tried")
	}
	for rule, says := range map[string]string{`bad_row = "forget"`: "file.bad_row"} {
		if _, err := ParseMapping(fmt.Appendf(nil, gaitMap, rule)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", rule, err)
		}
	}
	even := strings.Replace(fmt.Sprintf(gaitMap, `bad_row = "skip"`), "column = \"t\"\nunit = \"s\"\nfrom = \"start\"", "rate = 50.0", 1)
	if _, err := ParseMapping([]byte(even)); err == nil || !strings.Contains(err.Error(), "time.column") {
		t.Errorf("rows left out without times: %v", err)
	}
}

// Where the first bytes of a file are plain, its encoding shows only later.
func TestATextInAnotherEncodingIsNoLabel(t *testing.T) {
	m, err := ParseMapping([]byte(fmt.Sprintf(gaitMap, "") + "[[label]]\nspan = \"runs\"\ncolumn = 3\nexercise = \"{value}\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(gait(3000, map[int]string{2502: "50.00,3,\xdcbung"}), "\n", ",ruhe\n")
	text = strings.Replace(strings.Replace(text, "t,x,ruhe", "t,x,what", 1), "\xdcbung,ruhe", "\xdcbung", 1)
	path := writeFile(t, filepath.Join(t.TempDir(), "gait.csv"), []byte(text))
	store := &memory{}
	report := importInto(t, store, Options{Mapping: m, Participant: "P01"}, path)
	if len(store.sessions) != 0 || len(report.Refused) != 1 || !strings.Contains(report.Refused[0].Reason, "row 2502") || !strings.Contains(report.Refused[0].Reason, "file.encoding") {
		t.Errorf("%+v", report)
	}
}
