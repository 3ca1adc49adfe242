package train

import (
	"context"

	"fyne.io/fyne/v2/lang"

	"onset/training"
	"onset/views/task"
)

func (t *Train) start(c training.Config) {
	if t.job != 0 {
		t.status(lang.L("A training is running already; cancel it first"), true)
		return
	}
	t.result, t.shown, t.search = nil, "", false
	t.job = t.actions.Start(c)
	t.begin(lang.L("Training: reading windows"), c.Fit.Epochs)
}

// begin shows work that has just been started.
func (t *Train) begin(title string, epochs int) {
	t.status("", false)
	t.form.setBusy(true)
	t.title.SetText(title)
	t.bar.SetValue(0)
	t.left.SetText("")
	t.still.Hide()
	t.curve.Set(nil, epochs)
	t.showRunning(true)
}

func (t *Train) cancel() {
	if t.job != 0 {
		t.actions.Cancel(t.job)
	}
}

// Progressed shows where a training stands. left is 0 while unknown.
func (t *Train) Progressed(job int, p training.Progress, left string) {
	if job != t.job {
		return
	}
	t.bar.SetValue(p.Done)
	t.left.SetText(left)
	t.title.SetText(phase(p))
	task.Run(t.drawing, func(context.Context) (*curves, error) { return liveCurves(t.source.TrainingCurve(job)), nil },
		func(c *curves, _ error) {
			if t.job == job {
				t.curve.Set(c.series(), c.epochs)
			}
		})
}

// phase says in words what a training is at.
func phase(p training.Progress) string {
	switch p.Phase {
	case training.PhaseReading:
		return lang.L("Training: reading windows")
	case training.PhaseFolds:
		return lang.L("Training: fold {{.Fold}} of {{.Folds}}, epoch {{.Epoch}} of {{.Epochs}}", map[string]any{
			"Fold": p.Fold, "Folds": p.Folds, "Epoch": p.Epoch, "Epochs": p.Epochs})
	case training.PhaseSearch:
		return lang.L("Searching: part {{.Fold}} of {{.Folds}}, candidate {{.Epoch}}", map[string]any{"Fold": p.Fold, "Folds": p.Folds, "Epoch": p.Epoch})
	case training.PhaseFinal:
		return lang.L("Training: the model for use, on everybody")
	}
	return lang.L("Training: saving")
}

// Ended shows the result of a training, or why there is none.
func (t *Train) Ended(job int, r *training.Result, err error, cancelled bool) {
	if job != t.job {
		return
	}
	t.job = 0
	t.form.setBusy(false)
	t.drawing.Cancel()
	switch {
	case cancelled:
		t.showRunning(false)
		t.status(lang.L("Training cancelled; nothing of it was kept"), false)
	case err != nil:
		t.showRunning(false)
		t.actions.Error(plainError(err))
	case r != nil:
		t.show(r, lang.L("New model"), r.Run)
		t.turn(pageConfusion)
		t.status(lang.L("Trained in {{.S}} s: {{.Scores}}", map[string]any{"S": int(r.Seconds + 0.5), "Scores": scoreSentence(r)}), false)
	}
	t.Reload()
}
