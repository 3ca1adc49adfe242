package nn

import (
	"errors"
	"fmt"
	"math"
)

// Kind names what a layer does.
type Kind string

// The kinds of layers.
const (
	Dense      Kind = "dense"       // every output sees every input; flattens its input
	Conv       Kind = "conv"        // one-dimensional convolution over samples
	Activate   Kind = "activation"  // an activation on its own
	Dropout    Kind = "dropout"     // inverted dropout, active in training only
	BatchNorm  Kind = "batchnorm"   // per channel over the batch
	LayerNorm  Kind = "layernorm"   // over all values of an example, scaled per channel
	MaxPool    Kind = "maxpool"     // largest of Kernel samples
	MeanPool   Kind = "meanpool"    // mean of Kernel samples
	GlobalMax  Kind = "global-max"  // largest of all samples, per channel
	GlobalMean Kind = "global-mean" // mean of all samples, per channel
	Flatten    Kind = "flatten"     // [channel][sample] to one channel per value
	Residual   Kind = "residual"    // its Layers' output plus its own input
)

// Activation names an elementwise function, or softmax on the last layer.
type Activation string

// The activations. The empty Activation is the identity.
const (
	Identity Activation = ""
	ReLU     Activation = "relu"
	Leaky    Activation = "leaky" // slope 0.01 below zero
	Tanh     Activation = "tanh"
	Sigmoid  Activation = "sigmoid"
	GELU     Activation = "gelu" // the tanh form of Hendrycks and Gimpel, arXiv:1606.08415
	Softmax  Activation = "softmax"
)

// Padding of a convolution.
type Padding string

// The paddings. The empty Padding means Same.
const (
	Same  Padding = "same"  // ceil(samples/stride) outputs, zeros around the input, the odd one at the end
	Valid Padding = "valid" // only where the whole kernel lies inside
)

// Limits that keep a stored or mutated architecture from exhausting memory.
const (
	maxLayers  = 200
	maxWidth   = 1 << 20
	maxWeights = 1 << 28
)

// Shape is the form of one example: Channels rows of Samples values.
type Shape struct {
	Channels int `json:"channels"`
	Samples  int `json:"samples"`
}

// Size is the number of values of one example.
func (s Shape) Size() int { return s.Channels * s.Samples }

func (s Shape) String() string { return fmt.Sprintf("%dx%d", s.Channels, s.Samples) }

// LayerSpec describes one layer. Fields that a kind doesn't use must be zero.
type LayerSpec struct {
	Kind       Kind        `json:"kind"`
	Out        int         `json:"out,omitempty"`        // Dense: outputs; Conv: output channels
	Kernel     int         `json:"kernel,omitempty"`     // Conv, MaxPool, MeanPool: samples covered
	Stride     int         `json:"stride,omitempty"`     // Conv: 0 means 1; pools: 0 means Kernel
	Dilation   int         `json:"dilation,omitempty"`   // Conv: 0 means 1
	Padding    Padding     `json:"padding,omitempty"`    // Conv
	Activation Activation  `json:"activation,omitempty"` // Dense, Conv, Activate, Residual
	Rate       float64     `json:"rate,omitempty"`       // Dropout: share of values set to zero, [0, 1)
	Layers     []LayerSpec `json:"layers,omitempty"`     // Residual
}

// Spec is an architecture: the form of its input and its layers in order.
type Spec struct {
	Input  Shape       `json:"input"`
	Layers []LayerSpec `json:"layers"`
}

// MLP gives a multilayer perceptron: the hidden layers with an activation,
// each followed by dropout when it isn't zero, and a softmax over classes.
func MLP(input Shape, hidden []int, act Activation, dropout float64, classes int) Spec {
	s := Spec{Input: input}
	for _, out := range hidden {
		s.Layers = append(s.Layers, LayerSpec{Kind: Dense, Out: out, Activation: act})
		if dropout > 0 {
			s.Layers = append(s.Layers, LayerSpec{Kind: Dropout, Rate: dropout})
		}
	}
	s.Layers = append(s.Layers, LayerSpec{Kind: Dense, Out: classes, Activation: Softmax})
	return s
}

// Validate tells why a net can't be built from the spec, naming the layer.
func (s Spec) Validate() error {
	_, err := s.measure()
	return err
}

// Outputs is the number of values the net gives for one example; 0 when the
// spec isn't valid.
func (s Spec) Outputs() int {
	c, err := s.measure()
	if err != nil {
		return 0
	}
	return c.shape.Size()
}

