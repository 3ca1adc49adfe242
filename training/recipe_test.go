package training

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"onset/dataset"
)

// Every kind must learn the gym, be stored, and predict the same once read back.
func TestEveryKindIsTrainedStoredAndReadBack(t *testing.T) {
	ctx := context.Background()
	for _, kind := range append(Kinds(), "mlp on features", "forest by person", "svm on samples", "ridge on kernels", "ridge on both") {
		store, cfg := gym(6, 4, 1), quick()
		cfg.Fit.Epochs = 15
		cfg.Model.Trees = 40
		switch cfg.Model.Kind = kind; kind {
		case KindCNN:
			cfg.Model.Layers = []int{8, 8}
		case "mlp on features":
			cfg.Model.Kind, cfg.Model.Input = KindMLP, "features"
		case "ridge on kernels":
			cfg.Model.Kind, cfg.Model.Input, cfg.Model.Kernels = KindRidge, InputKernels, 420
		case "ridge on both":
			cfg.Model.Kind, cfg.Model.Input, cfg.Model.Kernels = KindRidge, InputBoth, 420
		case "svm on samples":
			cfg.Model.Kind, cfg.Model.Input = KindSVM, "raw"
		case "forest by person":
			cfg.Model.Kind, cfg.Data.Person = KindForest, PersonWindows
		}
		r, err := Train(ctx, store, cfg, nil)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if r.Accuracy < 0.6 {
			t.Errorf("%s: accuracy %.3f", kind, r.Accuracy)
		}
		m, err := Load(ctx, store, r.Model)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		again, err := FromRow(m.Stored())
		if err != nil {
			t.Fatal(err)
		}
		set := mustWindows(t, store, cfg)
		w := unflatten(set.Windows[3], set.Contract.Samples)
		if kind == "forest by person" {
			// Its scores are of each person's own scaling: without, it must not answer.
			if _, err := m.Predict(w); !errors.Is(err, ErrNotAdapted) || !m.NeedsPerson() {
				t.Errorf("unadapted it answered: %v", err)
			}
		}
		if p, q := answer(t, m, set, w), answer(t, again, set, w); !slices.Equal(p, q) {
			t.Errorf("%s: %v before, %v after storing", kind, p, q)
		}
		checkAdapting(t, kind, m, set)
	}
}

// answer is what a model says of a window, adapted to the first person.
func answer(t *testing.T, m *Model, set *WindowSet, w [][]float64) []float64 {
	t.Helper()
	var own [][][]float64
	for i := range 4 {
		own = append(own, unflatten(set.Windows[i], set.Contract.Samples))
	}
	m, err := m.Adapt(own)
	if err != nil {
		t.Fatal(err)
	}
	p, err := m.Predict(w)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// checkAdapting sees whether a person's own windows change what a model says.
func checkAdapting(t *testing.T, kind string, m *Model, set *WindowSet) {
	var own [][][]float64
	for i := range 4 {
		own = append(own, unflatten(set.Windows[i], set.Contract.Samples))
	}
	adapted, err := m.Adapt(own)
	if err != nil {
		t.Fatal(err)
	}
	if m.NeedsPerson() {
		if m, err = m.Adapt(own[:1]); err != nil {
			t.Fatal(err)
		}
	}
	same := true
	for i := range set.Windows {
		w := unflatten(set.Windows[i], set.Contract.Samples)
		p, _ := m.Predict(w)
		q, _ := adapted.Predict(w)
		same = same && slices.Equal(p, q)
	}
	if same == (kind == "forest by person") {
		t.Errorf("%s: adapting changed predictions: %v", kind, !same)
	}
	if _, err := m.Adapt([][][]float64{{{1}}}); kind == "forest by person" && err == nil {
		t.Error("adapting took a window of another shape")
	}
}

const rivals = `
[data]
rate_hz = 50
[split]
folds = 3
[model]
layers = [24]
trees = 30
[fit]
epochs = 15
batch = 16
rate = 0.005
inner_folds = 2
[augment]
crop_s = 1.0
crop_step_s = 0.5
[[candidate]]
name = "net"
[[candidate]]
name = "narrow"
[candidate.augment]
crop_s = 0.0
warp = 0.1
[[candidate]]
name = "trees"
orientation = "invariant"
[candidate.model]
kind = "extra-trees"
[[candidate]]
name = "both"
average = ["net", "trees"]
`

func TestCandidatesTakeOverTheRestOfTheConfig(t *testing.T) {
	c, err := ParseConfig([]byte(rivals))
	if err != nil {
		t.Fatal(err)
	}
	k := c.Candidates
	if len(k) != 4 || k[0].Model.Layers[0] != 24 || k[0].Augment.CropS != 1 || k[1].Augment.CropS != 0 || k[1].Model.Kind != KindMLP ||
		k[2].Model.Kind != KindExtraTrees || k[2].Model.Trees != 30 || k[2].Orientation != OrientationInvariant || k[1].Orientation != OrientationSensor {
		t.Errorf("read %+v", k)
	}
	text, err := c.TOML()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseConfig(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if twice, _ := again.TOML(); string(twice) != string(text) {
		t.Errorf("written twice:\n%s\nand\n%s", text, twice)
	}
	for change, want := range map[[2]string]string{
		{`"net", "trees"`, `"net", "nobody"`}:      "nobody",
		{`name = "trees"`, `name = "net"`}:         "not unique",
		{`kind = "extra-trees"`, `kind = "magic"`}: "magic",
		{`crop_s = 0.0`, `crop_s = 3.0`}:           "can't be larger",
		{`warp = 0.1`, `wrap = 0.1`}:               "wrap",
		{`inner_folds = 2`, `validation = 0.0`}:    "validation part",
	} {
		_, err := ParseConfig([]byte(strings.Replace(rivals, change[0], change[1], 1)))
		var bad *ConfigError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), want) || bad.Line == 0 {
			t.Errorf("%s: %v", change[1], err)
		}
	}
}

