package train

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"onset/training"
)

func TestFormKeepsWhatAConfigSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := training.DefaultConfig()
		if rapid.Bool().Draw(t, "sensors") {
			c.Data.SensorSet = training.SensorSet{"left-wrist/accelerometer", "right-thigh/gyroscope"}
		}
		c.Data.At = rapid.SampledFrom([]string{training.AtOnset, training.AtSliding}).Draw(t, "at")
		c.Data.WindowS = rapid.Float64Range(0.1, 8).Draw(t, "window")
		c.Data.StepS = rapid.Float64Range(0.1, 4).Draw(t, "step")
		c.Data.BridgeS = rapid.Float64Range(0, c.Data.WindowS/2).Draw(t, "bridge")
		c.Split.By = rapid.SampledFrom([]string{training.ByParticipant, training.BySession}).Draw(t, "split")
		c.Split.Folds = rapid.SampledFrom([]int{0, 2, 5, 10}).Draw(t, "folds")
		c.Model.Layers = rapid.SliceOfN(rapid.IntRange(1, 500), 1, 4).Draw(t, "layers")
		c.Model.Dropout = rapid.Float64Range(0, 0.9).Draw(t, "dropout")
		c.Fit.Rate = rapid.Float64Range(1e-5, 0.1).Draw(t, "rate")
		c.Fit.Epochs = rapid.IntRange(1, 200).Draw(t, "epochs")
		c.Fit.Seed = uint64(rapid.Uint32().Draw(t, "seed"))
		c.Data.ExcludeSessions = training.Names{"abc"} // not in the form: it must survive
		got, err := valuesOf(c).config(c)
		if err != nil {
			t.Fatal(err)
		}
		if text(got) != text(c) {
			t.Fatalf("through the fields:\n%s\nwant:\n%s", text(got), text(c))
		}
		again, err := training.ParseConfig([]byte(text(c)))
		if err != nil || text(again) != text(c) {
			t.Fatalf("through the text: %v\n%s", err, text(again))
		}
	})
}

func TestFormNamesTheFieldThatCannotBeUsed(t *testing.T) {
	for field, change := range map[string]func(*values){
		"Window":        func(v *values) { v.Window = "one" },
		"Layers":        func(v *values) { v.Layers = "250, many" },
		"Epochs":        func(v *values) { v.Epochs = "3.5" },
		"model.dropout": func(v *values) { v.Dropout = "1.5" },
	} {
		v := valuesOf(training.DefaultConfig())
		change(&v)
		if _, err := v.config(training.DefaultConfig()); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	v := valuesOf(training.DefaultConfig())
	v.Window = "0,5" // a decimal comma is a decimal point here
	if c, err := v.config(training.DefaultConfig()); err != nil || c.Data.WindowS != 0.5 {
		t.Errorf("0,5 is read as %g (%v)", c.Data.WindowS, err)
	}
}

func TestPlanSaysWhoIsJudged(t *testing.T) {
	c := training.DefaultConfig()
	m := material{}
	if got := m.plan(c); !strings.Contains(got, "people that the model never saw, in 5 folds") {
		t.Error(got)
	}
	c.Split.Folds = 0
	if got := m.plan(c); !strings.Contains(got, "each person in turn") {
		t.Error(got)
	}
	c.Split.By = training.ByTime
	if got := m.plan(c); !strings.Contains(got, "same people") {
		t.Error(got)
	}
}

func TestTextModeNamesTheLine(t *testing.T) {
	r := enter(t, &shop{sessions: labelled()})
	r.form.swap()
	r.form.text.SetText("[data]\nwindow_s = 1.0\nwindoww = 2\n")
	if got := r.form.problem.Text(); !strings.Contains(got, "Line 3") || !strings.Contains(got, "windoww") {
		t.Errorf("problem: %q", got)
	}
	r.form.swap()
	if !r.form.asText {
		t.Error("left the text although it cannot be read")
	}
	r.form.text.SetText("[fit]\nepochs = 7\n")
	r.form.swap()
	if r.form.asText || r.form.epochs.Text != "7" {
		t.Errorf("back in the fields: %v, epochs %q", r.form.asText, r.form.epochs.Text)
	}
}
