package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pebblePackets are packets as a Pebble wrote them, 100 samples each, every one
// stored twice.
func pebblePackets(packets int, startMillis uint64) []byte {
	var out []byte
	for i := range packets {
		var p []byte
		p = append(p, 0xad, 100, 50, 5, 0, byte(i))
		p = binary.LittleEndian.AppendUint64(p, startMillis+uint64(2048*(i+1)))
		p = binary.LittleEndian.AppendUint16(p, 2048)
		for k := range 100 {
			p = append(p, 0x18+byte(k%4)<<3, 0x1c, 0x7d, 0xe0, 0xf8)
		}
		out = append(append(out, p...), p...)
	}
	return out
}

// pebbleSession writes a session of some sets and returns its folder.
func pebbleSession(t *testing.T, sets int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "session")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var labels strings.Builder
	for i := range sets {
		name := string(rune('1' + i))
		writeFile(t, filepath.Join(dir, name+".raw"), pebblePackets(10, 1_464_000_000_000+uint64(i)*60_000))
		labels.WriteString(name + "=arms,biceps-curl,,10,12\n")
	}
	writeFile(t, filepath.Join(dir, "labels.txt"), []byte(labels.String()))
	return dir
}

func writeFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

type importResult struct {
	Imported []struct {
		Session, Source, Format, Participant string
		Recordings                           int
		Samples                              int64
		DurationS                            float64 `json:"duration_s"`
		Findings                             []struct {
			Kind, Message string
			AtS           float64 `json:"at_s"`
		}
	}
	Refused []struct{ Source, Reason string }
}

func TestImportReportsAndLists(t *testing.T) {
	t.Parallel()
	study := newStudyFile(t)
	r := must[importResult](t, "import", study, pebbleSession(t, 3), "--participant", "K9")
	if len(r.Imported) != 1 || len(r.Refused) != 0 {
		t.Fatalf("report %+v", r)
	}
	got := r.Imported[0]
	if got.Samples != 3*10*100 || got.Participant != "K9" || got.Format != "pebble" || got.Recordings != 1 || got.DurationS < 60 {
		t.Errorf("imported %+v", got)
	}
	repeats := false
	for _, f := range got.Findings {
		repeats = repeats || f.Kind == "repeats"
	}
	if !repeats {
		t.Errorf("the repeated packets are no finding: %+v", got.Findings)
	}
	labels := must[labelsResult](t, "labels", "list", study, "--session", got.Session[:6]).Labels
	if len(labels) != 3 || labels[0].Attributes["repetitions"] != 12.0 || labels[0].Attributes["weight_kg"] != 10.0 {
		t.Errorf("labels %+v", labels)
	}
}

// wantUntouched imports something bad into a study that holds one session, and
// expects a refusal in the person's words and the study as it was.
func wantUntouched(t *testing.T, bad string, says ...string) {
	t.Helper()
	study := newStudyFile(t)
	must[importResult](t, "import", study, pebbleSession(t, 1))
	before := must[infoResult](t, "study", "info", study)
	o := ctl(t, "import", study, bad, "--json")
	if o.code != exitFailed {
		t.Fatalf("exit %d: %s%s", o.code, o.out, o.err)
	}
	for _, want := range says {
		if !strings.Contains(o.err, want) {
			t.Errorf("%q does not say %q", o.err, want)
		}
	}
	if after := must[infoResult](t, "study", "info", study); after != before {
		t.Errorf("the study was %+v and is %+v", before, after)
	}
	if c := must[struct{ OK bool }](t, "study", "check", study); !c.OK {
		t.Error("the study is not whole")
	}
}

func TestEmptyFileIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "walk.csv")
	writeFile(t, path, nil)
	wantUntouched(t, path, "walk.csv", "empty")
}

func TestTruncatedPacketIsRefusedWithItsByte(t *testing.T) {
	t.Parallel()
	dir := pebbleSession(t, 3)
	whole := pebblePackets(4, 1_464_000_200_000)
	writeFile(t, filepath.Join(dir, "2.raw"), whole[:len(whole)-123])
	wantUntouched(t, dir, "2.raw", "byte 3612", "cut short")
}

func TestOneBadSourceDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	study := newStudyFile(t)
	empty := filepath.Join(t.TempDir(), "walk.csv")
	writeFile(t, empty, nil)
	o := ctl(t, "import", study, empty, pebbleSession(t, 2), "--json")
	if o.code != exitFailed || !strings.Contains(o.out, `"samples":2000`) || !strings.Contains(o.out, `"refused":[{`) {
		t.Errorf("exit %d\n%s%s", o.code, o.out, o.err)
	}
	if got := must[infoResult](t, "study", "info", study); got.Sessions != 1 {
		t.Errorf("study %+v", got)
	}
}