func TestCandidatesAreChosenOnTheTrainingSide(t *testing.T) {
	ctx, store := context.Background(), gym(6, 3, 4)
	c, err := ParseConfig([]byte(rivals))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Train(ctx, store, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Folds {
		best := slices.IndexFunc(f.Candidates, func(s InnerScore) bool { return s.Name == f.Chosen })
		if len(f.Candidates) != 4 || best < 0 {
			t.Fatalf("fold chose %q among %v", f.Chosen, f.Candidates)
		}
		for _, s := range f.Candidates {
			if s.better(f.Candidates[best], ChooseLogLoss) {
				t.Errorf("%q was chosen, %q is better: %v", f.Chosen, s.Name, f.Candidates)
			}
		}
	}
	if r.Chosen == "" {
		t.Error("the model for use doesn't say which candidate it is")
	}
	if _, err := Load(ctx, store, r.Model); err != nil {
		t.Error(err)
	}
}

func TestMeanOfModelsIsStoredWhole(t *testing.T) {
	ctx, store := context.Background(), gym(4, 3, 4)
	c, err := ParseConfig([]byte(rivals))
	if err != nil {
		t.Fatal(err)
	}
	set := mustWindows(t, store, c)
	run, err := newRun(set, c, func(Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	f := Fold{by: ByParticipant, train: set.everything()}
	_, tried, _, err := run.choose(ctx, run.parts(f, 1), 1, func(Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	out := sideFit{recipe: 3}
	if err := run.refit(ctx, f, tried, 1, &out, func(Progress) {}); err != nil {
		t.Fatal(err)
	}
	run.result.Temperature = out.temperature
	m, err := run.model(out.brain, run.recipes[3])
	if err != nil {
		t.Fatal(err)
	}
	row, err := m.Row(nil, set.Row(m.row.CreatedAt).CreatedAt)
	if err != nil {
		t.Fatal(err)
	}
	again, err := FromRow(row)
	if err != nil {
		t.Fatal(err)
	}
	w := unflatten(set.Windows[0], set.Contract.Samples)
	p, _ := m.Predict(w)
	if q, _ := again.Predict(w); !slices.Equal(p, q) || m.Kind() != KindEnsemble {
		t.Errorf("%s: %v before, %v after storing", m.Kind(), p, q)
	}
	row.Weights = row.Weights[:len(row.Weights)-1]
	if _, err := FromRow(row); !errors.Is(err, ErrModel) {
		t.Errorf("cut weights: %v", err)
	}
	var s modelSpec
	if err := json.Unmarshal(row.Spec, &s); err != nil || s.Kind != KindEnsemble {
		t.Errorf("stored as %q (%v)", s.Kind, err)
	}
}

// Three people who each do every exercise in a session of its own: holding out
// sessions of two of them would leave exercises that nobody teaches.
func TestTemperatureIsNotFittedOnUntaughtClasses(t *testing.T) {
	m := gym(3, 3, 2)
	apart := newMemory()
	for _, s := range m.sessions {
		rec := s.Recordings[0]
		var axes [3][]float64
		for i, ch := range rec.Channels {
			axes[i] = m.samples[ch.ID]
		}
		for k, name := range exercises {
			one := s
			one.ID, one.Recordings = s.ID+dataset.SessionID(name), nil
			stored := apart.add(one, rec.Clock.Segments[0].Rate, "g", axes)
			for _, l := range m.labels[s.ID] {
				if l.Exercise == exercises[k] {
					l.Session, l.Recording = one.ID, stored.Recordings[0].ID
					apart.labels[one.ID] = append(apart.labels[one.ID], l)
				}
			}
		}
	}
	cfg := quick()
	cfg.Model.Kind, cfg.Fit.InnerFolds, cfg.Split.Folds = KindExtraTrees, 2, 0
	r, err := Train(context.Background(), apart, cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Folds {
		if f.Temperature > 2 || f.Validation != ByParticipant {
			t.Errorf("temperature %.2f, validated by %s, at accuracy %.2f", f.Temperature, f.Validation, f.Accuracy)
		}
	}
}

// A mean that is decided on beforehand needs no validation part and is taken in
// every fold.
func TestFixedCandidateIsTakenWithoutComparing(t *testing.T) {
	store := gym(6, 3, 1)
	for _, validation := range []string{"validation = 0.0", "inner_folds = 2"} {
		cfg, err := ParseConfig([]byte(`
[data]
rate_hz = 50
[split]
folds = 3
[model]
trees = 20
features = ["reference"]
[fit]
` + validation + `
[choose]
fixed = "both"
[[candidate]]
name = "trees"
[candidate.model]
kind = "extra-trees"
[[candidate]]
name = "near"
[candidate.model]
kind = "knn"
[[candidate]]
name = "both"
average = ["trees", "near"]
`))
		if err != nil {
			t.Fatal(err)
		}
		r, err := Train(t.Context(), store, cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.Folds {
			if f.Chosen != "both" || len(f.Candidates) > 1 {
				t.Errorf("%s: fold %+v", validation, f)
			}
		}
		m, err := Load(t.Context(), store, r.Model)
		if err != nil || m.Kind() != KindEnsemble || r.Accuracy < 0.6 {
			t.Errorf("%s: %v, accuracy %.3f", validation, err, r.Accuracy)
		}
	}
	if _, err := ParseConfig([]byte("[choose]\nfixed = \"nobody\"\n[[candidate]]\nname = \"a\"\n[[candidate]]\nname = \"b\"\n")); err == nil {
		t.Error("a candidate that isn't there was fixed")
	}
}
