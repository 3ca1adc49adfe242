package nn

// poolOp takes the largest or the mean of windows of samples; a global pool is
// one window over all of them. Samples that don't fill a window are left out.
type poolOp struct {
	place
	kernel, stride int
	largest        bool
}

func newPool(p place, l LayerSpec) *poolOp {
	o := &poolOp{place: p, kernel: l.Kernel, stride: l.stride(), largest: l.Kind == MaxPool || l.Kind == GlobalMax}
	if l.Kind == GlobalMax || l.Kind == GlobalMean {
		o.kernel, o.stride = p.in.Samples, p.in.Samples
	}
	return o
}

func (o *poolOp) global() bool { return o.kernel == o.in.Samples }

func (o *poolOp) forward(p *pass, x []float32) []float32 {
	s := &p.slots[o.slot]
	rows := o.in.Channels * p.batch
	s.y = grow(s.y, rows*o.out.Samples)
	if o.global() && !o.largest {
		p.kernel.rowMeans(s.y, x, o.in.Samples)
		return s.y
	}
	if o.largest {
		s.index = grow(s.index, len(s.y))
	}
	o.pool(s.y, x, s.index, rows)
	return s.y
}

// pool works on rows of samples; index, for the largest, gets where they were.
func (o *poolOp) pool(y, x []float32, index []int32, rows int) {
	t := o.in.Samples
	i := 0
	for r := range rows {
		for start := range o.out.Samples {
			at := r*t + start*o.stride
			win := x[at : at+o.kernel]
			if o.largest {
				best := 0
				for j, v := range win {
					if v > win[best] {
						best = j
					}
				}
				y[i], index[i] = win[best], int32(at+best)
			} else {
				var sum float32
				for _, v := range win {
					sum += v
				}
				y[i] = sum / float32(o.kernel)
			}
			i++
		}
	}
}

func (o *poolOp) backward(p *pass, dy []float32, needInput bool) []float32 {
	if !needInput {
		return nil
	}
	s := &p.slots[o.slot]
	t := o.in.Samples
	s.dx = grow(s.dx, o.in.Channels*p.batch*t)
	if o.global() && !o.largest {
		for i := range dy {
			dy[i] /= float32(t)
		}
		p.kernel.spread(s.dx, dy, t)
		return s.dx
	}
	clear(s.dx)
	if o.largest {
		for i, v := range dy {
			s.dx[s.index[i]] += v
		}
		return s.dx
	}
	for i, v := range dy {
		at := i/o.out.Samples*t + i%o.out.Samples*o.stride
		v /= float32(o.kernel)
		for j := range s.dx[at : at+o.kernel] {
			s.dx[at+j] += v
		}
	}
	return s.dx
}

func (o *poolOp) refer(_, x []float32, report func([]float32)) []float32 {
	y := make([]float32, o.out.Size())
	o.pool(y, x, make([]int32, len(y)), o.in.Channels)
	report(y)
	return y
}
