package training

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"onset/dataset"
)

func TestWindowSetHashCoversContentAndNotRowIDs(t *testing.T) {
	c := quick()
	base := mustWindows(t, gym(3, 2, 1), c)
	if again := mustWindows(t, reimported(gym(3, 2, 1)), c); again.Hash != base.Hash {
		t.Error("the same recordings under other row ids have another hash")
	}
	changes := map[string]func(*memory, *Config){
		"one sample": func(m *memory, _ *Config) { m.samples[2][5] += 0.01 },
		"one label's class": func(m *memory, _ *Config) {
			m.labels[m.sessions[0].ID][0].Exercise = exercises[1]
		},
		"one label's start":    func(m *memory, _ *Config) { m.labels[m.sessions[0].ID][0].Start += 3 },
		"a participant's code": func(m *memory, _ *Config) { m.sessions[1].Participant = "P99" },
		"the window's length":  func(_ *memory, c *Config) { c.Data.WindowS = 0.8 },
		"the filter":           func(_ *memory, c *Config) { c.Data.Filter = "lowpass:10" },
		"the split":            func(_ *memory, c *Config) { c.Split.Seed = 9 },
	}
	for name, change := range changes {
		m, d := gym(3, 2, 1), c
		change(m, &d)
		if mustWindows(t, m, d).Hash == base.Hash {
			t.Errorf("changing %s left the hash as it was", name)
		}
	}
}

func TestWindowHoldsTheSamplesFromTheOnset(t *testing.T) {
	m := newMemory()
	ramp := make([]float64, 400)
	for i := range ramp {
		ramp[i] = float64(i)
	}
	s := m.add(dataset.Session{ID: "s", Participant: "P1"}, 100, "g", [3][]float64{ramp, ramp, ramp})
	rec := s.Recordings[0].ID
	m.labels["s"] = []dataset.Label{
		{ID: "a", Session: "s", Recording: rec, Kind: dataset.KindExercise, Exercise: "one", Start: 30, End: 180},
		{ID: "b", Session: "s", Recording: rec, Kind: dataset.KindExercise, Exercise: "two", Start: 200, End: 390},
		{ID: "c", Session: "s", Recording: rec, Kind: dataset.KindSetup, Exercise: "two", Start: 210, End: 310},
		{ID: "d", Session: "s", Recording: rec, Kind: dataset.KindExercise, Exercise: "two", Start: 330, End: 390},
		{ID: "e", Session: "s", Recording: rec, Kind: dataset.KindExercise, Exercise: "one", Start: 190, End: 199},
	}
	c := quick()
	c.Data.RateHz = 0
	set := mustWindows(t, m, c)
	if len(set.Examples) != 2 || set.Dropped.Outside != 1 || set.Dropped.Short != 1 || set.Contract.RateHz != 100 || set.Contract.Samples != 100 {
		t.Fatalf("%d windows of %d samples at %g Hz, dropped %v", len(set.Examples), set.Contract.Samples, set.Contract.RateHz, set.Dropped)
	}
	for i, want := range []float32{30, 210} { // the second starts at its setup label
		if w := set.Windows[i]; w[0] != want || w[99] != want+99 || w[100] != want {
			t.Errorf("window %d runs from %g to %g", i, w[0], w[99])
		}
	}
}

func TestGapMakesAWindowUnusableAndIsCounted(t *testing.T) {
	m := gym(2, 2, 5)
	rec := &m.sessions[0].Recordings[0]
	seg := rec.Clock.Segments[0]
	cut := m.labels[m.sessions[0].ID][1].Start + 20
	rec.Clock.Segments = append(rec.Clock.Segments, dataset.Segment{First: cut, Start: rec.Clock.Time(cut) + 2, Rate: seg.Rate})
	set := mustWindows(t, m, quick())
	if set.Dropped.Gap != 1 || len(set.Examples) != 11 {
		t.Errorf("%d windows, dropped %v", len(set.Examples), set.Dropped)
	}
}

func TestUnitsAreNeverMixedInSilence(t *testing.T) {
	m := gym(3, 2, 1)
	for i := range m.sessions[1].Recordings[0].Channels {
		ch := &m.sessions[1].Recordings[0].Channels[i]
		ch.Unit = "m/s2"
		for j := range m.samples[ch.ID] {
			m.samples[ch.ID][j] *= 9.80665
		}
	}
	c := quick()
	if _, err := ReadWindows(context.Background(), m, c, nil); err == nil || !strings.Contains(err.Error(), "m/s2") {
		t.Fatalf("g and m/s2 were mixed: %v", err)
	}
	c.Data.Units = Names{"g"}
	set, plain := mustWindows(t, m, c), mustWindows(t, gym(3, 2, 1), c)
	for i := range set.Windows {
		for j := range set.Windows[i] {
			if math.Abs(float64(set.Windows[i][j]-plain.Windows[i][j])) > 1e-5 {
				t.Fatalf("window %d, value %d: %g after conversion, %g before", i, j, set.Windows[i][j], plain.Windows[i][j])
			}
		}
	}
	if !strings.Contains(strings.Join(set.Notes, " "), "converted from m/s2 to g") {
		t.Errorf("the conversion isn't stated: %v", set.Notes)
	}
}

