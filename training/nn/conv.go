package nn

import "gonum.org/v1/gonum/blas"

// convOp is a one-dimensional convolution (in the sense of nets: a correlation)
// by matrix product. The input is unrolled ("im2col") for as many examples at
// once as keep the unrolled matrix in the processor's cache.
type convOp struct {
	place
	unrolling
	fn Activation
}

func newConv(p place, l LayerSpec) *convOp {
	o := &convOp{place: p, fn: l.Activation, unrolling: unrolling{
		channels: p.in.Channels, kernel: l.Kernel, stride: l.stride(), dilation: l.dilation(), samples: p.in.Samples, results: p.out.Samples,
	}}
	if l.Padding != Valid {
		o.left = max((p.out.Samples-1)*o.stride+l.reach()-p.in.Samples, 0) / 2
	}
	return o
}

// unrolledSize is the number of values the unrolled matrix should stay below.
const unrolledSize = 1 << 16

// chunks calls f for runs of examples with the room for their unrolled matrix.
func (o *convOp) chunks(p *pass, s *slot, f func(u unrolling, col []float32)) {
	each := max(1, unrolledSize/(o.rows()*o.results))
	s.aux = grow(s.aux, o.rows()*o.results*min(each, p.batch))
	u := o.unrolling
	u.batch = p.batch
	for u.first = 0; u.first < p.batch; u.first += each {
		u.last = min(u.first+each, p.batch)
		f(u, s.aux[:u.size()])
	}
}

func (o *convOp) forward(p *pass, x []float32) []float32 {
	s := &p.slots[o.slot]
	out, wide, k := o.out.Channels, p.batch*o.out.Samples, o.rows()
	s.x, s.y = x, grow(s.y, out*wide)
	w := p.w(o.offset, out*k)
	o.chunks(p, s, func(u unrolling, col []float32) {
		p.kernel.unroll(col, x, u)
		n := u.width()
		p.kernel.Sgemm(blas.NoTrans, blas.NoTrans, out, n, k, 1, w, k, col, n, 0, s.y[u.first*u.results:], wide)
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
	o.chunks(p, s, func(u unrolling, col []float32) {
		n, dyc := u.width(), dy[u.first*u.results:]
		p.kernel.unroll(col, s.x, u)
		p.kernel.Sgemm(blas.NoTrans, blas.Trans, out, k, n, 1, dyc, wide, col, n, min(float32(u.first), 1), dw, k)
		if needInput {
			p.kernel.Sgemm(blas.Trans, blas.NoTrans, k, n, out, 1, w, k, dyc, wide, 0, col, n)
			p.kernel.roll(s.dx, col, u)
		}
	})
	if !needInput {
		return nil
	}
	return s.dx
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
