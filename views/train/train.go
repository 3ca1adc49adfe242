// Package train is the room where models are fitted: what goes in, the curve
// while it learns, how well it does on people it never saw, and the best models
// of all time.
package train

import (
	"context"
	"errors"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	"onset/training"
	"onset/views/chart"
	"onset/views/grid"
	"onset/views/parts"
	"onset/views/room"
	"onset/views/task"
	"onset/views/theme"
	"onset/views/words"
)

// Source is where sessions, models and results come from. Its methods may block.
type Source interface {
	Sessions(context.Context) ([]dataset.SessionSummary, error)
	Models(context.Context) ([]dataset.ModelRow, error)
	RunResult(ctx context.Context, run string) (*training.Result, error)
	TrainingCurve(job int) []training.Progress
	Leaderboards(context.Context) ([]training.Leaderboard, error)
	Runs(context.Context) ([]dataset.Run, error)
	Neighbours(ctx context.Context, run string, of training.Prediction, n int) ([]training.Neighbour, error)
}

// Actions are what the room asks of the window.
type Actions struct {
	Start  func(training.Config) (job int)
	Search func(training.SearchConfig) (job int)
	Cancel func(job int)
	// Show goes to a stretch of a session's trace, in seconds from its start.
	Show  func(session dataset.SessionID, from, to float64)
	Error func(error)
	Now   func() time.Time
	Key   func(*fyne.KeyEvent) // takes what nothing here has a use for
}

// The pages of the middle.
const (
	pageCurve = iota
	pagePeople
	pageConfusion
	pageClasses
	pageCalibration
	pageSearches
	pages
)

// Train is the room.
type Train struct {
	source  Source
	actions Actions
	loading *task.Lane
	reading *task.Lane
	drawing *task.Lane

	job    int  // the running training, 0 for none
	search bool // the job is a search
	runs   *runs
	shown  string // run whose result is shown
	result *training.Result
	page   int

	form    *form
	title   *parts.Text
	heading [2]string // of the result that is shown: title and detail
	stop    *parts.Button
	still   *parts.Text // says why there is no curve
	detail  *parts.Paragraph
	bar     *parts.Bar
	left    *parts.Text
	running *fyne.Container
	checked *fyne.Container
	check   *parts.Text
	tabs    [pages]*parts.Button
	tabBox  *fyne.Container
	curve   *chart.Curve
	people  *peopleList
	matrix  *chart.Matrix
	classes *classTable
	sure    *calibration
	cell    *parts.Text
	windows *windows
	bodies  [pages]fyne.CanvasObject
	hint    fyne.CanvasObject
	stage   fyne.CanvasObject
	family  *grid.Grid
	none    fyne.CanvasObject
	object  fyne.CanvasObject
	status  func(string, bool)

	unsearched fyne.CanvasObject
}

var (
	_ room.Room        = (*Train)(nil)
	_ room.Commander   = (*Train)(nil)
	_ room.StateDumper = (*Train)(nil)
	_ room.Status      = (*Train)(nil)
)

// New makes the room.
func New(source Source, actions Actions, runner task.Runner) *Train {
	t := &Train{source: source, actions: actions, loading: task.NewLane(runner), reading: task.NewLane(runner), drawing: task.NewLane(runner),
		status: func(string, bool) {}}
	t.form = newForm(t.start, t.startSearch)
	t.title = parts.NewText("", parts.Style{Bold: true, Cut: true})
	t.detail = parts.NewParagraph("", true)
	t.bar, t.left = parts.NewBar(0), parts.NewText("", parts.Style{Tone: theme.Muted})
	t.check = parts.NewText("", parts.Style{Tone: theme.Muted, Cut: true})
	t.curve, t.people, t.matrix = chart.NewCurve(), newPeopleList(), chart.NewMatrix()
	t.cell = parts.NewText("", parts.Style{Tone: theme.Muted, Size: theme.TextSmall, Cut: true})
	t.matrix.OnHover = t.hover
	t.classes, t.sure = newClassTable(actions.Key), newCalibration(actions.Key)
	t.runs, t.family = newRuns(t.choose, actions.Key), newFamily()
	t.family.OnKey, t.matrix.OnKey = actions.Key, actions.Key
	t.windows = newWindows(actions, t.nearest)
	t.matrix.OnPick = t.pickCell
	t.object = t.build()
	t.turn(pageCurve)
	t.showRunning(false)
	return t
}

