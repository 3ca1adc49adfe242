package nn

import "math"

const (
	normEpsilon    = 1e-5
	runningMeasure = 0.1 // share of the newest batch in the running statistics
)

// batchNormOp is Ioffe and Szegedy 2015: per channel, over examples and
// samples. Weights are scale, shift, running mean and running variance; the
// running ones, of the whole batch without Bessel's correction, serve when not
// training.
type batchNormOp struct{ place }

func (o *batchNormOp) parts(w []float32) (scale, shift, mean, variance []float32) {
	c := o.in.Channels
	return w[:c], w[c : 2*c], w[2*c : 3*c], w[3*c : 4*c]
}

func (o *batchNormOp) forward(p *pass, x []float32) []float32 {
	s := &p.slots[o.slot]
	s.y = grow(s.y, len(x))
	scale, shift, mean, variance := o.parts(p.w(o.offset, 4*o.in.Channels))
	n := p.batch * o.in.Samples
	if p.training {
		s.aux, s.kept = grow(s.aux, o.in.Channels), grow(s.kept, len(x))
	}
	for c := range scale {
		xc, yc := x[c*n:(c+1)*n], s.y[c*n:(c+1)*n]
		m, v := float64(mean[c]), float64(variance[c])
		if p.training && n > 1 { // a single value has no spread to learn from
			m, v = moments(xc)
			mean[c] += float32(runningMeasure * (m - float64(mean[c])))
			variance[c] += float32(runningMeasure * (v - float64(variance[c])))
		}
		inv := float32(1 / math.Sqrt(v+normEpsilon))
		if p.training {
			s.aux[c] = inv
			standardise(s.kept[c*n:(c+1)*n], xc, float32(m), inv)
			xc, m, inv = s.kept[c*n:(c+1)*n], 0, 1
		}
		for i, v := range xc {
			yc[i] = float32(float32(float32(v-float32(m))*inv)*scale[c]) + shift[c]
		}
	}
	return s.y
}

func (o *batchNormOp) backward(p *pass, dy []float32, _ bool) []float32 {
	s := &p.slots[o.slot]
	scale, _, _, _ := o.parts(p.w(o.offset, 4*o.in.Channels))
	dScale, dShift, _, _ := o.parts(p.dw(o.offset, 4*o.in.Channels))
	n := p.batch * o.in.Samples
	for c := range scale {
		d, z := dy[c*n:(c+1)*n], s.kept[c*n:(c+1)*n]
		sum, dot := sums(d, z)
		dShift[c], dScale[c] = float32(sum), float32(dot)
		if n == 1 { // the running statistics were used: constants
			d[0] *= scale[c] * s.aux[c]
			continue
		}
		uncenter(d, z, float32(sum/float64(n)), float32(dot/float64(n)), scale[c]*s.aux[c])
	}
	return dy
}

func (o *batchNormOp) refer(weights, x []float32, report func([]float32)) []float32 {
	scale, shift, mean, variance := o.parts(weights[o.offset:])
	y := make([]float32, len(x))
	for i, v := range x {
		c := i / o.in.Samples
		inv := float32(1 / math.Sqrt(float64(variance[c])+normEpsilon))
		y[i] = float32(float32(float32(v-mean[c])*inv)*scale[c]) + shift[c]
	}
	report(y)
	return y
}

// moments are the mean and the variance (divided by n) of x.
func moments(x []float32) (mean, variance float64) {
	for _, v := range x {
		mean += float64(v)
	}
	mean /= float64(len(x))
	for _, v := range x {
		d := float64(v) - mean
		variance += float64(d * d)
	}
	return mean, variance / float64(len(x))
}

func standardise(dst, x []float32, mean, inv float32) {
	for i, v := range x {
		dst[i] = float32(v-mean) * inv
	}
}

// sums are the sum of d and of d times z.
func sums(d, z []float32) (sum, dot float64) {
	for i, v := range d {
		sum += float64(v)
		dot += float64(float64(v) * float64(z[i]))
	}
	return sum, dot
}

// uncenter takes a gradient by standardised values back to the values: what
// the mean and the variance carry is taken off.
func uncenter(d, z []float32, mean, slope, factor float32) {
	for i := range d {
		d[i] = factor * (d[i] - mean - float32(z[i]*slope))
	}
}

// layerNormOp is Ba, Kiros and Hinton 2016 over all values of an example, with
// a scale and a shift per channel.
type layerNormOp struct{ place }

func (o *layerNormOp) forward(p *pass, x []float32) []float32 {
	s := &p.slots[o.slot]
	s.y, s.kept, s.aux = grow(s.y, len(x)), grow(s.kept, len(x)), grow(s.aux, p.batch)
	w := p.w(o.offset, 2*o.in.Channels)
	for b := range p.batch {
		mean, inv := o.statistics(x, p.batch, b)
		s.aux[b] = inv
		o.each(p.batch, b, func(c, i, j int) {
			standardise(s.kept[i:j], x[i:j], mean, inv)
			for k, v := range s.kept[i:j] {
				s.y[i+k] = float32(v*w[c]) + w[o.in.Channels+c]
			}
		})
	}
	return s.y
}

// each calls f for the samples [i, j) of every channel c of example b.
func (o *layerNormOp) each(batch, b int, f func(c, i, j int)) {
	t := o.in.Samples
	for c := range o.in.Channels {
		f(c, (c*batch+b)*t, (c*batch+b+1)*t)
	}
}

func (o *layerNormOp) statistics(x []float32, batch, b int) (mean, inv float32) {
	n := float64(o.in.Size())
	m, v := 0.0, 0.0
	o.each(batch, b, func(_, i, j int) {
		for _, a := range x[i:j] {
			m += float64(a)
		}
	})
	m /= n
	o.each(batch, b, func(_, i, j int) {
		for _, a := range x[i:j] {
			d := float64(a) - m
			v += float64(d * d)
		}
	})
	return float32(m), float32(1 / math.Sqrt(v/n+normEpsilon))
}

func (o *layerNormOp) backward(p *pass, dy []float32, _ bool) []float32 {
	s := &p.slots[o.slot]
	channels := o.in.Channels
	w, dw := p.w(o.offset, 2*channels), p.dw(o.offset, 2*channels)
	clear(dw)
	n := float64(o.in.Size())
	for b := range p.batch {
		sum, dot := 0.0, 0.0
		o.each(p.batch, b, func(c, i, j int) {
			u, v := sums(dy[i:j], s.kept[i:j])
			dw[c] += float32(v)
			dw[channels+c] += float32(u)
			for k := range dy[i:j] {
				dy[i+k] *= w[c]
			}
			sum += float64(u * float64(w[c]))
			dot += float64(v * float64(w[c]))
		})
		o.each(p.batch, b, func(_, i, j int) {
			uncenter(dy[i:j], s.kept[i:j], float32(sum/n), float32(dot/n), s.aux[b])
		})
	}
	return dy
}

func (o *layerNormOp) refer(weights, x []float32, report func([]float32)) []float32 {
	mean, inv := o.statistics(x, 1, 0)
	y := make([]float32, len(x))
	w := weights[o.offset:]
	for i, v := range x {
		c := i / o.in.Samples
		y[i] = float32(float32(float32(v-mean)*inv)*w[c]) + w[o.in.Channels+c]
	}
	report(y)
	return y
}
