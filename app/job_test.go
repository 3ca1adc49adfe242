package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"onset/dataset"
)

// clock is a clock that tests move by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestJobTellsRateAndTimeLeft(t *testing.T) {
	t.Parallel()
	c := newClock()
	jobs := newJobs(c.Now, slog.New(slog.DiscardHandler))
	j := jobs.Start(context.Background(), "Import", func(_ context.Context, task *Task) error {
		c.Advance(2 * time.Second)
		task.Progress(200, 1000, "samples", "reading")
		s := jobs.List()[0]
		if s.Rate != 100 || s.TimeLeft != 8*time.Second || s.Fraction != 0.2 || s.Unit != "samples" || s.Message != "reading" {
			t.Errorf("after a fifth in 2 s: %+v", s)
		}
		task.Progress(300, 0, "samples", "of an unknown amount")
		if s := jobs.List()[0]; s.Fraction != -1 {
			t.Errorf("unknown amount shows fraction %g", s.Fraction)
		}
		return nil
	})
	if err := j.Wait(); err != nil {
		t.Fatal(err)
	}
	if s := j.Status(); s.State != JobDone || s.Fraction != 1 || s.TimeLeft != 0 || s.Ended.IsZero() {
		t.Errorf("ended as %+v", s)
	}
}

func TestJobProgressIsCoalesced(t *testing.T) {
	t.Parallel()
	c := newClock()
	jobs := newJobs(c.Now, slog.New(slog.DiscardHandler))
	var told []JobStatus
	release := make(chan struct{})
	jobs.Changed.Subscribe(func(s JobStatus) { told = append(told, s) })
	j := jobs.Start(context.Background(), "Train", func(_ context.Context, task *Task) error {
		<-release
		for i := range 3000 { // one second of work, a thousand steps a tick
			if i%1000 == 0 {
				c.Advance(time.Second / 3)
			}
			task.Progress(float64(i), 3000, "steps", "")
		}
		return nil
	})
	close(release)
	if err := j.Wait(); err != nil {
		t.Fatal(err)
	}
	if n := len(told); n > 6 {
		t.Errorf("%d signals for 3000 steps in one second of the clock at 3 ticks", n)
	}
	if last := told[len(told)-1]; last.State != JobDone {
		t.Errorf("the end was not told: %+v", last)
	}
}

func TestJobEnds(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	for name, test := range map[string]struct {
		work  func(context.Context, *Task) error
		state JobState
		says  string
	}{
		"done":   {func(context.Context, *Task) error { return nil }, JobDone, ""},
		"failed": {func(context.Context, *Task) error { return broken }, JobFailed, "disk on fire"},
		"panic":  {func(context.Context, *Task) error { panic("index out of range") }, JobFailed, "index out of range"},
		"cancelled, in the work's own words": {func(ctx context.Context, _ *Task) error {
			<-ctx.Done()
			return errors.New("interrupted while reading")
		}, JobCancelled, "interrupted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			jobs := newJobs(time.Now, slog.New(slog.DiscardHandler))
			j := jobs.Start(context.Background(), "work", test.work)
			if test.state == JobCancelled {
				j.Cancel()
			}
			err := j.Wait()
			if s := j.Status(); s.State != test.state {
				t.Errorf("state %s, want %s", s.State, test.state)
			}
			if got := fmt.Sprint(err); test.says != "" && !strings.Contains(got, test.says) {
				t.Errorf("error %q does not say %q", got, test.says)
			}
		})
	}
}

func TestJobsCancelAllWaits(t *testing.T) {
	t.Parallel()
	jobs := newJobs(time.Now, slog.New(slog.DiscardHandler))
	var ended sync.WaitGroup
	for range 3 {
		ended.Add(1)
		jobs.Start(context.Background(), "work", func(ctx context.Context, _ *Task) error {
			defer ended.Done()
			<-ctx.Done()
			return ctx.Err()
		})
	}
	if jobs.Running() != 3 {
		t.Errorf("%d running", jobs.Running())
	}
	jobs.CancelAll()
	ended.Wait()
	if jobs.Running() != 0 {
		t.Errorf("%d still running", jobs.Running())
	}
	jobs.Clear()
	if n := len(jobs.List()); n != 0 {
		t.Errorf("%d jobs left after Clear", n)
	}
}

