package replay

import (
	"context"
	"slices"
	"testing"

	"onset/dataset"
)

// copied is a study in which some sessions are copies of others.
type copied struct {
	*dataset.Study
	of map[dataset.SessionID][]dataset.SessionID
}

func (c copied) Copies(_ context.Context, id dataset.SessionID) ([]dataset.SessionID, error) {
	return c.of[id], nil
}

func TestACopyOfTheReplayedSessionIsNotLearntFrom(t *testing.T) {
	study, all := simulated(t, 5)
	id, twin := all[0].ID, all[5].ID
	store := copied{study, map[dataset.SessionID][]dataset.SessionID{id: {twin}}}
	r := load(t, store, nil, id, Options{}).Result()
	if len(r.LearntFrom) != len(all)-2 || slices.Contains(r.LearntFrom, twin) {
		t.Errorf("learnt from %v, with its copy %s", r.LearntFrom, twin)
	}
	f := fold{name: "x", test: []*material{{visit: visit{session: dataset.Session{ID: id}}}}}
	for _, s := range all[1:] {
		f.train = append(f.train, &material{visit: visit{session: dataset.Session{ID: s.ID}}})
	}
	if err := f.dropCopies(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	if len(f.train) != len(all)-2 || slices.ContainsFunc(f.train, func(m *material) bool { return m.session.ID == twin }) {
		t.Errorf("%d sessions train, the copy among them", len(f.train))
	}
}

func TestWeightsSetByHandStay(t *testing.T) {
	store, all := simulated(t, 5)
	id := all[1].ID
	c := trained(t, store, id)
	set := load(t, store, c, id, Options{Weights: map[string]float64{"sensor": 0.35}}).Result()
	free := load(t, store, c, id, Options{}).Result()
	moved := false
	for i, d := range set.Decisions {
		if d.Weights["sensor"] != 0.35 {
			t.Errorf("decision %d weighs the sensor %g, not the 0.35 that were asked for", i, d.Weights["sensor"])
		}
		moved = moved || free.Decisions[i].Weights["sensor"] != free.Weights["sensor"]
	}
	if !moved {
		t.Error("a weight that nobody set does not follow the session")
	}
}

// A false start is nobody's set: it teaches neither the order nor the memory.
func TestAFalseStartIsNotRemembered(t *testing.T) {
	store, all := simulated(t, 5)
	id := all[1].ID
	c := trained(t, store, id)
	r := load(t, store, c, id, Options{})
	for _, unconfirmed := range []bool{false, true} {
		o := r.o
		o.Unconfirmed = unconfirmed
		ch := newChronicle(r.know, c, r.visit, o, r.pool)
		start := r.found[0]
		start.truth, start.retracted = nil, start.atS+2
		if d := ch.decide(start); d.Fused == "" {
			t.Fatal("the false start was not answered")
		}
		ch.confirm(start.atS + 1000)
		if len(ch.done) != 0 || len(ch.pending) != 0 {
			t.Errorf("unconfirmed %v: %d sets remembered after a false start", unconfirmed, len(ch.done))
		}
	}
}

func TestADeviceKnowsWhenThePacketHasCome(t *testing.T) {
	store, all := simulated(t, 5)
	id := all[1].ID
	for _, size := range []float64{0.5, 1, 4} {
		for i, d := range load(t, store, trained(t, store, id), id, Options{PacketS: size}).Result().Decisions {
			if late := d.KnownS - d.AtS; late < -1e-9 || late >= size+frameS {
				t.Errorf("packets of %g s: decision %d at %.2f s is known at %.2f s", size, i, d.AtS, d.KnownS)
			}
		}
	}
}
