package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onset/dataset"
)

// damagedStudy is a study of one session with a byte changed, offset bytes
// after the first place that holds mark.
func damagedStudy(t *testing.T, mark string, offset int) string {
	t.Helper()
	ctx, path := t.Context(), newStudyFile(t)
	s, err := dataset.Open(ctx, path, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	im, err := s.BeginImport(ctx, dataset.Session{Participant: "P01"})
	if err != nil {
		t.Fatal(err)
	}
	w, err := im.AddRecording(ctx, dataset.RecordingDraft{Device: "Devicename",
		Channels: []dataset.Channel{{Kind: "accelerometer", Axis: "x", Unit: "g"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append(ctx, [][]float64{{0.5, 1, -1, 0.25}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(ctx, dataset.Uniform(0, 50), 0, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := im.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(data, []byte(mark))
	if at < 0 {
		t.Fatalf("%q is not in the file", mark)
	}
	data[at+offset] ^= 0x10
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func check(t *testing.T, args ...string) (checkResult, int) {
	t.Helper()
	o := ctl(t, append([]string{"study", "check", "--json"}, args...)...)
	var result checkResult
	if err := json.Unmarshal([]byte(o.out), &result); err != nil {
		t.Fatalf("%v in %q (%s)", err, o.out, o.err)
	}
	return result, o.code
}

func TestCheckNamesDamageAndRepairRebuildsWhatItCan(t *testing.T) {
	overview := damagedStudy(t, "OPYR", 30)
	if r, code := check(t, overview); code != exitFailed || r.OK || len(r.Problems) != 1 || !r.Problems[0].Repairable {
		t.Errorf("a damaged overview: %+v, exit %d", r, code)
	}
	if r, code := check(t, overview, "--repair"); code != exitOK || !r.OK || len(r.Repaired) != 1 {
		t.Errorf("repaired: %+v, exit %d", r, code)
	}
	if r, code := check(t, overview); code != exitOK || !r.OK || r.Problems == nil {
		t.Errorf("after the repair: %+v, exit %d", r, code)
	}
	evidence := damagedStudy(t, "Devicename", 2)
	for _, args := range [][]string{{evidence}, {evidence, "--repair"}} {
		if r, code := check(t, args...); code != exitFailed || len(r.Problems) != 1 || r.Problems[0].Repairable || len(r.Repaired) > 0 {
			t.Errorf("a damaged recording: %+v, exit %d", r, code)
		}
	}
}

func TestTheTerminalWarnsOfASynchronisedFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Dropbox")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	study := filepath.Join(dir, "s.onset")
	for _, args := range [][]string{{"study", "new", study}, {"import", study, dir}} {
		if o := ctl(t, args...); !strings.Contains(o.err, "Dropbox synchronises this study's folder") {
			t.Errorf("%v says %q", args, o.err)
		}
	}
}

func TestCheckSaysWhatToDo(t *testing.T) {
	if o := ctl(t, "study", "check", damagedStudy(t, "OPYR", 30)); !strings.Contains(o.out, "P01, session 1") || !strings.Contains(o.out, "check --repair") || strings.Contains(o.out, "restore") {
		t.Errorf("of an overview: %q", o.out)
	}
	if o := ctl(t, "study", "check", damagedStudy(t, "Devicename", 2), "--repair"); !strings.Contains(o.out, "study restore COPY") || strings.Contains(o.out, "--repair") {
		t.Errorf("of a recording: %q", o.out)
	}
}

// A script that reads the result learns of a file that can not be checked, too.
func TestCheckTellsAsJSONWhatIsNoStudy(t *testing.T) {
	dir, study := t.TempDir(), newStudyFile(t)
	whole, err := os.ReadFile(study)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[3] ^= 1 // in the sign that makes it a database
	for name, data := range map[string][]byte{"text": []byte("hello"), "empty": {}, "flipped": flipped, "cut": whole[:5000], "missing": nil} {
		path := filepath.Join(dir, name+".onset")
		if data != nil {
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		o := ctl(t, "study", "check", path, "--json")
		var got struct {
			OK       *bool
			Problems []struct{ What, Where string }
		}
		if err := json.Unmarshal([]byte(o.out), &got); err != nil || o.code != exitFailed || got.OK == nil || *got.OK || len(got.Problems) != 1 || got.Problems[0].What == "" || got.Problems[0].Where == "" {
			t.Errorf("%s: exit %d, %q, %v", name, o.code, o.out, err)
		}
		if _, err := os.Stat(path); name == "missing" && err == nil {
			t.Error("a check made the file")
		}
	}
}
