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

// ONNX writes a network as an ONNX model, IR version 8, opset 17 (field numbers
// from the published onnx.proto3). Class names, channels and units are in
// metadata_props. The batch is free.
func ONNX(n Network) ([]byte, error) {
	steps, err := lower(n)
	if err != nil {
		return nil, fmt.Errorf("writing ONNX: %w", err)
	}
	g := &onnxGraph{}
	last := g.steps(steps, InputName)
	g.node("Identity", []string{last}, OutputName)
	g.body = message(g.body, 2, []byte(n.Name))
	g.body = message(g.body, 11, onnxValue(InputName, steps[0].in))
	g.body = message(g.body, 12, onnxValue(OutputName, steps[len(steps)-1].out))

	var m []byte
	m = number(m, 1, 8)
	m = message(m, 2, []byte("onset"))
	m = message(m, 8, number(nil, 2, 17))
	m = message(m, 7, g.body)
	facts := facts(n)
	for _, k := range slices.Sorted(maps.Keys(facts)) {
		m = message(m, 14, message(message(nil, 1, []byte(k)), 2, []byte(facts[k])))
	}
	return m, nil
}

func message(b []byte, field protowire.Number, body []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), body)
}

func number(b []byte, field protowire.Number, v int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), uint64(v))
}

// ONNX's numbers for element types and attribute kinds.
const (
	onnxFloat      = 1
	onnxAttrFloat  = 1
	onnxAttrInt    = 2
	onnxAttrInts   = 7
	onnxOneExample = "batch"
)

// onnxValue is a ValueInfoProto: float32 with a free batch.
func onnxValue(name string, s shape) []byte {
	dims := message(nil, 1, message(nil, 2, []byte(onnxOneExample)))
	dims = message(dims, 1, number(nil, 1, s.channels))
	if s.samples > 0 {
		dims = message(dims, 1, number(nil, 1, s.samples))
	}
	tensor := message(number(nil, 1, onnxFloat), 2, dims)
	return message(message(nil, 1, []byte(name)), 2, message(nil, 1, tensor))
}

// onnxGraph collects nodes and initialisers.
type onnxGraph struct {
	body []byte
	n    int
}

func (g *onnxGraph) fresh(word string) string {
	g.n++
	return word + strconv.Itoa(g.n)
}

func (g *onnxGraph) constant(values []float32, dims ...int) string {
	name := g.fresh("c")
	var t []byte
	for _, d := range dims {
		t = number(t, 1, d)
	}
	t = number(t, 2, onnxFloat)
	t = message(t, 8, []byte(name))
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	g.body = message(g.body, 5, message(t, 9, raw))
	return name
}

// attribute is an AttributeProto of an int, a list of ints or a float.
func attribute(name string, value any) []byte {
	a := message(nil, 1, []byte(name))
	switch v := value.(type) {
	case int:
		return number(number(a, 3, v), 20, onnxAttrInt)
	case []int:
		for _, i := range v {
			a = number(a, 8, i)
		}
		return number(a, 20, onnxAttrInts)
	case float32:
		a = protowire.AppendFixed32(protowire.AppendTag(a, 2, protowire.Fixed32Type), math.Float32bits(v))
		return number(a, 20, onnxAttrFloat)
	}
	return a
}

func (g *onnxGraph) node(op string, inputs []string, output string, attributes ...[]byte) string {
	if output == "" {
		output = g.fresh("t")
	}
	var b []byte
	for _, in := range inputs {
		b = message(b, 1, []byte(in))
	}
	b = message(b, 2, []byte(output))
	b = message(b, 3, []byte(g.fresh(strings.ToLower(op)+"_")))
	b = message(b, 4, []byte(op))
	for _, a := range attributes {
		b = message(b, 5, a)
	}
	g.body = message(g.body, 1, b)
	return output
}

func (g *onnxGraph) steps(steps []step, at string) string {
	for _, s := range steps {
		at = g.step(s, at)
	}
	return at
}

func (g *onnxGraph) step(s step, x string) string {
	simple := map[string]string{"relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid"}
	switch s.op {
	case "affine":
		y := g.node("Mul", []string{x, g.perChannel(s.weights, s.in)}, "")
		return g.node("Add", []string{y, g.perChannel(s.bias, s.in)}, "")
	case "dense":
		return g.node("Gemm", []string{x, g.constant(s.weights, s.out.channels, s.in.channels), g.constant(s.bias, s.out.channels)}, "", attribute("transB", 1))
	case "conv":
		w := g.constant(s.weights, s.out.channels, s.in.channels, s.kernel)
		return g.node("Conv", []string{x, w, g.constant(s.bias, s.out.channels)}, "", attribute("kernel_shape", []int{s.kernel}), attribute("strides", []int{s.stride}),
			attribute("dilations", []int{s.dilation}), attribute("pads", []int{s.padLeft, s.padRight}))
	case "maxpool", "meanpool":
		op := map[string]string{"maxpool": "MaxPool", "meanpool": "AveragePool"}[s.op]
		return g.node(op, []string{x}, "", attribute("kernel_shape", []int{s.kernel}), attribute("strides", []int{s.stride}))
	case "flatten":
		return g.node("Flatten", []string{x}, "", attribute("axis", 1))
	case "leaky":
		return g.node("LeakyRelu", []string{x}, "", attribute("alpha", float32(0.01)))
	case "gelu":
		return g.gelu(x)
	case "layernorm":
		return g.layerNorm(s, x)
	case "residual":
		return g.node("Add", []string{g.steps(s.inner, x), x}, "")
	case "softmax":
		return g.node("Softmax", []string{x}, "", attribute("axis", 1))
	}
	return g.node(simple[s.op], []string{x}, "")
}

// perChannel shapes one value a channel so that it spreads over samples.
func (g *onnxGraph) perChannel(v []float32, s shape) string {
	if s.samples == 0 {
		return g.constant(v, len(v))
	}
	return g.constant(v, len(v), 1)
}

// gelu is the tanh form, spelled out: opset 17 has no node for it.
func (g *onnxGraph) gelu(x string) string {
	scalar := func(v float64) string { return g.constant([]float32{float32(v)}, 1) }
	cube := g.node("Mul", []string{g.node("Mul", []string{x, x}, ""), x}, "")
	sum := g.node("Add", []string{x, g.node("Mul", []string{cube, scalar(0.044715)}, "")}, "")
	t := g.node("Tanh", []string{g.node("Mul", []string{sum, scalar(math.Sqrt(2 / math.Pi))}, "")}, "")
	half := g.node("Mul", []string{x, scalar(0.5)}, "")
	return g.node("Mul", []string{half, g.node("Add", []string{t, scalar(1)}, "")}, "")
}

// layerNorm is over all values of an example, scaled per channel, which is not
// quite LayerNormalization; it is spelled out.
func (g *onnxGraph) layerNorm(s step, x string) string {
	axes := []int{1, 2}
	if s.in.samples == 0 {
		axes = []int{1}
	}
	mean := func(x string) string {
		return g.node("ReduceMean", []string{x}, "", attribute("axes", axes), attribute("keepdims", 1))
	}
	d := g.node("Sub", []string{x, mean(x)}, "")
	v := g.node("Add", []string{mean(g.node("Mul", []string{d, d}, "")), g.constant([]float32{normEpsilon}, 1)}, "")
	y := g.node("Div", []string{d, g.node("Sqrt", []string{v}, "")}, "")
	y = g.node("Mul", []string{y, g.perChannel(s.weights, s.in)}, "")
	return g.node("Add", []string{y, g.perChannel(s.bias, s.in)}, "")
}
