package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onset/labeling/interchange"
)

func TestLabelsTravelThroughEveryFormat(t *testing.T) {
	study := sampleStudy(t)
	sessions := must[struct{ Sessions []sessionRow }](t, "sessions", study)
	id := sessions.Sessions[0].ID
	before := must[struct{ Labels []labelRow }](t, "labels", "list", study, "--session", id, "--set", "simulated")
	type place struct {
		start int64
		kind  string
	}
	for _, f := range interchange.Formats() {
		path := filepath.Join(t.TempDir(), "labels"+f.Extension)
		args := []string{"labels", "export", study, path, "--session", id, "--set", "simulated", "--format", f.Name}
		must[labelFileResult](t, args...)
		if o := ctl(t, args...); o.code != exitFailed {
			t.Errorf("%s: an existing file was replaced", f.Name)
		}
		set := "from " + f.Name
		must[labelFileResult](t, "labels", "import", study, path, "--session", id, "--format", f.Name, "--set", set, "--rater", "MK")
		after := must[struct{ Labels []labelRow }](t, "labels", "list", study, "--session", id, "--set", set)
		if len(after.Labels) != len(before.Labels) {
			t.Errorf("%s: %d labels became %d", f.Name, len(before.Labels), len(after.Labels))
		}
		found := map[place]labelRow{}
		for _, l := range after.Labels {
			found[place{l.StartSample, l.Kind}] = l
		}
		for _, want := range before.Labels {
			got, ok := found[place{want.StartSample, want.Kind}]
			if !ok || got.EndSample != want.EndSample || got.Exercise != want.Exercise {
				t.Errorf("%s: sample %d to %d, %s of %s, became %+v", f.Name, want.StartSample, want.EndSample, want.Kind, want.Exercise, got)
				break
			}
		}
	}
}

func TestABadLabelFileTakesNothingIn(t *testing.T) {
	study := sampleStudy(t)
	id := must[struct{ Sessions []sessionRow }](t, "sessions", study).Sessions[0].ID
	path := filepath.Join(t.TempDir(), "l.txt")
	if err := os.WriteFile(path, []byte("1\t2\tcurl\n5\t99999\tcurl\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := ctl(t, "labels", "import", study, path, "--session", id, "--format", "audacity", "--set", "x")
	if o.code != exitFailed || !strings.Contains(o.err, "line 2 (curl") || !strings.Contains(o.err, "no label was taken in") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
	if got := must[struct{ Labels []labelRow }](t, "labels", "list", study, "--set", "x"); len(got.Labels) != 0 {
		t.Errorf("%d labels were taken in", len(got.Labels))
	}
}

// A file whose labels lie beside a pause of the recording is cut there and says so;
// one with a label in the pause is refused whole; taken twice it doubles nothing.
func TestLabelsAreImportedBesideAPause(t *testing.T) {
	dir := t.TempDir()
	rows := "t;x;y;what\n"
	for i := range 3000 {
		at := i * 2
		if i >= 1000 {
			at += 2500 // nothing from 20 to 45 s
		}
		rows += fmt.Sprintf("%d,%02d;0,%d;-0,5;\n", at/100, at%100, i%7)
	}
	mapping, table, study := filepath.Join(dir, "wrist.toml"), filepath.Join(dir, "walk.csv"), newStudyFile(t)
	writeFile(t, mapping, []byte(wristMapping))
	writeFile(t, table, []byte(rows))
	must[importResult](t, "import", study, table, "--map", mapping)
	id := must[struct{ Sessions []sessionRow }](t, "sessions", study).Sessions[0].ID
	load := func(text string) outcome {
		path := filepath.Join(t.TempDir(), "l.txt")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return ctl(t, "labels", "import", study, path, "--session", id, "--format", "audacity", "--set", "x")
	}
	if o := load("1\t2\tcurl\n25\t40\tsquat\n"); o.code != exitFailed || !strings.Contains(o.err, "line 2 (squat, 25.000 to 40.000 s) lies in a pause") || !strings.Contains(o.err, "no label was taken in") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
	if o := load("1\t2\tcurl\n10\t40\tsquat\n"); o.code != exitOK || !strings.Contains(o.out, "2 labels,") || !strings.Contains(o.out, "ends in a pause: nothing was recorded from 20.000 to 45.000 s") {
		t.Errorf("exit %d, %s %s", o.code, o.out, o.err)
	}
	if o := load("1\t2\tcurl\n50\t51\tpress\n"); o.code != exitOK || !strings.Contains(o.out, "1 label,") || !strings.Contains(o.out, "1 label was left out") {
		t.Errorf("exit %d, %s %s", o.code, o.out, o.err)
	}
	got := must[struct{ Labels []labelRow }](t, "labels", "list", study, "--set", "x").Labels
	if len(got) != 3 || got[1].EndSample != 1000 {
		t.Errorf("%+v", got)
	}
}

// The help of an import names what it reads, and an export to a folder counts what
// is in it.
func TestLabelFormatsAreNamedWhereTheyWork(t *testing.T) {
	for command, writes := range map[string]bool{"import": false, "export": true} {
		if o := ctl(t, "labels", command, "--help"); strings.Contains(o.out, "sensiml, edge-impulse, create-ml") != writes {
			t.Errorf("%s: %s", command, o.out)
		}
	}
	study := sampleStudy(t)
	id := must[struct{ Sessions []sessionRow }](t, "sessions", study).Sessions[0].ID
	all := must[struct{ Labels []labelRow }](t, "labels", "list", study, "--session", id, "--set", "simulated").Labels
	sets := 0
	for _, l := range all {
		if l.Kind == "exercise" || l.Kind == "rest" {
			sets++
		}
	}
	got := must[labelFileResult](t, "labels", "export", study, filepath.Join(t.TempDir(), "out"), "--session", id, "--set", "simulated", "--format", "create-ml")
	if got.Labels != sets || !strings.Contains(strings.Join(got.Notes, "|"), "not in it") || sets == len(all) {
		t.Errorf("%d of %d labels, of which %d are sets and rests: %q", got.Labels, len(all), sets, got.Notes)
	}
}
