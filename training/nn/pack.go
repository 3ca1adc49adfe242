package nn

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Tensor is a stretch of the weights.
type Tensor struct {
	Layer  string `json:"layer"` // its number in the architecture, from 1; "3.1" inside a residual
	Kind   string `json:"kind"`
	Name   string `json:"name"`  // "weights", "biases", "scale", ...
	Shape  []int  `json:"shape"` // row-major
	Offset int    `json:"offset"`
}

// Size is the number of values.
func (t Tensor) Size() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Tensors lists the weights in their documented order; nil when the spec isn't
// valid.
func (s Spec) Tensors() []Tensor {
	if s.Validate() != nil {
		return nil
	}
	var out []Tensor
	offset := 0
	var walk func(layers []LayerSpec, in Shape, path string) Shape
	walk = func(layers []LayerSpec, in Shape, path string) Shape {
		for i, l := range layers {
			at := fmt.Sprintf("%s%d", path, i+1)
			add := func(name string, shape ...int) {
				t := Tensor{Layer: at, Kind: string(l.Kind), Name: name, Shape: shape, Offset: offset}
				out = append(out, t)
				offset += t.Size()
			}
			switch l.Kind {
			case Dense:
				add("weights", l.Out, in.Size())
				add("biases", l.Out)
			case Conv:
				add("weights", l.Out, in.Channels, l.Kernel)
				add("biases", l.Out)
			case BatchNorm, LayerNorm:
				add("scale", in.Channels)
				add("shift", in.Channels)
				if l.Kind == BatchNorm {
					add("mean", in.Channels)
					add("variance", in.Channels)
				}
			case Residual:
				walk(l.Layers, in, at+".")
				continue
			}
			in, _ = l.output(in)
		}
		return in
	}
	walk(s.Layers, s.Input, "")
	return out
}

// Precision is how weights are stored.
type Precision string

// The precisions. Int8 keeps the weights of dense and convolution layers as
// 8-bit numbers with one scale for each output row, and everything else as
// float32 (symmetric per-row quantisation: Jacob et al. 2018, arXiv:1712.05877).
const (
	F32  Precision = "f32"
	F16  Precision = "f16"
	Int8 Precision = "int8"
)

// Precisions lists them, the exact one first.
func Precisions() []Precision { return []Precision{F32, F16, Int8} }

// Pack writes weights in a precision, little-endian, without a header. With Int8
// a tensor named "weights" is one float32 scale for each row, the rows as int8,
// and zeros up to a multiple of 4 bytes. Weights too large for float16 are
// refused.
func (s Spec) Pack(weights []float32, p Precision) ([]byte, error) {
	if len(weights) != s.Params() || len(weights) == 0 {
		return nil, fmt.Errorf("packing weights: %d given, the net has %d", len(weights), s.Params())
	}
	var b []byte
	switch p {
	case F32:
		return appendFloats(b, weights), nil
	case F16:
		for i, v := range weights {
			h := halfOf(v)
			if h&0x7c00 == 0x7c00 {
				return nil, fmt.Errorf("packing weights: number %d is %g, more than a half-precision number holds", i, v)
			}
			b = binary.LittleEndian.AppendUint16(b, h)
		}
		return b, nil
	case Int8:
		for _, t := range s.Tensors() {
			w := weights[t.Offset : t.Offset+t.Size()]
			if t.Name != "weights" {
				b = appendFloats(b, w)
				continue
			}
			b = packRows(b, w, t.Shape[0])
		}
		return b, nil
	}
	return nil, fmt.Errorf("packing weights: no precision %q", p)
}

func appendFloats(b []byte, w []float32) []byte {
	for _, v := range w {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

func packRows(b []byte, w []float32, rows int) []byte {
	n := len(w) / rows
	scales := make([]float32, rows)
	for r := range scales {
		var top float32
		for _, v := range w[r*n : (r+1)*n] {
			top = max(top, v, -v)
		}
		scales[r] = top / 127
	}
	b = appendFloats(b, scales)
	for r, scale := range scales {
		for _, v := range w[r*n : (r+1)*n] {
			q := 0.0
			if scale > 0 {
				q = math.RoundToEven(float64(v) / float64(scale))
			}
			b = append(b, byte(int8(min(max(q, -127), 127))))
		}
	}
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// PackedSize is the length of packed weights in bytes.
func (s Spec) PackedSize(p Precision) int {
	switch p {
	case F32:
		return 4 * s.Params()
	case F16:
		return 2 * s.Params()
	}
	n := 0
	for _, t := range s.Tensors() {
		if t.Name != "weights" {
			n += 4 * t.Size()
			continue
		}
		n += 4*t.Shape[0] + (t.Size()+3)/4*4
	}
	return n
}

// Unpack reads packed weights as the float32 numbers that a device computes
// with. The length must be PackedSize.
func (s Spec) Unpack(raw []byte, p Precision) ([]float32, error) {
	if len(raw) != s.PackedSize(p) || len(raw) == 0 {
		return nil, fmt.Errorf("unpacking weights: %d bytes given, the net needs %d", len(raw), s.PackedSize(p))
	}
	out := make([]float32, 0, s.Params())
	floats := func(n int) {
		for range n {
			out = append(out, math.Float32frombits(binary.LittleEndian.Uint32(raw)))
			raw = raw[4:]
		}
	}
	switch p {
	case F32:
		floats(s.Params())
	case F16:
		for ; len(raw) > 0; raw = raw[2:] {
			out = append(out, ofHalf(binary.LittleEndian.Uint16(raw)))
		}
	case Int8:
		for _, t := range s.Tensors() {
			if t.Name != "weights" {
				floats(t.Size())
				continue
			}
			rows := t.Shape[0]
			first := len(out)
			floats(rows)
			scales := append([]float32(nil), out[first:]...)
			out = out[:first]
			for i := range t.Size() {
				out = append(out, scales[i/(t.Size()/rows)]*float32(int8(raw[i])))
			}
			raw = raw[(t.Size()+3)/4*4:]
		}
	default:
		return nil, fmt.Errorf("unpacking weights: no precision %q", p)
	}
	return out, nil
}

// halfOf rounds to IEEE 754 half precision, ties to even; what is too large
// becomes infinite.
func halfOf(v float32) uint16 {
	bits := math.Float32bits(v)
	sign := uint16(bits >> 16 & 0x8000)
	exponent, fraction := int(bits>>23&0xff)-127+15, bits&0x7fffff
	switch {
	case bits>>23&0xff == 0xff:
		return sign | 0x7c00 | uint16(min(fraction, 1))
	case exponent >= 31:
		return sign | 0x7c00
	case exponent < -10:
		return sign
	}
	shift := uint32(13)
	if exponent <= 0 { // below the normal range: the leading one is written out
		fraction |= 0x800000
		shift += uint32(1 - exponent)
		exponent = 0
	}
	h := uint32(exponent)<<10 + fraction>>shift
	rest, half := fraction&(1<<shift-1), uint32(1)<<(shift-1)
	if rest > half || rest == half && h&1 == 1 {
		h++ // a carry into the exponent is right as it is
	}
	return sign | uint16(h)
}

func ofHalf(h uint16) float32 {
	sign, exponent, fraction := uint32(h&0x8000)<<16, uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exponent {
	case 0:
		v := float32(fraction) / (1 << 24)
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
