// Package align puts several devices of one session on one time axis: a shift
// and stretch from anchor points set by hand, or a lag from the correlation of
// movement energy. It computes; it never touches a recording's own clock.
package align

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/dsp/fourier"
)

// Fit maps a device's own time to the session's: t' = Shift + Stretch*t, both
// in seconds.
type Fit struct {
	Shift   float64 `json:"shift_s"`
	Stretch float64 `json:"stretch"`
}

// Identity changes nothing.
func Identity() Fit { return Fit{Stretch: 1} }

// At maps one time.
func (f Fit) At(t float64) float64 { return f.Shift + f.Stretch*t }

// Inverse maps back.
func (f Fit) Inverse() Fit { return Fit{Shift: -f.Shift / f.Stretch, Stretch: 1 / f.Stretch} }

// DriftPPM is how much slower the device's clock runs than the session's, in
// parts per million.
func (f Fit) DriftPPM() float64 { return (f.Stretch - 1) * 1e6 }

// Anchor says that Device seconds on the device are Session seconds on the
// session's axis: a clap, a tap, a jump that both saw.
type Anchor struct{ Device, Session float64 }

// maxDrift is the largest believable drift; crystals stay within a fraction of
// a per mille, counted rates within a few per cent.
const maxDrift = 0.1

// ByAnchors fits shift and stretch by least squares. One anchor gives a shift
// alone. The residual is the root mean square of what remains, in seconds; it
// is 0 by construction with one or two anchors. Anchors that are too close
// together to tell a stretch, or that ask for more than 10%, are refused.
func ByAnchors(anchors []Anchor) (fit Fit, residual float64, err error) {
	switch len(anchors) {
	case 0:
		return Fit{}, 0, errors.New("no anchor point is set")
	case 1:
		return Fit{Shift: anchors[0].Session - anchors[0].Device, Stretch: 1}, 0, nil
	}
	var md, ms float64
	for _, a := range anchors {
		md += a.Device / float64(len(anchors))
		ms += a.Session / float64(len(anchors))
	}
	var sdd, sds float64
	for _, a := range anchors {
		sdd += (a.Device - md) * (a.Device - md)
		sds += (a.Device - md) * (a.Session - ms)
	}
	if sdd < 1e-6 {
		return Fit{}, 0, errors.New("the anchor points lie at the same moment; set them further apart")
	}
	fit.Stretch = sds / sdd
	fit.Shift = ms - fit.Stretch*md
	if !(math.Abs(fit.Stretch-1) <= maxDrift) {
		return Fit{}, 0, fmt.Errorf("the anchor points ask for a clock that runs %+.0f%%; one of them is probably set on another movement", (fit.Stretch-1)*100)
	}
	for _, a := range anchors {
		r := fit.At(a.Device) - a.Session
		residual += r * r
	}
	return fit, math.Sqrt(residual / float64(len(anchors))), nil
}

// Lag is the outcome of a correlation.
type Lag struct {
	Seconds     float64 // add to the device's time to lie on the reference
	Correlation float64 // Pearson's r at that lag, -1..1
	// Rival is the highest r at a lag more than a second away; a Rival close to
	// Correlation means that the answer is not safe, as with periodic movement.
	Rival float64
}

// ByCorrelation finds the lag between two movement-energy series of the same
// rate (Hz) that correlates best, over lags up to maxLag seconds, with at least
// half of the shorter series overlapping. The peak is refined between samples.
func ByCorrelation(reference, device []float64, rate, maxLag float64) (Lag, error) {
	n, m := len(reference), len(device)
	if n < 8 || m < 8 || !(rate > 0) {
		return Lag{}, errors.New("too little movement to compare")
	}
	r := correlations(reference, device)
	least := min(n, m) / 2
	best := -1
	lag := func(i int) int { return i - (m - 1) }
	usable := func(i int) bool {
		l := lag(i)
		overlap := min(n, l+m) - max(0, l)
		return overlap >= least && math.Abs(float64(l))/rate <= maxLag && !math.IsNaN(r[i])
	}
	for i := range r {
		if usable(i) && (best < 0 || r[i] > r[best]) {
			best = i
		}
	}
	if best < 0 {
		return Lag{}, errors.New("the recordings hold no movement in common")
	}
	out := Lag{Correlation: r[best], Rival: -1}
	for i := range r {
		if usable(i) && math.Abs(float64(i-best)) > rate {
			out.Rival = max(out.Rival, r[i])
		}
	}
	out.Seconds = (float64(lag(best)) + summit(r, best)) / rate
	return out, nil
}

