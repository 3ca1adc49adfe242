// Package kernels turns windows into features by a fixed bank of small
// convolution kernels, of which only the thresholds are learnt: MiniRocket
// (Dempster, Schmidt and Webb 2021, KDD, "MiniRocket: A Very Fast (Almost)
// Deterministic Transform for Time Series Classification").
//
// Every kernel has nine weights, three of them 2 and six -1: there are 84. Each
// is laid over the window at several dilations, and a feature is the share of
// places where its output is above a threshold. Thresholds are quantiles of the
// outputs on training windows, so a bank must be fitted on training windows only.
package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Length and number of the kernels.
const (
	taps  = 9
	Count = 84
)

// maxDilations is at how many dilations each kernel is laid over a window.
const maxDilations = 10

// maxFeatures bounds what a stored bank may ask for.
const maxFeatures = 1 << 17

// Bank is a fitted transform. It is safe for concurrent use.
type Bank struct {
	Channels int       `json:"channels"`
	Samples  int       `json:"samples"` // of each channel
	Mean     []float32 `json:"mean"`    // of the channels, subtracted first
	Std      []float32 `json:"std"`     // and divided by
	Dilated  []Dilated `json:"dilated"` // in the order of the features
}

// Dilated is a kernel at a dilation, on the sum of some channels.
type Dilated struct {
	Kernel   int `json:"k"`
	Dilation int `json:"d"`
	// Whole has the kernel reach beyond the window, into zeros; else only places
	// where it lies inside count.
	Whole      bool      `json:"w,omitempty"`
	Channels   []int     `json:"c"`
	Thresholds []float32 `json:"t"`
}

// triple are the places of a kernel's three heavy weights.
type triple [3]int

// triples are the 84 kernels in lexicographic order.
func triples() []triple {
	var out []triple
	for a := range taps {
		for b := a + 1; b < taps; b++ {
			for c := b + 1; c < taps; c++ {
				out = append(out, triple{a, b, c})
			}
		}
	}
	return out
}

var heavy = triples()

// Fit makes a bank of about so many features for windows [channel*samples+sample]
// of training people.
func Fit(windows [][]float32, channels, features int, seed uint64) (*Bank, error) {
	if len(windows) == 0 || channels < 1 || len(windows[0])%channels != 0 {
		return nil, fmt.Errorf("kernels: %d windows of %d channels", len(windows), channels)
	}
	b := &Bank{Channels: channels, Samples: len(windows[0]) / channels}
	if b.Samples < taps {
		return nil, fmt.Errorf("kernels: %d samples in a window, at least %d are needed", b.Samples, taps)
	}
	if features < Count || features > maxFeatures {
		return nil, fmt.Errorf("kernels: %d features, at least %d and at most %d", features, Count, maxFeatures)
	}
	b.Mean, b.Std = moments(windows, channels)
	rng := rand.New(rand.NewPCG(seed, 0x6b65726e))
	w := b.workspace()
	quantile := 0.0
	dilations := dilationsFor(b.Samples, features/Count)
	for at, d := range dilations {
		for k := range Count {
			one := Dilated{Kernel: k, Dilation: d.dilation, Whole: (at+k)%2 == 0, Channels: someOf(channels, rng)}
			w.load(b, windows[rng.IntN(len(windows))])
			w.prepare(d.dilation)
			out := slices.Clone(w.convolve(one))
			slices.Sort(out)
			for range d.features {
				// A sequence that covers (0, 1) evenly, by the golden ratio.
				quantile = math.Mod(quantile+(math.Sqrt(5)-1)/2, 1)
				one.Thresholds = append(one.Thresholds, out[min(int(quantile*float64(len(out))), len(out)-1)])
			}
			b.Dilated = append(b.Dilated, one)
		}
	}
	return b, nil
}

type share struct{ dilation, features int }

// dilationsFor spreads a kernel's features over dilations whose logarithms are
// evenly spaced, up to the one at which the kernel just fits the window.
func dilationsFor(samples, features int) []share {
	n := min(features, maxDilations)
	most := math.Log2(float64(samples-1) / (taps - 1))
	var out []share
	for i := range n {
		d := 1
		if n > 1 {
			d = max(int(math.Exp2(max(most, 0)*float64(i)/float64(n-1))), 1)
		}
		f := features*(i+1)/n - features*i/n
		if len(out) > 0 && out[len(out)-1].dilation == d {
			out[len(out)-1].features += f
			continue
		}
		out = append(out, share{d, f})
	}
	return out
}

