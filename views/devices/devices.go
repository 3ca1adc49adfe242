// Package devices is the room where models leave for devices: a model is
// written to a folder with all that proves it, and a folder can be checked.
package devices

import (
	"context"
	"errors"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"onset/dataset"
	core "onset/devices"
	"onset/views/grid"
	"onset/views/parts"
	"onset/views/room"
	"onset/views/task"
	"onset/views/theme"
	"onset/views/words"
)

// Source is where models come from. Its methods may block.
type Source interface {
	Models(context.Context) ([]dataset.ModelRow, error)
	CheckExport(ctx context.Context, dir string) (core.CheckReport, error)
	PreviewExport(ctx context.Context, model string) (core.Preview, error)
}

// Actions are what the room asks of the window.
type Actions struct {
	// Start exports a model to a new folder as a job; Ended is called with what
	// came of it.
	Start func(model, dir string, formats []string) (job int)
	// Bundle writes models with all that a lab needs to serve them, Load brings
	// exported models into the study, LoadEarlier one of the earlier system. They
	// ask and report for themselves.
	Bundle      func(formats []string)
	Load        func()
	LoadEarlier func()
	// AskFolder asks for a name and place for a new folder.
	AskFolder func(suggested string, done func(dir string))
	// PickFolder asks for a folder that exists.
	PickFolder func(done func(dir string))
	Train      func()
	Error      func(error)
}

// Devices is the room.
type Devices struct {
	source   Source
	actions  Actions
	loading  *task.Lane
	checking *task.Lane
	looking  *task.Lane

	models []dataset.ModelRow // best first
	job    int
	report *core.Report
	check  *core.CheckReport
	failed string // why the last check refused

	choose  *widget.Select
	formats *widget.CheckGroup
	forms   *grid.Grid // the weights in every form
	about   *parts.Paragraph
	export  *parts.Button
	bundle  *parts.Button
	written *parts.Paragraph
	files   *grid.Grid
	verdict *parts.Text
	detail  *parts.Paragraph
	facts   *grid.Grid
	body    fyne.CanvasObject
	empty   fyne.CanvasObject
	pages   pages
	server  Page
	object  fyne.CanvasObject
	status  func(string, bool)
}

var (
	_ room.Room        = (*Devices)(nil)
	_ room.Commander   = (*Devices)(nil)
	_ room.StateDumper = (*Devices)(nil)
	_ room.Status      = (*Devices)(nil)
)

// New makes the room; server is the sync server's page.
func New(source Source, server Page, actions Actions, runner task.Runner) *Devices {
	d := &Devices{source: source, server: server, actions: actions, loading: task.NewLane(runner), checking: task.NewLane(runner), looking: task.NewLane(runner),
		about: parts.NewParagraph("", true), written: parts.NewParagraph("", true),
		verdict: parts.NewText("", parts.Style{Bold: true}), detail: parts.NewParagraph("", true), status: func(string, bool) {}}
	d.choose = widget.NewSelect(nil, func(string) { d.picked() })
	d.choose.PlaceHolder = lang.L("Choose a model")
	d.export = parts.NewPrimary(lang.L("Export…"), "Ctrl E", d.Export)
	d.bundle = parts.NewButton(lang.L("Bundle for a lab…"), "", d.Bundle)
	d.formats = widget.NewCheckGroup(formatNames(), nil)
	d.formats.Horizontal = true
	d.formats.SetSelected(exactFormats()) // smaller forms when asked for
	d.forms = grid.New([]grid.Column{{Title: lang.L("Weights as"), Weight: 1, Bold: true}, {Title: lang.L("Size"), Width: 80, Numeric: true},
		{Title: lang.L("Accuracy"), Width: 80, Numeric: true}, {Title: lang.L("Macro-F1"), Width: 80, Numeric: true},
		{Title: lang.L("Answers changed"), Width: 120, Numeric: true}, {Title: lang.L("Gate"), Weight: 1, Muted: true}})
	d.files = grid.New([]grid.Column{{Title: lang.L("File"), Weight: 1, Bold: true}, {Title: lang.L("Size"), Width: 90, Numeric: true},
		{Title: lang.L("SHA-256"), Weight: 1.6, Muted: true}})
	d.facts = grid.New([]grid.Column{{Title: lang.L("What the folder holds"), Weight: 1}, {Title: "", Weight: 1.5, Muted: true}})
	d.object = d.build()
	return d
}

// formsHeight fits a heading and three forms.
const formsHeight = 112

func card(o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(parts.NewCard(theme.Panel), parts.Inset(theme.Space3, o))
}

