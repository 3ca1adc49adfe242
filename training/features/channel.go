package features

import (
	"fmt"
	"math"
	"slices"
)

func ofChannel(f Family, name, unit, doc string, get func(*series) float64) Feature {
	return Feature{Name: name, Family: f, Unit: unit, Doc: doc, channel: get}
}

// referenceFeatures are the 11 of the published comparisons.
func referenceFeatures() []Feature {
	of := func(name, unit, doc string, get func(*series) float64) Feature {
		return ofChannel(Reference, name, unit, doc, get)
	}
	return []Feature{
		of("mean", "u", "mean", func(s *series) float64 { return s.mean }),
		of("median-abs", "u", "median of the absolute values", func(s *series) float64 {
			for i, v := range s.x {
				s.work[i] = math.Abs(v)
			}
			slices.Sort(s.work)
			return quantile(s.work, 0.5)
		}),
		of("sd", "u", "standard deviation, divided by n", func(s *series) float64 { return s.sd }),
		of("variance", "u²", "variance, divided by n", func(s *series) float64 { return s.sd * s.sd }),
		of("min", "u", "smallest value", func(s *series) float64 { return s.sorted[0] }),
		of("max", "u", "largest value", func(s *series) float64 { return s.sorted[len(s.sorted)-1] }),
		of("skewness", "1", "third standardised moment, divided by n", func(s *series) float64 { return s.moment(3) }),
		of("kurtosis", "1", "fourth standardised moment less 3, divided by n; 0 when flat", func(s *series) float64 {
			if s.sd == 0 {
				return 0
			}
			return s.moment(4) - 3
		}),
		of("mean-crossings", "1", "how often neighbouring samples lie on different sides of the mean", func(s *series) float64 {
			n := 0
			for i := 1; i < len(s.x); i++ {
				if (s.x[i] > s.mean) != (s.x[i-1] > s.mean) {
					n++
				}
			}
			if s.sd == 0 {
				return 0
			}
			return float64(n)
		}),
		of("spectral-energy", "u²", "mean of |X|²/n over the frequencies from 0 to half the rate", func(s *series) float64 { return s.energy }),
		of("mean-square", "u²", "mean of the squares", func(s *series) float64 { return s.sd*s.sd + s.mean*s.mean }),
	}
}

func timeFeatures() []Feature {
	of := func(name, unit, doc string, get func(*series) float64) Feature {
		return ofChannel(Time, name, unit, doc, get)
	}
	list := []Feature{
		of("range", "u", "largest less smallest value", func(s *series) float64 { return s.sorted[len(s.sorted)-1] - s.sorted[0] }),
		of("median", "u", "median", func(s *series) float64 { return s.quantile(0.5) }),
		of("quartile-1", "u", "first quartile", func(s *series) float64 { return s.quantile(0.25) }),
		of("quartile-3", "u", "third quartile", func(s *series) float64 { return s.quantile(0.75) }),
		of("iqr", "u", "third less first quartile", func(s *series) float64 { return s.quantile(0.75) - s.quantile(0.25) }),
		of("jerk", "u/s", "mean absolute difference of neighbouring samples, by time", func(s *series) float64 { return meanChange(s.x) * s.rate }),
		of("slope", "u/s", "slope of the least-squares line", func(s *series) float64 { return slope(s.x) * s.rate }),
		of("max-at", "1", "where the largest value is, 0 start to 1 end", func(s *series) float64 { return where(s.x, 1) }),
		of("min-at", "1", "where the smallest value is, 0 start to 1 end", func(s *series) float64 { return where(s.x, -1) }),
		of("periodicity", "1", "height of the highest peak of the autocorrelation beyond its first minimum", func(s *series) float64 { return s.periodicity }),
		of("period", "s", "lag of that peak; 0 when there is none", func(s *series) float64 { return float64(s.lag) / s.rate }),
	}
	for i := range 5 {
		list = append(list, of(fmt.Sprintf("fifth-%d", i+1), "u", fmt.Sprintf("mean of part %d of five equal parts", i+1),
			func(s *series) float64 { return part(s.x, i, 5) }))
	}
	return list
}

// where is the place of the largest value of sign*x, from 0 to 1.
func where(x []float64, sign float64) float64 {
	best := 0
	for i, v := range x {
		if sign*v > sign*x[best] {
			best = i
		}
	}
	return float64(best) / float64(len(x)-1)
}

// bandLimits are those in Hz of the bands whose shares of power are features.
var bandLimits = [...]float64{0.3, 1.5, 3, 5, 8, 12, 20}

func frequencyFeatures() []Feature {
	of := func(name, unit, doc string, get func(*series) float64) Feature {
		return ofChannel(Frequency, name, unit, doc, get)
	}
	list := []Feature{
		of("dominant-hz", "Hz", "frequency with the most power, without the mean, Hann window", func(s *series) float64 {
			if s.total == 0 {
				return 0
			}
			return s.hz(peak(s.power))
		}),
		of("dominant-share", "1", "its share of the power", func(s *series) float64 { return s.power[peak(s.power)] }),
		of("centroid-hz", "Hz", "mean frequency, weighted by power", func(s *series) float64 {
			sum := 0.0
			for i, p := range s.power {
				sum += p * s.hz(i)
			}
			return sum
		}),
		of("spectral-entropy", "1", "entropy of the shares of power, divided by its largest possible value", func(s *series) float64 {
			sum := 0.0
			for _, p := range s.power {
				if p > 0 {
					sum -= p * math.Log(p)
				}
			}
			return sum / math.Log(float64(len(s.power)-1))
		}),
		of("log-power", "1", "natural logarithm of 1 + 1e6 times the power without the mean", func(s *series) float64 { return math.Log1p(1e6 * s.total) }),
	}
	for i := range len(bandLimits) - 1 {
		lo, hi := bandLimits[i], bandLimits[i+1]
		list = append(list, of(fmt.Sprintf("band-%g-%g", lo, hi), "1", fmt.Sprintf("share of the power from %g to below %g Hz", lo, hi),
			func(s *series) float64 {
				sum := 0.0
				for j, p := range s.power {
					if f := s.hz(j); f >= lo && f < hi {
						sum += p
					}
				}
				return sum
			}))
	}
	return list
}

func peak(x []float64) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}
