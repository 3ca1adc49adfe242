package nn

import (
	"gonum.org/v1/gonum/blas"
)

// denseOp computes y = f(W x + b) with W [out][in], x [in][example].
type denseOp struct {
	place
	fn Activation
}

func (o *denseOp) forward(p *pass, x []float32) []float32 {
	s := &p.slots[o.slot]
	in, out, batch := o.in.Channels, o.out.Channels, p.batch
	s.x, s.y = x, grow(s.y, out*batch)
	w := p.w(o.offset, out*in)
	if batch == 1 {
		p.kernel.Sgemv(blas.NoTrans, out, in, 1, w, in, x, 1, 0, s.y, 1)
	} else {
		p.kernel.Sgemm(blas.NoTrans, blas.NoTrans, out, batch, in, 1, w, in, x, batch, 0, s.y, batch)
	}
	s.finish(p, o.fn, p.w(o.offset+out*in, out), batch)
	return s.y
}

// finish adds the bias of each row, if any, and applies the activation to y. In
// training it remembers the activation's input if the derivative needs that.
func (s *slot) finish(p *pass, fn Activation, bias []float32, width int) {
	if !p.training || !fn.needsInput() {
		p.kernel.activate(fn, s.y, bias, width)
		return
	}
	if bias != nil {
		p.kernel.activate(Identity, s.y, bias, width)
	}
	s.kept = grow(s.kept, len(s.y))
	copy(s.kept, s.y)
	p.kernel.activate(fn, s.y, nil, width)
}

// unfinish is the backward step of finish: in place on dy, sums of rows to db unless
// that is nil.
func (s *slot) unfinish(p *pass, fn Activation, dy, db []float32, width int) {
	kept := s.y
	if fn.needsInput() {
		kept = s.kept
	}
	p.kernel.deactivate(fn, dy, kept, db, width)
}

func (o *denseOp) backward(p *pass, dy []float32, needInput bool) []float32 {
	s := &p.slots[o.slot]
	in, out, batch := o.in.Channels, o.out.Channels, p.batch
	s.unfinish(p, o.fn, dy, p.dw(o.offset+out*in, out), batch)
	p.kernel.Sgemm(blas.NoTrans, blas.Trans, out, in, batch, 1, dy, batch, s.x, batch, 0, p.dw(o.offset, out*in), in)
	if !needInput {
		return nil
	}
	s.dx = grow(s.dx, in*batch)
	p.kernel.Sgemm(blas.Trans, blas.NoTrans, in, batch, out, 1, p.w(o.offset, out*in), in, dy, batch, 0, s.dx, batch)
	return s.dx
}

func (o *denseOp) refer(weights, x []float32, report func([]float32)) []float32 {
	in, out := o.in.Channels, o.out.Channels
	w, b := weights[o.offset:][:out*in], weights[o.offset+out*in:][:out]
	y := make([]float32, out)
	for i := range y {
		var sum float32
		for j, v := range x {
			sum += float32(w[i*in+j] * v)
		}
		y[i] = sum + b[i]
	}
	activate(o.fn, y)
	report(y)
	return y
}

// addRows adds a constant to each row of width values.
func addRows(y, row []float32, width int) {
	for i, v := range row {
		for j := range y[i*width : (i+1)*width] {
			y[i*width+j] += v
		}
	}
}

// sumRows sums each row of width values, in 16 interleaved partial sums that
// are then added pairwise: the order every kernel keeps to.
func sumRows(dst, x []float32, width int) {
	for i := range dst {
		dst[i] = sum16(x[i*width : (i+1)*width])
	}
}

func sum16(x []float32) float32 {
	var part [16]float32
	for i, v := range x {
		part[i&15] += v
	}
	for n := 8; n > 0; n /= 2 {
		for i := range n {
			part[i] += part[i+n]
		}
	}
	return part[0]
}

// flattenOp turns [channel][example][sample] into [value][example]. As the
// first op it reads the caller's [example][value].
type flattenOp struct {
	place
	first    bool
	reported bool // it stands in the spec
}

func (o *flattenOp) forward(p *pass, x []float32) []float32 {
	s := &p.slots[o.slot]
	if p.batch == 1 || !o.first && o.in.Samples == 1 {
		return x
	}
	s.y = grow(s.y, len(x))
	if o.first {
		p.kernel.transpose(s.y, x, p.batch, o.in.Size())
		return s.y
	}
	n := o.in.Samples * p.batch
	for c := range o.in.Channels {
		p.kernel.transpose(s.y[c*n:][:n], x[c*n:][:n], p.batch, o.in.Samples)
	}
	return s.y
}

func (o *flattenOp) backward(p *pass, dy []float32, needInput bool) []float32 {
	if !needInput || p.batch == 1 || o.in.Samples == 1 {
		return dy
	}
	s := &p.slots[o.slot]
	s.dx = grow(s.dx, len(dy))
	n := o.in.Samples * p.batch
	for c := range o.in.Channels {
		p.kernel.transpose(s.dx[c*n:][:n], dy[c*n:][:n], o.in.Samples, p.batch)
	}
	return s.dx
}

func (o *flattenOp) refer(_, x []float32, report func([]float32)) []float32 {
	if o.reported {
		report(x)
	}
	return x
}
