// Package people is the room of the participant sheet: who is in the study
// under which code, what is known of them, and who shares a model.
package people

import (
	"context"
	"slices"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	"onset/views/parts"
	"onset/views/room"
	"onset/views/task"
	"onset/views/theme"
	"onset/views/words"
)

// Source is where participants come from and go to. Its methods may block.
type Source interface {
	Current() app.StudyState
	People(context.Context) ([]app.Person, error)
	PutPeople(ctx context.Context, people []dataset.Participant, fresh ...dataset.ParticipantID) error
	Withdrawals(context.Context) ([]time.Time, error)
	ReadSheet(ctx context.Context, path string) (dataset.Sheet, error)
	WriteSheet(ctx context.Context, path string) error
	ProposeGroups(context.Context, app.GroupChoice) (app.GroupProposal, error)
	SettlePerson(ctx context.Context, code, as dataset.ParticipantID) error
	CopiesWith(context.Context, dataset.ParticipantID) ([]app.Backup, error)
	RemoveCopies(ctx context.Context, paths []string) error
	ParticipantFields(context.Context) ([]string, error)
	PutParticipantField(ctx context.Context, name string, there bool) error
	WithdrawalOf(context.Context, dataset.ParticipantID) (dataset.Withdrawal, error)
}

// Actions are what the room asks of the window. They are called on the
// interface's goroutine.
type Actions struct {
	Ask      func(title, hint, value string, done func(text string))
	Confirm  func(title, text, yes string, run func())
	Settle   func(title, text, no, yes string, run func()) // Confirm with a word for leaving it
	Choose   func(title, hint string, rows [][2]string, yes string, take func(i int))
	PickFile func(done func(path string))
	AskSave  func(done func(path string))
	Clear    func() func(ctx context.Context, path string) error                      // refuses what was just written when it holds a name
	Withdraw func(id dataset.ParticipantID, done func(v dataset.Withdrawal, ok bool)) // as a job; ok: they are gone
	Names    func() bool                                                              // whether the key file is open, so that names go with a withdrawal
	Error    func(error)
	Focus    func(fyne.Focusable)
	Key      func(*fyne.KeyEvent)
}

// People is the room.
type People struct {
	source  Source
	actions Actions
	runner  task.Runner
	loading *task.Lane
	asking  *task.Lane

	people []app.Person
	extra  []string // free fields that were added, also those that hold nothing yet
	loaded bool
	going  map[dataset.ParticipantID]bool // who is being withdrawn
	undone []step
	steps  []step

	sheet  *sheet
	side   sidebar
	totals *parts.Text
	empty  fyne.CanvasObject
	body   fyne.CanvasObject
	object fyne.CanvasObject
	say    func(string, bool)
}

var (
	_ room.Room        = (*People)(nil)
	_ room.Undoer      = (*People)(nil)
	_ room.KeyHandler  = (*People)(nil)
	_ room.Commander   = (*People)(nil)
	_ room.Exporter    = (*People)(nil)
	_ room.StateDumper = (*People)(nil)
	_ room.Status      = (*People)(nil)
)

// New makes the room.
func New(source Source, actions Actions, runner task.Runner) *People {
	p := &People{source: source, actions: actions, runner: runner, going: map[dataset.ParticipantID]bool{}, loading: task.NewLane(runner), asking: task.NewLane(runner), say: func(string, bool) {}}
	p.sheet = newSheet(p)
	p.totals = parts.NewText("", parts.Style{Tone: theme.Muted, Cut: true, Align: fyne.TextAlignTrailing})
	p.object = p.build()
	return p
}

func (p *People) build() fyne.CanvasObject {
	bar := parts.Below(parts.InsetXY(theme.Space3, 7, container.NewBorder(nil, nil,
		parts.HBox(theme.Space2, p.writer(parts.NewButton(lang.L("Add a person…"), "", p.add)), p.writer(parts.NewButton(lang.L("Add a field…"), "", p.addField)),
			p.writer(parts.NewButton(lang.L("Read a sheet…"), "", p.read)), parts.NewButton(lang.L("Write the sheet…"), "", p.write)),
		nil, parts.InsetXY(theme.Space3, 0, p.totals))), parts.Rule())
	p.empty = parts.Empty(lang.L("Nobody is in the study yet"),
		lang.L("People come in with their recordings, under study codes. A sheet from a spreadsheet (CSV whose first column is participant) can be read before."),
		p.writer(parts.NewPrimary(lang.L("Read a sheet…"), "", p.read)))
	p.empty.Hide()
	p.buildSide()
	p.body = parts.Beside(p.sheet.object, p.side.object)
	return container.NewStack(parts.NewFill(theme.Ground), parts.Above(bar, container.NewStack(p.body, p.empty)))
}

// Content implements room.Room.
func (p *People) Content() fyne.CanvasObject { return p.object }

// Shown reads the people again and takes the keys.
func (p *People) Shown() {
	p.Reload()
	p.actions.Focus(p.sheet)
}

// Hidden implements room.Room.
func (p *People) Hidden() { p.sheet.close(true) }

