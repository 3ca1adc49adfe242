package standard

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// TFLite writes a network as a TensorFlow Lite model, schema version 3 (slots
// and codes from the published schema.fbs). The input is one window as
// [1, channel, sample]; inside, samples lie along the width of an image of height
// one, channels last. Class names, channels and units are in the metadata.
func TFLite(n Network) ([]byte, error) {
	steps, err := lower(n)
	if err != nil {
		return nil, fmt.Errorf("writing TensorFlow Lite: %w", err)
	}
	g := &tfliteGraph{codes: map[int]int{}, buffers: vector{table{}}}
	in := g.tensor(InputName, nil, 1, steps[0].in.channels, steps[0].in.samples)
	last := g.rows(g.steps(steps, tfliteValue{in, steps[0].in, channelFirst}))
	if last.shape.samples > 0 {
		return nil, fmt.Errorf("writing TensorFlow Lite: the net ends in %d samples", last.shape.samples)
	}
	g.names[last.tensor] = OutputName
	return flatbuffer("TFL3", g.model(n, in, last.tensor)), nil
}

// Codes of TensorFlow Lite's operators and of their options.
const (
	tflAdd, tflAveragePool, tflConv, tflFull, tflLogistic = 0, 1, 3, 9, 14
	tflMaxPool, tflMul, tflRelu, tflReshape, tflSoftmax   = 17, 18, 19, 22, 25
	tflTanh, tflPad, tflTranspose, tflMean, tflSub        = 28, 34, 39, 40, 41
	tflMaximum, tflRsqrt                                  = 55, 76

	optConv, optPool, optFull, optSoftmax, optAdd        = 1, 5, 8, 9, 11
	optReshape, optMul, optPad, optTranspose, optReducer = 17, 21, 22, 26, 27
	optSub, optMaximum                                   = 28, 39

	tflFloat32, tflInt32 = 0, 2
	tflValid             = 1
)

// How a value lies in its tensor.
const (
	channelFirst = iota // [1, channel, sample]
	channelLast         // [1, 1, sample, channel]
	row                 // [1, value]
)

type tfliteValue struct {
	tensor int
	shape  shape
	layout int
}

// tfliteGraph collects tensors, buffers and operators.
type tfliteGraph struct {
	names     []string
	tensors   []table // without their names
	buffers   vector
	operators vector
	codes     map[int]int // operator code to its index
	order     []int       // codes by index
}

func (g *tfliteGraph) tensor(name string, data []byte, dims ...int) int {
	return g.typed(name, data, tflFloat32, dims)
}

func (g *tfliteGraph) typed(name string, data []byte, kind byte, dims []int) int {
	buffer := 0 // the empty one: computed at run time
	if data != nil {
		buffer = len(g.buffers)
		g.buffers = append(g.buffers, table{ref(0, byteVector(data))})
	}
	if name == "" {
		name = fmt.Sprintf("t%d", len(g.tensors))
	}
	g.names = append(g.names, name)
	g.tensors = append(g.tensors, table{ref(0, ints(dims...)), scalar8(1, kind), scalar32(2, buffer)})
	return len(g.tensors) - 1
}

func (g *tfliteGraph) constant(v []float32, dims ...int) int {
	raw := make([]byte, 0, 4*len(v))
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	return g.tensor("", raw, dims...)
}

func (g *tfliteGraph) integers(v []int, dims ...int) int {
	raw := make([]byte, 0, 4*len(v))
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint32(raw, uint32(int32(x)))
	}
	return g.typed("", raw, tflInt32, dims)
}

// run adds an operator and returns its output tensor.
func (g *tfliteGraph) run(code int, inputs []int, option int, options table, dims ...int) int {
	index, ok := g.codes[code]
	if !ok {
		index = len(g.order)
		g.codes[code], g.order = index, append(g.order, code)
	}
	out := g.tensor("", nil, dims...)
	op := table{scalar32(0, index), ref(1, ints(inputs...)), ref(2, ints(out))}
	if option != 0 {
		op = append(op, scalar8(3, byte(option)), ref(4, options))
	}
	g.operators = append(g.operators, op)
	return out
}

func (v tfliteValue) dims() []int {
	switch v.layout {
	case channelFirst:
		return []int{1, v.shape.channels, v.shape.samples}
	case channelLast:
		return []int{1, 1, v.shape.samples, v.shape.channels}
	}
	return []int{1, v.shape.size()}
}

