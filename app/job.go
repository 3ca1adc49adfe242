package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// JobState is where a job stands.
type JobState string

// The states of a job.
const (
	JobRunning   JobState = "running"
	JobDone      JobState = "done"
	JobCancelled JobState = "cancelled"
	JobFailed    JobState = "failed"
)

// JobStatus is a job's picture at one moment.
type JobStatus struct {
	ID      int
	Name    string // what it does, for a person: "Import 24 folders"
	State   JobState
	Message string // what it is at now
	// Fraction is 0..1, or -1 while the amount of work is unknown.
	Fraction float64
	// Rate is units a second over the recent past, 0 while unknown; Unit names
	// them ("samples", "epochs").
	Rate     float64
	Unit     string
	TimeLeft time.Duration // 0 while unknown or when ended
	Started  time.Time
	Ended    time.Time // zero while running
	Err      error     // why it failed or that it was cancelled
}

// Running reports whether the job still works.
func (s JobStatus) Running() bool { return s.State == JobRunning }

// Job is a piece of long work in the background.
type Job struct {
	mu       sync.Mutex
	status   JobStatus
	lastDone float64
	lastAt   time.Time
	told     time.Time // of the last signal, so that progress is coalesced
	cancel   context.CancelFunc
	done     chan struct{}
	now      func() time.Time
	tell     func(JobStatus)
}

// ID names the job within the program's run.
func (j *Job) ID() int { return j.status.ID }

// Status is the job's picture now.
func (j *Job) Status() JobStatus {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.status
}

// Cancel asks the job to stop. It returns at once; Done is closed when it has.
func (j *Job) Cancel() { j.cancel() }

// Done is closed when the job has ended, whatever way.
func (j *Job) Done() <-chan struct{} { return j.done }

// Wait waits for the end and returns why the job failed, nil when it did not.
func (j *Job) Wait() error {
	<-j.done
	return j.Status().Err
}

// leastTold is the share of its work that a job has done before its time left is
// told: the first steps may be far slower than the rest.
const leastTold = 0.03

// leastRun is how long a job has run before its time left is told.
const leastRun = 2 * time.Second

// Task is the running side of a job: how its work tells of itself.
type Task struct{ job *Job }

// ID names the job within the program's run.
func (t *Task) ID() int { return t.job.status.ID }

// progressEvery coalesces progress to 30 signals a second.
const progressEvery = time.Second / 30

// smoothing is the weight of the newest rate against the remembered one.
const smoothing = 0.3

// Progress says how far the work is: done of total, in units such as "samples".
// A total of 0 is an unknown amount. It is cheap; call it as often as you like.
func (t *Task) Progress(done, total float64, unit, message string) {
	j := t.job
	j.mu.Lock()
	now := j.now()
	s := &j.status
	s.Unit, s.Message = unit, message
	s.Fraction = -1
	if total > 0 {
		s.Fraction = min(max(done/total, 0), 1)
	}
	if dt := now.Sub(j.lastAt).Seconds(); dt >= 0.25 && done > j.lastDone {
		rate := (done - j.lastDone) / dt
		if s.Rate > 0 {
			rate = smoothing*rate + (1-smoothing)*s.Rate
		}
		s.Rate, j.lastDone, j.lastAt = rate, done, now
	}
	if s.Rate > 0 && s.Fraction >= leastTold && now.Sub(s.Started) >= leastRun {
		s.TimeLeft = time.Duration(max(total-done, 0) / s.Rate * float64(time.Second))
	}
	tell := now.Sub(j.told) >= progressEvery
	if tell {
		j.told = now
	}
	status := *s
	j.mu.Unlock()
	if tell {
		j.tell(status)
	}
}

// Message replaces what the job says it is at.
func (t *Task) Message(text string) {
	j := t.job
	j.mu.Lock()
	j.status.Message = text
	status := j.status
	j.mu.Unlock()
	j.tell(status)
}

func (j *Job) end(err error) {
	j.mu.Lock()
	s := &j.status
	s.Ended, s.TimeLeft, s.Err = j.now(), 0, err
	switch {
	case err == nil:
		s.State, s.Fraction = JobDone, 1
	case errors.Is(err, context.Canceled):
		s.State = JobCancelled
	default:
		s.State = JobFailed
	}
	status := *s
	j.mu.Unlock()
	j.tell(status)
	close(j.done)
}

// Jobs are the background work of one program run.
type Jobs struct {
	// Changed tells of every new status of any job.
	Changed Signal[JobStatus]

	mu   sync.Mutex
	list []*Job
	next int
	now  func() time.Time
	log  *slog.Logger
}

func newJobs(now func() time.Time, log *slog.Logger) *Jobs {
	return &Jobs{now: now, log: log, next: 1}
}

// Start runs work in a goroutine. The work stops when ctx or the job is
// cancelled and should return ctx's error then. A panic ends the job as failed,
// not the program.
func (js *Jobs) Start(ctx context.Context, name string, work func(context.Context, *Task) error) *Job {
	ctx, cancel := context.WithCancel(ctx)
	js.mu.Lock()
	now := js.now()
	j := &Job{
		status: JobStatus{ID: js.next, Name: name, State: JobRunning, Fraction: -1, Started: now},
		lastAt: now, cancel: cancel, done: make(chan struct{}), now: js.now, tell: js.Changed.Emit,
	}
	js.next++
	js.list = append(js.list, j)
	js.mu.Unlock()
	js.Changed.Emit(j.Status())
	go func() {
		defer cancel()
		j.end(js.guard(ctx, j, work))
	}()
	return j
}

func (js *Jobs) guard(ctx context.Context, j *Job, work func(context.Context, *Task) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			js.log.Error("job panicked", "job", j.status.Name, "panic", r, "stack", string(debug.Stack()))
			err = fmt.Errorf("%s: unexpected failure: %v", j.status.Name, r)
		}
	}()
	err = work(ctx, &Task{job: j})
	// Work that met its cancelled context often wraps it in words of its own,
	// or reports what the interruption did; the person cancelled, that is all.
	if err != nil && ctx.Err() != nil && !errors.Is(err, context.Canceled) {
		err = errors.Join(context.Canceled, err)
	}
	return err
}

// List is every job since the start or the last Clear, oldest first.
func (js *Jobs) List() []JobStatus {
	js.mu.Lock()
	defer js.mu.Unlock()
	out := make([]JobStatus, len(js.list))
	for i, j := range js.list {
		out[i] = j.Status()
	}
	return out
}

// Running counts the jobs that still work.
func (js *Jobs) Running() int {
	n := 0
	for _, s := range js.List() {
		if s.Running() {
			n++
		}
	}
	return n
}

// Job finds a job by its number; nil when it is unknown or cleared.
func (js *Jobs) Job(id int) *Job {
	js.mu.Lock()
	defer js.mu.Unlock()
	for _, j := range js.list {
		if j.status.ID == id {
			return j
		}
	}
	return nil
}

// Clear forgets the jobs that have ended.
func (js *Jobs) Clear() {
	js.mu.Lock()
	defer js.mu.Unlock()
	kept := js.list[:0]
	for _, j := range js.list {
		if j.Status().Running() {
			kept = append(kept, j)
		}
	}
	js.list = kept
}

// CancelAll cancels every job and waits until all have ended.
func (js *Jobs) CancelAll() {
	js.mu.Lock()
	jobs := append([]*Job(nil), js.list...)
	js.mu.Unlock()
	for _, j := range jobs {
		j.Cancel()
	}
	for _, j := range jobs {
		<-j.Done()
	}
}