func (t *Train) build() fyne.CanvasObject {
	for i, word := range [pages]string{lang.L("Curve"), lang.L("People"), lang.L("Confusion"), lang.L("Classes"), lang.L("Calibration"), lang.L("Searches")} {
		t.tabs[i] = parts.NewButton(word, "", func() { t.turn(i) })
	}
	t.stop = parts.NewButton(lang.L("Cancel"), "", t.cancel)
	t.running = parts.HBox(theme.Space2, parts.Sized(140, 6, t.bar), t.left, t.stop)
	t.checked = container.NewBorder(nil, nil, parts.Chip(lang.L("checked"), theme.Accent), nil, parts.InsetXY(6, 0, t.check))
	t.tabBox = parts.HBox(4, t.tabs[0], t.tabs[1], t.tabs[2], t.tabs[3], t.tabs[4], t.tabs[5])
	head := container.NewBorder(nil, nil, nil, container.NewHBox(t.running, t.tabBox), t.title)
	t.still = parts.NewText(lang.L("This kind of model is fitted in one step: it has no curve."), parts.Style{Tone: theme.Muted})
	t.still.Hide()
	t.bodies[pageCurve] = container.NewStack(t.curve, container.NewCenter(t.still))
	t.bodies[pagePeople] = t.people.object
	t.bodies[pageConfusion] = container.NewBorder(nil, t.cell, nil, t.windows.object, container.NewScroll(t.matrix))
	t.bodies[pageClasses], t.bodies[pageCalibration] = t.classes.object, t.sure.object
	t.unsearched = parts.Empty(lang.L("No search yet"), lang.L("Search, on the left, looks for better nets than the one that is set there. The best of all searches and what they descend from stand here."))
	t.bodies[pageSearches] = container.NewStack(t.family.Object(), t.unsearched)
	t.hint = parts.Empty(lang.L("No training yet"), lang.L("Choose on the left what to learn from and press Train. The curve appears here while it learns."))
	t.stage = container.NewStack(t.bodies[:]...)
	top := card(container.NewBorder(parts.VBox(4, head, t.detail, t.checked), nil, nil, nil, container.NewStack(t.stage, t.hint)))
	t.none = parts.Empty(lang.L("No model yet"), lang.L("Every trained model is kept and stands here, best first, with whom it was judged on."))
	board := container.NewStack(parts.NewCard(theme.Panel), parts.Inset(1, container.NewStack(t.runs.object, t.none)))
	right := container.New(shares{top: 0.62, space: theme.Space3}, top, board)
	return container.NewStack(parts.NewFill(theme.Ground), parts.Inset(theme.Space3,
		container.NewBorder(nil, nil, parts.Beside(t.form.object, parts.Sized(8, 1, parts.NewFill(""))), nil, right)))
}

func card(o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(parts.NewCard(theme.Panel), parts.Inset(theme.Space3, o))
}

// Content implements room.Room.
func (t *Train) Content() fyne.CanvasObject { return t.object }

// Shown reads what there is to learn from and the models.
func (t *Train) Shown() { t.Reload() }

// Hidden implements room.Room.
func (t *Train) Hidden() {}

// SetStatus implements room.Status.
func (t *Train) SetStatus(show func(string, bool)) { t.status = show }

type loaded struct {
	material material
	board    []standing
	family   [][]string
	numbers  map[dataset.SessionID]string
}

// Reload reads sessions and models again.
func (t *Train) Reload() {
	task.Run(t.loading, func(ctx context.Context) (loaded, error) {
		sessions, err := t.source.Sessions(ctx)
		if err != nil {
			return loaded{}, err
		}
		models, err := t.source.Models(ctx)
		if err != nil {
			return loaded{}, err
		}
		runs, err := t.source.Runs(ctx)
		if err != nil {
			return loaded{}, err
		}
		boards, err := t.source.Leaderboards(ctx)
		return loaded{materialOf(sessions), standings(models, runs), familyRows(boards), numbersOf(sessions)}, err
	}, func(v loaded, err error) {
		if err != nil {
			t.actions.Error(err)
			return
		}
		t.form.set(v.material)
		t.family.Set(v.family)
		shown(t.unsearched, len(v.family) == 0 && !t.search)
		t.windows.numbers = v.numbers
		t.runs.set(v.board, t.actions.Now())
		shown(t.none, len(v.board) == 0)
		shown(t.runs.object, len(v.board) > 0)
		t.repaint()
		t.runs.mark(t.shown)
		if t.result == nil && t.job == 0 && len(v.board) > 0 {
			t.choose(v.board[0])
			t.runs.mark(v.board[0].row.Run)
		}
	})
}

func shown(o fyne.CanvasObject, on bool) {
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}

// choose shows the result of a model.
func (t *Train) choose(s standing) {
	if s.row.Run == t.shown {
		return
	}
	task.Run(t.reading, func(ctx context.Context) (*training.Result, error) { return t.source.RunResult(ctx, s.row.Run) },
		func(r *training.Result, err error) {
			if errors.Is(err, app.ErrBlind) { // expected of a blind rater: no dialog
				t.status(app.Explain(err).String(), false)
				return
			}
			if err != nil {
				t.actions.Error(err)
				return
			}
			if t.job == 0 {
				t.show(r, words.Model(s.row), s.row.Run)
			}
		})
}

// show puts a result on the pages.
func (t *Train) show(r *training.Result, name, run string) {
	t.result, t.shown = r, run
	t.heading = [2]string{name + ": " + scoreSentence(r), unitSentence(r)}
	t.check.SetText(checkedSentence(r))
	if said := windowsSentence(r); said != "" {
		t.check.SetText(checkedSentence(r) + "; " + said)
	}
	c := curvesOf(r)
	t.curve.Set(c.series(), c.epochs)
	shown(t.still, !c.any())
	t.people.set(r)
	t.classes.set(r)
	t.sure.set(r)
	t.matrix.Set(chart.Named(r.Confusion.Classes, r.Confusion.Counts))
	t.windows.clear()
	t.cell.SetText(lang.L("Rows are the truth, columns the answer: count and share of the row. Click a cell for its windows."))
	t.showRunning(t.job != 0)
}

