package training

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"onset/training/baseline"
	"onset/training/features"
	"onset/training/kernels"
)

// Kinds of model.
const (
	KindMLP        = "mlp"
	KindCNN        = "cnn"
	KindForest     = string(baseline.Forest)
	KindExtraTrees = string(baseline.ExtraTrees)
	KindSVM        = string(baseline.SVMRBF)
	KindLinearSVM  = string(baseline.SVMLinear)
	KindLogistic   = string(baseline.Logistic)
	KindKNN        = string(baseline.KNN)
	KindRidge      = string(baseline.Ridge)
)

// What a model is fed.
const (
	InputRaw      = "raw"
	InputFeatures = "features"
	InputKernels  = "kernels"          // shares above thresholds of random convolution kernels
	InputBoth     = "kernels+features" // and the features
)

// Kinds are the values of model.kind.
func Kinds() []string {
	return []string{KindMLP, KindCNN, KindForest, KindExtraTrees, KindSVM, KindLinearSVM, KindLogistic, KindKNN, KindRidge}
}

// Check reports the first value that cannot be used as a *ConfigError.
func (c Config) Check() error {
	return first(c.Data.check(), c.Split.check(), c.Model.check(), c.Fit.check(), c.Augment.check(c.Data),
		c.checkPerson(), c.Choose.check(), c.checkCandidates())
}

func (c Config) checkPerson() error {
	if c.Data.Person == PersonWindows && (!c.Model.onRows() || c.Model.Input == InputRaw) && len(c.Candidates) == 0 {
		return bad("data.person", `%q scales features; it needs model.input = "features" or a kind that learns from them`, c.Data.Person)
	}
	return nil
}

func bad(key, format string, a ...any) error {
	return &ConfigError{Key: key, Text: fmt.Sprintf(format, a...)}
}

func oneOf(key, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return bad(key, "%q is not one of %s", value, strings.Join(allowed, ", "))
}

