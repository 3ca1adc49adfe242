package nn

// residualOp adds its input to what its own ops make of it (He et al. 2016).
type residualOp struct {
	place
	ops []op
	fn  Activation
}

func (o *residualOp) forward(p *pass, x []float32) []float32 {
	s := &p.slots[o.slot]
	y := x
	for _, inner := range o.ops {
		y = inner.forward(p, y)
	}
	s.y = grow(s.y, len(x))
	for i, v := range y {
		s.y[i] = v + x[i]
	}
	if p.training && o.fn.needsInput() {
		s.kept = grow(s.kept, len(s.y))
		copy(s.kept, s.y)
	}
	activate(o.fn, s.y)
	return s.y
}

func (o *residualOp) backward(p *pass, dy []float32, needInput bool) []float32 {
	s := &p.slots[o.slot]
	if o.fn.needsInput() {
		deactivate(o.fn, dy, s.kept)
	} else {
		deactivate(o.fn, dy, s.y)
	}
	s.dx = grow(s.dx, len(dy))
	copy(s.dx, dy) // the ops inside may overwrite dy
	for i := len(o.ops) - 1; i >= 0; i-- {
		dy = o.ops[i].backward(p, dy, needInput || i > 0)
	}
	if !needInput {
		return nil
	}
	p.kernel.add(s.dx, dy)
	return s.dx
}

func (o *residualOp) refer(weights, x []float32, report func([]float32)) []float32 {
	y := x
	for _, inner := range o.ops {
		y = inner.refer(weights, y, report)
	}
	sum := make([]float32, len(x))
	for i, v := range y {
		sum[i] = v + x[i]
	}
	activate(o.fn, sum)
	report(sum)
	return sum
}
