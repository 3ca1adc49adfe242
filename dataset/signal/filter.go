package signal

import (
	"errors"
	"fmt"
	"math"
	"math/cmplx"
)

// Filter is a causal filter with state. Reset puts it into the state that a
// constant input x0 would have led to, so that a recording that starts far from
// zero (gravity) starts without a step response; Step takes one sample.
type Filter interface {
	Reset(x0 float64)
	Step(x float64) float64
}

// Apply runs f over x from its settled state and returns a new slice.
func Apply(f Filter, x []float64) []float64 {
	y := make([]float64, len(x))
	if len(x) == 0 {
		return y
	}
	f.Reset(x[0])
	for i, v := range x {
		y[i] = f.Step(v)
	}
	return y
}

// EMA is the exponential moving average y += Alpha*(x-y), a first-order
// low-pass.
type EMA struct {
	Alpha float64
	y     float64
}

// NewEMA is an EMA low-pass; alpha in (0, 1], where 1 lets everything pass.
func NewEMA(alpha float64) (*EMA, error) {
	if !(alpha > 0 && alpha <= 1) {
		return nil, fmt.Errorf("EMA: alpha %g is not in (0, 1]", alpha)
	}
	return &EMA{Alpha: alpha}, nil
}

// Reset implements Filter.
func (e *EMA) Reset(x0 float64) { e.y = x0 }

// Step implements Filter.
func (e *EMA) Step(x float64) float64 {
	e.y += e.Alpha * (x - e.y)
	return e.y
}

// Biquad is a second-order section
// H(z) = (B0 + B1/z + B2/z^2) / (1 + A1/z + A2/z^2), run in transposed direct
// form II.
type Biquad struct {
	B0, B1, B2, A1, A2 float64
	s1, s2             float64
}

// gain is the section's gain for a constant input.
func (b *Biquad) gain() float64 { return (b.B0 + b.B1 + b.B2) / (1 + b.A1 + b.A2) }

// Reset implements Filter.
func (b *Biquad) Reset(x0 float64) {
	y := b.gain() * x0
	b.s2 = b.B2*x0 - b.A2*y
	b.s1 = b.B1*x0 - b.A1*y + b.s2
}

// Step implements Filter.
func (b *Biquad) Step(x float64) float64 {
	y := b.B0*x + b.s1
	b.s1 = b.B1*x - b.A1*y + b.s2
	b.s2 = b.B2*x - b.A2*y
	return y
}

// Cascade is a chain of biquads.
type Cascade []Biquad

// Reset implements Filter.
func (c Cascade) Reset(x0 float64) {
	for i := range c {
		c[i].Reset(x0)
		x0 *= c[i].gain()
	}
}

// Step implements Filter.
func (c Cascade) Step(x float64) float64 {
	for i := range c {
		x = c[i].Step(x)
	}
	return x
}

// Response is the complex gain at frequency f for the given sampling rate.
func (c Cascade) Response(f, rate float64) complex128 {
	z := cmplx.Exp(complex(0, -2*math.Pi*f/rate))
	h := complex(1, 0)
	for _, b := range c {
		num := complex(b.B0, 0) + z*(complex(b.B1, 0)+z*complex(b.B2, 0))
		den := 1 + z*(complex(b.A1, 0)+z*complex(b.A2, 0))
		h *= num / den
	}
	return h
}

// Settling is the time in seconds after which a filter at the given rate has
// forgotten a step to within 0.1%: from the slowest pole.
func (c Cascade) Settling(rate float64) float64 {
	slowest := 0.0
	for _, b := range c {
		d := cmplx.Sqrt(complex(b.A1*b.A1-4*b.A2, 0))
		for _, p := range []complex128{(complex(-b.A1, 0) + d) / 2, (complex(-b.A1, 0) - d) / 2} {
			slowest = max(slowest, cmplx.Abs(p))
		}
	}
	if slowest <= 0 || slowest >= 1 {
		return 0
	}
	return math.Log(1e-3) / math.Log(slowest) / rate
}

var errBand = errors.New("frequencies must lie between 0 and half the rate, low before high")

// LowPass is a Butterworth low-pass of the given order (1..12) with its 3 dB
// point at f, by the bilinear transform with prewarping.
func LowPass(order int, f, rate float64) (Cascade, error) { return design(order, 0, f, rate) }

