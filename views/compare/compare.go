// Package compare is the room where two models stand side by side: their
// scores, each person's score under both, what each confuses, and the settings
// in which they differ.
package compare

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

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

// Source is where models come from. Its methods may block.
type Source interface {
	Models(context.Context) ([]dataset.ModelRow, error)
	Compare(ctx context.Context, a, b string) (*training.Comparison, error)
	RankAlike(ctx context.Context, model string) (*training.Ranking, error)
}

// Actions are what the room asks of the window.
type Actions struct {
	Train func() // go where models are made
	Error func(error)
}

// Compare is the room.
type Compare struct {
	source  Source
	actions Actions
	loading *task.Lane
	reading *task.Lane

	models []dataset.ModelRow // newest first
	names  []string           // of models, as the selects show them
	a, b   string             // ids
	shown  *training.Comparison

	first, second *widget.Select
	caution, unit *parts.Paragraph
	scores        *grid.Grid
	settings      *fyne.Container // a card for each setting that differs, its values wrapped
	same          *parts.Text
	pairs         *chart.Pairs
	summary       *parts.Paragraph
	stats         *parts.Paragraph
	left, right   *side
	ranking       *ranking
	ranked        bool // the ranking is shown instead of two models
	two, all      *parts.Button
	columns       fyne.CanvasObject
	filling       bool
	body, empty   fyne.CanvasObject
	object        fyne.CanvasObject
}

var (
	_ room.Room        = (*Compare)(nil)
	_ room.StateDumper = (*Compare)(nil)
	_ room.Commander   = (*Compare)(nil)
)

// scrollBar is the room that a table leaves for its own, which lies over it.
const scrollBar = 10

// side is a model's confusion matrix under its name.
type side struct {
	name   *parts.Text
	matrix *chart.Matrix
	cell   *parts.Text
	object fyne.CanvasObject
}

func newSide() *side {
	s := &side{name: parts.NewText("", parts.Style{Bold: true, Cut: true}), matrix: chart.NewMatrix(),
		cell: parts.NewText("", parts.Style{Tone: theme.Muted, Size: theme.TextSmall, Cut: true})}
	s.matrix.OnHover = s.hover
	s.object = card(container.NewBorder(s.name, s.cell, nil, nil, container.NewScroll(s.matrix)))
	return s
}

func (s *side) set(letter, name string, c training.Confusion) {
	s.name.SetText(letter + ": " + name)
	s.matrix.Set(chart.Named(c.Classes, c.Counts))
	s.hover("")
}

func (s *side) hover(text string) {
	if text == "" {
		text = lang.L("Rows are the truth, columns the answer")
	}
	s.cell.SetText(text)
}

// New makes the room.
func New(source Source, actions Actions, runner task.Runner) *Compare {
	c := &Compare{source: source, actions: actions, loading: task.NewLane(runner), reading: task.NewLane(runner),
		caution: parts.NewParagraph("", false), unit: parts.NewParagraph("", true), pairs: chart.NewPairs(), summary: parts.NewParagraph("", true), stats: parts.NewParagraph("", true), ranking: newRanking(),
		same: parts.NewText("", parts.Style{Tone: theme.Muted, Cut: true}), left: newSide(), right: newSide()}
	c.first = widget.NewSelect(nil, func(string) { c.picked() })
	c.second = widget.NewSelect(nil, func(string) { c.picked() })
	c.scores = grid.New([]grid.Column{{Title: lang.L("Over windows"), Weight: 1.2}, {Title: "A", Width: 66, Numeric: true},
		{Title: "B", Width: 66, Numeric: true}, {Title: "B - A", Width: 74, Numeric: true, Bold: true}, {Width: scrollBar}})
	c.settings = parts.VBox(theme.Space2)
	c.two = parts.NewButton(lang.L("Two models"), "", func() { c.rank(false) })
	c.all = parts.NewButton(lang.L("Rank all"), "", func() { c.rank(true) })
	c.object = c.build()
	return c
}

// rank shows the ranking of all models that were judged as A, or two models.
func (c *Compare) rank(on bool) {
	c.ranked = on
	show(c.columns, !on)
	show(c.ranking.object, on)
	c.two.SetChosen(!on)
	c.all.SetChosen(on)
	c.object.Refresh()
	if on {
		c.read()
	}
}

func card(o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(parts.NewCard(theme.Panel), parts.Inset(theme.Space3, o))
}