// someOf draws 1 to n channels, few more often than many.
func someOf(n int, rng *rand.Rand) []int {
	k := min(int(math.Exp2(rng.Float64()*math.Log2(float64(n)+1))), n)
	c := rng.Perm(n)[:max(k, 1)]
	slices.Sort(c)
	return c
}

func moments(windows [][]float32, channels int) (mean, std []float32) {
	mean, std = make([]float32, channels), make([]float32, channels)
	samples := len(windows[0]) / channels
	for c := range channels {
		var s, q float64
		base := float64(windows[0][c*samples])
		for _, w := range windows {
			for _, v := range w[c*samples : (c+1)*samples] {
				s += float64(v) - base
				q += (float64(v) - base) * (float64(v) - base)
			}
		}
		n := float64(len(windows) * samples)
		mean[c], std[c] = float32(base+s/n), float32(math.Sqrt(max(q/n-s/n*s/n, 0)))
		if std[c] < 1e-9 {
			std[c] = 1
		}
	}
	return mean, std
}

// Len is the number of features.
func (b *Bank) Len() int {
	n := 0
	for _, d := range b.Dilated {
		n += len(d.Thresholds)
	}
	return n
}

// Compute appends the features of a window to dst.
func (b *Bank) Compute(dst []float64, window []float32) ([]float64, error) {
	rows, err := b.Rows([][]float32{window})
	if err != nil {
		return nil, err
	}
	return append(dst, rows[0]...), nil
}

// Rows gives the features of windows, one row each.
func (b *Bank) Rows(windows [][]float32) ([][]float64, error) {
	w := b.workspace()
	out := make([][]float64, len(windows))
	for i, x := range windows {
		if len(x) != b.Channels*b.Samples {
			return nil, fmt.Errorf("kernels: window %d has %d values, not %d", i, len(x), b.Channels*b.Samples)
		}
		w.load(b, x)
		row := make([]float64, 0, b.Len())
		for _, d := range b.Dilated {
			if d.Dilation != w.dilation {
				w.prepare(d.Dilation)
			}
			y := w.convolve(d)
			for _, t := range d.Thresholds {
				row = append(row, above(y, t))
			}
		}
		out[i] = row
	}
	return out, nil
}

// above is the share of values above a threshold.
func above(y []float32, t float32) float64 {
	n := uint32(0)
	for _, v := range y {
		n += math.Float32bits(t-v) >> 31 // the sign: a branch would be guessed wrong half of the time
	}
	return float64(n) / float64(len(y))
}

// Check refuses a stored bank that can't be used.
func (b *Bank) Check() error {
	switch {
	case b.Channels < 1 || b.Samples < taps || b.Channels > maxFeatures || b.Samples > maxFeatures*taps:
		return fmt.Errorf("kernels: %d channels of %d samples", b.Channels, b.Samples)
	case len(b.Mean) != b.Channels || len(b.Std) != b.Channels:
		return fmt.Errorf("kernels: scales %d and %d channels of %d", len(b.Mean), len(b.Std), b.Channels)
	case b.Len() < 1 || b.Len() > maxFeatures:
		return fmt.Errorf("kernels: %d features", b.Len())
	}
	for _, s := range b.Std {
		if !(s > 0) {
			return fmt.Errorf("kernels: a channel's deviation is %g", s)
		}
	}
	for _, d := range b.Dilated {
		if d.Kernel < 0 || d.Kernel >= Count || d.Dilation < 1 || (taps-1)*d.Dilation > b.Samples-1+taps*taps || len(d.Channels) == 0 ||
			!d.Whole && (taps-1)*d.Dilation >= b.Samples {
			return fmt.Errorf("kernels: kernel %d at dilation %d on %d channels", d.Kernel, d.Dilation, len(d.Channels))
		}
		for _, c := range d.Channels {
			if c < 0 || c >= b.Channels {
				return fmt.Errorf("kernels: channel %d of %d", c, b.Channels)
			}
		}
	}
	return nil
}
