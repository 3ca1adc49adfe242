package standard

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
)

// This file reads TensorFlow Lite models by the published formats alone: the
// FlatBuffers layout, the slots of schema.fbs and what each operator computes. It
// shares nothing with the writer.

// flat is a place in a FlatBuffers file.
type flat struct {
	t  testing.TB
	b  []byte
	at int
}

func (f flat) u32(at int) int { return int(int32(binary.LittleEndian.Uint32(f.b[at:]))) }

// slot is where a table's field lies; 0 when it isn't there.
func (f flat) slot(n int) int {
	vtable := f.at - f.u32(f.at)
	if size := int(binary.LittleEndian.Uint16(f.b[vtable:])); 4+2*n >= size {
		return 0
	}
	o := int(binary.LittleEndian.Uint16(f.b[vtable+4+2*n:]))
	if o == 0 {
		return 0
	}
	return f.at + o
}

func (f flat) follow(at int) flat { return flat{f.t, f.b, at + f.u32(at)} }

func (f flat) table(n int) flat { return f.follow(f.slot(n)) }

func (f flat) number(n int) int {
	at := f.slot(n)
	if at == 0 {
		return 0
	}
	if at%4 != 0 {
		f.t.Fatalf("a 32-bit field lies at %d", at)
	}
	return f.u32(at)
}

func (f flat) small(n int) int {
	if at := f.slot(n); at != 0 {
		return int(f.b[at])
	}
	return 0
}

func (f flat) real(n int) float64 {
	return float64(math.Float32frombits(binary.LittleEndian.Uint32(f.b[f.slot(n):])))
}

// list is a vector of tables.
func (f flat) list(n int) []flat {
	at := f.slot(n)
	if at == 0 {
		return nil
	}
	v := f.follow(at)
	var out []flat
	for i := range v.u32(v.at) {
		out = append(out, v.follow(v.at+4+4*i))
	}
	return out
}

func (f flat) ints(n int) []int {
	at := f.slot(n)
	if at == 0 {
		return nil
	}
	v := f.follow(at)
	var out []int
	for i := range v.u32(v.at) {
		out = append(out, v.u32(v.at+4+4*i))
	}
	return out
}

func (f flat) bytes(n int) []byte {
	at := f.slot(n)
	if at == 0 {
		return nil
	}
	v := f.follow(at)
	return v.b[v.at+4:][:v.u32(v.at)]
}

// nd is an array with its dimensions.
type nd struct {
	dims []int
	v    []float64
}

