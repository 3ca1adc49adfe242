package training

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"onset/dataset"
	"onset/training/nn"
)

// boardSize is how many of the best are remembered for each group and sensor set.
const boardSize = 10

// KindSearch is the kind of a search's run.
const KindSearch = "search"

// Statuses of a search's run.
const (
	statusRunning = "running"
	statusDone    = "done"
)

// Trial is one candidate of a search. Its scores are of inner folds only.
type Trial struct {
	ID      string   `json:"id"` // run-track-number
	Number  int      `json:"number"`
	Round   int      `json:"round"`
	How     string   `json:"how"` // "base", "memory", "crossed", or what was mutated
	Parents []string `json:"parents,omitempty"`
	Genes   Genes    `json:"genes"`
	Seed    uint64   `json:"seed"`
	// WindowSet is the hash of what it learnt from.
	WindowSet string `json:"window_set,omitempty"`
	Rungs     []Rung `json:"rungs"`
	Failed    string `json:"failed,omitempty"`
	// Model and Weights are of a trial that was kept.
	Model   string `json:"model,omitempty"`
	Weights string `json:"weights_sha256,omitempty"`
}

// Rung is the score of a trial after some epochs.
type Rung struct {
	Epochs   int     `json:"epochs"`
	LogLoss  float64 `json:"log_loss"`
	MacroF1  float64 `json:"macro_f1"`
	Accuracy float64 `json:"accuracy"`
}

func (r Rung) score() InnerScore {
	return InnerScore{LogLoss: r.LogLoss, MacroF1: r.MacroF1, Accuracy: r.Accuracy}
}

// Track is the search for one group and sensor set among some people.
type Track struct {
	Group     string    `json:"group,omitempty"`
	SensorSet SensorSet `json:"sensor_set"`
	Fold      int       `json:"fold"`               // outer fold, from 1; 0 is everyone
	HeldOut   []string  `json:"held_out,omitempty"` // never seen by this track
	People    []string  `json:"people"`             // that it chose by
	Memory    []Memory  `json:"memory,omitempty"`   // as it was at the start
	WindowSet string    `json:"window_set"`
	Trials    []*Trial  `json:"trials"`
	Done      bool      `json:"done"`
	// Best is the trial that was chosen.
	Best string `json:"best,omitempty"`

	windows *WindowSet // of the first candidate
	fold    Fold
}

// Memory is a candidate of an earlier search.
type Memory struct {
	Trial string `json:"trial"`
	Genes Genes  `json:"genes"`
}

// Judgement is what the outer folds say of the searching for one group and
// sensor set, and of the first candidate, which a person made, on the same folds.
type Judgement struct {
	Group     string    `json:"group,omitempty"`
	SensorSet SensorSet `json:"sensor_set"`
	Searched  *Result   `json:"searched"`
	Default   *Result   `json:"default"`
	Tests     *Tests    `json:"tests,omitempty"` // B is the search
	Opened    int       `json:"opened"`          // how often searches have looked at these people, this one counted
}

// SearchResult is the outcome of a search, and between its start and its end the
// checkpoint.
type SearchResult struct {
	Run        string       `json:"run"`
	Arithmetic string       `json:"arithmetic"`
	Tracks     []*Track     `json:"tracks"`
	Judged     []*Judgement `json:"judged"`
	Seconds    float64      `json:"seconds"`
	Finished   bool         `json:"finished"`
	// Stopped says why a search ended before its trials were used up.
	Stopped string `json:"stopped,omitempty"`
}

// SearchStore is a study for searches; *dataset.Study is one.
type SearchStore interface {
	Store
	Runs(ctx context.Context) ([]dataset.Run, error)
	Participants(ctx context.Context) ([]dataset.Participant, error)
}

// readSearch restores a search.
func readSearch(run dataset.Run) (*SearchResult, error) {
	r := &SearchResult{}
	if err := json.Unmarshal(run.Outcome, r); err != nil {
		return nil, fmt.Errorf("reading search %s: %w", run.ID, err)
	}
	return r, nil
}

