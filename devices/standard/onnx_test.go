package standard

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"onset/training/nn"

	"google.golang.org/protobuf/encoding/protowire"
)

// fields splits a protocol-buffer message by field number.
func fields(t testing.TB, b []byte) map[int][]any {
	t.Helper()
	out := map[int][]any{}
	for len(b) > 0 {
		num, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			t.Fatal("broken tag")
		}
		b = b[n:]
		var v any
		switch kind {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			v, n = protowire.ConsumeBytes(b)
		case protowire.Fixed32Type:
			v, n = protowire.ConsumeFixed32(b)
		default:
			t.Fatalf("wire type %d", kind)
		}
		if n < 0 {
			t.Fatal("broken field")
		}
		out[int(num)] = append(out[int(num)], v)
		b = b[n:]
	}
	return out
}

func text(v []any) string {
	if len(v) == 0 {
		return ""
	}
	return string(v[0].([]byte))
}

// array is a tensor of the independent evaluator, without its batch of one.
type array struct {
	dims []int
	v    []float64
}

// evaluator runs the handful of ONNX operators from their written definitions.
type evaluator struct {
	t      testing.TB
	values map[string]array
}

func (e *evaluator) attributes(node map[int][]any) map[string][]int {
	out := map[string][]int{}
	for _, raw := range node[5] {
		a := fields(e.t, raw.([]byte))
		name := text(a[1])
		for _, i := range append(a[8], a[3]...) {
			out[name] = append(out[name], int(i.(uint64)))
		}
		for _, f := range a[2] {
			out[name] = append(out[name], int(f.(uint32)))
		}
	}
	return out
}

func runONNX(t testing.TB, model []byte, channels, samples int, x []float32) []float64 {
	t.Helper()
	m := fields(t, model)
	graph := fields(t, m[7][0].([]byte))
	e := &evaluator{t: t, values: map[string]array{}}
	in := array{dims: []int{channels, samples}}
	for _, v := range x {
		in.v = append(in.v, float64(v))
	}
	e.values[text(fields(t, graph[11][0].([]byte))[1])] = in
	for _, raw := range graph[5] {
		c := fields(t, raw.([]byte))
		a := array{}
		for _, d := range c[1] {
			a.dims = append(a.dims, int(d.(uint64)))
		}
		b := c[9][0].([]byte)
		for i := 0; i < len(b); i += 4 {
			a.v = append(a.v, float64(math.Float32frombits(binary.LittleEndian.Uint32(b[i:]))))
		}
		e.values[text(c[8])] = a
	}
	for _, raw := range graph[1] {
		node := fields(t, raw.([]byte))
		var ins []array
		for _, name := range node[1] {
			v, ok := e.values[string(name.([]byte))]
			if !ok {
				t.Fatalf("%s is used before it exists", name)
			}
			ins = append(ins, v)
		}
		e.values[text(node[2])] = e.run(text(node[4]), ins, e.attributes(node))
	}
	return e.values[text(fields(t, graph[12][0].([]byte))[1])].v
}

func (e *evaluator) run(op string, in []array, at map[string][]int) array {
	x := in[0]
	each := func(f func(float64) float64) array {
		y := array{dims: x.dims}
		for _, v := range x.v {
			y.v = append(y.v, f(v))
		}
		return y
	}
	switch op {
	case "Identity":
		return x
	case "Relu":
		return each(func(v float64) float64 { return max(0, v) })
	case "Tanh":
		return each(math.Tanh)
	case "Sigmoid":
		return each(func(v float64) float64 { return 1 / (1 + math.Exp(-v)) })
	case "Sqrt":
		return each(math.Sqrt)
	case "LeakyRelu":
		alpha := float64(math.Float32frombits(uint32(at["alpha"][0])))
		return each(func(v float64) float64 { return max(v, 0) + alpha*min(v, 0) })
	case "Flatten":
		return array{dims: []int{len(x.v)}, v: x.v}
	case "Softmax":
		top, sum := slices.Max(x.v), 0.0
		y := each(func(v float64) float64 { return math.Exp(v - top) })
		for _, v := range y.v {
			sum += v
		}
		x = y
		return each(func(v float64) float64 { return v / sum })
	case "ReduceMean":
		var sum float64
		for _, v := range x.v {
			sum += v
		}
		return array{dims: []int{1}, v: []float64{sum / float64(len(x.v))}}
	case "Gemm":
		y := array{dims: []int{in[1].dims[0]}}
		for o := range in[1].dims[0] {
			sum := in[2].v[o]
			for i, v := range x.v {
				sum += v * in[1].v[o*len(x.v)+i]
			}
			y.v = append(y.v, sum)
		}
		return y
	case "Conv":
		return e.conv(x, in[1], in[2], at)
	case "MaxPool", "AveragePool":
		return e.pool(op, x, at)
	case "Add", "Sub", "Mul", "Div":
		return e.broadcast(op, in[0], in[1])
	}
	e.t.Fatalf("operator %s", op)
	return array{}
}

func (e *evaluator) conv(x, w, b array, at map[string][]int) array {
	outs, ins, k := w.dims[0], w.dims[1], w.dims[2]
	n := x.dims[1]
	pad, stride, dilation := at["pads"], at["strides"][0], at["dilations"][0]
	length := (n+pad[0]+pad[1]-dilation*(k-1)-1)/stride + 1
	y := array{dims: []int{outs, length}}
	for o := range outs {
		for p := range length {
			sum := b.v[o]
			for i := range ins {
				for j := range k {
					if s := p*stride + j*dilation - pad[0]; s >= 0 && s < n {
						sum += x.v[i*n+s] * w.v[(o*ins+i)*k+j]
					}
				}
			}
			y.v = append(y.v, sum)
		}
	}
	return y
}

