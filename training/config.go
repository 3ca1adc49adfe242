package training

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"
)

// Ways to place windows.
const (
	AtOnset   = "onset"   // one window from each labelled onset
	AtSliding = "sliding" // windows every StepS through the recordings
)

// Rules that give a sliding window its class.
const (
	RuleWhole    = "whole"    // the window lies inside one label; the grid starts at the label
	RuleMajority = "majority" // the label that covers the most, at least MinShare of the window
	RuleEnd      = "end"      // the label at the window's last instant
)

// Ways to split.
const (
	ByParticipant = "participant"
	BySession     = "session"
	ByTime        = "time"
)

// Any is the sensor set that takes whatever single accelerometer a recording
// holds.
const Any = "any"

// SensorSet lists sensors such as "left-wrist/accelerometer". In TOML it is a
// list or "any".
type SensorSet []string

// IsAny reports the set that takes any single accelerometer.
func (s SensorSet) IsAny() bool { return len(s) == 1 && s[0] == Any }

// UnmarshalTOML implements toml.Unmarshaler.
func (s *SensorSet) UnmarshalTOML(v any) error {
	names, err := stringList(v)
	*s = names
	return err
}

// Selection is a list of names; in TOML it may also be "*" (everything), which
// is the empty list here.
type Selection []string

// UnmarshalTOML implements toml.Unmarshaler.
func (s *Selection) UnmarshalTOML(v any) error {
	names, err := stringList(v)
	if len(names) == 0 || len(names) == 1 && names[0] == "*" {
		names = nil
	}
	*s = names
	return err
}

// MarshalTOML implements toml.Marshaler.
func (s Selection) MarshalTOML() ([]byte, error) {
	if len(s) == 0 {
		return []byte(`"*"`), nil
	}
	return Names(s).MarshalTOML()
}

// Names is a list of names in which the empty list is nothing.
type Names []string

// UnmarshalTOML implements toml.Unmarshaler.
func (n *Names) UnmarshalTOML(v any) error {
	names, err := stringList(v)
	if len(names) == 0 {
		names = nil
	}
	*n = names
	return err
}

// MarshalTOML implements toml.Marshaler.
func (n Names) MarshalTOML() ([]byte, error) {
	if len(n) == 0 {
		return []byte("[]"), nil
	}
	return json.Marshal([]string(n)) // a list of texts in JSON is one in TOML
}

// has reports whether any of the names is selected; an empty selection selects
// everything.
func (s Selection) has(names ...string) bool {
	if len(s) == 0 {
		return true
	}
	for _, want := range s {
		for _, n := range names {
			if want == n {
				return true
			}
		}
	}
	return false
}

func stringList(v any) ([]string, error) {
	switch v := v.(type) {
	case string:
		return []string{v}, nil
	case []any:
		out := make([]string, 0, len(v))
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, fmt.Errorf("%v is not a text in quotes", e)
			}
			out = append(out, s)
		}
		return out, nil
	}
	return nil, fmt.Errorf("%v is neither a text in quotes nor a list of them", v)
}

// Config says everything about one training. ExampleConfig explains each key.
type Config struct {
	Data    DataConfig    `toml:"data" json:"data"`
	Split   SplitConfig   `toml:"split" json:"split"`
	Model   ModelConfig   `toml:"model" json:"model"`
	Fit     FitConfig     `toml:"fit" json:"fit"`
	Augment AugmentConfig `toml:"augment" json:"augment"`
	// Choose and Candidates let several models compete on the training side.
	Choose     ChooseConfig `toml:"choose" json:"choose"`
	Candidates []Candidate  `toml:"candidate,omitempty" json:"candidates,omitempty"`
}

// DataConfig chooses the examples.
type DataConfig struct {
	SensorSet       SensorSet `toml:"sensor_set" json:"sensor_set"`
	Label           string    `toml:"label" json:"label"`
	LabelSet        string    `toml:"label_set" json:"label_set"`
	Require         string    `toml:"require" json:"require"`
	WindowS         float64   `toml:"window_s" json:"window_s"`
	At              string    `toml:"at" json:"at"`
	StepS           float64   `toml:"step_s" json:"step_s"`
	LabelRule       string    `toml:"label_rule" json:"label_rule"`
	MinShare        float64   `toml:"min_share" json:"min_share"`
	BridgeS         float64   `toml:"bridge_s" json:"bridge_s,omitempty"`
	Background      string    `toml:"background" json:"background"`
	Sessions        Selection `toml:"sessions" json:"sessions"`
	ExcludeSessions Names     `toml:"exclude_sessions" json:"exclude_sessions"`
	Participants    Selection `toml:"participants" json:"participants"`
	Group           string    `toml:"group" json:"group,omitempty"`
	Recordings      Selection `toml:"recordings" json:"recordings"`
	Classes         Selection `toml:"classes" json:"classes"`
	RateHz          float64   `toml:"rate_hz" json:"rate_hz"`
	Units           Names     `toml:"units" json:"units"`
	Filter          string    `toml:"filter" json:"filter"`
	Orientation     string    `toml:"orientation" json:"orientation"`
	Person          string    `toml:"person" json:"person"`
}

// SplitConfig says who is held out.
type SplitConfig struct {
	By         string `toml:"by" json:"by"`
	Folds      int    `toml:"folds" json:"folds"`
	Seed       uint64 `toml:"seed" json:"seed"`
	Duplicates string `toml:"duplicates" json:"duplicates"`
	// External are participants (or sessions) whom nothing is learnt from or
	// chosen by, until they judge a model once.
	External Names `toml:"external" json:"external,omitempty"`
}

