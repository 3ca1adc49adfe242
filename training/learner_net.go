package training

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"onset/training/nn"
)

// netLearner fits a neural net on scaled samples.
type netLearner struct {
	cfg   Config
	spec  nn.Spec
	start []byte // weights to start from; nil draws them
}

func newNetLearner(cfg Config, set *WindowSet) (learner, error) {
	spec, err := netSpec(cfg.Model, nn.Shape{Channels: len(set.Contract.Channels), Samples: set.Contract.Samples}, len(set.Classes))
	if err != nil {
		return nil, err
	}
	return &netLearner{cfg: cfg, spec: spec}, nil
}

// netSpec is the architecture that a config asks for, for an input and a number
// of classes.
func netSpec(m ModelConfig, input nn.Shape, classes int) (nn.Spec, error) {
	if m.Spec == "" && m.Kind == KindCNN {
		return convSpec(m, input, classes), nil
	}
	if m.Spec == "" {
		return nn.MLP(input, m.Layers, nn.Activation(m.Activation), m.Dropout, classes), nil
	}
	spec, err := nn.ParseText(input, fmt.Sprintf("%s / dense %d softmax", m.Spec, classes))
	if err != nil {
		return spec, bad("model.spec", "%v", err)
	}
	return spec, nil
}

// convSpec is a plain CNN: each convolution is normalised, activated and, while
// there are samples to halve, pooled; then the mean over time, dropout and the
// classes.
func convSpec(m ModelConfig, input nn.Shape, classes int) nn.Spec {
	s := nn.Spec{Input: input}
	samples := input.Samples
	for _, out := range m.Layers {
		s.Layers = append(s.Layers,
			nn.LayerSpec{Kind: nn.Conv, Out: out, Kernel: m.Kernel},
			nn.LayerSpec{Kind: nn.BatchNorm},
			nn.LayerSpec{Kind: nn.Activate, Activation: nn.Activation(m.Activation)})
		if samples >= 8 {
			s.Layers = append(s.Layers, nn.LayerSpec{Kind: nn.MaxPool, Kernel: 2})
			samples /= 2
		}
	}
	s.Layers = append(s.Layers, nn.LayerSpec{Kind: nn.GlobalMean})
	if m.Dropout > 0 {
		s.Layers = append(s.Layers, nn.LayerSpec{Kind: nn.Dropout, Rate: m.Dropout})
	}
	s.Layers = append(s.Layers, nn.LayerSpec{Kind: nn.Dense, Out: classes, Activation: nn.Softmax})
	return s
}

func (l *netLearner) fit(ctx context.Context, m *material, s lesson) (brain, fitReport, error) {
	windows, classes := m.pick(s.train)
	b := &netBrain{kind: l.cfg.Model.Kind, frame: m.frame}
	b.mean, b.std = scaling(windows, l.spec.Input.Channels)
	var err error
	if b.net, err = nn.New(l.spec, subSeed(s.seed, 0)); err != nil {
		return nil, fitReport{}, fmt.Errorf("building the net: %w", err)
	}
	if l.start != nil {
		if err := b.net.UnmarshalWeights(l.start); err != nil {
			return nil, fitReport{}, fmt.Errorf("starting from a model's weights: %w", err)
		}
	}
	train := nn.Data{X: b.inputs(windows), Y: classes}
	fc := l.fitConfig(s, classes, len(m.set.Classes), len(train.Y))
	if change := newAugmenter(l.cfg.Augment, m.contract(), b.mean, b.std); change != nil {
		// Copies are made of unscaled samples, where a turn or a noise means
		// what it says, and scaled afterwards.
		train.X = slices.Concat(windows...)
		fc.Augment = func(rng *rand.Rand, dst, src []float32) {
			change(rng, dst, src)
			scaled(dst, dst, b.mean, b.std)
		}
	}
	valid := nn.Data{}
	if len(s.valid) > 0 {
		v, y := m.pick(s.valid)
		valid = nn.Data{X: b.inputs(v), Y: y}
	}
	report, err := fitObserved(ctx, b.net, train, valid, fc, s)
	return b, report, err
}

// fitObserved trains a net and keeps its curve.
func fitObserved(ctx context.Context, net *nn.Net, train, valid nn.Data, fc nn.FitConfig, s lesson) (fitReport, error) {
	var report fitReport
	_, err := nn.Fit(ctx, net, train, valid, fc, func(e nn.Epoch) {
		p := Progress{Epoch: e.Number, Epochs: s.epochs, TrainLoss: e.TrainLoss, ValidLoss: e.ValidLoss,
			TrainAccuracy: e.TrainAccuracy, ValidAccuracy: e.ValidAccuracy}
		report.curve = append(report.curve, curvePoint(p))
		p.Done = float64(e.Number) / float64(s.epochs)
		s.observe(p)
	})
	return report, err
}

