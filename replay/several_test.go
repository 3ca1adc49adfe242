package replay

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"onset/dataset"
	"onset/training"
)

// reading is the stand-in model over some placements' accelerometers.
func reading(t *testing.T, store Store, exclude dataset.SessionID, placements ...string) *nearest {
	t.Helper()
	c := training.Contract{RateHz: 50, WindowS: 1, Samples: 50, Filter: training.FilterSpec{Kind: "none"}, Orientation: training.OrientationSensor}
	for _, p := range placements {
		name := p + "/accelerometer"
		c.SensorSet = append(c.SensorSet, name)
		for _, axis := range []string{"x", "y", "z"} {
			c.Channels = append(c.Channels, training.ChannelSpec{Sensor: name, Axis: axis, Unit: "g"})
		}
	}
	return trainedOn(t, store, c, exclude)
}

// deafened is a stream in which one placement brings nothing from a time on until
// another.
func deafened(ctx context.Context, t *testing.T, store Store, v visit, placement string, from, to float64) (list []Packet) {
	t.Helper()
	st, err := NewStreamer(store, v.session, 1)
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, ok, err := st.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return list
		}
		if p.From >= from && p.To <= to {
			p.Blocks = slices.DeleteFunc(p.Blocks, func(b Block) bool { return v.session.Recordings[b.Recording].Placement == placement })
		}
		list = append(list, p)
	}
}

func TestASmallerModelSpeaksWhileASensorIsSilent(t *testing.T) {
	store, all := simulated(t, 5)
	ctx := context.Background()
	id := all[2].ID
	both, wrist := reading(t, store, id, "left-wrist", "left-thigh"), reading(t, store, id, "left-wrist")
	several, err := NewSeveral(wrist, both)
	if err != nil {
		t.Fatal(err)
	}
	o, _ := Options{}.check()
	k, err := Learn(ctx, store, several, o, id)
	if err != nil {
		t.Fatal(err)
	}
	v, err := readVisit(ctx, store, id, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(v.sets) < 5 {
		t.Fatalf("%d sets", len(v.sets))
	}
	// The thigh is silent from before the second set until before the fourth.
	from, to := math.Floor(v.sets[1].Onset-2), math.Ceil(v.sets[3].Onset-2)
	e := newEngine(k, several, v, o)
	for _, p := range deafened(ctx, t, store, v, "left-thigh", from, to) {
		if err := e.push(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.finish(ctx); err != nil {
		t.Fatal(err)
	}
	r := &Replay{visit: v, know: k, model: several, o: o, pool: o.pool(k.Pool)}
	r.take(e)
	result := r.Result()
	for i, d := range result.Decisions {
		cut := d.OnsetS >= from && d.OnsetS < to
		want := []string{"left-thigh/accelerometer", "left-wrist/accelerometer"}
		if cut {
			want = want[1:]
		}
		if !slices.Equal(d.SensorSet, want) || (d.Fallback != "") != cut {
			t.Errorf("decision %d at %.1f s (thigh silent from %.0f to %.0f s) reads %v; %q", i, d.AtS, from, to, d.SensorSet, d.Fallback)
		}
		if cut != strings.Contains(d.Why, "left-wrist alone") {
			t.Errorf("decision %d does not say which sensors spoke: %s", i, d.Why)
		}
	}
	// Packets that the recording itself lost switch too.
	near := func(t float64) (Switch, bool) {
		i := slices.IndexFunc(result.Switches, func(s Switch) bool { return s.AtS >= t && s.AtS <= t+0.5 })
		if i < 0 {
			return Switch{}, false
		}
		return result.Switches[i], true
	}
	if s, ok := near(from); !ok || !strings.Contains(s.Message, "left-thigh/accelerometer fell silent") || !slices.Equal(s.SensorSet, []string{"left-wrist/accelerometer"}) {
		t.Errorf("the thigh falls silent at %.0f s: %+v", from, result.Switches)
	}
	if s, ok := near(to); !ok || len(s.SensorSet) != 2 {
		t.Errorf("the thigh comes back at %.0f s: %+v", to, result.Switches)
	}
	// What the wrist says is what a replay with its model alone would say.
	alone := load(t, store, wrist, id, Options{}).Result()
	for i, d := range result.Decisions {
		if len(d.SensorSet) != 1 {
			continue
		}
		for name, p := range alone.Decisions[i].Sensor {
			if math.Abs(d.Sensor[name]-p) > 1e-12 {
				t.Errorf("decision %d: the wrist alone says %s with %g, here %g", i, name, p, d.Sensor[name])
			}
		}
	}
}

func TestSeveralModelsOfWholeSensorsAreTheLargest(t *testing.T) {
	store, all := simulated(t, 5)
	id := all[2].ID
	both, wrist := reading(t, store, id, "left-wrist", "left-thigh"), reading(t, store, id, "left-wrist")
	several, err := NewSeveral(wrist, both)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []float64{1, 0.3} {
		sameDecisions(t, load(t, store, both, id, Options{}).Result().Decisions, load(t, store, several, id, Options{PacketS: size}).Result().Decisions)
	}
}

func TestModelsThatDoNotFitTogetherAreRefused(t *testing.T) {
	store, all := simulated(t, 5)
	a, b := reading(t, store, all[2].ID, "left-wrist"), reading(t, store, all[2].ID, "left-wrist")
	if _, err := NewSeveral(a, b); !errors.Is(err, ErrModelsDiffer) || !strings.Contains(err.Error(), "left-wrist/accelerometer") {
		t.Errorf("two models of one sensor: %v", err)
	}
	b = reading(t, store, all[2].ID, "left-thigh")
	b.contract.WindowS = 2
	if _, err := NewSeveral(a, b); !errors.Is(err, ErrModelsDiffer) || !strings.Contains(err.Error(), "2 s") {
		t.Errorf("windows of two lengths: %v", err)
	}
	if _, err := NewSeveral(); !errors.Is(err, ErrModelsDiffer) {
		t.Errorf("no model: %v", err)
	}
}