// Of the interpolation of a correlation's peak: how many of its values count on
// either side, and how finely it is looked at.
const (
	summitReach = 8
	summitSteps = 32
)

// summit is the offset of a peak's top from r[i], in samples: of the windowed sinc
// interpolation through its neighbours, as a parabola through three of them leans
// towards the nearest. At the ends, or beside lags without an r, it is 0.
func summit(r []float64, i int) float64 {
	if i == 0 || i == len(r)-1 || math.IsNaN(r[i-1]) || math.IsNaN(r[i+1]) {
		return 0
	}
	between := func(x float64) float64 {
		var sum, weights float64
		for k := max(-summitReach, -i); k <= min(summitReach, len(r)-1-i); k++ {
			d := x - float64(k)
			if math.IsNaN(r[i+k]) || math.Abs(d) >= summitReach {
				continue
			}
			w := (1 + math.Cos(math.Pi*d/summitReach)) / 2
			if d != 0 {
				w *= math.Sin(math.Pi*d) / (math.Pi * d)
			}
			sum, weights = sum+w*r[i+k], weights+w
		}
		return sum / weights
	}
	top, best := 0, math.Inf(-1)
	for k := -summitSteps; k <= summitSteps; k++ {
		if v := between(float64(k) / summitSteps); v > best {
			top, best = k, v
		}
	}
	x := float64(top) / summitSteps
	near := []float64{between(x - 1.0/summitSteps), best, between(x + 1.0/summitSteps)}
	return x + vertex(near)/summitSteps
}

// vertex is the offset of a parabola's top from the middle of three neighbours, in
// their distance.
func vertex(r []float64) float64 {
	d := r[0] - 2*r[1] + r[2]
	if d >= 0 {
		return 0
	}
	return min(max(0.5*(r[0]-r[2])/d, -1), 1)
}

// correlations is Pearson's r of the overlapping parts at every lag from
// -(m-1) to n-1, by one Fourier transform for the products and running sums for
// the means; NaN where a part does not vary.
func correlations(a, b []float64) []float64 {
	n, m := len(a), len(b)
	a, b = centred(a), centred(b)
	size := 1
	for size < n+m {
		size *= 2
	}
	fft := fourier.NewFFT(size)
	pa, pb := make([]float64, size), make([]float64, size)
	copy(pa, a)
	for i, v := range b {
		pb[m-1-i] = v // reversed: a convolution is then a correlation
	}
	ca, cb := fft.Coefficients(nil, pa), fft.Coefficients(nil, pb)
	for i := range ca {
		ca[i] *= cb[i]
	}
	dot := fft.Sequence(nil, ca)
	sa, qa := running(a)
	sb, qb := running(b)
	r := make([]float64, n+m-1)
	for i := range r {
		l := i - (m - 1)
		from, to := max(0, l), min(n, l+m)
		k := float64(to - from)
		suma, sumb := sa[to]-sa[from], sb[to-l]-sb[from-l]
		va := qa[to] - qa[from] - suma*suma/k
		vb := qb[to-l] - qb[from-l] - sumb*sumb/k
		r[i] = math.NaN()
		if va > 1e-12*qa[n] && vb > 1e-12*qb[m] {
			r[i] = (dot[i]/float64(size) - suma*sumb/k) / math.Sqrt(va*vb)
		}
	}
	return r
}

