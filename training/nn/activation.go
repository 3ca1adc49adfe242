package nn

import "math"

const leakySlope = 0.01

// activate applies a to z in place. GELU's backward needs its input: see
// needsInput.
func activate(a Activation, z []float32) {
	switch a {
	case ReLU:
		for i, v := range z {
			if v < 0 { // a NaN stays and is seen in the loss
				z[i] = 0
			}
		}
	case Leaky:
		for i, v := range z {
			if v < 0 {
				z[i] = leakySlope * v
			}
		}
	case Tanh:
		for i, v := range z {
			z[i] = float32(tanh(float64(v)))
		}
	case Sigmoid:
		for i, v := range z {
			z[i] = float32(sigmoid(float64(v)))
		}
	case GELU:
		for i, v := range z {
			z[i] = float32(gelu(float64(v)))
		}
	}
}

// needsInput tells whether the derivative is computed from the activation's
// input instead of its output.
func (a Activation) needsInput() bool { return a == GELU }

// deactivate multiplies dy by the derivative. kept is the activation's output,
// or its input when needsInput.
func deactivate(a Activation, dy, kept []float32) {
	kept = kept[:len(dy)]
	switch a {
	case ReLU:
		for i, v := range kept {
			if !(v > 0) {
				dy[i] = 0
			}
		}
	case Leaky:
		for i, v := range kept {
			if v < 0 {
				dy[i] *= leakySlope
			}
		}
	case Tanh:
		for i, v := range kept {
			dy[i] *= 1 - float32(v*v)
		}
	case Sigmoid:
		for i, v := range kept {
			dy[i] *= v * (1 - v)
		}
	case GELU:
		for i, v := range kept {
			dy[i] *= float32(geluSlope(float64(v)))
		}
	}
}

const (
	geluScale = 0.7978845608028654 // sqrt(2/pi)
	geluCubic = 0.044715
)

func gelu(x float64) float64 {
	return float64(0.5*x) * (1 + tanh(geluScale*(x+float64(geluCubic*x)*float64(x*x))))
}

func geluSlope(x float64) float64 {
	t := tanh(geluScale * (x + float64(geluCubic*x)*float64(x*x)))
	inner := geluScale * (1 + float64(float64(3*geluCubic*x)*x))
	return float64(0.5*(1+t)) + float64(float64(0.5*x)*float64(1-float64(t*t)))*inner
}

// activationOp is an activation that stands alone.
type activationOp struct {
	place
	fn Activation
}

func (o *activationOp) forward(p *pass, x []float32) []float32 {
	s := &p.slots[o.slot]
	s.x, s.y = x, grow(s.y, len(x))
	copy(s.y, x)
	p.kernel.activate(o.fn, s.y, nil, len(x))
	return s.y
}

func (o *activationOp) backward(p *pass, dy []float32, _ bool) []float32 {
	s := &p.slots[o.slot]
	kept := s.y
	if o.fn.needsInput() {
		kept = s.x
	}
	p.kernel.deactivate(o.fn, dy, kept, nil, len(dy))
	return dy
}

func (o *activationOp) refer(_, x []float32, report func([]float32)) []float32 {
	y := append([]float32(nil), x...)
	activate(o.fn, y)
	report(y)
	return y
}

// dropoutOp sets values to zero with probability rate and scales the others by
// 1/(1-rate), in training only (Srivastava et al. 2014).
type dropoutOp struct {
	place
	rate float64
}

func (o *dropoutOp) forward(p *pass, x []float32) []float32 {
	if !p.training || o.rate == 0 {
		return x
	}
	s := &p.slots[o.slot]
	s.y = grow(s.y, len(x))
	p.kernel.drop(s.y, x, o.threshold(), o.scale(), o.key(p))
	return s.y
}

func (o *dropoutOp) backward(p *pass, dy []float32, _ bool) []float32 {
	if o.rate > 0 {
		p.kernel.drop(dy, dy, o.threshold(), o.scale(), o.key(p))
	}
	return dy
}

func (o *dropoutOp) refer(_, x []float32, report func([]float32)) []float32 {
	report(x)
	return x
}

func (o *dropoutOp) threshold() uint32 {
	return uint32(min(math.Round(o.rate*(1<<32)), math.MaxUint32))
}

func (o *dropoutOp) scale() float32 { return float32(1 / (1 - o.rate)) }

// key gives the mask's key in this step; no two ops of a net share one.
func (o *dropoutOp) key(p *pass) uint32 {
	return mix(uint32(p.key) ^ mix(uint32(p.key>>32)+uint32(o.slot)*0x9e3779b9))
}

// drop writes src with a mask to dst. The mask is a function of key and place
// alone, so that backward repeats it without having kept it.
func drop(dst, src []float32, threshold uint32, scale float32, key uint32) {
	src = src[:len(dst)]
	for i, v := range src {
		if mix(uint32(i)*0x9e3779b9+key) < threshold {
			dst[i] = 0
		} else {
			dst[i] = v * scale
		}
	}
}

// mix is a bijection of 32 bits that scatters them well: two rounds of
// xor-shift and multiply.
func mix(x uint32) uint32 {
	x ^= x >> 16
	x *= 0x21f0aaad
	x ^= x >> 15
	x *= 0xd35a2d97
	x ^= x >> 15
	return x
}
