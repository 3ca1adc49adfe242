package training

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"onset/dataset"
)

func (m *memory) Runs(context.Context) ([]dataset.Run, error) {
	var out []dataset.Run
	for _, r := range m.runs {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b dataset.Run) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return out, nil
}

func (m *memory) Participants(context.Context) ([]dataset.Participant, error) { return m.people, nil }

// quickSearch is a search that ends in a moment.
func quickSearch() SearchConfig {
	c := DefaultSearch()
	q := quick()
	c.Data, c.Model, c.Fit, c.Split = q.Data, q.Model, q.Fit, q.Split
	c.Model.Layers, c.Fit.Epochs, c.Fit.InnerFolds, c.Model.Kernel = []int{8}, 9, 2, 3
	c.Search.Trials, c.Search.Round, c.Search.Keep, c.Search.Outer = 10, 6, 2, 1
	return c
}

// searched runs a search with a clock of its own; stop, when it is not 0, ends it
// after so many reports.
func searched(t *testing.T, store *memory, cfg SearchConfig, stop int) (*SearchResult, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	now, n := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 0
	o := Options{Now: func() time.Time { now = now.Add(time.Second); return now }, Parallel: 2,
		Rand: &fixedIDs{text: "a search"}}
	return Search(ctx, store, cfg, false, o, func(Progress) {
		if n++; n == stop {
			cancel()
		}
	})
}