// Params is the number of float32 values that Weights and MarshalWeights hold,
// running statistics included; 0 when the spec isn't valid.
func (s Spec) Params() int {
	c, err := s.measure()
	if err != nil {
		return 0
	}
	return c.params
}

// MultiplyAdds is the number of multiply-adds of dense and convolution layers
// and of normalisations for one example; 0 when the spec isn't valid.
func (s Spec) MultiplyAdds() int {
	c, err := s.measure()
	if err != nil {
		return 0
	}
	return c.multiplyAdds
}

// census is what walking over the layers finds out.
type census struct {
	shape        Shape
	params       int
	multiplyAdds int
	layers       int
}

func (s Spec) measure() (census, error) {
	c := census{shape: s.Input}
	switch {
	case s.Input.Channels < 1 || s.Input.Samples < 1:
		return c, fmt.Errorf("net: input is %v, it needs at least one channel and one sample", s.Input)
	case s.Input.Channels > maxWidth || s.Input.Samples > maxWidth || s.Input.Size() > maxWidth:
		return c, fmt.Errorf("net: input %v is too large, at most %d values", s.Input, maxWidth)
	case len(s.Layers) == 0:
		return c, errors.New("net: it has no layers")
	}
	if err := c.walk(s.Layers, ""); err != nil {
		return c, err
	}
	last := s.Layers[len(s.Layers)-1]
	if last.Kind != Dense {
		return c, fmt.Errorf("net: the last layer is %q, it must be dense with one output per class", last.Kind)
	}
	if a := last.Activation; a != Softmax && a != Identity {
		return c, fmt.Errorf("net: the last layer has activation %q, it must have softmax or none", a)
	}
	return c, nil
}

// walk adds the layers to the census; path is the prefix of layer numbers.
func (c *census) walk(layers []LayerSpec, path string) error {
	for i, l := range layers {
		at := fmt.Sprintf("%s%d", path, i+1)
		last := path == "" && i == len(layers)-1
		if l.Activation == Softmax && !last {
			return fmt.Errorf("net: layer %s (%s): softmax belongs on the last layer only", at, l.Kind)
		}
		if c.layers++; c.layers > maxLayers {
			return fmt.Errorf("net: more than %d layers", maxLayers)
		}
		if err := c.add(l, at); err != nil {
			return err
		}
		if c.shape.Size() > maxWidth {
			return fmt.Errorf("net: layer %s (%s) gives %v, more than %d values", at, l.Kind, c.shape, maxWidth)
		}
		if c.params > maxWeights {
			return fmt.Errorf("net: more than %d weights at layer %s (%s)", maxWeights, at, l.Kind)
		}
	}
	return nil
}

func (c *census) add(l LayerSpec, at string) error {
	if err := l.check(); err != nil {
		return fmt.Errorf("net: layer %s (%s): %w", at, l.Kind, err)
	}
	if l.Kind == Residual {
		before := c.shape
		if err := c.walk(l.Layers, at+"."); err != nil {
			return err
		}
		if c.shape != before {
			return fmt.Errorf("net: layer %s (residual): its layers turn %v into %v; both must be the same to be added", at, before, c.shape)
		}
		return nil
	}
	out, err := l.output(c.shape)
	if err != nil {
		return fmt.Errorf("net: layer %s (%s): %w", at, l.Kind, err)
	}
	c.params += l.params(c.shape)
	c.multiplyAdds += l.multiplyAdds(c.shape, out)
	c.shape = out
	return nil
}

// check looks at the layer's own numbers.
func (l LayerSpec) check() error {
	uses, known := fieldsOf[l.Kind]
	if !known {
		return fmt.Errorf("%q is not a kind of layer", l.Kind)
	}
	if err := l.checkUnused(uses); err != nil {
		return err
	}
	if !l.Activation.known() {
		return fmt.Errorf("%q is not an activation", l.Activation)
	}
	switch {
	case l.Out < 0 || l.Kernel < 0 || l.Stride < 0 || l.Dilation < 0:
		return errors.New("a number is negative")
	case l.Out > maxWidth || l.Kernel > maxWidth || l.Stride > maxWidth || l.Dilation > maxWidth:
		return fmt.Errorf("a number is above %d", maxWidth)
	case uses&useOut != 0 && l.Out < 1:
		return errors.New("it needs at least one output")
	case uses&useKernel != 0 && l.Kernel < 1:
		return errors.New("its kernel must cover at least one sample")
	case math.IsNaN(l.Rate) || l.Rate < 0 || l.Rate >= 1:
		return fmt.Errorf("its rate is %v, it must be at least 0 and below 1", l.Rate)
	case l.Padding != "" && l.Padding != Same && l.Padding != Valid:
		return fmt.Errorf("padding is %q, it must be same or valid", l.Padding)
	case l.Kind == Activate && l.Activation == Identity:
		return errors.New("it needs an activation")
	case l.Kind == Residual && len(l.Layers) == 0:
		return errors.New("it has no layers inside")
	}
	return nil
}

