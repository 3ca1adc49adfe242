package training

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"onset/dataset"
	"onset/dataset/signal"
)

// Why a window cannot be read.
var (
	ErrGap      = errors.New("a gap lies inside the window")
	ErrOutside  = errors.New("the window reaches outside the recording")
	ErrNoSensor = errors.New("no recording of the session holds this sensor then")
	ErrNotANum  = errors.New("samples inside the window are missing")
)

// SampleReader reads stored samples; *dataset.Study is one.
type SampleReader interface {
	ReadSamples(ctx context.Context, channel dataset.ChannelID, first int64, dst []float64) (int, error)
}

// Reader cuts windows out of a session as a contract wants them: resampled from
// each recording's own clock, converted to the contract's units, filtered after
// a lead-in. A window never depends on a sample after its end.
type Reader struct {
	store    SampleReader
	contract Contract
	filter   signal.Filter
	leadS    float64
	sensors  []sensorTracks
}

// sensorTracks are the recordings that hold one sensor of the contract.
type sensorTracks struct {
	name   string
	tracks []*track
}

// track is one recording as the source of one sensor's channels.
type track struct {
	recording dataset.Recording
	columns   []column
	stretches [][2]int64 // contiguous samples [first, last)
}

// column buffers one channel.
type column struct {
	channel dataset.ChannelID
	factor  float64 // to the contract's unit
	first   int64
	buffer  []float64
}

func placementOf(sensor string) string { p, _, _ := strings.Cut(sensor, "/"); return p }
func kindOf(sensor string) string      { _, k, _ := strings.Cut(sensor, "/"); return k }

// anyAccelerometer is the sensor name of the "any" set.
const anyAccelerometer = "any/accelerometer"

// NewReader prepares a session for a contract. It fails with ErrNoSensor when
// no recording holds one of the sensors, and when a unit cannot be converted.
// The contract's scaling is not needed.
func NewReader(store SampleReader, session dataset.Session, c Contract) (*Reader, error) {
	return newReader(store, session, c, nil)
}

func newReader(store SampleReader, session dataset.Session, c Contract, recordings Selection) (*Reader, error) {
	filter, err := c.Filter.filter(c.RateHz)
	if err != nil {
		return nil, err
	}
	r := &Reader{store: store, contract: c, filter: filter, leadS: c.Filter.leadS(c.RateHz)}
	for i := 0; i < len(c.Channels); {
		name := c.Channels[i].Sensor
		end := i
		for end < len(c.Channels) && c.Channels[end].Sensor == name {
			end++
		}
		s := sensorTracks{name: name}
		for _, rec := range session.Recordings {
			if !recordings.has(rec.Placement, rec.Device) {
				continue
			}
			t, err := newTrack(rec, c.Channels[i:end])
			if err != nil {
				return nil, err
			}
			if t != nil {
				s.tracks = append(s.tracks, t)
			}
		}
		if len(s.tracks) == 0 {
			return nil, fmt.Errorf("%s: %w", name, ErrNoSensor)
		}
		r.sensors = append(r.sensors, s)
		i = end
	}
	return r, nil
}

// holds reports whether a recording has the sensor at all.
func holds(rec dataset.Recording, sensor string) bool {
	if sensor != anyAccelerometer && rec.Placement != placementOf(sensor) {
		return false
	}
	return slices.ContainsFunc(rec.Channels, func(c dataset.Channel) bool { return c.Kind == kindOf(sensor) })
}

// newTrack is nil when the recording does not hold the sensor.
func newTrack(rec dataset.Recording, want []ChannelSpec) (*track, error) {
	if !holds(rec, want[0].Sensor) {
		return nil, nil
	}
	t := &track{recording: rec, stretches: stretches(rec)}
	for _, w := range want {
		found := -1
		for i, ch := range rec.Channels {
			if ch.Kind != kindOf(w.Sensor) || ch.Axis != w.Axis {
				continue
			}
			if found >= 0 {
				return nil, fmt.Errorf("recording on %s has two channels %s %s", rec.Placement, ch.Kind, ch.Axis)
			}
			found = i
		}
		if found < 0 {
			return nil, fmt.Errorf("recording on %s has no axis %q of its %s", rec.Placement, w.Axis, kindOf(w.Sensor))
		}
		ch := rec.Channels[found]
		factor, ok := conversion(ch.Unit, w.Unit)
		if !ok {
			return nil, fmt.Errorf("%s %s is in %q and can't be turned into %q", w.Sensor, w.Axis, ch.Unit, w.Unit)
		}
		t.columns = append(t.columns, column{channel: ch.ID, factor: factor})
	}
	return t, nil
}

