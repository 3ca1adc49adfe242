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
	copy(s.y, y)
	p.kernel.add(s.y, x)
	s.finish(p, o.fn, nil, len(s.y))
	return s.y
}

func (o *residualOp) backward(p *pass, dy []float32, needInput bool) []float32 {
	s := &p.slots[o.slot]
	s.unfinish(p, o.fn, dy, nil, len(dy))
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
