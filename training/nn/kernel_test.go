package nn

import (
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/gonum"
	"pgregory.net/rapid"
)

// use registers a kernel for one test.
func use(t testing.TB, name string) {
	before := blas32.Implementation()
	t.Cleanup(func() { blas32.Use(before) })
	if err := UseKernel(name); err != nil {
		t.Fatal(err)
	}
}

// kernelByName gives a kernel without registering it.
func kernelByName(name string) kernel {
	if k := nativeKernel(name); k != nil {
		return k
	}
	return goKernel{name: name}
}

// product is one call of Sgemm on random matrices inside larger ones.
type product struct {
	ta, tb        bool
	m, n, k       int
	lda, ldb, ldc int
	alpha, beta   float32
	seed          uint64
}

func trans(t bool) blas.Transpose {
	if t {
		return blas.Trans
	}
	return blas.NoTrans
}

// run gives C with what lies around it, which no kernel may touch.
func (p product) run(sgemm func(ta, tb blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int)) []float32 {
	rng := rand.New(rand.NewPCG(p.seed, 1))
	sizeA, sizeB := p.m*p.lda, p.k*p.ldb
	if p.ta {
		sizeA = p.k * p.lda
	}
	if p.tb {
		sizeB = p.n * p.ldb
	}
	a, b, c := normals(rng, sizeA), normals(rng, sizeB), normals(rng, p.m*p.ldc)
	sgemm(trans(p.ta), trans(p.tb), p.m, p.n, p.k, p.alpha, a, p.lda, b, p.ldb, p.beta, c, p.ldc)
	return c
}

func (p product) compare(name string) error {
	got, want := p.run(kernelByName(name).Sgemm), p.run(gonum.Implementation{}.Sgemm)
	for i, v := range got {
		if d := math.Abs(float64(v - want[i])); !(d <= 1e-5*(2+math.Sqrt(float64(p.k)))*(1+math.Abs(float64(p.alpha)))) {
			return fmt.Errorf("%s %+v: element %d is %v, by gonum %v", name, p, i, v, want[i])
		}
		if i%p.ldc >= p.n && v != want[i] {
			return fmt.Errorf("%s %+v: element %d outside C was written", name, p, i)
		}
	}
	return nil
}

func drawProduct(t *rapid.T) product {
	size := rapid.OneOf(rapid.IntRange(0, 20), rapid.IntRange(0, 140))
	p := product{
		ta: rapid.Bool().Draw(t, "ta"), tb: rapid.Bool().Draw(t, "tb"), m: size.Draw(t, "m"), n: size.Draw(t, "n"),
		k:     rapid.OneOf(size, rapid.IntRange(250, 530)).Draw(t, "k"),
		alpha: rapid.SampledFrom([]float32{1, 1, 1, 0, -0.5, 2.25}).Draw(t, "alpha"),
		beta:  rapid.SampledFrom([]float32{0, 0, 1, 1, -0.5, 2}).Draw(t, "beta"),
		seed:  rapid.Uint64().Draw(t, "seed"),
	}
	wide := func(cols int) int { return max(1, cols+rapid.SampledFrom([]int{0, 0, 1, 17}).Draw(t, "pad")) }
	p.lda, p.ldb, p.ldc = wide(p.k), wide(p.n), wide(p.n)
	if p.ta {
		p.lda = wide(p.m)
	}
	if p.tb {
		p.ldb = wide(p.k)
	}
	return p
}

func TestProductsAgainstGonum(t *testing.T) {
	for _, name := range Kernels() {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			if err := drawProduct(t).compare(name); err != nil {
				t.Fatal(err)
			}
		}))
	}
}