// ModelConfig says what is fitted.
type ModelConfig struct {
	Kind       string  `toml:"kind" json:"kind"`
	Layers     []int   `toml:"layers" json:"layers"`
	Kernel     int     `toml:"kernel" json:"kernel"`
	Activation string  `toml:"activation" json:"activation"`
	Dropout    float64 `toml:"dropout" json:"dropout"`
	Spec       string  `toml:"spec" json:"spec"`
	Input      string  `toml:"input" json:"input"`

	Features   Selection `toml:"features" json:"features"`
	Kernels    int       `toml:"kernels" json:"kernels"`
	Trees      int       `toml:"trees" json:"trees"`
	MinLeaf    int       `toml:"min_leaf" json:"min_leaf"`
	TryShare   float64   `toml:"try_share" json:"try_share"`
	Neighbours int       `toml:"neighbours" json:"neighbours"`
	C          float64   `toml:"c" json:"c"`
	Gamma      float64   `toml:"gamma" json:"gamma"`
}

// FitConfig says how.
type FitConfig struct {
	Optimizer      string  `toml:"optimizer" json:"optimizer"`
	Rate           float64 `toml:"rate" json:"rate"`
	Batch          int     `toml:"batch" json:"batch"`
	Epochs         int     `toml:"epochs" json:"epochs"`
	Seed           uint64  `toml:"seed" json:"seed"`
	Patience       int     `toml:"patience" json:"patience"`
	Validation     float64 `toml:"validation" json:"validation"`
	InnerFolds     int     `toml:"inner_folds" json:"inner_folds"`
	Refit          bool    `toml:"refit" json:"refit"`
	WeightDecay    float64 `toml:"weight_decay" json:"weight_decay"`
	LabelSmoothing float64 `toml:"label_smoothing" json:"label_smoothing"`
	ClassWeights   bool    `toml:"class_weights" json:"class_weights"`
	Schedule       string  `toml:"schedule" json:"schedule"`
	Warmup         int     `toml:"warmup" json:"warmup"`
	Clip           float64 `toml:"clip" json:"clip"`
	// Start is a model whose weights nets start from, or StartBest.
	Start string `toml:"start" json:"start,omitempty"`
}

// AugmentConfig makes more of the training examples, never of others.
type AugmentConfig struct {
	LeadS         float64 `toml:"lead_s" json:"lead_s"`
	CropS         float64 `toml:"crop_s" json:"crop_s"`
	CropStepS     float64 `toml:"crop_step_s" json:"crop_step_s"`
	RotateDeg     float64 `toml:"rotate_deg" json:"rotate_deg"`
	Mirror        string  `toml:"mirror" json:"mirror"`
	Warp          float64 `toml:"warp" json:"warp"`
	Scale         float64 `toml:"scale" json:"scale"`
	Jitter        float64 `toml:"jitter" json:"jitter"`
	SensorDropout float64 `toml:"sensor_dropout" json:"sensor_dropout"`
	Copies        int     `toml:"copies" json:"copies"`
}

// ConfigError names a key that is not known or a value that cannot be used.
type ConfigError struct {
	Line int    // 1-based; 0 when the key is not in the text
	Key  string // such as "data.window_s"
	Text string
}

func (e *ConfigError) Error() string {
	where := "training config"
	if e.Line > 0 {
		where += fmt.Sprintf(" line %d", e.Line)
	}
	if e.Key != "" {
		where += ": " + e.Key
	}
	return where + ": " + e.Text
}

// ParseConfig reads a training config in TOML. Keys that are not given have the
// defaults of DefaultConfig; those of a candidate have what the config says
// outside of it. An unknown key or a value that cannot be used is a *ConfigError
// with its line.
func ParseConfig(text []byte) (Config, error) {
	raw := rawConfig{Config: DefaultConfig()}
	meta, err := toml.NewDecoder(bytes.NewReader(text)).Decode(&raw)
	if err == nil {
		err = raw.resolve(meta)
	}
	var syntax toml.ParseError
	if errors.As(err, &syntax) {
		return Config{}, &ConfigError{Line: syntax.Position.Line, Key: syntax.LastKey, Text: plainTOML(syntax)}
	} else if err != nil {
		return Config{}, &ConfigError{Text: strings.TrimPrefix(err.Error(), "toml: ")}
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		key := unknown[0].String()
		return Config{}, &ConfigError{Line: lineOf(text, key), Key: key, Text: "no such key; see the example config"}
	}
	if err := raw.Config.Check(); err != nil {
		var bad *ConfigError
		if errors.As(err, &bad) {
			bad.Line = lineOf(text, bad.Key)
		}
		return Config{}, err
	}
	return raw.Config, nil
}

func plainTOML(e toml.ParseError) string {
	if e.Message != "" {
		return e.Message
	}
	return strings.TrimPrefix(e.Error(), "toml: ")
}

var (
	tableLine = regexp.MustCompile(`^\s*\[\[?\s*([A-Za-z0-9_.-]+)\s*\]`)
	keyLine   = regexp.MustCompile(`^\s*"?([A-Za-z0-9_.-]+)"?\s*=`)
)

// lineOf is the 1-based line on which a dotted key or its table stands, 0 when
// it is not there.
func lineOf(text []byte, key string) int {
	table := ""
	for i, line := range strings.Split(string(text), "\n") {
		if m := tableLine.FindStringSubmatch(line); m != nil {
			table = m[1] + "."
			if m[1] == key {
				return i + 1
			}
		} else if m := keyLine.FindStringSubmatch(line); m != nil && table+m[1] == key {
			return i + 1
		}
	}
	return 0
}
