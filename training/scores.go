package training

import "math"

// Confusion counts predictions: Counts[truth][predicted].
type Confusion struct {
	Classes []string `json:"classes"`
	Counts  [][]int  `json:"counts"`
}

// NewConfusion is an empty one.
func NewConfusion(classes []string) Confusion {
	c := Confusion{Classes: classes, Counts: make([][]int, len(classes))}
	for i := range c.Counts {
		c.Counts[i] = make([]int, len(classes))
	}
	return c
}

// Add counts one prediction.
func (c Confusion) Add(truth, predicted int) { c.Counts[truth][predicted]++ }

// N is the number of predictions.
func (c Confusion) N() int {
	n := 0
	for _, row := range c.Counts {
		for _, v := range row {
			n += v
		}
	}
	return n
}

// Accuracy is the share that is right; 0 without predictions.
func (c Confusion) Accuracy() float64 {
	right := 0
	for i := range c.Counts {
		right += c.Counts[i][i]
	}
	return ratio(float64(right), float64(c.N()))
}

// ClassScore is how well one class is recognised.
type ClassScore struct {
	Class     string  `json:"class"`
	N         int     `json:"n"` // windows of this class
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

// PerClass are precision, recall and F1 of each class; a ratio without cases
// is 0.
func (c Confusion) PerClass() []ClassScore {
	out := make([]ClassScore, len(c.Classes))
	for i, name := range c.Classes {
		truth, predicted := 0, 0
		for j := range c.Classes {
			truth += c.Counts[i][j]
			predicted += c.Counts[j][i]
		}
		right := float64(c.Counts[i][i])
		out[i] = ClassScore{Class: name, N: truth,
			Precision: ratio(right, float64(predicted)), Recall: ratio(right, float64(truth)),
			F1: ratio(2*right, float64(truth+predicted))}
	}
	return out
}

// MacroF1 is the mean F1 over the classes that occur among the truths or the
// predictions.
func (c Confusion) MacroF1() float64 {
	sum, n := 0.0, 0
	for i, s := range c.PerClass() {
		predicted := 0
		for j := range c.Classes {
			predicted += c.Counts[j][i]
		}
		if s.N+predicted > 0 {
			sum += s.F1
			n++
		}
	}
	return ratio(sum, float64(n))
}

// Kappa is Cohen's kappa: agreement beyond what the margins give by chance.
func (c Confusion) Kappa() float64 {
	n := float64(c.N())
	if n == 0 {
		return 0
	}
	chance := 0.0
	for i := range c.Counts {
		row, col := 0, 0
		for j := range c.Counts {
			row += c.Counts[i][j]
			col += c.Counts[j][i]
		}
		chance += float64(row) / n * float64(col) / n
	}
	if chance == 1 {
		return 1
	}
	return (c.Accuracy() - chance) / (1 - chance)
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func argmax(p []float64) int {
	best := 0
	for i, v := range p {
		if v > p[best] {
			best = i
		}
	}
	return best
}

// softmax of logits at a temperature.
func softmax(logits []float64, temperature float64) []float64 {
	top := logits[argmax(logits)]
	p, sum := make([]float64, len(logits)), 0.0
	for i, v := range logits {
		p[i] = math.Exp((v - top) / temperature)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}
