package app

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"onset/dataset"
	"onset/labeling"
)

// The test program runs itself as another process that labels a study.
const labellerVariable = "ONSET_TEST_LABELLER"

func TestMain(m *testing.M) {
	path := os.Getenv(labellerVariable)
	if path == "" {
		os.Exit(m.Run())
	}
	err := labelStudy(context.Background(), path, func(n int, digest string) { fmt.Println(n, digest) })
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// scriptedActions is how many edits, undos and redos the script commits.
const scriptedActions = 1000

// labelStudy labels the one session of a study as the label screen does, always
// in the same way: two raters take turns. done is told after each action that is
// durable.
func labelStudy(ctx context.Context, path string, done func(n int, digest string)) error {
	dir, err := os.MkdirTemp("", "onset-labeller-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	w, err := New(Options{DataDir: dir, Program: "labeller"})
	if err != nil {
		return err
	}
	defer w.Close()
	if err := w.Open(ctx, path, false); err != nil {
		return err
	}
	list, err := w.Sessions(ctx)
	if err != nil {
		return err
	}
	session, err := w.Session(ctx, list[0].ID)
	if err != nil {
		return err
	}
	s := &script{w: w, session: session, random: rand.New(rand.NewPCG(7, 9))}
	for n := 1; n <= scriptedActions; {
		if n%100 == 1 {
			if err := s.rater([]string{"MK", "JB"}[n/100%2]); err != nil {
				return err
			}
		}
		acted, err := s.act(ctx)
		if err != nil {
			return fmt.Errorf("action %d: %w", n, err)
		}
		if !acted {
			continue
		}
		digest, err := digestOf(ctx, w, session.ID)
		if err != nil {
			return err
		}
		done(n, digest)
		n++
	}
	return nil
}

// script makes up actions.
type script struct {
	w       *Workbench
	session dataset.Session
	editor  *labeling.Editor
	random  *rand.Rand
	ids     int
	held    dataset.LabelID // the label whose edge a held key moves; empty for none
	atStart bool
}

func (s *script) rater(name string) error {
	if err := s.w.SetPreferences(Preferences{Rater: name}); err != nil {
		return err
	}
	labels, err := s.w.Labels(context.Background(), s.session.ID)
	if err != nil {
		return err
	}
	s.held = ""
	s.editor = labeling.NewEditor(s.session, labels, labeling.Rules{Set: name, Rater: name, SetupS: 1, Exclusive: true},
		func() dataset.LabelID { s.ids++; return dataset.LabelID(fmt.Sprintf("%s-%04d", name, s.ids)) },
		func() time.Time { return time.Unix(1e9+int64(s.ids), 0) })
	return nil
}

// act does one action; acted is false where there was nothing to do.
func (s *script) act(ctx context.Context) (acted bool, err error) {
	e, r := s.editor, s.random
	var sets []dataset.LabelID
	for _, l := range e.Labels() {
		if l.Kind != dataset.KindSetup {
			sets = append(sets, l.ID)
		}
	}
	exercise := fmt.Sprint("e", r.IntN(6))
	at := r.Int64N(s.session.Recordings[0].Samples - 400)
	kind, pick := r.IntN(20), r.IntN(max(len(sets), 1))
	if i := slices.Index(sets, s.held); i >= 0 && r.IntN(4) > 0 { // the key is still down
		edit, err := e.Nudge([]dataset.LabelID{s.held}, s.atStart, 1+r.Int64N(3))
		edit.Continues = true
		if err == nil {
			return s.apply(ctx, edit, nil)
		}
	}
	s.held = ""
	if len(sets) == 0 && kind > 8 && kind < 16 {
		kind = 0
	}
	var edit dataset.Edit
	switch kind {
	case 16, 17, 18:
		_, err = s.w.Undo(ctx, s.session.ID)
		return s.moved(ctx, err)
	case 19:
		_, err = s.w.Redo(ctx, s.session.ID)
		return s.moved(ctx, err)
	case 9:
		edit, err = e.Remove(sets[pick])
	case 10:
		edit, err = e.Retype([]dataset.LabelID{sets[pick]}, exercise)
	case 11, 12:
		edit, err = e.Nudge([]dataset.LabelID{sets[pick]}, kind == 11, r.Int64N(21)-10)
		s.held, s.atStart = sets[pick], kind == 11
	case 13:
		l, _ := e.Find(sets[pick])
		edit, err = e.Split(sets[pick], (l.Start+l.End)/2)
	case 14:
		edit, err = e.Describe([]dataset.LabelID{sets[pick]}, func(a *dataset.Attributes) { reps := pick; a.Repetitions = &reps })
	case 15:
		edit, err = e.Move([]dataset.LabelID{sets[pick]}, float64(pick)-3)
	default:
		edit, err = e.Add(s.session.Recordings[0].ID, dataset.KindExercise, exercise, at, at+100+r.Int64N(300), "hand", 1)
	}
	return s.apply(ctx, edit, err)
}

func (s *script) apply(ctx context.Context, edit dataset.Edit, err error) (acted bool, _ error) {
	if errors.Is(err, labeling.ErrNoChange) || errors.Is(err, labeling.ErrNeighbour) {
		s.held = ""
		return false, nil
	}
	if err == nil {
		err = s.w.Apply(ctx, edit)
	}
	if err == nil {
		s.editor.Apply(edit)
	}
	return err == nil, err
}

// moved takes the labels over after an undo or redo.
func (s *script) moved(ctx context.Context, err error) (bool, error) {
	if errors.Is(err, dataset.ErrNothing) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	labels, err := s.w.Labels(ctx, s.session.ID)
	s.editor.Load(labels)
	return err == nil, err
}

func digestOf(ctx context.Context, w *Workbench, id dataset.SessionID) (string, error) {
	labels, err := w.Labels(ctx, id)
	if err != nil {
		return "", err
	}
	raw, err := json.Marshal(labels)
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8]), err
}

