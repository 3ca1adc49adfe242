package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"onset/dataset"
)

// ErrNoStudy is returned by everything that needs an open study.
var ErrNoStudy = errors.New("no study is open")

// Options are what a workbench needs from outside.
type Options struct {
	Now     func() time.Time // nil: time.Now
	DataDir string           // the workbench's own files; made when missing
	Program string           // name and version, written into ledgers
	Log     *slog.Logger     // nil: discarded
}

// Signals are what screens follow.
type Signals struct {
	Study       Signal[StudyState]        // a study was opened, closed, or its settings changed
	Sessions    Signal[struct{}]          // sessions came or went
	Labels      Signal[dataset.SessionID] // the labels of a session changed
	Models      Signal[struct{}]          // a run or model was saved
	Training    Signal[TrainingProgress]  // a training moved on
	Preferences Signal[Preferences]
	Sync        Signal[struct{}] // the sync server, its devices, releases or inbox changed
}

// StudyState is which study is open, and how.
type StudyState struct {
	Open      bool
	Path      string
	Name      string
	ReadOnly  bool
	Simulated bool   // holds simulated sessions
	Notice    string // to be shown on every screen, such as "Simulated data"
	// SyncedBy names the cloud client in whose folder the study lies: its copies
	// of an open study may be broken. Empty when none is known.
	SyncedBy string
}

// Workbench is the open study and everything that happens around it. It is safe
// for use by several goroutines.
type Workbench struct {
	Signals Signals

	options Options
	log     *slog.Logger
	jobs    *Jobs

	mu     sync.Mutex // guards open, state, memory and curves
	open   *openStudy
	state  StudyState
	memory *memory
	curves map[int]*trainingRecord

	opening sync.Mutex // one study is opened or closed at a time
}

// openStudy is a study with the count of those who use it just now, so that
// closing waits for them.
type openStudy struct {
	study  *dataset.Study
	ctx    context.Context
	cancel context.CancelFunc
	users  sync.WaitGroup
	sync   *station
	tended chan struct{} // closed when nobody tends its inbox any more
}

// New makes a workbench with no study open. A damaged preferences file is logged
// and replaced by the defaults, it doesn't stop the program.
func New(o Options) (*Workbench, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.DataDir == "" {
		return nil, errors.New("no data directory given")
	}
	if err := os.MkdirAll(o.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("making the data directory: %w", err)
	}
	mem, err := loadMemory(o.DataDir)
	if err != nil {
		o.Log.Warn("preferences are not readable, using the defaults", "err", err)
	}
	return &Workbench{
		options: o, log: o.Log, jobs: newJobs(o.Now, o.Log), memory: mem,
		curves: make(map[int]*trainingRecord),
	}, nil
}

// Close cancels all jobs, waits for them and closes the study.
func (w *Workbench) Close() error {
	w.jobs.CancelAll()
	return w.CloseStudy()
}

// Jobs are the background work, of this study or none.
func (w *Workbench) Jobs() *Jobs { return w.jobs }

// DataDir is where the workbench keeps its own files.
func (w *Workbench) DataDir() string { return w.options.DataDir }

// Program is the program's name and version.
func (w *Workbench) Program() string { return w.options.Program }

// Current is which study is open.
func (w *Workbench) Current() StudyState {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// Create makes a new study file and opens it. An existing file is refused.
func (w *Workbench) Create(ctx context.Context, path, name string) error {
	return w.replace(ctx, path, false, func(path string) (*dataset.Study, error) {
		s, err := dataset.Create(ctx, path, w.studyOptions(false))
		if err != nil || name == "" {
			return s, err
		}
		settings, err := s.Settings(ctx)
		if err == nil {
			settings.Name = name
			err = s.PutSettings(ctx, settings)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("naming the study: %w", err), s.Close())
		}
		return s, nil
	})
}

// Open opens a study file; the study that was open before is closed first, and
// only when the new one could be opened. A study that may be read and not written
// is opened read-only; the state says so.
func (w *Workbench) Open(ctx context.Context, path string, readOnly bool) error {
	return w.replace(ctx, path, true, func(path string) (*dataset.Study, error) {
		s, err := dataset.Open(ctx, path, w.studyOptions(readOnly))
		if !readOnly && errors.Is(err, dataset.ErrReadOnly) {
			if s, rerr := dataset.Open(ctx, path, w.studyOptions(true)); rerr == nil {
				return s, nil
			}
		}
		return s, err
	})
}

func (w *Workbench) studyOptions(readOnly bool) dataset.Options {
	return dataset.Options{ReadOnly: readOnly, Now: w.options.Now, Program: w.options.Program}
}

