package nn

import (
	"fmt"
	"math"

	"onset/dataset/exact"
)

// Loss is softmax cross-entropy. The zero value is the plain one.
type Loss struct {
	// ClassWeights, one per class, weigh the examples; empty means 1 each. The
	// loss of a batch is the weighted mean.
	ClassWeights []float32 `json:"class_weights,omitempty"`
	// LabelSmoothing spreads this share of the target evenly over all classes,
	// [0, 1) (Szegedy et al. 2016).
	LabelSmoothing float64 `json:"label_smoothing,omitempty"`
}

func (l Loss) check(classes int) error {
	if n := len(l.ClassWeights); n != 0 && n != classes {
		return fmt.Errorf("loss: %d class weights for %d classes", n, classes)
	}
	for i, w := range l.ClassWeights {
		if !(w >= 0) || math.IsInf(float64(w), 0) {
			return fmt.Errorf("loss: weight of class %d is %v", i, w)
		}
	}
	if !(l.LabelSmoothing >= 0 && l.LabelSmoothing < 1) {
		return fmt.Errorf("loss: label smoothing is %v, it must be at least 0 and below 1", l.LabelSmoothing)
	}
	return nil
}

func (l Loss) weight(class int) float64 {
	if len(l.ClassWeights) == 0 {
		return 1
	}
	return float64(l.ClassWeights[class])
}

// tally sums up the loss over batches.
type tally struct {
	loss, weight float64
	correct, n   int
}

func (t *tally) add(u tally) {
	t.loss += u.loss
	t.weight += u.weight
	t.correct += u.correct
	t.n += u.n
}

func (t tally) mean() float64 {
	if t.weight == 0 {
		return 0
	}
	return t.loss / t.weight
}

func (t tally) accuracy() float64 {
	if t.n == 0 {
		return 0
	}
	return float64(t.correct) / float64(t.n)
}

// lossScratch is reused from batch to batch.
type lossScratch struct{ e, spread []float64 }

// gradient measures logits, [class][example], against y and, unless dz is nil,
// writes the gradient of the batch's mean loss by the logits to it. logits and
// dz must not overlap.
func (l Loss) gradient(k kernel, s *lossScratch, logits []float32, y []int, classes int, dz []float32) tally {
	batch := len(y)
	t := tally{n: batch}
	for _, c := range y {
		t.weight += l.weight(c)
	}
	off := l.LabelSmoothing / float64(classes)
	s.e, s.spread = grow(s.e, len(logits)), grow(s.spread, batch)
	e, spread := s.e, s.spread // exponentials; sum of all logits below the largest
	clear(spread)
	for b := range y {
		top, best := logits[b], 0
		for c := 1; c < classes; c++ {
			if v := logits[c*batch+b]; v > top {
				top, best = v, c
			}
		}
		if best == y[b] {
			t.correct++
		}
		for c := range classes {
			d := float64(logits[c*batch+b] - top)
			e[c*batch+b] = d
			spread[b] += d
		}
		t.loss -= float64(l.weight(y[b]) * (float64((1-l.LabelSmoothing)*e[y[b]*batch+b]) + float64(off*spread[b])))
	}
	k.exps(e)
	for b, target := range y {
		sum := 0.0
		for c := range classes {
			sum += e[c*batch+b]
		}
		w := l.weight(target)
		t.loss += float64(w * exact.Log(sum))
		if dz == nil || t.weight == 0 {
			continue
		}
		for c := range classes {
			dz[c*batch+b] = float32((e[c*batch+b]/sum - off) * w / t.weight)
		}
		dz[target*batch+b] -= float32((1 - l.LabelSmoothing) * w / t.weight)
	}
	if t.weight == 0 {
		clear(dz)
	}
	return t
}
