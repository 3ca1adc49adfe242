package nn

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawSpec draws an architecture that fits together.
func drawSpec(t *rapid.T) Spec {
	s := Spec{Input: Shape{rapid.IntRange(1, 4).Draw(t, "channels"), rapid.IntRange(1, 40).Draw(t, "samples")}}
	s.Layers = drawLayers(t, s.Input, 2)
	s.Layers = append(s.Layers, LayerSpec{Kind: Dense, Out: rapid.IntRange(1, 5).Draw(t, "classes"), Activation: Softmax})
	return s
}

func drawLayers(t *rapid.T, in Shape, depth int) []LayerSpec {
	hidden := rapid.SampledFrom([]Activation{Identity, ReLU, Leaky, Tanh, Sigmoid, GELU})
	var out []LayerSpec
	for range rapid.IntRange(0, 4).Draw(t, "n") {
		l := LayerSpec{Kind: rapid.SampledFrom([]Kind{Dense, Conv, Activate, Dropout, BatchNorm, LayerNorm, MaxPool, MeanPool, GlobalMax, GlobalMean, Flatten, Residual}).Draw(t, "kind")}
		switch l.Kind {
		case Dense:
			l.Out, l.Activation = rapid.IntRange(1, 9).Draw(t, "out"), hidden.Draw(t, "act")
		case Conv:
			l.Out, l.Activation = rapid.IntRange(1, 6).Draw(t, "out"), hidden.Draw(t, "act")
			l.Kernel, l.Stride, l.Dilation = rapid.IntRange(1, 6).Draw(t, "k"), rapid.IntRange(0, 3).Draw(t, "s"), rapid.IntRange(0, 3).Draw(t, "d")
			l.Padding = rapid.SampledFrom([]Padding{"", Same, Valid}).Draw(t, "pad")
		case Activate:
			l.Activation = rapid.SampledFrom([]Activation{ReLU, Leaky, Tanh, Sigmoid, GELU}).Draw(t, "act")
		case Dropout:
			l.Rate = rapid.Float64Range(0, 0.9).Draw(t, "rate")
		case MaxPool, MeanPool:
			l.Kernel, l.Stride = rapid.IntRange(1, 4).Draw(t, "k"), rapid.IntRange(0, 3).Draw(t, "s")
		case Residual:
			if depth == 0 {
				continue
			}
			l.Activation = hidden.Draw(t, "act")
			l.Layers = drawLayers(t, in, depth-1)
		}
		c := census{shape: in}
		if c.add(l, "") == nil {
			out, in = append(out, l), c.shape
		}
	}
	return out
}

func TestSpecRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSpec(t)
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		back, err := ParseText(s.Input, s.Text())
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(back, s) {
			t.Fatalf("%q became %q", s.Text(), back.Text())
		}
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var fromJSON Spec
		if err := json.Unmarshal(b, &fromJSON); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(fromJSON, s) {
			t.Fatalf("%s became %+v", b, fromJSON)
		}
	})
}

// Whatever fits together also runs, forward and backward, as the reference says.
func TestEverySpecRuns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSpec(t)
		n, err := New(s, 1)
		if err != nil {
			t.Fatal(err)
		}
		batch := rapid.IntRange(1, 5).Draw(t, "batch")
		x := make([]float32, batch*s.Input.Size())
		for i := range x {
			x[i] = float32(i*7919%23)/11 - 1
		}
		got := n.Forward(x, batch)
		for b := range batch {
			layers, err := n.LayerOutputs(x[b*s.Input.Size():][:s.Input.Size()])
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range layers[len(layers)-1].Values {
				if d := got[b*n.Outputs()+i] - want; !(d < 1e-4 && d > -1e-4) {
					t.Fatalf("%s: example %d output %d is %v, by the reference %v", s.Text(), b, i, got[b*n.Outputs()+i], want)
				}
			}
		}
		tr, err := NewTrainer(n, Optimizer{}, Loss{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := tr.Step(x, make([]int, batch)); err != nil {
			t.Fatal(err)
		}
		if s.Params() != len(n.weights) {
			t.Fatalf("Params says %d, the net has %d", s.Params(), len(n.weights))
		}
	})
}

