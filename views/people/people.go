// Package people is the room of the participant sheet: who is in the study
// under which code, what is known of them, and who shares a model.
package people

import (
	"context"
	"slices"
	"strconv"
	"strings"
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
	ReadSheet(ctx context.Context, path string) ([]dataset.Participant, error)
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
	Clear    func() func(ctx context.Context, path string) error           // refuses what was just written when it holds a name
	Withdraw func(id dataset.ParticipantID, done func(dataset.Withdrawal)) // as a job
	Names    func() bool                                                   // whether the key file is open, so that names go with a withdrawal
	Error    func(error)
	Focus    func(fyne.Focusable)
	Key      func(*fyne.KeyEvent)
}

// step is a change of the sheet that can be taken back.
type step struct {
	name          string
	before, after []dataset.Participant
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
	p := &People{source: source, actions: actions, runner: runner, loading: task.NewLane(runner), asking: task.NewLane(runner), say: func(string, bool) {}}
	p.sheet = newSheet(p)
	p.totals = parts.NewText("", parts.Style{Tone: theme.Muted, Cut: true, Align: fyne.TextAlignTrailing})
	p.object = p.build()
	return p
}

func (p *People) build() fyne.CanvasObject {
	bar := parts.Below(parts.InsetXY(theme.Space3, 7, container.NewBorder(nil, nil,
		parts.HBox(theme.Space2, parts.NewButton(lang.L("Add a person…"), "", p.add), parts.NewButton(lang.L("Add a field…"), "", p.addField),
			parts.NewButton(lang.L("Read a sheet…"), "", p.read), parts.NewButton(lang.L("Write the sheet…"), "", p.write)),
		nil, parts.InsetXY(theme.Space3, 0, p.totals))), parts.Rule())
	p.empty = parts.Empty(lang.L("Nobody is in the study yet"),
		lang.L("People come in with their recordings, under study codes. A sheet from a spreadsheet (CSV whose first column is participant) can be read before."),
		parts.NewPrimary(lang.L("Read a sheet…"), "", p.read))
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

// forgetGone drops the changes that concern somebody whom the study has not any
// more: taking them back or making them again would bring the person back.
func (p *People) forgetGone() {
	gone := func(s step) bool {
		return slices.ContainsFunc(slices.Concat(s.before, s.after), func(x dataset.Participant) bool { return p.index(x.ID) < 0 })
	}
	p.steps, p.undone = slices.DeleteFunc(p.steps, gone), slices.DeleteFunc(p.undone, gone)
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

// columns are the fixed fields with the free ones of all people between.
func (p *People) columns() []field {
	before, after := fixed()
	names := slices.Clone(p.extra)
	for _, x := range p.people {
		for k := range x.Fields {
			if !slices.Contains(names, k) {
				names = append(names, k)
			}
		}
	}
	slices.Sort(names)
	for _, n := range names {
		before = append(before, field{key: "field:" + n, title: n})
	}
	if len(names) == 0 {
		before[len(before)-1].width = 0
	}
	return append(before, after...)
}

// cell is what a place of the sheet shows.
func (p *People) cell(row int, f field) string {
	x := p.people[row]
	switch f.key {
	case "code":
		if x.Unsettled > 0 {
			return lang.L("{{.Code}}  who?", map[string]any{"Code": x.ID})
		}
	case "sessions":
		return words.Count(int64(x.Sessions))
	case "minutes":
		return words.Total(x.Seconds)
	case "sets":
		return words.Count(int64(x.Sets))
	}
	return value(x.Participant, f.key)
}

func (p *People) chosen() dataset.ParticipantID {
	if p.sheet.row < len(p.people) {
		return p.people[p.sheet.row].ID
	}
	return ""
}

// change edits one field of one person, durably, and can be taken back.
func (p *People) change(row int, f field, text string) {
	before := p.people[row].Participant
	p.put(lang.L("change of {{.Code}}", map[string]any{"Code": before.ID}), []dataset.Participant{with(before, f.key, text)})
}

// put stores people and remembers how they were. Only the codes in fresh may be
// new to the study.
func (p *People) put(name string, after []dataset.Participant, fresh ...dataset.ParticipantID) {
	if p.readOnly() {
		p.status(lang.L("The study is open for reading only"), true)
		return
	}
	s := step{name: name, after: after}
	for _, x := range after {
		if i := p.index(x.ID); i >= 0 {
			s.before = append(s.before, p.people[i].Participant)
		}
	}
	p.store(after, fresh, func() {
		p.steps, p.undone = append(p.steps, s), nil
		if len(s.before) < len(after) { // somebody is new, and is only removed by withdrawing
			p.steps = nil
		}
		if !p.sheet.editing { // else it says what the cell takes
			p.status(lang.L("Saved: {{.What}}", map[string]any{"What": name}), false)
		}
	})
}

// store shows people at once and makes them durable.
func (p *People) store(list []dataset.Participant, fresh []dataset.ParticipantID, then func()) {
	for _, x := range list {
		if i := p.index(x.ID); i >= 0 {
			p.people[i].Participant = x
		} else if slices.Contains(fresh, x.ID) {
			p.people = append(p.people, app.Person{Participant: x})
			p.loaded = true
		}
	}
	slices.SortFunc(p.people, func(a, b app.Person) int { return strings.Compare(string(a.ID), string(b.ID)) })
	p.show()
	task.Do(p.runner, func(ctx context.Context) error { return p.source.PutPeople(ctx, list, fresh...) }, func(err error) {
		if err != nil {
			p.actions.Error(err)
			p.Reload()
			return
		}
		then()
	})
}

// Undo takes back the last change of the sheet.
func (p *People) Undo() {
	if n := len(p.steps); n > 0 {
		s := p.steps[n-1]
		p.store(s.before, nil, func() { p.steps, p.undone = p.steps[:n-1], append(p.undone, s) })
	}
}

// Redo makes it again.
func (p *People) Redo() {
	if n := len(p.undone); n > 0 {
		s := p.undone[n-1]
		p.store(s.after, nil, func() { p.undone, p.steps = p.undone[:n-1], append(p.steps, s) })
	}
}

// CanUndo implements room.Undoer.
func (p *People) CanUndo() (undo, redo string) {
	if n := len(p.steps); n > 0 {
		undo = p.steps[n-1].name
	}
	if n := len(p.undone); n > 0 {
		redo = p.undone[n-1].name
	}
	return undo, redo
}

func (p *People) add() {
	p.actions.Ask(lang.L("Add a person"), lang.L("The study code, such as P07. Never a name: whoever opens the study sees it."), "", func(text string) {
		id := dataset.ParticipantID(strings.TrimSpace(text))
		switch {
		case id == "":
		case p.index(id) >= 0:
			p.status(lang.L("{{.Code}} is in the study already", map[string]any{"Code": id}), true)
		default:
			p.put(lang.L("{{.Code}} added", map[string]any{"Code": id}), []dataset.Participant{{ID: id}}, id)
		}
	})
}

func (p *People) addField() {
	p.actions.Ask(lang.L("Add a field"), lang.L("What it is called, such as diagnosis or height_cm. It becomes a column; empty cells are not stored."), "", func(text string) {
		name := strings.TrimSpace(text)
		if name != "" && !slices.ContainsFunc(p.columns(), func(f field) bool { return f.title == name || f.key == "field:"+name }) {
			p.putField(name, true, lang.L("the field {{.Name}}", map[string]any{"Name": name}))
		}
	})
}

// putField adds a free field or takes it away, durably.
func (p *People) putField(name string, there bool, what string) {
	if p.readOnly() {
		p.status(lang.L("The study is open for reading only"), true)
		return
	}
	task.Do(p.runner, func(ctx context.Context) error { return p.source.PutParticipantField(ctx, name, there) }, func(err error) {
		if err != nil {
			p.actions.Error(err)
			return
		}
		p.Reload()
		p.status(lang.L("Saved: {{.What}}", map[string]any{"What": what}), false)
	})
}

// removeField takes a free field off the sheet in which nobody has a value.
func (p *People) removeField() {
	var rows [][2]string
	for _, name := range p.extra {
		if !slices.ContainsFunc(p.people, func(x app.Person) bool { return x.Fields[name] != "" }) {
			rows = append(rows, [2]string{name, lang.L("nobody has a value in it")})
		}
	}
	if len(rows) == 0 {
		p.status(lang.L("Every field of the sheet holds values; empty its cells first"), true)
		return
	}
	p.actions.Choose(lang.L("Remove a field"), lang.L("Fields in which nobody has a value."), rows, lang.L("Remove"), func(i int) {
		p.putField(rows[i][0], false, lang.L("the field {{.Name}} removed", map[string]any{"Name": rows[i][0]}))
	})
}

func (p *People) read() {
	p.actions.PickFile(func(path string) {
		task.Run(p.asking, func(ctx context.Context) (readSheet, error) {
			list, err := p.source.ReadSheet(ctx, path)
			if err != nil {
				return readSheet{}, err
			}
			withdrew, err := p.source.Withdrawals(ctx)
			return readSheet{list, withdrew}, err
		}, func(r readSheet, err error) {
			if err != nil {
				p.actions.Error(err)
				return
			}
			p.confirmSheet(r)
		})
	})
}

// readSheet is a sheet that was read, and when people withdrew from the study.
type readSheet struct {
	list     []dataset.Participant
	withdrew []time.Time
}

// confirmSheet says what a sheet would change before it does, and names whom it
// would add: one of them may have withdrawn.
func (p *People) confirmSheet(r readSheet) {
	list := r.list
	var fresh []dataset.ParticipantID
	var codes []string
	for _, x := range list {
		if p.index(x.ID) < 0 {
			fresh, codes = append(fresh, x.ID), append(codes, string(x.ID))
		}
	}
	text := lang.L("The sheet has {{.People}}: {{.New}} new, {{.Old}} whose fields are replaced. People who are not in it stay as they are.",
		map[string]any{"People": words.Many(int64(len(list)), lang.L("person"), lang.L("people")), "New": len(fresh), "Old": len(list) - len(fresh)})
	if len(fresh) > 0 {
		text += "\n\n" + lang.L("New: {{.Codes}}.", map[string]any{"Codes": few(codes)})
	}
	if n := len(r.withdrew); n > 0 && len(fresh) > 0 {
		text += " " + lang.L("{{.People}} from this study, last on {{.Day}}; the ledger keeps that it happened, not who. Make sure that none of the new codes is theirs: taking it over would bring them back.", map[string]any{
			"People": words.Many(int64(n), lang.L("person has withdrawn"), lang.L("people have withdrawn")), "Day": r.withdrew[n-1].Local().Format("2 Jan 2006")})
	}
	p.actions.Confirm(lang.L("Take this sheet over?"), text, lang.L("Take over"), func() { p.put(lang.L("a sheet read"), list, fresh...) })
}

// few lists codes in a sentence and counts the rest.
func few(codes []string) string {
	const most = 12
	if len(codes) > most {
		return strings.Join(codes[:most], ", ") + " " + lang.L("and {{.N}} more", map[string]any{"N": len(codes) - most})
	}
	return strings.Join(codes, ", ")
}

func (p *People) write() {
	p.actions.AskSave(func(path string) {
		clear := p.actions.Clear()
		task.Do(p.runner, func(ctx context.Context) error {
			if err := p.source.WriteSheet(ctx, path); err != nil {
				return err
			}
			return clear(ctx, path)
		}, func(err error) {
			if err != nil {
				p.actions.Error(err)
				return
			}
			p.status(lang.L("Written to {{.Path}}", map[string]any{"Path": path}), false)
		})
	})
}

// TypedKey implements room.KeyHandler.
func (p *People) TypedKey(e *fyne.KeyEvent) { p.sheet.TypedKey(e) }

// TypedRune implements room.KeyHandler.
func (p *People) TypedRune(r rune) { p.sheet.TypedRune(r) }

// Exports implements room.Exporter.
func (p *People) Exports() []room.Export {
	return []room.Export{{Name: lang.L("Participant sheet as CSV"), Extension: ".csv", Suggested: "participants",
		Write: func(path string) error { return p.source.WriteSheet(context.Background(), path) }}}
}

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
