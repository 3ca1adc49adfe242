package nn

import (
	"math"
	"math/rand/v2"
)

// op is one computing step. It keeps no state of its own beyond shapes and
// places, so that passes may share it.
type op interface {
	// shape is the form of one example's output.
	shape() Shape
	// forward gives the output for x; it stays valid until the pass's next forward.
	forward(p *pass, x []float32) []float32
	// backward turns the gradient of the output, which it may overwrite, into
	// the gradient of the input and writes its weights' gradient. Without
	// needInput it may return nil.
	backward(p *pass, dy []float32, needInput bool) []float32
	// refer computes one example, [channel][sample], in training-free mode by
	// the documented sequential arithmetic, and reports each spec layer's output.
	refer(weights, x []float32, report func([]float32)) []float32
}

// place is what every op has.
type place struct {
	slot   int
	in     Shape
	out    Shape
	offset int // of its weights
}

func (p *place) shape() Shape { return p.out }

// segment is a run of weights that are initialised and optimised alike.
type segment struct {
	offset, len int
	role        role
	bound       float64 // of the uniform initialisation of roleWeight
}

type role int

const (
	roleWeight role = iota // decays
	roleBias               // starts at zero
	roleScale              // starts at one
	roleMean               // running statistics: start at zero and one, not trained
	roleVariance
)

func (r role) trained() bool { return r <= roleScale }

func (s segment) initialise(w []float32, seed, stream uint64) {
	switch s.role {
	case roleWeight:
		rng := rand.New(rand.NewPCG(seed, stream))
		for i := range w {
			w[i] = float32(float64(2*rng.Float64()-1) * s.bound)
		}
	case roleScale, roleVariance:
		for i := range w {
			w[i] = 1
		}
	}
}

// builder turns layer specs into ops.
type builder struct {
	shape    Shape
	ops      []op
	segments []segment
	params   int
	slots    int
	nested   bool // inside a residual
}

func (b *builder) chain(layers []LayerSpec) {
	for i, l := range layers {
		following := Identity
		for _, next := range layers[i+1:] {
			if next.Kind == Activate {
				following = next.Activation
			}
			if next.Kind != BatchNorm && next.Kind != LayerNorm {
				break
			}
		}
		b.layer(l, following)
	}
}

// next reserves a slot and moves on to the shape that comes out.
func (b *builder) next(out Shape) place {
	p := place{slot: b.slots, in: b.shape, out: out, offset: b.params}
	b.slots++
	b.shape = out
	return p
}

func (b *builder) add(n int, r role, bound float64) {
	b.segments = append(b.segments, segment{b.params, n, r, bound})
	b.params += n
}

func (b *builder) layer(l LayerSpec, following Activation) {
	out, _ := l.output(b.shape) // the spec was validated
	switch l.Kind {
	case Flatten:
		b.flatten(true)
	case Dense:
		if b.shape.Samples > 1 || b.atInput() {
			b.flatten(false)
		}
		in := b.shape.Channels
		b.ops = append(b.ops, &denseOp{b.next(out), l.Activation})
		b.add(l.Out*in, roleWeight, bound(l.Activation, following, in, l.Out))
		b.add(l.Out, roleBias, 0)
	case Dropout:
		b.ops = append(b.ops, &dropoutOp{b.next(out), l.Rate})
	case Activate:
		b.ops = append(b.ops, &activationOp{b.next(out), l.Activation})
	case Conv:
		fan := b.shape.Channels * l.Kernel
		b.ops = append(b.ops, newConv(b.next(out), l))
		b.add(l.Out*fan, roleWeight, bound(l.Activation, following, fan, l.Out*l.Kernel))
		b.add(l.Out, roleBias, 0)
	case MaxPool, MeanPool, GlobalMax, GlobalMean:
		b.ops = append(b.ops, newPool(b.next(out), l))
	case BatchNorm, LayerNorm:
		b.norm(l.Kind)
	case Residual:
		b.residual(l)
	}
}

func (b *builder) norm(k Kind) {
	at, c := b.next(b.shape), b.shape.Channels
	b.add(c, roleScale, 0)
	b.add(c, roleBias, 0)
	if k == LayerNorm {
		b.ops = append(b.ops, &layerNormOp{at})
		return
	}
	b.add(c, roleMean, 0)
	b.add(c, roleVariance, 0)
	b.ops = append(b.ops, &batchNormOp{at})
}

func (b *builder) residual(l LayerSpec) {
	before := b.shape
	inner := builder{shape: before, segments: b.segments, params: b.params, slots: b.slots, nested: true}
	inner.chain(l.Layers)
	b.segments, b.params, b.slots = inner.segments, inner.params, inner.slots
	b.ops = append(b.ops, &residualOp{b.next(before), inner.ops, l.Activation})
}

// atInput tells whether the next op reads what the caller gave.
func (b *builder) atInput() bool { return !b.nested && len(b.ops) == 0 }

func (b *builder) flatten(reported bool) {
	b.ops = append(b.ops, &flattenOp{b.next(Shape{b.shape.Size(), 1}), b.atInput(), reported})
}

// bound is the limit of the uniform initialisation: He et al. 2015 before
// rectifiers, Glorot and Bengio 2010 otherwise.
func bound(own, following Activation, fanIn, fanOut int) float64 {
	if own == Identity {
		own = following
	}
	switch own {
	case ReLU, Leaky, GELU:
		return math.Sqrt(6 / float64(fanIn))
	}
	return math.Sqrt(6 / float64(fanIn+fanOut))
}