// momentum of SGD.
const momentum = 0.9

func (l *netLearner) fitConfig(s lesson, classes []int, nClasses, n int) nn.FitConfig {
	f := l.cfg.Fit
	steps := (n + f.Batch - 1) / f.Batch
	o := nn.Optimizer{Kind: f.Optimizer, Rate: f.Rate, WeightDecay: f.WeightDecay, ClipNorm: f.Clip}
	if f.Optimizer == "sgd" {
		o.Momentum, o.Nesterov = momentum, true
	}
	// The schedule is laid over the configured epochs, also when fewer are run,
	// so that the final model passes through the same rates as the folds did.
	o.Schedule = nn.Schedule{Kind: f.Schedule, Warmup: f.Warmup * steps, Steps: f.Epochs * steps}
	if f.Schedule == "step" {
		o.Schedule.Every, o.Schedule.Factor = max(f.Epochs*steps/3, 1), 0.3
	}
	fc := nn.FitConfig{Optimizer: o, Batch: f.Batch, Epochs: s.epochs, Seed: subSeed(s.seed, 1),
		Loss: nn.Loss{LabelSmoothing: f.LabelSmoothing}}
	if len(s.valid) > 0 {
		fc.Patience = f.Patience
	}
	if f.ClassWeights {
		for _, p := range classShares(classes, nClasses) {
			fc.Loss.ClassWeights = append(fc.Loss.ClassWeights, float32(1/(p*float64(nClasses))))
		}
	}
	return fc
}

// netBrain is a fitted net with its scaling.
type netBrain struct {
	kind      string
	frame     frame
	net       *nn.Net
	mean, std []float32
	// sequential nets answer by the arithmetic of golden vectors.
	sequential bool
}

// inputs lays oriented windows out for the net.
func (b *netBrain) inputs(windows [][]float32) []float32 {
	if len(windows) == 0 {
		return nil
	}
	d := len(windows[0])
	x := make([]float32, len(windows)*d)
	for i, w := range windows {
		scaled(x[i*d:(i+1)*d], w, b.mean, b.std)
	}
	return x
}

// judgeBatch bounds the memory of one forward pass.
const judgeBatch = 256

func (b *netBrain) logits(windows [][]float32) ([][]float64, error) {
	turned, err := b.frame.turn(windows)
	if err != nil {
		return nil, err
	}
	if want := b.net.Spec().Input.Size(); len(turned) > 0 && len(turned[0]) != want {
		return nil, wrongWidth(len(turned[0]), want)
	}
	if b.sequential {
		return sequentialLogits(b.net, b.inputs(turned), len(turned))
	}
	return netLogits(b.net, b.inputs(turned), len(turned))
}

// netLogits runs n inputs through a net.
func netLogits(net *nn.Net, x []float32, n int) ([][]float64, error) {
	width, d := net.Outputs(), net.Spec().Input.Size()
	out := make([][]float64, 0, n)
	for first := 0; first < n; first += judgeBatch {
		part := min(judgeBatch, n-first)
		y := net.Logits(x[first*d:(first+part)*d], part)
		for i := range part {
			row := make([]float64, width)
			for j := range row {
				row[j] = float64(y[i*width+j])
				if math.IsNaN(row[j]) || math.IsInf(row[j], 0) {
					return nil, fmt.Errorf("the net gave %g for class %d", row[j], j)
				}
			}
			out = append(out, row)
		}
	}
	return out, nil
}

func (b *netBrain) record() (brainRecord, error) {
	spec, err := json.Marshal(b.net.Spec())
	if err != nil {
		return brainRecord{}, fmt.Errorf("writing the architecture: %w", err)
	}
	return brainRecord{kind: b.kind, architecture: b.net.Spec().Text(), orientation: b.frame.Orientation, spec: spec,
		weights: b.net.MarshalWeights(), mean: b.mean, std: b.std}, nil
}

// readNet restores a net brain.
func readNet(r brainRecord, f frame) (brain, error) {
	var spec nn.Spec
	if err := json.Unmarshal(r.spec, &spec); err != nil {
		return nil, fmt.Errorf("reading the architecture: %w", err)
	}
	net, err := nn.New(spec, 0)
	if err != nil {
		return nil, err
	}
	if err := net.UnmarshalWeights(r.weights); err != nil {
		return nil, err
	}
	return &netBrain{kind: r.kind, frame: f, net: net, mean: r.mean, std: r.std}, nil
}
