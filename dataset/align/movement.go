package align

import (
	"context"
	"errors"
	"fmt"
	"math"

	"onset/dataset"
)

// EnergyHz is the rate at which movement is compared.
const EnergyHz = 20

// What of a correlation is trusted: how alike the movement is, and by how much
// more than at any other place.
const (
	leastAlike = 0.7
	leastClear = 0.1
	driftS     = 60 // seconds of each window in which a lag is looked for

	leastWindows = 3 // that can disagree with a line
)

// ByMovement finds how a recording lies on another of its session by the
// correlation of movement energy, from the recording's own clock. Windows is the
// number of stretches of movement that the stretch rests on. ResidualS is how
// uncertain the place of the device's first or last sample is, whichever is more:
// the jackknife's standard error of the stretches and the Resolution, as a root sum
// of squares; 0 where it rests on fewer than three. An answer that is not safe is an
// error. step is told how many samples are read; it may be nil.
func ByMovement(ctx context.Context, r dataset.SampleReader, reference, device dataset.Recording, step func(done, total int64)) (a dataset.Alignment, windows int, err error) {
	total, done := reference.Samples+2*device.Samples, int64(0) // the device is read twice
	count := func(n int64) {
		if done += n; step != nil {
			step(done, total)
		}
	}
	ref, err := Energy(ctx, r, reference, reference.Clock, count)
	if err != nil {
		return a, 0, err
	}
	dev, err := Energy(ctx, r, device, device.OwnClock, count)
	if err != nil {
		return a, 0, err
	}
	length := max(float64(len(ref)), float64(len(dev))) / EnergyHz
	lag, err := ByCorrelation(ref, dev, EnergyHz, length)
	if err != nil {
		return a, 0, fmt.Errorf("comparing movement: %w", err)
	}
	if lag.Correlation < leastAlike || lag.Correlation-lag.Rival < leastClear {
		return a, 0, fmt.Errorf("the two recordings' movement is not alike enough to trust (correlation %.2f, the next best place %.2f); nothing was changed: set anchors instead", lag.Correlation, lag.Rival)
	}
	rough, err := DriftByCorrelation(ref, dev, EnergyHz, driftS, length)
	if err != nil {
		return a, 0, fmt.Errorf("comparing movement: %w", err)
	}
	// A drift moves what is compared within each stretch, so that its lag is that of
	// the strongest movement and not of its middle. Once more with the drift taken off.
	first := dataset.Alignment{ShiftS: rough.Fit.Shift, Stretch: rough.Fit.Stretch}
	if dev, err = Energy(ctx, r, device, device.OwnClock.Aligned(first), count); err != nil {
		return a, 0, err
	}
	drift, err := DriftByCorrelation(ref, dev, EnergyHz, driftS, length)
	if err != nil {
		return a, 0, fmt.Errorf("comparing movement: %w", err)
	}
	fit := Fit{Shift: drift.Fit.At(rough.Fit.Shift), Stretch: drift.Fit.Stretch * rough.Fit.Stretch}
	a = dataset.Alignment{ShiftS: fit.Shift, Stretch: fit.Stretch, Method: "correlation"}
	if drift.Windows >= leastWindows { // fewer say nothing of how well they agree
		from, to := device.OwnClock.Time(0), device.OwnClock.End(device.Samples)
		scatter := max(drift.Scatter(rough.Fit.At(from)), drift.Scatter(rough.Fit.At(to)))
		a.ResidualS = math.Hypot(scatter, Resolution(reference, device))
	}
	return a, drift.Windows, nil
}

// Resolution is the standard uncertainty, in seconds, with which two recordings can
// be laid on each other at all: when within its period the slower one took a sample
// is not known (a uniform distribution; JCGM 100:2008, F.2.2.1).
func Resolution(a, b dataset.Recording) float64 {
	slower := math.Inf(1)
	for _, r := range []dataset.Recording{a, b} {
		for _, s := range r.OwnClock.Segments {
			slower = min(slower, s.Rate)
		}
	}
	return 1 / slower / math.Sqrt(12)
}

// samplesPerRead is how many samples of a channel are in memory at once.
// longestS is how much time a recording may cover, gaps and all: what is compared
// is held in memory.
const longestS = 8 * 86400

const samplesPerRead = 1 << 14

// postureS is over how many seconds the mean is taken that movement is about.
const postureS = 5

