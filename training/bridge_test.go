package training

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"onset/dataset"
)

// ramp is a session of one recording at 50 Hz whose x is the sample's time,
// with samples [from, to) lost and the clock saying so.
func ramp(n, from, to int64) *memory {
	m := newMemory()
	id := dataset.RecordingID("r")
	clock := dataset.Uniform(0, 50)
	var values []float64
	for i := range n {
		if i < from || i >= to {
			values = append(values, float64(i)/50)
		}
	}
	if to > from {
		clock.Segments = append(clock.Segments, dataset.Segment{First: from, Start: float64(to) / 50, Rate: 50})
	}
	m.samples[1] = values
	m.sessions = []dataset.Session{{ID: "s", Participant: "P01", Recordings: []dataset.Recording{{
		ID: id, Placement: "left-wrist", Samples: int64(len(values)), Clock: clock, NominalHz: 50,
		Channels: []dataset.Channel{{ID: 1, Kind: "accelerometer", Axis: "x", Unit: "g", Scale: 1}}}}}}
	return m
}

func bridgingReader(t interface{ Fatal(...any) }, m *memory, rate, bridge float64, filter string) *Reader {
	spec, err := parseFilter(filter)
	if err == nil {
		spec, err = spec.withSections(rate)
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(m, m.sessions[0], Contract{RateHz: rate, WindowS: 1, Samples: samplesOf(1, rate), BridgeS: bridge, Filter: spec,
		Channels: []ChannelSpec{{Sensor: anyAccelerometer, Axis: "x", Unit: "g"}}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A straight line through a straight line changes nothing, wherever the window
// and the gap lie and whatever the rates are.
func TestABridgedRampStaysARamp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.Int64Range(60, 140).Draw(t, "from")
		lost := rapid.Int64Range(1, 20).Draw(t, "lost")
		at := rapid.Float64Range(0.5, 3).Draw(t, "at")
		rate := rapid.SampledFrom([]float64{25, 40, 50, 80}).Draw(t, "rate")
		r := bridgingReader(t, ramp(250, from, from+lost), rate, 0.4, "none")
		w, b, err := r.window(context.Background(), At(at))
		gapFrom, gapTo := float64(from-1)/50, float64(from+lost)/50
		end := at + 1
		switch {
		case errors.Is(err, ErrGap):
			if last := at + float64(r.contract.Samples-1)/rate; !(gapTo >= end-1e-6 && last > gapFrom) {
				t.Fatalf("a gap from %g to %g s, window from %g: %v", gapFrom, gapTo, at, err)
			}
			return
		case err != nil:
			t.Fatal(err)
		}
		inside := 0
		for k, v := range w[0] {
			when := at + float64(k)/rate
			if when > gapFrom+0.011 && when < gapTo-0.011 {
				inside++
			}
			// The kernel is cut at the edges of a stretch, where its response is
			// that of a shorter one; a sample's worth of time is its bound there.
			if math.Abs(v-when) > 0.02 {
				t.Fatalf("instant %d, %g s: %g", k, when, v)
			}
		}
		if b.Samples < inside || b.Samples > inside+2 || inside > 0 && b.Windows != 1 {
			t.Fatalf("%d instants lie in the gap, counted %+v", inside, b)
		}
	})
}

func TestOnlyShortGapsAreBridged(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		name       string
		from, to   int64
		bridge, at float64
		want       int // instants, -1 when refused
	}{
		{"no bridging asked for", 100, 103, 0, 1.6, -1},
		{"a gap as long as allowed", 100, 110, 0.2, 1.6, 10},
		{"one sample longer", 100, 111, 0.2, 1.6, -1},
		{"a window that ends in the gap", 100, 110, 0.2, 1.1, -1},
		{"a window that begins in the gap", 100, 110, 0.2, 2.1, 5},
		{"a window before it", 100, 110, 0.2, 0.5, 0},
		{"a window behind it", 100, 110, 0.2, 2.3, 0},
	} {
		w, b, err := bridgingReader(t, ramp(250, c.from, c.to), 50, c.bridge, "none").window(ctx, At(c.at))
		if c.want < 0 {
			if !errors.Is(err, ErrGap) {
				t.Errorf("%s: %v, %+v", c.name, err, b)
			}
			continue
		}
		if err != nil || b.Samples != c.want || (b.Windows == 1) != (c.want > 0) {
			t.Errorf("%s: %+v, %v", c.name, b, err)
			continue
		}
		for k, v := range w[0] {
			if when := c.at + float64(k)/50; math.Abs(v-when) > 1e-9 {
				t.Errorf("%s: instant %d is %g, not %g", c.name, k, v, when)
			}
		}
	}
}

