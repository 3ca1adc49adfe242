package nn

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// everyLayer has a small net around each kind of layer and option.
var everyLayer = map[string]struct {
	in   Shape
	text string
}{
	"dense relu":        {Shape{2, 3}, "dense 5 relu / dense 3 softmax"},
	"dense leaky":       {Shape{2, 3}, "dense 5 leaky / dense 3 softmax"},
	"dense tanh":        {Shape{2, 3}, "dense 5 tanh / dense 3 softmax"},
	"dense sigmoid":     {Shape{2, 3}, "dense 5 sigmoid / dense 3 softmax"},
	"dense gelu":        {Shape{2, 3}, "dense 5 gelu / dense 3 softmax"},
	"no softmax":        {Shape{2, 3}, "dense 5 tanh / dense 3"},
	"activation alone":  {Shape{2, 3}, "dense 5 / gelu / dense 4 / tanh / dense 3 softmax"},
	"conv same":         {Shape{2, 9}, "conv 4 k3 relu / dense 3 softmax"},
	"conv even kernel":  {Shape{2, 9}, "conv 4 k4 tanh / dense 3 softmax"},
	"conv valid":        {Shape{2, 9}, "conv 4 k3 valid gelu / conv 3 k2 valid tanh / dense 3 softmax"},
	"conv stride":       {Shape{2, 10}, "conv 4 k3 s2 tanh / conv 4 k3 s3 valid / dense 3 softmax"},
	"conv dilation":     {Shape{2, 11}, "conv 4 k3 d2 tanh / conv 4 k3 d3 s2 tanh / dense 3 softmax"},
	"conv wider kernel": {Shape{2, 3}, "conv 4 k7 tanh / conv 3 k5 d2 tanh / dense 3 softmax"},
	"conv of one":       {Shape{2, 5}, "conv 4 k1 s2 tanh / dense 3 softmax"},
	"max pool":          {Shape{2, 11}, "conv 3 k3 tanh / maxpool 3 s2 / dense 3 softmax"},
	"mean pool":         {Shape{2, 11}, "conv 3 k3 tanh / meanpool 2 / meanpool 3 s1 / dense 3 softmax"},
	"global max":        {Shape{2, 11}, "conv 3 k3 tanh / global max / dense 3 softmax"},
	"global mean":       {Shape{2, 11}, "conv 3 k3 tanh / global mean / dense 3 softmax"},
	"flatten":           {Shape{2, 5}, "flatten / dense 4 tanh / dense 3 softmax"},
	"flatten later":     {Shape{2, 5}, "conv 3 k2 tanh / flatten / layernorm / dense 3 softmax"},
	"batch norm":        {Shape{2, 5}, "conv 4 k3 / batchnorm / tanh / dense 4 / batchnorm / tanh / dense 3 softmax"},
	"batch norm first":  {Shape{4, 1}, "batchnorm / dense 3 softmax"},
	"layer norm":        {Shape{2, 5}, "conv 4 k3 / layernorm / tanh / dense 4 / layernorm / tanh / dense 3 softmax"},
	"residual":          {Shape{3, 7}, "residual ( conv 3 k3 tanh / conv 3 k3 ) tanh / dense 4 tanh / residual ( dense 4 tanh ) gelu / dense 3 softmax"},
	"residual first":    {Shape{4, 1}, "residual ( dense 4 tanh / dropout 0.3 ) / dense 3 softmax"},
	"nested residual":   {Shape{3, 7}, "residual ( conv 3 k3 tanh / residual ( batchnorm / tanh ) / layernorm ) / global mean / dense 3 softmax"},
	"dropout":           {Shape{2, 6}, "dropout 0.2 / conv 4 k3 tanh / dropout 0.5 / dense 6 tanh / dropout 0.3 / dense 3 softmax"},
}

// scramble gives every weight, norms and running statistics too, a value.
func scramble(n *Net, rng *rand.Rand) {
	for _, s := range n.segments {
		for i := range s.len {
			w := &n.weights[s.offset+i]
			switch s.role {
			case roleVariance:
				*w = 0.5 + rng.Float32()
			case roleScale:
				*w = 0.7 + 0.6*rng.Float32()
			case roleBias, roleMean:
				*w = 0.3 * float32(rng.NormFloat64())
			}
		}
	}
}

