package codec

import (
	"bufio"
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"onset/dataset"
)

func lines(t testing.TB, path string) int {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); n++ {
	}
	return n
}

func TestMexThigh(t *testing.T) {
	root := data(t, "mex-thigh")
	m := &memory{}
	report := importInto(t, m, Options{}, root)
	if len(report.Refused) > 0 || len(m.sessions) != 24 {
		t.Fatalf("%d sessions, refused %v", len(m.sessions), report.Refused)
	}
	people, exercises, files := map[dataset.ParticipantID]bool{}, map[string]bool{}, 0
	for _, s := range m.sessions {
		people[s.Participant] = true
		person := strings.TrimPrefix(string(s.Participant), "MEX")
		if len(s.labels) != len(s.recordings) || s.Zone != "" {
			t.Errorf("%s: %d labels on %d recordings, zone %q", person, len(s.labels), len(s.recordings), s.Zone)
		}
		paths, err := filepath.Glob(filepath.Join(root, person, "*.csv"))
		if err != nil || len(paths) != len(s.recordings) {
			t.Fatalf("%s: %d recordings of %d files (%v)", person, len(s.recordings), len(paths), err)
		}
		for i, r := range s.recordings {
			files++
			exercises[s.labels[i].Exercise] = true
			if want := lines(t, paths[i]); r.samples() != want || s.labels[i].End != int64(want) || len(r.times) != want {
				t.Errorf("%s: %d samples, label to %d, %d times; the file has %d lines", paths[i], r.samples(), s.labels[i].End, len(r.times), want)
			}
			if r.measured < 102.5 || r.measured > 103.4 || len(r.clock.Gaps()) > 0 {
				t.Errorf("%s: %.3f Hz, gaps %v", paths[i], r.measured, r.clock.Gaps())
			}
		}
	}
	if len(people) != 24 || len(exercises) != 7 || files != 191 {
		t.Errorf("%d people, %d exercises, %d files", len(people), len(exercises), files)
	}
	first := m.sessions[0].recordings[0]
	if first.values[0][0] != -0.546875 || first.values[2][6700] == 0 || first.spec.Channels[0].Unit != "g" {
		t.Errorf("first sample %g, unit %s", first.values[0][0], first.spec.Channels[0].Unit)
	}
}

// TestMexWholeSeconds looks at times that lack the fraction.
func TestMexWholeSeconds(t *testing.T) {
	path := data(t, "mex-thigh", "01", "01_act_1.csv")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	whole := 0
	s, _ := importOne(t, Options{}, path)
	for i, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		stamp, _, _ := strings.Cut(line, ",")
		if strings.Contains(stamp, ".") {
			continue
		}
		whole++
		if got := s.recordings[0].times[i]; got%1e9 != 0 {
			t.Errorf("%s was read as %d", stamp, got)
		}
	}
	if whole == 0 {
		t.Error("the file has no such time; the test tests nothing")
	}
}

func TestPhysicalTherapy(t *testing.T) {
	root := data(t, "uci-physical-therapy")
	m := &memory{}
	report := importInto(t, m, Options{}, root)
	if len(report.Refused) > 0 || len(m.sessions) != 48 { // 3 people, 8 exercises, test and template
		t.Fatalf("%d sessions, refused %v", len(m.sessions), report.Refused)
	}
	executions := map[string]int{}
	for _, s := range m.sessions {
		if len(s.recordings) != 5 || len(s.recordings[4].spec.Channels) != 9 || s.recordings[4].spec.Placement != "unit-5" {
			t.Errorf("%s: %d recordings", s.Source, len(s.recordings))
		}
		want := 1
		if strings.HasSuffix(s.Source, "template_session") {
			want = 3
		}
		if len(s.labels) != want {
			t.Errorf("%s: %d labels", s.Source, len(s.labels))
		}
		for _, l := range s.labels {
			executions[l.Attributes.Execution]++
		}
	}
	if want := map[string]int{"": 24, "right": 24, "fast": 24, "low-amplitude": 24}; !reflect.DeepEqual(executions, want) {
		t.Errorf("executions %v", executions)
	}
	s := m.sessions[0]
	if s.Source != "uci-physical-therapy s1 e1 template_session" || !s.Start.IsZero() {
		t.Fatalf("first session is %s from %v", s.Source, s.Start)
	}
	// 313.5 to 528.5 counted from 1: samples 314 to 528, so 313 to 528 from 0.
	if l := s.labels[0]; l.Start != 313 || l.End != 528 || l.Exercise != "physical-therapy/e1" || l.Attributes.Extra["start"] != "313.5" {
		t.Errorf("label %+v", l)
	}
	if r := s.recordings[0]; r.values[0][0] != -9.665799 || r.values[8][1] != -0.093364 || r.clock.Segments[0].Rate != 25 {
		t.Errorf("first unit begins %g, %g", r.values[0][0], r.values[8][1])
	}
}