func FuzzProducts(f *testing.F) {
	f.Add(uint64(0), uint8(8), uint8(64), uint16(600), uint8(0), uint8(0), uint8(0))
	f.Add(uint64(1), uint8(7), uint8(65), uint16(257), uint8(3), uint8(1), uint8(2))
	f.Fuzz(func(t *testing.T, seed uint64, m, n uint8, k uint16, flags, alpha, pad uint8) {
		p := product{
			ta: flags&1 != 0, tb: flags&2 != 0, m: int(m), n: int(n), k: int(k % 1030), seed: seed,
			alpha: []float32{1, 0, -1.5, 1}[alpha&3], beta: []float32{0, 1, 0.5, 1}[alpha>>2&3],
		}
		wide := func(cols int) int { return max(1, cols+int(pad)) }
		p.lda, p.ldb, p.ldc = wide(p.k), wide(p.n), wide(p.n)
		if p.ta {
			p.lda = wide(p.m)
		}
		if p.tb {
			p.ldb = wide(p.k)
		}
		for _, name := range Kernels() {
			if err := p.compare(name); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Unfused products are the same bits in Go and on every instruction set.
func TestPortableProductsBitForBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProduct(t)
		want := p.run(goKernel{name: "portable"}.Sgemm)
		for _, k := range portableVariants() {
			if got := p.run(k.Sgemm); !slices.Equal(got, want) {
				t.Fatalf("%+v: %s differs from Go", p, k.kernelName())
			}
		}
	})
}

func TestProductRefusesWhatDoesNotFit(t *testing.T) {
	for _, name := range Kernels() {
		for what, f := range map[string]func(k kernel){
			"short A": func(k kernel) {
				k.Sgemm(blas.NoTrans, blas.NoTrans, 4, 4, 4, 1, make([]float32, 15), 4, make([]float32, 16), 4, 0, make([]float32, 16), 4)
			},
			"short B": func(k kernel) {
				k.Sgemm(blas.NoTrans, blas.Trans, 4, 4, 4, 1, make([]float32, 16), 4, make([]float32, 15), 4, 0, make([]float32, 16), 4)
			},
			"short C": func(k kernel) {
				k.Sgemm(blas.Trans, blas.NoTrans, 4, 4, 4, 1, make([]float32, 16), 4, make([]float32, 16), 4, 0, make([]float32, 15), 4)
			},
			"stride": func(k kernel) {
				k.Sgemm(blas.NoTrans, blas.NoTrans, 4, 4, 4, 1, make([]float32, 16), 3, make([]float32, 16), 4, 0, make([]float32, 16), 4)
			},
			"negative": func(k kernel) {
				k.Sgemm(blas.NoTrans, blas.NoTrans, -1, 4, 4, 1, make([]float32, 16), 4, make([]float32, 16), 4, 0, make([]float32, 16), 4)
			},
			"short gemv": func(k kernel) {
				k.Sgemv(blas.NoTrans, 4, 4, 1, make([]float32, 16), 4, make([]float32, 3), 1, 0, make([]float32, 4), 1)
			},
			"short dropout": func(k kernel) { k.drop(make([]float32, 4), make([]float32, 3), 1, 1, 1) },
			"short bias":    func(k kernel) { k.activate(ReLU, make([]float32, 8), make([]float32, 1), 4) },
			"short adam": func(k kernel) {
				k.adam(make([]float32, 7), make([]float32, 7), make([]float32, 6), make([]float32, 7), adamStep{})
			},
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s, %s: no panic", name, what)
					}
				}()
				f(kernelByName(name))
			}()
		}
	}
}

func TestMatrixTimesVector(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, n, pad := rapid.IntRange(1, 70).Draw(t, "m"), rapid.IntRange(1, 150).Draw(t, "n"), rapid.IntRange(0, 3).Draw(t, "pad")
		beta := rapid.SampledFrom([]float32{0, 1, 0.5}).Draw(t, "beta")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		a, x, y := normals(rng, m*(n+pad)), normals(rng, n), normals(rng, m)
		want := slices.Clone(y)
		gonum.Implementation{}.Sgemv(blas.NoTrans, m, n, 1, a, n+pad, x, 1, beta, want, 1)
		for _, name := range Kernels() {
			got := slices.Clone(y)
			kernelByName(name).Sgemv(blas.NoTrans, m, n, 1, a, n+pad, x, 1, beta, got, 1)
			for i := range got {
				if math.Abs(float64(got[i]-want[i])) > 1e-4 {
					t.Fatalf("%s: element %d is %v, by gonum %v", name, i, got[i], want[i])
				}
			}
		}
	})
}