// perChannel shapes one value a channel so that it spreads over samples.
func (g *tfliteGraph) perChannel(values []float32, like tfliteValue) int {
	switch like.layout {
	case channelFirst:
		return g.constant(values, 1, len(values), 1)
	case channelLast:
		return g.constant(values, 1, 1, 1, len(values))
	}
	return g.constant(values, 1, len(values))
}

func (g *tfliteGraph) reshape(tensor int, dims ...int) int {
	return g.run(tflReshape, []int{tensor, g.integers(dims, len(dims))}, optReshape, table{ref(0, ints(dims...))}, dims...)
}

func (g *tfliteGraph) transposed(tensor, a, b int) int {
	return g.run(tflTranspose, []int{tensor, g.integers([]int{0, 2, 1}, 3)}, optTranspose, table{}, 1, b, a)
}

// last lays a value out with channels last.
func (g *tfliteGraph) last(v tfliteValue) tfliteValue {
	if v.layout != channelFirst {
		return v
	}
	c, s := v.shape.channels, v.shape.samples
	return tfliteValue{g.reshape(g.transposed(v.tensor, c, s), 1, 1, s, c), v.shape, channelLast}
}

// first lays a value out with channels first.
func (g *tfliteGraph) first(v tfliteValue) tfliteValue {
	if v.layout != channelLast {
		return v
	}
	c, s := v.shape.channels, v.shape.samples
	return tfliteValue{g.transposed(g.reshape(v.tensor, 1, s, c), s, c), v.shape, channelFirst}
}

// rows makes a row of a value, channel after channel.
func (g *tfliteGraph) rows(v tfliteValue) tfliteValue {
	if v.layout == row {
		return v
	}
	v = g.first(v)
	return tfliteValue{g.reshape(v.tensor, 1, v.shape.size()), shape{channels: v.shape.size()}, row}
}

func (g *tfliteGraph) steps(steps []step, at tfliteValue) tfliteValue {
	for _, s := range steps {
		at = g.step(s, at)
	}
	return at
}

// binary is an elementwise operator with no fused activation.
func (g *tfliteGraph) binary(code, option int, a, b int, dims []int) int {
	return g.run(code, []int{a, b}, option, table{scalar8(0, 0)}, dims...)
}

func (g *tfliteGraph) mul(a, b int, dims []int) int { return g.binary(tflMul, optMul, a, b, dims) }
func (g *tfliteGraph) add(a, b int, dims []int) int { return g.binary(tflAdd, optAdd, a, b, dims) }

func (g *tfliteGraph) step(s step, x tfliteValue) tfliteValue {
	d := x.dims()
	switch s.op {
	case "affine":
		y := g.mul(x.tensor, g.perChannel(s.weights, x), d)
		x.tensor = g.add(y, g.perChannel(s.bias, x), d)
	case "dense":
		x = g.rows(x)
		w := g.constant(s.weights, s.out.channels, s.in.channels)
		out := g.run(tflFull, []int{x.tensor, w, g.constant(s.bias, s.out.channels)}, optFull, table{scalar8(0, 0)}, 1, s.out.channels)
		return tfliteValue{out, s.out, row}
	case "conv":
		return g.conv(s, g.last(x))
	case "maxpool", "meanpool":
		return g.pool(s, g.last(x))
	case "flatten":
		return g.rows(x)
	case "relu":
		x.tensor = g.run(tflRelu, []int{x.tensor}, 0, nil, d...)
	case "tanh":
		x.tensor = g.run(tflTanh, []int{x.tensor}, 0, nil, d...)
	case "sigmoid":
		x.tensor = g.run(tflLogistic, []int{x.tensor}, 0, nil, d...)
	case "leaky":
		x.tensor = g.run(tflMaximum, []int{x.tensor, g.mul(x.tensor, g.number(0.01), d)}, optMaximum, table{}, d...)
	case "gelu":
		x.tensor = g.gelu(x.tensor, d)
	case "layernorm":
		x.tensor = g.layerNorm(s, x)
	case "residual":
		y := g.steps(s.inner, x)
		if x.layout == channelFirst {
			y = g.first(y)
		} else if x.layout == channelLast {
			y = g.last(y)
		}
		x.tensor = g.add(y.tensor, x.tensor, d)
	case "softmax":
		x = g.rows(x)
		x.tensor = g.run(tflSoftmax, []int{x.tensor}, optSoftmax, table{scalarF(0, 1)}, x.dims()...)
	}
	return x
}

func (g *tfliteGraph) number(v float64) int { return g.constant([]float32{float32(v)}, 1) }