func TestEveryGivenPathIsInTheReport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	whole := pebblePackets(4, 1_464_000_200_000)
	one, two := filepath.Join(dir, "trunc.raw"), filepath.Join(dir, "trunc2.raw")
	writeFile(t, one, whole[:len(whole)-123])
	writeFile(t, two, whole[:len(whole)-200])
	notes, none, empty := filepath.Join(dir, "notes.md"), filepath.Join(dir, "none"), filepath.Join(dir, "empty")
	writeFile(t, notes, []byte("# Notes\n"))
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	o := ctl(t, "import", newStudyFile(t), one, two, notes, none, empty, "--json")
	var r struct {
		importResult
		Skipped []string
	}
	if err := json.Unmarshal([]byte(o.out), &r); err != nil || o.code != exitFailed {
		t.Fatalf("exit %d, %v: %s%s", o.code, err, o.out, o.err)
	}
	told := map[string]string{}
	for _, x := range r.Refused {
		told[x.Source] = x.Reason
	}
	for _, x := range r.Skipped {
		told[x] = "skipped"
	}
	for _, path := range []string{one, two, notes, none, empty} {
		if told[path] == "" {
			t.Errorf("%s is not in the report %+v", path, r)
		}
	}
	if !strings.Contains(told[one], "cut short") || !strings.Contains(told[two], "trunc.raw") {
		t.Errorf("refused %v", told)
	}
}

func TestNewerStudyIsRefusedUntouched(t *testing.T) {
	t.Parallel()
	study := newStudyFile(t)
	raw, err := os.ReadFile(study)
	if err != nil {
		t.Fatal(err)
	}
	// user_version is the big-endian number at byte 60 of an SQLite file.
	binary.BigEndian.PutUint32(raw[60:], 9999)
	writeFile(t, study, raw)
	for _, words := range [][]string{{"study", "info", study}, {"import", study, pebbleSession(t, 1)}, {"sessions", study}} {
		if o := ctl(t, words...); o.code != exitFailed || !strings.Contains(o.err, "newer") || !strings.Contains(o.err, "9999") {
			t.Errorf("%v: %+v", words, o)
		}
	}
	after, err := os.ReadFile(study)
	if err != nil || string(after) != string(raw) {
		t.Errorf("the newer study was changed: %v", err)
	}
	if left, _ := filepath.Glob(study + "-*"); len(left) > 0 {
		t.Errorf("left beside it: %v", left)
	}
}

const wristMapping = `name = "wrist"
[file]
delimiter = ";"
decimal = ","
header = true
[time]
column = "t"
unit = "s"
from = "start"
rate = 50.0
[[channel]]
column = "x"
kind = "accelerometer"
axis = "x"
unit = "g"
[[channel]]
column = "y"
kind = "accelerometer"
axis = "y"
unit = "g"
[recording]
device = "logger"
placement = "left-wrist"
[session]
participant = "L1"
[[label]]
span = "runs"
column = "what"
ignore = [""]
exercise = "{value}"
`

// wristTable is a table with decimal commas and a label column; bad replaces
// the x of one row, counted from 1 with the header, when it isn't empty.
func wristTable(rows, badRow int, bad string) []byte {
	var b strings.Builder
	b.WriteString("t;x;y;what\n")
	for i := range rows {
		what, x := "", fmt.Sprintf("%d,%02d", i%3, i%100)
		if i >= 500 && i < 900 {
			what = "squat"
		}
		if i+2 == badRow {
			x = bad
		}
		fmt.Fprintf(&b, "%d,%02d;%s;-0,5;%s\n", i/50, i%50*2, x, what)
	}
	return []byte(b.String())
}

func TestTextInRow70000IsNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mapping, table := filepath.Join(dir, "wrist.toml"), filepath.Join(dir, "walk.csv")
	writeFile(t, mapping, []byte(wristMapping))
	writeFile(t, table, wristTable(80_000, 70_000, "battery low"))
	study := newStudyFile(t)
	o := ctl(t, "import", study, table, "--map", mapping, "--json")
	if o.code != exitFailed || !strings.Contains(o.err, "walk.csv") || !strings.Contains(o.err, "row 70000") || !strings.Contains(o.err, "battery low") {
		t.Errorf("%+v", o)
	}
	if got := must[infoResult](t, "study", "info", study); got != (infoResult{Integrity: "ok"}) {
		t.Errorf("the study holds %+v", got)
	}
	writeFile(t, table, wristTable(80_000, 0, ""))
	r := must[importResult](t, "import", study, table, "--map", mapping)
	if len(r.Imported) != 1 || r.Imported[0].Samples != 80_000 || r.Imported[0].Participant != "L1" {
		t.Fatalf("the mended table: %+v", r)
	}
	labels := must[labelsResult](t, "labels", "list", study).Labels
	if len(labels) != 1 || labels[0].StartSample != 500 || labels[0].EndSample != 900 || !strings.HasSuffix(labels[0].Exercise, "squat") {
		t.Errorf("labels %+v", labels)
	}
	out := ctl(t, "samples", study, "--session", r.Imported[0].Session)
	if rows := strings.SplitN(out.out, "\n", 5); len(rows) < 4 || rows[3] != "0.02,1.01,-0.5" {
		t.Errorf("samples begin %q", rows[:min(len(rows), 4)])
	}
}

