package training

import (
	"errors"
	"fmt"
	"slices"

	"github.com/BurntSushi/toml"
)

// What candidates are compared by.
const (
	ChooseLogLoss  = "log_loss"
	ChooseMacroF1  = "macro_f1"
	ChooseAccuracy = "accuracy"
)

// ChooseConfig says how candidates are compared on validation parts.
type ChooseConfig struct {
	By string `toml:"by" json:"by"`
	// Fixed names the candidate that is taken without comparing, such as a mean of
	// others that was decided on beforehand.
	Fixed string `toml:"fixed" json:"fixed,omitempty"`
}

func (c ChooseConfig) check() error {
	return oneOf("choose.by", c.By, ChooseLogLoss, ChooseMacroF1, ChooseAccuracy)
}

// Candidate is a model that competes with others on the training side.
type Candidate struct {
	Name string `toml:"name" json:"name"`
	// Average names other candidates whose mean this one is.
	Average     Names         `toml:"average" json:"average,omitempty"`
	Orientation string        `toml:"orientation" json:"orientation"`
	Model       ModelConfig   `toml:"model" json:"model"`
	Fit         FitConfig     `toml:"fit" json:"fit"`
	Augment     AugmentConfig `toml:"augment" json:"augment"`
}

// rawConfig is a config whose candidates have not taken over the defaults yet.
type rawConfig struct {
	Config
	Candidates []rawCandidate `toml:"candidate"`
}

type rawCandidate struct {
	Name        string         `toml:"name"`
	Average     Names          `toml:"average"`
	Orientation string         `toml:"orientation"`
	Model       toml.Primitive `toml:"model"`
	Fit         toml.Primitive `toml:"fit"`
	Augment     toml.Primitive `toml:"augment"`
}

// resolve lays each candidate over the rest of the config.
func (r *rawConfig) resolve(meta toml.MetaData) error {
	for _, raw := range r.Candidates {
		c := Candidate{Name: raw.Name, Average: raw.Average, Orientation: raw.Orientation,
			Model: r.Model, Fit: r.Fit, Augment: r.Augment}
		if c.Orientation == "" {
			c.Orientation = r.Data.Orientation
		}
		err := errors.Join(meta.PrimitiveDecode(raw.Model, &c.Model), meta.PrimitiveDecode(raw.Fit, &c.Fit),
			meta.PrimitiveDecode(raw.Augment, &c.Augment))
		if err != nil {
			return fmt.Errorf("candidate %q: %w", c.Name, err)
		}
		r.Config.Candidates = append(r.Config.Candidates, c)
	}
	return nil
}

// with is the config as one candidate has it.
func (c Config) with(k Candidate) Config {
	c.Model, c.Fit, c.Augment, c.Data.Orientation = k.Model, k.Fit, k.Augment, k.Orientation
	c.Candidates, c.Choose.Fixed = nil, ""
	return c
}

func (c Config) checkCandidates() error {
	var names []string
	for _, k := range c.Candidates {
		if k.Name == "" || slices.Contains(names, k.Name) {
			return bad("candidate.name", "candidate %d is named %q, empty or not unique", len(names)+1, k.Name)
		}
		names = append(names, k.Name)
		if len(k.Average) > 0 {
			continue
		}
		if err := c.with(k).Check(); err != nil {
			var e *ConfigError
			if errors.As(err, &e) {
				e.Key, e.Text = "candidate."+e.Key, fmt.Sprintf("candidate %q: %s", k.Name, e.Text)
			}
			return err
		}
		if k.Augment.CropS > c.Augment.CropS || k.Augment.LeadS > c.Augment.LeadS || k.Augment.CropStepS != c.Augment.CropStepS {
			return bad("candidate.augment.crop_s", "candidate %q: crop_s and lead_s can't be larger than outside of candidates, crop_step_s must be the same", k.Name)
		}
	}
	for _, k := range c.Candidates {
		for _, member := range k.Average {
			i := slices.Index(names, member)
			if i < 0 || len(c.Candidates[i].Average) > 0 {
				return bad("candidate.average", "candidate %q: %q is not the name of a single candidate", k.Name, member)
			}
		}
	}
	if len(c.Candidates) == 1 {
		return bad("candidate", "a single candidate has nothing to compete with; write it under [model]")
	}
	if c.Choose.Fixed != "" {
		if !slices.Contains(names, c.Choose.Fixed) {
			return bad("choose.fixed", "%q is not the name of a candidate", c.Choose.Fixed)
		}
		return nil
	}
	if len(c.Candidates) > 1 && c.Fit.Validation == 0 && c.Fit.InnerFolds == 0 {
		return bad("fit.validation", "candidates are compared on a validation part; give validation or inner_folds")
	}
	return nil
}
