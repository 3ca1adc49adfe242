package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onset/training"
)

func TestCurveStressEffectsAndExternalFromTheTerminal(t *testing.T) {
	t.Parallel()
	study, dir := sampleStudy(t), t.TempDir()
	config, svg := filepath.Join(dir, "c.toml"), filepath.Join(dir, "curve.svg")
	text := "[data]\nsensor_set = \"any\"\nrate_hz = 25\n[model]\nkind = \"knn\"\nfeatures = [\"reference\"]\n[split]\nfolds = 3\n"
	writeFile(t, config, []byte(text))
	c := must[training.OnsetCurve](t, "curve", study, "--config", config, "--seconds", "0.4,1", "--figure", svg)
	if len(c.Points) != 2 || c.Points[0].Windows != c.Points[1].Windows || c.Unit == "" {
		t.Errorf("curve %+v", c)
	}
	if drawn, err := os.ReadFile(svg); err != nil || !strings.Contains(string(drawn), "seconds seen") {
		t.Errorf("the curve is not drawn (%v)", err)
	}
	s := must[training.Stress](t, "stress", study, "--config", config, "--shifts", "100", "--shuffles", "1")
	if len(s.Shifts) != 1 || s.Shifts[0].Windows == 0 || len(s.Shuffled) != 1 {
		t.Errorf("stress %+v", s)
	}
	if o := ctl(t, "stress", study, "--config", config, "--shifts", "-86400000", "--shuffles", "0"); strings.Contains(o.out, "0.000") || !strings.Contains(o.out, "begin at the onset") {
		t.Errorf("scores of no windows: %s%s", o.out, o.err)
	}
	r := must[training.Result](t, "train", study, "--config", config)
	person := string(r.Participants[0].Participant)
	writeFile(t, config, []byte(text+"external = [\""+person+"\"]\n"))
	r = must[training.Result](t, "train", study, "--config", config)
	x := must[training.External](t, "external", study, "--model", r.Model)
	if x.Opened != 1 || len(x.SeenBy) != 1 || len(x.Result.Participants) != 1 {
		t.Errorf("external %+v", x)
	}
	if o := ctl(t, "external", study, "--model", r.Model); o.code != exitFailed || !strings.Contains(o.err, "opened already") {
		t.Errorf("opened twice: %+v", o)
	}
	for _, command := range []string{"curve", "stress", "effects"} {
		if o := ctl(t, command, study); o.code != exitUsage || !strings.Contains(o.err, command+" needs --config") {
			t.Errorf("%s without a config: %+v", command, o)
		}
	}
}
