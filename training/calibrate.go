package training

import "math"

// Temperatures that calibration may choose from.
const (
	minTemperature = 0.05
	maxTemperature = 50
)

// fitTemperature finds the temperature that makes held-out logits most likely
// (Guo et al. 2017, temperature scaling), by golden-section search over its
// logarithm; the loss has one minimum in 1/T. Without logits it is 1.
func fitTemperature(logits [][]float64, truth []int) float64 {
	if len(logits) == 0 {
		return 1
	}
	loss := func(logT float64) float64 { return logLoss(logits, truth, math.Exp(logT)) }
	a, b := math.Log(minTemperature), math.Log(maxTemperature)
	g := (math.Sqrt(5) - 1) / 2
	c, d := b-g*(b-a), a+g*(b-a)
	fc, fd := loss(c), loss(d)
	for b-a > 1e-6 {
		if fc < fd {
			b, d, fd = d, c, fc
			c = b - g*(b-a)
			fc = loss(c)
		} else {
			a, c, fc = c, d, fd
			d = a + g*(b-a)
			fd = loss(d)
		}
	}
	return math.Exp((a + b) / 2)
}

// logLoss is the mean negative log-likelihood in nats; 0 without logits.
func logLoss(logits [][]float64, truth []int, temperature float64) float64 {
	if len(logits) == 0 {
		return 0
	}
	sum := 0.0
	for i, row := range logits {
		top := row[argmax(row)]
		z := 0.0
		for _, v := range row {
			z += math.Exp((v - top) / temperature)
		}
		sum += math.Log(z) - (row[truth[i]]-top)/temperature
	}
	return sum / float64(len(logits))
}

// ReliabilityBin is one bar of a reliability plot.
type ReliabilityBin struct {
	From       float64 `json:"from"`
	To         float64 `json:"to"`
	N          int     `json:"n"`
	Confidence float64 `json:"confidence"` // mean probability of the predicted class
	Accuracy   float64 `json:"accuracy"`
}

// reliability bins predictions by the probability of the predicted class and
// gives the expected calibration error over them.
func reliability(p [][]float64, truth []int, bins int) ([]ReliabilityBin, float64) {
	out := make([]ReliabilityBin, bins)
	for i := range out {
		out[i].From, out[i].To = float64(i)/float64(bins), float64(i+1)/float64(bins)
	}
	for i, row := range p {
		k := argmax(row)
		b := &out[min(int(row[k]*float64(bins)), bins-1)]
		b.N++
		b.Confidence += row[k]
		if k == truth[i] {
			b.Accuracy++
		}
	}
	ece := 0.0
	for i := range out {
		b := &out[i]
		b.Confidence, b.Accuracy = ratio(b.Confidence, float64(b.N)), ratio(b.Accuracy, float64(b.N))
		ece += ratio(float64(b.N), float64(len(p))) * math.Abs(b.Confidence-b.Accuracy)
	}
	return out, ece
}
