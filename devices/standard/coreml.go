package standard

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// CoreML writes a network as a Core ML model of specification version 1, a
// NeuralNetworkClassifier (field numbers from the published Model.proto,
// FeatureTypes.proto and NeuralNetwork.proto). The input is one window as
// [channel, 1, sample]; the outputs are the most probable class's name and all
// probabilities by name. No Core ML runs here: a Mac has yet to confirm it.
func CoreML(n Network) ([]byte, error) {
	steps, err := lower(n)
	if err != nil {
		return nil, fmt.Errorf("writing Core ML: %w", err)
	}
	g := &coremlGraph{}
	g.layer("output", 130, message(nil, 5, floatField(nil, 1, 1)), OutputName, g.steps(steps, InputName))
	net := g.body
	var labels []byte
	for _, c := range n.Classes {
		labels = message(labels, 1, []byte(c))
	}
	net = message(net, 100, labels)
	net = message(net, 200, []byte(OutputName))

	m := number(nil, 1, 1)
	m = message(m, 2, coremlDescription(n, steps[0].in))
	return message(m, 403, net), nil
}

// classLabelName is the name of the output that holds the answer.
const classLabelName = "exercise"

func coremlDescription(n Network, in shape) []byte {
	var dims []byte
	for _, d := range []int{in.channels, 1, in.samples} {
		dims = protowire.AppendVarint(dims, uint64(d))
	}
	const float32Type = 65568
	array := number(message(nil, 1, dims), 2, float32Type)
	feature := func(name, about string, kind []byte) []byte {
		return message(message(message(nil, 1, []byte(name)), 2, []byte(about)), 3, kind)
	}
	d := message(nil, 1, feature(InputName, "One window, channel by channel: "+strings.Join(n.Channels, "; "), message(nil, 5, array)))
	d = message(d, 10, feature(OutputName, "The probability of each exercise", message(nil, 6, message(nil, 2, nil))))
	d = message(d, 10, feature(classLabelName, "The most probable exercise", message(nil, 3, nil)))
	d = message(d, 11, []byte(classLabelName))
	d = message(d, 12, []byte(OutputName))
	meta := message(nil, 1, []byte(n.Name))
	meta = message(meta, 3, []byte("onset"))
	facts := facts(n)
	for _, k := range slices.Sorted(maps.Keys(facts)) {
		meta = message(meta, 100, message(message(nil, 1, []byte(k)), 2, []byte(facts[k])))
	}
	return message(d, 100, meta)
}

func floatField(b []byte, field protowire.Number, v float32) []byte {
	return protowire.AppendFixed32(protowire.AppendTag(b, field, protowire.Fixed32Type), math.Float32bits(v))
}

// weights is a WeightParams of float32.
func coremlWeights(v []float32) []byte {
	raw := make([]byte, 0, 4*len(v))
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	return message(nil, 1, raw)
}

func packed(values ...int) []byte {
	var b []byte
	for _, v := range values {
		b = protowire.AppendVarint(b, uint64(v))
	}
	return b
}

// coremlGraph collects layers.
type coremlGraph struct {
	body []byte
	n    int
}

// layer adds a NeuralNetworkLayer whose parameters are in the given field.
func (g *coremlGraph) layer(word string, field protowire.Number, params []byte, output string, inputs ...string) string {
	g.n++
	if output == "" {
		output = "t" + strconv.Itoa(g.n)
	}
	b := message(nil, 1, []byte(word+strconv.Itoa(g.n)))
	for _, in := range inputs {
		b = message(b, 2, []byte(in))
	}
	b = message(b, 3, []byte(output))
	g.body = message(g.body, 1, message(b, field, params))
	return output
}

// Fields of NeuralNetworkLayer's kinds of layers.
const (
	mlConv, mlPool, mlActivation, mlInner, mlSoftmax = 100, 120, 130, 140, 175
	mlUnary, mlAdd, mlMultiply, mlScale              = 220, 230, 231, 245
	mlReduce, mlFlatten                              = 280, 301
)

func (g *coremlGraph) steps(steps []step, at string) string {
	for _, s := range steps {
		at = g.step(s, at)
	}
	return at
}