func TestSignalOrderAndUnsubscribe(t *testing.T) {
	t.Parallel()
	var s Signal[int]
	var got []string
	var stop func()
	s.Subscribe(func(v int) { got = append(got, fmt.Sprint("a", v)) })
	stop = s.Subscribe(func(v int) {
		got = append(got, fmt.Sprint("b", v))
		stop() // from inside its own call
	})
	s.Subscribe(func(v int) { got = append(got, fmt.Sprint("c", v)) })
	s.Emit(1)
	s.Emit(2)
	stop()
	if want := "a1 b1 c1 a2 c2"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", strings.Join(got, " "), want)
	}
}

func TestPreferencesOutliveTheProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m, err := loadMemory(dir)
	if err != nil || m.data.Preferences.Theme != "dark" {
		t.Fatalf("first start: %+v, %v", m.data, err)
	}
	m.data.Preferences = Preferences{Theme: "light", Rater: "R2"}
	for i := range recentKept + 3 {
		m.remember(RecentStudy{Path: fmt.Sprintf("/s/%d.onset", i)})
	}
	m.remember(RecentStudy{Path: "/s/9.onset", Name: "nine"})
	if err := m.save(); err != nil {
		t.Fatal(err)
	}
	again, err := loadMemory(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again.data.Preferences, m.data.Preferences) {
		t.Errorf("preferences %+v", again.data.Preferences)
	}
	r := again.data.Recent
	if len(r) != recentKept || r[0].Name != "nine" || r[1].Path != "/s/14.onset" {
		t.Errorf("recent: %+v", r)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) != 0 {
		t.Errorf("temporary files left: %v", left)
	}
}

func TestDamagedPreferencesAreReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "workbench.json"), []byte(`{"preferences":{"rater":"R`), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := New(Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if p := w.Preferences(); p.Theme != "dark" || p.Rater != "" {
		t.Errorf("preferences %+v", p)
	}
}

func TestExplainSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err  error
		want []string
	}{
		"newer":      {fmt.Errorf("opening study.onset: %w", dataset.ErrNewer), []string{"Opening study.onset", "newer version", "as it was"}},
		"permission": {&fs.PathError{Op: "open", Path: "/data/x.csv", Err: fs.ErrPermission}, []string{"/data/x.csv", "permission"}},
		"full":       {fmt.Errorf("importing arms: %w", dataset.ErrDiskFull), []string{"Free some space", "safe"}},
		"own words": {WithProblem(errors.New("x"), Problem{What: "Row 70,000 holds a text", Where: "walk.csv", Do: "Mend the row"}),
			[]string{"Row 70,000 holds a text (walk.csv).", "Mend the row."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Explain(fmt.Errorf("%w", test.err)).String()
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("%q does not say %q", got, want)
				}
			}
		})
	}
}

// The first steps may be far slower than the rest: "8 h left" frightens for nothing.
func TestNoTimeLeftIsToldAtTheVeryBeginning(t *testing.T) {
	t.Parallel()
	c := newClock()
	jobs := newJobs(c.Now, slog.New(slog.DiscardHandler))
	j := jobs.Start(context.Background(), "Ablation", func(_ context.Context, task *Task) error {
		c.Advance(4 * time.Second)
		task.Progress(1, 1000, "folds", "leaving one out in turn")
		if s := jobs.List()[0]; s.TimeLeft != 0 {
			t.Errorf("after a thousandth %v are said to be left", s.TimeLeft)
		}
		c.Advance(4 * time.Second)
		task.Progress(100, 1000, "folds", "leaving one out in turn")
		if s := jobs.List()[0]; s.TimeLeft == 0 {
			t.Error("after a tenth no time left is told")
		}
		return nil
	})
	if err := j.Wait(); err != nil {
		t.Fatal(err)
	}
}
