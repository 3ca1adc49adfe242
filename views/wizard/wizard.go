// Package wizard describes a table that no decoder knows: how its text is laid
// out, which column is what, in which unit, and when it was taken. Every choice
// shows at once on the first rows, and nothing is imported while a unit is not
// said.
package wizard

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	"onset/dataset/codec"
	"onset/views/task"
)

// Source is what the wizard reads tables with. Its methods may block.
type Source interface {
	InspectTable(ctx context.Context, path string, rule *codec.FileRule) (app.Table, error)
	TryMapping(ctx context.Context, path string, m codec.Mapping) (*codec.Trial, error)
	SaveMapping(ctx context.Context, m codec.Mapping, path string, replace bool) (to string, byHeader bool, err error)
	PrepareMapping(m codec.Mapping) (*codec.Mapping, error)
	Participants(context.Context) ([]dataset.Participant, error)
	StudyZone(context.Context) (string, error)
}

// Actions are what the wizard asks of the window. They are called on the
// interface's goroutine.
type Actions struct {
	// Import brings the files in with a mapping that is ready.
	Import  func(m *codec.Mapping, paths []string, participant dataset.ParticipantID)
	Close   func()
	Confirm func(title, text, no, yes string, run func())
	Error   func(error)
	Focus   func(fyne.Focusable)
}

// Wizard is the content of the dialog.
type Wizard struct {
	source  Source
	actions Actions
	runner  task.Runner
	looking *task.Lane
	trying  *task.Lane
	keys    keys

	paths   []string // all files that the description is for; the first is shown
	table   app.Table
	draft   draft
	saved   string // the draft's mapping as it was first proposed or last saved
	chosen  int
	badRow  int64
	badCell int // its column, -1 where it is about the whole row
	missing []string
	problem string // why the rows can not be read
	setting string // what may be said so that they can, such as codec.SettingEmpty
	trial   *codec.Trial
	busy    bool // a trial is under way
	people  []dataset.Participant
	loaded  bool
	leaving bool

	studyZone  string // of the study's sessions; empty when it has none
	zoneSaid   bool   // somebody has typed or chosen a zone
	zonesFound []string
	note       string // what saving the mapping came to
	savedAs    string // the name under which this wizard has saved it

	view  view
	panel panel
}

// New makes the wizard for files that are laid out alike.
func New(paths []string, source Source, actions Actions, runner task.Runner) *Wizard {
	w := &Wizard{source: source, actions: actions, runner: runner, looking: task.NewLane(runner), trying: task.NewLane(runner), paths: paths}
	w.keys = keys{enter: w.Enter, escape: w.Escape}
	w.build()
	task.Do(runner, func(ctx context.Context) (err error) {
		if w.people, err = source.Participants(ctx); err == nil {
			w.studyZone, err = source.StudyZone(ctx)
		}
		return err
	}, func(err error) {
		if err == nil {
			w.showPerson()
			w.presetZone()
		}
	})
	w.look(nil)
	return w
}

// Object is the wizard on the screen.
func (w *Wizard) Object() fyne.CanvasObject { return w.view.object }

// First is what has the focus when the wizard opens.
func (w *Wizard) First() fyne.Focusable { return w.view.preview }

// look reads the beginning of the file, as rule says or as it is found.
func (w *Wizard) look(rule *codec.FileRule) {
	task.Run(w.looking, func(ctx context.Context) (app.Table, error) { return w.source.InspectTable(ctx, w.paths[0], rule) },
		func(t app.Table, err error) {
			if err != nil {
				w.problem = sentence(err)
				w.trial = nil
				w.show()
				return
			}
			before := w.table
			w.table = t
			switch {
			case !w.loaded:
				w.draft = newDraft(t)
				w.loaded = true
				w.choose(w.firstOpen())
				w.saved = w.text()
			case !alike(before, t):
				w.draft.take(t)
				w.chosen = min(w.chosen, len(t.Columns)-1)
			}
			w.fill()
			w.changed()
			w.presetZone()
		})
}

// alike reports tables with the same columns, so that what was said of them
// still holds.
func alike(a, b app.Table) bool {
	return a.Inspection != nil && slices.EqualFunc(a.Columns, b.Columns, func(x, y codec.InspectedColumn) bool {
		return x.Name == y.Name && x.Kind == y.Kind
	})
}

// firstOpen is the first column that needs an answer, else the first of samples.
func (w *Wizard) firstOpen() int {
	first := -1
	for i, c := range w.draft.columns {
		if c.as == asTime && w.draft.timeUnit == "" {
			return i
		}
		if c.as == asSamples {
			if c.unit == "" {
				return i
			}
			if first < 0 {
				first = i
			}
		}
	}
	return max(first, 0)
}

// laidOut reads the file again after its layout was changed.
func (w *Wizard) laidOut() {
	if !w.loaded {
		return
	}
	rule := w.draft.rule
	w.look(&rule)
}

// choose puts a column into the panel at the side.
func (w *Wizard) choose(i int) {
	if i < 0 || i >= len(w.draft.columns) {
		return
	}
	w.chosen = i
	if w.view.preview != nil && w.view.built {
		w.showColumn()
		w.view.preview.Refresh()
		w.view.preview.reveal(i)
	}
}

