package shell

import (
	"context"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"onset/app"
	standard "onset/devices"
	"onset/views/parts"
	"onset/views/task"
	"onset/views/theme"
)

// failed shows why a job failed, if it did; a cancelled one says nothing more.
func (s *Shell) failed(end app.JobStatus) bool {
	if end.State == app.JobCancelled {
		return true
	}
	if end.Err != nil {
		s.showError(end.Err)
	}
	return end.Err != nil
}

// tell shows a message that needs no answer.
func (s *Shell) tell(title, text string) {
	s.dialogs.show(title, text, parts.NewParagraph(text, false), fyne.NewSize(560, 200), action{word: lang.L("Close"), primary: true, safe: true})
}

// loading is the dialog that brings exported models into the study: a folder, or
// a bundle of several to choose among.
type loading struct {
	shell   *Shell
	lane    *task.Lane
	place   *dialogEntry
	choose  *widget.CheckGroup
	list    *fyne.Container
	verdict *parts.Paragraph
	load    *parts.Button
	found   *standard.Package
	shown   *shownDialog
	busy    bool
}

// loadModel asks for exported models and brings them into the study.
func (s *Shell) loadModel() {
	l := &loading{shell: s, lane: task.NewLane(s.runner)}
	l.place = newDialogEntry(func() { l.shown.escape() })
	l.place.SetPlaceHolder(lang.L("a folder, or a file that ends in {{.Ending}}", map[string]any{"Ending": standard.BundleSuffix}))
	l.place.OnChanged = func(string) { l.forget() }
	l.place.OnSubmitted = func(string) { l.run() }
	l.choose = widget.NewCheckGroup(nil, func([]string) { l.refresh() })
	l.list = container.NewStack(parts.Sized(1, 150, container.NewVScroll(l.choose)))
	l.verdict = parts.NewParagraph(lang.L("Every part is verified before anything is loaded."), true)
	l.load = parts.NewPrimary(lang.L("Load"), "", l.run)
	pick := parts.HBox(theme.Space2,
		parts.NewButton(lang.L("Folder…"), "", func() { s.pickFolder(lang.L("Load an exported model"), l.take) }),
		parts.NewButton(lang.L("Bundle…"), "", func() { s.pickFile(lang.L("Load from a bundle"), []string{standard.BundleSuffix}, l.take) }))
	buttons := parts.HBox(theme.Space2, layout.NewSpacer(), parts.NewButton(lang.L("Close"), "", func() { l.shown.escape() }), l.load)
	body := parts.VBox(theme.Space2, parts.Small(lang.L("An exported model's folder, or a bundle")), container.NewBorder(nil, nil, nil, pick, l.place), l.verdict, l.list)
	l.shown = s.dialogs.show(lang.L("Load exported models"), lang.L("Choose a folder or a bundle"), container.NewBorder(nil, buttons, nil, nil, body), fyne.NewSize(680, 380))
	l.shown.escape = func() { s.dialogs.hide(l.shown) }
	l.shown.enter = l.run
	l.shown.inside = func() map[string]any {
		return map[string]any{"verdict": l.verdict.Text(), "offers": l.choose.Options, "chosen": l.choose.Selected}
	}
	l.forget()
	s.window.Canvas().Focus(l.place)
}

// take reads what was picked.
func (l *loading) take(path string) {
	l.place.SetText(path)
	l.read()
}

// forget drops what was read of another place.
func (l *loading) forget() {
	l.found = nil
	l.choose.Options, l.choose.Selected = nil, nil
	l.choose.Refresh()
	l.list.Hide()
	l.refresh()
}

// read verifies what lies at the place and lists its models; a single one is
// loaded by the same button.
func (l *loading) read() {
	path := strings.TrimSpace(l.place.Text)
	if path == "" || l.busy {
		return
	}
	l.forget()
	l.busy = true
	l.refresh()
	l.verdict.SetText(lang.L("Checking…"))
	task.Run(l.lane, func(context.Context) (*standard.Package, error) { return standard.OpenPackage(path) },
		func(p *standard.Package, err error) {
			l.busy = false
			l.refresh()
			if path != strings.TrimSpace(l.place.Text) { // another was typed meanwhile
				l.verdict.SetText("")
				return
			}
			if err != nil {
				l.verdict.SetText(app.Explain(err).String())
				return
			}
			l.found = p
			for i := range p.Offers {
				l.choose.Options = append(l.choose.Options, offerLine(p.Offers[i]))
			}
			if len(p.Offers) == 1 {
				l.verdict.SetText(lang.L("Whole and proven: {{.Model}}.", map[string]any{"Model": offerLine(p.Offers[0])}))
			} else {
				l.verdict.SetText(lang.L("Whole and proven: {{.N}} models. Choose those to load.", map[string]any{"N": len(p.Offers)}))
				l.list.Show()
			}
			l.choose.SetSelected(l.choose.Options)
			l.refresh()
		})
}

// refresh lets the button load once something is chosen, and read before.
func (l *loading) refresh() {
	if l.load == nil {
		return
	}
	if l.busy || l.found != nil && len(l.choose.Selected) == 0 || l.found == nil && strings.TrimSpace(l.place.Text) == "" {
		l.load.Disable()
	} else {
		l.load.Enable()
	}
}

// offerLine tells one model of a bundle from the others.
func offerLine(o standard.Offer) string {
	line := o.Model
	if o.Name != "" {
		line = o.Name + " (" + o.Model + ")"
	}
	if o.Channel != "" {
		line = o.Channel + "   " + line
	} else {
		line += "   " + strings.Join(o.Sensors, ", ")
	}
	if o.Windows > 0 {
		line += fmt.Sprintf("   F1 %.3f", o.MacroF1)
	}
	if o.Simulated {
		line += "   " + lang.L("simulated")
	}
	return line
}

// run loads what was chosen; what was not read yet is read first.
func (l *loading) run() {
	if l.found == nil {
		l.read()
		return
	}
	if l.busy || len(l.choose.Selected) == 0 {
		return
	}
	var chosen []int
	for i, name := range l.choose.Options {
		for _, s := range l.choose.Selected {
			if s == name {
				chosen = append(chosen, i)
			}
		}
	}
	l.busy = true
	l.refresh()
	var r []standard.Imported
	job := l.shell.bench.ImportModels(l.found, chosen, func(loaded []standard.Imported, _ error) { r = loaded }) // read after the job has ended
	l.shell.whenDone(job.ID(), func(end app.JobStatus) {
		l.busy = false
		l.refresh()
		if end.Err != nil {
			l.verdict.SetText(app.Explain(end.Err).String())
			return
		}
		l.shell.dialogs.hide(l.shown)
		if end.State == app.JobCancelled {
			return
		}
		title := lang.L("The model is in the study")
		if len(r) > 1 {
			title = lang.L("{{.N}} models are in the study", map[string]any{"N": len(r)})
		}
		var text []string
		for _, one := range r {
			text = append(text, loadedText(one))
		}
		l.shell.tell(title, strings.Join(text, "\n\n"))
	})
}

func loadedText(r standard.Imported) string {
	text := lang.L("Model {{.ID}}: {{.Architecture}}, {{.N}} classes.", map[string]any{"ID": r.Model, "Architecture": r.Architecture, "N": len(r.Classes)})
	if r.Already {
		text = lang.L("The study held model {{.ID}} already, bit for bit the same.", map[string]any{"ID": r.Model})
	}
	return strings.Join(append([]string{text}, r.Notes...), " ")
}
