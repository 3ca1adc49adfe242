package replay

import (
	"context"
	"encoding/json"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"onset/dataset"
)

// byHand is a session whose sets begin and end at times chosen here, with what was
// found of them.
type byHand struct {
	session     dataset.SessionID
	participant dataset.ParticipantID
	truth       []Interval
	found       []Interval
	answer      []string  // at each found; "a" is right everywhere
	known       []float64 // when each answer was known
	durationS   float64
	untrue      int
	repetitions RepetitionScore
}

func (b byHand) lived() lived {
	var l live
	l.addEvents(CompareEvents(b.truth, b.found, b.durationS), b.durationS, b.untrue)
	var sets []Set
	for _, t := range b.truth {
		sets = append(sets, Set{Exercise: "a", Onset: t.From, End: t.To})
	}
	r := &Result{}
	for i, f := range b.found {
		d := Decision{AtS: b.known[i], KnownS: b.known[i], OnsetS: f.From, Fused: b.answer[i]}
		for _, t := range b.truth {
			if t.overlap(f) > 0 {
				d.Truth = "a"
			}
		}
		r.Decisions = append(r.Decisions, d)
	}
	l.answers(everything, r, sets)
	l.repetitions = b.repetitions
	return lived{session: b.session, participant: b.participant, live: l}
}

// Three sessions of two people, all by hand: what is told of a session, a person
// and the study.
func TestFiguresOfSessionsPeopleAndTheStudy(t *testing.T) {
	a := &Ablation{Alone: map[string]Score{}}
	for _, b := range []byHand{
		{session: "s1", participant: "P1", truth: []Interval{{10, 20}, {30, 40}}, found: []Interval{{11, 20}, {30, 40}}, answer: []string{"a", "b"},
			known: []float64{12, 32}, durationS: 1800, untrue: 0, repetitions: RepetitionScore{N: 2, MeanError: 1, WithinOne: 1}},
		{session: "s2", participant: "P1", truth: []Interval{{10, 20}}, found: []Interval{{13, 20}, {50, 60}}, answer: []string{"a", "a"},
			known: []float64{16, 52}, durationS: 1800, untrue: 1, repetitions: RepetitionScore{N: 1, MeanError: 4}},
		{session: "s3", participant: "P2", truth: []Interval{{100, 120}}, durationS: 3600, repetitions: RepetitionScore{Holes: 1}},
	} {
		a.lives = append(a.lives, b.lived())
		for range b.truth {
			a.judged = append(a.judged, judged{session: b.session, participant: b.participant, right: map[combination]bool{}, mute: map[combination]bool{}})
		}
	}
	a.summarise()
	for _, c := range []struct {
		name           string
		got            Part
		latency        Latency
		onset          Spread
		perHour, reps  float64
		counted, holes int
		counts         map[EventKind]int
	}{
		{"s1", a.Sessions[0], Latency{2, 2, 1, 2}, Spread{1, 1, 2}, 0, 1, 2, 0, map[EventKind]int{EventCorrect: 2}},
		{"s2", a.Sessions[1], Latency{6, 6, 0, 1}, Spread{3, 3, 1}, 2, 4, 1, 0, map[EventKind]int{EventCorrect: 1, EventInserted: 1}},
		{"s3", a.Sessions[2], Latency{0, 0, 1, 1}, Spread{}, 0, 0, 0, 1, map[EventKind]int{EventDeleted: 1}},
		{"P1", a.People[0], Latency{6, 6, 1, 3}, Spread{1, 3, 3}, 1, 2, 3, 0, map[EventKind]int{EventCorrect: 3, EventInserted: 1}},
		{"P2", a.People[1], Latency{0, 0, 1, 1}, Spread{}, 0, 0, 0, 1, map[EventKind]int{EventDeleted: 1}},
		{"study", Part{Latency: a.Fused.Latency, Segmentation: a.Segmentation, Repetitions: a.Repetitions}, Latency{6, 6, 2, 4}, Spread{1, 3, 3}, 0.5, 2, 3, 1,
			map[EventKind]int{EventCorrect: 3, EventInserted: 1, EventDeleted: 1}},
	} {
		e, r := c.got.Segmentation, c.got.Repetitions
		if *c.got.Latency != c.latency || e.OnsetErrorS != c.onset || e.FalseStartsPerHour != c.perHour || r.MeanError != c.reps || r.N != c.counted || r.Holes != c.holes ||
			!reflect.DeepEqual(e.Counts, c.counts) {
			t.Errorf("%s: %+v, %+v, %+v", c.name, *c.got.Latency, *e, r)
		}
	}
}

