package training

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// fold fits and judges one fold. Scaling, stopping and temperature see its
// training side only.
func (t *run) fold(ctx context.Context, k int) ([]Prediction, error) {
	f := t.split.folds[k]
	fitted, err := t.fitSide(ctx, f, subSeed(t.cfg.Fit.Seed, k), func(p Progress) { t.report.epoch(k, p) })
	if err != nil {
		return nil, err
	}
	windows, truth := t.m.pick(f.test)
	logits, err := fitted.brain.logits(windows)
	if err != nil {
		return nil, err
	}
	confusion := NewConfusion(t.set.Classes)
	out := make([]Prediction, len(f.test))
	for i, e := range f.test {
		t.logits[e] = logits[i]
		out[i] = predictionOf(t.set.Examples[e], softmax(logits[i], fitted.temperature), k+1)
		confusion.Add(truth[i], out[i].Predicted)
	}
	t.best[k] = fitted.epochs
	t.result.Curves[k+1] = Curve{Fold: k + 1, Points: fitted.curve}
	t.result.Folds[k] = FoldResult{HeldOut: f.HeldOut(), N: len(f.test), Accuracy: confusion.Accuracy(), MacroF1: confusion.MacroF1(),
		Epochs: fitted.epochs, Temperature: fitted.temperature, Validation: fitted.validation, TrainedOn: len(f.train)}
	t.report.finished(k)
	return out, nil
}

func predictionOf(e Example, p []float64, fold int) Prediction {
	predicted := argmax(p)
	for i := range p {
		p[i] = roundTime(p[i]) // six digits are enough to show
	}
	return Prediction{Participant: e.Participant, Session: e.Session, Recording: e.Recording, Label: e.Label,
		StartS: e.StartS, Sample: e.Sample, Fold: fold, Truth: e.Class, Predicted: predicted, P: p}
}

// sideFit is a model fitted on one training side.
type sideFit struct {
	brain       brain
	epochs      int
	curve       []CurvePoint // of the first validation part, or of the only fit
	temperature float64
	validation  string // what the validation parts were made of
	logits      [][]float64
	truth       []int // of the validation parts
}

// parts are the validation parts of a training side: several when inner_folds
// says so, else one, or none when there is too little to take one from.
func (t *run) parts(f Fold, seed uint64) []Fold {
	if n := t.cfg.Fit.InnerFolds; n > 0 {
		if folds, err := f.InnerFolds(t.set, n, seed); err == nil && len(folds) > 0 {
			return folds
		}
	}
	if t.cfg.Fit.Validation > 0 {
		if inner, err := f.Inner(t.set, t.cfg.Fit.Validation, seed); err == nil {
			return []Fold{inner}
		}
	}
	return nil
}

// fitSide fits on a fold's training side. Its validation parts choose the number
// of epochs and the temperature; then all of the side is learnt from.
func (t *run) fitSide(ctx context.Context, f Fold, seed uint64, observe func(Progress)) (sideFit, error) {
	parts := t.parts(f, seed)
	out := sideFit{temperature: 1, validation: "none", epochs: t.cfg.Fit.Epochs}
	fits := len(parts)
	if fits == 0 || t.cfg.Fit.Refit || fits > 1 {
		fits++
	}
	stage := func(k int) func(Progress) {
		return func(p Progress) {
			p.Done = (float64(k) + float64(p.Epoch)/float64(max(p.Epochs, 1))) / float64(fits)
			observe(p)
		}
	}
	var curves [][]CurvePoint
	for k, part := range parts {
		l := lesson{train: part.train, valid: part.test, epochs: t.cfg.Fit.Epochs, seed: subSeed(seed, k+1), observe: stage(k)}
		b, report, err := t.learner.fit(ctx, t.m, l)
		if err != nil {
			return out, err
		}
		windows, truth := t.m.pick(part.test)
		logits, err := b.logits(windows)
		if err != nil {
			return out, err
		}
		out.brain, out.validation = b, part.by
		out.logits, out.truth = append(out.logits, logits...), append(out.truth, truth...)
		curves = append(curves, report.curve)
	}
	if len(parts) > 0 {
		out.epochs = bestEpoch(curves, t.cfg.Fit.Epochs)
		out.curve = curves[0]
		out.temperature = fitTemperature(out.logits, out.truth)
	}
	if fits == len(parts) {
		return out, nil
	}
	l := lesson{train: f.train, epochs: out.epochs, seed: subSeed(seed, 0), observe: stage(len(parts))}
	b, report, err := t.learner.fit(ctx, t.m, l)
	if err != nil {
		return out, err
	}
	if out.brain = b; len(parts) == 0 {
		out.curve = report.curve
	}
	return out, nil
}

// bestEpoch is the epoch with the least validation loss, summed over the parts;
// a part that stopped early counts with the last loss it had. 0 epochs are never
// chosen; without losses it is the most that was allowed.
func bestEpoch(curves [][]CurvePoint, most int) int {
	best, least := most, math.Inf(1)
	longest := 0
	for _, c := range curves {
		longest = max(longest, len(c))
	}
	for e := range longest {
		sum := 0.0
		for _, c := range curves {
			if len(c) == 0 {
				continue
			}
			if p := c[min(e, len(c)-1)]; p.ValidLoss != nil {
				sum += *p.ValidLoss
			} else {
				sum = math.Inf(1)
			}
		}
		if sum < least {
			best, least = e+1, sum
		}
	}
	return best
}

// final fits the model for use on every chosen window.
func (t *run) final(ctx context.Context) (*Model, error) {
	k := len(t.split.folds)
	best := slices.Clone(t.best)
	slices.Sort(best)
	epochs := max(best[len(best)/2], 1)
	l := lesson{train: t.set.everything(), epochs: epochs, seed: subSeed(t.cfg.Fit.Seed, k),
		observe: func(p Progress) {
			p.Done = float64(p.Epoch) / float64(max(p.Epochs, 1))
			t.report.epoch(k, p)
		}}
	b, report, err := t.learner.fit(ctx, t.m, l)
	if err != nil {
		return nil, fmt.Errorf("fitting the model for use: %w", err)
	}
	t.report.finished(k)
	t.result.Curves[0] = Curve{Points: report.curve}
	t.result.Epochs, t.result.Temperature = epochs, t.finalTemperature()
	return t.model(b)
}

// leastToCalibrate is how many held-out windows a temperature is fitted on.
const leastToCalibrate = 20

// finalTemperature is fitted on the held-out windows of classes that their
// fold's training side taught: of the others no temperature makes the truth
// likely. With too few it is the median of the folds' own temperatures.
func (t *run) finalTemperature() float64 {
	var logits [][]float64
	var truth []int
	untaught := 0
	for _, f := range t.split.folds {
		taught := map[int]bool{}
		for _, i := range f.train {
			taught[t.m.classes[i]] = true
		}
		for _, i := range f.test {
			if t.logits[i] == nil {
				continue
			}
			if !taught[t.m.classes[i]] {
				untaught++
				continue
			}
			logits, truth = append(logits, t.logits[i]), append(truth, t.m.classes[i])
		}
	}
	if untaught > 0 {
		t.result.Notes = append(t.result.Notes, fmt.Sprintf("%d of %d judged windows are of classes that only those held out show; the model that judged them could not know them.", untaught, untaught+len(truth)))
	}
	if len(truth) >= leastToCalibrate {
		return fitTemperature(logits, truth)
	}
	var own []float64
	for _, f := range t.result.Folds {
		own = append(own, f.Temperature)
	}
	slices.Sort(own)
	return own[len(own)/2]
}
