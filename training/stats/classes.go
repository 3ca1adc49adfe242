package stats

import (
	"fmt"
	"math"
)

// Confusion counts decisions: [truth][answer].
type Confusion [][]int

// NewConfusion counts pairs of truth and answer, each from 0 to classes-1.
func NewConfusion(truth, answer []int, classes int) (Confusion, error) {
	if len(truth) != len(answer) {
		return nil, fmt.Errorf("confusion: %d truths and %d answers", len(truth), len(answer))
	}
	c := make(Confusion, classes)
	for i := range c {
		c[i] = make([]int, classes)
	}
	for i, t := range truth {
		if t < 0 || t >= classes || answer[i] < 0 || answer[i] >= classes {
			return nil, fmt.Errorf("confusion: case %d has truth %d and answer %d of %d classes", i, t, answer[i], classes)
		}
		c[t][answer[i]]++
	}
	return c, nil
}

// totals are the number of cases, the sums of rows and of columns, and the
// number on the diagonal.
func (c Confusion) totals() (n float64, rows, columns []float64, right float64) {
	rows, columns = make([]float64, len(c)), make([]float64, len(c))
	for i, row := range c {
		for j, v := range row {
			n += float64(v)
			rows[i] += float64(v)
			columns[j] += float64(v)
		}
		right += float64(row[i])
	}
	return n, rows, columns, right
}

// Accuracy is the share of right answers; 0 without cases.
func (c Confusion) Accuracy() float64 {
	n, _, _, right := c.totals()
	return share(right, n)
}

// BalancedAccuracy is the mean recall of the classes that occur; 0 without cases.
func (c Confusion) BalancedAccuracy() float64 {
	_, rows, _, _ := c.totals()
	sum, k := 0.0, 0.0
	for i, n := range rows {
		if n > 0 {
			sum += float64(c[i][i]) / n
			k++
		}
	}
	return share(sum, k)
}

// ClassScore is how one class fares.
type ClassScore struct {
	Precision float64 `json:"precision"` // 0 when it was never answered
	Recall    float64 `json:"recall"`    // 0 when it never occurs
	F1        float64 `json:"f1"`        // 0 when there is neither
	N         int     `json:"n"`         // how often it occurs
	Answered  int     `json:"answered"`  // how often it was the answer
}

// Scores are those of each class.
func (c Confusion) Scores() []ClassScore {
	_, rows, columns, _ := c.totals()
	out := make([]ClassScore, len(c))
	for i := range c {
		hit := float64(c[i][i])
		out[i] = ClassScore{Precision: share(hit, columns[i]), Recall: share(hit, rows[i]), F1: share(2*hit, rows[i]+columns[i]),
			N: int(rows[i]), Answered: int(columns[i])}
	}
	return out
}

// share is part of whole, 0 of nothing.
func share(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}

// MacroF1 is the mean F1 of the classes that occur or were answered; 0 without
// cases.
func (c Confusion) MacroF1() float64 {
	sum, k := 0.0, 0.0
	for _, s := range c.Scores() {
		if s.N+s.Answered > 0 {
			sum += s.F1
			k++
		}
	}
	return share(sum, k)
}

// Weighting says how bad it is to confuse two ordered categories.
type Weighting int

// The weightings of Kappa.
const (
	Unweighted Weighting = iota // all confusions are alike
	Linear                      // by the distance
	Quadratic                   // by its square
)

// Kappa is Cohen's coefficient of agreement beyond chance (Cohen 1960, weighted
// 1968): rows are one rater's categories, columns the other's. It is NaN when
// both always gave the same one category, as chance then explains all.
func (c Confusion) Kappa(w Weighting) float64 {
	n, rows, columns, _ := c.totals()
	seen, chance := 0.0, 0.0
	for i := range c {
		for j, v := range c[i] {
			d := math.Abs(float64(i - j))
			switch {
			case w == Quadratic:
				d *= d
			case w == Unweighted && i != j:
				d = 1
			}
			seen += d * float64(v) / n
			chance += d * rows[i] * columns[j] / (n * n)
		}
	}
	return 1 - seen/chance
}

// ReliabilityBin is a bar of a reliability plot.
type ReliabilityBin struct {
	Lo         float64 `json:"lo"` // confidence in (Lo, Hi]; the first holds 0 too
	Hi         float64 `json:"hi"`
	N          int     `json:"n"`
	Confidence float64 `json:"confidence"` // mean, 0 without cases
	Accuracy   float64 `json:"accuracy"`
}

// Calibration compares how sure a model was with how often it was right.
type Calibration struct {
	Bins  []ReliabilityBin `json:"bins"`
	ECE   float64          `json:"ece"`   // expected calibration error: mean gap, weighted by cases
	MCE   float64          `json:"mce"`   // largest gap
	Brier float64          `json:"brier"` // mean squared distance to the truth, over all classes, 0 to 2
	NLL   float64          `json:"nll"`   // mean negative log probability of the truth, in nats
}

// Calibrate bins decisions by the probability of the answer into equally wide
// bins (Guo et al. 2017). p is [case][class].
func Calibrate(p [][]float64, truth []int, bins int) (Calibration, error) {
	if len(p) == 0 || len(p) != len(truth) || bins < 1 {
		return Calibration{}, fmt.Errorf("calibration: %d distributions, %d truths, %d bins", len(p), len(truth), bins)
	}
	c := Calibration{Bins: make([]ReliabilityBin, bins)}
	n := float64(len(p))
	for i, row := range p {
		if truth[i] < 0 || truth[i] >= len(row) {
			return Calibration{}, fmt.Errorf("calibration: case %d has truth %d of %d classes", i, truth[i], len(row))
		}
		if err := finite("calibration", row); err != nil {
			return Calibration{}, err
		}
		best := 0
		for k, v := range row {
			if v > row[best] {
				best = k
			}
			d := v
			if k == truth[i] {
				d = 1 - v
			}
			c.Brier += d * d / n
		}
		c.NLL -= math.Log(math.Max(row[truth[i]], 1e-300)) / n
		b := &c.Bins[min(max(int(math.Ceil(row[best]*float64(bins)))-1, 0), bins-1)]
		b.N++
		b.Confidence += row[best]
		if best == truth[i] {
			b.Accuracy++
		}
	}
	for i := range c.Bins {
		b := &c.Bins[i]
		b.Lo, b.Hi = float64(i)/float64(bins), float64(i+1)/float64(bins)
		if b.N == 0 {
			continue
		}
		b.Confidence /= float64(b.N)
		b.Accuracy /= float64(b.N)
		gap := math.Abs(b.Confidence - b.Accuracy)
		c.ECE += gap * float64(b.N) / n
		c.MCE = math.Max(c.MCE, gap)
	}
	return c, nil
}
