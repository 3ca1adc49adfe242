package training

import (
	"bytes"
	_ "embed"
	"errors"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// What a search may change about a candidate.
const (
	ChangeKind       = "kind"
	ChangeActivation = "activation"
	ChangeWidth      = "width"
	ChangeDepth      = "depth"
	ChangeKernel     = "kernel"
	ChangeFilter     = "filter"
	ChangeDropout    = "dropout"
	ChangeRate       = "rate"
	ChangeWindow     = "window"
)

func changes() []string {
	return []string{ChangeKind, ChangeActivation, ChangeWidth, ChangeDepth, ChangeKernel, ChangeFilter, ChangeDropout, ChangeRate, ChangeWindow}
}

// SearchSettings say how long to search and what may change.
type SearchSettings struct {
	// Trials is how many candidates are tried for each group, sensor set and
	// outer fold; Minutes ends the whole search before. 0 is without limit; one
	// of the two must be given.
	Trials  int     `toml:"trials" json:"trials"`
	Minutes float64 `toml:"minutes" json:"minutes"`
	// Round is how many candidates compete in a round of successive halving, of
	// which one in Halving goes on to Halving times the epochs.
	Round   int    `toml:"round" json:"round"`
	Halving int    `toml:"halving" json:"halving"`
	Seed    uint64 `toml:"seed" json:"seed"`
	// Outer is on how many of split.folds the outcome is judged: the search is
	// repeated without each one's people. 0 judges on nobody.
	Outer  int   `toml:"outer" json:"outer"`
	Change Names `toml:"change" json:"change"`
	// Filters may be tried; windows may be as short as ShortestS, but never
	// longer than data.window_s.
	Filters   Names   `toml:"filters" json:"filters"`
	ShortestS float64 `toml:"shortest_s" json:"shortest_s"`
	// Keep is how many of the best of each group and sensor set are kept as
	// models.
	Keep int `toml:"keep" json:"keep"`
	// Groups are groups of participants, each with a search of its own; "each" is
	// all that the study has. Empty is everyone together.
	Groups Names `toml:"groups" json:"groups"`
	// SensorSets are searched for one by one; empty is data.sensor_set alone.
	SensorSets []SensorSet `toml:"sensor_sets" json:"sensor_sets"`
	// Memory takes the best of earlier searches among the first candidates.
	Memory bool `toml:"memory" json:"memory"`
}

// SearchConfig is a training config, which is the first candidate, with how to
// search from there.
type SearchConfig struct {
	Config
	Search SearchSettings `toml:"search" json:"search"`
}

//go:embed search.toml
var exampleSearch string

// ExampleSearch is a commented search config with every key of [search].
func ExampleSearch() string { return exampleSearch }

// DefaultSearch searches from the default net.
func DefaultSearch() SearchConfig {
	c := SearchConfig{Config: DefaultConfig(), Search: SearchSettings{Trials: 27, Round: 9, Halving: 3, Outer: 1, Keep: 10, Memory: true, SensorSets: []SensorSet{},
		Change: changes(), Filters: Names{"none", "lowpass:5", "lowpass:10", "lowpass:20", "highpass:0.3", "ema:0.3"}, ShortestS: 0.5}}
	c.Fit.InnerFolds = 4
	c.Choose.By = ChooseMacroF1
	return c
}

// ParseSearch reads a search config in TOML: a training config with a table
// [search]. Errors are *ConfigError.
func ParseSearch(text []byte) (SearchConfig, error) {
	c := DefaultSearch()
	meta, err := toml.NewDecoder(bytes.NewReader(text)).Decode(&c)
	var syntax toml.ParseError
	if errors.As(err, &syntax) {
		return SearchConfig{}, &ConfigError{Line: syntax.Position.Line, Key: syntax.LastKey, Text: plainTOML(syntax)}
	} else if err != nil {
		return SearchConfig{}, &ConfigError{Text: strings.TrimPrefix(err.Error(), "toml: ")}
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		key := unknown[0].String()
		return SearchConfig{}, &ConfigError{Line: lineOf(text, key), Key: key, Text: "no such key; see the example config"}
	}
	if err := c.Check(); err != nil {
		var bad *ConfigError
		if errors.As(err, &bad) {
			bad.Line = lineOf(text, bad.Key)
		}
		return SearchConfig{}, err
	}
	return c, nil
}

// TOML is the config as ParseSearch reads it.
func (c SearchConfig) TOML() ([]byte, error) {
	var b bytes.Buffer
	err := toml.NewEncoder(&b).Encode(c)
	return b.Bytes(), err
}

// Check reports the first value that can't be used as a *ConfigError.
func (c SearchConfig) Check() error {
	s := c.Search
	if err := c.Config.Check(); err != nil {
		return err
	}
	switch {
	case len(c.Candidates) > 0:
		return bad("candidate", "a search makes its own candidates; write the first one under [model]")
	case !c.Model.isNet() || c.Model.onRows() || c.Model.Spec != "":
		return bad("model.kind", "a search is over nets on samples without a spec, not over %q", c.Model.Kind)
	case c.Split.By == ByTime:
		return bad("split.by", `a search needs "participant" or "session"`)
	case s.Trials == 0 && s.Minutes == 0:
		return bad("search.trials", "give trials or minutes, or the search has no end")
	case len(s.Change) == 0:
		return bad("search.change", "is empty; nothing could be tried")
	case s.Halving < 2 || s.Halving > 10:
		return bad("search.halving", "%d is not between 2 and 10", s.Halving)
	case c.Fit.InnerFolds < 2:
		return bad("fit.inner_folds", "a search chooses on inner folds; give 2 or more")
	case s.ShortestS > c.Data.WindowS:
		return bad("search.shortest_s", "%g s is longer than data.window_s", s.ShortestS)
	}
	for _, k := range s.Change {
		if !slices.Contains(changes(), k) {
			return bad("search.change", "%q is not one of %s", k, strings.Join(changes(), ", "))
		}
	}
	for _, f := range s.Filters {
		if _, err := parseFilter(f); err != nil {
			return bad("search.filters", "%v", err)
		}
	}
	for _, set := range s.SensorSets {
		d := c.Data
		d.SensorSet = set
		if err := d.check(); err != nil {
			return bad("search.sensor_sets", "%v", err)
		}
	}
	return first(
		within("search.trials", float64(s.Trials), 0, 1e6), within("search.minutes", s.Minutes, 0, 1e6),
		within("search.round", float64(s.Round), 1, 1e4), within("search.outer", float64(s.Outer), 0, 1000),
		within("search.shortest_s", s.ShortestS, 0.05, 600), within("search.keep", float64(s.Keep), 0, boardSize))
}

// sensorSets are those that are searched for.
func (c SearchConfig) sensorSets() []SensorSet {
	if len(c.Search.SensorSets) == 0 {
		return []SensorSet{c.Data.SensorSet}
	}
	return c.Search.SensorSets
}
