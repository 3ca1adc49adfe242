package nn

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/gonum"

	"onset/dataset/exact"
)

// kernel is a blas32 implementation that also does the elementwise work of
// nets. All but the matrix products give the same bits in every kernel.
type kernel interface {
	blas.Float32
	kernelName() string
	// activate adds bias[r] to row r of y, unless bias is nil, and applies a.
	activate(a Activation, y, bias []float32, width int)
	// deactivate multiplies dy by the derivative of a (see deactivate) and sums
	// its rows to db, unless that is nil.
	deactivate(a Activation, dy, kept, db []float32, width int)
	rowMeans(mean, x []float32, width int)
	spread(x, mean []float32, width int)
	unroll(col, x []float32, u unrolling)
	roll(dx, col []float32, u unrolling)
	drop(dst, src []float32, threshold uint32, scale float32, key uint32)
	add(dst, src []float32)
	exps(x []float64)
	transpose(dst, src []float32, rows, cols int)
	adam(w, g, m, v []float32, a adamStep)
	sgd(w, g, m []float32, s sgdStep)
}

// Kernels names the kernels that this build and machine can use, the fastest
// first. "portable" gives the same bits on every machine; "gonum" is gonum's
// own code.
func Kernels() []string { return append(nativeKernels(), "portable", "gonum") }

// UseKernel registers a kernel with blas32 for the whole program: one of
// Kernels, or "auto" for the first. Call it once at the start, before anything
// trains. Without a call, blas32's own implementation is used.
func UseKernel(name string) error {
	if name == "auto" {
		name = Kernels()[0]
	}
	if !slices.Contains(Kernels(), name) {
		return fmt.Errorf("numerical kernel %q: this machine has %v", name, Kernels())
	}
	k := nativeKernel(name)
	if k == nil {
		k = goKernel{name: name}
	}
	blas32.Use(k)
	return nil
}

// KernelName names the kernel in use, for a run's record.
func KernelName() string { return currentKernel().kernelName() }

func currentKernel() kernel {
	if k, ok := blas32.Implementation().(kernel); ok {
		return k
	}
	return foreignKernel{Float32: blas32.Implementation()}
}

// foreignKernel is an implementation that someone else registered.
type foreignKernel struct {
	blas.Float32
	plain
}

func (foreignKernel) kernelName() string {
	if _, ok := blas32.Implementation().(gonum.Implementation); ok {
		return "gonum"
	}
	return "foreign"
}

// goKernel needs no C: gonum's products, or portable ones.
type goKernel struct {
	gonum.Implementation
	plain
	name string
}

func (k goKernel) kernelName() string { return k.name }

