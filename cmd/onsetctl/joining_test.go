package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// twoTables imports two files of two devices of one person.
func twoTables(t *testing.T) (study string, ids []string) {
	t.Helper()
	study = newStudyFile(t)
	for k, place := range []string{"left-wrist", "right-wrist"} {
		var text strings.Builder
		text.WriteString("time_s,ax_g,ay_g,az_g\n")
		for i := range 600 {
			v := float64((i*i*(k+3))%97) / 97
			text.WriteString(strconv.FormatFloat(float64(i)*0.02, 'f', 2, 64) + "," + fixed(v, 4) + "," + fixed(1-v, 4) + "," + fixed(v*v, 4) + "\n")
		}
		mapping := "name = \"" + place + "\"\n[file]\ndelimiter = \",\"\nheader = true\n[recording]\nplacement = \"" + place + "\"\n[time]\ncolumn = \"time_s\"\nunit = \"s\"\nfrom = \"start\"\n"
		for _, axis := range []string{"x", "y", "z"} {
			mapping += "[[channel]]\ncolumn = \"a" + axis + "_g\"\nkind = \"accelerometer\"\naxis = \"" + axis + "\"\nunit = \"g\"\n"
		}
		dir := t.TempDir()
		csv, toml := filepath.Join(dir, place+".csv"), filepath.Join(dir, place+".toml")
		if err := os.WriteFile(csv, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(toml, []byte(mapping), 0o600); err != nil {
			t.Fatal(err)
		}
		if o := ctl(t, "import", study, csv, "--map", toml, "--participant", "P01"); o.code != exitOK {
			t.Fatalf("import: %s%s", o.out, o.err)
		}
	}
	list := must[struct {
		Sessions []sessionRow `json:"sessions"`
	}](t, "sessions", study)
	for _, s := range list.Sessions {
		ids = append(ids, s.ID)
	}
	return study, ids
}

func TestTwoFilesOfTwoDevicesBecomeOneSessionAndTwoAgain(t *testing.T) {
	study, ids := twoTables(t)
	if len(ids) != 2 {
		t.Fatalf("%d sessions", len(ids))
	}
	if dry := must[joinResult](t, "sessions", "join", study, ids[0], ids[1], "--dry-run"); dry.Dated || dry.OverlapS < 11.9 || len(dry.Recordings) != 1 {
		t.Errorf("dry run %+v", dry)
	}
	j := must[joinResult](t, "sessions", "join", study, ids[0], ids[1])
	if j.Session != ids[0] || j.From != ids[1] || j.DryRun {
		t.Errorf("%+v", j)
	}
	if got := must[struct {
		Sessions []sessionRow `json:"sessions"`
	}](t, "sessions", study).Sessions; len(got) != 1 || got[0].Recordings != 2 || len(got[0].Sensors) != 2 {
		t.Fatalf("%+v", got)
	}
	if o := ctl(t, "align", study, "--session", ids[0], "--recording", j.Recordings[0], "--anchor", "1=1.5"); o.code != exitOK {
		t.Errorf("align: %s", o.err)
	}
	if o := ctl(t, "study", "check", study); o.code != exitOK {
		t.Errorf("check: %s%s", o.out, o.err)
	}
	back := must[map[string]string](t, "sessions", "split", study, ids[0], j.Recordings[0])
	if back["session"] != ids[1] {
		t.Errorf("split into %v, want %s", back, ids[1])
	}
	if o := ctl(t, "study", "check", study); o.code != exitOK {
		t.Errorf("check: %s%s", o.out, o.err)
	}
	if o := ctl(t, "sessions", "split", study, ids[0], j.Recordings[0]); o.code != exitFailed || !strings.Contains(o.err, "no recording") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
	if o := ctl(t, "sessions", "join", study, ids[0], ids[0]); o.code != exitFailed || !strings.Contains(o.err, "itself") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
	if o := ctl(t, "sessions", "join", study, ids[0]); o.code != exitUsage {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}
