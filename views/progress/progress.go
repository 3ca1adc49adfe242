// Package progress is the room that says how far the labelling is and how well
// two raters agree.
package progress

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/app"
	"onset/dataset"
	"onset/labeling"
	"onset/labeling/agreement"
	"onset/labeling/board"
	"onset/views/grid"
	"onset/views/parts"
	"onset/views/room"
	"onset/views/task"
	"onset/views/theme"
)

// Source is what the room needs of the workbench. Its methods may block, but for
// Preferences.
type Source interface {
	Board(ctx context.Context, c board.Choice) (board.Board, error)
	Agreement(ctx context.Context, first, second string) (*agreement.Report, error)
	Preferences() app.Preferences
}

// Actions are what the room asks of the window around it.
type Actions struct {
	Label func(dataset.SessionID) // open a session for labelling
	Error func(error)
	Key   func(*fyne.KeyEvent)
}

// mostExercises is how many exercises the table of people has room for.
const mostExercises = 8

// Progress is the room.
type Progress struct {
	source  Source
	actions Actions
	reading *task.Lane
	judging *task.Lane

	rater  string // as the preferences said last
	board  board.Board
	report *agreement.Report
	status func(string, bool)

	sets, people, todo *grid.Grid
	nothing            *parts.Paragraph // what stands where no session is to be done
	set                *widget.Select   // that sessions are counted by
	first, second      *widget.Select
	picked             bool // the person chose what is counted by
	filling            bool
	score              *fyne.Container
	summary            *parts.Text
	object             fyne.CanvasObject
}

var (
	_ room.Room        = (*Progress)(nil)
	_ room.Exporter    = (*Progress)(nil)
	_ room.StateDumper = (*Progress)(nil)
	_ room.Follower    = (*Progress)(nil)
)

// New makes the room; it reads nothing before it is shown.
func New(source Source, actions Actions, runner task.Runner) *Progress {
	p := &Progress{source: source, actions: actions, rater: source.Preferences().Rater, reading: task.NewLane(runner), judging: task.NewLane(runner), status: func(string, bool) {}}
	p.sets = grid.New([]grid.Column{{Title: lang.L("Label set"), Bold: true}, {Title: lang.L("Raters"), Muted: true}, {Title: lang.L("Sessions"), Width: 80, Numeric: true},
		{Title: lang.L("Sets"), Width: 60, Numeric: true}, {Title: lang.L("Minutes"), Width: 76, Numeric: true}, {Title: lang.L("Assisted"), Width: 80, Numeric: true}})
	people := []grid.Column{{Title: lang.L("Person"), Width: 66, Bold: true}, {Title: lang.L("Done"), Width: 56, Numeric: true}, {Title: lang.L("Minutes"), Width: 68, Numeric: true}}
	for range mostExercises {
		people = append(people, grid.Column{Numeric: true})
	}
	p.people = grid.New(people)
	p.todo = grid.New([]grid.Column{{Title: lang.L("Session to do"), Bold: true}, {Title: lang.L("Minutes"), Width: 76, Numeric: true}})
	for _, g := range []*grid.Grid{p.sets, p.people, p.todo} {
		g.OnKey = actions.Key
	}
	p.todo.OnSelected = func(i int) {
		if list := p.board.Todo(); i < len(list) && p.actions.Label != nil {
			p.actions.Label(list[i].ID)
		}
	}
	p.set = widget.NewSelect(nil, func(string) { p.changed(func() { p.picked = true; p.Reload() }) })
	p.first = widget.NewSelect(nil, func(string) { p.changed(p.judge) })
	p.second = widget.NewSelect(nil, func(string) { p.changed(p.judge) })
	p.nothing = parts.NewParagraph("", true)
	p.score = parts.VBox(theme.Space1)
	p.summary = parts.NewText("", parts.Style{Tone: theme.Muted, Cut: true})
	left := container.NewVSplit(
		container.NewBorder(parts.VBox(theme.Space2, parts.Section(lang.L("Who labelled what"), ""), p.summary), nil, nil, nil, p.sets.Object()),
		container.NewBorder(parts.InsetXY(0, theme.Space2, parts.Split(parts.Section(lang.L("Sets of each exercise by person"), ""), parts.HBox(theme.Space2, parts.Small(lang.L("counted in")), parts.Sized(160, 28, p.set)))), nil, nil, nil, p.people.Object()))
	left.Offset = 0.38
	right := container.NewVSplit(
		container.NewBorder(parts.VBox(theme.Space2, parts.Section(lang.L("Agreement of two raters"), ""), container.NewGridWithColumns(2, p.first, p.second)), nil, nil, nil,
			container.NewVScroll(parts.InsetXY(0, theme.Space2, p.score))),
		container.NewStack(p.todo.Object(), container.NewBorder(parts.InsetXY(0, 34, p.nothing), nil, nil, nil)))
	right.Offset = 0.64
	p.object = container.NewStack(parts.NewFill(theme.Ground), parts.Beside(parts.Inset(theme.Space4, left),
		container.NewStack(parts.NewFill(theme.Panel), parts.Sized(376, 10, parts.Inset(theme.Space3, right)))))
	return p
}

