package training

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"

	"onset/training/baseline"
	"onset/training/features"
	"onset/training/nn"
)

// featureLearner fits a classical method on named features or on the samples
// themselves, or a perceptron on features.
type featureLearner struct {
	cfg Config
	of  *describer
}

func newFeatureLearner(cfg Config, set *WindowSet) (learner, error) {
	d := describer{Raw: cfg.Model.Input == InputRaw, Alone: cfg.Model.Input == InputKernels}
	for _, f := range cfg.Model.Features {
		d.Families = append(d.Families, features.Family(f))
	}
	of, err := d.on(frameOf(set.Contract, cfg.Data.Orientation))
	if err != nil {
		return nil, bad("model.features", "%v", err)
	}
	return &featureLearner{cfg: cfg, of: of}, nil
}

func (l *featureLearner) fit(ctx context.Context, m *material, s lesson) (brain, fitReport, error) {
	b := &featureBrain{describer: l.of, kind: l.cfg.Model.Kind}
	windows, classes := m.pick(s.train)
	var err error
	if l.cfg.Model.onKernels() {
		if b.describer, err = l.of.fitted(windows, l.cfg.Model.Kernels, subSeed(s.seed, 2)); err != nil {
			return nil, fitReport{}, err
		}
	}
	rows, err := m.described(b.describer, s.train)
	if err != nil {
		return nil, fitReport{}, err
	}
	groups := groupsOf(m.set, s.train)
	if l.cfg.Data.Person == PersonWindows {
		b.Person = averagePerson(byGroup(rows, groups))
	}
	extra, origin, err := l.copies(b.describer, m, s, windows)
	if err != nil {
		return nil, fitReport{}, err
	}
	for i, o := range origin {
		rows, classes, groups = append(rows, extra[i]), append(classes, classes[o]), append(groups, groups[o])
	}
	if b.Person != nil {
		rows = b.Person.applyEach(rows, groups, len(windows))
	}
	if l.cfg.Model.isNet() {
		return l.fitNet(ctx, b, m, s, rows, classes)
	}
	b.method, err = baseline.Fit(ctx, l.method(s.seed, len(rows[0])), baseline.Data{X: rows, Y: classes, Groups: groups}, len(m.set.Classes),
		func(done float64) { s.observe(Progress{Done: done}) })
	return b, fitReport{}, err
}

// copies are the features of augmented training windows, with the place in
// train that each was made from.
func (l *featureLearner) copies(of *describer, m *material, s lesson, windows [][]float32) (rows [][]float64, origin []int, err error) {
	mean, std := scaling(windows, len(m.frame.Channels))
	change := newAugmenter(l.cfg.Augment, m.contract(), mean, std)
	if change == nil {
		return nil, nil, nil
	}
	dst := make([][]float32, 1)
	for i, w := range windows {
		for k := range l.cfg.Augment.Copies {
			rng := rand.New(rand.NewPCG(s.seed, uint64(k)<<32|uint64(i)))
			dst[0] = make([]float32, len(w))
			change(rng, dst[0], w)
			one, err := of.rows(dst)
			if err != nil {
				return nil, nil, err
			}
			rows, origin = append(rows, one[0]), append(origin, i)
		}
	}
	return rows, origin, nil
}

func (l *featureLearner) method(seed uint64, n int) baseline.Config {
	m := l.cfg.Model
	c := baseline.Config{Kind: baseline.Kind(m.Kind), Neighbours: m.Neighbours, C: m.C, Gamma: m.Gamma, Trees: m.Trees, MinLeaf: m.MinLeaf,
		Balanced: l.cfg.Fit.ClassWeights, Seed: seed}
	if m.TryShare > 0 {
		c.TryAtNode = max(int(math.Round(m.TryShare*float64(n))), 1)
	}
	return c
}

// groupsOf numbers the participants of some examples.
func groupsOf(set *WindowSet, indices []int) []int {
	number := map[string]int{}
	out := make([]int, len(indices))
	for i, k := range indices {
		p := string(set.Examples[k].Participant)
		if _, seen := number[p]; !seen {
			number[p] = len(number)
		}
		out[i] = number[p]
	}
	return out
}

func byGroup(rows [][]float64, groups []int) [][][]float64 {
	var out [][][]float64
	for i, g := range groups {
		for g >= len(out) {
			out = append(out, nil)
		}
		out[g] = append(out[g], rows[i])
	}
	return out
}

// applyEach scales every row by its own person's moments, which come from the
// first n rows: copies don't count.
func (p *personScale) applyEach(rows [][]float64, groups []int, n int) [][]float64 {
	var own []*personScale
	for _, person := range byGroup(rows[:n], groups[:n]) {
		own = append(own, p.of(person))
	}
	out := make([][]float64, len(rows))
	for i, r := range rows {
		out[i] = own[groups[i]].apply(r)
	}
	return out
}