func (e *evaluator) pool(op string, x array, at map[string][]int) array {
	k, stride, n := at["kernel_shape"][0], at["strides"][0], x.dims[1]
	length := (n-k)/stride + 1
	y := array{dims: []int{x.dims[0], length}}
	for c := range x.dims[0] {
		for p := range length {
			w := x.v[c*n+p*stride : c*n+p*stride+k]
			v := slices.Max(w)
			if op == "AveragePool" {
				v = 0
				for _, u := range w {
					v += u / float64(k)
				}
			}
			y.v = append(y.v, v)
		}
	}
	return y
}

// broadcast follows the multidirectional rule for the shapes that occur: equal,
// one value, or one value a channel as [c] or [c,1].
func (e *evaluator) broadcast(op string, a, b array) array {
	y := array{dims: a.dims}
	for i, v := range a.v {
		var u float64
		switch {
		case len(b.v) == 1:
			u = b.v[0]
		case len(b.v) == len(a.v):
			u = b.v[i]
		case len(b.dims) == 2 && b.dims[1] == 1 && len(a.dims) == 2 && b.dims[0] == a.dims[0]:
			u = b.v[i/a.dims[1]]
		default:
			e.t.Fatalf("%s of %v and %v", op, a.dims, b.dims)
		}
		y.v = append(y.v, map[string]float64{"Add": v + u, "Sub": v - u, "Mul": v * u, "Div": v / u}[op])
	}
	return y
}

// networks are small nets that between them hold every kind of layer.
func networks(t testing.TB) []Network {
	t.Helper()
	var out []Network
	for i, text := range []string{
		"dense 12 relu / dropout 0.3 / dense 4 softmax",
		"conv 5 k3 relu / maxpool 2 / conv 6 k4 s2 d2 leaky / batchnorm / global mean / dense 4 softmax",
		"conv 5 k3 valid tanh / layernorm / residual ( conv 5 k5 gelu / conv 5 k3 ) relu / meanpool 3 s2 / flatten / dense 7 sigmoid / layernorm / dense 4",
		"residual ( conv 3 k3 ) gelu / global max / dense 4 softmax",
	} {
		spec, err := nn.ParseText(nn.Shape{Channels: 3, Samples: 25}, text)
		if err != nil {
			t.Fatal(err)
		}
		net, err := nn.New(spec, uint64(i))
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(uint64(i), 9))
		w := net.Weights()
		for j := range w {
			w[j] += float32(rng.Float64() * .2) // so that biases and running statistics matter
		}
		if err := net.SetWeights(w); err != nil {
			t.Fatal(err)
		}
		out = append(out, Network{Name: fmt.Sprint("net ", i), Net: net, Channels: []string{"a x [g]", "a y [g]", "a z [g]"},
			Mean: []float32{.1, -.2, .9}, Std: []float32{.5, .25, 2}, Temperature: 1.7, Classes: []string{"curl", "squat", "raise", "rest"}})
	}
	return out
}

// expected is what our own net says about a window in the contract's units.
func expected(n Network, x []float32) []float32 {
	scaled := make([]float32, len(x))
	per := len(x) / len(n.Mean)
	for i, v := range x {
		scaled[i] = (v - n.Mean[i/per]) / n.Std[i/per]
	}
	p := n.Net.Logits(scaled, 1)
	nn.SoftmaxRows(p, len(p), n.Temperature)
	return p
}

func agree(t *testing.T, run func(n Network, x []float32) []float64) {
	t.Helper()
	for _, n := range networks(t) {
		rng := rand.New(rand.NewPCG(3, 4))
		for range 64 {
			x := make([]float32, 75)
			for i := range x {
				x[i] = float32(rng.NormFloat64())
			}
			want, got := expected(n, x), run(n, x)
			if len(got) != len(want) {
				t.Fatalf("%s: %d answers", n.Name, len(got))
			}
			for i := range want {
				if math.Abs(got[i]-float64(want[i])) > 1e-5 {
					t.Fatalf("%s: class %d is %v, our net says %v", n.Name, i, got[i], want[i])
				}
			}
		}
	}
}

func TestONNXComputesWhatTheNetDoes(t *testing.T) {
	models := map[string][]byte{}
	agree(t, func(n Network, x []float32) []float64 {
		if models[n.Name] == nil {
			m, err := ONNX(n)
			if err != nil {
				t.Fatal(err)
			}
			models[n.Name] = m
		}
		return runONNX(t, models[n.Name], 3, 25, x)
	})
}

func TestONNXCarriesItsNames(t *testing.T) {
	n := networks(t)[0]
	n.Metadata = map[string]string{"rate_hz": "50"}
	b, err := ONNX(n)
	if err != nil {
		t.Fatal(err)
	}
	facts := map[string]string{}
	for _, p := range fields(t, b)[14] {
		pair := fields(t, p.([]byte))
		facts[text(pair[1])] = text(pair[2])
	}
	if facts["classes"] != "curl\nsquat\nraise\nrest" || facts["rate_hz"] != "50" || !strings.HasPrefix(facts["channels"], "a x [g]") {
		t.Errorf("metadata %v", facts)
	}
}

func TestMismatchedNamesAreRefused(t *testing.T) {
	n := networks(t)[0]
	n.Classes = n.Classes[:3]
	if _, err := ONNX(n); err == nil {
		t.Error("three names for four classes were accepted")
	}
	n = networks(t)[0]
	n.Channels = append(n.Channels, "w")
	if _, err := ONNX(n); err == nil {
		t.Error("four names for three channels were accepted")
	}
}