// changed runs what follows a person's own choice, not a filling of the lists.
func (p *Progress) changed(then func()) {
	if !p.filling {
		then()
	}
}

// Content is the screen.
func (p *Progress) Content() fyne.CanvasObject { return p.object }

// Shown reads everything anew.
func (p *Progress) Shown() { p.Reload() }

// Hidden stops reading.
func (p *Progress) Hidden() {
	p.reading.Cancel()
	p.judging.Cancel()
}

// SetStatus is how the room speaks in the status line.
func (p *Progress) SetStatus(show func(string, bool)) { p.status = show }

// PreferencesChanged follows another rater, whose own set it counts by.
func (p *Progress) PreferencesChanged() {
	if rater := p.source.Preferences().Rater; rater != p.rater {
		p.rater, p.picked = rater, false
	}
	p.Reload()
}

func all() string { return lang.L("all label sets") }

// chosen is what is counted by: until a person chooses, the board says.
func (p *Progress) chosen() board.Choice {
	switch {
	case !p.picked:
		return board.Choice{}
	case p.set.Selected == all():
		return board.Choice{All: true}
	}
	return board.Choice{Set: p.set.Selected}
}

// Reload reads the board.
func (p *Progress) Reload() {
	choice := p.chosen()
	task.Run(p.reading, func(ctx context.Context) (board.Board, error) { return p.source.Board(ctx, choice) },
		func(b board.Board, err error) {
			if err != nil {
				p.fail(err)
				return
			}
			p.board = b
			p.show()
		})
}

func (p *Progress) fail(err error) {
	if p.actions.Error != nil {
		p.actions.Error(err)
	}
}

func (p *Progress) show() {
	var names []string
	var rows [][]string
	for _, s := range p.board.Sets {
		names = append(names, s.Name)
		rows = append(rows, []string{s.Name, strings.Join(s.Raters, ", "), strconv.Itoa(s.Sessions), strconv.Itoa(s.Labels), fixed(s.Minutes, 1), share(s.Assisted, s.Labels)})
	}
	p.sets.Set(rows)
	p.fillSelects(names)
	todo := p.board.Todo()
	p.summary.SetText(summary(p.board, len(todo)))
	p.showPeople()
	rows = nil
	for _, s := range todo {
		rows = append(rows, []string{lang.L("{{.Person}}, session {{.N}}", map[string]any{"Person": s.Participant, "N": s.Number}), fixed(s.DurationS/60, 1)})
	}
	p.todo.Set(rows)
	p.nothing.SetText(nothingToDo(p.board, len(todo)))
	p.judge()
}