func (g *coremlGraph) step(s step, x string) string {
	switch s.op {
	case "affine":
		return g.scale(x, s.weights, s.bias)
	case "dense":
		p := number(number(number(nil, 1, s.in.channels), 2, s.out.channels), 10, 1)
		p = message(message(p, 20, coremlWeights(s.weights)), 21, coremlWeights(s.bias))
		return g.layer("dense", mlInner, p, "", x)
	case "conv":
		return g.conv(s, x)
	case "maxpool", "meanpool":
		kind := 0
		if s.op == "meanpool" {
			kind = 1
		}
		p := number(nil, 1, kind)
		p = message(message(p, 10, packed(1, s.kernel)), 20, packed(1, s.stride))
		return g.layer("pool", mlPool, message(p, 30, nil), "", x)
	case "flatten":
		return g.layer("flatten", mlFlatten, nil, "", x)
	case "relu":
		return g.activation(10, nil, x)
	case "leaky":
		return g.activation(15, floatField(nil, 1, 0.01), x)
	case "tanh":
		return g.activation(30, nil, x)
	case "sigmoid":
		return g.activation(40, nil, x)
	case "gelu":
		return g.gelu(x)
	case "layernorm":
		return g.layerNorm(s, x)
	case "residual":
		return g.layer("add", mlAdd, nil, "", g.steps(s.inner, x), x)
	}
	return g.layer("softmax", mlSoftmax, nil, "", x)
}

func (g *coremlGraph) activation(field protowire.Number, params []byte, x string) string {
	return g.layer("activation", mlActivation, message(nil, field, params), "", x)
}

// linear is alpha*x + beta.
func (g *coremlGraph) linear(x string, alpha, beta float64) string {
	return g.activation(5, floatField(floatField(nil, 1, float32(alpha)), 2, float32(beta)), x)
}

func (g *coremlGraph) scale(x string, scale, bias []float32) string {
	p := message(message(nil, 1, packed(len(scale))), 2, coremlWeights(scale))
	p = message(number(p, 3, 1), 4, packed(len(bias)))
	return g.layer("scale", mlScale, message(p, 5, coremlWeights(bias)), "", x)
}

func (g *coremlGraph) conv(s step, x string) string {
	p := number(number(number(nil, 1, s.out.channels), 2, s.in.channels), 10, 1)
	p = message(message(message(p, 20, packed(1, s.kernel)), 30, packed(1, s.stride)), 40, packed(1, s.dilation))
	edge := func(left, right int) []byte { return message(nil, 10, number(number(nil, 1, left), 2, right)) }
	p = message(p, 50, message(nil, 1, append(edge(0, 0), edge(s.padLeft, s.padRight)...)))
	p = message(message(number(p, 70, 1), 90, coremlWeights(s.weights)), 91, coremlWeights(s.bias))
	return g.layer("conv", mlConv, p, "", x)
}

// gelu is the tanh form, spelled out.
func (g *coremlGraph) gelu(x string) string {
	product := func(a ...string) string { return g.layer("multiply", mlMultiply, nil, "", a...) }
	sum := g.layer("add", mlAdd, nil, "", x, g.linear(product(x, x, x), 0.044715, 0))
	t := g.activation(30, nil, g.linear(sum, math.Sqrt(2/math.Pi), 0))
	return product(g.linear(x, 0.5, 0), g.linear(t, 1, 1))
}

// layerNorm is over all values of the example, spelled out with means.
func (g *coremlGraph) layerNorm(s step, x string) string {
	const average, allAxes, rsqrt = 1, 0, 1
	mean := func(x string) string {
		return g.layer("mean", mlReduce, number(number(nil, 1, average), 3, allAxes), "", x)
	}
	off := g.layer("add", mlAdd, nil, "", x, g.linear(mean(x), -1, 0))
	v := mean(g.layer("multiply", mlMultiply, nil, "", off, off))
	p := floatField(floatField(floatField(number(nil, 1, rsqrt), 3, normEpsilon), 4, 0), 5, 1)
	y := g.layer("multiply", mlMultiply, nil, "", off, g.layer("rsqrt", mlUnary, p, "", v))
	return g.scale(y, s.weights, s.bias)
}
