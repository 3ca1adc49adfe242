package training

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"onset/dataset"
)

// plain is a config of a quick classical method.
func plain() Config {
	c := quick()
	c.Model.Kind, c.Model.Features = KindKNN, Selection{"reference"}
	return c
}

func TestOnsetCurveIsOfTheSameMoments(t *testing.T) {
	store := gym(6, 3, 1)
	c, err := MeasureOnset(t.Context(), store, plain(), []float64{1, 0.2, 2}, Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.2, 1, 2} {
		p := c.Points[i]
		if p.Seconds != want || p.Windows != 54 || p.Accuracy <= 0 || p.ParticipantAccuracy.CI == nil {
			t.Errorf("point %+v", p)
		}
	}
	if c.Points[2].Accuracy < c.Points[0].Accuracy {
		t.Errorf("2 s give %.3f, 0.2 s %.3f", c.Points[2].Accuracy, c.Points[0].Accuracy)
	}
	if run := store.runs[c.Run]; run.Kind != "onset-curve" || len(run.Outcome) == 0 {
		t.Errorf("kept as %+v", run)
	}
	sliding := plain()
	sliding.Data.At = AtSliding
	if _, err := MeasureOnset(t.Context(), store, sliding, nil, Options{}, nil); err == nil {
		t.Error("a curve of sliding windows was measured")
	}
}