// summary says how far the labelling is, and which labels that counts.
func summary(b board.Board, todo int) string {
	what := map[string]any{"Done": len(b.Sessions) - todo, "Of": len(b.Sessions), "Sets": b.Counted, "Minutes": fixed(b.Minutes, 1), "Set": b.Set}
	if b.Set == "" && len(b.Sets) > 0 {
		return lang.L("In any label set: {{.Done}} of {{.Of}} sessions, {{.Sets}} sets, {{.Minutes}} min. Each moment counts once, and so do labels of one exercise that overlap.", what)
	}
	if b.Set == "" {
		return lang.L("{{.Done}} of {{.Of}} sessions labelled", what)
	}
	return lang.L("In {{.Set}}: {{.Done}} of {{.Of}} sessions labelled, {{.Sets}} sets, {{.Minutes}} min", what)
}

// nothingToDo says why no session is listed as to do; empty when some are.
func nothingToDo(b board.Board, todo int) string {
	switch {
	case todo > 0:
		return ""
	case len(b.Sessions) == 0:
		return lang.L("The study has no session yet. Import recordings in the Library.")
	case b.Set != "":
		return lang.L("Every session has labels of {{.Set}}.", map[string]any{"Set": b.Set})
	}
	return lang.L("Every session has labels. Choose a label set under “counted in” to see what one rater has left.")
}

func (p *Progress) showPeople() {
	titles := []string{lang.L("Person"), lang.L("Done"), lang.L("Minutes")}
	for i := range mostExercises {
		title := ""
		if i < len(p.board.Exercises) {
			title = labeling.Short(p.board.Exercises[i])
		}
		if i == mostExercises-1 && len(p.board.Exercises) > mostExercises {
			title = lang.L("others")
		}
		titles = append(titles, title)
	}
	p.people.Weights(weightsOf(titles))
	p.people.Titles(titles)
	var rows [][]string
	for _, x := range p.board.People {
		row := []string{string(x.ID), fmt.Sprintf("%d/%d", x.Done, x.Sessions), fixed(x.Minutes, 1)}
		for i := range mostExercises {
			n := 0
			for k, e := range p.board.Exercises {
				if k == i || i == mostExercises-1 && k > i {
					n += x.Counts[e]
				}
			}
			word := strconv.Itoa(n)
			if n == 0 {
				word = "–"
			}
			if i >= len(p.board.Exercises) {
				word = ""
			}
			row = append(row, word)
		}
		rows = append(rows, row)
	}
	p.people.Set(rows)
}

// weightsOf gives each column the share of the room that its title needs.
func weightsOf(titles []string) []float32 {
	const margins = 22 // on both sides together, and a little air
	var list []float32
	for _, t := range titles {
		list = append(list, fyne.MeasureText(t, theme.TextSmall, fyne.TextStyle{Bold: true}).Width+margins)
	}
	return list
}

func (p *Progress) fillSelects(names []string) {
	p.filling = true
	defer func() { p.filling = false }()
	options := slices.Clone(names)
	counted := p.board.Set
	if counted != "" && !slices.Contains(options, counted) {
		options = append([]string{counted}, options...)
	}
	if counted == "" {
		counted = all()
	}
	p.set.SetOptions(append(options, all()))
	p.set.SetSelected(counted)
	for i, s := range []*widget.Select{p.first, p.second} {
		s.SetOptions(names)
		if !slices.Contains(names, s.Selected) {
			s.ClearSelected()
			if i < len(names) {
				s.SetSelected(names[i])
			}
		}
	}
}

// judge compares the two label sets that are chosen.
func (p *Progress) judge() {
	p.report = nil
	a, b := p.first.Selected, p.second.Selected
	say := func(sentence string) {
		p.judging.Cancel()
		p.score.RemoveAll()
		p.score.Add(parts.NewParagraph(sentence, true))
		p.score.Refresh()
	}
	switch {
	case p.source.Preferences().Blind:
		say(lang.L("You are in a blind pass: agreement is shown when it is over."))
		return
	case a == "" || b == "" || a == b:
		say(lang.L("Agreement needs two label sets. A second rater chooses Pass on the Label screen and labels blind."))
		return
	}
	task.Run(p.judging, func(ctx context.Context) (*agreement.Report, error) { return p.source.Agreement(ctx, a, b) },
		func(r *agreement.Report, err error) {
			if err != nil {
				p.fail(err)
				return
			}
			if r.Sessions == 0 {
				say(lang.L("No session has labels of both."))
				return
			}
			p.report = r
			p.showReport()
		})
}