// The fields a kind uses, as bits.
const (
	useOut = 1 << iota
	useKernel
	useStride
	useDilation
	usePadding
	useActivation
	useRate
	useLayers
)

var fieldsOf = map[Kind]int{
	Dense:      useOut | useActivation,
	Conv:       useOut | useKernel | useStride | useDilation | usePadding | useActivation,
	Activate:   useActivation,
	Dropout:    useRate,
	BatchNorm:  0,
	LayerNorm:  0,
	MaxPool:    useKernel | useStride,
	MeanPool:   useKernel | useStride,
	GlobalMax:  0,
	GlobalMean: 0,
	Flatten:    0,
	Residual:   useLayers | useActivation,
}

func (l LayerSpec) checkUnused(uses int) error {
	for _, f := range []struct {
		bit  int
		set  bool
		name string
	}{
		{useOut, l.Out != 0, "out"}, {useKernel, l.Kernel != 0, "kernel"},
		{useStride, l.Stride != 0, "stride"}, {useDilation, l.Dilation != 0, "dilation"},
		{usePadding, l.Padding != "", "padding"}, {useActivation, l.Activation != "", "activation"},
		{useRate, l.Rate != 0, "rate"}, {useLayers, len(l.Layers) != 0, "layers"},
	} {
		if f.set && uses&f.bit == 0 {
			return fmt.Errorf("it takes no %s", f.name)
		}
	}
	return nil
}

func (a Activation) known() bool {
	switch a {
	case Identity, ReLU, Leaky, Tanh, Sigmoid, GELU, Softmax:
		return true
	}
	return false
}

func (l LayerSpec) stride() int {
	if l.Stride > 0 {
		return l.Stride
	}
	if l.Kind == MaxPool || l.Kind == MeanPool {
		return l.Kernel
	}
	return 1
}

func (l LayerSpec) dilation() int { return max(l.Dilation, 1) }

// reach is the number of samples from the first to the last a kernel touches.
func (l LayerSpec) reach() int { return (l.Kernel-1)*l.dilation() + 1 }

// output is the shape that the layer makes of in. Residual isn't asked here.
func (l LayerSpec) output(in Shape) (Shape, error) {
	switch l.Kind {
	case Dense:
		return Shape{l.Out, 1}, nil
	case Flatten:
		return Shape{in.Size(), 1}, nil
	case GlobalMax, GlobalMean:
		return Shape{in.Channels, 1}, nil
	case Conv:
		if l.Padding != Valid {
			return Shape{l.Out, (in.Samples + l.stride() - 1) / l.stride()}, nil
		}
		if l.reach() > in.Samples {
			return Shape{}, fmt.Errorf("its kernel reaches over %d samples and only %d come in", l.reach(), in.Samples)
		}
		return Shape{l.Out, (in.Samples-l.reach())/l.stride() + 1}, nil
	case MaxPool, MeanPool:
		if l.Kernel > in.Samples {
			return Shape{}, fmt.Errorf("it pools %d samples and only %d come in", l.Kernel, in.Samples)
		}
		return Shape{in.Channels, (in.Samples-l.Kernel)/l.stride() + 1}, nil
	}
	return in, nil
}

func (l LayerSpec) params(in Shape) int {
	switch l.Kind {
	case Dense:
		return l.Out * (in.Size() + 1)
	case Conv:
		return l.Out * (in.Channels*l.Kernel + 1)
	case BatchNorm:
		return 4 * in.Channels
	case LayerNorm:
		return 2 * in.Channels
	}
	return 0
}

func (l LayerSpec) multiplyAdds(in, out Shape) int {
	switch l.Kind {
	case Dense:
		return l.Out * in.Size()
	case Conv:
		return out.Size() * in.Channels * l.Kernel
	case BatchNorm, LayerNorm:
		return in.Size()
	}
	return 0
}
