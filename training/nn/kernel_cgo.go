//go:build cgo && !purego

package nn

/*
#cgo CFLAGS: -O3 -std=c11
#cgo LDFLAGS: -lm
#cgo noescape onset_sgemm
#cgo nocallback onset_sgemm
#cgo noescape onset_sgemv
#cgo nocallback onset_sgemv
#cgo noescape onset_bias_act
#cgo nocallback onset_bias_act
#cgo noescape onset_unact_sum
#cgo nocallback onset_unact_sum
#cgo noescape onset_drop
#cgo nocallback onset_drop
#cgo noescape onset_add
#cgo nocallback onset_add
#cgo noescape onset_exp
#cgo nocallback onset_exp
#cgo noescape onset_row_means
#cgo nocallback onset_row_means
#cgo noescape onset_spread
#cgo nocallback onset_spread
#cgo noescape onset_unroll
#cgo nocallback onset_unroll
#cgo noescape onset_roll
#cgo nocallback onset_roll
#cgo noescape onset_transpose
#cgo nocallback onset_transpose
#cgo noescape onset_adam
#cgo nocallback onset_adam
#cgo noescape onset_sgd
#cgo nocallback onset_sgd
#include "kernel.h"
*/
import "C"

import (
	"sync"
	"unsafe"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// isas are the instruction sets of kernel.c, the fastest first.
var isas = []struct {
	name string
	isa  C.int
}{
	{"avx512", C.ISA_AVX512}, {"avx2", C.ISA_AVX2}, {"neon", C.ISA_NEON}, {"generic", C.ISA_GENERIC},
}

func nativeKernels() []string {
	found := int(C.onset_isas())
	var names []string
	for _, s := range isas {
		if found>>s.isa&1 == 1 {
			names = append(names, s.name)
		}
	}
	return names
}

// nativeKernel is kernel.c with the instruction set of that name, nil if it
// knows none; "portable" is the widest one, without fused products.
func nativeKernel(name string) kernel {
	if name == "portable" {
		k := nativeKernel(nativeKernels()[0]).(*cKernel)
		k.how.fused, k.name = 0, name
		return k
	}
	for _, s := range isas {
		if s.name == name {
			k := &cKernel{name: name, how: C.onset_how{isa: s.isa, fused: 1}}
			k.work.New = func() any { return new([C.ONSET_WORK]C.float) }
			return k
		}
	}
	return nil
}

// cKernel calls kernel.c. Each call works on one thread, in scratch of fixed
// size; trainings may call it at once.
type cKernel struct {
	gonum.Implementation
	plain
	name string
	how  C.onset_how
	work sync.Pool
}

func (k *cKernel) kernelName() string { return k.name }

func ptr(x []float32) *C.float { return (*C.float)(unsafe.SliceData(x)) }

func flag(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

func (k *cKernel) Sgemm(ta, tb blas.Transpose, m, n, kk int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	checkGemm(ta, tb, m, n, kk, a, lda, b, ldb, c, ldc)
	if m == 0 || n == 0 {
		return
	}
	if beta != 0 && beta != 1 || kk == 0 || alpha == 0 {
		scaleRows(c, m, n, ldc, beta)
		beta = 1
	}
	if kk == 0 || alpha == 0 {
		return
	}
	work := k.work.Get().(*[C.ONSET_WORK]C.float)
	C.onset_sgemm(k.how, flag(ta != blas.NoTrans), flag(tb != blas.NoTrans), C.int64_t(m), C.int64_t(n), C.int64_t(kk), C.float(alpha),
		ptr(a), C.int64_t(lda), ptr(b), C.int64_t(ldb), flag(beta == 1), ptr(c), C.int64_t(ldc), &work[0])
	k.work.Put(work)
}

func (k *cKernel) Sgemv(ta blas.Transpose, m, n int, alpha float32, a []float32, lda int, x []float32, incX int, beta float32, y []float32, incY int) {
	if ta != blas.NoTrans || incX != 1 || incY != 1 || alpha != 1 || beta != 0 && beta != 1 {
		k.Implementation.Sgemv(ta, m, n, alpha, a, lda, x, incX, beta, y, incY)
		return
	}
	if k.how.fused == 0 {
		k.Sgemm(blas.NoTrans, blas.NoTrans, m, 1, n, alpha, a, lda, x, 1, beta, y, 1)
		return
	}
	checkGemm(blas.NoTrans, blas.NoTrans, m, 1, n, a, lda, x, 1, y, 1)
	C.onset_sgemv(k.how.isa, C.int64_t(m), C.int64_t(n), ptr(a), C.int64_t(lda), ptr(x), flag(beta == 1), ptr(y))
}

// acts are the activations by kernel.c's numbers; softmax isn't elementwise.
var acts = map[Activation]C.int{
	Identity: C.ACT_IDENTITY, ReLU: C.ACT_RELU, Leaky: C.ACT_LEAKY, Tanh: C.ACT_TANH, Sigmoid: C.ACT_SIGMOID, GELU: C.ACT_GELU, Softmax: C.ACT_IDENTITY,
}

func (k *cKernel) activate(a Activation, y, bias []float32, width int) {
	rows := len(y) / width
	if bias != nil {
		_ = bias[:rows]
	}
	C.onset_bias_act(k.how.isa, acts[a], ptr(y), ptr(bias), C.int64_t(rows), C.int64_t(width))
}

func (k *cKernel) deactivate(a Activation, dy, kept, db []float32, width int) {
	rows := len(dy) / width
	kept = kept[:len(dy)]
	if db != nil {
		_ = db[:rows]
	}
	C.onset_unact_sum(k.how.isa, acts[a], ptr(dy), ptr(kept), ptr(db), C.int64_t(rows), C.int64_t(width))
}

func (k *cKernel) rowMeans(mean, x []float32, width int) {
	_ = x[:len(mean)*width]
	C.onset_row_means(ptr(mean), ptr(x), C.int64_t(len(mean)), C.int64_t(width))
}

func (k *cKernel) spread(x, mean []float32, width int) {
	_ = x[:len(mean)*width]
	C.onset_spread(ptr(x), ptr(mean), C.int64_t(len(mean)), C.int64_t(width))
}

func (u unrolling) c() C.onset_unrolling {
	n := func(i int) C.int64_t { return C.int64_t(i) }
	return C.onset_unrolling{
		channels: n(u.channels), kernel: n(u.kernel), stride: n(u.stride), dilation: n(u.dilation), left: n(u.left),
		samples: n(u.samples), results: n(u.results), batch: n(u.batch), first: n(u.first), last: n(u.last),
	}
}

func (k *cKernel) unroll(col, x []float32, u unrolling) {
	u.check(col, x)
	c := u.c()
	C.onset_unroll(ptr(col), ptr(x), &c)
}

func (k *cKernel) roll(dx, col []float32, u unrolling) {
	u.check(col, dx)
	c := u.c()
	C.onset_roll(k.how.isa, ptr(dx), ptr(col), &c)
}

func (k *cKernel) drop(dst, src []float32, threshold uint32, scale float32, key uint32) {
	src = src[:len(dst)]
	C.onset_drop(k.how.isa, ptr(dst), ptr(src), C.int64_t(len(dst)), C.uint32_t(threshold), C.float(scale), C.uint32_t(key))
}

func (k *cKernel) add(dst, src []float32) {
	src = src[:len(dst)]
	C.onset_add(k.how.isa, ptr(dst), ptr(src), C.int64_t(len(dst)))
}

func (k *cKernel) exps(x []float64) {
	C.onset_exp(k.how.isa, (*C.double)(unsafe.SliceData(x)), C.int64_t(len(x)))
}

func (k *cKernel) transpose(dst, src []float32, rows, cols int) {
	_, _ = dst[:rows*cols], src[:rows*cols]
	C.onset_transpose(ptr(dst), ptr(src), C.int64_t(rows), C.int64_t(cols))
}

func (k *cKernel) adam(w, g, m, v []float32, a adamStep) {
	g, m, v = g[:len(w)], m[:len(w)], v[:len(w)]
	s := C.onset_adam_step{
		beta1: C.float(a.beta1), beta2: C.float(a.beta2), rest1: C.float(a.rest1), rest2: C.float(a.rest2), rate: C.float(a.rate),
		root: C.float(a.root), epsilon: C.float(a.epsilon), penalty: C.float(a.penalty), shrink: C.float(a.shrink), scale: C.float(a.scale),
	}
	C.onset_adam(k.how.isa, ptr(w), ptr(g), ptr(m), ptr(v), C.int64_t(len(w)), &s)
}

func (k *cKernel) sgd(w, g, m []float32, s sgdStep) {
	g, m = g[:len(w)], m[:len(w)]
	c := C.onset_sgd_step{
		rate: C.float(s.rate), momentum: C.float(s.momentum), penalty: C.float(s.penalty), scale: C.float(s.scale), nesterov: flag(s.nesterov),
	}
	C.onset_sgd(k.how.isa, ptr(w), ptr(g), ptr(m), C.int64_t(len(w)), &c)
}
