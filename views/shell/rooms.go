package shell

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	"onset/training"
	"onset/views/compare"
	"onset/views/library"
	"onset/views/parts"
	"onset/views/room"
	"onset/views/task"
	"onset/views/train"
)

// bare is a room with one sentence.
type bare struct{ content fyne.CanvasObject }

func (b bare) Content() fyne.CanvasObject { return b.content }
func (b bare) Shown()                     {}
func (b bare) Hidden()                    {}

func (s *Shell) empty(title, sentence string, actions ...fyne.CanvasObject) room.Room {
	return bare{parts.Empty(title, sentence, actions...)}
}

func (s *Shell) makeLibrary() room.Room {
	return library.New(s.bench, library.Actions{
		Import:  s.importFolder,
		Label:   func(v dataset.SessionSummary) { s.openSession("label", v) },
		Replay:  func(v dataset.SessionSummary) { s.openSession("replay", v) },
		Confirm: s.confirm,
		Error:   s.showError,
		Focus:   s.window.Canvas().Focus,
	}, nil, s.runner)
}

// openSession shows a session in the label or the replay room.
func (s *Shell) openSession(id string, v dataset.SessionSummary) {
	s.session = v
	s.showRoom(id)
	s.refresh()
}

func (s *Shell) makeLabel() room.Room {
	return s.empty(lang.L("No session is open"), lang.L("Choose one in the library."),
		parts.NewPrimary(lang.L("Library"), "Ctrl 1", func() { s.showRoom("library") }))
}
func (s *Shell) makeReplay() room.Room  { return s.makeLabel() }
func (s *Shell) makeDevices() room.Room { return s.makeLabel() }

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
		Cancel: s.cancelJob,
		Error:  s.showError,
		Now:    s.now,
	}, s.runner)
	progress := task.NewCoalescer(s.runner, func(p app.TrainingProgress) {
		left := ""
		if j := s.bench.Jobs().Job(p.Job); j != nil && j.Status().TimeLeft > 0 {
			left = lang.L("{{.Time}} left", map[string]any{"Time": roughly(j.Status().TimeLeft)})
		}
		t.Progressed(p.Job, p.Progress, left)
	})
	s.bench.Signals.Training.Subscribe(progress.Put)
	return t
}

func (s *Shell) makeCompare() room.Room {
	return compare.New(s.bench, compare.Actions{Train: func() { s.showRoom("train") }, Error: s.showError}, s.runner)
}
