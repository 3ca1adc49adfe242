package replay

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"onset/dataset"
)

func TestAFlatDistributionAnswersNothing(t *testing.T) {
	for _, c := range []struct {
		d    Distribution
		want string
	}{
		{Distribution{"a": 0.25, "b": 0.25, "c": 0.25, "d": 0.25}, ""},
		{Distribution{"a": 0.4, "b": 0.4, "c": 0.2}, ""},
		{Distribution{"a": 0.3, "b": 0.3 + 1e-12, "c": 0.4 - 1e-12}, "c"},
		{Distribution{"a": 0.5, "b": 0.5 + 1e-12}, ""},
		{Distribution{"a": 1}, "a"},
		{nil, ""},
	} {
		if got := c.d.Best(); got != c.want {
			t.Errorf("%v answers %q, want %q", c.d, got, c.want)
		}
	}
}

// A source that says nothing is never right, however the exercises are called.
func TestSilenceIsNoAnswer(t *testing.T) {
	store, all := simulated(t, 5)
	id := all[1].ID
	r := load(t, store, nil, id, Options{})
	muted := r.With(r.pool.Mute(Sensor, Markov, Place, Memory))
	if muted.Accuracy.Fused != 0 || muted.NoAnswer["fused"] != muted.N || muted.N == 0 {
		t.Errorf("all muted: fused %.3f, no answer in %d of %d", muted.Accuracy.Fused, muted.NoAnswer["fused"], muted.N)
	}
	for _, d := range muted.Decisions {
		if d.Fused != "" || !strings.Contains(d.Why, "muted") {
			t.Errorf("all muted: %q because %q", d.Fused, d.Why)
		}
	}
	heard := r.Result()
	for _, name := range []string{"sensor", "memory"} { // there is no model
		if heard.NoEvidence[name] != heard.N || heard.NoAnswer[name] != heard.N {
			t.Errorf("%s: no evidence in %d, no answer in %d of %d", name, heard.NoEvidence[name], heard.NoAnswer[name], heard.N)
		}
	}
	if heard.Accuracy.Sensor != 0 || heard.Accuracy.Memory != 0 {
		t.Errorf("without a model the sensor scores %.3f and memory %.3f", heard.Accuracy.Sensor, heard.Accuracy.Memory)
	}
}

// placeless is a study whose sessions name no site and heard no beacon.
type placeless struct{ *dataset.Study }

func (p placeless) Session(ctx context.Context, id dataset.SessionID) (dataset.Session, error) {
	s, err := p.Study.Session(ctx, id)
	s.Site, s.Events = "", nil
	return s, err
}

