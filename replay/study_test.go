package replay

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"onset/dataset"
	"onset/dataset/simulate"
	"onset/training"
)

// studies are simulated once for all tests, by their number of people.
var studies = struct {
	sync.Mutex
	dir string
	by  map[int]*dataset.Study
}{by: map[int]*dataset.Study{}}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, s := range studies.by {
		s.Close()
	}
	if studies.dir != "" {
		os.RemoveAll(studies.dir)
	}
	os.Exit(code)
}

// simulated is a small simulated study: some people, two sessions each.
func simulated(t *testing.T, people int) (*dataset.Study, []dataset.SessionSummary) {
	t.Helper()
	ctx := context.Background()
	studies.Lock()
	defer studies.Unlock()
	study := studies.by[people]
	if study == nil {
		study = simulatePeople(t, people)
		studies.by[people] = study
	}
	all, err := study.Sessions(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return study, all
}

func simulatePeople(t *testing.T, people int) *dataset.Study {
	t.Helper()
	ctx := context.Background()
	var err error
	if studies.dir == "" {
		if studies.dir, err = os.MkdirTemp("", "replay"); err != nil {
			t.Fatal(err)
		}
	}
	study, err := dataset.Create(ctx, filepath.Join(studies.dir, fmt.Sprint(people, ".onset")), dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	recipe, err := simulate.Sample()
	if err != nil {
		t.Fatal(err)
	}
	recipe.People, recipe.Sessions, recipe.Sets, recipe.RestS = people, []int{2}, 6, [2]float64{6, 9}
	if err := simulate.Write(ctx, study, recipe, nil); err != nil {
		t.Fatal(err)
	}
	return study
}

// nearest is a stand-in for a trained model: it compares a window with the mean
// of each class.
type nearest struct {
	classes  []string
	prior    []float64
	centre   [][]float64
	contract training.Contract
}

func (n *nearest) Classes() []string           { return n.classes }
func (n *nearest) Prior() []float64            { return n.prior }
func (n *nearest) Contract() training.Contract { return n.contract }

func (n *nearest) Predict(w [][]float64) ([]float64, error) {
	f := onsetFeatures(w)
	logs := make([]float64, len(n.centre))
	for i, c := range n.centre {
		for j := range f {
			logs[i] -= 2 * square(f[j]-c[j])
		}
	}
	return softmax(logs), nil
}

// trained fits the stand-in on all sessions but some.
func trained(t *testing.T, store Store, exclude ...dataset.SessionID) *nearest {
	t.Helper()
	c := training.Contract{SensorSet: []string{"left-wrist/accelerometer"}, RateHz: 50, WindowS: 1, Samples: 50,
		Filter: training.FilterSpec{Kind: "none"}, Orientation: training.OrientationSensor}
	for _, axis := range []string{"x", "y", "z"} {
		c.Channels = append(c.Channels, training.ChannelSpec{Sensor: "left-wrist/accelerometer", Axis: axis, Unit: "g"})
	}
	return trainedOn(t, store, c, exclude...)
}

// trainedOn fits it on a contract's windows.
func trainedOn(t *testing.T, store Store, c training.Contract, exclude ...dataset.SessionID) *nearest {
	t.Helper()
	ctx := context.Background()
	n := &nearest{contract: c}
	visits, err := readVisits(ctx, store, Options{At: AtLabel, Onset: OnsetLabel}, exclude)
	if err != nil {
		t.Fatal(err)
	}
	sum, count, index := map[int][]float64{}, map[int]float64{}, map[string]int{}
	for _, v := range visits {
		m, err := prepare(ctx, store, v, n.contract)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range m.onsets(0) {
			i, ok := index[o.exercise]
			if !ok {
				i = len(n.classes)
				index[o.exercise] = i
				n.classes = append(n.classes, o.exercise)
				sum[i] = make([]float64, len(o.features))
			}
			count[i]++
			for j, f := range o.features {
				sum[i][j] += f
			}
		}
	}
	var total float64
	for i := range n.classes {
		for j := range sum[i] {
			sum[i][j] /= count[i]
		}
		n.centre = append(n.centre, sum[i])
		total += count[i]
	}
	for i := range n.classes {
		n.prior = append(n.prior, count[i]/total)
	}
	return n
}

func load(t *testing.T, store Store, c Classifier, id dataset.SessionID, o Options) *Replay {
	t.Helper()
	r, err := Load(context.Background(), store, c, id, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Decisions must not depend on how samples were packed, nor on what comes later.
func TestDecisionsDoNotDependOnPackets(t *testing.T) {
	store, all := simulated(t, 5)
	id := all[1].ID
	c := trained(t, store, id)
	for _, at := range []string{AtLabel, AtDetected} {
		want := load(t, store, c, id, Options{At: at}).Result()
		odd := slices.ContainsFunc(want.Anomalies, func(a Anomaly) bool { return a.Kind != AnomalyGap }) // the simulated devices lose samples
		if want.N < 4 || odd || len(want.States) < 10 {
			t.Fatalf("%s: %d decisions, anomalies %v, %d states", at, want.N, want.Anomalies, len(want.States))
		}
		for _, size := range []float64{0.1, 0.73, 10} {
			got := load(t, store, c, id, Options{At: at, PacketS: size}).Result()
			sameDecisions(t, want.Decisions, got.Decisions)
			if len(got.States) != len(want.States) {
				t.Errorf("%s, packets of %g s: %d states, not %d", at, size, len(got.States), len(want.States))
			}
		}
	}
}

func sameDecisions(t *testing.T, want, got []Decision) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%d decisions, not %d", len(got), len(want))
		return
	}
	for i, w := range want {
		g := got[i]
		if g.AtS != w.AtS || g.Fused != w.Fused || math.Abs(g.P-w.P) > 1e-9 || g.Why != w.Why || g.Zone != w.Zone {
			t.Errorf("decision %d at %.2f s: %s (%.6f), not %s (%.6f) at %.2f", i, g.AtS, g.Fused, g.P, w.Fused, w.P, w.AtS)
		}
	}
}

func TestNoLookAhead(t *testing.T) {
	store, all := simulated(t, 5)
	ctx := context.Background()
	id := all[0].ID
	c := trained(t, store, id)
	k, err := Learn(ctx, store, c, Options{}, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{AtLabel, AtDetected} {
		o, _ := Options{At: at}.check()
		whole := load(t, store, c, id, o).Result()
		v, err := readVisit(ctx, store, id, nil, o)
		if err != nil {
			t.Fatal(err)
		}
		people, _ := store.Participants(ctx)
		for _, p := range people {
			if p.ID == v.session.Participant {
				v.who = p
			}
		}
		r := &Replay{visit: v, know: k, model: c, o: o, pool: DefaultPool()}
		e := newEngine(k, c, v, o)
		st, _ := NewStreamer(store, v.session, 1)
		const cut = 150
		for range cut {
			p, ok, err := st.Next(ctx)
			if err != nil || !ok {
				t.Fatal(err, ok)
			}
			if err := e.push(ctx, p); err != nil {
				t.Fatal(err)
			}
		}
		r.take(e)
		var early []Decision
		for _, d := range whole.Decisions {
			if d.AtS <= cut {
				early = append(early, d)
			}
		}
		sameDecisions(t, early, r.Result().Decisions)
	}
}

func TestFusedBeatsEverySource(t *testing.T) {
	store, all := simulated(t, 5)
	var sum Accuracy
	n := 0.0
	for _, s := range all {
		c := trained(t, store, s.ID)
		r := load(t, store, c, s.ID, Options{}).Result()
		w := float64(r.N)
		n += w
		sum.Sensor += w * r.Accuracy.Sensor
		sum.Markov += w * r.Accuracy.Markov
		sum.Place += w * r.Accuracy.Place
		sum.Memory += w * r.Accuracy.Memory
		sum.Fused += w * r.Accuracy.Fused
	}
	t.Logf("%.0f sets: sensor %.3f markov %.3f place %.3f memory %.3f fused %.3f", n, sum.Sensor/n, sum.Markov/n, sum.Place/n, sum.Memory/n, sum.Fused/n)
	for name, v := range map[string]float64{"sensor": sum.Sensor, "markov": sum.Markov, "place": sum.Place, "memory": sum.Memory} {
		if sum.Fused < v+0.05*n {
			t.Errorf("fused %.3f, %s alone %.3f", sum.Fused/n, name, v/n)
		}
	}
}

func TestReplayNeverLearnsFromItself(t *testing.T) {
	store, all := simulated(t, 5)
	ctx := context.Background()
	k, err := Learn(ctx, store, nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Stream(ctx, store, k, nil, all[0].ID, Options{}); err == nil {
		t.Error("a replay with knowledge of its own session was not refused")
	}
	r := load(t, store, nil, all[0].ID, Options{TrainSessions: []dataset.SessionID{all[0].ID, all[1].ID}}).Result()
	if len(r.LearntFrom) != 1 || r.LearntFrom[0] != all[1].ID {
		t.Errorf("learnt from %v", r.LearntFrom)
	}
	if r.Accuracy.Sensor > 0.5 || r.N == 0 || r.Decisions[0].Missing != "no model" {
		t.Errorf("without a model: %+v, %+v", r.Accuracy, r.Decisions[0])
	}
}