// The figures of people and of sessions add up to the study's, and what is kept is
// read back as it was, also by a study that is opened again; a label that changed
// or a session that came makes it out of date.
func TestAKeptAblationIsReadBackAndKnowsWhenItIsOld(t *testing.T) {
	ctx := context.Background()
	source, _ := simulated(t, 3)
	path := filepath.Join(t.TempDir(), "copy.onset")
	if err := source.Backup(ctx, path); err != nil {
		t.Fatal(err)
	}
	study, err := dataset.Open(ctx, path, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 4, 9, 30, 0, 0, time.UTC)
	made, err := AblateAndKeep(ctx, study, AblationOptions{Protocol: LeaveParticipantOut, Config: quick()}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	addsUp(t, made.Ablation)
	if err := study.Close(); err != nil {
		t.Fatal(err)
	}
	if study, err = dataset.Open(ctx, path, dataset.Options{}); err != nil {
		t.Fatal(err)
	}
	defer study.Close()
	kept := func() *Kept {
		t.Helper()
		k, err := LastKept(ctx, study, LeaveParticipantOut)
		if err != nil || k == nil {
			t.Fatalf("%v, %v", k, err)
		}
		return k
	}
	k := kept()
	before, _ := json.Marshal(made.Ablation)
	after, _ := json.Marshal(k.Ablation)
	if string(before) != string(after) || !k.MadeAt.Equal(now) || k.Outdated {
		t.Errorf("made at %v, outdated %v, read back:\n%s\nwas:\n%s", k.MadeAt, k.Outdated, after, before)
	}
	if other, err := LastKept(ctx, study, LeaveSessionOut); other != nil || err != nil {
		t.Errorf("another protocol gives %v, %v", other, err)
	}
	labels, err := study.Labels(ctx, dataset.LabelFilter{Kind: dataset.KindExercise})
	if err != nil {
		t.Fatal(err)
	}
	changed := labels[0]
	changed.End--
	if _, err := study.Apply(ctx, dataset.Edit{Session: changed.Session, Rater: "R1", Action: "move", Changes: []dataset.Change{{Before: &labels[0], After: &changed}}}); err != nil {
		t.Fatal(err)
	}
	if !kept().Outdated {
		t.Error("a label moved and the ablation is not said to be out of date")
	}
	if _, err := study.Undo(ctx, changed.Session, "R1"); err != nil {
		t.Fatal(err)
	}
	if kept().Outdated {
		t.Error("the move was taken back and the ablation is still said to be out of date")
	}
	if _, err := study.Withdraw(ctx, k.Ablation.People[0].Participant); err != nil {
		t.Fatal(err)
	}
	gone := kept()
	if text, _ := json.Marshal(gone.Ablation); !gone.Outdated || gone.Ablation.People[0].Participant != "withdrawn" || len(text) == 0 {
		t.Errorf("after a withdrawal: outdated %v, of %q", gone.Outdated, gone.Ablation.People[0].Participant)
	}
}

func addsUp(t *testing.T, a *Ablation) {
	t.Helper()
	for _, list := range [][]Part{a.People, a.Sessions} {
		n, of, counted, correct := 0, 0, 0, 0
		for _, p := range list {
			n, of, counted, correct = n+p.N, of+p.Latency.Of, counted+p.Repetitions.N, correct+p.Segmentation.Counts[EventCorrect]
		}
		if n != a.N || of != a.Fused.Latency.Of || counted != a.Repetitions.N || correct != a.Segmentation.Counts[EventCorrect] || correct == 0 || counted == 0 {
			t.Errorf("%d sets of %d, latency of %d, %d counted, %d found", n, a.N, of, counted, correct)
		}
	}
}

// The bar of a replay and of an ablation only goes forward, through every step,
// and what is cancelled while it learns or fits ends there.
func TestProgressTellsOfAllWorkAndCancelStopsIt(t *testing.T) {
	store, all := simulated(t, 5)
	c := trained(t, store, all[2].ID)
	for _, stop := range []Step{StepLearning, StepStreaming, ""} {
		ctx, cancel := context.WithCancel(context.Background())
		last, seen := -1.0, map[Step]int{}
		_, err := Load(ctx, store, c, all[2].ID, Options{Observe: func(step Step, done, total float64) {
			now := Whole(step, done, total)
			if now < last || now > 1 {
				t.Errorf("%s: from %g to %g", step, last, now)
			}
			last = now
			if seen[step]++; step == stop {
				cancel()
			}
		}})
		cancel()
		if (err == nil) != (stop == "") {
			t.Errorf("cancelled at %q: %v", stop, err)
		}
		if stop == StepLearning && seen[StepStreaming] > 0 || stop == "" && (seen[StepLearning] < len(all)-1 || seen[StepStreaming] < 10 || last < 0.9) {
			t.Errorf("cancelled at %q: told %v, the last at %g", stop, seen, last)
		}
	}
	last, told := -1.0, 0
	_, err := Ablate(context.Background(), store, AblationOptions{Protocol: LeaveParticipantOut, Config: quick(), Observe: func(done, total float64) {
		if done < last-1e-9 || done > total {
			t.Errorf("from %g to %g of %g folds", last, done, total)
		}
		last = done
		told++
	}})
	if err != nil || last != 5 || told < 20 {
		t.Errorf("%v; told %d times, the last at %g", err, told, last)
	}
}
