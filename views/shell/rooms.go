package shell

import (
	"context"
	"path/filepath"
	"time"

	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	standard "onset/devices"
	core "onset/replay"
	"onset/training"
	"onset/views/compare"
	"onset/views/devices"
	"onset/views/label"
	"onset/views/library"
	"onset/views/progress"
	"onset/views/replay"
	"onset/views/room"
	"onset/views/signals"
	"onset/views/task"
	"onset/views/train"
)

func (s *Shell) makeLibrary() room.Room {
	l := library.New(s.bench, library.Actions{
		Import:  s.importChoice,
		Label:   func(v dataset.SessionSummary) { s.openSession("label", v) },
		Replay:  func(v dataset.SessionSummary) { s.openSession("replay", v) },
		Align:   s.alignDevices,
		Join:    s.joinSessions,
		TakeOut: s.takeOut,
		Export:  s.export,
		Confirm: s.confirm,
		Error:   s.showError,
		Focus:   s.window.Canvas().Focus,
		Key:     s.globalKey,

		ReadOnly: func() bool { return s.bench.Current().ReadOnly },
	}, signals.NewPreview(s.bench, s.runner), s.runner)
	reload := task.NewCoalescer(s.runner, func(struct{}) {
		if s.front() == room.Room(l) { // it reads them anew when it is shown
			l.Reload()
		}
	})
	s.leaving = append(s.leaving, s.bench.Signals.Sessions.Subscribe(reload.Put),
		s.bench.Signals.Labels.Subscribe(func(dataset.SessionID) { reload.Put(struct{}{}) }))
	return l
}

// opener is a room that shows one session.
type opener interface{ Open(dataset.SessionID) }

// openSession shows a session in the label or the replay room.
func (s *Shell) openSession(id string, v dataset.SessionSummary) {
	s.session = v
	s.showRoom(id)
	for _, p := range s.places {
		if o, ok := p.room.(opener); ok {
			o.Open(v.ID)
		}
	}
	s.refresh()
	s.keepPlace()
}

func (s *Shell) makeLabel() room.Room {
	l := label.New(s.bench, label.Actions{
		Library: func() { s.showRoom("library") },
		Help:    s.showKeys,
		Error:   s.showError,
		Focus:   s.window.Canvas().Focus,
		Now:     s.now,
		After:   func(d time.Duration, f func()) { time.AfterFunc(d, f) },

		AskRater: s.askRaterThen,
		PickFile: s.pickFile,
	}, s.runner)
	l.Open(s.session.ID)
	return l
}

func (s *Shell) makeProgress() room.Room {
	p := progress.New(s.bench, progress.Actions{Label: s.openByID, Error: s.showError, Key: s.globalKey}, s.runner)
	reload := task.NewCoalescer(s.runner, func(struct{}) {
		if s.front() == room.Room(p) {
			p.Reload()
		}
	})
	s.leaving = append(s.leaving, s.bench.Signals.Labels.Subscribe(func(dataset.SessionID) { reload.Put(struct{}{}) }))
	return p
}

// openByID opens a session for labelling.
func (s *Shell) openByID(id dataset.SessionID) { s.openByIDIn("label", id) }

func (s *Shell) openByIDIn(room string, id dataset.SessionID) {
	s.withSession(id, func(v dataset.SessionSummary) { s.openSession(room, v) })
}

// withSession finds a session and does something with it.
func (s *Shell) withSession(id dataset.SessionID, do func(dataset.SessionSummary)) {
	task.Run(s.others, func(ctx context.Context) ([]dataset.SessionSummary, error) { return s.bench.Sessions(ctx) },
		func(list []dataset.SessionSummary, err error) {
			if err != nil {
				s.showError(err)
				return
			}
			for _, v := range list {
				if v.ID == id {
					do(v)
				}
			}
		})
}

// showStretch opens a session for labelling at a stretch of its trace.
func (s *Shell) showStretch(id dataset.SessionID, from, to float64) {
	s.withSession(id, func(v dataset.SessionSummary) {
		s.openSession("label", v)
		if r, ok := s.front().(room.Returner); ok {
			r.Return(app.View{From: from, To: to, Cursor: (from + to) / 2})
		}
	})
}

func (s *Shell) makeTrain() room.Room {
	var t *train.Train
	t = train.New(s.bench, train.Actions{
		Start: func(c training.Config) int {
			var result *training.Result
			job := s.bench.Train(c, func(r *training.Result, _ error) { result = r }) // read after the job has ended
			s.whenDone(job.ID(), func(end app.JobStatus) {
				t.Ended(end.ID, result, end.Err, end.State == app.JobCancelled)
			})
			return job.ID()
		},
		Search: func(c training.SearchConfig) int {
			var result *training.SearchResult
			job := s.bench.Search(c, func(r *training.SearchResult, _ error) { result = r }) // likewise
			s.whenDone(job.ID(), func(end app.JobStatus) {
				t.Searched(end.ID, result, end.Err, end.State == app.JobCancelled)
			})
			return job.ID()
		},
		Cancel: s.cancelJob,
		Show:   s.showStretch,
		Error:  s.showError,
		Now:    s.now,
		Key:    s.globalKey,
	}, s.runner)
	progress := task.NewCoalescer(s.runner, func(p app.TrainingProgress) {
		left := ""
		if j := s.bench.Jobs().Job(p.Job); j != nil && j.Status().TimeLeft > 0 {
			left = lang.L("{{.Time}} left", map[string]any{"Time": roughly(j.Status().TimeLeft)})
		}
		t.Progressed(p.Job, p.Progress, left)
	})
	s.leaving = append(s.leaving, s.bench.Signals.Training.Subscribe(progress.Put))
	return t
}