func TestWatchAndPhone(t *testing.T) {
	root := data(t, "sp-sw-har")
	m := &memory{}
	report := importInto(t, m, Options{}, root)
	if len(report.Refused) > 0 || len(report.Skipped) != 3 {
		t.Fatalf("refused %v, skipped %v", report.Refused, report.Skipped)
	}
	short := 0
	for _, s := range m.sessions {
		for i, r := range s.recordings {
			if want := map[string]float64{"left-wrist": 104.26, "left-front-pocket": 102.46}[r.spec.Placement]; !near(r.measured, want, 0.1) {
				t.Errorf("%s: %s at %.3f Hz", s.Source, r.spec.Placement, r.measured)
			}
			if i == 0 && r.spec.Placement != "left-wrist" {
				t.Errorf("%s begins with the %s", s.Source, r.spec.Placement)
			}
			if len(r.clock.Gaps()) > 0 || len(r.times) != r.samples() {
				t.Errorf("%s: batches became gaps %v", s.Source, r.clock.Gaps())
			}
			for k, at := range r.times {
				if off := r.clock.Time(int64(k)) - float64(at-s.Start.UnixNano())/1e9; off > 0.02 || off < -0.2 {
					t.Errorf("%s: sample %d lies %.3f s from its written time", s.Source, k, off)
					break
				}
			}
		}
		for i, l := range s.labels {
			if i > 0 && l.Start != s.labels[i-1].End {
				t.Errorf("%s: runs do not join at %d", s.Source, l.Start)
			}
			if l.End-l.Start == 1 {
				short++
			}
		}
		if got := s.labels[0].Exercise; got != "daily/seated" && got != "daily/standing-up" {
			t.Errorf("%s begins %q", s.Source, got)
		}
	}
	if short == 0 {
		t.Error("no bout of one sample was kept")
	}
}

