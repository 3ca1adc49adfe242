package nn

import (
	"fmt"
	"math/rand/v2"
)

// Trainer changes a net's weights batch by batch. It isn't safe for concurrent
// use; trainings of different nets may run at once.
type Trainer struct {
	net     *Net
	loss    Loss
	pass    *pass
	descent *descent
	keys    *rand.PCG
	dz      []float32
	scratch lossScratch
}

// dropoutStream keeps a training's dropout apart from the initialisation of
// weights with the same seed.
const dropoutStream = 0xd20b0a7

// NewTrainer prepares the training of net. The seed is that of dropout.
func NewTrainer(net *Net, o Optimizer, l Loss, seed uint64) (*Trainer, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := l.check(net.Outputs()); err != nil {
		return nil, err
	}
	return &Trainer{
		net: net, loss: l, pass: newPass(net), descent: newDescent(o.withDefaults(), net),
		keys: rand.NewPCG(seed, dropoutStream),
	}, nil
}

// Step trains on one batch: x is [example][channel][sample], y the examples'
// classes. It gives the batch's mean loss before the step and how many were
// right. The error names a class that the net doesn't have.
func (t *Trainer) Step(x []float32, y []int) (loss float64, correct int, err error) {
	if err := checkBatch(t.net, x, y); err != nil {
		return 0, 0, err
	}
	sum := t.step(x, y)
	return sum.mean(), sum.correct, nil
}

func (t *Trainer) step(x []float32, y []int) tally {
	p := t.pass
	p.begin(len(y), true)
	p.key = t.keys.Uint64()
	logits := p.forward(x)
	t.dz = grow(t.dz, len(logits))
	sum := t.loss.gradient(p.kernel, &t.scratch, logits, y, t.net.Outputs(), t.dz)
	p.backward(t.dz)
	t.descent.apply(p.kernel, t.net.weights, p.grad)
	return sum
}

// Measure gives the mean loss and the number of right answers on examples
// without training on them.
func (t *Trainer) Measure(x []float32, y []int) (loss float64, correct int, err error) {
	if err := checkBatch(t.net, x, y); err != nil {
		return 0, 0, err
	}
	sum := t.measure(x, y)
	return sum.mean(), sum.correct, nil
}

// measureBatch bounds the memory that measuring takes.
const measureBatch = 256

func (t *Trainer) measure(x []float32, y []int) tally {
	width := t.net.spec.Input.Size()
	var sum tally
	for i := 0; i < len(y); i += measureBatch {
		j := min(i+measureBatch, len(y))
		p := t.net.borrow(j - i)
		logits := p.forward(x[i*width : j*width])
		sum.add(t.loss.gradient(p.kernel, &t.scratch, logits, y[i:j], t.net.Outputs(), nil))
		t.net.passes.Put(p)
	}
	return sum
}

func checkBatch(n *Net, x []float32, y []int) error {
	if width := n.spec.Input.Size(); len(x) != len(y)*width {
		return fmt.Errorf("training: %d values for %d examples of %v, which take %d", len(x), len(y), n.spec.Input, len(y)*width)
	}
	for i, c := range y {
		if c < 0 || c >= n.Outputs() {
			return fmt.Errorf("training: example %d has class %d, the net has %d classes", i, c, n.Outputs())
		}
	}
	if len(y) == 0 {
		return fmt.Errorf("training: no examples")
	}
	return nil
}