func TestRealRecordings(t *testing.T) {
	t.Parallel()
	study := newStudyFile(t)
	r := must[importResult](t, "import", study,
		sharedData(t, "muvr/pebble-sessions/jan-arms-24-05"), sharedData(t, "muvr/pebble-sessions/jan-arms-11-06"))
	// Counted by an independent reader: packets told apart by sequence and time.
	if len(r.Imported) != 2 || r.Imported[0].Samples != 69_490 || r.Imported[1].Samples != 38_790 {
		t.Errorf("imported %d and %d samples", r.Imported[0].Samples, r.Imported[1].Samples)
	}
	twice := false
	for _, f := range r.Imported[1].Findings {
		twice = twice || f.Kind == "labels" && strings.Contains(f.Message, "twice")
		if f.Kind == "gap" && (f.AtS <= 0 || !strings.Contains(f.Message, "lost")) {
			t.Errorf("a lost stretch without its place: %+v", f)
		}
	}
	if !twice {
		t.Error("the duplicate keys of labels.txt are no finding")
	}
	labels := must[labelsResult](t, "labels", "list", study, "--session", r.Imported[1].Session).Labels
	if len(labels) != 31 || labels[0].Attributes["repetitions"] == nil || labels[0].Attributes["weight_kg"] == nil {
		t.Errorf("%d labels, the first %+v", len(labels), labels[0])
	}

	mex := must[importResult](t, "import", newStudyFile(t), sharedData(t, "mex-thigh"))
	people, samples, recordings := map[string]bool{}, int64(0), 0
	for _, s := range mex.Imported {
		people[s.Participant] = true
		samples += s.Samples
		recordings += s.Recordings
	}
	if len(people) != 24 || samples != 1_120_158 || recordings != 191 || len(mex.Refused) != 0 {
		t.Errorf("MEx: %d people, %d samples, %d recordings, refused %v", len(people), samples, recordings, mex.Refused)
	}
}

func TestDamagedModelIsToldAsJSON(t *testing.T) {
	t.Parallel()
	o := ctl(t, "model", "check", t.TempDir(), "--json")
	var r struct {
		OK       bool
		Problems []string
	}
	if err := json.Unmarshal([]byte(o.out), &r); err != nil || o.code != exitFailed || r.OK || len(r.Problems) != 1 || !strings.Contains(r.Problems[0], "model.json") {
		t.Errorf("exit %d, %v: %s%s", o.code, err, o.out, o.err)
	}
}

func TestBadMappingIsToldWithItsFileAndLine(t *testing.T) {
	t.Parallel()
	mapping := filepath.Join(t.TempDir(), "wrist.toml")
	for text, says := range map[string][]string{
		strings.Replace(wristMapping, "header = true", "header = true\nrows = 3", 1):       {"wrist.toml", "line 6", `"file.rows"`},
		strings.Replace(wristMapping, "kind = \"acc", "colour = \"red\"\nkind = \"acc", 1): {"wrist.toml", "line 13", `"channel.colour"`},
		"[file]\nheader = maybe\n": {"wrist.toml", "line 2"},
	} {
		writeFile(t, mapping, []byte(text))
		o := ctl(t, "import", newStudyFile(t), mapping, "--map", mapping)
		for _, want := range says {
			if o.code != exitFailed || !strings.Contains(o.err, want) {
				t.Errorf("exit %d, %q does not say %q", o.code, o.err, want)
			}
		}
	}
}

func TestAQuietImportNamesEveryRefusedFile(t *testing.T) {
	dir := t.TempDir()
	args := []string{"import", newStudyFile(t), "-q"}
	for i := range 8 {
		path := filepath.Join(dir, fmt.Sprintf("broken-%d.raw", i))
		writeFile(t, path, []byte("no recording"))
		args = append(args, path)
	}
	o := ctl(t, args...)
	if n := strings.Count(o.err, "onsetctl: refused "); o.code != exitFailed || n != 8 || !strings.Contains(o.err, "broken-7.raw") {
		t.Errorf("exit %d, %d named: %s", o.code, n, o.err)
	}
}