func TestWindowNeverSeesLaterSamples(t *testing.T) {
	ctx := context.Background()
	for _, filter := range []string{"none", "lowpass:10", "ema:0.2"} {
		for _, rate := range []float64{40, 50, 80} {
			spec, err := parseFilter(filter)
			if err != nil {
				t.Fatal(err)
			}
			m := gym(1, 1, 3)
			c := Contract{SensorSet: []string{Any}, RateHz: rate, WindowS: 1, Samples: int(rate), Filter: spec}
			for _, axis := range []string{"x", "y", "z"} {
				c.Channels = append(c.Channels, ChannelSpec{Sensor: anyAccelerometer, Axis: axis, Unit: "g"})
			}
			read := func() [][]float64 {
				r, err := NewReader(m, m.sessions[0], c)
				if err != nil {
					t.Fatal(err)
				}
				w, err := r.Window(ctx, At(2.5))
				if err != nil {
					t.Fatal(err)
				}
				return w
			}
			before := read()
			clock := m.sessions[0].Recordings[0].Clock
			for _, x := range m.samples {
				for i := int(clock.Sample(3.5, 1e6)); i < len(x); i++ {
					x[i] = 1e6
				}
			}
			after := read()
			for ch := range before {
				for i := range before[ch] {
					if before[ch][i] != after[ch][i] {
						t.Fatalf("%s at %g Hz: sample %d of channel %d depends on what came after the window", filter, rate, i, ch)
					}
				}
			}
		}
	}
}

func TestReaderSaysWhyThereIsNoWindow(t *testing.T) {
	m := gym(1, 1, 3)
	c := Contract{RateHz: 50, WindowS: 1, Samples: 50, Channels: []ChannelSpec{{Sensor: anyAccelerometer, Axis: "x", Unit: "g"}}}
	r, err := NewReader(m, m.sessions[0], c)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []float64{-1, 1e5, 11.9} {
		if _, err := r.Window(context.Background(), At(at)); !errors.Is(err, ErrOutside) {
			t.Errorf("at %g s: %v", at, err)
		}
	}
	c.Channels[0].Sensor = "right-ankle/accelerometer"
	if _, err := NewReader(m, m.sessions[0], c); !errors.Is(err, ErrNoSensor) {
		t.Errorf("a missing sensor: %v", err)
	}
	c.Channels[0] = ChannelSpec{Sensor: anyAccelerometer, Axis: "x", Unit: "rad/s"}
	if _, err := NewReader(m, m.sessions[0], c); err == nil {
		t.Error("g was read as rad/s")
	}
}

func TestSlidingWindowsFollowTheLabelRule(t *testing.T) {
	m := gym(2, 1, 2) // three sets, each 3 s of 4 s
	count := func(rule, background string, share float64) (windows int, classes []string) {
		c := quick()
		c.Data.At, c.Data.StepS, c.Data.LabelRule, c.Data.Background, c.Data.MinShare = AtSliding, 0.5, rule, background, share
		set := mustWindows(t, m, c)
		return len(set.Examples), set.Classes
	}
	if n, _ := count(RuleWhole, "", 0.5); n != 2*3*4 {
		t.Errorf("whole: %d windows, want 4 for each of 3 labels (2.98 s) of 2 people", n)
	}
	if n, classes := count(RuleMajority, "nothing", 0.5); n != 2*22 || len(classes) != 4 {
		t.Errorf("majority with background: %d windows, classes %v", n, classes)
	}
	all, _ := count(RuleMajority, "", 0.4)
	strict, _ := count(RuleMajority, "", 1)
	if strict >= all {
		t.Errorf("%d windows wholly labelled, %d labelled by half", strict, all)
	}
	if n, _ := count(RuleEnd, "", 0.5); n == 0 {
		t.Error("end: no windows")
	}
}

func TestTwoLabelSetsOverTheSameSecondAreRefused(t *testing.T) {
	m := gym(2, 1, 2)
	id := m.sessions[0].ID
	second := m.labels[id][0]
	second.Set, second.Exercise = "rater-2", exercises[2]
	m.labels[id] = append(m.labels[id], second)
	c := quick()
	if _, err := ReadWindows(context.Background(), m, c, nil); err == nil || !strings.Contains(err.Error(), "rater-2") {
		t.Fatalf("both label sets were used: %v", err)
	}
	c.Data.LabelSet = "imported"
	if n := len(mustWindows(t, m, c).Examples); n != 6 {
		t.Errorf("%d windows from one set", n)
	}
}

func TestCropsTrainOnlyAndStayInsideTheSet(t *testing.T) {
	c := quick()
	c.Augment.CropS, c.Augment.CropStepS = 5, 0.5
	set := mustWindows(t, gym(3, 2, 1), c)
	if judged := len(set.judged()); judged != 18 || len(set.Examples) != 18+18*3 {
		t.Fatalf("%d judged of %d", judged, len(set.Examples)) // starts at .5, 1 and 1.5 s fit into 3 s with the label's end cut to whole samples
	}
	split, err := NewSplit(set, c.Split)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range split.Folds() {
		for _, i := range f.Test() {
			if set.Examples[i].Extra {
				t.Fatal("an extra window is judged on")
			}
		}
	}
}

func TestRequiredAttributesChooseLabels(t *testing.T) {
	m := gym(2, 2, 1)
	for _, s := range m.sessions {
		for i := range m.labels[s.ID] {
			if i%2 == 0 {
				m.labels[s.ID][i].Attributes.Execution = "right"
			}
		}
	}
	c := quick()
	c.Data.Require = "execution"
	set := mustWindows(t, m, c)
	if len(set.Examples) != 6 || set.Dropped.NoClass != 6 {
		t.Errorf("%d windows, dropped %v", len(set.Examples), set.Dropped)
	}
}