// TestKilledWhileLabellingLosesNoAction kills a program that labels, at any point
// of a run of 1,000 actions. ONSET_KILLS sets how often.
func TestKilledWhileLabellingLosesNoAction(t *testing.T) {
	kills, within := 3, 150
	if text := os.Getenv("ONSET_KILLS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		kills, within = n, scriptedActions
	}
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.onset")
	w, _ := newWorkbench(t)
	if err := w.Create(t.Context(), empty, "killed"); err != nil {
		t.Fatal(err)
	}
	session := addSession(t, w, 60_000)
	if err := w.CloseStudy(); err != nil {
		t.Fatal(err)
	}
	want := map[int]string{}
	digest, err := func() (string, error) {
		if err := w.Open(t.Context(), empty, true); err != nil {
			return "", err
		}
		d, err := digestOf(t.Context(), w, session.ID)
		return d, errors.Join(err, w.CloseStudy())
	}()
	if err != nil {
		t.Fatal(err)
	}
	want[0] = digest
	untold := map[int]string{} // actions that were durable, but not told of in any run yet
	for k := range kills {
		path := filepath.Join(dir, fmt.Sprintf("%d.onset", k))
		copyFile(t, empty, path)
		last := killedAfter(t, path, rand.IntN(within), want)
		if err := w.Open(t.Context(), path, false); err != nil {
			t.Fatalf("after kill %d: %v", k, err)
		}
		got, err := digestOf(t.Context(), w, session.ID)
		if err != nil {
			t.Fatal(err)
		}
		mustBeWhole(t, w)
		if err := w.CloseStudy(); err != nil {
			t.Fatal(err)
		}
		// What was told is there; the action after it may have become durable too.
		if next, known := want[last+1]; got != want[last] && known && got != next {
			t.Fatalf("kill %d: after action %d the labels are %s, want %s or %s", k, last, got, want[last], next)
		} else if got != want[last] && !known {
			untold[last+1] = got
		}
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	}
	// One more run, to tell what the labels are after those.
	for n := range untold {
		if want[n] == "" {
			path := filepath.Join(dir, fmt.Sprintf("until-%d.onset", n))
			copyFile(t, empty, path)
			killedAfter(t, path, n, want)
		}
		if untold[n] != want[n] {
			t.Errorf("after a kill behind action %d the labels are %s, want %s or %s", n-1, untold[n], want[n-1], want[n])
		}
	}
	t.Logf("%d kills within %d actions; %d times the action after the last one told of was durable too", kills, within, len(untold))
}

func mustBeWhole(t *testing.T, w *Workbench) {
	t.Helper()
	var problems []dataset.Problem
	job := w.Check(func(p []dataset.Problem, _ error) { problems = p })
	if err := job.Wait(); err != nil || len(problems) > 0 {
		t.Errorf("the study is damaged: %v %v", problems, err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	raw, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// killedAfter runs the labeller and kills it some moments after it has told of n
// actions; it returns how many it told of, and notes what the labels were after
// each: every run must do the same.
func killedAfter(t *testing.T, path string, n int, want map[int]string) (last int) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), labellerVariable+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	var timer *time.Timer
	kill := func() {
		timer = time.AfterFunc(time.Duration(rand.Int64N(int64(5*time.Millisecond))), func() { _ = cmd.Process.Kill() })
	}
	if n == 0 {
		kill()
	}
	for lines.Scan() {
		number, digest, _ := strings.Cut(lines.Text(), " ")
		if last, err = strconv.Atoi(number); err != nil {
			t.Fatal(lines.Text())
		}
		if before, known := want[last]; known && before != digest {
			t.Fatalf("after action %d the labels are %s, in another run %s", last, digest, before)
		}
		want[last] = digest
		if last == n && timer == nil {
			kill()
		}
	}
	_ = cmd.Wait() // it was killed
	if timer != nil {
		timer.Stop()
	}
	return last
}
