package replay

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"onset/dataset"
	"onset/training"
)

func drawID(i int) dataset.SessionID         { return dataset.SessionID(fmt.Sprint("s", i)) }
func drawPerson(i int) dataset.ParticipantID { return dataset.ParticipantID(fmt.Sprint("p", i)) }

// quick is a sensor model that trains in a moment.
func quick() *training.Config {
	cfg := training.DefaultConfig()
	cfg.Data.SensorSet = []string{"left-wrist/accelerometer"}
	cfg.Model.Layers, cfg.Fit.Epochs, cfg.Fit.Validation = []int{16}, 12, 0
	return &cfg
}

func TestAblationJudgesEverySetOnce(t *testing.T) {
	store, all := simulated(t, 5)
	for _, protocol := range []string{LeaveParticipantOut, LeaveSessionOut} {
		a, err := Ablate(context.Background(), store, AblationOptions{Protocol: protocol, Config: quick()})
		if err != nil {
			t.Fatal(err)
		}
		sets := 0
		for _, s := range all {
			for _, n := range s.Exercises {
				sets += n
			}
		}
		if a.N == 0 || a.Fused.N != a.N || len(a.Table) != 15 || len(a.Sessions) != len(all) || !a.Simulated {
			t.Errorf("%s: %d sets, %d combinations, %d sessions", protocol, a.N, len(a.Table), len(a.Sessions))
		}
		for _, s := range a.Table {
			if s.Interval[0] > s.Accuracy || s.Interval[1] < s.Accuracy {
				t.Errorf("%v: %.3f outside %v", s.Sources, s.Accuracy, s.Interval)
			}
		}
		for name, s := range a.Alone {
			if a.Fused.Accuracy < s.Accuracy {
				t.Errorf("%s: fused %.3f, %s alone %.3f", protocol, a.Fused.Accuracy, name, s.Accuracy)
			}
		}
		checkJSON(t, a)
	}
}

func checkJSON(t *testing.T, a *Ablation) {
	t.Helper()
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for _, name := range append(SourceNames(), "fused") {
		var s struct {
			Accuracy *float64
			Interval []float64
			N        int
		}
		if err := json.Unmarshal(got[name], &s); err != nil || s.Accuracy == nil || len(s.Interval) != 2 || s.N != a.N {
			t.Errorf("%q is %s (%v)", name, got[name], err)
		}
	}
}

// An ablation decides on sets read at once; a replay on streamed packets. They
// must agree.
func TestAblationAndReplayAgree(t *testing.T) {
	store, all := simulated(t, 5)
	ctx := context.Background()
	id := all[2].ID
	c := trained(t, store, id)
	o, _ := Options{}.check()
	k, err := Learn(ctx, store, c, o, id)
	if err != nil {
		t.Fatal(err)
	}
	streamed, err := Stream(ctx, store, k, c, id, o)
	if err != nil {
		t.Fatal(err)
	}
	contract := c.Contract()
	m, err := prepare(ctx, store, streamed.visit, contract)
	if err != nil {
		t.Fatal(err)
	}
	found, err := m.heard(c)
	if err != nil {
		t.Fatal(err)
	}
	sameDecisions(t, streamed.Result().Decisions, decideAll(k, &held{model: c}, m, found, k.Pool, o))
}

// A model of the study brings the held-out predictions of its own training: the
// weights of a replay are fitted on them, and the replay says so.
func TestReplayFitsWeightsToTheModel(t *testing.T) {
	store, all := simulated(t, 5)
	ctx := context.Background()
	cfg := quick()
	for _, s := range all[1:] {
		cfg.Data.Sessions = append(cfg.Data.Sessions, string(s.ID))
	}
	trained, err := training.Train(ctx, store, *cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := training.Load(ctx, store, trained.Model)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(ctx, store, m, all[0].ID, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Fitted || r.TrainedOnSession || !r.TrainedOnPerson || r.Model != trained.Model {
		t.Errorf("fitted %v, trained on this session %v, on this person %v", r.Fitted, r.TrainedOnSession, r.TrainedOnPerson)
	}
	if seen, err := Run(ctx, store, m, all[1].ID, Options{}); err != nil || !seen.TrainedOnSession {
		t.Errorf("a session that the model was trained on is not marked: %v", err)
	}
}
