// Package library is the room where sessions are found: a table of all of
// them, what each one holds, and the way to label, replay, export or delete it.
package library

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/dataset"
	"onset/views/parts"
	"onset/views/room"
	"onset/views/task"
	"onset/views/theme"
	"onset/views/words"
)

// Source is where sessions come from. Its methods may block.
type Source interface {
	Sessions(context.Context) ([]dataset.SessionSummary, error)
	Session(context.Context, dataset.SessionID) (dataset.Session, error)
	Settings(context.Context) (dataset.Settings, error)
	Labels(context.Context, dataset.SessionID) ([]dataset.Label, error)
	dataset.SampleReader
	DeleteSession(context.Context, dataset.SessionID) error
}

// Actions are what the room asks of the window. They are called on the
// interface's goroutine.
type Actions struct {
	Import func()
	Label  func(dataset.SessionSummary)
	Replay func(dataset.SessionSummary)
	Align  func(dataset.SessionSummary) // lays the session's devices on one time axis
	// Join joins a session with others of the person; also are those that are
	// proposed, being chosen with it.
	Join    func(v dataset.SessionSummary, also []dataset.SessionID)
	TakeOut func(dataset.SessionSummary) // takes one of its recordings out
	Export  func()                       // offers what Exports lists
	Confirm func(title, text, yes string, run func())
	Error   func(error)
	Focus   func(fyne.Focusable)
	Key     func(*fyne.KeyEvent) // takes what the table has no use for

	ReadOnly func() bool // nothing of the study can be changed; nil for never
}

func (a Actions) readOnly() bool { return a.ReadOnly != nil && a.ReadOnly() }

// writer is a button that changes the study. In one that is open read-only it is
// off, and says why.
func (l *Library) writer(b *parts.Button) *parts.Button {
	if l.actions.readOnly() {
		b.Refuse(func() { l.status(words.ReadOnly(), true) })
	}
	return b
}

// refused says why nothing of the study can be changed, when it is so.
func (l *Library) refused() bool {
	if l.actions.readOnly() {
		l.status(words.ReadOnly(), true)
	}
	return l.actions.readOnly()
}

// Preview shows a session's trace in little.
type Preview interface {
	Object() fyne.CanvasObject
	Show(dataset.Session)
	Clear()
}

// Library is the room.
type Library struct {
	hindered bool // the status line says what cannot be done with what is chosen
	source   Source
	actions  Actions
	runner   task.Runner
	loading  *task.Lane
	opening  *task.Lane

	table   table
	choice  choice
	shownID dataset.SessionID // what the panel shows
	held    func() fyne.KeyModifier
	classes *theme.Classes
	loaded  bool

	list   *sessionList
	head   *header
	filter *widget.Entry
	totals *parts.Text
	panel  *panel
	empty  fyne.CanvasObject
	nohit  fyne.CanvasObject
	body   fyne.CanvasObject
	object fyne.CanvasObject
	status func(string, bool)
}

var (
	_ room.Room        = (*Library)(nil)
	_ room.Searcher    = (*Library)(nil)
	_ room.Exporter    = (*Library)(nil)
	_ room.KeyHandler  = (*Library)(nil)
	_ room.Commander   = (*Library)(nil)
	_ room.Gesturer    = (*Library)(nil)
	_ room.Chooser     = (*Library)(nil)
	_ room.StateDumper = (*Library)(nil)
	_ room.Status      = (*Library)(nil)
)

// New makes the room. preview may be nil.
func New(source Source, actions Actions, preview Preview, runner task.Runner) *Library {
	l := &Library{source: source, actions: actions, runner: runner, loading: task.NewLane(runner), opening: task.NewLane(runner),
		classes: theme.NewClasses(nil), status: func(string, bool) {}, held: modifiers}
	l.panel = newPanel(preview, l)
	l.head = newHeader([columns]string{lang.L("Person"), lang.L("Session"), lang.L("Sensors"), lang.L("Length"),
		lang.L("Sets"), lang.L("Labelled"), lang.L("Findings")}, l.sort)
	l.head.set(byPerson, false)
	l.list = newSessionList(l)
	l.filter = widget.NewEntry()
	l.filter.SetPlaceHolder(lang.L("Filter: person, exercise, device, finding"))
	l.filter.OnChanged = l.find
	l.totals = parts.NewText("", parts.Style{Tone: theme.Muted, Cut: true, Align: fyne.TextAlignTrailing})
	l.object = l.build()
	return l
}