func TestBadSpecsAreRefusedByName(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "not a layer",
		"dense 5 relu":                         "must have softmax or none",
		"dense 5 softmax / dense 3 softmax":    "layer 1 (dense): softmax belongs on the last layer",
		"conv 4 k3 relu":                       `last layer is "conv"`,
		"conv 4 relu / dense 3 softmax":        "layer 1 (conv): its kernel must cover at least one sample",
		"conv 4 k30 valid / dense 3 softmax":   "layer 1 (conv): its kernel reaches over 30 samples and only 20 come in",
		"maxpool 21 / dense 3 softmax":         "layer 1 (maxpool): it pools 21 samples and only 20 come in",
		"dropout 1 / dense 3 softmax":          "layer 1 (dropout): its rate is 1",
		"dropout x / dense 3 softmax":          `layer 1: "x" is not a rate`,
		"dense 0 / dense 3 softmax":            `layer 1: "0" is not a number above zero`,
		"dense 5 k3 / dense 3 softmax":         "layer 1 (dense): it takes no kernel",
		"dense 5 relu tanh / dense 3 softmax":  "one activation is enough",
		"dense 5 rulu / dense 3 softmax":       `layer 1: "rulu" isn't understood`,
		"lstm 5 / dense 3 softmax":             `layer 1: "lstm" is not a layer`,
		"global median / dense 3 softmax":      "use global mean or global max",
		"residual conv 3 k3 / dense 3 softmax": "needs its layers in parentheses",
		"residual ( conv 3 k3 / dense 3":       "isn't closed",
		"residual ( conv 3 k3 ) / dense 3":     "layer 1 (residual): its layers turn 2x20 into 3x20",
		"residual ( conv 2 k3 / lstm 3 )":      `layer 1.2: "lstm"`,
		"dense 3 softmax )":                    `unexpected ")"`,
		"conv 1048576 k3 / dense 3 softmax":    "more than",
		"dense 1000000 / dense 1000 / dense 3": "more than",
	} {
		_, err := ParseText(Shape{2, 20}, text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q in it", text, err, want)
		}
	}
	for _, s := range []Spec{
		{}, {Input: Shape{0, 5}}, {Input: Shape{1, 5}},
		{Input: Shape{1, 5}, Layers: []LayerSpec{{Kind: Dense, Out: -1}}},
		{Input: Shape{1, 5}, Layers: []LayerSpec{{Kind: "magic"}, {Kind: Dense, Out: 1}}},
		{Input: Shape{1, 5}, Layers: []LayerSpec{{Kind: Conv, Out: 1, Kernel: 1, Padding: "full"}, {Kind: Dense, Out: 1}}},
		{Input: Shape{1, 5}, Layers: []LayerSpec{{Kind: Residual}, {Kind: Dense, Out: 1}}},
		{Input: Shape{1, 5}, Layers: []LayerSpec{{Kind: Activate}, {Kind: Dense, Out: 1}}},
		{Input: Shape{1 << 30, 1 << 40}, Layers: []LayerSpec{{Kind: Dense, Out: 1}}},
	} {
		if _, err := New(s, 1); err == nil {
			t.Errorf("%+v was taken", s)
		}
	}
}

func TestCounts(t *testing.T) {
	s := mustParse(t, Shape{6, 100}, "conv 32 k5 relu / batchnorm / conv 64 k5 s2 relu / global mean / dropout 0.2 / dense 7 softmax")
	if got, want := s.Params(), 32*(30+1)+4*32+64*(160+1)+7*65; got != want {
		t.Errorf("%d parameters, want %d", got, want)
	}
	if got, want := s.MultiplyAdds(), 3200*30+3200+64*50*160+7*64; got != want {
		t.Errorf("%d multiply-adds, want %d", got, want)
	}
	if s.Outputs() != 7 {
		t.Errorf("%d outputs", s.Outputs())
	}
}

func FuzzParseText(f *testing.F) {
	for _, c := range everyLayer {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseText(Shape{2, 12}, text)
		if err != nil {
			return
		}
		if back, err := ParseText(s.Input, s.Text()); err != nil || !reflect.DeepEqual(back, s) {
			t.Fatalf("%q: %q doesn't read back: %v", text, s.Text(), err)
		}
	})
}
