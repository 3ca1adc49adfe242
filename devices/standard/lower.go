// Package standard writes models in the formats that other runtimes read: ONNX,
// TensorFlow Lite and Core ML.
//
// A model is first lowered to a short list of steps without training-time
// layers; each format then says those steps in its own words.
package standard

import (
	"errors"
	"fmt"
	"math"

	"onset/training/nn"
)

// Network is what a format needs to know of a model: the net and what makes its
// numbers mean something.
type Network struct {
	Name        string
	Net         *nn.Net
	Channels    []string  // one per input channel, such as "left-wrist/accelerometer x [g]"
	Mean, Std   []float32 // per input channel: the graph itself scales, (x-Mean)/Std
	Temperature float64   // logits are divided by it; 0 means 1
	Classes     []string
	Metadata    map[string]string // further facts for the file's own metadata
}

// InputName and OutputName are the names of the graph's ends in every format:
// the window as [1, channel, sample] in the contract's units, and the calibrated
// probabilities as [1, class].
const (
	InputName  = "window"
	OutputName = "probabilities"
)

// shape of a step's output for one example; a vector has Samples 0.
type shape struct{ channels, samples int }

func (s shape) size() int { return s.channels * max(1, s.samples) }

// step is one operation.
type step struct {
	op  string // "affine", "dense", "conv", "relu", "leaky", "tanh", "sigmoid", "gelu", "maxpool", "meanpool", "flatten", "layernorm", "residual", "softmax"
	in  shape
	out shape

	weights, bias            []float32 // dense [out][in]; conv [out][in][kernel]; affine, layernorm: scale and shift per channel
	kernel, stride, dilation int
	padLeft, padRight        int
	inner                    []step // residual
}

const normEpsilon = 1e-5 // as in package nn

// lower turns a network into steps.
func lower(n Network) ([]step, error) {
	spec := n.Net.Spec()
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	in := shape{spec.Input.Channels, spec.Input.Samples}
	if len(n.Channels) != in.channels || len(n.Mean) != in.channels || len(n.Std) != in.channels {
		return nil, fmt.Errorf("the net reads %d channels; %d are named and %d scaled", in.channels, len(n.Channels), len(n.Mean))
	}
	if len(n.Classes) != spec.Outputs() {
		return nil, fmt.Errorf("the net answers %d classes; %d are named", spec.Outputs(), len(n.Classes))
	}
	scale := step{op: "affine", in: in, out: in}
	for i := range n.Mean {
		scale.weights = append(scale.weights, 1/n.Std[i])
		scale.bias = append(scale.bias, -n.Mean[i]/n.Std[i])
	}
	l := lowering{weights: n.Net.Weights()}
	steps, out, err := l.layers(spec.Layers, in)
	if err != nil {
		return nil, err
	}
	if len(l.weights) != 0 {
		return nil, fmt.Errorf("%d weights are left over", len(l.weights))
	}
	temper(steps, n.Temperature)
	if steps[len(steps)-1].op != "softmax" {
		steps = append(steps, step{op: "softmax", in: out, out: out})
	}
	return append([]step{scale}, steps...), nil
}

// temper divides the last dense layer by the temperature, which divides the
// logits by it.
func temper(steps []step, temperature float64) {
	if temperature <= 0 || temperature == 1 {
		return
	}
	for i := len(steps) - 1; i >= 0; i-- {
		if steps[i].op != "dense" {
			continue
		}
		for _, w := range [][]float32{steps[i].weights, steps[i].bias} {
			for j := range w {
				w[j] = float32(float64(w[j]) / temperature)
			}
		}
		return
	}
}

// lowering eats weights in the documented order.
type lowering struct{ weights []float32 }

func (l *lowering) take(n int) []float32 {
	w := l.weights[:n:n]
	l.weights = l.weights[n:]
	return w
}

func (l *lowering) layers(specs []nn.LayerSpec, in shape) ([]step, shape, error) {
	var steps []step
	at := in
	for _, s := range specs {
		more, err := l.layer(s, at)
		if err != nil {
			return nil, at, err
		}
		steps = append(steps, more...)
		if len(steps) > 0 {
			at = steps[len(steps)-1].out
		}
	}
	return steps, at, nil
}