func centred(x []float64) []float64 {
	var mean float64
	for _, v := range x {
		mean += v / float64(len(x))
	}
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v - mean
	}
	return out
}

// running gives sums and sums of squares of the first i values.
func running(x []float64) (sum, squares []float64) {
	sum, squares = make([]float64, len(x)+1), make([]float64, len(x)+1)
	for i, v := range x {
		sum[i+1] = sum[i] + v
		squares[i+1] = squares[i] + v*v
	}
	return sum, squares
}

// Drift is the outcome of correlations along a recording.
type Drift struct {
	Fit     Fit
	Windows int // that counted; fewer than three give a shift alone
	// ResidualS is the root mean square, in seconds, by which their lags miss the
	// line; 0 when no window counted. It says how well the windows agree and not how
	// true the line is: see Scatter.
	ResidualS float64

	at, lags []float64 // of the windows
}

// DriftByCorrelation finds shift and stretch without anchors: the lag is taken
// in windows of windowS seconds along the recording and a line is fitted through
// those whose peak is clear, by Theil and Sen's median slope (Sen 1968).
func DriftByCorrelation(reference, device []float64, rate, windowS, maxLag float64) (Drift, error) {
	whole, err := ByCorrelation(reference, device, rate, maxLag)
	if err != nil {
		return Drift{}, err
	}
	d := Drift{Fit: Fit{Shift: whole.Seconds, Stretch: 1}}
	w := int(windowS * rate)
	for from := 0; w >= 8 && from+w <= len(device); from += w {
		lo := max(0, from+int((whole.Seconds-2)*rate))
		hi := min(len(reference), from+w+int((whole.Seconds+2)*rate))
		if hi-lo < w {
			continue
		}
		l, err := ByCorrelation(reference[lo:hi], device[from:from+w], rate, windowS+4)
		if err != nil || l.Correlation < 0.6 || l.Correlation-l.Rival < 0.05 {
			continue
		}
		d.at = append(d.at, (float64(from)+float64(w-1)/2)/rate)
		d.lags = append(d.lags, l.Seconds+float64(lo-from)/rate)
	}
	if len(d.at) >= 3 {
		slope, intercept := theilSen(d.at, d.lags)
		if math.Abs(slope) > maxDrift {
			return Drift{Fit: d.Fit}, nil
		}
		d.Fit = Fit{Shift: intercept, Stretch: 1 + slope}
	}
	d.Windows = len(d.at)
	for i := range d.at {
		r := d.Fit.At(d.at[i]) - d.at[i] - d.lags[i]
		d.ResidualS += r * r / float64(len(d.at))
	}
	d.ResidualS = math.Sqrt(d.ResidualS)
	return d, nil
}

// Scatter is the standard error, in seconds, of where the line puts a time of the
// device: by how much it moves when each window is left out in turn (the jackknife;
// Efron and Stein 1981). It is infinite for fewer than three windows, which tell
// nothing of it.
func (d Drift) Scatter(at float64) float64 {
	n := len(d.at)
	if n < 3 {
		return math.Inf(1)
	}
	var sum, mean float64
	var places []float64
	for i := range n {
		x, y := slices.Delete(slices.Clone(d.at), i, i+1), slices.Delete(slices.Clone(d.lags), i, i+1)
		slope, intercept := theilSen(x, y)
		places = append(places, intercept+slope*at)
		mean += places[i] / float64(n)
	}
	for _, p := range places {
		sum += (p - mean) * (p - mean)
	}
	return math.Sqrt(sum * float64(n-1) / float64(n))
}

func theilSen(x, y []float64) (slope, intercept float64) {
	var slopes, rest []float64
	for i := range x {
		for j := range i {
			slopes = append(slopes, (y[i]-y[j])/(x[i]-x[j]))
		}
	}
	slope = median(slopes)
	for i := range x {
		rest = append(rest, y[i]-slope*x[i])
	}
	return slope, median(rest)
}

func median(v []float64) float64 {
	sort.Float64s(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