func TestMappingRoundTrip(t *testing.T) {
	shipped, err := ShippedMappings()
	if err != nil || len(shipped) < 3 {
		t.Fatalf("%d mappings, %v", len(shipped), err)
	}
	for _, m := range shipped {
		text, err := m.TOML()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseMapping(text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		twice, err := again.TOML()
		if err != nil || !bytes.Equal(text, twice) {
			t.Errorf("%s changes when it is saved again (%v):\n%s\n%s", m.Name, err, text, twice)
		}
	}
}

const semicolons = `
name = "lab"
[file]
delimiter = ";"
decimal = ","
header = true
empty = "missing"
[time]
column = "t"
unit = "ms"
from = "start"
rate = 50.0
[[channel]]
column = "ax"
kind = "accelerometer"
axis = "x"
unit = "m/s2"
[[channel]]
column = "gx"
kind = "gyroscope"
axis = "x"
unit = "deg/s"
placement = "right-ankle"
[recording]
device = "node"
placement = "left-ankle"
[[label]]
span = "runs"
column = "what"
exercise = "{value}"
ignore = ["rest"]
`

func TestMappingDecimalCommaAndPlaces(t *testing.T) {
	m, err := ParseMapping([]byte(semicolons))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("t;ax;gx;what;\r\n")
	for i := 0; i < 200; i++ {
		what := "rest"
		if i >= 50 && i < 120 {
			what = `"squat; deep"`
		}
		ax := fmt.Sprintf("%d,5", i)
		if i == 10 {
			ax = ""
		}
		fmt.Fprintf(&b, "%d;%s;-1,25e1;%s;\r\n", i*20, ax, what)
	}
	path := writeFile(t, filepath.Join(t.TempDir(), "rec.csv"), []byte(b.String()))
	s, _ := importOne(t, Options{Mapping: m, Participant: "K3"}, path)
	if len(s.recordings) != 2 || s.Participant != "K3" {
		t.Fatalf("%d recordings of %s", len(s.recordings), s.Participant)
	}
	left, right := s.recordings[0], s.recordings[1]
	if left.values[0][7] != 7.5 || right.values[0][7] != -12.5 || !math.IsNaN(left.values[0][10]) || right.spec.Placement != "right-ankle" {
		t.Errorf("values %g %g", left.values[0][7], right.values[0][7])
	}
	if len(s.labels) != 1 || s.labels[0].Exercise != "squat; deep" || s.labels[0].Start != 50 || s.labels[0].End != 120 {
		t.Errorf("labels %+v", s.labels)
	}
	if !near(left.measured, 50, 1e-9) || !says(left.findings, dataset.FindingNote, "1 cells are empty") {
		t.Errorf("%g Hz, %v", left.measured, left.findings)
	}
}

func TestMappingNamesTheBadRow(t *testing.T) {
	m, err := ParseMapping([]byte("name = \"n\"\n[file]\ndelimiter = \",\"\nheader = true\n[time]\nrate = 100.0\n" +
		"[[channel]]\ncolumn = \"a\"\nkind = \"accelerometer\"\nunit = \"g\"\n[[channel]]\ncolumn = \"b\"\nkind = \"accelerometer\"\nunit = \"g\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	long := "a,b\n" + strings.Repeat("0.25,-1\n", 69998)
	for name, c := range map[string]struct{ text, reason string }{
		"text in row 70,000": {long + "0.5,oops\n0.5,1\n", `r.csv, row 70000: column 2 (b): "oops" is not a number`},
		"too few columns":    {"a,b\n1,2\n3\n", "r.csv, row 3: the row has 1 columns; column 2 is needed"},
		"decimal commas":     {"a,b\n1,2\n1,5,2,5\n", "r.csv, row 3: the row has 4 columns, the first row of data has 2"},
		"empty cell":         {"a,b\n1,\n", `r.csv, row 2: column 2 (b): "" is no value`},
		"infinite":           {"a,b\n1,1e999\n", `r.csv, row 2: column 2 (b): "1e999" is too large`},
		"hexadecimal":        {"a,b\n1,0x1p2\n", `r.csv, row 2: column 2 (b): "0x1p2" is not a number`},
		"header only":        {"a,b\n", "r.csv: the file has no rows of data"},
		"other header":       {"a,c\n1,2\n", `r.csv: there is no column "b"; the columns are a, c`},
		"endless line":       {"a,b\n" + strings.Repeat("1", 700000), "r.csv, row 2: the line is longer than 65536 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			store := &memory{}
			report := importInto(t, store, Options{Mapping: m}, writeFile(t, filepath.Join(t.TempDir(), "r.csv"), []byte(c.text)))
			if len(store.sessions) != 0 || len(report.Refused) != 1 || !strings.HasPrefix(report.Refused[0].Reason, c.reason) {
				t.Errorf("refused %+v", report.Refused)
			}
		})
	}
}

func TestMappingErrorsNameTheKey(t *testing.T) {
	for text, want := range map[string]string{
		"name = \"x\"\nnmae = 3":                                                                                               `"nmae"`,
		"name = \"x\"\n[file]\ndelimiter = \",\"\n[time]\nrate=1.0":                                                            "[[channel]]",
		"name = \"x\"\n[file]\ndelimiter = \",\"\n[[channel]]\ncolumn=1\nkind=\"a\"\nunit=\"g\"":                               "time needs a column or a rate",
		"name = \"x\"\n[file]\ndelimiter = \",\"\n[time]\nrate=1.0\n[[channel]]\ncolumn=1\nkind=\"a\"":                         "unit is missing",
		"name = \"x\"\n[file]\ndelimiter = \",\"\ndecimal=\",\"":                                                               "cannot both be a comma",
		"name = \"x\"\n[match]\npath='('":                                                                                      "match.path",
		"name = \"x\"\n[file]\ndelimiter = \",\"\n[time]\ncolumn=1\nunit=\"text\"\nformat=\"hh:mm\"":                           "time.format",
		"name = \"x\"\n[file]\ndelimiter = \",\"\n[time]\nrate=1.0\nzone=\"Mars/Base\"\n":                                      "time.zone",
		"name = \"x\"\n[file]\ndelimiter = \",\"\n[time]\nrate=1.0\n[session]\nparticipant=\"{who}\"\n" + oneChannel:           "session.participant",
		"name = \"x\"\n[file]\ndelimiter = \",\"\n[time]\nrate=1.0\n[[label]]\nspan=\"recording\"\n" + oneChannel:              "exercise is missing",
		"name = \"x\"\n[file]\ndelimiter = \",\"\n[time]\nrate=1.0\n" + strings.Replace(oneChannel, "column=1", "column=0", 1): "number from 1",
	} {
		if _, err := ParseMapping([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want %q", text, err, want)
		}
	}
}

const oneChannel = "[[channel]]\ncolumn=1\nkind=\"a\"\nunit=\"g\"\n"

func TestMappingSampleNumbersJump(t *testing.T) {
	m, err := ParseMapping([]byte("name = \"n\"\n[file]\ndelimiter = \",\"\nheader = false\n[time]\ncolumn = 1\nunit = \"sample\"\nfirst = 1\nrate = 10.0\n" +
		strings.Replace(oneChannel, "column=1", "column=2", 1)))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for i := 1; i <= 100; i++ {
		if i < 41 || i > 60 {
			b.WriteString(strconv.Itoa(i) + ",1\n")
		}
	}
	s, _ := importOne(t, Options{Mapping: m}, writeFile(t, filepath.Join(t.TempDir(), "r.csv"), []byte(b.String())))
	r := s.recordings[0]
	if g := r.clock.Gaps(); len(g) != 1 || !near(g[0].From, 4, 1e-9) || !near(g[0].To, 6, 1e-9) || !says(r.findings, dataset.FindingGap, "20 samples are missing") {
		t.Errorf("gaps %v, %v", g, r.findings)
	}
}

func TestMappingZone(t *testing.T) {
	m, err := ParseMapping([]byte("name = \"n\"\n[file]\ndelimiter = \",\"\nheader = false\n[time]\ncolumn = 1\nunit = \"text\"\nformat = \"D/M/YYYY h:mm:ss.f AP\"\n" +
		strings.Replace(oneChannel, "column=1", "column=2", 1)))
	if err != nil {
		t.Fatal(err)
	}
	text := "1/7/2024 1:00:00.5 PM,1\n1/7/2024 1:00:01 PM,2\n1/7/2024 1:00:01.5 PM,3\n"
	s, _ := importOne(t, Options{Mapping: m, Zone: "Europe/Prague"}, writeFile(t, filepath.Join(t.TempDir(), "r.csv"), []byte(text)))
	if got := s.Start.Format("2006-01-02 15:04:05.0"); got != "2024-07-01 11:00:00.5" || s.Zone != "Europe/Prague" || s.recordings[0].times[1] != s.Start.UnixNano()+5e8 {
		t.Errorf("start %s %s", got, s.Zone)
	}
	if _, err := run(t.Context(), &memory{}, nil, Options{Format: "no-such"}, nil); err == nil {
		t.Error("an unknown format was taken")
	}
}

func TestARefusalNamesItsFileOnce(t *testing.T) {
	for _, c := range []struct{ source, reason, want string }{
		{"/d/a.csv", "a.csv, row 5: it is odd", "/d/a.csv, row 5: it is odd"},
		{"/d/a.csv", "a.csv: it is odd", "/d/a.csv: it is odd"},
		{"/d/a", "a.csv: it is odd", "/d/a: a.csv: it is odd"},
		{"/d/a.csv", "no format", "/d/a.csv: no format"},
	} {
		if got := (Refusal{Source: c.source, Reason: c.reason}).Told(c.source); got != c.want {
			t.Errorf("%q, not %q", got, c.want)
		}
	}
}