func (k goKernel) Sgemm(ta, tb blas.Transpose, m, n, kk int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if k.name != "portable" {
		k.Implementation.Sgemm(ta, tb, m, n, kk, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	checkGemm(ta, tb, m, n, kk, a, lda, b, ldb, c, ldc)
	portableGemm(ta != blas.NoTrans, tb != blas.NoTrans, m, n, kk, alpha, a, lda, b, ldb, beta, c, ldc)
}

func (k goKernel) Sgemv(ta blas.Transpose, m, n int, alpha float32, a []float32, lda int, x []float32, incX int, beta float32, y []float32, incY int) {
	if k.name != "portable" || ta != blas.NoTrans || incX != 1 || incY != 1 {
		k.Implementation.Sgemv(ta, m, n, alpha, a, lda, x, incX, beta, y, incY)
		return
	}
	k.Sgemm(blas.NoTrans, blas.NoTrans, m, 1, n, alpha, a, lda, x, 1, beta, y, 1)
}

// blockK is how many terms of a product are added up between two visits to C;
// with alpha 1 it makes no difference, as sums go on from where C stands.
const blockK = 256

// portableGemm is the reference for the unfused products of every kernel: each
// element of C adds its terms one after the other.
func portableGemm(ta, tb bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	scaleRows(c, m, n, ldc, beta)
	if alpha == 0 {
		return
	}
	sum := make([]float32, n)
	at := func(x []float32, ld int, t bool, i, j int) float32 {
		if t {
			i, j = j, i
		}
		return x[i*ld+j]
	}
	for i := range m {
		row := c[i*ldc : i*ldc+n]
		for p0 := 0; p0 < k; p0 += blockK {
			clear(sum)
			if alpha == 1 {
				copy(sum, row)
			}
			for p := p0; p < min(p0+blockK, k); p++ {
				v := at(a, lda, ta, i, p)
				for j := range sum {
					sum[j] += float32(v * at(b, ldb, tb, p, j))
				}
			}
			for j, s := range sum {
				if alpha != 1 {
					s = row[j] + float32(s*alpha)
				}
				row[j] = s
			}
		}
	}
}

// scaleRows is C = beta C; a beta of zero clears whatever stood there.
func scaleRows(c []float32, m, n, ldc int, beta float32) {
	for i := range m {
		row := c[i*ldc : i*ldc+n]
		switch beta {
		case 0:
			clear(row)
		case 1:
		default:
			for j := range row {
				row[j] *= beta
			}
		}
	}
}

// checkGemm panics as blas32 does when a slice can't hold its matrix. m, n or
// k of zero need nothing.
func checkGemm(ta, tb blas.Transpose, m, n, k int, a []float32, lda int, b []float32, ldb int, c []float32, ldc int) {
	for _, t := range []blas.Transpose{ta, tb} {
		if t != blas.NoTrans && t != blas.Trans && t != blas.ConjTrans {
			panic("blas: illegal transpose")
		}
	}
	if m < 0 || n < 0 || k < 0 {
		panic("blas: negative dimension")
	}
	rowsA, colsA, rowsB, colsB := m, k, k, n
	if ta != blas.NoTrans {
		rowsA, colsA = k, m
	}
	if tb != blas.NoTrans {
		rowsB, colsB = n, k
	}
	checkMatrix("A", a, rowsA, colsA, lda)
	checkMatrix("B", b, rowsB, colsB, ldb)
	checkMatrix("C", c, m, n, ldc)
}

func checkMatrix(name string, x []float32, rows, cols, stride int) {
	if stride < max(1, cols) {
		panic(fmt.Sprintf("blas: bad leading dimension of %s: %d for %d columns", name, stride, cols))
	}
	if rows > 0 && cols > 0 && len(x) < stride*(rows-1)+cols {
		panic(fmt.Sprintf("blas: insufficient length of %s: %d for %d rows of %d", name, len(x), rows, stride))
	}
}

// plain is the elementwise work in Go, and the oracle for the other kernels.
type plain struct{}

func (plain) activate(a Activation, y, bias []float32, width int) {
	if bias != nil {
		addRows(y, bias[:len(y)/width], width)
	}
	activate(a, y)
}

func (plain) deactivate(a Activation, dy, kept, db []float32, width int) {
	deactivate(a, dy, kept)
	if db != nil {
		sumRows(db[:len(dy)/width], dy, width)
	}
}

func (plain) rowMeans(mean, x []float32, width int) {
	for r := range mean {
		var sum float32
		for _, v := range x[r*width : (r+1)*width] {
			sum += v
		}
		mean[r] = sum / float32(width)
	}
}

func (plain) spread(x, mean []float32, width int) {
	for r, v := range mean {
		for i := range x[r*width : (r+1)*width] {
			x[r*width+i] = v
		}
	}
}

func (plain) unroll(col, x []float32, u unrolling) { u.unroll(col, x) }

func (plain) roll(dx, col []float32, u unrolling) { u.roll(dx, col) }

func (plain) drop(dst, src []float32, threshold uint32, scale float32, key uint32) {
	drop(dst, src, threshold, scale, key)
}

func (plain) add(dst, src []float32) {
	for i, v := range src[:len(dst)] {
		dst[i] += v
	}
}

func (plain) exps(x []float64) {
	for i, v := range x {
		x[i] = exact.Exp(v)
	}
}

func (plain) transpose(dst, src []float32, rows, cols int) { transpose(dst, src, rows, cols) }

func (plain) adam(w, g, m, v []float32, a adamStep) { adam(w, g, m, v, a) }

func (plain) sgd(w, g, m []float32, s sgdStep) { sgd(w, g, m, s) }