// HighPass is a Butterworth high-pass of the given order with its 3 dB point at
// f.
func HighPass(order int, f, rate float64) (Cascade, error) {
	return design(order, f, rate/2, rate)
}

// BandPass is a Butterworth band-pass with 3 dB points at low and high; its
// sections number order, and its slope on each side is that of the order.
func BandPass(order int, low, high, rate float64) (Cascade, error) {
	if !(low > 0) {
		return nil, fmt.Errorf("band-pass %g..%g Hz at %g Hz: %w", low, high, rate, errBand)
	}
	return design(order, low, high, rate)
}

// design makes a Butterworth filter from the analogue prototype's poles. low 0
// is a low-pass, high at half the rate a high-pass, anything else a band-pass.
func design(order int, low, high, rate float64) (Cascade, error) {
	if order < 1 || order > 12 {
		return nil, fmt.Errorf("order %d of a Butterworth filter is not in 1..12", order)
	}
	nyquist := rate / 2
	isLow, isHigh := low == 0, high == nyquist
	if !(rate > 0) || !(low < high) || low < 0 || high > nyquist || isLow && isHigh {
		return nil, fmt.Errorf("a Butterworth filter for %g..%g Hz at %g Hz: %w", low, high, rate, errBand)
	}
	warp := func(f float64) float64 { return 2 * rate * math.Tan(math.Pi*f/rate) }
	var poles []complex128
	zerosAtDC := 0 // the others lie at half the rate
	for k := range order {
		p := cmplx.Exp(complex(0, math.Pi*(0.5+(float64(2*k)+1)/float64(2*order))))
		switch {
		case isLow:
			poles = append(poles, p*complex(warp(high), 0))
		case isHigh:
			poles = append(poles, complex(warp(low), 0)/p)
			zerosAtDC++
		default:
			bw, centre := warp(high)-warp(low), warp(high)*warp(low)
			half := p * complex(bw/2, 0)
			d := cmplx.Sqrt(half*half - complex(centre, 0))
			poles = append(poles, half+d, half-d)
			zerosAtDC++
		}
	}
	for i, p := range poles {
		poles[i] = (complex(2*rate, 0) + p) / (complex(2*rate, 0) - p)
	}
	c := sections(poles, zerosAtDC)
	reference := 0.0
	if isHigh {
		reference = nyquist
	} else if !isLow {
		reference = rate / math.Pi * math.Atan(math.Sqrt(warp(low)*warp(high))/(2*rate))
	}
	g := 1 / cmplx.Abs(c.Response(reference, rate))
	c[0].B0, c[0].B1, c[0].B2 = c[0].B0*g, c[0].B1*g, c[0].B2*g
	return c, nil
}

// sections pairs conjugate poles (and real ones with one another) into biquads,
// the poles nearest the unit circle last, and spreads zeros at DC and at half
// the rate over them.
func sections(poles []complex128, zerosAtDC int) Cascade {
	var c Cascade
	var reals []float64
	for _, p := range poles {
		switch {
		case math.Abs(imag(p)) < 1e-12*max(1, cmplx.Abs(p)):
			reals = append(reals, real(p))
		case imag(p) > 0:
			c = append(c, Biquad{A1: -2 * real(p), A2: real(p)*real(p) + imag(p)*imag(p)})
		}
	}
	for len(reals) > 1 {
		a, b := reals[0], reals[1]
		c = append(Cascade{{A1: -(a + b), A2: a * b}}, c...)
		reals = reals[2:]
	}
	if len(reals) == 1 {
		c = append(Cascade{{A1: -reals[0]}}, c...)
	}
	zeros := make([]float64, len(poles))
	for i := range zeros {
		zeros[i] = -1
		if i >= len(poles)-zerosAtDC {
			zeros[i] = 1
		}
	}
	if zerosAtDC*2 == len(poles) { // a band-pass: one of each in every section
		for i := range zeros {
			zeros[i] = float64(1 - 2*(i%2))
		}
	}
	for i := range c {
		if c[i].A2 == 0 && len(zeros)%2 == 1 {
			c[i].B0, c[i].B1 = 1, -zeros[0]
			zeros = zeros[1:]
			continue
		}
		a, b := zeros[0], zeros[1]
		c[i].B0, c[i].B1, c[i].B2 = 1, -(a + b), a*b
		zeros = zeros[2:]
	}
	return c
}
