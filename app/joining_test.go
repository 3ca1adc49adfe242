package app

import (
	"context"
	"errors"
	"testing"
	"time"

	"onset/dataset"
)

// addDevice puts a session of one device into the study, with a label.
func addDevice(t *testing.T, w *Workbench, person dataset.ParticipantID, start time.Time, place string) dataset.SessionID {
	t.Helper()
	ctx := context.Background()
	s, release, err := w.use()
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	im, err := s.study.BeginImport(ctx, dataset.Session{Participant: person, Start: start, Zone: "UTC", Format: "test", Source: place})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := im.AddRecording(ctx, dataset.RecordingDraft{Device: "test", Placement: place, NominalHz: 50,
		Channels: []dataset.Channel{{Kind: "accelerometer", Axis: "x", Unit: "g"}}})
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, 1000)
	for i := range x {
		x[i] = float64((i*i + len(place)) % 31)
	}
	if err := rec.Append(ctx, [][]float64{x}); err != nil {
		t.Fatal(err)
	}
	id, err := rec.Finish(ctx, dataset.Uniform(0, 50), 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	im.AddLabels([]dataset.Label{{Recording: id, Set: place, Kind: dataset.KindExercise, Start: 100, End: 300, Exercise: "squat", Confidence: 1}})
	session, err := im.Commit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// joinable is a study of a visit with two devices, a visit a day later, and
// somebody else.
type joinable struct {
	w                          *Workbench
	wrist, thigh, later, other dataset.SessionID
	told                       map[string]int // how often screens were told, by what
}

func newJoinable(t *testing.T) *joinable {
	t.Helper()
	w, _ := newWorkbench(t)
	if err := w.Create(t.Context(), t.TempDir()+"/joining.onset", "joining"); err != nil {
		t.Fatal(err)
	}
	if err := w.SetPreferences(Preferences{Rater: "MK"}); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 2, 3, 9, 0, 0, 0, time.UTC)
	j := &joinable{w: w, told: map[string]int{}, wrist: addDevice(t, w, "P01", at, "left-wrist"), thigh: addDevice(t, w, "P01", at.Add(2*time.Second), "thigh"),
		later: addDevice(t, w, "P01", at.Add(24*time.Hour), "ankle"), other: addDevice(t, w, "P02", at, "head")}
	w.Signals.Labels.Subscribe(func(id dataset.SessionID) { j.told[string(id)]++ })
	w.Signals.Sessions.Subscribe(func(struct{}) { j.told["sessions"]++ })
	return j
}

