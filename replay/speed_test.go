package replay

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"onset/dataset"
	"onset/replay/order"
	"onset/training"
)

// hour is an hour of one device with six channels at 50 Hz: every two minutes a
// minute of repetitions. It reads like a store.
type hour struct{ values [6][]float64 }

const hourHz, hourS = 50, 3600

func newHour() (*hour, visit) {
	h := &hour{}
	for k := range h.values {
		h.values[k] = make([]float64, hourHz*hourS)
		for i := range h.values[k] {
			t := float64(i) / hourHz
			v := 0.01 * math.Sin(37*t+float64(k))
			if int(t)%120 >= 60 {
				v += 0.4 * math.Sin(2*math.Pi*t/2.4+float64(k))
			}
			h.values[k][i] = v
		}
	}
	s := dataset.Session{ID: "hour", Participant: "P01"}
	rec := dataset.Recording{ID: "r", Placement: "left-wrist", NominalHz: hourHz, Samples: hourHz * hourS, Clock: dataset.Uniform(0, hourHz)}
	for k := range h.values {
		kind, unit := "accelerometer", "g"
		if k > 2 {
			kind, unit = "gyroscope", "deg/s"
		}
		rec.Channels = append(rec.Channels, dataset.Channel{ID: dataset.ChannelID(k + 1), Kind: kind, Axis: string("xyz"[k%3]), Unit: unit})
	}
	s.Recordings = []dataset.Recording{rec}
	v := visit{session: s}
	for at := 60.0; at < hourS; at += 120 {
		v.sets = append(v.sets, Set{Exercise: fmt.Sprint("a:b/", int(at/120)%8), Onset: at, End: at + 60,
			moment: training.Moment{Seconds: at, Recording: "r", Sample: at * hourHz}, last: int64((at + 60) * hourHz)})
	}
	return h, v
}

func (h *hour) ReadSamples(_ context.Context, id dataset.ChannelID, first int64, dst []float64) (int, error) {
	return copy(dst, h.values[id-1][first:]), nil
}

// knowing is knowledge of eight exercises, learnt from nobody.
func knowing() (*Knowledge, *nearest) {
	c := &nearest{contract: training.Contract{SensorSet: []string{"left-wrist/accelerometer", "left-wrist/gyroscope"}, RateHz: hourHz, WindowS: 1, Samples: hourHz,
		Filter: training.FilterSpec{Kind: "none"}, Orientation: training.OrientationSensor}}
	for k := range 6 {
		ch := training.ChannelSpec{Sensor: "left-wrist/accelerometer", Axis: string("xyz"[k%3]), Unit: "g"}
		if k > 2 {
			ch.Sensor, ch.Unit = "left-wrist/gyroscope", "deg/s"
		}
		c.contract.Channels = append(c.contract.Channels, ch)
	}
	for i := range 8 {
		c.classes, c.prior = append(c.classes, fmt.Sprint("a:b/", i)), append(c.prior, 1.0/8)
		centre := make([]float64, 48)
		centre[i] = 1
		c.centre = append(c.centre, centre)
	}
	k := learnFrom(nil, c.classes, 1)
	k.order = order.New(k.words, order.Default(), nil)
	k.learnStates(nil)
	return k, c
}

func replayHour(tb testing.TB, h *hour, v visit, o Options) *Replay {
	tb.Helper()
	ctx := context.Background()
	o, err := o.check()
	if err != nil {
		tb.Fatal(err)
	}
	k, c := knowing()
	e := newEngine(k, c, v, o)
	st, err := NewStreamer(h, v.session, o.PacketS)
	if err != nil {
		tb.Fatal(err)
	}
	for {
		p, ok, err := st.Next(ctx)
		if err != nil {
			tb.Fatal(err)
		}
		if !ok {
			break
		}
		if err := e.push(ctx, p); err != nil {
			tb.Fatal(err)
		}
	}
	if err := e.finish(ctx); err != nil {
		tb.Fatal(err)
	}
	r := &Replay{visit: v, know: k, model: c, o: o, pool: o.pool(k.Pool)}
	r.take(e)
	return r
}

// BenchmarkHour replays an hour of six channels without a window. The budget is a
// second; the reference, timed beside it, is one pass of sums and squares over the
// same samples.
func BenchmarkHour(b *testing.B) {
	h, v := newHour()
	for _, at := range []string{AtLabel, AtDetected} {
		b.Run(at, func(b *testing.B) {
			var own, reference time.Duration
			for b.Loop() {
				start := time.Now()
				r := replayHour(b, h, v, Options{At: at})
				if len(r.Result().Decisions) == 0 {
					b.Fatal("nothing is decided")
				}
				own += time.Since(start)
				start = time.Now()
				keep = onePass(h)
				reference += time.Since(start)
			}
			b.ReportMetric(own.Seconds()/float64(b.N), "s/hour")
			b.ReportMetric(float64(own)/float64(reference), "x-reference")
		})
	}
}

var keep float64

func onePass(h *hour) (total float64) {
	for _, x := range h.values {
		var s, q float64
		for _, v := range x {
			s, q = s+v, q+v*v
		}
		total += q - s*s/float64(len(x))
	}
	return total
}

// BenchmarkSeek asks for moments all over an hour's replay, back and forth: the
// budget is 50 ms each.
func BenchmarkSeek(b *testing.B) {
	h, v := newHour()
	r := replayHour(b, h, v, Options{At: AtDetected})
	result := r.Result()
	at := 0.0
	for b.Loop() {
		at = math.Mod(at+2711.3, hourS)
		if m := r.At(result, at); m.State == "" {
			b.Fatal("no state")
		}
	}
	b.ReportMetric(50e6/(float64(b.Elapsed())/float64(b.N)), "x-budget")
}

// A moment that is asked for says what had been decided by then and no more,
// whichever way it is come to.
func TestAnyMomentCanBeAskedFor(t *testing.T) {
	h, v := newHour()
	r := replayHour(t, h, v, Options{At: AtDetected})
	result := r.Result()
	if len(result.Decisions) < 20 {
		t.Fatalf("%d decisions in an hour of %d sets", len(result.Decisions), len(v.sets))
	}
	for _, at := range []float64{3599, 0, 1800, 61, 90, 45, 2000.05, 3700} {
		m := r.At(result, at)
		if n := m.Decision + 1; n < len(result.Decisions) && result.Decisions[n].AtS <= at || m.Decision >= 0 && result.Decisions[m.Decision].AtS > at+1e-6 {
			t.Errorf("at %g s decision %d stands", at, m.Decision)
		}
		var sum float64
		for _, p := range m.States {
			sum += p
		}
		if math.Abs(sum-1) > 1e-4 {
			t.Errorf("at %g s the states add up to %g", at, sum)
		}
		for i, s := range result.States {
			if at < s.ToS && at >= s.FromS && m.State != s.State {
				t.Errorf("at %g s the state is %s, in span %d %s", at, m.State, i, s.State)
			}
		}
	}
	// The minute of repetitions is seen as one, the minute of stillness not.
	if in, out := r.At(result, 3570).Event, r.At(result, 3530).Event; in < 0 || out >= 0 {
		t.Errorf("in a set: event %d, between sets: %d", in, out)
	}
}