func within(key string, v, lo, hi float64) error {
	if v >= lo && v <= hi { // refuses NaN too
		return nil
	}
	return bad(key, "%g is not between %g and %g", v, lo, hi)
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (d DataConfig) check() error {
	if len(d.SensorSet) == 0 {
		return bad("data.sensor_set", `is empty; give sensors such as ["left-wrist/accelerometer"] or "any"`)
	}
	for i, s := range d.SensorSet {
		if s == Any && len(d.SensorSet) == 1 {
			continue
		}
		if placement, kind, ok := strings.Cut(s, "/"); !ok || placement == "" || kind == "" {
			return bad("data.sensor_set", `%q is not of the form "placement/kind"`, s)
		}
		if slices.Contains(d.SensorSet[:i], s) {
			return bad("data.sensor_set", "%q is in it twice", s)
		}
	}
	if _, err := classOf(d.Label); err != nil {
		return bad("data.label", "%v", err)
	}
	if _, err := classOf(d.Require); d.Require != "" && err != nil {
		return bad("data.require", "%v", err)
	}
	if _, err := parseFilter(d.Filter); err != nil {
		return bad("data.filter", "%v", err)
	}
	for _, u := range d.Units {
		if _, ok := quantities[u]; !ok {
			return bad("data.units", "%q is not a unit that can be converted to", u)
		}
	}
	return first(
		within("data.window_s", d.WindowS, 0.05, 600),
		within("data.step_s", d.StepS, 0.001, 600),
		within("data.min_share", d.MinShare, 0, 1),
		within("data.rate_hz", d.RateHz, 0, 1e6),
		oneOf("data.at", d.At, AtOnset, AtSliding),
		oneOf("data.label_rule", d.LabelRule, RuleWhole, RuleMajority, RuleEnd),
		oneOf("data.orientation", d.Orientation, Orientations()...),
		oneOf("data.person", d.Person, PersonNone, PersonWindows),
		d.checkBackground(),
		d.checkBridge(),
	)
}

func (d DataConfig) checkBridge() error {
	if d.BridgeS >= 0 && d.BridgeS <= mostBridged*d.WindowS {
		return nil
	}
	return bad("data.bridge_s", "%g is not between 0 and %g, half of window_s: more of a window would be invented than measured", d.BridgeS, mostBridged*d.WindowS)
}

func (d DataConfig) checkBackground() error {
	if d.Background != "" && (d.At != AtSliding || d.LabelRule == RuleWhole) {
		return bad("data.background", `needs at = "sliding" and label_rule = "majority" or "end": other windows all have a label`)
	}
	return nil
}

func (s SplitConfig) check() error {
	if s.Folds < 0 || s.Folds == 1 || s.Folds > 1000 {
		return bad("split.folds", "%d: give 0 for leave one out, or 2 and more", s.Folds)
	}
	if s.By == ByTime && s.Folds == 0 {
		return bad("split.folds", `0 has no meaning with by = "time"; 5 holds out the last fifth of each person's windows`)
	}
	if s.By == ByTime && len(s.External) > 0 {
		return bad("split.external", `needs by = "participant" or "session"`)
	}
	return first(
		oneOf("split.by", s.By, ByParticipant, BySession, ByTime),
		oneOf("split.duplicates", s.Duplicates, "refuse", "report"),
	)
}

func (m ModelConfig) check() error {
	for _, n := range m.Layers {
		if n < 1 || n > 65536 {
			return bad("model.layers", "a layer of %d units", n)
		}
	}
	return first(
		oneOf("model.kind", m.Kind, Kinds()...),
		within("model.kernel", float64(m.Kernel), 1, 1024),
		within("model.dropout", m.Dropout, 0, 0.95),
		oneOf("model.activation", m.Activation, "relu", "leaky", "tanh", "sigmoid", "gelu"),
		oneOf("model.input", m.Input, "auto", InputRaw, InputFeatures, InputKernels, InputBoth),
		within("model.kernels", float64(m.Kernels), kernels.Count, 1<<16),
		within("model.trees", float64(m.Trees), 1, 100_000),
		within("model.min_leaf", float64(m.MinLeaf), 1, 1e6),
		within("model.try_share", m.TryShare, 0, 1),
		within("model.neighbours", float64(m.Neighbours), 1, 1e6),
		within("model.c", m.C, 0, 1e9),
		within("model.gamma", m.Gamma, 0, 1e9),
		m.checkInput(),
	)
}

func (m ModelConfig) known() bool { return slices.Contains(Kinds(), m.Kind) }

// isNet reports the kinds that are neural nets.
func (m ModelConfig) isNet() bool { return m.Kind == KindMLP || m.Kind == KindCNN }

// onRows reports whether the model learns from rows of numbers, such as
// features, and not from channels in time.
func (m ModelConfig) onRows() bool { return m.onKernels() || m.Input == InputFeatures || !m.isNet() }

// onKernels reports whether the rows hold the outputs of random convolution
// kernels, whose thresholds are fitted on training windows.
func (m ModelConfig) onKernels() bool { return m.Input == InputKernels || m.Input == InputBoth }

func (m ModelConfig) checkInput() error {
	if m.Kind == KindCNN && (m.Input == InputFeatures || m.onKernels()) {
		return bad("model.input", "a CNN learns from samples in time, not from features")
	}
	for _, f := range m.Features {
		if !slices.Contains(features.Families(), features.Family(f)) {
			return bad("model.features", "%q is not one of %v", f, features.Families())
		}
	}
	return nil
}

func (f FitConfig) check() error {
	if f.Batch < 1 || f.Batch > 1<<20 {
		return bad("fit.batch", "%d is not between 1 and %d", f.Batch, 1<<20)
	}
	if f.Epochs < 1 || f.Epochs > 1e6 {
		return bad("fit.epochs", "%d is not between 1 and a million", f.Epochs)
	}
	if f.InnerFolds < 0 || f.InnerFolds == 1 || f.InnerFolds > 1000 {
		return bad("fit.inner_folds", "%d: give 0 for a single validation part, or 2 and more", f.InnerFolds)
	}
	if f.Patience < 0 || f.Warmup < 0 {
		return bad("fit.patience", "patience and warmup can't be negative")
	}
	if !(f.Rate > 0) || math.IsInf(f.Rate, 0) {
		return bad("fit.rate", "%g is not a learning rate", f.Rate)
	}
	return first(
		oneOf("fit.optimizer", f.Optimizer, "adam", "adamw", "sgd"),
		oneOf("fit.schedule", f.Schedule, "constant", "cosine", "step"),
		within("fit.validation", f.Validation, 0, 0.5),
		within("fit.weight_decay", f.WeightDecay, 0, 10),
		within("fit.label_smoothing", f.LabelSmoothing, 0, 0.9),
		within("fit.clip", f.Clip, 0, 1e6),
	)
}

func (a AugmentConfig) check(d DataConfig) error {
	if (a.CropS > 0 || a.LeadS > 0) && d.At != AtOnset {
		key := "augment.crop_s"
		if a.CropS == 0 {
			key = "augment.lead_s"
		}
		return bad(key, `needs at = "onset": sliding windows cover the recording already`)
	}
	return first(
		within("augment.lead_s", a.LeadS, 0, 600),
		within("augment.crop_s", a.CropS, 0, 600),
		within("augment.crop_step_s", a.CropStepS, 0.001, 600),
		within("augment.copies", float64(a.Copies), 0, 1000),
		within("augment.rotate_deg", a.RotateDeg, 0, 180),
		oneOf("augment.mirror", a.Mirror, "", "x", "y", "z"),
		within("augment.warp", a.Warp, 0, 0.9),
		within("augment.scale", a.Scale, 0, 0.9),
		within("augment.jitter", a.Jitter, 0, 10),
		within("augment.sensor_dropout", a.SensorDropout, 0, 0.9),
	)
}
