package training

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"onset/dataset"
)

func TestTrainJudgesUnseenPeopleAndKeepsTheModel(t *testing.T) {
	ctx, store := context.Background(), gym(6, 4, 1)
	var last Progress
	r, err := Train(ctx, store, quick(), func(p Progress) {
		if p.Done < last.Done-1e-9 {
			t.Errorf("progress fell from %g to %g", last.Done, p.Done)
		}
		last = p
	})
	if err != nil {
		t.Fatal(err)
	}
	if last.Done != 1 {
		t.Errorf("progress ended at %g", last.Done)
	}
	if r.Accuracy < 0.9 || r.MacroF1 < 0.9 || r.Confusion.N() != 72 || r.Windows != 72 {
		t.Errorf("accuracy %.3f, macro-F1 %.3f on %d of %d windows", r.Accuracy, r.MacroF1, r.Confusion.N(), r.Windows)
	}
	held := map[string]int{}
	for _, f := range r.Folds {
		for _, p := range f.HeldOut {
			held[p]++
		}
	}
	if len(held) != 6 || len(r.Participants) != 6 {
		t.Errorf("held out %v, scores for %d people", held, len(r.Participants))
	}
	if s := r.ParticipantMacroF1; s.CI == nil || s.CI.Lo > s.Mean || s.CI.Hi < s.Mean || s.Min > s.Mean {
		t.Errorf("macro-F1 over people: %+v", s)
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{`"run"`, `"model"`, `"window_set"`, `"split":"participant"`, `"held_out"`, `"macro_f1"`, `"counts"`, `"seconds"`} {
		if !bytes.Contains(text, []byte(key)) {
			t.Errorf("the result has no %s", key)
		}
	}
	checkStored(t, store, r)
}

func checkStored(t *testing.T, store *memory, r *Result) {
	ctx := context.Background()
	if store.sets[r.WindowSet].Hash != r.WindowSet || len(store.runs) != 1 {
		t.Error("window set or run is missing from the study")
	}
	back, err := LoadResult(ctx, store, r.Run)
	if err != nil || len(back.Predictions) != r.Windows || back.Accuracy != r.Accuracy {
		t.Errorf("the stored result has %d predictions (%v)", len(back.Predictions), err)
	}
	m, err := Load(ctx, store, r.Model[:6])
	if err != nil {
		t.Fatal(err)
	}
	if name := m.Stored().Name; name != m.Kind()+"-1" {
		t.Errorf("the model is named %q", name)
	}
	if m.Lineage.Run != r.Run || m.Lineage.LedgerPosition != 7 || len(m.Lineage.Participants) != 6 {
		t.Errorf("lineage %+v", m.Lineage)
	}
	again, err := FromRow(m.Stored())
	if err != nil {
		t.Fatal(err)
	}
	s := store.sessions[0]
	reader, err := NewReader(store, s, m.Contract())
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for _, l := range store.labels[s.ID] {
		w, err := reader.Window(ctx, At(s.Recordings[0].Clock.Time(l.Start)))
		if err != nil {
			t.Fatal(err)
		}
		p, err := m.Predict(w)
		if err != nil {
			t.Fatal(err)
		}
		q, _ := again.Predict(w)
		if !slices.Equal(p, q) {
			t.Fatalf("loaded twice, predicted %v and %v", p, q)
		}
		if m.Classes()[argmax(p)] == l.Exercise {
			right++
		}
	}
	if right < 10 {
		t.Errorf("the stored model names %d of 12 sets it was trained on", right)
	}
}

func TestSameSeedSameWeights(t *testing.T) {
	ctx := context.Background()
	weights := func(store *memory, seed uint64, parallel int) []byte {
		c := quick()
		c.Fit.Seed, c.Fit.Epochs = seed, 4
		r, err := TrainWith(ctx, store, c, Options{Parallel: parallel}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return store.models[r.Model].Weights
	}
	a := weights(gym(4, 2, 3), 5, 1)
	if !bytes.Equal(a, weights(reimported(gym(4, 2, 3)), 5, 2)) {
		t.Error("the same recordings under other row ids, in another order, gave other weights")
	}
	if bytes.Equal(a, weights(gym(4, 2, 3), 6, 1)) {
		t.Error("another seed gave the same weights")
	}
}

// reimported is the same content under other ids in another order.
func reimported(m *memory) *memory {
	out := newMemory()
	for i := len(m.sessions) - 1; i >= 0; i-- {
		s := m.sessions[i]
		old := s.Recordings[0]
		var axes [3][]float64
		for k, ch := range old.Channels {
			axes[k] = m.samples[ch.ID]
		}
		labels := m.labels[s.ID]
		s.ID, s.Recordings = "again-"+s.ID, nil
		stored := out.add(s, old.Clock.Segments[0].Rate, "g", axes)
		stored.Recordings[0].ID = "again-" + old.ID
		for _, l := range labels {
			l.ID, l.Session, l.Recording = "again-"+l.ID, s.ID, stored.Recordings[0].ID
			out.labels[s.ID] = append(out.labels[s.ID], l)
		}
	}
	return out
}

// Labels that were shuffled hold nothing to learn: the score on unseen people
// must be that of guessing.
func TestShuffledLabelsGiveChance(t *testing.T) {
	store := gym(8, 4, 9)
	rng := rand.New(rand.NewPCG(1, 1))
	for _, s := range store.sessions {
		l := store.labels[s.ID]
		rng.Shuffle(len(l), func(i, j int) { l[i].Exercise, l[j].Exercise = l[j].Exercise, l[i].Exercise })
	}
	r, err := Train(context.Background(), store, quick(), nil)
	if err != nil {
		t.Fatal(err)
	}
	// 96 windows of 3 classes: the standard error of guessing is 0.048.
	if math.Abs(r.Accuracy-1.0/3) > 4*0.048 {
		t.Errorf("accuracy %.3f on shuffled labels", r.Accuracy)
	}
}

func TestCancelledTrainingSavesNothing(t *testing.T) {
	store := gym(5, 3, 2)
	ctx, cancel := context.WithCancel(context.Background())
	c := quick()
	c.Fit.Epochs = 100000
	_, err := Train(ctx, store, c, func(p Progress) {
		if p.Epoch >= 2 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if len(store.runs)+len(store.models)+len(store.sets) != 0 {
		t.Error("a cancelled training left something in the study")
	}
}

func TestModelRefusesWhatItsContractDoesNotSay(t *testing.T) {
	ctx, store := context.Background(), gym(4, 2, 4)
	c := quick()
	c.Fit.Epochs = 2
	r, err := Train(ctx, store, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Load(ctx, store, r.Model)
	if err != nil {
		t.Fatal(err)
	}
	good := [][]float64{make([]float64, 50), make([]float64, 50), make([]float64, 50)}
	if _, err := m.Predict(good); err != nil {
		t.Errorf("a window that keeps the contract: %v", err)
	}
	short := [][]float64{good[0], good[1], good[2][:49]}
	nan := [][]float64{good[0], good[1], slices.Repeat([]float64{math.NaN()}, 50)}
	for name, w := range map[string][][]float64{"two channels": good[:2], "a short channel": short, "a missing value": nan, "nothing": nil} {
		if _, err := m.Predict(w); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	for name, damage := range map[string]func(*modelSpec, *dataset.ModelRow){
		"a missing class":     func(s *modelSpec, _ *dataset.ModelRow) { s.Classes, s.Prior = s.Classes[:2], []float64{0.5, 0.5} },
		"a repeated class":    func(s *modelSpec, _ *dataset.ModelRow) { s.Classes[1] = s.Classes[0] },
		"another length":      func(s *modelSpec, _ *dataset.ModelRow) { s.Contract.WindowS, s.Contract.Samples = 0.5, 25 },
		"another rate":        func(s *modelSpec, _ *dataset.ModelRow) { s.Contract.RateHz = 100 },
		"a channel less":      func(s *modelSpec, _ *dataset.ModelRow) { s.Contract.Channels = s.Contract.Channels[:2] },
		"no unit":             func(s *modelSpec, _ *dataset.ModelRow) { s.Contract.Channels[0].Unit = "" },
		"a wrong prior":       func(s *modelSpec, _ *dataset.ModelRow) { s.Prior[0] = 0.9 },
		"a zero deviation":    func(s *modelSpec, _ *dataset.ModelRow) { s.Contract.Std[1] = 0 },
		"a newer version":     func(s *modelSpec, _ *dataset.ModelRow) { s.Version = 99 },
		"an unknown kind":     func(s *modelSpec, _ *dataset.ModelRow) { s.Kind = "oracle" },
		"cut weights":         func(_ *modelSpec, r *dataset.ModelRow) { r.Weights = r.Weights[:len(r.Weights)-4] },
		"a huge window":       func(s *modelSpec, _ *dataset.ModelRow) { s.Contract.RateHz, s.Contract.Samples = 1e9, 1e9 },
		"weights that aren't": func(_ *modelSpec, r *dataset.ModelRow) { copy(r.Weights, []byte{0, 0, 0xc0, 0x7f}) },
	} {
		row := store.models[r.Model]
		row.Weights = slices.Clone(row.Weights)
		var s modelSpec
		if err := json.Unmarshal(row.Spec, &s); err != nil {
			t.Fatal(err)
		}
		damage(&s, &row)
		row.Spec, _ = json.Marshal(s)
		if _, err := FromRow(row); !errors.Is(err, ErrModel) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzFromRow(f *testing.F) {
	store := gym(3, 1, 4)
	c := quick()
	c.Fit.Epochs, c.Model.Layers = 1, []int{2}
	r, err := Train(context.Background(), store, c, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(store.models[r.Model].Spec, store.models[r.Model].Weights)
	f.Add([]byte(`{"version":1}`), []byte{})
	f.Fuzz(func(t *testing.T, spec, weights []byte) {
		m, err := FromRow(dataset.ModelRow{ID: "x", Spec: spec, Weights: weights})
		if err != nil {
			return
		}
		w := make([][]float64, len(m.Contract().Channels))
		for i := range w {
			w[i] = make([]float64, m.Contract().Samples)
		}
		if p, err := m.Predict(w); err == nil && len(p) != len(m.Classes()) {
			t.Fatalf("%d probabilities for %d classes", len(p), len(m.Classes()))
		}
	})
}

func TestCompareSetsTwoModelsSideBySide(t *testing.T) {
	ctx, store := context.Background(), gym(4, 3, 8)
	a := quick()
	a.Fit.Epochs = 1
	b := quick()
	b.Model.Layers = []int{32}
	ra, err := Train(ctx, store, a, nil)
	if err != nil {
		t.Fatal(err)
	}
	rb, err := Train(ctx, store, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Compare(ctx, store, ra.Model, rb.Model)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Comparable || len(c.Participants) != 4 || c.A.Accuracy != ra.Accuracy || c.B.Accuracy != rb.Accuracy {
		t.Errorf("comparison %+v", c)
	}
	if c.Tests == nil || c.Tests.MacroF1.Pairs != 4 || c.Tests.McNemar == nil || c.Tests.Posterior == nil {
		t.Fatalf("tests %+v", c.Tests)
	}
	// Four people can't show a difference at 5%, and that must be said.
	if !strings.Contains(strings.Join(c.Tests.Saying, " "), "is possible") {
		t.Errorf("said %q", c.Tests.Saying)
	}
	rank, err := Rank(ctx, store, []string{ra.Model, rb.Model})
	if err != nil || len(rank.Scores) != 4 || rank.CriticalDifference <= 0 || rank.Caution != "" {
		t.Errorf("ranking %+v (%v)", rank, err)
	}
	keys := []string{}
	for _, d := range c.Differences {
		keys = append(keys, d.Key)
	}
	if !slices.Equal(keys, []string{"model.layers", "fit.epochs"}) {
		t.Errorf("differences %v", c.Differences)
	}
}

// Another rate may cost a window at the end of a recording: the rest must still be
// compared, and it must be said.
func TestComparisonOfNearlyTheSameWindows(t *testing.T) {
	ctx, store := context.Background(), gym(4, 3, 8)
	a := quick()
	a.Fit.Epochs = 1
	ra, err := Train(ctx, store, a, nil)
	if err != nil {
		t.Fatal(err)
	}
	rb, err := Train(ctx, store, quick(), nil)
	if err != nil {
		t.Fatal(err)
	}
	same := ra.only(momentsOf(ra))
	for _, d := range []float64{same.Accuracy - ra.Accuracy, same.LogLoss - ra.LogLoss, same.FoldMacroF1 - ra.FoldMacroF1, same.Chance - ra.Chance, same.ECE - ra.ECE} {
		if math.Abs(d) > 1e-12 {
			t.Errorf("all windows, other scores: %+v", same)
		}
	}
	without := func(r *Result, n int) *Result {
		moments := momentsOf(r)
		for _, p := range r.Predictions[:n] {
			moments[moment{p.Session, p.StartS, p.Truth}]--
		}
		return r.only(moments)
	}
	keep := func(r *Result) {
		text, err := json.Marshal(outcome{Result: r, Predictions: r.Predictions})
		if err != nil {
			t.Fatal(err)
		}
		run := store.runs[r.Run]
		run.Outcome = text
		store.runs[r.Run] = run
	}
	n := len(rb.Predictions)
	keep(without(rb, 1))
	c, err := Compare(ctx, store, ra.Model, rb.Model)
	if err != nil || !c.Comparable || c.Tests == nil || !strings.Contains(c.Caution, "One window") || c.A.N != n-1 || c.B.N != n-1 {
		t.Errorf("of %d windows one is missing: %+v (%v)", n, c, err)
	}
	keep(without(rb, n/2))
	if c, err := Compare(ctx, store, ra.Model, rb.Model); err != nil || c.Comparable || c.Tests != nil {
		t.Errorf("half of %d windows are missing: %+v (%v)", n, c, err)
	}
}

// Study files are what training reads.
var _ Store = (*dataset.Study)(nil)

func TestModelsAreNamedByKindAndNumber(t *testing.T) {
	store := newMemory()
	for _, name := range []string{"mlp-1", "mlp-7", "forest-9", "", "mlp-mine"} {
		if err := store.SaveModel(t.Context(), dataset.ModelRow{ID: "id" + name, Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	for kind, want := range map[string]string{"mlp": "mlp-8", "forest": "forest-10", "logistic": "logistic-1"} {
		if got, err := newName(t.Context(), store, kind); err != nil || got != want {
			t.Errorf("a new %s is named %q (%v), want %q", kind, got, err, want)
		}
	}
}

// What a person who withdrew left in a model is not used again.
func TestWithdrawnModelIsRefused(t *testing.T) {
	if _, err := FromRow(dataset.ModelRow{ID: "m1", Withdrawn: "P07"}); !errors.Is(err, ErrModel) || !strings.Contains(err.Error(), "withdrawn") {
		t.Errorf("%v", err)
	}
}