// timeless is a result without the seconds it took.
func timeless(t *testing.T, r *SearchResult) string {
	t.Helper()
	copied := *r
	copied.Seconds = 0
	text, err := json.Marshal(copied)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestBrokenSearchEndsAsAnUnbrokenOne(t *testing.T) {
	whole, err := searched(t, gym(6, 3, 1), quickSearch(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, stop := range []int{1, 4, 13} {
		store := gym(6, 3, 1)
		if _, err := searched(t, store, quickSearch(), stop); !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped after %d reports: %v", stop, err)
		}
		r, err := searched(t, store, quickSearch(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := timeless(t, whole), timeless(t, r); a != b {
			t.Errorf("stopped after %d reports and gone on with, it ended otherwise:\n%s\n%s", stop, a, b)
		}
	}
	if !whole.Finished || len(whole.Tracks) != 2 || len(whole.Judged) != 1 || len(whole.Judged[0].Searched.Predictions) == 0 {
		t.Errorf("the whole search: %d tracks, %d judgements", len(whole.Tracks), len(whole.Judged))
	}
}

// What is held out must have no part in choosing, nor in what memory offers.
func TestSearchNeverSeesThoseHeldOut(t *testing.T) {
	store, cfg := gym(6, 3, 1), quickSearch()
	first, err := searched(t, store, cfg, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, track := range first.Tracks {
		for _, h := range track.HeldOut {
			if slices.Contains(track.People, h) {
				t.Errorf("%s is held out and chosen by", h)
			}
		}
		if got := len(track.Trials); got != cfg.Search.Trials {
			t.Errorf("track %d tried %d candidates", track.Fold, got)
		}
		full := 0
		for _, k := range track.Trials {
			if k.full(cfg.Fit.Epochs) {
				full++
			}
			if k.How == "" || k.How != "base" && k.How != "memory" && len(k.Parents) == 0 {
				t.Errorf("trial %+v has no origin", k)
			}
		}
		if full == 0 || full > 3 {
			t.Errorf("%d of %d candidates went through all epochs", full, len(track.Trials))
		}
	}
	// A second search without another fold's people must not take from the first
	// search's track of everyone, which knows them.
	before := []*SearchResult{first}
	outer := &Track{SensorSet: cfg.Data.SensorSet, People: first.Tracks[1].People}
	for _, m := range remember(before, outer, cfg.Choose.By) {
		if !strings.HasPrefix(m.Trial, first.Run+"-1-") {
			t.Errorf("memory offers %s, which saw those held out", m.Trial)
		}
	}
	if len(remember(before, first.Tracks[0], cfg.Choose.By)) != boardSize {
		t.Error("everyone's memory is not full")
	}
	stranger := &Track{SensorSet: cfg.Data.SensorSet, People: []string{"P00", "P01"}}
	if m := remember(before, stranger, cfg.Choose.By); len(m) != 0 {
		t.Errorf("memory offers %v, chosen by people who are held out", m)
	}
}

func TestSearchKeepsModelsWithTheirOrigin(t *testing.T) {
	store, cfg := gym(6, 3, 1), quickSearch()
	r, err := searched(t, store, cfg, 0)
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for _, k := range r.Tracks[0].Trials {
		if k.Model == "" {
			continue
		}
		kept++
		m, err := Load(t.Context(), store, k.Model)
		if err != nil {
			t.Fatal(err)
		}
		result, err := LoadResult(t.Context(), store, m.Lineage.Run)
		if err != nil || result.Search != k.ID || result.Split != SplitInner || len(result.Predictions) == 0 {
			t.Errorf("kept model's result: %+v (%v)", result, err)
		}
		if got := k.last().MacroF1; result.MacroF1 != got {
			t.Errorf("kept with macro-F1 %v, chosen with %v", result.MacroF1, got)
		}
	}
	if kept == 0 || kept > 2 {
		t.Errorf("%d models were kept", kept)
	}
	boards, err := Leaderboards(t.Context(), store)
	if err != nil || len(boards) != 1 {
		t.Fatalf("%d boards (%v)", len(boards), err)
	}
	b := boards[0]
	if len(b.Best) == 0 || len(b.Best) > boardSize || b.Best[0].Trial != r.Tracks[0].Best {
		t.Errorf("board %+v, the best is %s", b.Best, r.Tracks[0].Best)
	}
	known := map[string]bool{}
	for _, n := range b.Family {
		known[n.Trial] = true
	}
	for _, n := range b.Family {
		for _, p := range n.Parents {
			if !known[p] {
				t.Errorf("%s has the parent %s, who is not in the family", n.Trial, p)
			}
		}
	}
	for _, e := range b.Best {
		if !known[e.Trial] {
			t.Errorf("%s is on the board and not in the family", e.Trial)
		}
	}
}

// A search for so many minutes has come as far as they are used up.
func TestProgressFollowsTheMinutes(t *testing.T) {
	cfg := quickSearch()
	cfg.Search.Trials, cfg.Search.Minutes = 0, 2
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	begin, last := now, 0.0
	o := Options{Now: func() time.Time { now = now.Add(time.Second); return now }, Parallel: 1, Rand: &fixedIDs{text: "a search"}}
	_, err := Search(t.Context(), gym(6, 3, 1), cfg, false, o, func(p Progress) {
		if p.Phase != PhaseSearch || p.Done == 1 {
			return
		}
		if want := now.Sub(begin).Seconds() / 120; p.Done < last || p.Done < 0.9*want-0.02 || p.Done > want {
			t.Errorf("after %s of 2 minutes it says %.3f, before %.3f", now.Sub(begin), p.Done, last)
		}
		last = p.Done
	})
	if err != nil || last < 0.5 {
		t.Errorf("ended at %.2f (%v)", last, err)
	}
}

// What a search kept can be fitted again without the search, to the same bits.
func TestKeptCandidateIsRepeatedAlone(t *testing.T) {
	ctx, store, cfg := t.Context(), gym(6, 3, 1), quickSearch()
	r, err := searched(t, store, cfg, 0)
	if err != nil {
		t.Fatal(err)
	}
	runs, models := len(store.runs), len(store.models)
	var kept, dropped *Trial
	for _, k := range r.Tracks[0].Trials {
		if k.Model == "" {
			dropped = k
			continue
		}
		kept = k
		id, err := KeptRun(ctx, store, k.ID)
		if err != nil {
			t.Fatal(err)
		}
		same, err := Rerun(ctx, store, id, Options{}, nil)
		if err != nil || !same.Same || same.Candidate != k.ID || same.Model != k.Model {
			t.Fatalf("candidate %s (%s) repeated: %+v (%v)", k.ID, k.Genes, same, err)
		}
		if got := same.Checks[len(same.Checks)-1]; got.Repeated != k.Weights {
			t.Errorf("candidate %s repeated has the weights %s, the search noted %s", k.ID, got.Repeated, k.Weights)
		}
	}
	if len(store.runs) != runs || len(store.models) != models {
		t.Error("repeating left something in the study")
	}
	if _, err := KeptRun(ctx, store, dropped.ID); !errors.Is(err, dataset.ErrBadRequest) {
		t.Errorf("a candidate that was not kept: %v", err)
	}
	id, _ := KeptRun(ctx, store, kept.ID)
	row := store.models[kept.Model]
	row.Weights = slices.Clone(row.Weights)
	row.Weights[3] ^= 1
	store.models[kept.Model] = row
	if other, err := Rerun(ctx, store, id, Options{}, nil); err != nil || other.Same || other.Why == "" {
		t.Errorf("one bit was changed: %+v (%v)", other, err)
	}
	store.labels[store.sessions[0].ID][0].Exercise = exercises[2]
	if other, err := Rerun(ctx, store, id, Options{}, nil); err != nil || other.Same || !strings.Contains(other.Why, "Labels") {
		t.Errorf("a label was changed: %+v (%v)", other, err)
	}
}

func TestMutantsAreAlwaysConfigs(t *testing.T) {
	c := DefaultSearch()
	rng := rand.New(rand.NewPCG(1, 2))
	g, other := genesOf(c.Config), genesOf(c.Config)
	seen := map[string]bool{}
	for range 3000 {
		if rng.IntN(10) == 0 {
			g = crossed(g, other, rng)
		}
		seen[g.mutate(c, rng)] = true
		cfg := g.on(c.Config)
		if err := cfg.Check(); err != nil {
			t.Fatalf("%v: %v", g, err)
		}
		if cfg.Data.WindowS > c.Data.WindowS || cfg.Data.WindowS < c.Search.ShortestS-1e-9 {
			t.Fatalf("a window of %g s", cfg.Data.WindowS)
		}
		if rng.IntN(5) == 0 {
			other = g
		}
	}
	for _, what := range changes() {
		if !seen[what] {
			t.Errorf("%s never changed", what)
		}
	}
}

func TestSearchConfigsAreCheckedByKey(t *testing.T) {
	c, err := ParseSearch([]byte(ExampleSearch()))
	if err != nil {
		t.Fatal(err)
	}
	want, _ := DefaultSearch().TOML()
	if got, _ := c.TOML(); string(got) != string(want) {
		t.Error("the example is not the default")
	}
	for text, key := range map[string]string{
		"[search]\ntrials = 0": "search.trials", "[search]\nhalving = 1": "search.halving", "[model]\nkind = \"forest\"": "model.kind",
		"[search]\nchange = [\"colour\"]": "search.change", "[split]\nby = \"time\"": "split.by", "[search]\nspeed = 1": "search.speed",
		"[fit]\ninner_folds = 0": "fit.inner_folds", "[search]\nfilters = [\"comb\"]": "search.filters", "[search]\nshortest_s = 2.0": "search.shortest_s",
	} {
		var bad *ConfigError
		if _, err := ParseSearch([]byte(text)); !errors.As(err, &bad) || bad.Key != key || bad.Line == 0 {
			t.Errorf("%q: %v", text, err)
		}
	}
}