func TestGradientsAgainstFiniteDifferences(t *testing.T) {
	for name, c := range everyLayer {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(11, 4))
			n := mustNew(t, mustParse(t, c.in, c.text), 5)
			scramble(n, rng)
			const batch = 4
			x, y := normals(rng, batch*c.in.Size()), []int{0, 2, 1, 1}
			p, l := newPass(n), Loss{LabelSmoothing: 0.1}
			dz := make([]float32, batch*n.Outputs())
			start := slices.Clone(n.weights)
			loss := func() float64 {
				running := slices.Clone(n.weights) // batch norm moves its running statistics
				p.begin(batch, true)
				p.key = 77
				sum := l.gradient(p.kernel, &lossScratch{}, p.forward(x), y, n.Outputs(), dz)
				copy(n.weights, running)
				return sum.mean()
			}
			loss()
			p.backward(dz)
			grad := slices.Clone(p.grad)
			for _, s := range n.segments {
				for i := s.offset; s.role.trained() && i < s.offset+s.len; i++ {
					slope := func(h float32) float64 {
						n.weights[i] = start[i] + h
						up, wide := loss(), float64(n.weights[i])
						n.weights[i] = start[i] - h
						down := loss()
						wide -= float64(n.weights[i])
						n.weights[i] = start[i]
						return (up - down) / wide
					}
					off := func(h float32) bool {
						want := slope(h)
						return math.Abs(float64(grad[i])-want) > 2e-4+2e-3*math.Abs(want)
					}
					if off(2e-3) && off(3e-4) { // the small step dodges the kinks of relu and max
						t.Fatalf("weight %d (role %d): gradient %v, by differences %v", i, s.role, grad[i], slope(3e-4))
					}
				}
			}
		})
	}
}

func TestForwardAgainstSequentialReference(t *testing.T) {
	for name, c := range everyLayer {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 4))
			n := mustNew(t, mustParse(t, c.in, c.text), 5)
			scramble(n, rng)
			for _, batch := range []int{1, 3, 40} {
				x := normals(rng, batch*c.in.Size())
				got := n.Forward(x, batch)
				for b := range batch {
					layers, err := n.LayerOutputs(x[b*c.in.Size():][:c.in.Size()])
					if err != nil {
						t.Fatal(err)
					}
					want := layers[len(layers)-1].Values
					for i, v := range got[b*n.Outputs():][:n.Outputs()] {
						if math.Abs(float64(v-want[i])) > 1e-5 {
							t.Fatalf("batch %d, example %d, output %d: %v, by the reference %v", batch, b, i, v, want[i])
						}
					}
				}
			}
		})
	}
}

func TestLayerOutputsNameEveryLayer(t *testing.T) {
	n := mustNew(t, mustParse(t, Shape{3, 7}, "residual ( conv 3 k3 tanh / batchnorm ) relu / maxpool 2 / dropout 0.1 / dense 4 / relu / dense 2 softmax"), 1)
	out, err := n.LayerOutputs(normals(rand.New(rand.NewPCG(1, 1)), 21))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, o := range out {
		names = append(names, o.Layer+" "+string(o.Kind)+" "+o.Shape.String())
		if len(o.Values) != o.Shape.Size() {
			t.Errorf("layer %s has %d values for %v", o.Layer, len(o.Values), o.Shape)
		}
	}
	want := []string{"1.1 conv 3x7", "1.2 batchnorm 3x7", "1 residual 3x7", "2 maxpool 3x3", "3 dropout 3x3", "4 dense 4x1", "5 activation 4x1", "6 dense 2x1"}
	if !slices.Equal(names, want) {
		t.Errorf("layers %q, want %q", names, want)
	}
	if sum := out[7].Values[0] + out[7].Values[1]; math.Abs(float64(sum)-1) > 1e-6 {
		t.Errorf("the last layer adds up to %v, not 1", sum)
	}
	if _, err := n.LayerOutputs(make([]float32, 20)); err == nil {
		t.Error("an input of the wrong length was taken")
	}
}

// A convolution by hand, so that reference and fast path can't share a mistake.
func TestConvolutionByHand(t *testing.T) {
	s := mustParse(t, Shape{1, 5}, "conv 1 k4 s2 / dense 1")
	n := mustNew(t, s, 1)
	// kernel 1 2 3 4, bias 10; dense adds its three inputs up.
	if err := n.SetWeights([]float32{1, 2, 3, 4, 10, 1, 1, 1, 0}); err != nil {
		t.Fatal(err)
	}
	out, err := n.LayerOutputs([]float32{1, 2, 3, 4, 5})
	if err != nil {
		t.Fatal(err)
	}
	// 3 outputs reach over 2*2+4 = 8 samples: 3 zeros, one before and two after.
	want := []float32{10 + 2*1 + 3*2 + 4*3, 10 + 1*2 + 2*3 + 3*4 + 4*5, 10 + 1*4 + 2*5}
	if !slices.Equal(out[0].Values, want) {
		t.Errorf("%v, want %v", out[0].Values, want)
	}
	if got, sum := n.Forward([]float32{1, 2, 3, 4, 5}, 1)[0], want[0]+want[1]+want[2]; got != sum {
		t.Errorf("forward %v, want %v", got, sum)
	}
}

func TestConcurrentPredictions(t *testing.T) {
	n := mustNew(t, mustParse(t, Shape{3, 20}, "conv 8 k3 relu / maxpool 2 / dense 9 relu / dense 4 softmax"), 1)
	x := normals(rand.New(rand.NewPCG(1, 1)), 60*5)
	want := n.Forward(x, 5)
	done := make(chan bool)
	for range 4 {
		go func() {
			ok := true
			for range 50 {
				ok = ok && slices.Equal(n.Forward(x, 5), want)
			}
			done <- ok
		}()
	}
	for range 4 {
		if !<-done {
			t.Error("concurrent predictions differ")
		}
	}
}
