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

// after is the moment s seconds later on the same recording's clock.
func (m Moment) after(s float64, rec *dataset.Recording) Moment {
	m.Seconds += s
	if rec != nil {
		m.Sample += s * segmentAt(rec.Clock, int64(m.Sample)).Rate
	}
	return m
}

// Window is the contract's window that starts at a moment, [channel][sample].
// The recording that the moment names is preferred for every sensor it holds.
func (r *Reader) Window(ctx context.Context, m Moment) ([][]float64, error) {
	out := make([][]float64, 0, len(r.contract.Channels))
	for _, s := range r.sensors {
		part, err := r.sensorWindow(ctx, s, m)
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	return out, nil
}

func (r *Reader) sensorWindow(ctx context.Context, s sensorTracks, m Moment) ([][]float64, error) {
	reason := error(ErrNoSensor)
	for pass := range 2 {
		for _, t := range s.tracks {
			if own := t.recording.ID == m.Recording && m.Recording != ""; own != (pass == 0) {
				continue
			}
			if t.recording.Samples == 0 {
				continue
			}
			w, err := r.cut(ctx, t, m)
			if err == nil {
				return w, nil
			}
			if !errors.Is(err, ErrOutside) && !errors.Is(err, ErrGap) && !errors.Is(err, ErrNotANum) {
				return nil, err
			}
			reason = err
			if pass == 0 {
				return nil, err // the label's own recording decides
			}
		}
	}
	return nil, fmt.Errorf("%s at %.3f s: %w", s.name, m.Seconds, reason)
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
	if rec.ID == m.Recording && m.Recording != "" {
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

func (r *Reader) cut(ctx context.Context, t *track, m Moment) ([][]float64, error) {
	pos, rate, err := t.position(m)
	if err != nil {
		return nil, err
	}
	step := rate / r.contract.RateHz
	n := r.contract.Samples
	last := pos + float64(n-1)*step
	if pos < -0.5 || last > float64(t.recording.Samples)-0.5 {
		return nil, ErrOutside
	}
	stretch, ok := t.stretchOf(pos)
	if !ok || last > float64(stretch[1])-0.5 {
		return nil, ErrGap
	}
	lead := int(math.Min(r.leadS*r.contract.RateHz, math.Floor((pos-float64(stretch[0]))/step)))
	lead = max(lead, 0)
	start := pos - float64(lead)*step
	g := signal.Grid{Step: step, N: lead + n}
	lo := max(int64(math.Floor(start))-int64(g.Margin()), stretch[0])
	hi := min(int64(math.Ceil(pos+float64(n)*step-1e-6)), stretch[1])
	g.First = start - float64(lo)
	raw := make([][]float64, len(t.columns))
	for i := range t.columns {
		if raw[i], err = t.columns[i].read(ctx, r.store, lo, hi); err != nil {
			return nil, fmt.Errorf("reading samples %d to %d of a recording on %s: %w", lo, hi, t.recording.Placement, err)
		}
		for _, v := range raw[i] {
			if math.IsNaN(v) {
				return nil, ErrNotANum
			}
		}
	}
	out := signal.Resample(raw, g)
	for i := range out {
		for j := range out[i] {
			out[i][j] *= t.columns[i].factor
		}
		if r.filter != nil {
			out[i] = signal.Apply(r.filter, out[i])
		}
		out[i] = out[i][lead:]
	}
	return out, nil
}

func (t *track) stretchOf(pos float64) ([2]int64, bool) {
	for _, s := range t.stretches {
		if pos > float64(s[0])-0.5 && pos < float64(s[1])-0.5 {
			return s, true
		}
	}
	return [2]int64{}, false
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