// stretches are the runs of samples without a gap or a clock step.
func stretches(rec dataset.Recording) [][2]int64 {
	var out [][2]int64
	first := int64(0)
	for i := 1; i < len(rec.Clock.Segments); i++ {
		at := rec.Clock.Segments[i].First
		if at >= rec.Samples {
			break
		}
		if !rec.Clock.Contiguous(at-1, at+1) {
			out = append(out, [2]int64{first, at})
			first = at
		}
	}
	return append(out, [2]int64{first, rec.Samples})
}

// Moment is where a window starts: a time of the session, and when it was said
// in samples of one recording, that exact sample.
type Moment struct {
	Seconds   float64
	Recording dataset.RecordingID
	Sample    float64
}

// At is a moment given by time alone.
func At(seconds float64) Moment { return Moment{Seconds: seconds} }

// names reports whether the moment is an exact sample of a recording.
func (m Moment) names(id dataset.RecordingID) bool {
	return m.Recording != "" && m.Recording == id && !math.IsNaN(m.Sample)
}

// after is the moment s seconds later on the same recording's clock. Beyond a
// gap it is given by its time.
func (m Moment) after(s float64, rec *dataset.Recording) Moment {
	m.Seconds += s
	if rec == nil || math.IsNaN(m.Sample) {
		return m
	}
	from := m.Sample
	m.Sample += s * segmentAt(rec.Clock, int64(from)).Rate
	if !rec.Clock.Contiguous(int64(math.Floor(min(from, m.Sample))), int64(math.Floor(max(from, m.Sample)))+1) {
		m.Sample = math.NaN()
	}
	return m
}

// sample is the first sample of a recording at or after the moment.
func (m Moment) sample(rec *dataset.Recording) int64 {
	if rec != nil && math.IsNaN(m.Sample) {
		return rec.Clock.Sample(m.Seconds, rec.Samples)
	}
	return int64(math.Round(m.Sample))
}

// Window is the contract's window that starts at a moment, [channel][sample].
// The recording that the moment names is preferred for every sensor it holds.
func (r *Reader) Window(ctx context.Context, m Moment) ([][]float64, error) {
	out, _, err := r.window(ctx, m)
	return out, err
}

// window is Window with what was interpolated in any of its sensors.
func (r *Reader) window(ctx context.Context, m Moment) ([][]float64, Bridged, error) {
	out := make([][]float64, 0, len(r.contract.Channels))
	made := make([]bool, r.contract.Samples)
	var b Bridged
	for _, s := range r.sensors {
		part, some, err := r.sensorWindow(ctx, s, m)
		if err != nil {
			return nil, b, err
		}
		out = append(out, part...)
		if some != nil {
			b.Windows = 1
		}
		for i, yes := range some {
			made[i] = made[i] || yes
		}
	}
	for _, yes := range made {
		if yes {
			b.Samples++
		}
	}
	if float64(b.Samples) > mostBridged*float64(len(made)) {
		return nil, b, ErrGap
	}
	return out, b, nil
}

func (r *Reader) sensorWindow(ctx context.Context, s sensorTracks, m Moment) ([][]float64, []bool, error) {
	reason := error(ErrNoSensor)
	for pass := range 2 {
		for _, t := range s.tracks {
			if own := t.recording.ID == m.Recording && m.Recording != ""; own != (pass == 0) {
				continue
			}
			if t.recording.Samples == 0 {
				continue
			}
			w, made, err := r.cut(ctx, t, m)
			if err == nil {
				return w, made, nil
			}
			if !errors.Is(err, ErrOutside) && !errors.Is(err, ErrGap) && !errors.Is(err, ErrNotANum) {
				return nil, nil, err
			}
			reason = err
			if pass == 0 {
				return nil, nil, err // the label's own recording decides
			}
		}
	}
	return nil, nil, fmt.Errorf("%s at %.3f s: %w", s.name, m.Seconds, reason)
}

func segmentAt(c dataset.Clock, sample int64) dataset.Segment {
	s := c.Segments[0]
	for _, next := range c.Segments[1:] {
		if next.First > sample {
			break
		}
		s = next
	}
	return s
}

