package signals

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/dataset/pyramid"
	"onset/dataset/signal"
	"onset/views/trace"
)

const (
	// derivedAtMost is the longest channel in samples of which others are
	// derived: they are held in memory.
	derivedAtMost = 8 << 20
	filteredBelow = 5.0 // Hz; exercise movement lies below, tremor and knocks above
	gravityTauS   = 1.0 // how long the gyroscope is believed against the accelerometer
)

// Derived are the tracks that can be computed from others: of every sensor with
// three axes its magnitude, the same without what is faster than exercise, and
// its movement energy; the tilt where an accelerometer has a gyroscope beside
// it. Nothing is computed before it is drawn.
func Derived(tracks []trace.Track) []trace.Track {
	var out []trace.Track
	for _, t := range tracks {
		if len(t.Channels) < 2 || t.Channels[0].Series.Len() > derivedAtMost {
			continue
		}
		in := seriesOf(t)
		out = append(out,
			derived(t, "magnitude", lang.L("magnitude"), t.Unit, []string{lang.L("magnitude")}, in, magnitude),
			derived(t, "filtered", lang.L("below {{.Hz}} Hz", map[string]any{"Hz": filteredBelow}), t.Unit, namesOf(t), in, filtered),
			derived(t, "energy", lang.L("energy"), t.Unit+"²", []string{lang.L("energy")}, in, energy))
		if gyro, ok := gyroscopeOf(tracks, t); ok {
			out = append(out, derived(t, "tilt", lang.L("tilt"), "°", []string{lang.L("roll"), lang.L("pitch")}, append(in, seriesOf(gyro)...), tilt(gyro.Unit)))
		}
	}
	return out
}

func seriesOf(t trace.Track) []trace.Series {
	list := make([]trace.Series, len(t.Channels))
	for i, c := range t.Channels {
		list[i] = c.Series
	}
	return list
}

func namesOf(t trace.Track) []string {
	list := make([]string, len(t.Channels))
	for i, c := range t.Channels {
		list[i] = c.Name
	}
	return list
}

// gyroscopeOf finds the gyroscope of the device that an accelerometer is in:
// three axes each, on one clock.
func gyroscopeOf(tracks []trace.Track, t trace.Track) (trace.Track, bool) {
	device, isAccelerometer := strings.CutSuffix(t.ID, "/accelerometer")
	if !isAccelerometer || len(t.Channels) != 3 {
		return trace.Track{}, false
	}
	for _, g := range tracks {
		if g.ID == device+"/gyroscope" && len(g.Channels) == 3 && g.Channels[0].Series.Len() == t.Channels[0].Series.Len() &&
			slices.Equal(g.Channels[0].Series.Clock().Segments, t.Channels[0].Series.Clock().Segments) {
			return g, true
		}
	}
	return trace.Track{}, false
}

// compute turns channels of one unbroken stretch into others of the same length.
type compute func(in [][]float64, rate float64) ([][]float64, error)

func derived(from trace.Track, id, name, unit string, channels []string, in []trace.Series, f compute) trace.Track {
	d := &derivation{in: in, f: f, n: len(channels)}
	out := trace.Track{ID: from.ID + "/" + id, Name: from.Name + ", " + name, Unit: unit, Weight: from.Weight}
	for i, c := range channels {
		axis := ""
		if i < len(from.Channels) && len(channels) == len(from.Channels) {
			axis = from.Channels[i].Axis
		}
		if len(channels) == 2 {
			axis = []string{"x", "y"}[i]
		}
		out.Channels = append(out.Channels, trace.Channel{Name: c, Axis: axis, Series: output{d, i}})
	}
	return out
}

// derivation computes channels once and keeps them.
type derivation struct {
	in []trace.Series
	f  compute
	n  int

	mu  sync.Mutex
	out [][]float64
}

// output is one of its channels.
type output struct {
	d *derivation
	i int
}

func (o output) Clock() dataset.Clock { return o.d.in[0].Clock() }
func (o output) Len() int64           { return o.d.in[0].Len() }

func (o output) Samples(ctx context.Context, first int64, dst []float64) (int, error) {
	out, err := o.d.computed(ctx)
	if err != nil {
		return 0, err
	}
	return copy(dst, out[o.i][min(first, int64(len(out[o.i]))):]), nil
}