func TestStressShiftsJudgedWindowsAndShufflesLabels(t *testing.T) {
	store := gym(8, 4, 5)
	r, err := StressTest(t.Context(), store, plain(), []float64{-0.1, 0.1, -1e6}, 3, Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	// Each person's first label begins with the recording: nothing lies before it.
	if n := r.Shifts[0].Windows; n != 96-8 {
		t.Errorf("%d windows could be moved backwards", n)
	}
	if n := r.Shifts[1].Windows; n != 96 {
		t.Errorf("%d windows could be moved forwards", n)
	}
	if p := r.Shifts[2]; p.Windows != 0 || p.Accuracy != nil || p.SameMacroF1 != nil || !strings.Contains(p.Why, "begin at the onset") {
		t.Errorf("long before every recording: %+v", p)
	}
	for _, p := range r.Shuffled {
		if !p.Within || math.Abs(p.Chance-1.0/3) > 0.02 {
			t.Errorf("shuffled labels: %+v", p)
		}
	}
	if len(r.Shuffled) != 3 || r.Shuffled[0].Accuracy == r.Shuffled[1].Accuracy && r.Shuffled[1].Accuracy == r.Shuffled[2].Accuracy {
		t.Errorf("shufflings %+v", r.Shuffled)
	}
}

func TestExternalSetIsReadByNobodyAndOpenedOnce(t *testing.T) {
	ctx, store, cfg := t.Context(), gym(7, 3, 2), plain()
	leaky, err := Train(ctx, store, cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenExternal(ctx, store, leaky.Model, false, Options{}); !errors.Is(err, dataset.ErrBadRequest) {
		t.Errorf("a model without an external set was opened: %v", err)
	}
	cfg.Split.External = Names{"P05", "P01"}
	r, err := Train(ctx, store, cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Participants {
		if slices.Contains(cfg.Split.External, string(p.Participant)) {
			t.Errorf("%s is set aside and was judged", p.Participant)
		}
	}
	m, err := Load(ctx, store, r.Model)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(m.Lineage.Participants, "P01") || len(m.Lineage.Participants) != 5 {
		t.Errorf("it learnt from %v", m.Lineage.Participants)
	}
	x, err := OpenExternal(ctx, store, r.Model, false, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if x.Opened != 1 || len(x.Result.Participants) != 2 || x.Result.Windows != 18 || x.Result.Accuracy < 0.5 || !slices.Equal(x.SeenBy, []string{leaky.Model}) {
		t.Errorf("opened: %+v, on %d people, accuracy %.3f", x, len(x.Result.Participants), x.Result.Accuracy)
	}
	var opened *OpenedError
	if _, err := OpenExternal(ctx, store, r.Model, false, Options{}); !errors.As(err, &opened) || len(opened.Runs) != 1 {
		t.Errorf("opened twice: %v", err)
	}
	again, err := OpenExternal(ctx, store, r.Model, true, Options{})
	if err != nil || again.Opened != 2 || !slices.Equal(again.Earlier, []string{x.Run}) {
		t.Errorf("opened again: %+v (%v)", again, err)
	}
	cfg.Split.External = Names{"P99"}
	if _, err := Train(ctx, store, cfg, nil); err == nil || !strings.Contains(err.Error(), "P99") {
		t.Errorf("somebody who isn't there was set aside: %v", err)
	}
}

// A session that was imported a second time under another name puts the same
// movement on both sides, whatever is held out.
func TestCopiedSessionIsFoundAcrossEverySplit(t *testing.T) {
	for _, by := range []string{ByParticipant, BySession, ByTime} {
		store := gym(5, 3, 4)
		addPerson(store, 2, 3, rand.New(rand.NewPCG(4, 2)), "copy")
		if by == ByParticipant {
			store.sessions[len(store.sessions)-1].Participant = "P77"
		}
		cfg := plain()
		cfg.Split.By = by
		var leak *DuplicateError
		if _, err := Train(t.Context(), store, cfg, nil); !errors.As(err, &leak) {
			t.Errorf("split by %s: %v", by, err)
		}
	}
}

func TestRerunProvesTheWeights(t *testing.T) {
	ctx, store, cfg := t.Context(), gym(4, 2, 3), quick()
	cfg.Fit.Epochs = 4
	r, err := Train(ctx, store, cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	same, err := Rerun(ctx, store, r.Run, Options{}, nil)
	if err != nil || !same.Same || same.Why != "" {
		t.Fatalf("repeated: %+v (%v)", same, err)
	}
	if len(store.runs) != 1 || len(store.models) != 1 {
		t.Error("repeating left something in the study")
	}
	row := store.models[r.Model]
	row.Weights = slices.Clone(row.Weights)
	row.Weights[5] ^= 1
	store.models[r.Model] = row
	if other, err := Rerun(ctx, store, r.Run, Options{}, nil); err != nil || other.Same || other.Why == "" {
		t.Errorf("one bit was changed: %+v (%v)", other, err)
	}
	store.labels[store.sessions[0].ID][0].Exercise = exercises[2]
	if other, err := Rerun(ctx, store, r.Run, Options{}, nil); err != nil || other.Same || !strings.Contains(other.Why, "Labels") {
		t.Errorf("a label was changed: %+v (%v)", other, err)
	}
}

func TestOneGroupIsReadAlone(t *testing.T) {
	store, cfg := gym(6, 3, 1), plain()
	for i := range 6 {
		p := dataset.Participant{}
		p.ID = store.sessions[i].Participant
		if i%2 == 0 {
			p.Group = "even"
		}
		store.people = append(store.people, p)
	}
	cfg.Data.Group = "even"
	r, err := Train(t.Context(), store, cfg, nil)
	if err != nil || len(r.Participants) != 3 {
		t.Fatalf("%+v (%v)", r, err)
	}
	cfg.Data.Group = "nobody"
	if _, err := Train(t.Context(), store, cfg, nil); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("an empty group: %v", err)
	}
}

// A net may start from another group's model, never from one that knows somebody
// who is judged.
func TestWarmStartKnowsNobodyWhoIsJudged(t *testing.T) {
	ctx, store, cfg := t.Context(), gym(8, 3, 1), quick()
	cfg.Fit.Epochs = 20
	for i := range 8 {
		p := dataset.Participant{Group: "b"}
		if p.ID = store.sessions[i].Participant; i < 4 {
			p.Group = "a"
		}
		store.people = append(store.people, p)
	}
	cfg.Data.Group = "a"
	first, err := Train(ctx, store, cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Fit.Start = first.Model
	var leak *LeakError
	if _, err := Train(ctx, store, cfg, nil); !errors.As(err, &leak) {
		t.Errorf("it was started from a model of the same people: %v", err)
	}
	cfg.Data.Group, cfg.Fit.Start, cfg.Fit.Epochs = "b", StartBest, 1
	warm, err := Train(ctx, store, cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Load(ctx, store, warm.Model)
	if err != nil || len(m.Lineage.Participants) != 8 {
		t.Errorf("it says it knows %v (%v)", m.Lineage.Participants, err)
	}
	same, err := Rerun(ctx, store, warm.Run, Options{}, nil)
	if err != nil || !same.Same {
		t.Errorf("repeated: %+v (%v)", same, err)
	}
	cfg.Fit.Start = ""
	cold, err := Train(ctx, store, cfg, nil)
	if err != nil || cold.LogLoss <= warm.LogLoss {
		t.Errorf("after one epoch: log loss %.3f warm, %.3f cold (%v)", warm.LogLoss, cold.LogLoss, err)
	}
	cfg.Model.Layers, cfg.Fit.Start = []int{7}, StartBest
	if r, err := Train(ctx, store, cfg, nil); err != nil || !strings.Contains(strings.Join(r.Notes, " "), "started from nothing") {
		t.Errorf("no model fits: %v", err)
	}
}

func TestOneModelForEachGroupAndSensorSet(t *testing.T) {
	store := gym(8, 3, 1)
	for i := range 8 {
		p := dataset.Participant{Group: "b"}
		if p.ID = store.sessions[i].Participant; i < 4 {
			p.Group = "a"
		}
		store.people = append(store.people, p)
	}
	wrist := SensorSet{"left-wrist/accelerometer"}
	out, err := TrainEach(t.Context(), store, plain(), []Cell{{"a", wrist}, {"b", wrist}, {"a", SensorSet{"right-thigh/gyroscope"}}}, Options{}, nil)
	if err != nil || len(out) != 3 {
		t.Fatalf("%d cells (%v)", len(out), err)
	}
	if out[0].Result == nil || out[1].Result == nil || out[0].Result.Participants[0] == out[1].Result.Participants[0] {
		t.Errorf("cells %+v", out)
	}
	if out[2].Failed == "" || len(store.models) != 2 {
		t.Errorf("a sensor that nobody wore: %+v, %d models", out[2], len(store.models))
	}
}

func TestEffectsAreOfTheSameMoments(t *testing.T) {
	store := gym(5, 2, 3)
	e, err := MeasureEffects(t.Context(), store, plain(), Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if e.Base.Windows != 30 || len(e.Effects) != len(settings()) || store.runs[e.Run].Kind != "effects" {
		t.Fatalf("%+v", e)
	}
	for _, f := range e.Effects {
		switch {
		case f.Name == "sensor dropout":
			if f.Skipped == "" {
				t.Error("the only sensor was dropped")
			}
		case f.Skipped != "" || f.Windows != 30 || f.Gain == nil || f.Gain.CI == nil:
			t.Errorf("%+v", f)
		}
	}
}

// A split by time judges the later windows only, and says so.
func TestWindowsAreThoseThatWereJudged(t *testing.T) {
	for _, by := range []string{ByParticipant, BySession, ByTime} {
		cfg := quick()
		cfg.Split.By, cfg.Split.Folds, cfg.Fit.Epochs = by, 2, 2
		r, err := Train(t.Context(), gym(4, 4, 3), cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0
		for _, f := range r.Folds {
			sum += f.N
		}
		if r.Windows != sum || r.Windows != len(r.Predictions) || r.Windows == 0 {
			t.Errorf("split by %s: %d windows, %d in the folds, %d predictions", by, r.Windows, sum, len(r.Predictions))
		}
	}
}