// The elementwise work is the same bits everywhere, as Go does it.
func TestElementwiseBitForBit(t *testing.T) {
	acts := []Activation{Identity, ReLU, Leaky, Tanh, Sigmoid, GELU}
	rapid.Check(t, func(t *rapid.T) {
		rows, width := rapid.IntRange(1, 9).Draw(t, "rows"), rapid.IntRange(1, 70).Draw(t, "width")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		n := rows * width
		x, y, z, u := normals(rng, n), normals(rng, n), normals(rng, n), normals(rng, n)
		for i := range u {
			u[i] = u[i] * u[i]
		}
		x[rng.IntN(n)], y[rng.IntN(n)] = 0, float32(math.Copysign(0, -1))
		bias := normals(rng, rows)
		act := rapid.SampledFrom(acts).Draw(t, "act")
		step := adamStep{beta1: 0.9, beta2: 0.999, rest1: 0.1, rest2: 0.001, rate: 0.01, root: 3, epsilon: 1e-8, penalty: 0.01, shrink: 0.99, scale: 0.7}
		results := func(k kernel) [][]float32 {
			fwd, db, dy := slices.Clone(x), make([]float32, rows), slices.Clone(y)
			k.activate(act, fwd, bias, width)
			k.deactivate(act, dy, z, db, width)
			dropped, sum, turned := make([]float32, n), slices.Clone(x), make([]float32, n)
			k.drop(dropped, x, 1<<30, 1.25, 99)
			k.add(sum, y)
			k.transpose(turned, x, rows, width)
			w, m, v := slices.Clone(x), slices.Clone(y), slices.Clone(u)
			k.adam(w, z, m, v, step)
			sw, sm := slices.Clone(x), slices.Clone(y)
			k.sgd(sw, z, sm, sgdStep{rate: 0.1, momentum: 0.9, penalty: 0.01, scale: 0.7, nesterov: rows%2 == 0})
			e, e32 := make([]float64, n), make([]float32, 2*n)
			for i := range e {
				e[i] = 50 * float64(x[i])
			}
			k.exps(e)
			for i, v := range e {
				e32[2*i], e32[2*i+1] = math.Float32frombits(uint32(math.Float64bits(v))&0x3fffffff), math.Float32frombits(uint32(math.Float64bits(v)>>32)&0x3fffffff)
			}
			means, spread := make([]float32, rows), make([]float32, n)
			k.rowMeans(means, x, width)
			k.spread(spread, means, width)
			plainAct, plainDy := slices.Clone(x), slices.Clone(y)
			k.activate(act, plainAct, nil, n)
			k.deactivate(act, plainDy, z, nil, n)
			return [][]float32{sw, sm, means, spread, plainAct, plainDy, fwd, db, dy, dropped, sum, turned, w, m, v, e32}
		}
		want := results(goKernel{name: "portable"})
		for _, name := range Kernels() {
			for i, got := range results(kernelByName(name)) {
				if !slices.Equal(got, want[i]) {
					t.Fatalf("%s, %q, result %d: %v, in Go %v", name, act, i, got, want[i])
				}
			}
		}
	})
}

func TestUnrollingBitForBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := unrolling{
			channels: rapid.IntRange(1, 4).Draw(t, "channels"), kernel: rapid.IntRange(1, 9).Draw(t, "kernel"),
			stride: rapid.IntRange(1, 4).Draw(t, "stride"), dilation: rapid.IntRange(1, 4).Draw(t, "dilation"),
			left: rapid.IntRange(0, 20).Draw(t, "left"), samples: rapid.IntRange(1, 30).Draw(t, "samples"),
			results: rapid.IntRange(1, 30).Draw(t, "out"), batch: rapid.IntRange(1, 5).Draw(t, "batch"),
		}
		u.first = rapid.IntRange(0, u.batch-1).Draw(t, "first")
		u.last = rapid.IntRange(u.first+1, u.batch).Draw(t, "last")
		rng := rand.New(rand.NewPCG(1, rapid.Uint64().Draw(t, "seed")))
		x, dx := normals(rng, u.channels*u.batch*u.samples), normals(rng, u.channels*u.batch*u.samples)
		want, wantDX := make([]float32, u.size()), slices.Clone(dx)
		u.unroll(want, x)
		u.roll(wantDX, want)
		for _, name := range Kernels() {
			k := kernelByName(name)
			got, gotDX := normals(rng, u.size()), slices.Clone(dx)
			k.unroll(got, x, u)
			k.roll(gotDX, got, u)
			if !slices.Equal(got, want) || !slices.Equal(gotDX, wantDX) {
				t.Fatalf("%s differs from Go for %+v", name, u)
			}
		}
	})
}

