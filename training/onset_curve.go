package training

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"onset/dataset"
)

// OnsetCurve is how well exercises are told apart by the seconds seen of them.
type OnsetCurve struct {
	Run    string       `json:"run"`
	Unit   string       `json:"unit_of_analysis"`
	Chance float64      `json:"chance"`
	Points []OnsetPoint `json:"points"`
}

// OnsetPoint is the score of models that see so many seconds. All points are of
// the same moments and folds.
type OnsetPoint struct {
	Seconds             float64 `json:"seconds"`
	Windows             int     `json:"windows"`
	Accuracy            float64 `json:"accuracy"`
	MacroF1             float64 `json:"macro_f1"`
	Kappa               float64 `json:"kappa"`
	ECE                 float64 `json:"ece"`
	ParticipantAccuracy Spread  `json:"participant_accuracy"`
	ParticipantMacroF1  Spread  `json:"participant_macro_f1"`
}

// CurveSeconds are the lengths of an onset curve unless others are asked for.
func CurveSeconds() []float64 { return []float64{0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 4} }

// MeasureOnset judges a config with windows of several lengths at the onsets,
// each length with models of its own, and keeps the curve as a run. Moments that
// the longest window can't be cut at are left out of all.
func MeasureOnset(ctx context.Context, store Store, cfg Config, seconds []float64, o Options, observe func(Progress)) (*OnsetCurve, error) {
	o = o.withDefaults()
	begin := o.Now()
	if observe == nil {
		observe = func(Progress) {}
	}
	if cfg.Data.At != AtOnset {
		return nil, bad("data.at", `an onset curve needs windows at the onset, not %q`, cfg.Data.At)
	}
	if len(seconds) == 0 {
		seconds = CurveSeconds()
	}
	seconds = slices.Clone(seconds)
	slices.Sort(seconds)
	longest := cfg
	longest.Data.WindowS = seconds[len(seconds)-1]
	base, err := ReadWindows(ctx, store, longest, nil)
	if err != nil {
		return nil, fmt.Errorf("reading windows of %g s: %w", longest.Data.WindowS, err)
	}
	c := &OnsetCurve{}
	for i, s := range seconds {
		cfg.Data.WindowS = s
		t, err := runOn(ctx, store, cfg, base, func(p Progress) {
			p.Done = (float64(i) + p.Done) / float64(len(seconds))
			observe(p)
		})
		if err != nil {
			return nil, fmt.Errorf("windows of %g s: %w", s, err)
		}
		if err := t.judge(ctx, o.Parallel); err != nil {
			return nil, fmt.Errorf("windows of %g s: %w", s, err)
		}
		r := t.result
		c.Points = append(c.Points, OnsetPoint{Seconds: s, Windows: r.Windows, Accuracy: r.Accuracy, MacroF1: r.MacroF1, Kappa: r.Kappa, ECE: r.ECE,
			ParticipantAccuracy: r.ParticipantAccuracy, ParticipantMacroF1: r.ParticipantMacroF1})
		c.Chance = r.Chance
	}
	c.Unit = "windows of each length" + strings.TrimPrefix(unitOf(longest), fmt.Sprintf("%g s windows", longest.Data.WindowS))
	return c, keepRun(ctx, store, "onset-curve", longest, base.Hash, begin, o, &c.Run, c)
}

// runOn prepares a training on the judged moments of another window set.
func runOn(ctx context.Context, store Store, cfg Config, base *WindowSet, observe func(Progress)) (*run, error) {
	set, err := ReadWindows(ctx, store, cfg, nil)
	if err != nil {
		return nil, fmt.Errorf("reading windows: %w", err)
	}
	if err := set.only(base, cfg); err != nil {
		return nil, err
	}
	return newRun(set, cfg, observe)
}

// keepRun keeps the outcome of something other than a training as a run.
func keepRun(ctx context.Context, store Store, kind string, cfg Config, windows string, begin time.Time, o Options, id *string, outcome any) error {
	var err error
	if *id, err = newID(o.Rand); err != nil {
		return err
	}
	config, err := cfg.TOML()
	if err != nil {
		return err
	}
	text, err := json.Marshal(outcome)
	if err != nil {
		return fmt.Errorf("writing the outcome: %w", err)
	}
	err = store.SaveRun(ctx, dataset.Run{ID: *id, Kind: kind, CreatedAt: begin, Config: config, WindowSet: windows, Seed: cfg.Fit.Seed,
		Outcome: text, Seconds: o.Now().Sub(begin).Seconds(), Status: statusDone})
	if err != nil {
		return fmt.Errorf("saving the run: %w", err)
	}
	return nil
}