func (p *Progress) showReport() {
	r := p.report
	p.score.RemoveAll()
	line := func(name, value, interval string) {
		right := parts.HBox(theme.Space2, parts.NewText(value, parts.Style{Bold: true}), parts.Sized(118, 18, parts.Small(interval)))
		p.score.Add(parts.Split(parts.NewText(name, parts.Style{Cut: true}), right))
	}
	p.score.Add(parts.NewParagraph(lang.L("Sessions: {{.Sessions}}, people: {{.People}}, labels: {{.A}} and {{.B}}; 95% intervals over each {{.Unit}}",
		map[string]any{"Sessions": r.Sessions, "People": r.People, "A": r.Labels[0], "B": r.Labels[1], "Unit": r.Unit}), true))
	line(lang.L("Cohen's kappa"), number(r.Kappa.Value, 3), between(r.Kappa.Lower, r.Kappa.Upper, 2))
	line(lang.L("Krippendorff's alpha"), number(r.Alpha.Value, 3), between(r.Alpha.Lower, r.Alpha.Upper, 2))
	for _, e := range r.Events {
		line(lang.L("Event F1 at overlap {{.O}}", map[string]any{"O": e.Overlap}), number(e.Value, 3), between(e.Lower, e.Upper, 2))
	}
	line(lang.L("Onset difference, mean"), seconds(number(r.Onset.Mean, 3)), "")
	if limits := between(r.Onset.Lower, r.Onset.Upper, 2); limits != "" {
		line(lang.L("limits of agreement"), "", seconds(limits))
	} else {
		line(lang.L("limits of agreement"), number(math.NaN(), 2), "")
	}
	line(lang.L("Onset difference, median"), seconds(number(r.Onset.Median, 3)), "")
	line(lang.L("Onset ICC(2,1)"), number(r.Onset.ICC.Agreement, 4), between(r.Onset.ICC.Lower, r.Onset.ICC.Upper, 3))
	for _, note := range r.Notes {
		p.score.Add(parts.NewParagraph(note, true))
	}
	p.score.Refresh()
}

// Exports are the table of agreement for a paper.
func (p *Progress) Exports() []room.Export {
	if p.report == nil {
		return nil
	}
	r := p.report
	write := func(path string, to func(*os.File) error) error {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return fmt.Errorf("writing the table: %w", err)
		}
		if err := to(f); err != nil {
			_ = f.Close()
			return fmt.Errorf("writing the table to %s: %w", path, err)
		}
		return f.Close()
	}
	name := "agreement-" + r.First + "-" + r.Second
	return []room.Export{
		{Name: lang.L("Agreement, table for a paper, LaTeX"), Extension: ".tex", Suggested: name + ".tex",
			Write: func(path string) error { return write(path, func(f *os.File) error { return r.WriteLaTeX(f) }) }},
		{Name: lang.L("Agreement, table, CSV"), Extension: ".csv", Suggested: name + ".csv",
			Write: func(path string) error { return write(path, func(f *os.File) error { return r.WriteCSV(f) }) }},
	}
}

// DumpState is what the room shows, as plain values.
func (p *Progress) DumpState() map[string]any {
	state := map[string]any{"sets": p.sets.Rows(), "todo": p.todo.Rows(), "people": p.people.Rows(), "judged": p.report != nil,
		"counted_in": p.set.Selected, "counted": p.board.Counted, "minutes": p.board.Minutes}
	if p.report != nil && !math.IsNaN(p.report.Kappa.Value) {
		state["kappa"] = p.report.Kappa.Value
	}
	return state
}
