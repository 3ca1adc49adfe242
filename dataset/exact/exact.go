// Package exact holds elementary functions that give the same bits on every
// machine, in C as well as in Go: sums and products that IEEE 754 rounds, and
// nothing else. The device runtime repeats them in onset_math.c.
package exact

import "math"

// Exp is e to the x, to better than 1e-13 relative; math.Exp differs between
// architectures. x is held to [-708, 709]. The conversions keep the compiler
// from fusing a product with a sum.
func Exp(x float64) float64 {
	const (
		ln2Hi = 6.93147180369123816490e-01
		ln2Lo = 1.90821492927058770002e-10
		magic = 6755399441055744.0 // 1.5 * 2^52: adding it rounds to a whole number
	)
	if x < -708 {
		x = -708
	}
	if x > 709 {
		x = 709
	}
	t := float64(x*1.4426950408889634) + magic
	k := t - magic
	r := float64(x-float64(k*ln2Hi)) - float64(k*ln2Lo)
	// Taylor series to the 11th power: |r| <= 0.35, the next term is below 1e-14.
	p := 1.0 / 39916800
	for _, c := range [...]float64{
		1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 1.0 / 2, 1, 1,
	} {
		p = float64(p*r) + c
	}
	return math.Float64frombits(math.Float64bits(p)+math.Float64bits(t)<<52) + (x - x) // x - x keeps a NaN
}

// Log is the natural logarithm of a positive number, to 1e-15.
func Log(x float64) float64 {
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, e = 2*m, e-1
	}
	s := (m - 1) / (m + 1) // log m = 2 (s + s^3/3 + s^5/5 + ...), |s| <= 0.172
	q, sum := float64(s*s), 0.0
	for k := 21; k >= 1; k -= 2 {
		sum = float64(sum*q) + 1/float64(k)
	}
	return float64(float64(e)*math.Ln2) + float64(float64(2*s)*sum)
}

// Log10 is the decimal logarithm of a positive number.
func Log10(x float64) float64 { return Log(x) * math.Log10E }