func (d *Devices) build() fyne.CanvasObject {
	writing := card(container.NewBorder(parts.VBox(theme.Space2,
		parts.Section(lang.L("Write a model for devices"), ""), d.choose, d.about,
		parts.Sized(1, formsHeight, d.forms.Object()), d.formats,
		parts.HBox(theme.Space2, d.export, d.bundle), d.written), nil, nil, nil, d.files.Object()))
	checking := card(container.NewBorder(parts.VBox(theme.Space2,
		parts.Section(lang.L("Check an exported model"), ""),
		parts.NewParagraph(lang.L("Every part's length and checksum, that the parts belong together, and that all golden vectors give the same layers bit for bit."), true),
		parts.HBox(theme.Space2, parts.NewButton(lang.L("Choose folder…"), "", d.Check), parts.NewButton(lang.L("Load into the study…"), "", d.Load),
			parts.NewButton(lang.L("Load an earlier model…"), "", d.LoadEarlier)), d.verdict, d.detail), nil, nil, nil, d.facts.Object()))
	d.body = parts.Inset(theme.Space3, container.New(layout.NewGridLayoutWithColumns(2), writing, checking))
	d.empty = parts.Empty(lang.L("No model yet"), lang.L("Train a model or load one that was exported elsewhere; then it can be written for devices here. An exported folder can be checked at once."),
		parts.NewPrimary(lang.L("Go to Train"), "Ctrl 3", d.actions.Train), parts.NewButton(lang.L("Load a model…"), "", d.Load),
		parts.NewButton(lang.L("Load an earlier model…"), "", d.LoadEarlier), parts.NewButton(lang.L("Check a folder…"), "", d.Check))
	d.body.Hide()
	d.empty.Hide()
	return container.NewStack(parts.NewFill(theme.Ground), d.paged(container.NewStack(d.body, d.empty)))
}

// Content implements room.Room.
func (d *Devices) Content() fyne.CanvasObject { return d.object }

// Shown reads the models again.
func (d *Devices) Shown() {
	d.Reload()
	if d.pages.front == 1 {
		d.server.Shown()
	}
}

// Hidden implements room.Room.
func (d *Devices) Hidden() { d.server.Hidden() }

// SetStatus implements room.Status.
func (d *Devices) SetStatus(show func(string, bool)) {
	d.status = show
	d.server.SetStatus(show)
}

// Reload reads the models again, keeping the chosen one.
func (d *Devices) Reload() {
	task.Run(d.loading, func(ctx context.Context) ([]dataset.ModelRow, error) { return d.source.Models(ctx) },
		func(models []dataset.ModelRow, err error) {
			if err != nil {
				d.actions.Error(err)
				return
			}
			d.setModels(models)
		})
}

func (d *Devices) setModels(models []dataset.ModelRow) {
	before := d.chosen()
	d.models = slices.Clone(models)
	slices.SortStableFunc(d.models, func(a, b dataset.ModelRow) int {
		switch {
		case a.MacroF1 > b.MacroF1:
			return -1
		case a.MacroF1 < b.MacroF1:
			return 1
		}
		return 0
	})
	names := make([]string, len(d.models))
	at := 0
	for i, m := range d.models {
		names[i] = words.ModelLine(m)
		if m.ID == before.ID {
			at = i
		}
	}
	d.choose.SetOptions(names)
	if len(names) > 0 {
		d.choose.SetSelectedIndex(at)
		d.bundle.Enable()
	} else {
		d.choose.ClearSelected()
		d.bundle.Disable()
		d.picked()
	}
	d.show()
}

// show chooses between the cards and what to do first.
func (d *Devices) show() {
	if len(d.models) > 0 || d.check != nil || d.failed != "" {
		d.body.Show()
		d.empty.Hide()
	} else {
		d.body.Hide()
		d.empty.Show()
	}
	d.object.Refresh() // showing alone paints nothing
}

// chosen is the chosen model; the zero row when there is none.
func (d *Devices) chosen() dataset.ModelRow {
	if i := d.choose.SelectedIndex(); i >= 0 && i < len(d.models) {
		return d.models[i]
	}
	return dataset.ModelRow{}
}

func (d *Devices) picked() {
	m := d.chosen()
	if d.report != nil && d.report.Model != m.ID { // what was written of another model
		d.report = nil
		d.written.SetText("")
		d.files.Set(nil)
	}
	if m.ID == "" {
		d.about.SetText(lang.L("There is no model to write yet: train one, or load one."))
		d.forms.Set(nil)
		d.export.Disable()
		return
	}
	d.about.SetText(aboutModel(m))
	d.forms.Set(nil)
	task.Run(d.looking, func(ctx context.Context) (core.Preview, error) { return d.source.PreviewExport(ctx, m.ID) },
		func(p core.Preview, err error) {
			if err != nil {
				d.about.SetText(err.Error())
				return
			}
			d.about.SetText(aboutModel(m) + " " + aboutPreview(p))
			d.forms.Set(formRows(p))
			if p.Refused != "" {
				d.export.Disable()
			} else if d.job == 0 {
				d.export.Enable()
			}
		})
}

