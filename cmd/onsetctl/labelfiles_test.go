package main

import (
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
	if o.code != exitFailed || !strings.Contains(o.err, "label 2") || !strings.Contains(o.err, "no label was taken in") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
	if got := must[struct{ Labels []labelRow }](t, "labels", "list", study, "--set", "x"); len(got.Labels) != 0 {
		t.Errorf("%d labels were taken in", len(got.Labels))
	}
}
