package standard

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// This file reads Core ML models by the published .proto files alone and
// evaluates their layers as those describe them, on [channel][height][width].

// one is a field that must be there once.
func one(t testing.TB, m map[int][]any, field int) []byte {
	t.Helper()
	if len(m[field]) != 1 {
		t.Fatalf("field %d occurs %d times", field, len(m[field]))
	}
	b, ok := m[field][0].([]byte)
	if !ok {
		t.Fatalf("field %d is %T", field, m[field][0])
	}
	return b
}

func sub(t testing.TB, m map[int][]any, field int) map[int][]any {
	t.Helper()
	return fields(t, one(t, m, field))
}

func uintsOf(t testing.TB, m map[int][]any, field int) []int {
	t.Helper()
	var out []int
	for b := one(t, m, field); len(b) > 0; {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			t.Fatal("broken varints")
		}
		out, b = append(out, int(v)), b[n:]
	}
	return out
}

func count(m map[int][]any, field int) int {
	if len(m[field]) == 0 {
		return 0
	}
	return int(m[field][0].(uint64))
}

func realOf(m map[int][]any, field int) float64 {
	if len(m[field]) == 0 {
		return 0
	}
	return float64(math.Float32frombits(m[field][0].(uint32)))
}

func weightsOf(t testing.TB, m map[int][]any, field int) []float64 {
	t.Helper()
	raw := one(t, sub(t, m, field), 1)
	var out []float64
	for ; len(raw) > 0; raw = raw[4:] {
		out = append(out, float64(math.Float32frombits(binary.LittleEndian.Uint32(raw))))
	}
	return out
}

func runCoreML(t testing.TB, b []byte, input []float32) []float64 {
	t.Helper()
	m := fields(t, b)
	shape := uintsOf(t, sub(t, sub(t, sub(t, sub(t, m, 2), 1), 3), 5), 1)
	blobs := map[string]nd{}
	in := nd{dims: shape}
	for _, v := range input {
		in.v = append(in.v, float64(v))
	}
	blobs[InputName] = in
	net := sub(t, m, 403)
	for _, raw := range net[1] {
		l := fields(t, raw.([]byte))
		var args []nd
		for _, name := range l[2] {
			a, ok := blobs[string(name.([]byte))]
			if !ok {
				t.Fatalf("layer %s reads %s before it is computed", l[1], name)
			}
			args = append(args, a)
		}
		blobs[string(one(t, l, 3))] = coremlLayer(t, l, args)
	}
	return blobs[string(one(t, net, 200))].v
}

func coremlLayer(t testing.TB, l map[int][]any, a []nd) nd {
	t.Helper()
	kind := 0
	for f := range l {
		if f >= 100 {
			kind = f
		}
	}
	p := sub(t, l, kind)
	x := a[0]
	all := func(f func(u, v float64) float64) nd {
		for _, b := range a[1:] {
			if sizeOf(b.dims) > sizeOf(x.dims) {
				x, b = b, x
			}
			y := x
			x = each(y.dims, func(i []int) float64 { return f(y.at(i), b.at(i)) })
		}
		return x
	}
	switch kind {
	case 100:
		return coremlConv(t, p, x)
	case 120:
		return coremlPool(t, p, x)
	case 130:
		return coremlActivation(t, p, x)
	case 140:
		w, bias := weightsOf(t, p, 20), weightsOf(t, p, 21)
		if count(p, 1) != sizeOf(x.dims) || count(p, 10) != 1 || len(w) != count(p, 1)*count(p, 2) {
			t.Fatalf("inner product of %v by %d weights", x.dims, len(w))
		}
		return each([]int{count(p, 2), 1, 1}, func(i []int) float64 {
			sum := bias[i[0]]
			for k, v := range x.v {
				sum += v * w[i[0]*len(x.v)+k]
			}
			return sum
		})
	case 175:
		return tfliteSoftmax(x, 1)
	case 220:
		if count(p, 1) != 1 {
			t.Fatalf("unary function %d", count(p, 1))
		}
		return each(x.dims, func(i []int) float64 { return 1 / math.Sqrt(realOf(p, 5)*x.at(i)+realOf(p, 4)+realOf(p, 3)) })
	case 230:
		return all(func(u, v float64) float64 { return u + v })
	case 231:
		return all(func(u, v float64) float64 { return u * v })
	case 245:
		scale, bias := weightsOf(t, p, 2), weightsOf(t, p, 5)
		if d := uintsOf(t, p, 1); !slices.Equal(d, []int{x.dims[0]}) || count(p, 3) != 1 {
			t.Fatalf("a scale of %v on %v", d, x.dims)
		}
		return each(x.dims, func(i []int) float64 { return x.at(i)*scale[i[0]] + bias[i[0]] })
	case 280:
		if count(p, 1) != 1 || count(p, 3) != 0 {
			t.Fatal("a reduction of another kind")
		}
		mean := 0.0
		for _, v := range x.v {
			mean += v / float64(len(x.v))
		}
		return nd{[]int{1, 1, 1}, []float64{mean}}
	case 301:
		return nd{[]int{len(x.v), 1, 1}, x.v}
	}
	t.Fatalf("layer of kind %d", kind)
	return nd{}
}