// Energy is how much the acceleration's magnitude moves about its mean, the root
// mean square of it, at every multiple of 1/EnergyHz seconds from time zero of a
// clock; 0 where there are no samples. Each value is a line through the samples on
// both sides of its moment (local linear regression with a triangular kernel; Fan
// and Gijbels 1996), so that it lies at that moment whatever the recording's rate
// and phase. step is told how many samples were read.
func Energy(ctx context.Context, r dataset.SampleReader, rec dataset.Recording, clock dataset.Clock, step func(n int64)) ([]float64, error) {
	var axes []dataset.Channel
	for _, c := range rec.Channels {
		if c.Kind == "accelerometer" {
			axes = append(axes, c)
		}
	}
	if len(axes) == 0 {
		return nil, errors.New("a recording without an accelerometer cannot be laid on another by movement; set anchors instead")
	}
	end := clock.End(rec.Samples)
	if end > longestS {
		return nil, fmt.Errorf("a recording whose clock covers %.0f days is too long to be laid on another by movement, the most is %d; nothing was changed: set anchors instead", end/86400, longestS/86400)
	}
	g := newGrid(int(max(end, 0)*EnergyHz)+1, clock)
	columns := make([][]float64, len(axes))
	for first := int64(0); first < rec.Samples; first += samplesPerRead {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n := int(min(samplesPerRead, rec.Samples-first))
		for i, c := range axes {
			columns[i] = append(columns[i][:0], make([]float64, n)...)
			if _, err := r.ReadSamples(ctx, c.ID, first, columns[i]); err != nil {
				return nil, err
			}
		}
		for k := range n {
			sum := 0.0
			for i := range columns {
				sum += columns[i][k] * columns[i][k]
			}
			if !math.IsNaN(sum) {
				g.add(clock.Time(first+int64(k)), math.Sqrt(sum))
			}
		}
		step(int64(n))
	}
	return g.energy(), nil
}

// grid gathers samples around the moments that energy is taken at.
type grid struct {
	width  float64 // seconds to either side that a sample counts for
	zero   float64 // taken off all values: the first one
	begun  bool
	points []point
}

// point is the sums of a moment, with times in units of the width.
type point struct{ w, wt, wtt, v, vt, vv, vvt float32 }

func newGrid(n int, clock dataset.Clock) *grid {
	g := &grid{width: 1.0 / EnergyHz, points: make([]point, n)}
	for _, s := range clock.Segments {
		g.width = max(g.width, min(1.5/s.Rate, 1))
	}
	return g
}

func (g *grid) add(at, v float64) {
	if !g.begun {
		g.zero, g.begun = v, true
	}
	v -= g.zero
	from, to := int(math.Ceil((at-g.width)*EnergyHz)), int(math.Floor((at+g.width)*EnergyHz))
	for k := max(from, 0); k <= to && k < len(g.points); k++ {
		t := (at - float64(k)/EnergyHz) / g.width
		w := max(1-math.Abs(t), 0)
		p := &g.points[k]
		p.w += float32(w)
		p.wt += float32(w * t)
		p.wtt += float32(w * t * t)
		p.v += float32(w * v)
		p.vt += float32(w * t * v)
		p.vv += float32(w * v * v)
		p.vvt += float32(w * t * v * v)
	}
}

// at is the line's value at the moment itself: of what was measured (sum, with
// time turn) at the moments of p.
func (p point) at(sum, turn float32) float64 {
	w, wt, wtt := float64(p.w), float64(p.wt), float64(p.wtt)
	if d := w*wtt - wt*wt; d > 0.02*w*w { // samples on both sides
		return (wtt*float64(sum) - wt*float64(turn)) / d
	}
	return float64(sum) / w
}

// energy takes the slow mean off, which is the same to both sides of each moment.
func (g *grid) energy() []float64 {
	const reach = postureS * EnergyHz / 2
	sums, counts := make([]float64, len(g.points)+1), make([]int32, len(g.points)+1)
	out := make([]float64, len(g.points))
	for i, p := range g.points {
		sums[i+1], counts[i+1] = sums[i], counts[i]
		if p.w > 0 {
			out[i] = p.at(p.v, p.vt)
			sums[i+1], counts[i+1] = sums[i]+out[i], counts[i]+1
		}
	}
	for i, p := range g.points {
		if p.w <= 0 {
			continue
		}
		lo, hi := max(i-reach, 0), min(i+reach+1, len(g.points))
		mean := (sums[hi] - sums[lo]) / float64(counts[hi]-counts[lo])
		out[i] = math.Sqrt(max(p.at(p.vv, p.vvt)-2*mean*out[i]+mean*mean, 0))
	}
	return out
}