func (l *lowering) layer(s nn.LayerSpec, in shape) ([]step, error) {
	switch s.Kind {
	case nn.Dropout:
		return nil, nil
	case nn.Dense:
		return l.dense(s, in)
	case nn.Conv:
		return l.conv(s, in)
	case nn.Activate:
		return activation(s.Activation, in)
	case nn.BatchNorm:
		return []step{l.batchNorm(in)}, nil
	case nn.LayerNorm:
		return []step{{op: "layernorm", in: in, out: in, weights: l.take(in.channels), bias: l.take(in.channels)}}, nil
	case nn.MaxPool, nn.MeanPool, nn.GlobalMax, nn.GlobalMean:
		return []step{pool(s, in)}, nil
	case nn.Flatten:
		return []step{{op: "flatten", in: in, out: shape{channels: in.size()}}}, nil
	case nn.Residual:
		inner, out, err := l.layers(s.Layers, in)
		if err != nil {
			return nil, err
		}
		act, err := activation(s.Activation, out)
		return append([]step{{op: "residual", in: in, out: out, inner: inner}}, act...), err
	}
	return nil, fmt.Errorf("a layer of kind %q has no counterpart in standard formats", s.Kind)
}

func (l *lowering) dense(s nn.LayerSpec, in shape) ([]step, error) {
	var steps []step
	if in.samples > 0 {
		flat := shape{channels: in.size()}
		steps = append(steps, step{op: "flatten", in: in, out: flat})
		in = flat
	}
	out := shape{channels: s.Out}
	steps = append(steps, step{op: "dense", in: in, out: out, weights: l.take(in.channels * s.Out), bias: l.take(s.Out)})
	act, err := activation(s.Activation, out)
	return append(steps, act...), err
}

func (l *lowering) conv(s nn.LayerSpec, in shape) ([]step, error) {
	stride, dilation := max(1, s.Stride), max(1, s.Dilation)
	reach := (s.Kernel-1)*dilation + 1
	c := step{op: "conv", in: in, kernel: s.Kernel, stride: stride, dilation: dilation}
	samples := (in.samples-reach)/stride + 1
	if s.Padding != nn.Valid {
		samples = (in.samples + stride - 1) / stride
		pad := max(0, (samples-1)*stride+reach-in.samples)
		c.padLeft, c.padRight = pad/2, pad-pad/2
	}
	c.out = shape{s.Out, samples}
	c.weights, c.bias = l.take(s.Out*in.channels*s.Kernel), l.take(s.Out)
	act, err := activation(s.Activation, c.out)
	return append([]step{c}, act...), err
}

// batchNorm becomes a scale and a shift: its statistics are fixed by now.
func (l *lowering) batchNorm(in shape) step {
	scale, shift := l.take(in.channels), l.take(in.channels)
	mean, variance := l.take(in.channels), l.take(in.channels)
	s := step{op: "affine", in: in, out: in}
	for i := range scale {
		k := float64(scale[i]) / math.Sqrt(float64(variance[i])+normEpsilon)
		s.weights = append(s.weights, float32(k))
		s.bias = append(s.bias, float32(float64(shift[i])-k*float64(mean[i])))
	}
	return s
}

func pool(s nn.LayerSpec, in shape) step {
	p := step{op: "meanpool", in: in, kernel: s.Kernel, stride: s.Stride, dilation: 1}
	if s.Kind == nn.MaxPool || s.Kind == nn.GlobalMax {
		p.op = "maxpool"
	}
	if s.Kind == nn.GlobalMax || s.Kind == nn.GlobalMean {
		p.kernel, p.stride = in.samples, in.samples
	}
	if p.stride == 0 {
		p.stride = p.kernel
	}
	p.out = shape{in.channels, (in.samples-p.kernel)/p.stride + 1}
	return p
}

func activation(a nn.Activation, in shape) ([]step, error) {
	switch a {
	case nn.Identity:
		return nil, nil
	case nn.ReLU, nn.Leaky, nn.Tanh, nn.Sigmoid, nn.GELU, nn.Softmax:
		return []step{{op: string(a), in: in, out: in}}, nil
	}
	return nil, errors.New("the activation " + string(a) + " has no counterpart in standard formats")
}