// replace opens a study in place of the open one. With again the open study
// itself may be meant; it is closed first then, for its own lock would refuse it.
func (w *Workbench) replace(ctx context.Context, path string, again bool, open func(path string) (*dataset.Study, error)) error {
	w.opening.Lock()
	defer w.opening.Unlock()
	full, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("opening %s: %w", path, err)
	}
	if again && w.Current().Path == full {
		if err := w.closeStudy(); err != nil {
			return err
		}
	}
	s, err := open(full)
	if err != nil {
		return err
	}
	state, err := describe(ctx, s)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	if err := w.closeStudy(); err != nil {
		w.log.Error("closing the previous study", "err", err)
	}
	life, cancel := context.WithCancel(context.Background())
	w.mu.Lock()
	w.open = &openStudy{study: s, ctx: life, cancel: cancel, tended: make(chan struct{}),
		sync: newStation(full, w.options.Now, w.log, func() { w.Signals.Sync.Emit(struct{}{}) })}
	go w.tendInbox(w.open)
	w.state = state
	w.memory.remember(RecentStudy{Path: full, Name: state.Name, OpenedAt: w.options.Now().UTC()})
	if err := w.memory.save(); err != nil {
		w.log.Warn("recent studies not saved", "err", err)
	}
	w.mu.Unlock()
	w.log.Info("study opened", "read_only", state.ReadOnly)
	w.Signals.Study.Emit(state)
	return nil
}

func describe(ctx context.Context, s *dataset.Study) (StudyState, error) {
	settings, err := s.Settings(ctx)
	if err != nil {
		return StudyState{}, fmt.Errorf("reading the study's settings: %w", err)
	}
	info, err := s.Counts(ctx)
	if err != nil {
		return StudyState{}, fmt.Errorf("reading the study: %w", err)
	}
	name := settings.Name
	if name == "" {
		base := filepath.Base(s.Path())
		name = base[:len(base)-len(filepath.Ext(base))]
	}
	notice := settings.Notice
	if notice == "" && info.Simulated {
		notice = "Simulated data"
	}
	return StudyState{
		Open: true, Path: s.Path(), Name: name, ReadOnly: s.ReadOnly(),
		Simulated: info.Simulated, Notice: notice, SyncedBy: dataset.SyncedBy(s.Path()),
	}, nil
}

// CloseStudy cancels the study's jobs, waits for whoever reads it and closes it.
// Closing when none is open does nothing.
func (w *Workbench) CloseStudy() error {
	w.opening.Lock()
	defer w.opening.Unlock()
	return w.closeStudy()
}

func (w *Workbench) closeStudy() error {
	w.mu.Lock()
	old := w.open
	w.open, w.state = nil, StudyState{}
	clear(w.curves)
	w.mu.Unlock()
	if old == nil {
		return nil
	}
	old.cancel()
	old.sync.halt()
	old.users.Wait()
	<-old.tended
	err := errors.Join(old.sync.close(), old.study.Close())
	w.Signals.Study.Emit(StudyState{})
	if err != nil {
		return fmt.Errorf("closing the study: %w", err)
	}
	return nil
}

// use lends the open study until release is called.
func (w *Workbench) use() (s *openStudy, release func(), err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open == nil {
		return nil, nil, ErrNoStudy
	}
	s = w.open
	s.users.Add(1)
	return s, s.users.Done, nil
}

// read runs f on the open study.
func read[T any](w *Workbench, f func(*dataset.Study) (T, error)) (T, error) {
	s, release, err := w.use()
	if err != nil {
		var none T
		return none, err
	}
	defer release()
	return f(s.study)
}

// job runs work on the open study in the background; it is cancelled when the
// study is closed. With no study open it fails at once with ErrNoStudy.
func (w *Workbench) job(name string, work func(context.Context, *Task, *dataset.Study) error) *Job {
	s, release, err := w.use()
	if err != nil {
		return w.jobs.Start(context.Background(), name, func(context.Context, *Task) error { return err })
	}
	return w.jobs.Start(s.ctx, name, func(ctx context.Context, t *Task) error {
		defer release()
		return work(ctx, t, s.study)
	})
}

// Recent lists studies that were open before, newest first.
func (w *Workbench) Recent() []RecentStudy {
	w.mu.Lock()
	list := append([]RecentStudy(nil), w.memory.data.Recent...)
	w.mu.Unlock()
	for i := range list {
		if _, err := os.Stat(list[i].Path); err != nil {
			list[i].Missing = true
		}
	}
	return list
}

// ForgetRecent takes a study off the list; the file stays.
func (w *Workbench) ForgetRecent(path string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.memory.forget(path)
	return w.memory.save()
}

// Preferences are the person's choices on this machine.
func (w *Workbench) Preferences() Preferences {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.memory.data.Preferences
}

// SetPreferences keeps them and tells the screens.
func (w *Workbench) SetPreferences(p Preferences) error {
	w.mu.Lock()
	w.memory.data.Preferences = p
	err := w.memory.save()
	w.mu.Unlock()
	w.Signals.Preferences.Emit(p)
	return err
}
