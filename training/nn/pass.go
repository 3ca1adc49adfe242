package nn

import "fmt"

// pass is the memory and state of one walk through a net: one batch forward
// and, in training, backward.
type pass struct {
	net      *Net
	batch    int
	training bool
	key      uint64 // of this step's dropout
	kernel   kernel
	slots    []slot
	loaded   []float32
	grad     []float32 // of the weights, same layout; only in training
}

// slot is what one op keeps during a pass. All are [channel][example][sample].
type slot struct {
	x, y, dx []float32 // input (not owned), output, gradient of the input
	kept     []float32 // what backward needs of forward, as large as y
	aux      []float32 // smaller things
	index    []int32
}

func newPass(n *Net) *pass { return &pass{net: n, slots: make([]slot, n.shapes)} }

func (p *pass) begin(batch int, training bool) {
	if batch < 1 {
		panic(fmt.Sprintf("nn: a batch of %d examples", batch))
	}
	p.batch, p.training, p.kernel = batch, training, currentKernel()
	if training && p.grad == nil {
		p.grad = make([]float32, len(p.net.weights))
	}
}

// forward runs x, [example][channel][sample], through all layers and gives the
// logits as [output][example] in the pass's own memory.
func (p *pass) forward(x []float32) []float32 {
	in := p.net.spec.Input
	if len(x) != p.batch*in.Size() {
		panic(fmt.Sprintf("nn: %d values for %d examples of %v", len(x), p.batch, in))
	}
	y := p.load(x, in)
	for _, o := range p.net.ops {
		y = o.forward(p, y)
	}
	return y
}

// load brings examples into the inner layout.
func (p *pass) load(x []float32, in Shape) []float32 {
	p.loaded = grow(p.loaded, len(x))
	if _, flat := p.net.ops[0].(*flattenOp); flat {
		return x // flattenOp at the front reads [example][value] itself
	}
	t := in.Samples
	for c := range in.Channels {
		for b := range p.batch {
			copy(p.loaded[(c*p.batch+b)*t:][:t], x[(b*in.Channels+c)*t:])
		}
	}
	return p.loaded
}

// backward takes the gradient of the loss by the logits, [output][example],
// and leaves the gradient of the weights in p.grad.
func (p *pass) backward(dy []float32) {
	for i := len(p.net.ops) - 1; i >= 0; i-- {
		dy = p.net.ops[i].backward(p, dy, i > 0)
	}
}

// w and dw are an op's part of the weights and of their gradient.
func (p *pass) w(offset, n int) []float32  { return p.net.weights[offset : offset+n : offset+n] }
func (p *pass) dw(offset, n int) []float32 { return p.grad[offset : offset+n : offset+n] }

// grow gives a slice of n values, reusing s's memory when it suffices.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// transpose writes src, rows by cols, to dst, cols by rows.
func transpose(dst, src []float32, rows, cols int) {
	const tile = 16
	for r0 := 0; r0 < rows; r0 += tile {
		r1 := min(r0+tile, rows)
		for c0 := 0; c0 < cols; c0 += tile {
			c1 := min(c0+tile, cols)
			for r := r0; r < r1; r++ {
				for c := c0; c < c1; c++ {
					dst[c*rows+r] = src[r*cols+c]
				}
			}
		}
	}
}