// changed shows what follows from the draft and tries it on the first rows.
func (w *Wizard) changed() {
	if !w.loaded {
		return
	}
	m, missing := w.draft.mapping(w.table)
	w.missing, w.problem, w.setting, w.note = missing, "", "", ""
	if len(missing) > 0 {
		w.trying.Cancel()
		w.trial, w.busy, w.badRow = nil, false, 0
		w.view.preview.bad = nil
		w.show()
		return
	}
	w.busy = true
	w.show()
	task.Run(w.trying, func(ctx context.Context) (*codec.Trial, error) { return w.source.TryMapping(ctx, w.paths[0], m) }, w.tried)
}

// tried shows what the first rows became, or the row that could not be read.
func (w *Wizard) tried(t *codec.Trial, err error) {
	w.busy, w.trial, w.problem, w.setting, w.badRow, w.view.preview.bad = false, t, "", "", 0, nil
	if err != nil {
		w.trial, w.problem = nil, sentence(err)
		if bad, ok := errors.AsType[*codec.InputError](err); ok {
			w.problem, w.setting, w.badCell = bad.Plain()+".", bad.Setting, bad.Column-1
		}
		if bad, ok := errors.AsType[*app.RowError](err); ok {
			w.badRow = bad.Row
			if !w.isShown(bad.Row) {
				w.view.preview.bad = w.split(bad.Text)
			}
		}
	}
	w.show()
	w.view.preview.revealBad()
}

// between is what stands between cells.
func (w *Wizard) between() string {
	switch d := w.draft.rule.Delimiter; d {
	case "tab":
		return "\t"
	case "space":
		return " "
	default:
		return d
	}
}

// split cuts an offending row for showing it.
func (w *Wizard) split(text string) []string {
	if w.between() == "" {
		return []string{text}
	}
	return strings.Split(text, w.between())
}

func (w *Wizard) rowsShown() [][]string {
	if w.table.Inspection == nil {
		return nil
	}
	return w.table.Rows
}

func (w *Wizard) rowNumber(i int) int64 { return w.table.FirstOf + int64(i) }

func (w *Wizard) isShown(row int64) bool {
	return row >= w.table.FirstOf && row < w.rowNumber(len(w.rowsShown()))
}

// reason says why nothing can be imported yet; empty when it can.
func (w *Wizard) reason() string {
	switch {
	case !w.loaded && w.problem == "":
		return lang.L("Reading the file…")
	case len(w.missing) > 0:
		return strings.Join(w.missing, ". ") + "."
	case w.problem != "":
		return w.problem
	case w.busy:
		return lang.L("Trying it on the first rows…")
	}
	if _, err := w.person(); err != nil {
		return sentence(err)
	}
	return ""
}

// person is the study code typed, empty for a new one.
func (w *Wizard) person() (dataset.ParticipantID, error) {
	code := strings.TrimSpace(w.draft.participant)
	if code == "" {
		return "", nil
	}
	if len(code) > 40 || strings.ContainsAny(code, "/\\\"'{}\n\t") {
		return "", errors.New(lang.L("A study code is short: letters, digits, spaces and hyphens"))
	}
	return dataset.ParticipantID(code), nil
}

// text is the draft as it would be saved, to tell whether anything was said.
func (w *Wizard) text() string {
	m, _ := w.draft.mapping(w.table)
	raw, err := m.TOML()
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// Resume takes the wizard up again after an import that was refused, with all that
// was said. Something has to be said anew before the next import.
func (w *Wizard) Resume(r codec.Refusal) {
	w.leaving = false
	w.problem, w.setting = r.Plain().Reason, r.Setting
	w.show()
}

// Enter imports when everything is said; else it goes to what is missing.
func (w *Wizard) Enter() {
	if w.reason() == "" {
		w.start()
		return
	}
	if w.loaded && w.badRow == 0 {
		w.choose(w.firstOpen())
		switch c := w.draft.columns[w.chosen]; {
		case c.as == asSamples && c.unit == "":
			w.actions.Focus(w.panel.unit)
		case w.draft.local() && !isZone(w.draft.zone):
			w.actions.Focus(w.view.zone)
		}
	}
}

// Escape leaves the wizard; what was said and is not saved is asked about.
func (w *Wizard) Escape() {
	if w.leaving {
		return
	}
	if !w.loaded || w.text() == w.saved {
		w.close()
		return
	}
	w.actions.Confirm(lang.L("Leave without importing?"),
		lang.L("What you said about this table is not saved. The files and the study are as they were."),
		lang.L("Stay here"), lang.L("Leave"), w.close)
}

func (w *Wizard) close() {
	w.leaving = true
	w.looking.Cancel()
	w.trying.Cancel()
	w.actions.Close()
}

func sentence(err error) string { return app.Explain(err).What }

// localZone is the zone of this machine by name; empty when it has none.
func localZone() string {
	if name := time.Now().Location().String(); name != "Local" {
		return name
	}
	return ""
}

func base(paths []string) string {
	if len(paths) == 1 {
		return filepath.Base(paths[0])
	}
	return lang.L("{{.Name}} and {{.N}} more like it", map[string]any{"Name": filepath.Base(paths[0]), "N": len(paths) - 1})
}

func placeWord(p string) string { return strings.ReplaceAll(p, "-", " ") }

// DumpState tells a scripted run what the wizard shows.
func (w *Wizard) DumpState() map[string]any {
	m := map[string]any{"file": base(w.paths), "columns": len(w.draft.columns), "reason": w.reason(), "bad": w.badRow, "ready": w.reason() == ""}
	if w.loaded && w.chosen < len(w.draft.columns) {
		m["chosen"] = title(w.table, w.chosen)
		m["zone"], m["note"] = w.draft.zone, w.note
	}
	if w.trial != nil {
		m["hz"] = w.trial.MeasuredHz
	}
	return m
}
