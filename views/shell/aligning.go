package shell

import (
	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	"onset/views/alignment"
)

// alignDevices opens the view that lays a session's devices on one time axis.
func (s *Shell) alignDevices(v dataset.SessionSummary) {
	if s.busy() {
		return
	}
	s.settled(func() { s.showAlignment(v) })
}

func (s *Shell) showAlignment(v dataset.SessionSummary) {
	var shown *shownDialog
	a := alignment.New(v.ID, s.bench, alignment.Actions{
		Find: s.findAlignment,
		Close: func() {
			s.dialogs.hide(shown)
			if s.session.ID != v.ID {
				return
			}
			for _, p := range s.places { // they show the session as it was
				if o, ok := p.room.(opener); ok {
					o.Open(v.ID)
				}
			}
		},
		Error:   s.showError,
		Focus:   s.window.Canvas().Focus,
		Confirm: s.confirmOr,
	}, s.runner)
	title := lang.L("Align the devices of {{.Person}}, session {{.N}}", map[string]any{"Person": v.Participant, "N": v.Number})
	shown = s.dialogs.show(title, title, a.Object(), wizardSize)
	shown.undo, shown.redo, shown.rune = a.Undo, a.Redo, a.Rune
	shown.enter, shown.escape, shown.inside = a.Enter, a.Escape, a.DumpState
	s.window.Canvas().Focus(a.First())
}

// findAlignment searches by movement as a job and tells what came of it.
func (s *Shell) findAlignment(reference, device dataset.Recording, done func(dataset.Alignment, int, error)) int {
	var found dataset.Alignment
	var windows int
	job := s.bench.AlignByMovement(reference, device, func(a dataset.Alignment, n int, _ error) { found, windows = a, n }) // read after the job has ended
	s.whenDone(job.ID(), func(end app.JobStatus) { done(found, windows, end.Err) })
	return job.ID()
}

var _ alignment.Source = (*app.Workbench)(nil)
