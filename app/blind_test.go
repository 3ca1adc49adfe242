package app

import (
	"errors"
	"strings"
	"testing"

	"onset/dataset"
	"onset/labeling/board"
	"onset/replay"
	"onset/training"
)

// In a blind pass nothing that the window reads says what others have labelled.
func TestABlindRaterLearnsNothingOfOthers(t *testing.T) {
	w, _ := newWorkbench(t)
	ctx := t.Context()
	if err := w.Create(ctx, t.TempDir()+"/blind.onset", "blind"); err != nil {
		t.Fatal(err)
	}
	session := addSession(t, w, 6000)
	add := func(rater, exercise string, start int64) {
		t.Helper()
		x := dataset.Label{Recording: session.Recordings[0].ID, Set: rater, Kind: dataset.KindExercise, Start: start, End: start + 500,
			Exercise: exercise, Rater: rater, Origin: "hand", Confidence: 1}
		if err := w.Apply(ctx, dataset.Edit{Session: session.ID, Rater: rater, Changes: []dataset.Change{{After: &x}}}); err != nil {
			t.Fatal(err)
		}
	}
	before, err := w.Labels(ctx, session.ID)
	if err != nil {
		t.Fatal(err)
	}
	add("MK", "secret", 100)
	add("MK", "secret", 2000)
	add("JB", "open", 4000)
	if err := w.SetPreferences(Preferences{Rater: "JB", Blind: true}); err != nil {
		t.Fatal(err)
	}
	labels, err := w.Labels(ctx, session.ID)
	if err != nil || len(labels) != 1 || labels[0].Set != "JB" {
		t.Errorf("labels: %+v, %v", labels, err)
	}
	withFinding := session
	withFinding.Findings = []dataset.Finding{{Kind: dataset.FindingLabels, Message: "secret"}, {Kind: dataset.FindingGap}}
	if v := withoutLabels(withFinding); len(v.Findings) != 1 || v.Findings[0].Kind != dataset.FindingGap || len(withFinding.Findings) != 2 {
		t.Errorf("findings: %+v", v.Findings)
	}
	list, err := w.Sessions(ctx)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if v := list[0]; v.Labels != 1 || v.Exercises["secret"] != 0 || v.Exercises["open"] != 1 || v.LabelledS <= 0 {
		t.Errorf("the library counts %+v", v)
	}
	people, err := w.People(ctx)
	if err != nil || len(people) != 1 || people[0].Labels != 1 || people[0].Sets != 1 {
		t.Errorf("people: %+v, %v", people, err)
	}
	if c, err := w.Counts(ctx); err != nil || c.Labels != 0 || c.LedgerEntries != 0 || c.Sessions != 1 {
		t.Errorf("the status line is told %+v, %v", c, err)
	}
	if err := w.Train(training.Config{}, nil).Wait(); !errors.Is(err, ErrBlind) {
		t.Errorf("training: %v", err)
	}
	if err := w.Search(training.SearchConfig{}, nil).Wait(); !errors.Is(err, ErrBlind) {
		t.Errorf("search: %v", err)
	}
	if _, err := w.RunResult(ctx, "any"); !errors.Is(err, ErrBlind) {
		t.Errorf("a run's windows: %v", err)
	}
	if _, err := w.Neighbours(ctx, "any", training.Prediction{}, 3); !errors.Is(err, ErrBlind) {
		t.Errorf("neighbours: %v", err)
	}
	b, err := w.Board(ctx, board.Choice{Set: "MK"})
	if err != nil || len(b.Sets) != 1 || b.Sets[0].Name != "JB" {
		t.Errorf("the board: %+v, %v", b, err)
	}
	if _, err := w.Agreement(ctx, "MK", "JB"); !errors.Is(err, ErrBlind) {
		t.Errorf("agreement: %v", err)
	}
	var r *replay.Replay
	job := w.Replay(nil, session.ID, replay.Options{}, func(got *replay.Replay, _ error) { r = got })
	if err := job.Wait(); !errors.Is(err, ErrBlind) || r != nil || !strings.Contains(Explain(err).String(), "blind pass") {
		t.Errorf("replay: %v", err)
	}
	if err := w.SetPreferences(Preferences{Rater: "JB"}); err != nil {
		t.Fatal(err)
	}
	if labels, _ := w.Labels(ctx, session.ID); len(labels) != len(before)+3 {
		t.Errorf("%d labels are seen afterwards", len(labels))
	}
}