func (c *Compare) build() fyne.CanvasObject {
	bar := parts.Below(parts.InsetXY(theme.Space3, 7, container.NewBorder(nil, nil, nil, parts.HBox(4, c.two, c.all), container.NewGridWithColumns(2,
		container.NewBorder(nil, nil, parts.HBox(theme.Space2, parts.NewText("A", parts.Style{Bold: true})), nil, c.first),
		container.NewBorder(nil, nil, parts.HBox(theme.Space2, parts.NewText("B", parts.Style{Bold: true})), nil, c.second)))), parts.Rule())
	numbers := card(container.NewBorder(nil, c.unit, nil, nil, c.scores.Object()))
	people := card(container.NewBorder(parts.VBox(4, parts.Section(lang.L("Macro-F1 of each person"), lang.L("○ A  ● B")), c.summary), c.stats, nil, nil, c.pairs.Object()))
	differ := card(container.NewBorder(parts.Section(lang.L("Settings that differ"), ""), c.same, nil, nil,
		container.NewVScroll(container.New(layout.NewCustomPaddedLayout(4, 0, 0, 10), c.settings))))
	leftColumn := container.New(layout.NewGridLayoutWithRows(2), numbers, differ)
	matrices := container.New(layout.NewGridLayoutWithRows(2), c.left.object, c.right.object)
	c.columns = container.New(thirds{}, leftColumn, people, matrices)
	c.ranking.object.Hide()
	c.two.SetChosen(true)
	c.caution.Hide()
	c.body = container.NewBorder(parts.VBox(0, bar, parts.InsetXY(theme.Space3, 4, c.caution)), nil, nil, nil, parts.InsetXY(theme.Space3, theme.Space2, container.NewStack(c.columns, c.ranking.object)))
	c.empty = parts.Empty(lang.L("Two models are needed"),
		lang.L("Train two models, and their scores, people and settings stand here side by side."),
		parts.NewPrimary(lang.L("Go to Train"), "Ctrl 3", c.actions.Train))
	c.body.Hide()
	c.empty.Hide()
	return container.NewStack(parts.NewFill(theme.Ground), c.body, c.empty)
}

// thirds lays out three columns: a table, the people, and wider matrices.
type thirds struct{}

func (thirds) Layout(o []fyne.CanvasObject, size fyne.Size) {
	const gap = theme.Space3
	w := size.Width - 2*gap
	widths := []float32{w * 0.28, w * 0.27, w * 0.45}
	x := float32(0)
	for i, c := range o {
		c.Move(fyne.NewPos(x, 0))
		c.Resize(fyne.NewSize(widths[i], size.Height))
		x += widths[i] + gap
	}
}

func (thirds) MinSize(o []fyne.CanvasObject) fyne.Size { return fyne.NewSize(600, 300) }

// Content implements room.Room.
func (c *Compare) Content() fyne.CanvasObject { return c.object }

// Shown reads the models again.
func (c *Compare) Shown() { c.Reload() }

// Hidden implements room.Room.
func (c *Compare) Hidden() {}

// Reload reads the models again, keeping the two that are chosen.
func (c *Compare) Reload() {
	task.Run(c.loading, func(ctx context.Context) ([]dataset.ModelRow, error) { return c.source.Models(ctx) },
		func(models []dataset.ModelRow, err error) {
			if err != nil {
				c.actions.Error(err)
				return
			}
			c.setModels(models)
		})
}

func (c *Compare) setModels(models []dataset.ModelRow) {
	c.models = slices.Clone(models)
	slices.SortStableFunc(c.models, func(a, b dataset.ModelRow) int { return b.CreatedAt.Compare(a.CreatedAt) })
	c.names = make([]string, len(c.models))
	for i, m := range c.models {
		c.names[i] = words.ModelLine(m)
	}
	enough := len(models) > 1
	show(c.body, enough)
	show(c.empty, !enough)
	c.object.Refresh() // showing alone paints nothing
	if !enough {
		return
	}
	if c.find(c.a) < 0 || c.find(c.b) < 0 || c.a == c.b {
		c.a, c.b = c.bestTwo()
	}
	c.fill()
	c.read()
}

// bestTwo are the two models with the best macro-F1, the best as B: the
// question is usually what the better one gains.
func (c *Compare) bestTwo() (a, b string) {
	order := slices.Clone(c.models)
	slices.SortStableFunc(order, func(x, y dataset.ModelRow) int {
		switch {
		case x.MacroF1 > y.MacroF1:
			return -1
		case x.MacroF1 < y.MacroF1:
			return 1
		}
		return 0
	})
	return order[1].ID, order[0].ID
}

