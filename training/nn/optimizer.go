package nn

import (
	"fmt"
	"math"
)

// Optimizer describes how gradients change the weights. The zero value is Adam
// with its usual settings.
type Optimizer struct {
	Kind string  `json:"kind,omitempty"` // "adam" (default), "adamw" or "sgd"
	Rate float64 `json:"rate,omitempty"` // learning rate; 0 means 0.001, for sgd 0.01

	Beta1   float64 `json:"beta1,omitempty"`   // adam, adamw: 0 means 0.9
	Beta2   float64 `json:"beta2,omitempty"`   // adam, adamw: 0 means 0.999
	Epsilon float64 `json:"epsilon,omitempty"` // adam, adamw: 0 means 1e-8

	Momentum float64 `json:"momentum,omitempty"` // sgd
	Nesterov bool    `json:"nesterov,omitempty"` // sgd

	// WeightDecay applies to the weights of dense and convolution layers, not to
	// biases and normalisations: added to the gradient by sgd and adam (an L2
	// penalty), decoupled from it by adamw (Loshchilov and Hutter 2019).
	WeightDecay float64 `json:"weight_decay,omitempty"`
	// ClipNorm scales the gradient down to this Euclidean norm; 0 means never.
	ClipNorm float64 `json:"clip_norm,omitempty"`

	Schedule Schedule `json:"schedule,omitzero"`
}

// withDefaults fills in what zero stands for.
func (o Optimizer) withDefaults() Optimizer {
	def := func(v *float64, d float64) {
		if *v == 0 {
			*v = d
		}
	}
	if o.Kind == "" {
		o.Kind = "adam"
	}
	if o.Kind == "sgd" {
		def(&o.Rate, 0.01)
		return o
	}
	def(&o.Rate, 0.001)
	def(&o.Beta1, 0.9)
	def(&o.Beta2, 0.999)
	def(&o.Epsilon, 1e-8)
	return o
}

// Validate tells which setting can't be used.
func (o Optimizer) Validate() error {
	o = o.withDefaults()
	switch o.Kind {
	case "adam", "adamw", "sgd":
	default:
		return fmt.Errorf("optimizer: %q isn't known, use adam, adamw or sgd", o.Kind)
	}
	for _, f := range []struct {
		name     string
		v, below float64
	}{
		{"rate", o.Rate, 1e6}, {"beta1", o.Beta1, 1}, {"beta2", o.Beta2, 1}, {"epsilon", o.Epsilon, 1},
		{"momentum", o.Momentum, 1}, {"weight_decay", o.WeightDecay, 1e6}, {"clip_norm", o.ClipNorm, math.Inf(1)},
	} {
		if !(f.v >= 0 && f.v < f.below) {
			return fmt.Errorf("optimizer: %s is %v, it must be at least 0 and below %v", f.name, f.v, f.below)
		}
	}
	if o.Nesterov && o.Momentum == 0 {
		return fmt.Errorf("optimizer: nesterov needs a momentum")
	}
	return o.Schedule.Validate()
}

// Schedule changes the learning rate over the steps of a training. The zero
// value keeps it constant.
type Schedule struct {
	Kind   string  `json:"kind,omitempty"`    // "" or "constant", "cosine", "step"
	Warmup int     `json:"warm_up,omitempty"` // steps over which the rate first rises linearly
	Steps  int     `json:"steps,omitempty"`   // cosine: steps in all; Fit fills in 0
	Every  int     `json:"every,omitempty"`   // step: steps between drops
	Factor float64 `json:"factor,omitempty"`  // step: what a drop multiplies by; 0 means 0.1
	Floor  float64 `json:"floor,omitempty"`   // cosine: the factor reached at the end
}

// Validate tells which setting can't be used.
func (s Schedule) Validate() error {
	switch s.Kind {
	case "", "constant", "cosine":
	case "step":
		if s.Every < 1 {
			return fmt.Errorf("schedule: step needs every, the number of steps between drops")
		}
	default:
		return fmt.Errorf("schedule: %q isn't known, use constant, cosine or step", s.Kind)
	}
	if s.Warmup < 0 || s.Steps < 0 || s.Factor < 0 || s.Factor > 1 || !(s.Floor >= 0 && s.Floor <= 1) {
		return fmt.Errorf("schedule: warm_up, steps, factor and floor must not be negative, factor and floor not above 1")
	}
	return nil
}

// At is the factor on the learning rate at a step, counted from 0.
func (s Schedule) At(step int) float64 {
	if step < s.Warmup {
		return float64(step+1) / float64(s.Warmup)
	}
	step -= s.Warmup
	switch s.Kind {
	case "cosine":
		total := s.Steps - s.Warmup
		if total <= 0 {
			return 1
		}
		part := min(float64(step)/float64(total), 1)
		return s.Floor + float64((1-s.Floor)*(1+cosine(math.Pi*part)))/2
	case "step":
		factor := s.Factor
		if factor == 0 {
			factor = 0.1
		}
		return math.Pow(factor, float64(step/s.Every))
	}
	return 1
}

// descent applies an Optimizer to weights; it keeps the moments.
type descent struct {
	o        Optimizer
	step     int
	m, v     []float32
	segments []segment
}

