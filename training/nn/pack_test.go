package nn

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestHalfPrecisionRoundsAsPublished(t *testing.T) {
	for v, want := range map[float32]uint16{
		0: 0, 1: 0x3c00, -2: 0xc000, 65504: 0x7bff, 65520: 0x7c00, 1.0 / 3: 0x3555, 5.9604645e-8: 1, 2.9802322e-8: 0, 2.98023259e-8: 1,
		6.1035156e-5: 0x0400, 6.097555e-5: 0x03ff, 1.0009766: 0x3c01, 1.0004883: 0x3c00, 1.0014648: 0x3c02,
	} {
		if got := halfOf(v); got != want {
			t.Errorf("%g becomes %04x, not %04x", v, got, want)
		}
	}
	for h := range uint32(1 << 16) {
		v := ofHalf(uint16(h))
		if back := halfOf(v); back != uint16(h) && !math.IsNaN(float64(v)) {
			t.Fatalf("%04x is %g, which becomes %04x", h, v, back)
		}
	}
}

func TestPackedWeightsComeBackWithinTheirPrecision(t *testing.T) {
	spec, err := ParseText(Shape{3, 20}, "conv 5 k3 relu / batchnorm / residual ( conv 5 k3 relu / layernorm ) / maxpool 2 / dense 7 tanh / dense 4 softmax")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.SliceOfN(rapid.Float32Range(-60000, 60000), spec.Params(), spec.Params()).Draw(t, "weights")
		for _, p := range Precisions() {
			raw, err := spec.Pack(w, p)
			if err != nil || len(raw) != spec.PackedSize(p) {
				t.Fatalf("%s: %d bytes for %d, %v", p, len(raw), spec.PackedSize(p), err)
			}
			got, err := spec.Unpack(raw, p)
			if err != nil || len(got) != len(w) {
				t.Fatal(err)
			}
			for _, tensor := range spec.Tensors() {
				row := tensor.Size() / tensor.Shape[0]
				for i := range tensor.Size() {
					k := tensor.Offset + i
					off, allowed := math.Abs(float64(got[k]-w[k])), 0.0
					switch {
					case p == F16:
						allowed = math.Abs(float64(w[k]))/2048 + 3e-8
					case p == Int8 && tensor.Name == "weights":
						var top float32
						for _, v := range w[tensor.Offset+i/row*row:][:row] {
							top = max(top, v, -v)
						}
						allowed = float64(top)/254*1.001 + 1e-30
					}
					if off > allowed {
						t.Fatalf("%s: %s of layer %s, value %d: %g comes back as %g", p, tensor.Name, tensor.Layer, i, w[k], got[k])
					}
				}
			}
			if _, err := spec.Unpack(raw[1:], p); err == nil {
				t.Fatalf("%s: a byte is missing and nothing was said", p)
			}
		}
	})
	w := make([]float32, spec.Params())
	w[0] = 1e6
	if _, err := spec.Pack(w, F16); err == nil {
		t.Error("a million was packed into half precision")
	}
}
