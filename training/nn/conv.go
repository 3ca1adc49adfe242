package nn

import "gonum.org/v1/gonum/blas"

// convOp is a one-dimensional convolution (in the sense of nets: a correlation)
// by matrix product. The input is unrolled ("im2col") for as many examples at
// once as keep the unrolled matrix in the processor's cache.
type convOp struct {
	place
	kernel, stride, dilation int
	left                     int // zeros before the first sample
	fn                       Activation
}

func newConv(p place, l LayerSpec) *convOp {
	o := &convOp{place: p, kernel: l.Kernel, stride: l.stride(), dilation: l.dilation(), fn: l.Activation}
	if l.Padding != Valid {
		o.left = max((p.out.Samples-1)*o.stride+l.reach()-p.in.Samples, 0) / 2
	}
	return o
}

// unrolledSize is the number of values the unrolled matrix should stay below.
const unrolledSize = 1 << 16

// rows is the height of the unrolled matrix: the values one output sample sees.
func (o *convOp) rows() int { return o.in.Channels * o.kernel }

// chunks calls f for runs of examples [first, last) with the room for their
// unrolled matrix.
func (o *convOp) chunks(p *pass, s *slot, f func(first, last int, col []float32)) {
	each := max(1, unrolledSize/(o.rows()*o.out.Samples))
	s.aux = grow(s.aux, o.rows()*o.out.Samples*min(each, p.batch))
	for b := 0; b < p.batch; b += each {
		last := min(b+each, p.batch)
		f(b, last, s.aux[:o.rows()*o.out.Samples*(last-b)])
	}
}

func (o *convOp) forward(p *pass, x []float32) []float32 {
	s := &p.slots[o.slot]
	out, wide, k := o.out.Channels, p.batch*o.out.Samples, o.rows()
	s.x, s.y = x, grow(s.y, out*wide)
	w := p.w(o.offset, out*k)
	o.chunks(p, s, func(first, last int, col []float32) {
		o.unroll(col, x, p.batch, first, last)
		n := (last - first) * o.out.Samples
		p.kernel.Sgemm(blas.NoTrans, blas.NoTrans, out, n, k, 1, w, k, col, n, 0, s.y[first*o.out.Samples:], wide)
	})
	s.finish(p, o.fn, p.w(o.offset+out*k, out), wide)
	return s.y
}

func (o *convOp) backward(p *pass, dy []float32, needInput bool) []float32 {
	s := &p.slots[o.slot]
	out, wide, k := o.out.Channels, p.batch*o.out.Samples, o.rows()
	s.unfinish(p, o.fn, dy, p.dw(o.offset+out*k, out), wide)
	w, dw := p.w(o.offset, out*k), p.dw(o.offset, out*k)
	if needInput {
		s.dx = grow(s.dx, len(s.x))
		clear(s.dx)
	}
	o.chunks(p, s, func(first, last int, col []float32) {
		n := (last - first) * o.out.Samples
		dyc := dy[first*o.out.Samples:]
		o.unroll(col, s.x, p.batch, first, last)
		p.kernel.Sgemm(blas.NoTrans, blas.Trans, out, k, n, 1, dyc, wide, col, n, min(float32(first), 1), dw, k)
		if needInput {
			p.kernel.Sgemm(blas.Trans, blas.NoTrans, k, n, out, 1, w, k, dyc, wide, 0, col, n)
			o.roll(s.dx, col, p.batch, first, last)
		}
	})
	if !needInput {
		return nil
	}
	return s.dx
}

// span gives the output samples [from, to) for which tap k reads inside the
// input, and the input sample that the first of them reads.
func (o *convOp) span(k int) (from, to, at int) {
	shift := k*o.dilation - o.left // input sample of output sample 0
	if shift < 0 {
		from = (-shift + o.stride - 1) / o.stride
	}
	to = o.out.Samples
	if over := o.in.Samples - 1 - shift; over < 0 {
		to = 0
	} else {
		to = min(to, over/o.stride+1)
	}
	if from >= to {
		return to, to, 0
	}
	return from, to, from*o.stride + shift
}

// unroll writes what each output sample sees: row [channel][tap], column
// [example][output sample].
func (o *convOp) unroll(col, x []float32, batch, first, last int) {
	t, to := o.in.Samples, o.out.Samples
	i := 0
	for c := range o.in.Channels {
		for k := range o.kernel {
			from, upto, at := o.span(k)
			for b := first; b < last; b++ {
				dst, src := col[i:i+to], x[(c*batch+b)*t:][:t]
				i += to
				clear(dst[:from])
				clear(dst[upto:])
				if o.stride == 1 {
					copy(dst[from:upto], src[at:])
					continue
				}
				for j, s := from, at; j < upto; j, s = j+1, s+o.stride {
					dst[j] = src[s]
				}
			}
		}
	}
}

// roll adds the unrolled gradient to the input's.
func (o *convOp) roll(dx, col []float32, batch, first, last int) {
	t, to := o.in.Samples, o.out.Samples
	i := 0
	for c := range o.in.Channels {
		for k := range o.kernel {
			from, upto, at := o.span(k)
			for b := first; b < last; b++ {
				src, dst := col[i+from:i+upto], dx[(c*batch+b)*t:][:t]
				i += to
				if o.stride == 1 {
					dst = dst[at:][:len(src)]
					for j, v := range src {
						dst[j] += v
					}
					continue
				}
				for j, v := range src {
					dst[at+j*o.stride] += v
				}
			}
		}
	}
}

func (o *convOp) refer(weights, x []float32, report func([]float32)) []float32 {
	in, out, k := o.in, o.out, o.rows()
	w, bias := weights[o.offset:][:out.Channels*k], weights[o.offset+out.Channels*k:]
	y := make([]float32, out.Size())
	for i := range y {
		channel, t := i/out.Samples, i%out.Samples
		var sum float32
		for j := range k {
			at := t*o.stride + j%o.kernel*o.dilation - o.left
			if at >= 0 && at < in.Samples {
				sum += float32(w[channel*k+j] * x[j/o.kernel*in.Samples+at])
			}
		}
		y[i] = sum + bias[channel]
	}
	activate(o.fn, y)
	report(y)
	return y
}