func (j *joinable) session(t *testing.T, id dataset.SessionID) dataset.Session {
	t.Helper()
	v, err := j.w.Session(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestJoiningOffersWhatOverlapsAndSplittingBringsItBack(t *testing.T) {
	j, ctx := newJoinable(t), t.Context()
	list, err := j.w.Sessions(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var into dataset.SessionSummary
	for _, v := range list {
		if v.ID == j.wrist {
			into = v
		}
	}
	offered, err := j.w.JoinCandidates(ctx, into)
	if err != nil || len(offered) != 2 {
		t.Fatalf("%d offered, %v", len(offered), err)
	}
	for _, c := range offered {
		if c.Participant != "P01" || (c.ID == j.thigh) != (c.Joining.Apart() == "") {
			t.Errorf("offered %s: %q", c.ID, c.Joining.Apart())
		}
	}
	if err := j.w.JoinSessions(ctx, j.wrist, []dataset.SessionID{j.thigh}, false); err != nil {
		t.Fatal(err)
	}
	v := j.session(t, j.wrist)
	labels, err := j.w.Labels(ctx, j.wrist)
	if err != nil || len(v.Recordings) != 2 || len(labels) != 2 || v.Recordings[1].Clock.Time(0) != 2 {
		t.Errorf("joined: %d recordings, %d labels, %v", len(v.Recordings), len(labels), err)
	}
	if j.told[string(j.wrist)] == 0 || j.told["sessions"] == 0 {
		t.Errorf("told %v", j.told)
	}
	own, err := j.w.SplitRecording(ctx, j.wrist, v.Recordings[1].ID)
	if err != nil || own != j.thigh {
		t.Errorf("split into %s, %v", own, err)
	}
	if back := j.session(t, j.thigh); back.Source != "thigh" || back.Recordings[0].Clock.Time(0) != 0 || !back.Start.Equal(v.Start.Add(2*time.Second)) {
		t.Errorf("back is %+v", back)
	}
	if _, err := j.w.SplitRecording(ctx, j.thigh, v.Recordings[1].ID); !errors.Is(err, dataset.ErrBadRequest) {
		t.Errorf("the only recording was taken out: %v", err)
	}
}

// Where one of several is refused, those before it are joined and the screens are
// told all the same.
func TestJoiningSeveralStopsAtTheOneThatIsRefused(t *testing.T) {
	j, ctx := newJoinable(t), t.Context()
	if err := j.w.JoinSessions(ctx, j.wrist, []dataset.SessionID{j.thigh, j.other}, true); !errors.Is(err, dataset.ErrBadRequest) {
		t.Errorf("somebody else's: %v", err)
	}
	if n := len(j.session(t, j.wrist).Recordings); n != 2 || j.told["sessions"] == 0 {
		t.Errorf("%d recordings, told %v", n, j.told)
	}
	if err := j.w.JoinSessions(ctx, j.wrist, []dataset.SessionID{j.later}, false); !errors.Is(err, dataset.ErrBadRequest) {
		t.Errorf("a day apart: %v", err)
	}
	if n := len(j.session(t, j.wrist).Recordings); n != 2 {
		t.Errorf("refused, and %d recordings", n)
	}
	if err := j.w.JoinSessions(ctx, j.wrist, []dataset.SessionID{j.later}, true); err != nil {
		t.Errorf("meant: %v", err)
	}
}

// An alignment is taken back and made again, whoever is named as the rater; a
// joining is not taken back by it.
func TestAlignmentsAreTakenBackAndJoiningIsNot(t *testing.T) {
	j, ctx := newJoinable(t), t.Context()
	if err := j.w.JoinSessions(ctx, j.wrist, []dataset.SessionID{j.thigh}, false); err != nil {
		t.Fatal(err)
	}
	if undo, redo, err := j.w.CanUndoAlignment(ctx, j.wrist); err != nil || undo || redo {
		t.Errorf("a joining is offered to be undone as an alignment: %v %v %v", undo, redo, err)
	}
	if err := j.w.UndoAlignment(ctx, j.wrist); !errors.Is(err, dataset.ErrNothing) {
		t.Errorf("%v", err)
	}
	r := j.session(t, j.wrist).Recordings[1]
	shift := func() float64 {
		if a := j.session(t, j.wrist).Recordings[1].Alignment; a != nil {
			return a.ShiftS
		}
		return 0
	}
	for _, slip := range []dataset.Alignment{{ShiftS: 1e8, Stretch: 1, Method: "hand"}, {Stretch: 1.01, Method: "hand"}} {
		_, err := j.w.Align(ctx, j.wrist, r, &slip, false, "MK")
		if _, ok := errors.AsType[*dataset.DoubtfulError](err); !ok || shift() != 0 {
			t.Errorf("a slip: %v, shift %g", err, shift())
		}
	}
	if _, err := j.w.Align(ctx, j.wrist, r, &dataset.Alignment{ShiftS: 0.5, Stretch: 1, Method: "hand"}, false, ""); err != nil { // by nobody named
		t.Fatal(err)
	}
	for _, step := range []struct {
		do    func(context.Context, dataset.SessionID) error
		shift float64
	}{{j.w.UndoAlignment, 0}, {j.w.RedoAlignment, 0.5}, {j.w.UndoAlignment, 0}} {
		if err := step.do(ctx, j.wrist); err != nil || shift() != step.shift {
			t.Errorf("shift %g, want %g, %v", shift(), step.shift, err)
		}
	}
	if n := len(j.session(t, j.wrist).Recordings); n != 2 {
		t.Errorf("%d recordings after taking back", n)
	}
}

// Joining is durable when it returns: what another program opens is joined whole.
// That killing it in between leaves it joined or not is tested in dataset.
func TestJoiningOutlivesTheProgram(t *testing.T) {
	j, ctx := newJoinable(t), t.Context()
	if err := j.w.JoinSessions(ctx, j.wrist, []dataset.SessionID{j.thigh}, false); err != nil {
		t.Fatal(err)
	}
	path := j.w.Current().Path
	s, err := dataset.Open(ctx, path, dataset.Options{ReadOnly: true}) // beside the program that joined
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.Sessions(ctx)
	if err = errors.Join(err, s.Close()); err != nil || len(list) != 3 {
		t.Errorf("%d sessions, %v", len(list), err)
	}
}
