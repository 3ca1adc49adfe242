package shell

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/app"
	"onset/views/parts"
	"onset/views/theme"
)

// jobList is the dialog that lists background work, newest first.
type jobList struct {
	shell *Shell
	list  *widget.List
	none  *parts.Text
	jobs  []app.JobStatus
	shown *shownDialog
}

func newJobList(s *Shell) *jobList {
	j := &jobList{shell: s, none: parts.NewText(lang.L("Nothing has run since the program started"), parts.Style{Tone: theme.Muted})}
	j.list = widget.NewList(func() int { return len(j.jobs) },
		func() fyne.CanvasObject { return newJobRow(s.cancelJob) },
		func(i int, o fyne.CanvasObject) { o.(*jobRow).set(j.jobs[i]) })
	j.list.OnSelected = func(int) { j.list.UnselectAll() }
	return j
}

// set shows jobs, given oldest first.
func (j *jobList) set(jobs []app.JobStatus) {
	j.jobs = j.jobs[:0]
	for i := len(jobs) - 1; i >= 0; i-- {
		j.jobs = append(j.jobs, jobs[i])
	}
	j.none.Hidden = len(jobs) > 0
	if j.shown != nil {
		j.list.Refresh()
	}
}

func (s *Shell) openJobs() {
	if s.busy() {
		return
	}
	j := s.jobs
	j.set(s.bench.Jobs().List())
	j.shown = s.dialogs.show(lang.L("Background work"), "", container.NewStack(j.list, container.NewCenter(j.none)), fyne.NewSize(620, 380),
		action{word: lang.L("Clear finished"), run: func() {
			s.bench.Jobs().Clear()
			j.shown = nil
		}},
		action{word: lang.L("Close"), primary: true, safe: true, run: func() { j.shown = nil }})
}

func (s *Shell) cancelJob(id int) {
	if j := s.bench.Jobs().Job(id); j != nil {
		j.Cancel()
	}
}

// jobsChanged shows how the work stands and hands results to those who wait.
func (s *Shell) jobsChanged() {
	list := s.bench.Jobs().List()
	s.status.job.set(list, s.cancelJob)
	s.jobs.set(list)
	for _, st := range list {
		if st.Running() || s.ended[st.ID] {
			continue
		}
		s.ended[st.ID] = true
		if f := s.after[st.ID]; f != nil {
			delete(s.after, st.ID)
			f(st)
		} else if st.State == app.JobFailed {
			s.showError(st.Err)
		}
	}
}

// whenDone calls f on the interface's goroutine once the job has ended. Without
// it, a failure is shown as a dialog.
func (s *Shell) whenDone(id int, f func(app.JobStatus)) {
	s.after[id] = f
	s.jobsChanged()
}

// jobRow is one job: its name, where it stands, and a way to stop it.
type jobRow struct {
	widget.BaseWidget
	id          int
	name, state *parts.Text
	bar         *parts.Bar
	stop        *mini
	box         fyne.CanvasObject
}

func newJobRow(cancel func(int)) *jobRow {
	r := &jobRow{
		name:  parts.NewText("", parts.Style{Cut: true}),
		state: parts.NewText("", parts.Style{Tone: theme.Muted, Size: theme.TextSmall, Cut: true}),
		bar:   parts.NewBar(0),
	}
	r.stop = newMini(lang.L("Cancel"), func() { cancel(r.id) })
	right := parts.HBox(theme.Space2, parts.Sized(120, 5, r.bar), parts.Sized(52, 20, r.stop))
	r.box = parts.InsetXY(theme.Space1, 5, container.NewBorder(nil, nil, nil, right, parts.VBox(1, r.name, r.state)))
	r.ExtendBaseWidget(r)
	return r
}

func (r *jobRow) set(s app.JobStatus) {
	r.id = s.ID
	r.name.SetText(s.Name)
	r.bar.SetValue(max(s.Fraction, 0))
	r.bar.Hidden = !s.Running()
	r.stop.Hidden = !s.Running()
	tone := theme.Muted
	switch s.State {
	case app.JobRunning:
		r.state.SetText(joined(s.Message, progressText(s)))
	case app.JobDone:
		r.state.SetText(joined(lang.L("Done in {{.Time}}", map[string]any{"Time": roughly(s.Ended.Sub(s.Started))}), s.Message))
	case app.JobCancelled:
		r.state.SetText(lang.L("Cancelled; nothing of it was kept"))
	default:
		tone = theme.Error
		r.state.SetText(app.Explain(s.Err).String())
	}
	r.state.SetTone(tone)
	r.box.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (r *jobRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.box) }
