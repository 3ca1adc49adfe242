// Package quality looks at how well a repetition was done: how smooth it is, how
// it compares with a reference, and how alike the two sides are.
package quality

import (
	"math"
	"math/cmplx"
)

// SpectralArcLength is the smoothness of a speed profile at rate Hz: the negative
// length of the normalised magnitude spectrum up to the frequency beyond which
// it stays below a twentieth, 10 Hz at most (Balasubramanian et al., J. NeuroEng.
// Rehabil. 12:112, 2015). Nearer to zero is smoother; a single bell-shaped
// movement has about -1.4. It is NaN for a profile that is empty or zero.
func SpectralArcLength(speed []float64, rate float64) float64 {
	const highest, least, padding = 10.0, 0.05, 4
	n := 1
	for n < len(speed) {
		n *= 2
	}
	n <<= padding
	if len(speed) == 0 || !(rate > 0) {
		return math.NaN()
	}
	magnitude := make([]float64, 0, n/2)
	for k := 0; k <= n/2; k++ {
		if f := float64(k) * rate / float64(n); f > highest {
			break
		}
		magnitude = append(magnitude, bin(speed, k, n))
	}
	var top float64
	for _, m := range magnitude {
		top = max(top, m)
	}
	if !(top > 0) {
		return math.NaN()
	}
	last := 0
	for k := range magnitude {
		if magnitude[k] /= top; magnitude[k] >= least {
			last = k
		}
	}
	var length float64
	for k := 1; k <= last; k++ {
		length -= math.Hypot(1/float64(last), magnitude[k]-magnitude[k-1])
	}
	return length
}

// bin is the magnitude of one frequency of the zero-padded spectrum.
func bin(x []float64, k, n int) float64 {
	turn := cmplx.Exp(complex(0, -2*math.Pi*float64(k)/float64(n)))
	var sum complex128
	for i := len(x) - 1; i >= 0; i-- { // Horner's rule
		sum = sum*turn + complex(x[i], 0)
	}
	return cmplx.Abs(sum)
}

// LogDimensionlessJerk is the smoothness of a speed profile at rate Hz:
// -ln(T³/peak² times the integral of the squared second derivative of speed)
// (Hogan and Sternad, J. Mot. Behav. 41:529, 2009). Nearer to zero is smoother;
// a minimum-jerk movement has -5.32. It is NaN when nothing moves.
func LogDimensionlessJerk(speed []float64, rate float64) float64 {
	return dimensionless(speed, rate, 2, 3)
}

// LogDimensionlessJerkOfAcceleration is the same from accelerations, the
// magnitude without gravity: -ln(T/peak² times the integral of squared jerk)
// (Melendez-Calderon et al., Front. Bioeng. Biotechnol. 8:558771, 2021).
func LogDimensionlessJerkOfAcceleration(acceleration []float64, rate float64) float64 {
	return dimensionless(acceleration, rate, 1, 1)
}

func dimensionless(x []float64, rate float64, derivative int, power float64) float64 {
	if len(x) < derivative+2 || !(rate > 0) {
		return math.NaN()
	}
	var peak float64
	for _, v := range x {
		peak = max(peak, math.Abs(v))
	}
	d := x
	for range derivative {
		next := make([]float64, len(d)-1)
		for i := range next {
			next[i] = (d[i+1] - d[i]) * rate
		}
		d = next
	}
	var sum float64
	for _, v := range d {
		sum += v * v / rate
	}
	duration := float64(len(x)-1) / rate
	if !(peak > 0) || !(sum > 0) {
		return math.NaN()
	}
	return -math.Log(math.Pow(duration, power) / (peak * peak) * sum)
}

// Symmetry compares a measure of the left side with the right's: 0 when they are
// equal, positive when the left is larger, at most 2 (Robinson et al., J.
// Manipulative Physiol. Ther. 10:172, 1987).
func Symmetry(left, right float64) float64 {
	sum := math.Abs(left) + math.Abs(right)
	if sum == 0 {
		return 0
	}
	return 2 * (left - right) / sum
}
