package nn

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
)

// Data is a set of examples: X is [example][channel][sample], Y their classes.
type Data struct {
	X []float32
	Y []int
}

// Len is the number of examples.
func (d Data) Len() int { return len(d.Y) }

// FitConfig is the settings of a whole training.
type FitConfig struct {
	Optimizer Optimizer `json:"optimizer"`
	Loss      Loss      `json:"loss,omitzero"`
	Batch     int       `json:"batch,omitempty"`    // examples per step; 0 means 64
	Epochs    int       `json:"epochs"`             // at most
	Patience  int       `json:"patience,omitempty"` // epochs without a better validation; 0 means never stop early
	Monitor   string    `json:"monitor,omitempty"`  // what is better: "loss" (default) or "accuracy" of validation
	Seed      uint64    `json:"seed"`               // of shuffling, dropout and augmentation

	// Augment, when set, writes a changed copy of the example src to dst, both
	// [channel][sample]. rng depends on seed, epoch and example alone.
	Augment func(rng *rand.Rand, dst, src []float32) `json:"-"`
}

// Validate tells which setting can't be used.
func (c FitConfig) Validate() error {
	switch {
	case c.Batch < 0 || c.Patience < 0:
		return fmt.Errorf("fit: batch and patience must not be negative")
	case c.Epochs < 1:
		return fmt.Errorf("fit: %d epochs, at least 1 is needed", c.Epochs)
	case c.Monitor != "" && c.Monitor != "loss" && c.Monitor != "accuracy":
		return fmt.Errorf("fit: monitor is %q, it must be loss or accuracy", c.Monitor)
	}
	return c.Optimizer.Validate()
}

// Epoch is what one pass over the training data came to. Training figures are
// means over the epoch's batches, each taken before its step and with dropout.
// Validation figures are NaN without validation data.
type Epoch struct {
	Number                   int // from 1
	TrainLoss, TrainAccuracy float64
	ValidLoss, ValidAccuracy float64
	Best                     bool // the best so far
	Examples                 int  // trained on, in this epoch
}

// Summary is how a training ended. The net holds the weights of the epoch Best.
type Summary struct {
	Epochs  int
	Best    Epoch
	Stopped bool // early, by Patience
}

// Fit trains net on train and keeps the weights of the best epoch on valid (of
// the last one when valid is empty). It looks at ctx between batches; then the
// net keeps the best weights so far and the error wraps ctx's. observe, which
// may be nil, is called after every epoch. Same net, data, settings and kernel
// give the same weights bit for bit.
func Fit(ctx context.Context, net *Net, train, valid Data, c FitConfig, observe func(Epoch)) (Summary, error) {
	f, err := newFit(net, train, valid, c)
	if err != nil {
		return Summary{}, err
	}
	defer f.restore()
	for f.sum.Epochs < c.Epochs && !f.sum.Stopped {
		e, err := f.epoch(ctx)
		if err != nil {
			return f.sum, err
		}
		if observe != nil {
			observe(e)
		}
	}
	return f.sum, nil
}

// fit is a training under way.
type fit struct {
	FitConfig
	net          *Net
	trainer      *Trainer
	train, valid Data
	order        []int
	shuffle      *rand.Rand
	x            []float32
	y            []int
	best         []float32
	score        float64 // of best, larger is better
	sum          Summary
}

const shuffleStream = 0x5aff1e

func newFit(net *Net, train, valid Data, c FitConfig) (*fit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := checkBatch(net, train.X, train.Y); err != nil {
		return nil, err
	}
	if valid.Len() > 0 {
		if err := checkBatch(net, valid.X, valid.Y); err != nil {
			return nil, fmt.Errorf("validation: %w", err)
		}
	}
	if c.Batch == 0 {
		c.Batch = 64
	}
	if c.Optimizer.Schedule.Steps == 0 {
		c.Optimizer.Schedule.Steps = c.Epochs * ((train.Len() + c.Batch - 1) / c.Batch)
	}
	t, err := NewTrainer(net, c.Optimizer, c.Loss, c.Seed)
	if err != nil {
		return nil, err
	}
	f := &fit{
		FitConfig: c, net: net, trainer: t, train: train, valid: valid, order: make([]int, train.Len()),
		shuffle: rand.New(rand.NewPCG(c.Seed, shuffleStream)), score: math.Inf(-1),
	}
	for i := range f.order {
		f.order[i] = i
	}
	return f, nil
}

func (f *fit) epoch(ctx context.Context) (Epoch, error) {
	e := Epoch{Number: f.sum.Epochs + 1, ValidLoss: math.NaN(), ValidAccuracy: math.NaN(), Examples: f.train.Len()}
	f.shuffle.Shuffle(len(f.order), func(i, j int) { f.order[i], f.order[j] = f.order[j], f.order[i] })
	var sum tally
	for i := 0; i < len(f.order); i += f.Batch {
		if err := context.Cause(ctx); err != nil {
			return e, fmt.Errorf("training stopped in epoch %d: %w", e.Number, err)
		}
		f.gather(f.order[i:min(i+f.Batch, len(f.order))], e.Number)
		sum.add(f.trainer.step(f.x, f.y))
	}
	e.TrainLoss, e.TrainAccuracy = sum.mean(), sum.accuracy()
	if math.IsNaN(e.TrainLoss) || math.IsInf(e.TrainLoss, 0) {
		return e, fmt.Errorf("training diverged in epoch %d: the loss is %v; a lower rate or clip_norm may help", e.Number, e.TrainLoss)
	}
	if f.valid.Len() > 0 {
		v := f.trainer.measure(f.valid.X, f.valid.Y)
		e.ValidLoss, e.ValidAccuracy = v.mean(), v.accuracy()
	}
	f.judge(&e)
	return e, nil
}

// gather copies the examples of a batch together.
func (f *fit) gather(batch []int, epoch int) {
	width := f.net.spec.Input.Size()
	f.x, f.y = grow(f.x, len(batch)*width), grow(f.y, len(batch))
	for i, example := range batch {
		dst, src := f.x[i*width:(i+1)*width], f.train.X[example*width:(example+1)*width]
		f.y[i] = f.train.Y[example]
		if f.Augment == nil {
			copy(dst, src)
			continue
		}
		f.Augment(rand.New(rand.NewPCG(f.Seed, uint64(epoch)<<32|uint64(example))), dst, src)
	}
}

// judge keeps the weights if the epoch is the best one, and decides to stop.
func (f *fit) judge(e *Epoch) {
	f.sum.Epochs = e.Number
	score := float64(e.Number) // without validation the last is the best
	if f.valid.Len() > 0 {
		score = -e.ValidLoss
		if f.Monitor == "accuracy" {
			score = e.ValidAccuracy
		}
	}
	if score > f.score {
		f.score, e.Best, f.sum.Best = score, true, *e
		f.sum.Best.Best = true
		f.best = append(f.best[:0], f.net.weights...)
	}
	f.sum.Stopped = f.Patience > 0 && f.valid.Len() > 0 && e.Number-f.sum.Best.Number >= f.Patience
}

func (f *fit) restore() {
	if f.best != nil {
		copy(f.net.weights, f.best)
	}
}
