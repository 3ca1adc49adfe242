package training

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestExampleConfigIsTheDefault(t *testing.T) {
	c, err := ParseConfig([]byte(ExampleConfig()))
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.TOML()
	if err != nil {
		t.Fatal(err)
	}
	want, _ := DefaultConfig().TOML()
	if string(text) != string(want) {
		t.Errorf("the example gives\n%s\nthe default is\n%s", text, want)
	}
	again, err := ParseConfig(text)
	if err != nil || !reflect.DeepEqual(again, c) {
		t.Errorf("written and read again: %+v (%v), was %+v", again, err, c)
	}
}

func TestConfigNamesKeyAndLine(t *testing.T) {
	for text, want := range map[string]struct {
		line int
		key  string
	}{
		"[data]\nwindow = 1.0":                                  {2, "data.window"},
		"[data]\nsensor_set = \"any\"\n\n[fit]\nrates = 2":      {5, "fit.rates"},
		"[data]\n# length\nwindow_s = -1.0":                     {3, "data.window_s"},
		"[fit]\noptimizer = \"magic\"":                          {2, "fit.optimizer"},
		"[split]\nby = \"participant\"\nfolds = 1":              {3, "split.folds"},
		"[data]\nfilter = \"lowpass\"":                          {2, "data.filter"},
		"[data]\nsensor_set = [\"wrist\"]":                      {2, "data.sensor_set"},
		"[data]\nlabel = \"mood\"":                              {2, "data.label"},
		"[model]\nlayers = [250, 0]":                            {2, "model.layers"},
		"[data]\nwindow_s = 1.0\nwindow_s = 2.0":                {3, "data.window_s"},
		"[data]\nunits = [\"furlong\"]":                         {2, "data.units"},
		"[nonsense]\na = 1":                                     {1, "nonsense"},
		"[data]\nat = \"onset\"\nbackground = \"nothing\"":      {3, "data.background"},
		"[data]\nat = \"sliding\"\n[augment]\ncrop_s = 2.0\n":   {4, "augment.crop_s"},
		"[fit]\nepochs = 5\nbatch = 0\n":                        {3, "fit.batch"},
		"[data]\nrecordings = \"*\"\norientation = \"upwards\"": {3, "data.orientation"},
	} {
		_, err := ParseConfig([]byte(text))
		var bad *ConfigError
		if !errors.As(err, &bad) {
			t.Errorf("%q: %v", text, err)
		} else if bad.Line != want.line || !strings.HasPrefix(bad.Key, want.key) {
			t.Errorf("%q: line %d, key %q, want %d and %q (%v)", text, bad.Line, bad.Key, want.line, want.key, err)
		}
	}
	for _, text := range []string{"[data", "[data]\nwindow_s = \"long\"", "[data]\nsensor_set = 5", "\x00"} {
		if _, err := ParseConfig([]byte(text)); err == nil {
			t.Errorf("%q was taken", text)
		} else if !strings.Contains(err.Error(), "line") {
			t.Errorf("%q: no line in %v", text, err)
		}
	}
}

func TestConfigOfTheContract(t *testing.T) {
	c, err := ParseConfig([]byte(`
[data]
sensor_set = ["left-wrist/accelerometer"]
label = "execution"
window_s = 1.0
at = "sliding"
step_s = 0.5
sessions = ["a", "b"]
[split]
by = "session"
folds = 0
seed = 3
[model]
kind = "mlp"
layers = [250, 100]
activation = "relu"
dropout = 0.2
[fit]
optimizer = "adam"
rate = 0.001
batch = 64
epochs = 30
seed = 0
`))
	if err != nil {
		t.Fatal(err)
	}
	if c.Data.SensorSet[0] != "left-wrist/accelerometer" || len(c.Data.Sessions) != 2 || c.Split.Folds != 0 || c.Split.Seed != 3 || c.Data.At != AtSliding {
		t.Errorf("read %+v", c)
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(ExampleConfig()))
	f.Add([]byte("[data]\nsensor_set = \"any\""))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := ParseConfig(text)
		if err == nil && c.Check() != nil {
			t.Fatal("a config was taken that doesn't pass its own check")
		}
	})
}