func show(o fyne.CanvasObject, on bool) {
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}

func (c *Compare) find(id string) int {
	return slices.IndexFunc(c.models, func(m dataset.ModelRow) bool { return m.ID == id })
}

func (c *Compare) fill() {
	c.filling = true
	c.first.SetOptions(c.names)
	c.second.SetOptions(c.names)
	c.first.SetSelectedIndex(c.find(c.a))
	c.second.SetSelectedIndex(c.find(c.b))
	c.filling = false
}

// picked follows the selects. Choosing the same model twice swaps the two.
func (c *Compare) picked() {
	if c.filling || c.first.SelectedIndex() < 0 || c.second.SelectedIndex() < 0 {
		return
	}
	a, b := c.models[c.first.SelectedIndex()].ID, c.models[c.second.SelectedIndex()].ID
	if a == b {
		a, b = c.b, c.a
	}
	c.a, c.b = a, b
	c.fill()
	c.read()
}

// Choose compares two models; an empty id keeps what is chosen.
func (c *Compare) Choose(a, b string) {
	if a != "" {
		c.a = a
	}
	if b != "" {
		c.b = b
	}
	c.Reload()
}

func (c *Compare) read() {
	a, b := c.a, c.b
	if c.ranked {
		task.Run(c.reading, func(ctx context.Context) (*training.Ranking, error) { return c.source.RankAlike(ctx, a) },
			func(v *training.Ranking, err error) {
				if err != nil {
					c.actions.Error(err)
					return
				}
				c.ranking.set(v, len(c.models)-len(v.Models), c.nameOf)
				c.object.Refresh()
			})
		return
	}
	task.Run(c.reading, func(ctx context.Context) (*training.Comparison, error) { return c.source.Compare(ctx, a, b) },
		func(v *training.Comparison, err error) {
			if err != nil {
				c.actions.Error(err)
				return
			}
			c.set(v)
		})
}

func (c *Compare) set(v *training.Comparison) {
	c.shown = v
	c.caution.SetText(v.Caution)
	show(c.caution, v.Caution != "")
	c.scores.Set(scoreRows(v))
	c.unit.SetText(unitSentence(v))
	c.showSettings(settingRows(v.Differences))
	c.same.SetText("")
	if len(v.Differences) == 0 {
		c.same.SetText(lang.L("Both were trained with the same settings"))
	}
	c.pairs.Set(pairs(v.Participants))
	c.summary.SetText(verdict(v))
	c.stats.SetText(statistics(v))
	show(c.stats, v.Tests != nil)
	c.left.set("A", c.nameOf(v.A.ID), v.A.Confusion)
	c.right.set("B", c.nameOf(v.B.ID), v.B.Confusion)
	c.object.Refresh()
}

func (c *Compare) showSettings(rows [][]string) {
	c.settings.RemoveAll()
	for _, r := range rows {
		c.settings.Add(parts.VBox(0, parts.NewText(r[0], parts.Style{Bold: true, Size: theme.TextSmall}),
			parts.NewParagraph("A  "+r[1], true), parts.NewParagraph("B  "+r[2], true)))
	}
}

func (c *Compare) nameOf(id string) string {
	if i := c.find(id); i >= 0 {
		return words.Model(c.models[i])
	}
	return id
}

// Commands implements room.Commander.
func (c *Compare) Commands() []room.Command {
	return []room.Command{{ID: "compare.swap", Name: lang.L("Swap A and B"), Run: func() {
		if c.shown != nil {
			c.Choose(c.b, c.a)
		}
	}}, {ID: "compare.rank", Name: lang.L("Rank all models that were judged like A"), Run: func() { c.rank(!c.ranked) }}}
}

// DumpState implements room.StateDumper.
func (c *Compare) DumpState() map[string]any {
	state := map[string]any{"models": len(c.models), "a": c.a, "b": c.b, "ranked": c.ranked}
	if c.shown != nil {
		state["people"], state["differences"], state["comparable"] = len(c.shown.Participants), len(c.shown.Differences), c.shown.Comparable
		state["accuracy"] = []float64{c.shown.A.Accuracy, c.shown.B.Accuracy}
	}
	return state
}