func TestAClockThatStepsBackIsNeverBridged(t *testing.T) {
	m := ramp(250, 0, 0)
	m.sessions[0].Recordings[0].Clock.Segments = append(m.sessions[0].Recordings[0].Clock.Segments, dataset.Segment{First: 100, Start: 1.9, Rate: 50})
	rec := &m.sessions[0].Recordings[0]
	rec.Clock = rec.Clock.Forward()
	for _, at := range []Moment{{Seconds: 1.6, Recording: "r", Sample: 80}, At(1.6)} {
		if _, _, err := bridgingReader(t, m, 50, 0.5, "none").window(context.Background(), at); !errors.Is(err, ErrGap) {
			t.Fatalf("the window from %+v over the step: %v", at, err)
		}
	}
	for _, at := range []float64{0.9, 2.05} {
		if _, b, err := bridgingReader(t, m, 50, 0.5, "none").window(context.Background(), At(at)); err != nil || b.Windows != 0 {
			t.Fatalf("the window from %g s beside the step: %+v, %v", at, b, err)
		}
	}
}

func TestMissingSamplesAreBridgedAsGapsAre(t *testing.T) {
	ctx := context.Background()
	m := ramp(250, 0, 0)
	for i := 100; i < 105; i++ {
		m.samples[1][i] = math.NaN()
	}
	if _, _, err := bridgingReader(t, m, 50, 0.08, "none").window(ctx, At(1.6)); !errors.Is(err, ErrNotANum) {
		t.Errorf("a run longer than allowed: %v", err)
	}
	r := bridgingReader(t, m, 50, 0.1, "none")
	for range 2 { // the second reads from the buffer, which has to hold what was stored
		w, b, err := r.window(ctx, At(1.6))
		if err != nil || b != (Bridged{1, 5}) || math.Abs(w[0][22]-2.04) > 1e-9 {
			t.Fatalf("%+v, %v", b, err)
		}
	}
	if _, b, err := r.window(ctx, At(2.2)); err != nil || b.Samples != 0 {
		t.Errorf("a window behind the run: %+v, %v", b, err)
	}
}

// What a bridged window holds comes from before its end, filter or not.
func TestABridgedWindowNeverSeesLaterSamples(t *testing.T) {
	for _, filter := range []string{"none", "lowpass:10"} {
		for _, rate := range []float64{40, 50, 80} {
			m := ramp(250, 100, 110)
			read := func() []float64 {
				w, b, err := bridgingReader(t, m, rate, 0.2, filter).window(context.Background(), At(1.6))
				if err != nil || b.Windows != 1 {
					t.Fatalf("%+v, %v", b, err)
				}
				return w[0]
			}
			before := read()
			clock := m.sessions[0].Recordings[0].Clock
			for i := clock.Sample(2.6, 240); i < 240; i++ {
				m.samples[1][i] = 1e6
			}
			for i, v := range read() {
				if v != before[i] {
					t.Fatalf("%s at %g Hz: instant %d depends on what came after the window", filter, rate, i)
				}
			}
		}
	}
}

