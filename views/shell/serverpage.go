package shell

import (
	"time"

	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	"onset/dataset/codec"
	"onset/views/devices/server"
	"onset/views/task"
)

// makeServer makes the page of the study's sync server.
func (s *Shell) makeServer() *server.Server {
	page := server.New(s.bench, server.Actions{
		Done: func(job *app.Job, f func(app.JobStatus)) { s.whenDone(job.ID(), f) },
		Report: func(title string, r codec.Report) {
			if title == "" {
				title = reportTitle(r)
			}
			if len(r.Refused) == 0 && !hasFindings(r) && title == reportTitle(r) {
				s.status.say(title, false)
				return
			}
			lines := reportLines(r)
			if title != reportTitle(r) {
				lines = foreseen(r)
			}
			s.showReport(title, lines)
		},
		Whose: s.asker,
		Ask: func(title, hint, yes string, done func(string)) {
			s.askTo(title, hint, "", lang.L("Cancel"), yes, done)
		},
		AskFor:  s.ask,
		Confirm: s.confirm,
		Replay:  s.replayByID,
		Copy:    func(text string) { s.app.Clipboard().SetContent(text) },
		Error:   s.showError,
		Every:   s.every,
		Now:     s.now,
	}, s.runner)
	reload := task.NewCoalescer(s.runner, func(struct{}) { page.Reload() })
	s.leaving = append(s.leaving, s.bench.Signals.Sync.Subscribe(reload.Put), page.Hidden)
	return page
}

// every calls f on the interface's goroutine again and again until stopped.
func (s *Shell) every(d time.Duration, f func()) (stop func()) {
	tick, done := time.NewTicker(d), make(chan struct{})
	again := task.NewCoalescer(s.runner, func(struct{}) {
		select {
		case <-done:
		default:
			f()
		}
	})
	go func() {
		for {
			select {
			case <-tick.C:
				again.Put(struct{}{})
			case <-done:
				return
			case <-s.closing:
				return
			}
		}
	}()
	return func() {
		tick.Stop()
		close(done)
	}
}

// replayByID opens a session in the replay room.
func (s *Shell) replayByID(id dataset.SessionID) { s.openByIDIn("replay", id) }