func sizeOf(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// at is the place of an index; dimensions of one are spread.
func (a nd) at(index []int) float64 {
	k := 0
	for i, d := range a.dims {
		x := index[len(index)-len(a.dims)+i]
		if d == 1 {
			x = 0
		}
		k = k*d + x
	}
	return a.v[k]
}

// each fills an array of the given dimensions, index by index.
func each(dims []int, f func(index []int) float64) nd {
	out := nd{dims: dims}
	index := make([]int, len(dims))
	for range sizeOf(dims) {
		out.v = append(out.v, f(index))
		for i := len(dims) - 1; i >= 0; i-- {
			if index[i]++; index[i] < dims[i] {
				break
			}
			index[i] = 0
		}
	}
	return out
}

func openTFLite(t testing.TB, b []byte) flat {
	t.Helper()
	if string(b[4:8]) != "TFL3" {
		t.Fatalf("the file is marked %q", b[4:8])
	}
	m := flat{t, b, 0}.follow(0)
	if m.number(0) != 3 {
		t.Fatalf("schema version %d", m.number(0))
	}
	return m
}

func runTFLite(t testing.TB, b []byte, input []float32) []float64 {
	t.Helper()
	m := openTFLite(t, b)
	g := m.list(2)[0]
	tensors, buffers := g.list(0), m.list(4)
	values := map[int]nd{}
	integers := map[int][]int{}
	for i, tensor := range tensors {
		raw := buffers[tensor.number(2)].bytes(0)
		if len(raw) == 0 {
			continue
		}
		a := nd{dims: tensor.ints(0)}
		for k := 0; k < len(raw); k += 4 {
			bits := binary.LittleEndian.Uint32(raw[k:])
			a.v = append(a.v, float64(math.Float32frombits(bits)))
			integers[i] = append(integers[i], int(int32(bits)))
		}
		if len(a.v) != sizeOf(a.dims) {
			t.Fatalf("tensor %d holds %d values for %v", i, len(a.v), a.dims)
		}
		values[i] = a
	}
	in := nd{dims: tensors[g.ints(1)[0]].ints(0)}
	for _, v := range input {
		in.v = append(in.v, float64(v))
	}
	values[g.ints(1)[0]] = in
	codes := m.list(1)
	for _, op := range g.list(3) {
		var args []nd
		var whole [][]int
		for _, i := range op.ints(1) {
			if _, ok := values[i]; !ok {
				t.Fatalf("an operator reads tensor %d before it is computed", i)
			}
			args, whole = append(args, values[i]), append(whole, integers[i])
		}
		out := op.ints(2)[0]
		values[out] = tfliteOp(t, codes[op.number(0)].number(3), op, args, whole)
		if want := tensors[out].ints(0); !slices.Equal(values[out].dims, want) {
			t.Fatalf("operator %d gives %v, the tensor says %v", codes[op.number(0)].number(3), values[out].dims, want)
		}
	}
	return values[g.ints(2)[0]].v
}

func tfliteOp(t testing.TB, code int, op flat, a []nd, whole [][]int) nd {
	x := a[0]
	spread := func(f func(u, v float64) float64) nd {
		dims := x.dims
		if len(a[1].dims) > len(dims) {
			t.Fatalf("%v with %v", dims, a[1].dims)
		}
		return each(dims, func(i []int) float64 { return f(x.at(i), a[1].at(i)) })
	}
	single := func(f func(float64) float64) nd { return each(x.dims, func(i []int) float64 { return f(x.at(i)) }) }
	switch code {
	case 0:
		return spread(func(u, v float64) float64 { return u + v })
	case 18:
		return spread(func(u, v float64) float64 { return u * v })
	case 41:
		return spread(func(u, v float64) float64 { return u - v })
	case 55:
		return spread(math.Max)
	case 14:
		return single(func(v float64) float64 { return 1 / (1 + math.Exp(-v)) })
	case 19:
		return single(func(v float64) float64 { return max(v, 0) })
	case 28:
		return single(math.Tanh)
	case 76:
		return single(func(v float64) float64 { return 1 / math.Sqrt(v) })
	case 22:
		return nd{whole[1], x.v}
	case 39:
		perm := whole[1]
		dims := make([]int, len(perm))
		for i, p := range perm {
			dims[i] = x.dims[p]
		}
		return each(dims, func(i []int) float64 {
			from := make([]int, len(i))
			for k, p := range perm {
				from[p] = i[k]
			}
			return x.at(from)
		})
	case 34:
		dims := slices.Clone(x.dims)
		for i := range dims {
			dims[i] += whole[1][2*i] + whole[1][2*i+1]
		}
		return each(dims, func(i []int) float64 {
			from := slices.Clone(i)
			for k := range from {
				if from[k] -= whole[1][2*k]; from[k] < 0 || from[k] >= x.dims[k] {
					return 0
				}
			}
			return x.at(from)
		})
	case 40:
		dims := slices.Clone(x.dims)
		n := 1.0
		for _, axis := range whole[1] {
			n *= float64(dims[axis])
			dims[axis] = 1
		}
		out := each(dims, func([]int) float64 { return 0 })
		each(x.dims, func(i []int) float64 {
			k := 0
			for d, size := range dims {
				at := i[d]
				if size == 1 {
					at = 0
				}
				k = k*size + at
			}
			out.v[k] += x.at(i) / n
			return 0
		})
		return out
	case 9:
		w, bias := a[1], a[2]
		return each([]int{1, w.dims[0]}, func(i []int) float64 {
			sum := bias.v[i[1]]
			for k, v := range x.v {
				sum += v * w.at([]int{i[1], k})
			}
			return sum
		})
	case 25:
		return tfliteSoftmax(x, op.table(4).real(0))
	case 3:
		return tfliteConv(t, op.table(4), x, a[1], a[2])
	case 1, 17:
		return tflitePool(op.table(4), x, code == 17)
	}
	t.Fatalf("operator %d", code)
	return nd{}
}

func tfliteSoftmax(x nd, beta float64) nd {
	sum := 0.0
	for _, v := range x.v {
		sum += math.Exp(beta * v)
	}
	return each(x.dims, func(i []int) float64 { return math.Exp(beta*x.at(i)) / sum })
}

func tfliteConv(t testing.TB, o flat, x, w, bias nd) nd {
	if o.small(0) != 1 || o.small(3) != 0 || o.number(2) != 1 || x.dims[1] != 1 || w.dims[1] != 1 {
		t.Fatal("a convolution of another kind")
	}
	stride, dilation := o.number(1), o.number(4)
	n := (x.dims[2]-dilation*(w.dims[2]-1)-1)/stride + 1
	return each([]int{1, 1, n, w.dims[0]}, func(i []int) float64 {
		sum := bias.v[i[3]]
		for k := range w.dims[2] {
			for c := range w.dims[3] {
				sum += x.at([]int{0, 0, i[2]*stride + k*dilation, c}) * w.at([]int{i[3], 0, k, c})
			}
		}
		return sum
	})
}

func tflitePool(o flat, x nd, largest bool) nd {
	stride, kernel := o.number(1), o.number(3)
	n := (x.dims[2]-kernel)/stride + 1
	return each([]int{1, 1, n, x.dims[3]}, func(i []int) float64 {
		top, sum := math.Inf(-1), 0.0
		for k := range kernel {
			v := x.at([]int{0, 0, i[2]*stride + k, i[3]})
			top, sum = max(top, v), sum+v/float64(kernel)
		}
		if largest {
			return top
		}
		return sum
	})
}

func TestTFLiteComputesWhatTheNetDoes(t *testing.T) {
	models := map[string][]byte{}
	agree(t, func(n Network, x []float32) []float64 {
		if models[n.Name] == nil {
			m, err := TFLite(n)
			if err != nil {
				t.Fatal(err)
			}
			models[n.Name] = m
		}
		return runTFLite(t, models[n.Name], x)
	})
}

func TestTFLiteCarriesItsNames(t *testing.T) {
	n := networks(t)[1]
	n.Metadata = map[string]string{"rate_hz": "50"}
	b, err := TFLite(n)
	if err != nil {
		t.Fatal(err)
	}
	m := openTFLite(t, b)
	facts := map[string]string{}
	for _, entry := range m.list(6) {
		facts[string(entry.bytes(0))] = string(m.list(4)[entry.number(1)].bytes(0))
	}
	if facts["classes"] != "curl\nsquat\nraise\nrest" || facts["rate_hz"] != "50" || !strings.HasPrefix(facts["channels"], "a x [g]") {
		t.Errorf("metadata %v", facts)
	}
	g := m.list(2)[0]
	in, out := g.list(0)[g.ints(1)[0]], g.list(0)[g.ints(2)[0]]
	if string(in.bytes(3)) != InputName || string(out.bytes(3)) != OutputName || !slices.Equal(in.ints(0), []int{1, 3, 25}) || !slices.Equal(out.ints(0), []int{1, 4}) {
		t.Errorf("from %s %v to %s %v", in.bytes(3), in.ints(0), out.bytes(3), out.ints(0))
	}
	for i, buffer := range m.list(4) {
		if at := buffer.slot(0); at != 0 && (buffer.follow(at).at+4)%16 != 0 {
			t.Errorf("buffer %d is not aligned to 16 bytes", i)
		}
	}
}
