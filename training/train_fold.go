package training

import (
	"context"
	"fmt"
	"slices"
)

// fold fits and judges one fold. Scaling, stopping, choosing and temperature see
// its training side only.
func (t *run) fold(ctx context.Context, k int) ([]Prediction, error) {
	f := t.split.folds[k]
	fitted, err := t.fitSide(ctx, f, subSeed(t.cfg.Fit.Seed, k), func(p Progress) { t.report.epoch(k, p) })
	if err != nil {
		return nil, err
	}
	logits, err := t.predict(fitted.brain, f.test)
	if err != nil {
		return nil, err
	}
	confusion := NewConfusion(t.set.Classes)
	out := make([]Prediction, len(f.test))
	for i, e := range f.test {
		t.logits[e] = logits[i]
		out[i] = predictionOf(t.set.Examples[e], softmax(logits[i], fitted.temperature), k+1)
		confusion.Add(t.set.Examples[e].Class, out[i].Predicted)
	}
	if err := t.tryPrecisions(k, fitted.brain, f); err != nil {
		return nil, err
	}
	t.best[k] = fitted.epochs
	if t.fitted != nil {
		t.fitted[k] = fitted.brain
	}
	t.result.Curves[k+1] = Curve{Fold: k + 1, Points: fitted.curve}
	t.result.Folds[k] = FoldResult{HeldOut: f.HeldOut(), N: len(f.test), Accuracy: confusion.Accuracy(), MacroF1: confusion.MacroF1(),
		Epochs: fitted.epochs, Temperature: fitted.temperature, Validation: fitted.validation, TrainedOn: len(f.train),
		Chosen: t.recipes[fitted.recipe].name, Candidates: fitted.scores}
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
	recipe      int
	epochs      int
	curve       []CurvePoint // of the first validation part, or of the only fit
	temperature float64
	validation  string // what the validation parts were made of
	scores      []InnerScore
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

// fitSide fits on a fold's training side. Its validation parts choose between
// candidates, the number of epochs and the temperature; then all of the side is
// learnt from.
func (t *run) fitSide(ctx context.Context, f Fold, seed uint64, observe func(Progress)) (sideFit, error) {
	parts := t.parts(f, seed)
	out := sideFit{validation: "none"}
	if len(parts) > 0 {
		out.validation = parts[0].by
	}
	if len(t.recipes) > 1 {
		pick := t.choose
		if t.cfg.Choose.Fixed != "" {
			pick = t.decided
		}
		best, tried, scores, err := pick(ctx, parts, seed, observe)
		if err != nil {
			return out, err
		}
		out.recipe, out.scores = best, scores
		return out, t.refit(ctx, f, tried, seed, &out, observe)
	}
	fits := len(parts)
	if refit := fits != 1 || t.cfg.Fit.Refit; refit {
		fits++
	}
	stage := stages(observe, fits)
	in, err := t.tryOut(ctx, t.recipes[0], parts, seed, stage)
	if err != nil {
		return out, err
	}
	out.brain, out.epochs, out.curve, out.temperature = in.brain, in.epochs, in.curve, in.temperature
	if fits == len(parts) {
		return out, nil
	}
	var report fitReport
	out.brain, report, err = t.fitAll(ctx, t.recipes[0], f, in.epochs, subSeed(seed, 0), stage(len(parts)))
	if len(parts) == 0 {
		out.curve = report.curve
	}
	return out, err
}

// fitAll fits a recipe on all of a training side.
func (t *run) fitAll(ctx context.Context, r recipe, f Fold, epochs int, seed uint64, observe func(Progress)) (brain, fitReport, error) {
	return r.learner.fit(ctx, r.m, lesson{train: r.admits(t.set, f.train), epochs: epochs, seed: seed, observe: observe})
}

// refit fits the chosen recipe, or the members of a mean, on all of a training
// side.
func (t *run) refit(ctx context.Context, f Fold, tried []inner, seed uint64, out *sideFit, observe func(Progress)) error {
	last := func(p Progress) {
		p.Done = (float64(len(t.recipes)) + p.Done) / float64(len(t.recipes)+1)
		observe(p)
	}
	chosen := tried[out.recipe]
	out.temperature, out.epochs, out.curve = chosen.temperature, chosen.epochs, chosen.curve
	members := t.recipes[out.recipe].average
	if len(members) == 0 {
		var err error
		out.brain, _, err = t.fitAll(ctx, t.recipes[out.recipe], f, chosen.epochs, subSeed(seed, 0), last)
		return err
	}
	mean := &ensembleBrain{frame: frameOf(t.set.Contract, OrientationSensor)}
	stage := stages(last, len(members))
	for i, k := range members {
		b, _, err := t.fitAll(ctx, t.recipes[k], f, tried[k].epochs, subSeed(seed, -1-i), stage(i))
		if err != nil {
			return err
		}
		mean.members = append(mean.members, ensembleMember{brain: b, temperature: tried[k].temperature})
	}
	out.brain = mean
	return nil
}

// final fits the model for use on every chosen window: by the epochs that the
// folds chose or, with candidates, by choosing once more among all.
func (t *run) final(ctx context.Context) (*Model, error) {
	k := len(t.split.folds)
	everybody := Fold{by: t.cfg.Split.By, train: t.set.everything()}
	seed := subSeed(t.cfg.Fit.Seed, k)
	observe := func(p Progress) { t.report.epoch(k, p) }
	var fitted sideFit
	var err error
	if len(t.recipes) > 1 {
		fitted, err = t.fitSide(ctx, everybody, seed, observe)
		if fitted.validation == "none" { // nothing was left to calibrate on but those held out
			fitted.temperature = t.finalTemperature()
		}
	} else {
		best := slices.Clone(t.best)
		slices.Sort(best)
		fitted.epochs = max(best[len(best)/2], 1)
		fitted.temperature = t.finalTemperature()
		var report fitReport
		fitted.brain, report, err = t.fitAll(ctx, t.recipes[0], everybody, fitted.epochs, seed, observe)
		fitted.curve = report.curve
	}
	if err != nil {
		return nil, fmt.Errorf("fitting the model for use: %w", err)
	}
	t.report.finished(k)
	t.result.Curves[0] = Curve{Points: fitted.curve}
	t.result.Epochs, t.result.Temperature, t.result.Chosen = fitted.epochs, fitted.temperature, t.recipes[fitted.recipe].name
	return t.model(fitted.brain, t.recipes[fitted.recipe])
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
		taught := t.classesOf(f.train)
		for _, i := range f.test {
			if t.logits[i] == nil {
				continue
			}
			if !taught[t.set.Examples[i].Class] {
				untaught++
				continue
			}
			logits, truth = append(logits, t.logits[i]), append(truth, t.set.Examples[i].Class)
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