// SetStatus implements room.Status.
func (p *People) SetStatus(show func(string, bool)) { p.say = show }

func (p *People) status(text string, urgent bool) { p.say(text, urgent) }

func (p *People) readOnly() bool { return p.source.Current().ReadOnly }

// writer is a button that changes the study. In one that is open read-only it is
// off, and says why.
func (p *People) writer(b *parts.Button) *parts.Button {
	if p.readOnly() {
		b.Refuse(func() { p.status(words.ReadOnly(), true) })
	}
	return b
}

// refused says why nothing of the study can be changed, when it is so.
func (p *People) refused() bool {
	if p.readOnly() {
		p.status(words.ReadOnly(), true)
	}
	return p.readOnly()
}

// known is what is read of a study's people.
type known struct {
	people []app.Person
	fields []string
}

// Reload reads the people again, keeping the cell.
func (p *People) Reload() {
	task.Run(p.loading, func(ctx context.Context) (known, error) {
		list, err := p.source.People(ctx)
		if err != nil {
			return known{}, err
		}
		fields, err := p.source.ParticipantFields(ctx)
		return known{list, fields}, err
	}, func(k known, err error) {
		if err != nil {
			p.actions.Error(err)
			return
		}
		if p.sheet.editing { // what is being typed stays where it is
			return
		}
		chosen := p.chosen()
		list := k.people
		p.people, p.extra, p.loaded = list, k.fields, true
		p.forgetGone()
		if i := slices.IndexFunc(list, func(x app.Person) bool { return x.ID == chosen }); i >= 0 {
			p.sheet.row = i
		}
		p.show()
	})
}

// index is where a person stands in the sheet, -1 for nowhere.
func (p *People) index(id dataset.ParticipantID) int {
	return slices.IndexFunc(p.people, func(x app.Person) bool { return x.ID == id })
}

func (p *People) show() {
	p.dropStaleProposal()
	visible(p.empty, p.loaded && len(p.people) == 0)
	visible(p.body, len(p.people) > 0)
	p.sheet.set(p.columns())
	seconds, sessions, open := 0.0, 0, 0
	for _, x := range p.people {
		seconds += x.Seconds
		sessions += x.Sessions
		if x.Unsettled > 0 {
			open++
		}
	}
	p.totals.SetText("")
	if len(p.people) > 0 {
		p.totals.SetText(words.Many(int64(len(p.people)), lang.L("person"), lang.L("people")) + ", " +
			words.Many(int64(sessions), lang.L("session"), lang.L("sessions")) + ", " + words.Total(seconds))
	}
	if open > 0 {
		p.totals.SetText(words.Many(int64(open), lang.L("code to be settled"), lang.L("codes to be settled")) + "; " + p.totals.Text())
	}
	p.chosenPerson()
	p.showGroups()
	p.object.Refresh()
}

func visible(o fyne.CanvasObject, on bool) {
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}

func (p *People) chosen() dataset.ParticipantID {
	if p.sheet.row < len(p.people) {
		return p.people[p.sheet.row].ID
	}
	return ""
}

// TypedKey implements room.KeyHandler.
func (p *People) TypedKey(e *fyne.KeyEvent) { p.sheet.TypedKey(e) }

// TypedRune implements room.KeyHandler.
func (p *People) TypedRune(r rune) { p.sheet.TypedRune(r) }

// Commands implements room.Commander.
func (p *People) Commands() []room.Command {
	return []room.Command{
		{ID: "people.add", Name: lang.L("Add a person"), Run: p.add},
		{ID: "people.field", Name: lang.L("Add a field to the sheet"), Run: p.addField},
		{ID: "people.field-remove", Name: lang.L("Remove a field from the sheet"), Run: p.removeField},
		{ID: "people.read", Name: lang.L("Read a participant sheet"), Run: p.read},
		{ID: "people.write", Name: lang.L("Write the participant sheet"), Run: p.write},
		{ID: "people.groups", Name: lang.L("Propose groups"), Run: p.propose},
		{ID: "people.one-group", Name: lang.L("One group for everybody"), Run: p.oneGroup},
		{ID: "people.settle-own", Name: lang.L("This code is a person of their own"), Run: p.settleOwn},
		{ID: "people.settle-as", Name: lang.L("This code is somebody else of the study"), Run: p.settleAs},
		{ID: "people.withdraw", Name: lang.L("Withdraw this participant"), Run: p.withdraw},
	}
}

// DumpState implements room.StateDumper.
func (p *People) DumpState() map[string]any {
	state := map[string]any{"people": len(p.people), "row": p.sheet.row, "col": p.sheet.col, "editing": p.sheet.editing, "chosen": string(p.chosen()),
		"groups": p.side.groups.Text(), "open": p.side.open.Text()}
	if p.sheet.row < len(p.people) && p.sheet.col < len(p.sheet.columns) {
		state["field"] = p.sheet.columns[p.sheet.col].key
		state["cell"] = p.cell(p.sheet.row, p.sheet.columns[p.sheet.col])
	}
	if p.side.proposal != nil {
		state["proposed"] = strconv.Itoa(len(p.side.proposal.Names))
	}
	return state
}