func newDescent(o Optimizer, n *Net) *descent {
	d := &descent{o: o, m: make([]float32, len(n.weights))}
	if o.Kind != "sgd" {
		d.v = make([]float32, len(n.weights))
	}
	d.segments = merge(n.segments, o.WeightDecay != 0)
	return d
}

// merge joins neighbouring trained segments that are treated alike.
func merge(segments []segment, decay bool) []segment {
	var out []segment
	for _, s := range segments {
		if !s.role.trained() {
			continue
		}
		if !decay || s.role != roleWeight {
			s.role = roleBias
		}
		if n := len(out); n > 0 && out[n-1].role == s.role && out[n-1].offset+out[n-1].len == s.offset {
			out[n-1].len += s.len
			continue
		}
		out = append(out, s)
	}
	return out
}

// apply makes one step. It may scale g.
func (d *descent) apply(k kernel, w, g []float32) {
	rate := d.o.Rate * d.o.Schedule.At(d.step)
	d.step++
	scale := d.clip(g)
	for _, s := range d.segments {
		decay := 0.0
		if s.role == roleWeight {
			decay = d.o.WeightDecay
		}
		i, j := s.offset, s.offset+s.len
		if d.o.Kind == "sgd" {
			k.sgd(w[i:j], g[i:j], d.m[i:j], sgdStep{float32(rate), float32(d.o.Momentum), float32(decay), scale, d.o.Nesterov})
			continue
		}
		k.adam(w[i:j], g[i:j], d.m[i:j], d.v[i:j], d.adamStep(rate, decay, scale))
	}
}

// clip gives the factor that brings the trained gradient to at most ClipNorm.
func (d *descent) clip(g []float32) float32 {
	if d.o.ClipNorm == 0 {
		return 1
	}
	sum := 0.0
	for _, s := range d.segments {
		sum += squares(g[s.offset : s.offset+s.len])
	}
	if norm := math.Sqrt(sum); norm > d.o.ClipNorm {
		return float32(d.o.ClipNorm / norm)
	}
	return 1
}

// squares sums the squares of x, in four parts that don't wait for each other.
func squares(x []float32) float64 {
	var part [4]float64
	for ; len(x) >= 4; x = x[4:] {
		for i, v := range x[:4] {
			part[i] += float64(float64(v) * float64(v))
		}
	}
	for i, v := range x {
		part[i] += float64(float64(v) * float64(v))
	}
	return part[0] + part[1] + part[2] + part[3]
}

// adamStep has the numbers of one step, the corrections for the bias of the
// moments folded in: w -= rate * m / (sqrt(v)*root + epsilon).
type adamStep struct {
	beta1, beta2    float32
	rest1, rest2    float32 // 1-beta
	rate            float32 // divided by 1-beta1^t
	root            float32 // 1/sqrt(1-beta2^t)
	epsilon         float32
	penalty, shrink float32 // L2 added to the gradient; factor on the weight
	scale           float32 // on the gradient
}

func (d *descent) adamStep(rate, decay float64, scale float32) adamStep {
	o, t := d.o, float64(d.step)
	a := adamStep{
		beta1: float32(o.Beta1), beta2: float32(o.Beta2), rest1: float32(1 - o.Beta1), rest2: float32(1 - o.Beta2),
		rate: float32(rate / (1 - math.Pow(o.Beta1, t))), root: float32(1 / math.Sqrt(1-math.Pow(o.Beta2, t))),
		epsilon: float32(o.Epsilon), shrink: 1, scale: scale,
	}
	if o.Kind == "adamw" {
		a.shrink = float32(1 - rate*decay)
	} else {
		a.penalty = float32(decay)
	}
	return a
}

// adam is Kingma and Ba 2015 with the bias corrections as in its section 2.
// The conversions keep products from being fused into sums, so that every
// kernel and machine gives the same bits.
func adam(w, g, m, v []float32, a adamStep) {
	g, m, v = g[:len(w)], m[:len(w)], v[:len(w)]
	for i := range w {
		gi := float32(g[i]*a.scale) + float32(a.penalty*w[i])
		mi := float32(a.beta1*m[i]) + float32(a.rest1*gi)
		vi := float32(a.beta2*v[i]) + float32(a.rest2*float32(gi*gi))
		m[i], v[i] = mi, vi
		root := float32(float32(math.Sqrt(float64(vi))) * a.root)
		w[i] = float32(w[i]*a.shrink) - float32(a.rate*mi)/(root+a.epsilon)
	}
}

type sgdStep struct {
	rate, momentum, penalty, scale float32
	nesterov                       bool
}

// sgd is gradient descent with momentum as Sutskever et al. 2013 wrote it.
func sgd(w, g, m []float32, s sgdStep) {
	g, m = g[:len(w)], m[:len(w)]
	for i := range w {
		gi := float32(g[i]*s.scale) + float32(s.penalty*w[i])
		mi := float32(s.momentum*m[i]) + gi
		m[i] = mi
		if s.nesterov {
			mi = gi + float32(s.momentum*mi)
		}
		w[i] -= float32(s.rate * mi)
	}
}