func (l *Library) build() fyne.CanvasObject {
	bar := parts.Below(parts.InsetXY(theme.Space3, 7, container.NewBorder(nil, nil,
		parts.HBox(theme.Space2, l.writer(parts.NewPrimary(lang.L("Import"), "", l.actions.Import)), parts.Sized(290, 28, l.filter)),
		nil, parts.InsetXY(theme.Space3, 0, l.totals))), parts.Rule())
	l.empty = parts.Empty(lang.L("No sessions yet"),
		lang.L("Drop recordings or whole folders on this window, or choose them. Onset knows a file by its content and names everything it could not read."),
		l.writer(parts.NewPrimary(lang.L("Import"), "", l.actions.Import)))
	l.nohit = parts.Empty(lang.L("No session matches"), lang.L("Every word of the filter must occur in a session's person, sensors, exercises, source or findings."),
		parts.NewButton(lang.L("Clear the filter"), "Esc", func() { l.filter.SetText("") }))
	l.empty.Hide()
	l.nohit.Hide()
	l.body = parts.Above(parts.Below(l.head, parts.Rule()), container.NewStack(l.list, l.nohit))
	return container.NewStack(parts.NewFill(theme.Ground),
		parts.Above(bar, container.NewStack(parts.Beside(l.body, l.panel.object), l.empty)))
}

// Content implements room.Room.
func (l *Library) Content() fyne.CanvasObject { return l.object }

// Shown reads the sessions again and takes the keys.
func (l *Library) Shown() {
	l.Reload()
	l.actions.Focus(l.list)
}

// Hidden implements room.Room.
func (l *Library) Hidden() {}

// SetStatus implements room.Status.
func (l *Library) SetStatus(show func(string, bool)) { l.status = show }

// Search narrows the table.
func (l *Library) Search(text string) { l.filter.SetText(text) }

type loaded struct {
	sessions []dataset.SessionSummary
	settings dataset.Settings
}

// Reload reads the sessions again, keeping the selection.
func (l *Library) Reload() {
	task.Run(l.loading, func(ctx context.Context) (loaded, error) {
		sessions, err := l.source.Sessions(ctx)
		if err != nil {
			return loaded{}, err
		}
		settings, err := l.source.Settings(ctx)
		return loaded{sessions, settings}, err
	}, func(v loaded, err error) {
		if err != nil {
			l.actions.Error(err)
			return
		}
		l.loaded = true
		l.classes = theme.NewClasses(v.settings.Exercises)
		l.table.set(v.sessions)
		l.arranged()
		l.shownID = ""
		if l.choice.front == "" && len(l.table.shown) > 0 {
			l.choose(0)
		} else if i := l.table.index(l.choice.front); i >= 0 {
			l.show(l.table.at(i).summary)
			l.tellChoice()
		} else {
			l.choice.only("")
			l.panel.clear()
		}
	})
}

// arranged shows the table after its rows, filter or order changed.
func (l *Library) arranged() {
	show(l.empty, l.loaded && len(l.table.all) == 0)
	show(l.body, len(l.table.all) > 0)
	show(l.panel.object, len(l.table.all) > 0)
	show(l.nohit, len(l.table.all) > 0 && len(l.table.shown) == 0)
	l.head.set(l.table.by, l.table.down)
	l.tellChoice()
	l.object.Refresh() // showing alone paints nothing
	l.list.UnselectAll()
	l.list.Refresh()
	if i := l.table.index(l.choice.front); i >= 0 {
		l.list.mark(i)
	}
}

func show(o fyne.CanvasObject, on bool) {
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}

func (l *Library) find(text string) {
	l.table.find(text)
	l.arranged()
}

func (l *Library) sort(by column) {
	l.table.sort(by)
	l.arranged()
}

// choose selects the i-th session shown, and it alone.
func (l *Library) choose(i int) {
	if i < 0 || i >= len(l.table.shown) {
		return
	}
	l.choice.only(l.table.at(i).summary.ID)
	l.choiceChanged(i)
}

