package replay

import "math"

// logit is a multinomial logistic regression of what a frame's movement says
// about the person's activity, ignoring what came before.
type logit struct {
	mean, scale [features]float64
	weight      [][inputs]float64 // by class
}

// inputs are a constant, the features, and their products.
const inputs = 1 + features + features*(features+1)/2

// fitLogit fits by gradient descent with momentum and a ridge, each class
// counting alike. classes holds every x's class of n.
func fitLogit(x []motion, classes []int, n int) *logit {
	l := &logit{weight: make([][inputs]float64, n)}
	count := make([]float64, n)
	for i, v := range x {
		count[classes[i]]++
		for k := range features {
			l.mean[k] += v[k] / float64(len(x))
		}
	}
	for _, v := range x {
		for k := range features {
			l.scale[k] += square(v[k]-l.mean[k]) / float64(len(x))
		}
	}
	for k := range features {
		l.scale[k] = math.Sqrt(l.scale[k]) + 1e-6
	}
	present := 0.0
	for c := range count {
		if count[c] > 0 {
			present++
		}
	}
	speed := make([][inputs]float64, n)
	const steps, rate, keep, ridge = 150, 0.2, 0.9, 1e-4
	in := make([][inputs]float64, len(x))
	for i, v := range x {
		in[i] = l.input(v)
	}
	for range steps {
		grad := make([][inputs]float64, n)
		for i := range x {
			p := l.scores(&in[i])
			w := 1 / (count[classes[i]] * present)
			for c := range p {
				d := w * (p[c] - oneIf(c == classes[i]))
				for k, v := range in[i] {
					grad[c][k] += d * v
				}
			}
		}
		for c := range grad {
			for k := range grad[c] {
				speed[c][k] = keep*speed[c][k] - rate*(grad[c][k]+ridge*l.weight[c][k])
				l.weight[c][k] += speed[c][k]
			}
		}
	}
	return l
}

func (l *logit) input(v motion) [inputs]float64 {
	in := [inputs]float64{1}
	for k := range features {
		in[1+k] = min(max((v[k]-l.mean[k])/l.scale[k], -3), 3)
	}
	next := 1 + features
	for k := range features {
		for j := range k + 1 {
			in[next] = in[1+k] * in[1+j]
			next++
		}
	}
	return in
}

// scores are the probabilities of the classes were they equally frequent.
func (l *logit) scores(in *[inputs]float64) []float64 {
	logs := make([]float64, len(l.weight))
	for c := range l.weight {
		for k, v := range in {
			logs[c] += l.weight[c][k] * v
		}
	}
	return softmax(logs)
}

// likelihood is how likely the movement is under each class, up to a factor.
func (l *logit) likelihood(v motion) []float64 {
	in := l.input(v)
	return l.scores(&in)
}