// conv is a convolution along the width, after zeros have been put around.
func (g *tfliteGraph) conv(s step, x tfliteValue) tfliteValue {
	wide := s.in.samples + s.padLeft + s.padRight
	at := x.tensor
	if wide > s.in.samples {
		around := g.integers([]int{0, 0, 0, 0, s.padLeft, s.padRight, 0, 0}, 4, 2)
		at = g.run(tflPad, []int{at, around}, optPad, table{}, 1, 1, wide, s.in.channels)
	}
	// From [out][in][kernel] to [out][1][kernel][in].
	w := make([]float32, len(s.weights))
	ins := s.in.channels
	for o := range s.out.channels {
		for i := range ins {
			for k := range s.kernel {
				w[(o*s.kernel+k)*ins+i] = s.weights[(o*ins+i)*s.kernel+k]
			}
		}
	}
	options := table{scalar8(0, tflValid), scalar32(1, s.stride), scalar32(2, 1), scalar8(3, 0), scalar32(4, s.dilation), scalar32(5, 1)}
	out := g.run(tflConv, []int{at, g.constant(w, s.out.channels, 1, s.kernel, ins), g.constant(s.bias, s.out.channels)}, optConv, options,
		1, 1, s.out.samples, s.out.channels)
	return tfliteValue{out, s.out, channelLast}
}

func (g *tfliteGraph) pool(s step, x tfliteValue) tfliteValue {
	code := tflMaxPool
	if s.op == "meanpool" {
		code = tflAveragePool
	}
	options := table{scalar8(0, tflValid), scalar32(1, s.stride), scalar32(2, 1), scalar32(3, s.kernel), scalar32(4, 1), scalar8(5, 0)}
	return tfliteValue{g.run(code, []int{x.tensor}, optPool, options, 1, 1, s.out.samples, s.out.channels), s.out, channelLast}
}

// gelu is the tanh form, spelled out as in ONNX.
func (g *tfliteGraph) gelu(x int, d []int) int {
	cube := g.mul(g.mul(x, x, d), x, d)
	sum := g.add(x, g.mul(cube, g.number(0.044715), d), d)
	t := g.run(tflTanh, []int{g.mul(sum, g.number(math.Sqrt(2/math.Pi)), d)}, 0, nil, d...)
	return g.mul(g.mul(x, g.number(0.5), d), g.add(t, g.number(1), d), d)
}

func (g *tfliteGraph) layerNorm(s step, x tfliteValue) int {
	d := x.dims()
	var axes, one []int
	for i := range d {
		one = append(one, 1)
		if i > 0 {
			axes = append(axes, i)
		}
	}
	mean := func(t int) int {
		return g.run(tflMean, []int{t, g.integers(axes, len(axes))}, optReducer, table{scalar8(0, 1)}, one...)
	}
	off := g.binary(tflSub, optSub, x.tensor, mean(x.tensor), d)
	v := g.add(mean(g.mul(off, off, d)), g.number(normEpsilon), one)
	y := g.mul(off, g.run(tflRsqrt, []int{v}, 0, nil, one...), d)
	return g.add(g.mul(y, g.perChannel(s.weights, x), d), g.perChannel(s.bias, x), d)
}

// model is the root table.
func (g *tfliteGraph) model(n Network, in, out int) table {
	var tensors, codes, metadata vector
	for i, t := range g.tensors {
		tensors = append(tensors, append(slices.Clip(t), ref(3, flatText(g.names[i]))))
	}
	for _, c := range g.order {
		codes = append(codes, table{scalar8(0, byte(c)), scalar32(2, 1), scalar32(3, c)})
	}
	facts := facts(n)
	for _, k := range slices.Sorted(maps.Keys(facts)) {
		metadata = append(metadata, table{ref(0, flatText(k)), scalar32(1, len(g.buffers))})
		g.buffers = append(g.buffers, table{ref(0, byteVector(facts[k]))})
	}
	graph := table{ref(0, tensors), ref(1, ints(in)), ref(2, ints(out)), ref(3, g.operators), ref(4, flatText(n.Name))}
	return table{scalar32(0, 3), ref(1, codes), ref(2, vector{graph}), ref(3, flatText("onset: "+strings.Join(n.Classes, ", "))),
		ref(4, g.buffers), ref(6, metadata)}
}

// facts are what a file's metadata says: the network's own with the names of its
// classes and channels, one a line.
func facts(n Network) map[string]string {
	f := maps.Clone(n.Metadata)
	if f == nil {
		f = map[string]string{}
	}
	f["classes"] = strings.Join(n.Classes, "\n")
	f["channels"] = strings.Join(n.Channels, "\n")
	return f
}