func TestAPlaceWithoutAPlaceHasNoScore(t *testing.T) {
	study, _ := simulated(t, 5)
	a, err := Ablate(context.Background(), placeless{study}, AblationOptions{Protocol: LeaveParticipantOut, Config: quick(), ShuffleBeacons: true})
	if err != nil {
		t.Fatal(err)
	}
	place := a.Alone["place"]
	if !place.Silent() || place.Accuracy != 0 || place.NoAnswer != a.N || a.Fused.Silent() {
		t.Errorf("place alone: %+v", place)
	}
	notes := strings.Join(a.Notes, "\n")
	for _, want := range []string{"No place evidence in", "No session has a beacon"} {
		if !strings.Contains(notes, want) {
			t.Errorf("the notes lack %q: %s", want, notes)
		}
	}
	var table, figure bytes.Buffer
	if err := errors.Join(a.WriteCSV(&table), a.WriteSVG(&figure)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(table.String(), "\nplace,") || strings.Contains(table.String(), "0.0000,0.0000,0.0000") || !strings.Contains(figure.String(), "no evidence") {
		t.Errorf("%s\n%s", table.String(), figure.String())
	}
	// What the segmenter found is said once; what the sources made of it, of each.
	if a.Segmentation == nil || a.Segmentation.Counts[EventCorrect] == 0 {
		t.Fatalf("segmentation %+v", a.Segmentation)
	}
	for name, s := range a.Alone {
		if e := s.Events; e == nil || e.Matched == 0 || e.Right+e.Wrong+e.NoAnswer != e.Matched {
			t.Errorf("%s at onsets found: %+v", name, e)
		}
	}
	if e := place.Events; e.NoAnswer != e.Matched {
		t.Errorf("place at onsets found: %+v", e)
	}
}

func TestMemorySaysWhyItIsSilent(t *testing.T) {
	store, all := simulated(t, 5)
	id := all[1].ID
	c := trained(t, store, id)
	r := load(t, store, c, id, Options{})
	ch := newChronicle(r.know, c, r.visit, r.o, r.pool)
	for _, e := range r.found[:3] {
		ch.decide(e)
	}
	e := r.found[3]
	e.features, e.sensor, e.missing = [][]float64{nil}, nil, "left-wrist/accelerometer at 12.00 s: a gap lies inside the window"
	d := ch.decide(e)
	if why := d.NoEvidence["memory"]; !strings.Contains(why, "needs the window") || !strings.Contains(why, "gap") {
		t.Errorf("memory is silent because %q; it has %d sets to remember", why, len(ch.done))
	}
	if strings.Contains(strings.ToLower(d.Why), "nothing to remember") {
		t.Errorf("after three sets: %q", d.Why)
	}
}

// holed is an hour with samples lost for half a minute, and a clock that steps back.
func holed() (*hour, visit) {
	h, v := newHour()
	rec := &v.session.Recordings[0]
	rec.Clock.Segments = []dataset.Segment{
		{First: 0, Start: 0, Rate: hourHz},
		{First: 90 * hourHz, Start: 120, Rate: hourHz},
		{First: 600 * hourHz, Start: 625, Rate: hourHz}}
	return h, v
}

func TestHolesAndStepsAreAnomalies(t *testing.T) {
	h, v := holed()
	var last []Anomaly
	for _, size := range []float64{0.5, 1, 7} {
		r := replayHour(t, h, v, Options{At: AtDetected, PacketS: size}).Result()
		var kinds []string
		for _, a := range r.Anomalies {
			kinds = append(kinds, a.Kind)
		}
		if !slices.Equal(kinds, []string{AnomalyGap, AnomalyOverlap}) {
			t.Fatalf("packets of %g s: %v", size, r.Anomalies)
		}
		if gap := r.Anomalies[0]; math.Abs(gap.AtS-90) > 1e-6 || !strings.Contains(gap.Message, "90.00 to 120.00") {
			t.Errorf("%+v", gap)
		}
		for i := range last {
			if last[i].AtS != r.Anomalies[i].AtS || last[i].Message != r.Anomalies[i].Message {
				t.Errorf("packets of %g s tell of %+v, not of %+v", size, r.Anomalies[i], last[i])
			}
		}
		last = r.Anomalies
	}
	h, v = newHour()
	if r := replayHour(t, h, v, Options{At: AtLabel}).Result(); r.Anomalies == nil || len(r.Anomalies) != 0 {
		t.Errorf("a clean hour: %#v", r.Anomalies)
	}
}

func TestEveryDisturbanceIsLogged(t *testing.T) {
	store, all := simulated(t, 5)
	id := all[1].ID
	made := map[string]int{}
	for seed := range uint64(4) {
		d, err := ParseDisturbance("late=0.1, repeat=0.05,order=0.1,drop=0.05,jump=-30s", seed)
		if err != nil {
			t.Fatal(err)
		}
		o := Options{At: AtDetected, Disturb: d}
		first, again := load(t, store, nil, id, o).Result(), load(t, store, nil, id, o).Result()
		x := first.Disturbed
		for _, kind := range []string{AnomalyLate, AnomalyRepeated, AnomalyOrder, AnomalyMissing, AnomalyClock} {
			made[kind] += x.Made[kind]
			if x.Made[kind] != x.Logged[kind] {
				t.Errorf("seed %d: %d of %q made, %d logged", seed, x.Made[kind], kind, x.Logged[kind])
			}
		}
		sameDecisions(t, first.Decisions, again.Decisions)
		for _, d := range first.Decisions {
			if d.OnsetS < 0 || d.OnsetS > d.AtS || !(d.P > 0 && d.P <= 1+1e-9) {
				t.Errorf("seed %d: %+v", seed, d)
			}
		}
	}
	for _, kind := range []string{AnomalyLate, AnomalyRepeated, AnomalyOrder, AnomalyMissing, AnomalyClock} {
		if made[kind] == 0 {
			t.Errorf("no fault of kind %q was made", kind)
		}
	}
	for _, bad := range []string{"late", "late=2", "never=0.1", "jump=soon", "late=0.6,drop=0.6", ""} {
		if _, err := ParseDisturbance(bad, 0); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
}

func TestWhatDoesNotFitIsSaidBefore(t *testing.T) {
	store, all := simulated(t, 5)
	ctx := context.Background()
	id := all[1].ID
	c := trained(t, store)
	if err := CheckFit(ctx, store, c, id, Options{}); err != nil {
		t.Errorf("what fits is refused: %v", err)
	}
	if err := CheckFit(ctx, store, nil, id, Options{LabelSet: "nobody's"}); !errors.Is(err, ErrNoLabels) {
		t.Errorf("no labels: %v", err)
	}
	if err := CheckFit(ctx, store, nil, id, Options{LabelSet: "nobody's", At: AtDetected}); err != nil {
		t.Errorf("without labels, where onsets are found: %v", err)
	}
	other := *c
	other.contract.Channels = slices.Clone(c.contract.Channels)
	for i := range other.contract.Channels {
		other.contract.Channels[i].Sensor = "left-ankle/accelerometer"
	}
	if err := CheckFit(ctx, store, &other, id, Options{}); !errors.Is(err, ErrCannotRun) || !strings.Contains(err.Error(), "left-ankle/accelerometer") {
		t.Errorf("a model of other sensors: %v", err)
	}
	if err := CheckFit(ctx, store, &other, id, Options{Sources: []string{"markov"}}); err != nil {
		t.Errorf("a model that is not asked: %v", err)
	}
}

// A clock that was set back is a seam in what arrives, too: no window of the replay
// lies over it, and nothing else is split there.
func TestASeamIsOneInWhatArrives(t *testing.T) {
	h, v := holed()
	rec := &v.session.Recordings[0]
	rec.Clock = rec.Clock.Forward()
	for _, size := range []float64{0.5, 1, 7} {
		st, err := NewStreamer(h, v.session, size)
		if err != nil {
			t.Fatal(err)
		}
		heard := newTape(v.session)
		for {
			p, more, err := st.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !more {
				break
			}
			for _, b := range p.Blocks {
				if err := heard.add(b); err != nil {
					t.Fatal(err)
				}
			}
		}
		got := heard.session.Recordings[0].Clock
		if seams := got.Seams(); len(seams) != 1 || seams[0].Sample != 600*hourHz || math.Abs(seams[0].Back-5) > 1e-6 || got.Contiguous(600*hourHz-1, 600*hourHz+1) {
			t.Errorf("packets of %g s: seams %v", size, seams)
		}
		if got.Contiguous(90*hourHz-1, 90*hourHz+1) || len(got.Segments) != 3 {
			t.Errorf("packets of %g s: %d segments, want 3", size, len(got.Segments))
		}
	}
}