// wanted are the formats that are ticked.
func (d *Devices) wanted() []string {
	out := []string{core.FormatBlob}
	for i, name := range formatNames() {
		if slices.Contains(d.formats.Selected, name) {
			out = append(out, formatIDs[i])
		}
	}
	return out
}

// Bundle asks what goes into a bundle and where to, and writes it.
func (d *Devices) Bundle() {
	if len(d.models) > 0 {
		d.actions.Bundle(d.wanted())
	}
}

// Load asks for an exported model and brings it into the study.
func (d *Devices) Load() { d.actions.Load() }

// LoadEarlier asks for a model of the earlier system and how to read it.
func (d *Devices) LoadEarlier() { d.actions.LoadEarlier() }

// Export asks where to and writes the chosen model.
func (d *Devices) Export() {
	m := d.chosen()
	if m.ID == "" || d.job != 0 {
		return
	}
	d.actions.AskFolder("onset-"+words.Model(m), func(dir string) {
		d.export.Disable()
		d.written.SetText(lang.L("Writing…"))
		d.job = d.actions.Start(m.ID, dir, d.wanted())
	})
}

// Ended shows what an export wrote, or why it did not.
func (d *Devices) Ended(job int, r core.Report, err error, cancelled bool) {
	if job != d.job {
		return
	}
	d.job = 0
	d.export.Enable()
	d.written.SetText("")
	if d.report != nil { // what was written before is still there
		d.written.SetText(writtenText(*d.report))
	}
	switch {
	case cancelled:
	case err != nil:
		d.actions.Error(err)
	case r.Model != d.chosen().ID: // another was chosen meanwhile
		d.status(lang.L("Exported to {{.Dir}}", map[string]any{"Dir": r.Directory}), false)
		d.checkFolder(r.Directory)
	default:
		d.report = &r
		d.written.SetText(writtenText(r))
		d.files.Set(fileRows(r))
		d.status(lang.L("Exported to {{.Dir}}", map[string]any{"Dir": r.Directory}), false)
		d.checkFolder(r.Directory)
	}
}

// Check asks for a folder and checks it.
func (d *Devices) Check() { d.actions.PickFolder(d.checkFolder) }

func (d *Devices) checkFolder(dir string) {
	d.verdict.SetText(lang.L("Checking…"))
	d.verdict.SetTone(theme.Muted)
	task.Run(d.checking, func(ctx context.Context) (core.CheckReport, error) { return d.source.CheckExport(ctx, dir) },
		func(r core.CheckReport, err error) {
			d.check, d.failed = nil, ""
			d.detail.SetText(dir)
			if err != nil {
				d.failed = refusal(err)
				d.verdict.SetText(lang.L("Refused"))
				d.verdict.SetTone(theme.Error)
				d.detail.SetText(dir + ": " + d.failed)
				d.facts.Set(nil)
			} else {
				d.check = &r
				d.verdict.SetText(lang.L("Checked: all parts are whole and prove themselves"))
				d.verdict.SetTone(theme.Accent)
				d.facts.Set(factRows(r))
			}
			d.show()
		})
}

// refusal is why a folder was refused, in its own words.
func refusal(err error) string {
	var refused *core.RefusedError
	if errors.As(err, &refused) {
		return strings.TrimSpace(refused.Error())
	}
	return err.Error()
}

// Commands implements room.Commander.
func (d *Devices) Commands() []room.Command {
	return append([]room.Command{
		{ID: "devices.export", Name: lang.L("Export the chosen model"), Keys: "Ctrl+E", Run: d.Export},
		{ID: "devices.bundle", Name: lang.L("Write a bundle for a lab"), Run: d.Bundle},
		{ID: "devices.load", Name: lang.L("Load an exported model into the study"), Run: d.Load},
		{ID: "devices.earlier", Name: lang.L("Load a model of the earlier system"), Run: d.LoadEarlier},
		{ID: "devices.check", Name: lang.L("Check an exported model"), Run: d.Check},
	}, d.serverCommands()...)
}

// DumpState implements room.StateDumper.
func (d *Devices) DumpState() map[string]any {
	state := map[string]any{"models": len(d.models), "model": d.chosen().ID, "running": d.job != 0, "refused": d.failed, "verdict": d.verdict.Text(), "formats": d.wanted(), "forms": d.forms.Rows(), "server": d.server.DumpState()}
	if d.report != nil {
		state["directory"], state["files"] = d.report.Directory, len(d.report.Files)
	}
	return state
}
