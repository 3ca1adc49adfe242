package training

import "onset/training/nn"

// PrecisionScore says what a lower precision of the weights costs on those held
// out: each fold's own net, its weights packed and unpacked, judged the people
// (or sessions) that it had never seen.
type PrecisionScore struct {
	Precision nn.Precision `json:"precision"`
	Accuracy  float64      `json:"accuracy"`
	MacroF1   float64      `json:"macro_f1"`
	Changed   float64      `json:"changed"` // share of the decisions that differ from full precision
	Windows   int          `json:"windows"`
}

// packed is the net with its weights as a device would hold them.
func (b *netBrain) packed(p nn.Precision) (*netBrain, error) {
	spec := b.net.Spec()
	raw, err := spec.Pack(b.net.Weights(), p)
	if err != nil {
		return nil, err
	}
	w, err := spec.Unpack(raw, p)
	if err != nil {
		return nil, err
	}
	own := *b
	own.net = b.net.Clone()
	return &own, own.net.SetWeights(w)
}

// tryPrecisions lets a fold's net judge its held-out side in lower precisions. A
// precision that can't hold the weights is left out.
func (t *run) tryPrecisions(k int, b brain, f Fold) error {
	own, ok := b.(*netBrain)
	if !ok {
		return nil
	}
	for _, p := range nn.Precisions()[1:] {
		low, err := own.packed(p)
		if err != nil {
			continue
		}
		logits, err := t.predict(low, f.test)
		if err != nil {
			return err
		}
		answers := make([]int, len(logits))
		for i := range logits {
			answers[i] = argmax(logits[i])
		}
		if t.low[k] == nil {
			t.low[k] = map[nn.Precision][]int{}
		}
		t.low[k][p] = answers
	}
	return nil
}

// judgePrecisions sums the folds up: only precisions that every fold tried.
func (t *run) judgePrecisions() []PrecisionScore {
	var out []PrecisionScore
	for _, p := range nn.Precisions()[1:] {
		c := NewConfusion(t.set.Classes)
		changed, complete := 0, len(t.split.folds) > 0
		for k, f := range t.split.folds {
			answers, ok := t.low[k][p]
			if !ok {
				complete = false
				break
			}
			for i, e := range f.test {
				c.Add(t.set.Examples[e].Class, answers[i])
				if answers[i] != argmax(t.logits[e]) {
					changed++
				}
			}
		}
		if complete {
			out = append(out, PrecisionScore{Precision: p, Accuracy: c.Accuracy(), MacroF1: c.MacroF1(),
				Changed: ratio(float64(changed), float64(c.N())), Windows: c.N()})
		}
	}
	return out
}

// Packed is the model with its weights as a device holds them in a precision;
// only neural nets have one.
func (m *Model) Packed(p nn.Precision) (*Model, error) {
	b, ok := m.brain.(*netBrain)
	if !ok {
		return nil, errNoNet(m.kind)
	}
	low, err := b.packed(p)
	if err != nil {
		return nil, err
	}
	own := *m
	own.brain = low
	return &own, nil
}