// Choose selects a session by its id, clearing a filter that hides it.
func (l *Library) Choose(id dataset.SessionID) {
	if l.table.index(id) < 0 && l.table.filter != "" {
		l.filter.SetText("")
	}
	l.choose(l.table.index(id))
}

func (l *Library) show(s dataset.SessionSummary) {
	l.shownID = s.ID
	l.panel.begin(s, l.classes)
	task.Run(l.opening, func(ctx context.Context) (dataset.Session, error) { return l.source.Session(ctx, s.ID) },
		func(v dataset.Session, err error) {
			if err != nil {
				l.panel.fail(lang.L("This session could not be read: {{.Why}}", map[string]any{"Why": err}))
				return
			}
			l.panel.show(v)
			l.panel.about.SetText(aboutSession(s, v.Duration()))
		})
}

// Chosen is the session that is chosen, the one in front of several; false when
// none is.
func (l *Library) Chosen() (dataset.SessionSummary, bool) { return l.summary() }

// summary is the chosen session, the one in front of several.
func (l *Library) summary() (dataset.SessionSummary, bool) {
	if i := l.table.index(l.choice.front); i >= 0 {
		return l.table.at(i).summary, true
	}
	return dataset.SessionSummary{}, false
}

// PreferencesChanged counts anew: a rater in a blind pass sees their own labels
// alone.
func (l *Library) PreferencesChanged() {
	if l.loaded {
		l.Reload()
	}
}

// TypedKey moves in the table.
func (l *Library) TypedKey(e *fyne.KeyEvent) { l.list.TypedKey(e) }

// TypedRune starts to filter or runs a letter's command.
func (l *Library) TypedRune(r rune) { l.list.TypedRune(r) }

// Commands implements room.Commander.
func (l *Library) Commands() []room.Command {
	with := func(run func(dataset.SessionSummary)) func() {
		return func() {
			if s, ok := l.summary(); ok && run != nil {
				run(s)
			}
		}
	}
	return []room.Command{
		{ID: "library.label", Name: lang.L("Label this session"), Keys: "Enter", Run: with(l.actions.Label)},
		{ID: "library.replay", Name: lang.L("Replay this session"), Keys: "R", Run: with(l.actions.Replay)},
		{ID: "library.align", Name: lang.L("Align the devices of this session"), Run: with(l.align)},
		{ID: "library.join", Name: lang.L("Join into one session…"), Run: l.join},
		{ID: "library.takeout", Name: lang.L("Take a recording out…"), Run: with(l.takeOut)},
		{ID: "library.all", Name: lang.L("Choose all sessions that are shown"), Keys: "Ctrl+A", Run: l.ChooseAll},
		{ID: "library.filter", Name: lang.L("Filter the sessions"), Keys: "/", Run: func() { l.actions.Focus(l.filter) }},
		{ID: "library.export", Name: lang.L("Export the chosen sessions"), Keys: "Ctrl+E", Run: l.actions.Export},
		{ID: "library.delete", Name: lang.L("Delete the chosen sessions"), Keys: "Delete", Run: l.remove},
	}
}

// Gestures implements room.Gesturer.
func (l *Library) Gestures() []room.Gesture {
	return []room.Gesture{
		{Keys: lang.L("Up, Down"), Name: lang.L("Choose the session before or after")},
		{Keys: lang.L("Shift+Up, Down"), Name: lang.L("Choose several sessions, one below the other")},
		{Keys: lang.L("Shift+click"), Name: lang.L("Choose all sessions up to this one")},
		{Keys: lang.L("Ctrl+click"), Name: lang.L("Choose one session more, or one less")},
		{Keys: lang.L("Esc"), Name: lang.L("Choose one session alone; then clear the filter")},
	}
}

// Follow reads the sessions again and chooses one of them.
func (l *Library) Follow(id dataset.SessionID) {
	l.choice.only(id)
	l.Reload()
}

// DumpState implements room.StateDumper.
func (l *Library) DumpState() map[string]any {
	return map[string]any{"sessions": len(l.table.all), "shown": len(l.table.shown), "chosen": string(l.choice.front), "together": len(l.chosenSessions()),
		"filter": l.table.filter, "title": l.panel.title.Text()}
}
