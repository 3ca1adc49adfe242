package training

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
)

// material is what one recipe's learner sees of a window set.
type material struct {
	set     *WindowSet
	frame   frame
	windows [][]float32 // oriented, unscaled, channel-major
	classes []int

	mu   sync.Mutex
	rows map[string][][]float64 // of all windows, by what describes them
}

// newMaterial orients the windows once for all folds; orientation looks at one
// window at a time, so nothing is learnt here.
func newMaterial(set *WindowSet, orientation string) (*material, error) {
	m := &material{set: set, frame: frameOf(set.Contract, orientation), classes: make([]int, len(set.Examples))}
	for i, e := range set.Examples {
		m.classes[i] = e.Class
	}
	var err error
	m.windows, err = m.frame.turn(set.Windows)
	return m, err
}

// described gives rows for some windows. A row depends on its own window alone,
// so all are computed once for all folds; only kernels' thresholds are of one fit.
func (m *material) described(d *describer, indices []int) ([][]float64, error) {
	key := d.key()
	m.mu.Lock()
	defer m.mu.Unlock()
	all, ok := m.rows[key]
	if !ok && !d.Alone {
		var err error
		plain := *d
		plain.Bank = nil
		if all, err = plain.rows(m.windows); err != nil {
			return nil, err
		}
		if m.rows == nil {
			m.rows = map[string][][]float64{}
		}
		m.rows[key] = all
	}
	out, windows := make([][]float64, len(indices)), make([][]float32, len(indices))
	for i, k := range indices {
		if windows[i] = m.windows[k]; !d.Alone {
			out[i] = all[k]
		}
	}
	if d.Bank == nil {
		return out, nil
	}
	for i, row := range out {
		out[i] = slices.Clone(row) // what is kept must not grow
	}
	return d.addKernels(out, windows)
}

// contract is the window set's contract in the material's orientation.
func (m *material) contract() Contract {
	c := m.set.Contract
	c.Orientation = m.frame.Orientation
	return c
}

// pick gathers oriented windows and classes.
func (m *material) pick(indices []int) (windows [][]float32, classes []int) {
	for _, i := range indices {
		windows, classes = append(windows, m.windows[i]), append(classes, m.classes[i])
	}
	return windows, classes
}

func unflatten(w []float32, samples int) [][]float64 {
	out := make([][]float64, 0, len(w)/samples)
	for c := 0; c < len(w); c += samples {
		ch := make([]float64, samples)
		for i, v := range w[c : c+samples] {
			ch[i] = float64(v)
		}
		out = append(out, ch)
	}
	return out
}

// lesson is one fit: what to learn from, what to stop by, and how long.
type lesson struct {
	train, valid []int // valid may be empty: then exactly epochs are run
	epochs       int
	seed         uint64
	observe      func(Progress)
}

// learner fits one kind of model.
type learner interface {
	fit(ctx context.Context, m *material, l lesson) (brain, fitReport, error)
}

// brain is a fitted model, orientation and scaling included. Its inputs are
// windows in the contract's units as the sensor saw them.
type brain interface {
	// logits gives, for each window, one value per class whose softmax at
	// temperature 1 is the uncalibrated distribution.
	logits(windows [][]float32) ([][]float64, error)
	// record is what is stored of it.
	record() (brainRecord, error)
}

// adaptive is a brain that can be made a person's own.
type adaptive interface {
	// adapted takes windows of one person, without labels.
	adapted(windows [][]float32) (brain, error)
}

// brainRecord is the stored form of a brain: a description in JSON and numbers.
type brainRecord struct {
	kind         string
	architecture string // for people, in one line
	orientation  string
	spec         []byte    // JSON
	weights      []byte    // nets: float32 little-endian
	mean, std    []float32 // per channel; 0 and 1 when the channels aren't scaled
}

// fitReport is how a fit went.
type fitReport struct {
	curve []CurvePoint
}

// newLearner chooses the learner of a config.
func newLearner(cfg Config, set *WindowSet) (learner, error) {
	switch {
	case cfg.Model.onRows():
		return newFeatureLearner(cfg, set)
	case cfg.Model.isNet():
		return newNetLearner(cfg, set)
	}
	return nil, bad("model.kind", "%q can't be trained", cfg.Model.Kind)
}

// scaling fits one mean and deviation per channel on some windows. A channel
// that never changes is left unscaled.
func scaling(windows [][]float32, channels int) (mean, std []float32) {
	mean, std = unscaled(channels)
	if len(windows) == 0 {
		return mean, std
	}
	samples := len(windows[0]) / channels
	for c := range channels {
		base := float64(windows[0][c*samples])
		var s, q float64
		for _, w := range windows {
			for _, v := range w[c*samples : (c+1)*samples] {
				s += float64(v) - base
				q += (float64(v) - base) * (float64(v) - base)
			}
		}
		n := float64(len(windows) * samples)
		mean[c] = float32(base + s/n)
		std[c] = float32(math.Sqrt(max(q/n-s/n*s/n, 0)))
		if std[c] < 1e-9 {
			std[c] = 1
		}
	}
	return mean, std
}

// unscaled is the scaling that changes nothing.
func unscaled(channels int) (mean, std []float32) {
	mean, std = make([]float32, channels), make([]float32, channels)
	for i := range std {
		std[i] = 1
	}
	return mean, std
}

// scaled writes a window's scaled values to dst.
func scaled(dst, window, mean, std []float32) {
	samples := len(window) / len(mean)
	for c := range mean {
		for i := c * samples; i < (c+1)*samples; i++ {
			dst[i] = (window[i] - mean[c]) / std[c]
		}
	}
}

// classShares is how often each class occurs among some examples, with add-one
// smoothing so that a class that is missing from a fold still has a share.
func classShares(classes []int, n int) []float64 {
	p := make([]float64, n)
	for _, c := range classes {
		p[c]++
	}
	for i := range p {
		p[i] = (p[i] + 1) / float64(len(classes)+n)
	}
	return p
}

// subSeed derives independent seeds from one, by the finaliser of SplitMix64
// (Steele, Lea and Flood 2014).
func subSeed(seed uint64, part int) uint64 {
	z := seed + 0x9e3779b97f4a7c15*uint64(part+1)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func wrongWidth(got, want int) error {
	return fmt.Errorf("window has %d values, the model reads %d", got, want)
}
