package nn

import (
	"math/rand/v2"
	"testing"

	"onset/training/nn/internal/yardstick"
)

const mlpText, cnnText = "dense 250 relu / dropout 0.2 / dense 100 relu / dropout 0.2 / dense 20 softmax",
	"conv 32 k5 relu / conv 64 k5 relu / global mean / dense 20 softmax"

// trainingFlops is the floating-point work of the products of one example's
// training step: forward, gradient of weights, gradient of inputs but for the
// first layer.
func trainingFlops(s Spec) float64 {
	first := Spec{Input: s.Input, Layers: s.Layers[:1:1]}
	first.Layers = append(first.Layers, LayerSpec{Kind: Dense, Out: 1})
	c, _ := first.measure()
	firstAdds := c.multiplyAdds - c.params + s.Layers[0].params(s.Input) + 1
	return 2 * float64(3*s.MultiplyAdds()-firstAdds)
}

func BenchmarkStep(b *testing.B) {
	for _, c := range []struct {
		name string
		in   Shape
		text string
	}{{"mlp", Shape{6, 100}, mlpText}, {"cnn", Shape{6, 100}, cnnText}} {
		for _, name := range Kernels() {
			b.Run(c.name+"/"+name, func(b *testing.B) {
				use(b, name)
				const batch = 64
				n := mustNew(b, mustParse(b, c.in, c.text), 1)
				tr, err := NewTrainer(n, Optimizer{}, Loss{}, 1)
				if err != nil {
					b.Fatal(err)
				}
				rng := rand.New(rand.NewPCG(1, 2))
				x, y := normals(rng, batch*c.in.Size()), make([]int, batch)
				for i := range y {
					y[i] = rng.IntN(20)
				}
				start := yardstick.CPU()
				for b.Loop() {
					if _, _, err := tr.Step(x, y); err != nil {
						b.Fatal(err)
					}
				}
				speed := float64(batch*b.N) / (yardstick.CPU() - start).Seconds()
				b.ReportMetric(speed, "examples/cpu-s")
				if peak := yardstick.Peak(); peak > 0 {
					b.ReportMetric(100*speed*trainingFlops(n.Spec())/peak, "%peak")
				}
			})
		}
	}
}

func BenchmarkProduct(b *testing.B) {
	for _, p := range []struct {
		name string
		product
	}{
		{"forward", product{m: 250, n: 64, k: 600, lda: 600, ldb: 64, ldc: 64}},
		{"weights", product{tb: true, m: 250, n: 600, k: 64, lda: 64, ldb: 64, ldc: 600}},
		{"inputs", product{ta: true, m: 250, n: 64, k: 100, lda: 250, ldb: 64, ldc: 64}},
		{"conv-forward", product{m: 64, n: 400, k: 160, lda: 160, ldb: 400, ldc: 400}},
		{"conv-weights", product{tb: true, m: 64, n: 160, k: 400, lda: 400, ldb: 400, ldc: 160}},
		{"conv-inputs", product{ta: true, m: 160, n: 400, k: 64, lda: 160, ldb: 400, ldc: 400}},
	} {
		for _, name := range Kernels() {
			b.Run(p.name+"/"+name, func(b *testing.B) {
				k := kernelByName(name)
				rng := rand.New(rand.NewPCG(p.seed, 1))
				x, y, z := normals(rng, p.m*p.k), normals(rng, p.k*p.n), make([]float32, p.m*p.n)
				start := yardstick.CPU()
				for b.Loop() {
					k.Sgemm(trans(p.ta), trans(p.tb), p.m, p.n, p.k, 1, x, p.lda, y, p.ldb, 0, z, p.ldc)
				}
				b.ReportMetric(2e-9*float64(p.m*p.n*p.k*b.N)/(yardstick.CPU()-start).Seconds(), "GF/cpu-s")
			})
		}
	}
}

func BenchmarkPredictOne(b *testing.B) {
	s := mustParse(b, Shape{6, 100}, mlpText)
	n := mustNew(b, s, 1)
	x := normals(rand.New(rand.NewPCG(1, 2)), 600)
	for _, name := range Kernels() {
		b.Run(name, func(b *testing.B) {
			use(b, name)
			for b.Loop() {
				n.Forward(x, 1)
			}
		})
	}
	b.Run("plain-c", func(b *testing.B) {
		if !yardstick.Available {
			b.Skip("this build has no C")
		}
		w, sizes := n.Weights(), []int{600, 250, 100, 20}
		for b.Loop() {
			in, at := x, 0
			for i, out := range sizes[1:] {
				y, width := make([]float32, out), sizes[i]
				yardstick.Dense(w[at:], w[at+out*width:], out, width, in, y, i < 2)
				in, at = y, at+out*(width+1)
			}
			SoftmaxRows(in, 20, 1)
		}
	})
}
