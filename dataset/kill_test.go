package dataset

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// workUntilKilled imports, labels, undoes and redoes for ever. It writes a line
// before a label may go ("going ID") and after anything is committed.
func workUntilKilled(ctx context.Context, path string) error {
	s, err := Open(ctx, path, Options{Program: "killed"})
	if err != nil {
		return err
	}
	say := func(what string, id any) { fmt.Println(what, id) }
	say("ready", 0)
	for round := 0; ; round++ {
		id, err := importWide(ctx, s, 1000+rand.IntN(250_000))
		if err != nil {
			return err
		}
		say("session", id)
		if err := labelALot(ctx, s, id, say); err != nil {
			return err
		}
	}
}

// importWide imports floats on four channels, enough for several flushes.
func importWide(ctx context.Context, s *Study, n int) (SessionID, error) {
	im, err := s.BeginImport(ctx, Session{Participant: "P01"})
	if err != nil {
		return "", err
	}
	var channels []Channel
	values := make([][]float64, 4)
	for i := range values {
		channels = append(channels, Channel{Kind: "accelerometer", Axis: strconv.Itoa(i), Unit: "g"})
		values[i] = make([]float64, 5000)
		for k := range values[i] {
			values[i][k] = float64(k)*0.1 + float64(i)
		}
	}
	w, err := im.AddRecording(ctx, RecordingDraft{Placement: "left-wrist", Channels: channels})
	if err != nil {
		return "", err
	}
	for at := 0; at < n; at += 5000 {
		if err := w.Append(ctx, values); err != nil {
			return "", err
		}
	}
	rec, err := w.Finish(ctx, Uniform(0, 100), 0, nil)
	if err != nil {
		return "", err
	}
	im.AddLabels([]Label{{Recording: rec, Kind: KindExercise, End: 100, Exercise: "imported", Confidence: 1}})
	return im.Commit(ctx)
}

func labelALot(ctx context.Context, s *Study, id SessionID, say func(string, any)) error {
	v, err := s.Session(ctx, id)
	if err != nil {
		return err
	}
	for i := range int64(40) {
		l := Label{Recording: v.Recordings[0].ID, Set: "hand", Kind: KindExercise, Start: i, End: i + 50, Confidence: 1}
		if _, err := s.Apply(ctx, Edit{Session: id, Rater: "r", Action: "add label", Changes: []Change{{After: &l}}}); err != nil {
			return err
		}
		say("label", l.ID)
		if i%5 != 0 {
			continue
		}
		say("going", l.ID)
		if _, err := s.Undo(ctx, id, "r"); err != nil {
			return err
		}
		if i%10 != 0 {
			continue
		}
		if _, err := s.Redo(ctx, id, "r"); err != nil {
			return err
		}
		say("label", l.ID)
	}
	return nil
}

// TestKilledAtAnyMomentLosesNothingCommitted kills a program that imports and
// labels. ONSET_KILLS sets how often.
func TestKilledAtAnyMomentLosesNothingCommitted(t *testing.T) {
	kills := 12
	if testing.Short() {
		kills = 4
	}
	if text := os.Getenv("ONSET_KILLS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		kills = n
	}
	s := newTestStudy(t)
	said := map[string]map[string]bool{"session": {}, "label": {}}
	for range kills {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		runAndKill(t, "work", s.Path(), said)
		var err error
		if s, err = Open(t.Context(), s.Path(), Options{}); err != nil {
			t.Fatal(err)
		}
		mustHold(t, s, said)
		if t.Failed() {
			break
		}
		trim(t, s, said)
	}
	t.Logf("%d kills, %d labels acknowledged last", kills, len(said["label"]))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// runAndKill runs the worker for a random moment and notes what it said.
func runAndKill(t *testing.T, role, path string, said map[string]map[string]bool) {
	t.Helper()
	cmd := child(t, role, path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the worker did not start")
	}
	timer := time.AfterFunc(time.Duration(rand.Int64N(int64(400*time.Millisecond))), func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	for lines.Scan() {
		what, id, _ := strings.Cut(lines.Text(), " ")
		if what == "going" {
			delete(said["label"], id)
		} else {
			said[what][id] = true
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the worker ended by itself")
	}
}

func mustHold(t *testing.T, s *Study, said map[string]map[string]bool) {
	t.Helper()
	ctx := t.Context()
	mustBeWhole(t, s)
	labels, err := s.Labels(ctx, LabelFilter{})
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	imported := map[SessionID]bool{}
	for _, l := range labels {
		have[string(l.ID)] = true
		imported[l.Session] = imported[l.Session] || l.Exercise == "imported"
	}
	for id := range said["label"] {
		if !have[id] {
			t.Errorf("label %s was committed and is gone", id)
		}
	}
	sessions, err := s.Sessions(ctx)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, v := range sessions {
		shown[string(v.ID)] = true
		if v.Recordings != 1 || !imported[v.ID] {
			t.Errorf("session %s is there without its parts: %+v", v.ID, v)
		}
	}
	for id := range said["session"] {
		if !shown[id] {
			t.Errorf("session %s was committed and is gone", id)
		}
	}
	var staged int
	if err := s.reader.QueryRowContext(ctx, "SELECT count(*) FROM sessions WHERE visible=0").Scan(&staged); err != nil || staged != 0 {
		t.Errorf("%d half-imported sessions left (%v)", staged, err)
	}
}

// trim deletes all but one session, so that many rounds stay quick.
func trim(t *testing.T, s *Study, said map[string]map[string]bool) {
	t.Helper()
	list, err := s.Sessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range list[min(1, len(list)):] {
		labels, err := s.Labels(t.Context(), LabelFilter{Session: v.ID})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range labels {
			delete(said["label"], string(l.ID))
		}
		delete(said["session"], string(v.ID))
		if err := s.DeleteSession(t.Context(), v.ID); err != nil && !errors.Is(err, ErrNotFound) {
			t.Fatal(err)
		}
	}
}

// joinUntilKilled joins the sessions of a study and takes them apart, for ever.
func joinUntilKilled(ctx context.Context, path string) error {
	s, err := Open(ctx, path, Options{Program: "killed"})
	if err != nil {
		return err
	}
	fmt.Println("ready 0")
	for {
		list, err := s.Sessions(ctx)
		if err != nil {
			return err
		}
		if len(list) > 1 {
			_, err = s.JoinSessions(ctx, list[0].ID, list[1].ID, true, "r")
		} else {
			var v Session
			if v, err = s.Session(ctx, list[0].ID); err == nil {
				_, err = s.SplitRecording(ctx, v.ID, v.Recordings[len(v.Recordings)-1].ID, "r")
			}
		}
		if err != nil {
			return err
		}
	}
}

func TestKilledWhileJoiningIsJoinedOrNot(t *testing.T) {
	s := newTestStudy(t)
	mustImport(t, s, visit{"P01", begin().Add(time.Second), "UTC", "left-wrist", 1000, 0})
	mustImport(t, s, visit{"P01", begin(), "UTC", "right-wrist", 1000, 2})
	before := tellAll(t, s)
	for range 3 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		runAndKill(t, "join", s.Path(), map[string]map[string]bool{"ready": {}})
		var err error
		if s, err = Open(t.Context(), s.Path(), Options{}); err != nil {
			t.Fatal(err)
		}
		mustBeWhole(t, s)
		now := tellAll(t, s)
		for id, was := range before {
			if got := now[id]; len(got.Labels) != 1 || got.Moments[0] != was.Moments[0] || len(got.Findings) < len(was.Findings) || len(got.Events) < len(was.Events) {
				t.Errorf("recording %s is %+v", id, got)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