// fitNet trains a perceptron on standardised features.
func (l *featureLearner) fitNet(ctx context.Context, b *featureBrain, m *material, s lesson, rows [][]float64, classes []int) (brain, fitReport, error) {
	b.Mean, b.Std = moments(rows)
	for j, v := range b.Std {
		if b.Std[j] = math.Sqrt(v); b.Std[j] < 1e-9 {
			b.Std[j] = 1
		}
	}
	spec, err := netSpec(l.cfg.Model, nn.Shape{Channels: len(rows[0]), Samples: 1}, len(m.set.Classes))
	if err != nil {
		return nil, fitReport{}, err
	}
	if b.net, err = nn.New(spec, subSeed(s.seed, 0)); err != nil {
		return nil, fitReport{}, fmt.Errorf("building the net: %w", err)
	}
	valid := nn.Data{}
	if len(s.valid) > 0 {
		if valid, err = b.validData(m, s.valid); err != nil {
			return nil, fitReport{}, err
		}
	}
	plain := &netLearner{cfg: l.cfg, spec: spec}
	fc := plain.fitConfig(s, classes, len(m.set.Classes), len(rows))
	report, err := fitObserved(ctx, b.net, nn.Data{X: b.standard(rows), Y: classes}, valid, fc, s)
	return b, report, err
}

// validData are validation windows, each person's by their own scale.
func (b *featureBrain) validData(m *material, indices []int) (nn.Data, error) {
	_, classes := m.pick(indices)
	rows, err := m.described(b.describer, indices)
	if err != nil {
		return nn.Data{}, err
	}
	if b.Person != nil {
		rows = b.Person.applyEach(rows, groupsOf(m.set, indices), len(rows))
	}
	return nn.Data{X: b.standard(rows), Y: classes}, nil
}

func (b *featureBrain) standard(rows [][]float64) []float32 {
	var x []float32
	for _, r := range rows {
		for j, v := range r {
			x = append(x, float32((v-b.Mean[j])/b.Std[j]))
		}
	}
	return x
}

// featureBrain is a fitted method on features. Its exported fields are stored.
type featureBrain struct {
	*describer
	Person *personScale `json:"person,omitempty"`
	Mean   []float64    `json:"mean,omitempty"` // of the features, for nets
	Std    []float64    `json:"std,omitempty"`
	Net    *nn.Spec     `json:"net,omitempty"`

	kind   string
	method *baseline.Model
	net    *nn.Net
	own    bool // Person is one person's
}

// voteFloor keeps a class without votes from having no chance at all: a forest's
// zero is an estimate from few trees, not a certainty.
const voteFloor = 0.005

func (b *featureBrain) logits(windows [][]float32) ([][]float64, error) {
	turned, err := b.frame.turn(windows)
	if err != nil {
		return nil, err
	}
	rows, err := b.rows(turned)
	if err != nil {
		return nil, err
	}
	if b.Person != nil {
		for i, r := range rows {
			rows[i] = b.Person.apply(r)
		}
	}
	if b.net != nil {
		return netLogits(b.net, b.standard(rows), len(rows))
	}
	p, err := b.method.Probabilities(rows)
	if err != nil {
		return nil, err
	}
	for _, row := range p {
		for j, v := range row {
			row[j] = math.Log((v + voteFloor) / (1 + voteFloor*float64(len(row))))
		}
	}
	return p, nil
}

func (b *featureBrain) adapted(windows [][]float32) (brain, error) {
	if b.Person == nil {
		return b, nil
	}
	turned, err := b.frame.turn(windows)
	if err != nil {
		return nil, err
	}
	rows, err := b.rows(turned)
	if err != nil {
		return nil, err
	}
	own := *b
	own.Person, own.own = b.Person.of(rows), true
	return &own, nil
}

func (b *featureBrain) record() (brainRecord, error) {
	r := brainRecord{kind: b.kind, orientation: b.frame.Orientation}
	r.mean, r.std = unscaled(len(b.frame.Channels))
	what := b.name() + " / "
	var err error
	if b.net != nil {
		spec := b.net.Spec()
		b.Net, r.weights, r.architecture = &spec, b.net.MarshalWeights(), what+spec.Text()
	} else {
		r.architecture = what + b.method.Text()
		if r.weights, err = b.method.MarshalBinary(); err != nil {
			return r, err
		}
	}
	if r.spec, err = json.Marshal(b); err != nil {
		return r, fmt.Errorf("writing the model's description: %w", err)
	}
	return r, nil
}

// readFeatures restores a feature brain and checks that its numbers fit together.
func readFeatures(r brainRecord, f frame) (brain, error) {
	b := &featureBrain{kind: r.kind, describer: &describer{}}
	if err := json.Unmarshal(r.spec, b); err != nil {
		return nil, fmt.Errorf("reading its description: %w", err)
	}
	var err error
	if b.describer == nil {
		return nil, fmt.Errorf("it doesn't say which features it reads")
	}
	if b.describer, err = b.on(f); err != nil {
		return nil, err
	}
	n := b.len()
	if b.Person != nil && (len(b.Person.Mean) != n || len(b.Person.Var) != n) {
		return nil, fmt.Errorf("it scales %d features of %d by person", len(b.Person.Mean), n)
	}
	if b.Net == nil {
		if b.method, err = baseline.Read(r.weights); err != nil {
			return nil, err
		}
		if b.method.Features() != n {
			return nil, fmt.Errorf("it reads %d features, its contract gives %d", b.method.Features(), n)
		}
		return b, nil
	}
	if len(b.Mean) != n || len(b.Std) != n || b.Net.Input.Size() != n {
		return nil, fmt.Errorf("it scales %d features for %d inputs, its contract gives %d", len(b.Mean), b.Net.Input.Size(), n)
	}
	if b.net, err = nn.New(*b.Net, 0); err != nil {
		return nil, err
	}
	return b, b.net.UnmarshalWeights(r.weights)
}