func (s *Shell) makeCompare() room.Room {
	return compare.New(s.bench, compare.Actions{Train: func() { s.showRoom("train") }, Error: s.showError}, s.runner)
}

func (s *Shell) makeReplay() room.Room {
	var r *replay.Replay
	r = replay.New(s.bench, replay.Actions{
		Start: func(models []string, session dataset.SessionID, o core.Options) int {
			var got *core.Replay
			job := s.bench.Replay(models, session, o, func(v *core.Replay, _ error) { got = v }) // read after the job has ended
			s.whenDone(job.ID(), func(end app.JobStatus) {
				r.Ended(end.ID, got, end.Err, end.State == app.JobCancelled)
			})
			return job.ID()
		},
		Ablate: func(protocol string) int {
			var got *core.Kept
			job := s.bench.Ablate(core.AblationOptions{Protocol: protocol}, func(k *core.Kept, _ error) { got = k })
			s.whenDone(job.ID(), func(end app.JobStatus) {
				r.Ablated(end.ID, got, end.Err, end.State == app.JobCancelled)
			})
			return job.ID()
		},
		Cancel:       s.cancelJob,
		Library:      func() { s.showRoom("library") },
		Export:       s.export,
		Train:        func() { s.showRoom("train") },
		TrainWithout: s.trainWithout,
		Model:        s.setModel,
		Error:        s.showError,
		Now:          s.now,
		Key:          s.globalKey,
	}, s.runner)
	r.Open(s.session.ID)
	return r
}

// trainWithout goes to Train with the open session, or all sessions of its
// person, left out.
func (s *Shell) trainWithout(person bool) {
	v := s.session
	s.showRoom("train")
	t, ok := s.front().(*train.Train)
	if !ok || v.ID == "" {
		return
	}
	if !person {
		t.Without([]dataset.SessionID{v.ID}, lang.L("Leaves out {{.Person}}, session {{.N}}", map[string]any{"Person": v.Participant, "N": v.Number}))
		return
	}
	task.Run(s.others, func(ctx context.Context) ([]dataset.SessionSummary, error) { return s.bench.Sessions(ctx) },
		func(list []dataset.SessionSummary, err error) {
			if err != nil {
				s.showError(err)
				return
			}
			var ids []dataset.SessionID
			for _, x := range list {
				if x.Participant == v.Participant {
					ids = append(ids, x.ID)
				}
			}
			t.Without(ids, lang.L("Leaves out everything of {{.Person}}", map[string]any{"Person": v.Participant}))
		})
}

// setModel names the model in the top line.
func (s *Shell) setModel(text string) {
	s.model = text
	s.refresh()
}

// deviceSource adds what needs no study to the workbench.
type deviceSource struct{ *app.Workbench }

// CheckExport verifies an exported model.
func (deviceSource) CheckExport(_ context.Context, dir string) (standard.CheckReport, error) {
	return standard.Check(dir)
}

func (s *Shell) makeDevices() room.Room {
	var d *devices.Devices
	d = devices.New(deviceSource{s.bench}, s.makeServer(), devices.Actions{
		Start: func(model, dir string, formats []string) int {
			var report standard.Report
			keys := s.keys
			job := s.bench.Export(model, dir, formats, keys.clearing(s.bench), func(r standard.Report, _ error) { report = r }) // read after the job has ended
			s.whenDone(job.ID(), func(end app.JobStatus) {
				if end.Err == nil && end.State != app.JobCancelled {
					s.folder = filepath.Dir(dir)
				}
				d.Ended(end.ID, report, end.Err, end.State == app.JobCancelled)
				if u := keys.unscanned(); u != "" && end.State == app.JobDone {
					s.status.say(lang.L("Written to {{.Path}}", map[string]any{"Path": dir})+"; "+u, false)
				}
			})
			return job.ID()
		},
		AskFolder: func(suggested string, done func(string)) {
			before := s.folder
			s.askSave(lang.L("Export a model"), lang.L("A new folder is made for it. It must not exist yet."), suggested, "", lang.L("Export"), func(dir string) {
				s.folder = before // until something is written there
				done(dir)
			})
		},
		PickFolder:  func(done func(string)) { s.pickFolder(lang.L("Check an exported model"), done) },
		Bundle:      s.bundle,
		Load:        s.loadModel,
		LoadEarlier: s.loadEarlier,
		Train:       func() { s.showRoom("train") },
		Error:       s.showError,
	}, s.runner)
	reload := task.NewCoalescer(s.runner, func(struct{}) { d.Reload() })
	s.leaving = append(s.leaving, s.bench.Signals.Models.Subscribe(reload.Put))
	return d
}