// searches are the study's, oldest first.
func searches(ctx context.Context, store SearchStore) ([]dataset.Run, []*SearchResult, error) {
	all, err := store.Runs(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("listing searches: %w", err)
	}
	var runs []dataset.Run
	var out []*SearchResult
	for _, run := range all {
		if run.Kind != KindSearch {
			continue
		}
		r, err := readSearch(run)
		if err != nil {
			return nil, nil, err
		}
		runs, out = append(runs, run), append(out, r)
	}
	return runs, out, nil
}

// full tells whether a trial went through all epochs.
func (t *Trial) full(epochs int) bool {
	return t.Failed == "" && len(t.Rungs) > 0 && t.Rungs[len(t.Rungs)-1].Epochs >= epochs
}

// last is the trial's score with the most epochs.
func (t *Trial) last() Rung { return t.Rungs[len(t.Rungs)-1] }

// ranked are the trials with a score: those of more epochs first, among them the
// better ones, and of equals the earlier.
func ranked(trials []*Trial, by string) []*Trial {
	var out []*Trial
	for _, t := range trials {
		if t.Failed == "" && len(t.Rungs) > 0 {
			out = append(out, t)
		}
	}
	slices.SortStableFunc(out, func(a, b *Trial) int {
		x, y := a.last(), b.last()
		switch {
		case x.Epochs != y.Epochs:
			return y.Epochs - x.Epochs
		case x.score().better(y.score(), by):
			return -1
		case y.score().better(x.score(), by):
			return 1
		}
		return a.Number - b.Number
	})
	return out
}

// remember are the best of earlier searches for the same group and sensor set
// whose people are all among those who may be seen: whoever is held out here had
// no part in choosing them.
func remember(before []*SearchResult, t *Track, by string) []Memory {
	var all []*Trial
	for _, s := range before {
		for _, o := range s.Tracks {
			if o.Group != t.Group || !slices.Equal(sortedSet(o.SensorSet), sortedSet(t.SensorSet)) || !allAmong(o.People, t.People) {
				continue
			}
			all = append(all, o.Trials...)
		}
	}
	var out []Memory
	for _, k := range ranked(all, by) {
		if len(out) == boardSize {
			break
		}
		if !slices.ContainsFunc(out, func(m Memory) bool { return m.Genes.String() == k.Genes.String() }) {
			out = append(out, Memory{Trial: k.ID, Genes: k.Genes})
		}
	}
	return out
}

func sortedSet(s SensorSet) []string {
	out := slices.Clone([]string(s))
	slices.Sort(out)
	return out
}

// allAmong reports whether every one of some is among all, which is sorted.
func allAmong(some, all []string) bool {
	for _, s := range some {
		if _, ok := slices.BinarySearch(all, s); !ok {
			return false
		}
	}
	return true
}

// save keeps the search's state in the study.
func (s *searching) save(ctx context.Context, status string) error {
	s.result.Seconds = s.spent + s.o.Now().Sub(s.begin).Seconds()
	text, err := json.Marshal(s.result)
	if err != nil {
		return fmt.Errorf("writing the search's state: %w", err)
	}
	err = s.store.SaveRun(ctx, dataset.Run{ID: s.result.Run, Kind: KindSearch, CreatedAt: s.created, Config: s.text,
		WindowSet: s.result.Tracks[0].WindowSet, Seed: s.cfg.Search.Seed, Outcome: text, Seconds: s.result.Seconds, Status: status})
	if err != nil {
		return fmt.Errorf("keeping the search's state: %w", err)
	}
	s.saved = s.o.Now()
	return nil
}

// begun finds a search with the same config that has not ended.
func begun(runs []dataset.Run, results []*SearchResult, text []byte) (dataset.Run, *SearchResult) {
	for i := len(runs) - 1; i >= 0; i-- {
		if runs[i].Status == statusRunning && string(runs[i].Config) == string(text) {
			return runs[i], results[i]
		}
	}
	return dataset.Run{}, nil
}

// sameArithmetic refuses to go on with other arithmetic than a search began with:
// its end would not be that of an unbroken one.
func sameArithmetic(r *SearchResult) error {
	if now := nn.KernelName(); r.Arithmetic != now {
		return fmt.Errorf("search %s began with the arithmetic %q and would go on with %q; choose it with --kernel %s, or begin anew with --new: %w",
			r.Run, r.Arithmetic, now, r.Arithmetic, dataset.ErrConflict)
	}
	return nil
}

// saveEvery bounds how often the state is written within a rung.
const saveEvery = 2 * time.Second