func (o output) Pyramid(ctx context.Context) (*pyramid.Pyramid, error) {
	out, err := o.d.computed(ctx)
	if err != nil {
		return nil, err
	}
	return pyramid.Of(out[o.i]), nil
}

func (d *derivation) computed(ctx context.Context) ([][]float64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.out != nil {
		return d.out, nil
	}
	in := make([][]float64, len(d.in))
	for i, s := range d.in {
		in[i] = make([]float64, s.Len())
		n, err := s.Samples(ctx, 0, in[i])
		if err != nil {
			return nil, err
		}
		if n < len(in[i]) {
			return nil, errors.New("the recording is shorter than its clock says")
		}
	}
	out := make([][]float64, d.n)
	for i := range out {
		out[i] = make([]float64, len(in[0]))
		for k := range out[i] {
			out[i][k] = math.NaN()
		}
	}
	for _, r := range unbroken(in, d.in[0].Clock()) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		part := make([][]float64, len(in))
		for i := range in {
			part[i] = in[i][r.first:r.last]
		}
		made, err := d.f(part, r.rate)
		if err != nil {
			return nil, err
		}
		for i := range out {
			copy(out[i][r.first:r.last], made[i])
		}
	}
	d.out = out
	return out, nil
}

type run struct {
	first, last int
	rate        float64
}

// unbroken lists the stretches without a gap of the clock and without a sample
// that is missing in any channel: a filter must not run across either.
func unbroken(in [][]float64, clock dataset.Clock) []run {
	var out []run
	n := len(in[0])
	for k, s := range clock.Segments {
		first, last := int(min(s.First, int64(n))), n
		if k+1 < len(clock.Segments) {
			last = int(min(clock.Segments[k+1].First, int64(n)))
		}
		joined := k > 0 && s.First > 0 && clock.Contiguous(s.First-1, s.First+1)
		open := false
		for i := first; i < last; i++ {
			if slices.ContainsFunc(in, func(x []float64) bool { return math.IsNaN(x[i]) }) {
				open = false
				continue
			}
			if !open {
				if j := len(out) - 1; joined && i == first && j >= 0 && out[j].last == first {
					open = true
				} else {
					out, open = append(out, run{i, i, s.Rate}), true
				}
			}
			out[len(out)-1].last = i + 1
		}
	}
	return out
}

func magnitude(in [][]float64, _ float64) ([][]float64, error) {
	return [][]float64{signal.Magnitude(in...)}, nil
}

func energy(in [][]float64, rate float64) ([][]float64, error) {
	return [][]float64{signal.MovementEnergy(in, rate, signal.EnergySpanS)}, nil
}

// filtered leaves out what is faster than filteredBelow, without any delay. A
// recording too slow to hold such is left as it is.
func filtered(in [][]float64, rate float64) ([][]float64, error) {
	if rate <= 2.2*filteredBelow {
		return in, nil
	}
	out := make([][]float64, len(in))
	for i := range in {
		f, err := signal.LowPass(2, filteredBelow, rate)
		if err != nil {
			return nil, err
		}
		out[i] = signal.BothWays(f, in[i])
	}
	return out, nil
}

// tilt is roll and pitch from an accelerometer and a gyroscope in a unit.
func tilt(unit string) compute {
	scale := 1.0
	if strings.HasPrefix(unit, "deg") || strings.HasPrefix(unit, "°") {
		scale = 0.017453292519943295
	}
	return func(in [][]float64, rate float64) ([][]float64, error) {
		var acc, gyro [3][]float64
		for c := range 3 {
			acc[c], gyro[c] = in[c], make([]float64, len(in[3+c]))
			for i, v := range in[3+c] {
				gyro[c][i] = v * scale
			}
		}
		g := signal.TrackGravity(acc, gyro, rate, gravityTauS)
		roll, pitch := make([]float64, len(g[0])), make([]float64, len(g[0]))
		for i := range roll {
			roll[i], pitch[i] = signal.Tilt(signal.Vec3{g[0][i], g[1][i], g[2][i]})
		}
		return [][]float64{roll, pitch}, nil
	}
}

// Apart is a track with an axis of its own for each channel.
func Apart(t trace.Track) []trace.Track {
	var out []trace.Track
	for _, c := range t.Channels {
		one := t
		one.ID, one.Name, one.Channels = t.ID+"#"+c.Name, t.Name+", "+c.Name, []trace.Channel{c}
		out = append(out, one)
	}
	return out
}