func TestBridgedWindowsAreCountedAndChangeTheHash(t *testing.T) {
	study := func() *memory {
		m := gym(2, 2, 5)
		rec := &m.sessions[0].Recordings[0]
		cut := m.labels[m.sessions[0].ID][1].Start + 20
		rec.Clock.Segments = append(rec.Clock.Segments, dataset.Segment{First: cut, Start: rec.Clock.Time(cut) + 0.05, Rate: rec.Clock.Segments[0].Rate})
		return m
	}
	plain := mustWindows(t, study(), quick())
	if plain.Dropped.Gap != 1 || plain.Bridged.Windows != 0 {
		t.Fatalf("dropped %v, bridged %+v", plain.Dropped, plain.Bridged)
	}
	c := quick()
	c.Data.BridgeS = 0.1
	set := mustWindows(t, study(), c)
	if set.Dropped.Gap != 0 || set.Bridged.Windows != 1 || len(set.Examples) != len(plain.Examples)+1 || set.Hash == plain.Hash {
		t.Errorf("dropped %v, bridged %+v, %d windows and %d without", set.Dropped, set.Bridged, len(set.Examples), len(plain.Examples))
	}
	if !strings.Contains(string(set.Manifest), `"bridged":`) || !strings.Contains(strings.Join(set.Notes, " "), "1 of 12 windows") {
		t.Errorf("the count is not told: %v", set.Notes)
	}
	c.Split.Folds = 2
	set = mustWindows(t, study(), c)
	r, err := Train(context.Background(), study(), c, nil)
	if err != nil || r.Bridged != set.Bridged {
		t.Errorf("the result says %+v (%v)", r, err)
	}
	c.Data.BridgeS = 0.6
	if err := c.Check(); err == nil {
		t.Error("more than half of a window may be bridged")
	}
}

// Windows every half second inside a label that has a gap stay inside the label.
func TestSlidingWindowsBehindAGapStayInTheirLabel(t *testing.T) {
	m := ramp(500, 100, 200) // from 2 s to 4 s nothing
	m.labels["s"] = []dataset.Label{{ID: "l", Session: "s", Recording: "r", Start: 0, End: 250, Kind: dataset.KindExercise, Exercise: "e"}}
	set := &WindowSet{Contract: Contract{RateHz: 50, WindowS: 1, Samples: 50, Channels: []ChannelSpec{{Sensor: anyAccelerometer, Axis: "x", Unit: "g"}}}}
	d := DefaultConfig().Data
	r := bridgingReader(t, m, 50, 0, "none")
	read := 0
	for _, c := range set.insideLabels(visit{session: m.sessions[0], labels: m.labels["s"]}, d) {
		w, err := r.Window(context.Background(), c.moment)
		if err != nil {
			continue
		}
		read++
		if math.Abs(w[0][0]-c.moment.Seconds) > 1e-6 || w[0][49] > 7 {
			t.Errorf("the window at %g s begins at %g s and ends at %g s; its label ends at 7 s", c.moment.Seconds, w[0][0], w[0][49])
		}
	}
	if read != 3+5 { // at 0, 0.5, 1 and at 4, 4.5 ... 6 s
		t.Errorf("%d windows", read)
	}
}

// A clock that was set during the recording leaves a hole of years, which is
// passed over at once.
func TestSlidingWindowsPassOverAHoleOfYears(t *testing.T) {
	m := ramp(500, 0, 0)
	rec := &m.sessions[0].Recordings[0]
	rec.Clock.Segments = append(rec.Clock.Segments, dataset.Segment{First: 250, Start: 1.79e9, Rate: 50})
	set := &WindowSet{Contract: Contract{RateHz: 50, WindowS: 1, Samples: 50, Channels: []ChannelSpec{{Sensor: anyAccelerometer, Axis: "x", Unit: "g"}}}}
	d := DefaultConfig().Data
	d.At, d.LabelRule, d.Background = AtSliding, RuleEnd, "nothing"
	r, usable := bridgingReader(t, m, 50, 0, "none"), 0
	for _, c := range set.grid(visit{session: m.sessions[0]}, d) {
		if _, err := r.Window(context.Background(), c.moment); err == nil {
			usable++
		}
	}
	if usable != 18 { // nine on each side
		t.Errorf("%d windows", usable)
	}
}
