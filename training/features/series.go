package features

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/dsp/window"
)

// scratch is the memory of one computation.
type scratch struct {
	fft       *fourier.FFT
	hann      []float64
	coeff     []complex128
	long      *fourier.FFT // of twice the length or more
	padded    []float64
	longCoeff []complex128
	rate      float64
	one       series
	three     sensor
}

func newScratch(l Layout) *scratch {
	n := l.Samples
	hann := make([]float64, n)
	for i := range hann {
		hann[i] = 1
	}
	window.Hann(hann)
	long := 1
	for long < 2*n {
		long *= 2
	}
	s := &scratch{long: fourier.NewFFT(long), padded: make([]float64, long), longCoeff: make([]complex128, long/2+1), fft: fourier.NewFFT(n), hann: hann, coeff: make([]complex128, n/2+1), rate: l.RateHz}
	s.one.make(n)
	s.three.magnitude.make(n)
	s.three.vertical.make(n)
	s.three.horizontal.make(n)
	return s
}

// series is one row of samples with what several features need of it.
type series struct {
	x           []float64
	rate        float64
	sorted      []float64
	mean, sd    float64   // sd divides by n
	energy      float64   // mean of |X|^2/n over the frequencies 0 to half the rate
	power       []float64 // share of each frequency above 0 in the Hann-windowed spectrum; sums to 1, or all 0
	total       float64   // the power those are shares of, per sample
	auto        []float64 // autocorrelation
	lag         int       // of its highest peak beyond the first minimum, 0 when there is none
	periodicity float64   // height of that peak
	work        []float64
}

func (s *series) make(n int) {
	s.sorted, s.work, s.power, s.auto = make([]float64, n), make([]float64, n), make([]float64, n/2+1), make([]float64, n/2+1)
}

// flat is the spread below which a series counts as constant, relative to its
// size: what remains is rounding.
const flat = 1e-12

func (s *series) load(x []float64, k *scratch) {
	s.x, s.rate = x, k.rate
	copy(s.sorted, x)
	slices.Sort(s.sorted)
	n := float64(len(x))
	s.mean = 0
	for _, v := range x {
		s.mean += v / n
	}
	sum := 0.0
	for _, v := range x {
		sum += (v - s.mean) * (v - s.mean)
	}
	s.sd = math.Sqrt(sum / n)
	if s.sd <= flat*math.Abs(s.mean) {
		s.sd = 0
	}
	s.spectrum(k)
	s.autocorrelate(k)
	s.findPeriod()
}

func (s *series) spectrum(k *scratch) {
	n := float64(len(s.x))
	k.fft.Coefficients(k.coeff, s.x)
	s.energy = 0
	for _, c := range k.coeff {
		s.energy += (real(c)*real(c) + imag(c)*imag(c)) / n
	}
	s.energy /= float64(len(k.coeff))
	for i, v := range s.x {
		s.work[i] = (v - s.mean) * k.hann[i]
	}
	k.fft.Coefficients(k.coeff, s.work)
	s.total = 0
	for i, c := range k.coeff {
		s.power[i] = real(c)*real(c) + imag(c)*imag(c)
		s.total += s.power[i]
	}
	s.total -= s.power[0]
	s.power[0] = 0
	if s.sd == 0 || s.total == 0 {
		s.total = 0
		clear(s.power)
		return
	}
	for i := range s.power {
		s.power[i] /= s.total
	}
	s.total /= n
}

// hz is the frequency of bin i.
func (s *series) hz(i int) float64 { return float64(i) * s.rate / float64(len(s.x)) }

// quantile interpolates linearly between the sorted values.
func (s *series) quantile(p float64) float64 { return quantile(s.sorted, p) }

func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// moment is the standardised central moment of order 3 or 4; 0 for a flat series.
func (s *series) moment(order int) float64 {
	if s.sd == 0 {
		return 0
	}
	sum := 0.0
	for _, v := range s.x {
		z := (v - s.mean) / s.sd
		if order == 4 {
			sum += z * z * z * z
		} else {
			sum += z * z * z
		}
	}
	return sum / float64(len(s.x))
}

// autocorrelate fills s.auto with the autocorrelation at lags 0 to half the
// series: without the mean, divided by the variance times n. It goes through
// the spectrum of the series with zeros behind it.
func (s *series) autocorrelate(k *scratch) {
	if s.sd == 0 {
		clear(s.auto)
		return
	}
	for i, v := range s.x {
		k.padded[i] = v - s.mean
	}
	clear(k.padded[len(s.x):])
	k.long.Coefficients(k.longCoeff, k.padded)
	for i, c := range k.longCoeff {
		k.longCoeff[i] = complex(real(c)*real(c)+imag(c)*imag(c), 0)
	}
	k.long.Sequence(k.padded, k.longCoeff)
	for i := range s.auto {
		s.auto[i] = k.padded[i] / k.padded[0]
	}
}

// findPeriod finds the highest peak of the autocorrelation beyond its first minimum.
func (s *series) findPeriod() {
	s.lag, s.periodicity = 0, 0
	falling := true
	for l := 1; l < len(s.auto); l++ {
		if falling {
			falling = s.auto[l] < s.auto[l-1]
		} else if s.auto[l] > s.periodicity {
			s.lag, s.periodicity = l, s.auto[l]
		}
	}
}

// meanChange is the mean absolute difference of neighbours.
func meanChange(x []float64) float64 {
	sum := 0.0
	for i := 1; i < len(x); i++ {
		sum += math.Abs(x[i] - x[i-1])
	}
	return sum / float64(len(x)-1)
}

// slope is that of the least-squares line, per sample.
func slope(x []float64) float64 {
	middle := float64(len(x)-1) / 2
	sum, square := 0.0, 0.0
	for i, v := range x {
		t := float64(i) - middle
		sum += t * v
		square += t * t
	}
	return sum / square
}

// part is the mean of the i-th of n equal parts.
func part(x []float64, i, n int) float64 {
	x = x[i*len(x)/n : max((i+1)*len(x)/n, i*len(x)/n+1)]
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}
