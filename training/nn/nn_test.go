package nn

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"onset/dataset/exact"
)

// plainKernel is the one that needs no C.
var plainKernel kernel = goKernel{name: "gonum"}

func mustParse(t testing.TB, in Shape, text string) Spec {
	t.Helper()
	s, err := ParseText(in, text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustNew(t testing.TB, s Spec, seed uint64) *Net {
	t.Helper()
	n, err := New(s, seed)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func normals(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// blobs are classes around random centres.
func blobs(seed uint64, n, width, classes int) Data {
	rng := rand.New(rand.NewPCG(seed, 1))
	centres := normals(rand.New(rand.NewPCG(99, 99)), classes*width)
	d := Data{X: normals(rng, n*width), Y: make([]int, n)}
	for i := range d.Y {
		d.Y[i] = rng.IntN(classes)
		for j := range width {
			d.X[i*width+j] = 0.7*d.X[i*width+j] + centres[d.Y[i]*width+j]
		}
	}
	return d
}

func TestLearnsXOR(t *testing.T) {
	n := mustNew(t, MLP(Shape{2, 1}, []int{8}, Tanh, 0, 2), 3)
	d := Data{X: []float32{0, 0, 0, 1, 1, 0, 1, 1}, Y: []int{0, 1, 1, 0}}
	sum, err := Fit(t.Context(), n, d, Data{}, FitConfig{Optimizer: Optimizer{Rate: 0.05}, Epochs: 200}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Best.TrainAccuracy != 1 || sum.Best.TrainLoss > 0.05 {
		t.Errorf("XOR isn't learnt: %+v", sum.Best)
	}
}

func TestLearnsBlobsWithEveryOptimizer(t *testing.T) {
	train, valid := blobs(1, 400, 6, 4), blobs(2, 200, 6, 4)
	for name, o := range map[string]Optimizer{
		"adam":     {Rate: 0.01},
		"adamw":    {Kind: "adamw", Rate: 0.01, WeightDecay: 0.01, Schedule: Schedule{Kind: "cosine", Warmup: 5}},
		"sgd":      {Kind: "sgd", Rate: 0.1},
		"nesterov": {Kind: "sgd", Rate: 0.05, Momentum: 0.9, Nesterov: true, ClipNorm: 1, Schedule: Schedule{Kind: "step", Every: 40, Factor: 0.5}},
	} {
		n := mustNew(t, MLP(Shape{2, 3}, []int{16}, ReLU, 0.1, 4), 5)
		sum, err := Fit(t.Context(), n, train, valid, FitConfig{Optimizer: o, Batch: 32, Epochs: 15}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if sum.Best.ValidAccuracy < 0.9 {
			t.Errorf("%s: %.3f of unseen examples right", name, sum.Best.ValidAccuracy)
		}
	}
}

func TestSameSeedSameWeights(t *testing.T) {
	run := func(seed uint64) []float32 {
		n := mustNew(t, MLP(Shape{2, 3}, []int{16, 8}, ReLU, 0.3, 4), seed)
		c := FitConfig{Batch: 32, Epochs: 3, Seed: seed, Augment: func(rng *rand.Rand, dst, src []float32) {
			for i, v := range src {
				dst[i] = v + float32(rng.NormFloat64())*0.1
			}
		}}
		if _, err := Fit(t.Context(), n, blobs(1, 200, 6, 4), blobs(2, 50, 6, 4), c, nil); err != nil {
			t.Fatal(err)
		}
		return n.Weights()
	}
	first := run(7)
	if !slices.Equal(first, run(7)) {
		t.Error("the same seed gave other weights")
	}
	if slices.Equal(first, run(8)) {
		t.Error("another seed gave the same weights")
	}
}

func TestFitKeepsTheBestAndStopsEarly(t *testing.T) {
	train, valid := blobs(1, 40, 6, 4), blobs(2, 200, 6, 4)
	for i := range train.Y { // noise to overfit on
		if i%3 == 0 {
			train.Y[i] = (train.Y[i] + 1) % 4
		}
	}
	n := mustNew(t, MLP(Shape{6, 1}, []int{64}, ReLU, 0, 4), 5)
	var seen []Epoch
	sum, err := Fit(t.Context(), n, train, valid, FitConfig{Optimizer: Optimizer{Rate: 0.01}, Epochs: 300, Patience: 5},
		func(e Epoch) { seen = append(seen, e) })
	if err != nil {
		t.Fatal(err)
	}
	if !sum.Stopped || sum.Epochs != sum.Best.Number+5 || len(seen) != sum.Epochs {
		t.Errorf("stopped %v after %d epochs, best %d, %d observed", sum.Stopped, sum.Epochs, sum.Best.Number, len(seen))
	}
	tr, err := NewTrainer(n, Optimizer{}, Loss{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	loss, _, err := tr.Measure(valid.X, valid.Y)
	if err != nil {
		t.Fatal(err)
	}
	if loss != sum.Best.ValidLoss {
		t.Errorf("the net's validation loss is %v, the best epoch's was %v", loss, sum.Best.ValidLoss)
	}
}

func TestFitCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	n := mustNew(t, MLP(Shape{6, 1}, []int{8}, ReLU, 0, 4), 5)
	epochs := 0
	_, err := Fit(ctx, n, blobs(1, 100, 6, 4), Data{}, FitConfig{Epochs: 100}, func(Epoch) {
		if epochs++; epochs == 2 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || epochs != 2 {
		t.Errorf("%d epochs, error %v", epochs, err)
	}
}

func TestDivergenceIsAnError(t *testing.T) {
	n := mustNew(t, MLP(Shape{6, 1}, []int{8}, ReLU, 0, 4), 5)
	d := blobs(1, 100, 6, 4)
	for i := range d.X {
		d.X[i] *= 1e18
	}
	_, err := Fit(t.Context(), n, d, Data{}, FitConfig{Optimizer: Optimizer{Kind: "sgd", Rate: 1e5}, Epochs: 50}, nil)
	if err == nil {
		t.Error("no error")
	}
}

func TestLossAgainstItsDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const classes, batch = 5, 7
	logits := normals(rng, classes*batch)
	y := make([]int, batch)
	for i := range y {
		y[i] = rng.IntN(classes)
	}
	l := Loss{ClassWeights: []float32{1, 2, 0.5, 3, 0}, LabelSmoothing: 0.1}
	define := func(z []float32) float64 {
		total, weight := 0.0, 0.0
		for b, target := range y {
			sum := 0.0
			for c := range classes {
				sum += math.Exp(float64(z[c*batch+b]))
			}
			w := float64(l.ClassWeights[target])
			weight += w
			for c := range classes {
				q := l.LabelSmoothing / classes
				if c == target {
					q += 1 - l.LabelSmoothing
				}
				total -= w * q * (float64(z[c*batch+b]) - math.Log(sum))
			}
		}
		return total / weight
	}
	dz := make([]float32, len(logits))
	if got, want := l.gradient(plainKernel, &lossScratch{}, logits, y, classes, dz).mean(), define(logits); math.Abs(got-want) > 1e-6 {
		t.Errorf("loss %v, by definition %v", got, want)
	}
	for i := range logits {
		const h = 1e-2
		up, down := slices.Clone(logits), slices.Clone(logits)
		up[i] += h
		down[i] -= h
		want := (define(up) - define(down)) / float64(up[i]-down[i])
		if math.Abs(float64(dz[i])-want) > 1e-5 {
			t.Errorf("gradient %d is %v, by differences %v", i, dz[i], want)
		}
	}
}

func TestWeightsRoundTrip(t *testing.T) {
	s := MLP(Shape{3, 4}, []int{7, 5}, GELU, 0.2, 3)
	a, b := mustNew(t, s, 1), mustNew(t, s, 2)
	if err := b.UnmarshalWeights(a.MarshalWeights()); err != nil {
		t.Fatal(err)
	}
	x := normals(rand.New(rand.NewPCG(1, 1)), 12*3)
	if !slices.Equal(a.Forward(x, 3), b.Forward(x, 3)) {
		t.Error("outputs differ after a round trip of the weights")
	}
	if err := b.UnmarshalWeights(a.MarshalWeights()[4:]); err == nil {
		t.Error("a blob that is too short was taken")
	}
	w := a.Weights()
	w[3] = float32(math.NaN())
	if err := b.SetWeights(w); err == nil {
		t.Error("a weight that isn't a number was taken")
	}
	if len(w) != s.Params() {
		t.Errorf("%d weights, Params says %d", len(w), s.Params())
	}
}

func TestDropoutRateAndScale(t *testing.T) {
	x := make([]float32, 100000)
	for i := range x {
		x[i] = 1
	}
	o := dropoutOp{rate: 0.3}
	drop(x, x, o.threshold(), o.scale(), 12345)
	zeros, sum := 0, 0.0
	for _, v := range x {
		if v == 0 {
			zeros++
		}
		sum += float64(v)
	}
	if share := float64(zeros) / 1e5; math.Abs(share-0.3) > 0.006 || math.Abs(sum/1e5-1) > 0.01 {
		t.Errorf("%.4f dropped, mean %.4f", share, sum/1e5)
	}
}

func TestOwnFunctionsAgainstMath(t *testing.T) {
	for x := -80.0; x < 80; x += 0.0137 {
		if got, want := exact.Exp(x), math.Exp(x); math.Abs(got-want) > 1e-13*want {
			t.Fatalf("exp(%v) is %v, not %v", x, got, want)
		}
		if got, want := tanh(x/10), math.Tanh(x/10); math.Abs(got-want) > 1e-11*math.Abs(want) {
			t.Fatalf("tanh(%v) is %v, not %v", x/10, got, want)
		}
	}
	for x := 1e-9; x < 1e12; x *= 1.0173 {
		if got, want := exact.Log(x), math.Log(x); math.Abs(got-want) > 4e-16*(1+math.Abs(want)) {
			t.Fatalf("log(%v) is %v, not %v", x, got, want)
		}
	}
	for x := 0.0; x <= math.Pi; x += 0.001 {
		if got, want := cosine(x), math.Cos(x); math.Abs(got-want) > 2e-15 {
			t.Fatalf("cosine(%v) is %v, not %v", x, got, want)
		}
	}
	if !math.IsNaN(exact.Exp(math.NaN())) || exact.Exp(-1e9) > 1e-300 || tanh(1e-30) != 1e-30 {
		t.Error("edge cases of exp or tanh are wrong")
	}
}
