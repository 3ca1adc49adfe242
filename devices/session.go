package devices

import (
	"context"
	"fmt"
	"math"
	"strings"

	"onset/dataset"
	"onset/training"
)

// Bounds between which what is said of a recording may lie, as the device program
// has them.
const (
	rateSlack   = 1.25 // share that a rate may differ from the one declared
	leastMeanG  = 0.25
	mostMeanG   = 4
	fewestUnits = 50 // samples that a mean is believed of
)

// CheckSession refuses a session whose recordings of the contract's sensors
// contradict what is said of them, as the device program refuses such samples:
// time that runs backwards, another rate than declared, an acceleration that
// can't be in its unit. What is wrong is a *RefusedError.
func CheckSession(ctx context.Context, study training.SampleReader, s dataset.Session, c training.Contract) error {
	for _, r := range s.Recordings {
		if !reads(c, r) {
			continue
		}
		if err := checkClock(r); err != nil {
			return err
		}
		if err := checkUnit(ctx, study, r); err != nil {
			return err
		}
	}
	return nil
}

// reads tells whether a contract has a sensor of the recording.
func reads(c training.Contract, r dataset.Recording) bool {
	for _, ch := range c.Channels {
		placement, kind, _ := strings.Cut(ch.Sensor, "/")
		for _, own := range r.Channels {
			if own.Kind == kind && (placement == "any" || placement == r.Placement) {
				return true
			}
		}
	}
	return false
}

func checkClock(r dataset.Recording) error {
	name := fmt.Sprintf("recording %s", r.ID)
	most := 0.0
	for i, seg := range r.Clock.Segments {
		most = max(most, seg.Rate)
		if i == 0 {
			continue
		}
		before := r.Clock.Segments[i-1]
		end := before.Start + float64(seg.First-before.First)/before.Rate
		if seg.Start < end-0.5/before.Rate {
			return refuse(name, "time runs backwards: sample %d comes %.3g s after the one before", seg.First+1, seg.Start-end+1/before.Rate)
		}
	}
	if r.NominalHz > 0 && most > 0 && (most > rateSlack*r.NominalHz || most < r.NominalHz/rateSlack) {
		return refuse(name, "its samples come at %.4g Hz, it says %g Hz", most, r.NominalHz)
	}
	return nil
}

// checkUnit refuses three axes of acceleration whose mean is far from what a body
// at rest measures.
func checkUnit(ctx context.Context, study training.SampleReader, r dataset.Recording) error {
	var axes []dataset.Channel
	for _, ch := range r.Channels {
		if ch.Kind == "accelerometer" {
			axes = append(axes, ch)
		}
	}
	factors := map[string]float64{"g": 1, "mg": 1e-3, "m/s2": 1 / 9.80665}
	const three, piece = 3, 1 << 14
	if len(axes) != three || factors[axes[0].Unit] == 0 {
		return nil
	}
	sum, n := 0.0, 0
	var buffers [three][piece]float64
	for first := int64(0); first < r.Samples; first += piece {
		size := int(min(piece, r.Samples-first))
		for i, ch := range axes {
			if _, err := study.ReadSamples(ctx, ch.ID, first, buffers[i][:size]); err != nil {
				return fmt.Errorf("reading recording %s: %w", r.ID, err)
			}
		}
		for k := range size {
			square := 0.0
			for i := range axes {
				square += buffers[i][k] * buffers[i][k]
			}
			if !math.IsNaN(square) {
				sum += math.Sqrt(square)
				n++
			}
		}
	}
	mean := sum * factors[axes[0].Unit] / float64(max(n, 1))
	if n >= fewestUnits && !(mean >= leastMeanG && mean <= mostMeanG) {
		return refuse(fmt.Sprintf("recording %s", r.ID), "its acceleration averages %.3g g; at rest it would be 1 g, so its unit is not %s", mean, axes[0].Unit)
	}
	return nil
}