// A whole training with the portable kernel is the same in C and in Go.
func TestPortableTrainingBitForBit(t *testing.T) {
	before := blas32.Implementation()
	defer blas32.Use(before)
	for _, text := range []string{
		"dense 30 relu / dropout 0.2 / dense 10 tanh / dense 4 softmax",
		"conv 6 k3 gelu / batchnorm / maxpool 2 / residual ( conv 6 k3 leaky / layernorm ) / global mean / dense 4 softmax",
	} {
		var want []float32
		for i, k := range append(portableVariants(), goKernel{name: "portable"}) {
			blas32.Use(k)
			n := mustNew(t, mustParse(t, Shape{2, 30}, text), 3)
			if _, err := Fit(t.Context(), n, blobs(1, 150, 60, 4), blobs(2, 50, 60, 4), FitConfig{Epochs: 3, Seed: 1}, nil); err != nil {
				t.Fatal(err)
			}
			x := blobs(3, 20, 60, 4).X
			got := append(n.Weights(), n.Forward(x, 20)...)
			for b := range 20 { // the portable kernel is also what LayerOutputs promises
				layers, err := n.LayerOutputs(x[b*60 : b*60+60])
				if err != nil {
					t.Fatal(err)
				}
				if last := layers[len(layers)-1].Values; !slices.Equal(last, got[len(n.weights)+b*4:][:4]) {
					t.Fatalf("%s: example %d is %v by the kernel and %v by LayerOutputs", text, b, got[len(n.weights)+b*4:][:4], last)
				}
			}
			if i == 0 {
				want = got
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s %d gives other bits than the first", text, k.kernelName(), i)
			}
		}
	}
}

// What the portable kernel learns doesn't depend on the machine: these sums were
// taken on amd64, and are the same on arm64 and without C.
func TestPortableTrainingOnAnyMachine(t *testing.T) {
	use(t, "portable")
	d := Data{X: make([]float32, 150*60), Y: make([]int, 150)}
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range d.X {
		d.X[i] = rng.Float32()*2 - 1
	}
	for i := range d.Y {
		d.Y[i] = i % 4
		d.X[i*60+i%4] += 1
	}
	for text, want := range map[string]string{
		"dense 30 relu / dropout 0.2 / dense 10 tanh / dense 4 softmax":                                                       "c93495e51814e815",
		"conv 6 k3 gelu / batchnorm / maxpool 2 / residual ( conv 6 k3 sigmoid / layernorm ) / global mean / dense 4 softmax": "964ca2fe76e11280",
	} {
		n := mustNew(t, mustParse(t, Shape{2, 30}, text), 3)
		c := FitConfig{Optimizer: Optimizer{Kind: "adamw", Rate: 0.01, WeightDecay: 0.01, ClipNorm: 1, Schedule: Schedule{Kind: "cosine", Warmup: 3}}, Epochs: 4, Patience: 3}
		if _, err := Fit(t.Context(), n, d, d, c, nil); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(n.MarshalWeights())); got[:16] != want {
			t.Errorf("%s: the weights' sum is %s, want %s", text, got[:16], want)
		}
	}
}

func TestEveryKernelLearnsTheSame(t *testing.T) {
	for _, name := range Kernels() {
		use(t, name)
		n := mustNew(t, mustParse(t, Shape{2, 30}, "conv 6 k3 relu / maxpool 2 / dense 20 relu / dropout 0.1 / dense 4 softmax"), 3)
		sum, err := Fit(t.Context(), n, blobs(1, 300, 60, 4), blobs(2, 100, 60, 4), FitConfig{Optimizer: Optimizer{Rate: 0.01}, Epochs: 6, Seed: 1}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if KernelName() != name || sum.Best.ValidAccuracy < 0.95 {
			t.Errorf("%s: validation accuracy %.3f with kernel %s", name, sum.Best.ValidAccuracy, KernelName())
		}
	}
}

func TestUnknownKernelIsRefused(t *testing.T) {
	if err := UseKernel("abacus"); err == nil {
		t.Error("no error")
	}
}