// pickCell lists what lies in a cell of the matrix.
func (t *Train) pickCell(row, col int) {
	t.windows.pick(t.result, row, col)
	t.repaint()
	t.windows.grid.Choose(0) // once the list has its size, or it scrolls
}

func (t *Train) hover(text string) {
	if text == "" {
		text = lang.L("Rows are the truth, columns the answer: count and share of the row. Click a cell for its windows.")
	}
	t.cell.SetText(text)
}

// turn shows a page.
func (t *Train) turn(page int) {
	t.page = page
	for i, b := range t.bodies {
		shown(b, i == page)
		t.tabs[i].SetChosen(i == page)
	}
	t.head()
	t.repaint()
}

// head titles the middle: with the chosen model's scores, or with what the
// searches' page shows, which is not of that model.
func (t *Train) head() {
	if t.job != 0 || t.result == nil {
		return
	}
	title, detail := t.heading[0], t.heading[1]
	if t.page == pageSearches {
		title = lang.L("The best of all searches and what they descend from")
		detail = lang.L("scores are of inner folds, which also chose: too good; the rows of people it never saw are the ones to report")
	}
	t.title.SetText(title)
	t.detail.SetText(detail)
	shown(t.checked, t.page != pageSearches)
}

// repaint shows what was shown or hidden: showing alone paints nothing.
func (t *Train) repaint() {
	if t.object != nil {
		t.object.Refresh()
	}
}

func (t *Train) showRunning(on bool) {
	shown(t.running, on)
	has := t.result != nil && !on
	shown(t.detail, has)
	shown(t.checked, has)
	shown(t.hint, !on && t.result == nil)
	shown(t.stage, on || t.result != nil)
	shown(t.tabBox, has)
	t.stop.SetWord(lang.L("Cancel"))
	if t.search {
		t.stop.SetWord(lang.L("Pause"))
	}
	t.head()
	if on && !t.search {
		t.turn(pageCurve)
	}
	t.repaint()
}

// Without leaves sessions out of the next training; text names them.
func (t *Train) Without(ids []dataset.SessionID, text string) {
	if t.form.asText {
		t.form.swap()
	}
	t.form.without(ids, text)
}

// Commands implements room.Commander.
func (t *Train) Commands() []room.Command {
	return []room.Command{
		{ID: "train.start", Name: lang.L("Train with these settings"), Run: t.form.press},
		{ID: "train.cancel", Name: lang.L("Cancel the training"), Run: t.cancel},
		{ID: "train.curve", Name: lang.L("Show the curve"), Run: func() { t.turn(pageCurve) }},
		{ID: "train.people", Name: lang.L("Show the scores of each person"), Run: func() { t.turn(pagePeople) }},
		{ID: "train.confusion", Name: lang.L("Show the confusion matrix"), Run: func() { t.turn(pageConfusion) }},
		{ID: "train.classes", Name: lang.L("Show precision, recall and F1 of each class"), Run: func() { t.turn(pageClasses) }},
		{ID: "train.calibration", Name: lang.L("Show the calibration: how sure, how often right"), Run: func() { t.turn(pageCalibration) }},
		{ID: "train.searches", Name: lang.L("Show the best of all searches and their family"), Run: func() { t.turn(pageSearches) }},
		{ID: "train.search", Name: lang.L("Search for better nets"), Run: t.form.pressSearch},
		{ID: "train.differs", Name: lang.L("Show only the settings in which the models differ"), Run: func() { t.runs.differ(!t.runs.differing) }},
		{ID: "train.text", Name: lang.L("Edit the settings as text"), Run: t.form.swap},
	}
}

// DumpState implements room.StateDumper.
func (t *Train) DumpState() map[string]any {
	state := map[string]any{"running": t.job != 0, "title": t.title.Text(), "models": len(t.runs.all), "page": t.page, "problem": t.form.problem.Text(), "family": t.family.Rows()}
	if t.result != nil {
		state["accuracy"], state["macro_f1"], state["people"] = t.result.Accuracy, t.result.MacroF1, len(t.result.Participants)
	}
	return state
}

// shares lays two objects out above each other, the upper one with its share of
// the height.
type shares struct{ top, space float32 }

func (s shares) Layout(o []fyne.CanvasObject, size fyne.Size) {
	h := (size.Height - s.space) * s.top
	o[0].Move(fyne.NewPos(0, 0))
	o[0].Resize(fyne.NewSize(size.Width, h))
	o[1].Move(fyne.NewPos(0, h+s.space))
	o[1].Resize(fyne.NewSize(size.Width, size.Height-h-s.space))
}

func (s shares) MinSize(o []fyne.CanvasObject) fyne.Size {
	a, b := o[0].MinSize(), o[1].MinSize()
	return fyne.NewSize(max(a.Width, b.Width), a.Height+b.Height+s.space)
}
