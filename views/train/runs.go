package train

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/training"
	"onset/views/grid"
	"onset/views/parts"
	"onset/views/theme"
)

// settingsAtMost is how many settings that differ have a column of their own.
const settingsAtMost = 6

// runs is the table of all models: sorted by any column, narrowed by words, and
// on demand with the settings in which the models shown differ.
type runs struct {
	choose func(standing)
	key    func(*fyne.KeyEvent)
	now    time.Time

	all, shown []standing
	by         string // heading of the column that was asked to be sorted by, kept while a filter has taken it away
	headings   []string
	turned     bool // the other way round
	differing  bool
	marked     string

	filter *widget.Entry
	toggle *parts.Button
	more   *parts.Text
	grid   *grid.Grid
	body   *fyne.Container
	object fyne.CanvasObject
}

// byMacroF1 is the heading of the order at first, which a table always has.
func byMacroF1() string { return lang.L("Macro-F1") }

func newRuns(choose func(standing), key func(*fyne.KeyEvent)) *runs {
	r := &runs{choose: choose, key: key, by: byMacroF1(), body: container.NewStack()}
	r.filter = widget.NewEntry()
	r.filter.SetPlaceHolder(lang.L("Filter: model, sensor, person's split, architecture"))
	r.filter.OnChanged = func(string) { r.arrange() }
	r.toggle = parts.NewButton(lang.L("Only what differs"), "", func() { r.differ(!r.differing) })
	r.more = parts.NewText("", parts.Style{Tone: theme.Muted, Size: theme.TextSmall})
	bar := parts.InsetXY(theme.Space2, 5, parts.HBox(theme.Space2, parts.Sized(330, 28, r.filter), r.toggle, r.more))
	r.object = container.NewBorder(parts.Below(bar, parts.Rule()), nil, nil, nil, r.body)
	return r
}

// set takes the models, best first.
func (r *runs) set(list []standing, now time.Time) {
	r.all, r.now = list, now
	r.arrange()
}

// differ shows the settings that differ instead of the usual columns.
func (r *runs) differ(on bool) {
	r.differing = on
	r.toggle.SetChosen(on)
	r.by, r.turned = byMacroF1(), false
	r.arrange()
}

func (r *runs) sort(column int) {
	by := r.headings[column]
	sorted, turned := r.order()
	r.turned = column == sorted && !turned
	r.by = by
	r.arrange()
}

// order is the column that the table is sorted by, and whether the other way
// round. A setting that no longer differs has no column: macro-F1 takes its place.
func (r *runs) order() (column int, turned bool) {
	if i := slices.Index(r.headings, r.by); i >= 0 {
		return i, r.turned
	}
	return slices.Index(r.headings, byMacroF1()), false
}

// arrange shows the models that the filter leaves in their order.
func (r *runs) arrange() {
	r.shown = nil
	for _, s := range r.all {
		if matches(s, r.filter.Text) {
			r.shown = append(r.shown, s)
		}
	}
	columns, rows, order := r.usual()
	r.more.SetText("")
	if r.differing {
		columns, rows, order = r.settings()
	} else if len(r.shown) < len(r.all) {
		r.more.SetText(lang.L("{{.N}} of {{.Of}} models", map[string]any{"N": len(r.shown), "Of": len(r.all)}))
	}
	r.headings = r.headings[:0]
	for _, c := range columns {
		r.headings = append(r.headings, c.Title)
	}
	sorted, turned := r.order()
	by := make([]int, len(r.shown))
	for i := range by {
		by[i] = i
	}
	slices.SortStableFunc(by, func(i, j int) int {
		if turned {
			i, j = j, i
		}
		return order(sorted, i, j)
	})
	list, texts := make([]standing, len(by)), make([][]string, len(by))
	for k, i := range by {
		list[k], texts[k] = r.shown[i], rows[i]
	}
	r.shown = list
	r.draw(columns, texts)
}

// draw puts the rows into a grid; the columns of one can't be changed.
func (r *runs) draw(columns []grid.Column, rows [][]string) {
	arrow := " ▾"
	sorted, turned := r.order()
	if turned {
		arrow = " ▴"
	}
	columns[sorted].Title += arrow
	r.grid = grid.New(columns)
	r.grid.OnSelected = func(i int) { r.choose(r.shown[i]) }
	r.grid.OnKey, r.grid.OnSort = r.key, r.sort
	r.grid.Set(rows)
	r.body.Objects = []fyne.CanvasObject{r.grid.Object()}
	r.body.Refresh()
	r.mark(r.marked)
}

func (r *runs) usual() ([]grid.Column, [][]string, func(column, i, j int) int) {
	columns, orders := boardColumns()
	rows := make([][]string, len(r.shown))
	for i, s := range r.shown {
		rows[i] = boardRow(s, r.now)
	}
	return columns, rows, func(column, i, j int) int { return orders[column](r.shown[i], r.shown[j]) }
}

// settings are the columns of what differs among the models shown.
func (r *runs) settings() ([]grid.Column, [][]string, func(column, i, j int) int) {
	keys, values := differing(r.shown)
	switch n := len(keys) - settingsAtMost; {
	case len(r.shown) > 0 && len(keys) == 0:
		r.more.SetText(lang.L("These models were trained with the same settings"))
	case n > 0:
		r.more.SetText(lang.N("{{.N}} more setting differs; narrow the filter", n, map[string]any{"N": n}))
	}
	keys = keys[:min(len(keys), settingsAtMost)]
	columns := []grid.Column{{Title: lang.L("Model"), Weight: 1, Bold: true}, {Title: lang.L("Macro-F1"), Width: 96, Numeric: true}}
	for _, k := range keys {
		columns = append(columns, grid.Column{Title: k, Weight: 1})
	}
	marked := slices.ContainsFunc(r.shown, func(s standing) bool { return modelUse(s.row) != "" })
	if marked {
		columns = append(columns, grid.Column{Title: lang.L("Use"), Width: useWidth})
	}
	rows := make([][]string, len(r.shown))
	for i, s := range r.shown {
		rows[i] = append([]string{modelName(s.row), score(s.row.MacroF1)}, values[i][:len(keys)]...)
		if marked {
			rows[i] = append(rows[i], modelUse(s.row))
		}
	}
	return columns, rows, func(column, i, j int) int {
		if column == 1 {
			return strings.Compare(rows[j][1], rows[i][1])
		}
		return strings.Compare(rows[i][column], rows[j][column])
	}
}

// differing are the settings in which models differ, with each one's values; a
// model whose settings are not known, such as one from elsewhere, has dashes.
func differing(list []standing) (keys []string, values [][]string) {
	var configs []training.Config
	values = make([][]string, len(list))
	for _, s := range list {
		if s.known {
			configs = append(configs, s.config)
		}
	}
	keys, known, err := training.Differing(configs)
	if err != nil {
		return nil, values
	}
	for i, s := range list {
		if !s.known {
			values[i] = slices.Repeat([]string{"–"}, len(keys))
			continue
		}
		for _, v := range known[0] {
			values[i] = append(values[i], strings.Trim(v, `"`))
		}
		known = known[1:]
	}
	return keys, values
}

// matches reports whether every word of a filter occurs in what a row says.
func matches(s standing, filter string) bool {
	text := strings.ToLower(strings.Join(boardRow(s, time.Time{}), " ") + " " + s.row.ID)
	for _, word := range strings.Fields(strings.ToLower(filter)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// mark shows which model's result is on the pages.
func (r *runs) mark(run string) {
	r.marked = run
	for i, s := range r.shown {
		if s.row.Run == run {
			r.grid.Choose(i)
		}
	}
}
