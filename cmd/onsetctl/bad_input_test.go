package main

import (
	"encoding/binary"
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
