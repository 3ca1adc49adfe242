package training

import "math"

// What is done about how people differ.
const (
	PersonNone    = "none"
	PersonWindows = "windows"
)

// personShrink is how many windows the average person counts for when a
// person's own mean and variance are taken.
const personShrink = 1

// personScale turns features into deviations from a person's own habit.
type personScale struct {
	// Mean and Var are those of the average person of the training.
	Mean []float64 `json:"mean"`
	Var  []float64 `json:"var"`
}

// moments are the mean and variance of each feature over some windows.
func moments(rows [][]float64) (mean, variance []float64) {
	d := len(rows[0])
	mean, variance = make([]float64, d), make([]float64, d)
	for _, r := range rows {
		for j, v := range r {
			mean[j] += v / float64(len(rows))
		}
	}
	for _, r := range rows {
		for j, v := range r {
			variance[j] += (v - mean[j]) * (v - mean[j]) / float64(len(rows))
		}
	}
	return mean, variance
}

// averagePerson takes the moments of several people's windows.
func averagePerson(people [][][]float64) *personScale {
	p := &personScale{}
	for _, rows := range people {
		m, v := moments(rows)
		if p.Mean == nil {
			p.Mean, p.Var = make([]float64, len(m)), make([]float64, len(m))
		}
		for j := range m {
			p.Mean[j] += m[j] / float64(len(people))
			p.Var[j] += v[j] / float64(len(people))
		}
	}
	return p
}

// of is the scale of one person, from unlabelled windows of theirs.
func (p *personScale) of(rows [][]float64) *personScale {
	if len(rows) == 0 {
		return p
	}
	m, v := moments(rows)
	n := float64(len(rows))
	out := &personScale{Mean: make([]float64, len(m)), Var: make([]float64, len(m))}
	for j := range m {
		out.Mean[j] = (n*m[j] + personShrink*p.Mean[j]) / (n + personShrink)
		out.Var[j] = (n*v[j] + personShrink*p.Var[j]) / (n + personShrink)
	}
	return out
}

// apply gives a window's features as deviations.
func (p *personScale) apply(row []float64) []float64 {
	out := make([]float64, len(row))
	for j, v := range row {
		out[j] = (v - p.Mean[j]) / math.Sqrt(p.Var[j]+1e-9)
	}
	return out
}