func coremlActivation(t testing.TB, p map[int][]any, x nd) nd {
	var f func(float64) float64
	for kind := range p {
		q := sub(t, p, kind)
		f = map[int]func(float64) float64{
			5:  func(v float64) float64 { return realOf(q, 1)*v + realOf(q, 2) },
			10: func(v float64) float64 { return max(v, 0) },
			15: func(v float64) float64 {
				if v < 0 {
					return realOf(q, 1) * v
				}
				return v
			},
			30: math.Tanh,
			40: func(v float64) float64 { return 1 / (1 + math.Exp(-v)) },
		}[kind]
	}
	if f == nil {
		t.Fatal("an unknown activation")
	}
	return each(x.dims, func(i []int) float64 { return f(x.at(i)) })
}

func coremlConv(t testing.TB, p map[int][]any, x nd) nd {
	kernel, stride, dilation := uintsOf(t, p, 20), uintsOf(t, p, 30), uintsOf(t, p, 40)
	edges := sub(t, sub(t, p, 50), 1)[10]
	w, bias := weightsOf(t, p, 90), weightsOf(t, p, 91)
	outs, ins := count(p, 1), count(p, 2)
	if kernel[0] != 1 || len(edges) != 2 || ins != x.dims[0] || len(w) != outs*ins*kernel[1] || count(p, 70) != 1 {
		t.Fatalf("convolution of %v with a kernel of %v", x.dims, kernel)
	}
	pad := fields(t, edges[1].([]byte))
	left, right := count(pad, 1), count(pad, 2)
	n := (x.dims[2]+left+right-dilation[1]*(kernel[1]-1)-1)/stride[1] + 1
	return each([]int{outs, 1, n}, func(i []int) float64 {
		sum := bias[i[0]]
		for c := range ins {
			for k := range kernel[1] {
				if s := i[2]*stride[1] + k*dilation[1] - left; s >= 0 && s < x.dims[2] {
					sum += x.at([]int{c, 0, s}) * w[(i[0]*ins+c)*kernel[1]+k]
				}
			}
		}
		return sum
	})
}

func coremlPool(t testing.TB, p map[int][]any, x nd) nd {
	kernel, stride := uintsOf(t, p, 10)[1], uintsOf(t, p, 20)[1]
	if len(p[30]) != 1 {
		t.Fatal("pooling without its padding")
	}
	return each([]int{x.dims[0], 1, (x.dims[2]-kernel)/stride + 1}, func(i []int) float64 {
		top, sum := math.Inf(-1), 0.0
		for k := range kernel {
			v := x.at([]int{i[0], 0, i[2]*stride + k})
			top, sum = max(top, v), sum+v/float64(kernel)
		}
		if count(p, 1) == 0 {
			return top
		}
		return sum
	})
}

func TestCoreMLComputesWhatTheNetDoes(t *testing.T) {
	models := map[string][]byte{}
	agree(t, func(n Network, x []float32) []float64 {
		if models[n.Name] == nil {
			m, err := CoreML(n)
			if err != nil {
				t.Fatal(err)
			}
			models[n.Name] = m
		}
		return runCoreML(t, models[n.Name], x)
	})
}

func TestCoreMLCarriesItsNames(t *testing.T) {
	n := networks(t)[0]
	n.Metadata = map[string]string{"rate_hz": "50"}
	b, err := CoreML(n)
	if err != nil {
		t.Fatal(err)
	}
	m := fields(t, b)
	about := sub(t, m, 2)
	facts := map[string]string{}
	for _, p := range sub(t, about, 100)[100] {
		pair := fields(t, p.([]byte))
		facts[text(pair[1])] = text(pair[2])
	}
	if count(m, 1) != 1 || facts["classes"] != "curl\nsquat\nraise\nrest" || facts["rate_hz"] != "50" || !strings.HasPrefix(facts["channels"], "a x [g]") {
		t.Errorf("version %d, metadata %v", count(m, 1), facts)
	}
	var labels []string
	for _, l := range sub(t, sub(t, m, 403), 100)[1] {
		labels = append(labels, string(l.([]byte)))
	}
	if !slices.Equal(labels, n.Classes) || len(about[10]) != 2 || string(one(t, about, 12)) != OutputName {
		t.Errorf("labels %v, %d outputs", labels, len(about[10]))
	}
}
