package training

import (
	"context"
	"fmt"
	"math"

	"onset/training/stats"
)

// Effects are what single settings change about a config's score.
type Effects struct {
	Run     string   `json:"run"`
	Unit    string   `json:"unit_of_analysis"`
	Base    Effect   `json:"base"`
	Effects []Effect `json:"effects"`
}

// Effect is one setting's score on the base's moments and folds, and what it
// gains over the base, participant by participant.
type Effect struct {
	Name     string  `json:"name"`
	Setting  string  `json:"setting"`
	Windows  int     `json:"windows"`
	Accuracy float64 `json:"accuracy"`
	MacroF1  float64 `json:"macro_f1"`
	// Gain is the mean difference of participants' accuracy, with its 95%
	// bootstrap interval and Wilcoxon's test; absent for the base.
	Gain    *Spread           `json:"gain,omitempty"`
	Test    *stats.SignedRank `json:"test,omitempty"`
	Skipped string            `json:"skipped,omitempty"`
}

// setting is one change of a config.
type setting struct {
	name, text string
	change     func(*Config)
}

// settings are the augmentations and invariances, each at a usual strength.
func settings() []setting {
	orientation := func(o string) func(*Config) { return func(c *Config) { c.Data.Orientation = o } }
	return []setting{
		{"gravity alignment", `orientation = "gravity"`, orientation(OrientationGravity)},
		{"orientation-free channels", `orientation = "invariant"`, orientation(OrientationInvariant)},
		{"half turns", `orientation = "half-turns"`, orientation(OrientationHalfTurns)},
		{"half turns and mirror", `orientation = "octant"`, orientation(OrientationOctant)},
		{"each person's own scaling", `person = "windows"`, func(c *Config) { c.Data.Person = PersonWindows }},
		{"later windows too", "crop_s = 8, crop_step_s = 1", func(c *Config) { c.Augment.CropS, c.Augment.CropStepS = 8, 1 }},
		{"crops around the onset", "crop_s = 0.2, lead_s = 0.2, crop_step_s = 0.1", func(c *Config) {
			c.Augment.CropS, c.Augment.LeadS, c.Augment.CropStepS = 0.2, 0.2, 0.1
		}},
		{"rotation", "rotate_deg = 20", func(c *Config) { c.Augment.RotateDeg = 20 }},
		{"left/right mirroring", `mirror = "z"`, func(c *Config) { c.Augment.Mirror = "z" }},
		{"time warp", "warp = 0.2", func(c *Config) { c.Augment.Warp = 0.2 }},
		{"scaling", "scale = 0.2", func(c *Config) { c.Augment.Scale = 0.2 }},
		{"jitter", "jitter = 0.05", func(c *Config) { c.Augment.Jitter = 0.05 }},
		{"sensor dropout", "sensor_dropout = 0.3", func(c *Config) { c.Augment.SensorDropout = 0.3 }},
	}
}

// MeasureEffects judges a config as it is and with each augmentation and
// invariance switched on alone, on the same moments and folds.
func MeasureEffects(ctx context.Context, store Store, cfg Config, o Options, observe func(Progress)) (*Effects, error) {
	o = o.withDefaults()
	begin := o.Now()
	if observe == nil {
		observe = func(Progress) {}
	}
	list := settings()
	stage := stages(observe, len(list)+1)
	base, err := prepare(ctx, store, cfg, stage(0))
	if err != nil {
		return nil, err
	}
	if err := base.judge(ctx, o.Parallel); err != nil {
		return nil, err
	}
	out := &Effects{Unit: base.result.Unit, Base: effectOf("as it is", "", base.result)}
	for i, s := range list {
		own := cfg
		s.change(&own)
		e, err := measureEffect(ctx, store, own, base, s, o.Parallel, stage(i+1))
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			e = Effect{Name: s.name, Setting: s.text, Skipped: err.Error()}
		}
		out.Effects = append(out.Effects, e)
	}
	return out, keepRun(ctx, store, "effects", cfg, base.set.Hash, begin, o, &out.Run, out)
}

func effectOf(name, text string, r *Result) Effect {
	return Effect{Name: name, Setting: text, Windows: r.Windows, Accuracy: r.Accuracy, MacroF1: r.MacroF1}
}

func measureEffect(ctx context.Context, store Store, cfg Config, base *run, s setting, parallel int, observe func(Progress)) (Effect, error) {
	if err := cfg.Check(); err != nil {
		return Effect{}, err
	}
	if cfg.Augment.SensorDropout > 0 && len(sensorsOf(base.set.Contract)) < 2 {
		return Effect{}, fmt.Errorf("there is only one sensor")
	}
	t, err := runOn(ctx, store, cfg, base.set, observe)
	if err != nil {
		return Effect{}, err
	}
	if err := t.judge(ctx, parallel); err != nil {
		return Effect{}, err
	}
	e := effectOf(s.name, s.text, t.result)
	var a, b, gain []float64
	for _, x := range base.result.Participants {
		for _, y := range t.result.Participants {
			if x.Participant == y.Participant {
				a, b, gain = append(a, x.Accuracy), append(b, y.Accuracy), append(gain, y.Accuracy-x.Accuracy)
			}
		}
	}
	spread := spreadOf(gain)
	e.Gain = &spread
	if test, err := stats.Wilcoxon(b, a); err == nil && !math.IsNaN(test.P) {
		e.Test = &test
	}
	return e, nil
}
