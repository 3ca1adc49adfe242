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
// number of stretches of movement that the stretch rests on. An answer that is
// not safe is an error. step is told how many samples are read; it may be nil.
func ByMovement(ctx context.Context, r dataset.SampleReader, reference, device dataset.Recording, step func(done, total int64)) (a dataset.Alignment, windows int, err error) {
	total, done := reference.Samples+device.Samples, int64(0)
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
	fit, windows, residual, err := DriftByCorrelation(ref, dev, EnergyHz, driftS, length)
	if err != nil {
		return a, 0, fmt.Errorf("comparing movement: %w", err)
	}
	if windows < leastWindows {
		residual = 0 // a line through so few says nothing of how well they agree
	}
	return dataset.Alignment{ShiftS: fit.Shift, Stretch: fit.Stretch, Method: "correlation", ResidualS: residual}, windows, nil
}

// samplesPerRead is how many samples of a channel are in memory at once.
// longestS is how much time a recording may cover, gaps and all: what is compared
// is held in memory.
const longestS = 8 * 86400

const samplesPerRead = 1 << 14

// Energy is how much the acceleration's magnitude moves about its mean, in steps
// of 1/EnergyHz from time zero of a clock; 0 where there are no samples. step is
// told how many samples were read.
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
	if end := clock.End(rec.Samples); end > longestS {
		return nil, fmt.Errorf("a recording whose clock covers %.0f days is too long to be laid on another by movement, the most is %d; nothing was changed: set anchors instead", end/86400, longestS/86400)
	}
	bins := make([]float64, int(max(clock.End(rec.Samples), 0)*EnergyHz)+1)
	counts := make([]float64, len(bins))
	columns := make([][]float64, len(axes))
	var mean, seen float64
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
			v := math.Sqrt(sum)
			if math.IsNaN(v) {
				continue
			}
			seen++
			mean += (v - mean) / min(seen, 500) // a slow mean follows posture
			if b := int(clock.Time(first+int64(k)) * EnergyHz); b >= 0 && b < len(bins) {
				bins[b] += math.Abs(v - mean)
				counts[b]++
			}
		}
		step(int64(n))
	}
	for i := range bins {
		if counts[i] > 0 {
			bins[i] /= counts[i]
		}
	}
	return bins, nil
}