// position is the fractional sample of a track at a moment.
func (t *track) position(m Moment) (pos, rate float64, err error) {
	rec := t.recording
	if m.names(rec.ID) {
		return m.Sample, segmentAt(rec.Clock, int64(m.Sample)).Rate, nil
	}
	k := rec.Clock.Sample(m.Seconds, rec.Samples)
	if k >= rec.Samples {
		return 0, 0, ErrOutside
	}
	seg := segmentAt(rec.Clock, k)
	pos = float64(seg.First) + (m.Seconds-seg.Start)*seg.Rate
	if pos < float64(seg.First)-0.5 {
		if seg.First == 0 {
			return 0, 0, ErrOutside
		}
		// Between two segments: inside the earlier one's last sample period it
		// still counts as that one's end, anything longer is a hole.
		return 0, 0, ErrGap
	}
	return pos, seg.Rate, nil
}

// cut gives one track's part of a window, and which of its instants were
// interpolated over gaps, nil for none.
func (r *Reader) cut(ctx context.Context, t *track, m Moment) ([][]float64, []bool, error) {
	out, lead, made, err := r.straight(ctx, t, m)
	if errors.Is(err, ErrGap) && r.contract.BridgeS > 0 {
		out, lead, made, err = r.bridge(ctx, t, m)
	}
	if err != nil {
		return nil, nil, err
	}
	for i := range out {
		for j := range out[i] {
			out[i][j] *= t.columns[i].factor
		}
		if r.filter != nil {
			out[i] = signal.Apply(r.filter, out[i])
		}
		out[i] = out[i][lead:]
	}
	return out, made, nil
}

// straight resamples a window that lies in one stretch, after lead instants
// that only the filter sees.
func (r *Reader) straight(ctx context.Context, t *track, m Moment) (out [][]float64, lead int, made []bool, err error) {
	pos, rate, err := t.position(m)
	if err != nil {
		return nil, 0, nil, err
	}
	step := rate / r.contract.RateHz
	n := r.contract.Samples
	last := pos + float64(n-1)*step
	if pos < -0.5 || last > float64(t.recording.Samples)-0.5 {
		return nil, 0, nil, ErrOutside
	}
	stretch, ok := t.stretchOf(pos)
	if !ok || last > float64(stretch[1])-0.5 {
		return nil, 0, nil, ErrGap
	}
	lead = r.lead(pos, step, stretch)
	out, filled, err := r.piece(ctx, t, stretch, pos-float64(lead)*step, step, lead+n)
	if filled != nil {
		made = filled[lead:]
	}
	return out, lead, made, err
}

// lead is how many instants before a position the filter sees: its lead-in, as
// far as the stretch goes back.
func (r *Reader) lead(pos, step float64, stretch [2]int64) int {
	return max(int(math.Min(r.leadS*r.contract.RateHz, math.Floor((pos-float64(stretch[0]))/step))), 0)
}

func (t *track) stretchOf(pos float64) ([2]int64, bool) {
	for _, s := range t.stretches {
		if pos > float64(s[0])-0.5 && pos < float64(s[1])-0.5 {
			return s, true
		}
	}
	return [2]int64{}, false
}

// read gives samples [lo, hi) of every column. They are only good until the next
// read and are not to be written to.
func (t *track) read(ctx context.Context, store SampleReader, lo, hi int64) ([][]float64, error) {
	raw := make([][]float64, len(t.columns))
	for i := range t.columns {
		var err error
		if raw[i], err = t.columns[i].read(ctx, store, lo, hi); err != nil {
			return nil, fmt.Errorf("reading samples %d to %d of a recording on %s: %w", lo, hi, t.recording.Placement, err)
		}
	}
	return raw, nil
}

// block is how many samples a column reads at a time.
const block = 1 << 15

func (c *column) read(ctx context.Context, store SampleReader, lo, hi int64) ([]float64, error) {
	if lo < c.first || hi > c.first+int64(len(c.buffer)) {
		buffer := make([]float64, max(block, hi-lo))
		n, err := store.ReadSamples(ctx, c.channel, lo, buffer)
		if err != nil {
			return nil, err
		}
		c.first, c.buffer = lo, buffer[:n]
		if hi > lo+int64(n) {
			return nil, fmt.Errorf("%w: the study holds %d fewer samples than the recording says", dataset.ErrCorrupt, hi-lo-int64(n))
		}
	}
	return c.buffer[lo-c.first : hi-c.first], nil
}
