package wizard

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/views/parts"
	"onset/views/theme"
	"onset/views/words"
)

const (
	cellHeight  = 24
	titleHeight = 58
)

// preview shows the first rows of the file as they are split now, under what
// each column is read as. The arrow keys walk through the columns.
type preview struct {
	widget.Table
	w   *Wizard
	bad []string // cells of the offending row when it is not among the first
}

func newPreview(w *Wizard) *preview {
	p := &preview{w: w}
	p.Length = func() (int, int) { return p.rows(), len(w.draft.columns) }
	p.CreateCell = func() fyne.CanvasObject { return newCell() }
	p.UpdateCell = func(id widget.TableCellID, o fyne.CanvasObject) { p.fill(id, o.(*cell)) }
	p.ShowHeaderRow, p.ShowHeaderColumn = true, true
	p.CreateHeader = func() fyne.CanvasObject { return newCell() }
	p.UpdateHeader = func(id widget.TableCellID, o fyne.CanvasObject) { p.fillHeader(id, o.(*cell)) }
	p.OnSelected = func(id widget.TableCellID) {
		if id.Col >= 0 {
			w.choose(id.Col)
		}
		p.UnselectAll()
	}
	p.HideSeparators = false
	p.ExtendBaseWidget(p)
	return p
}

func (p *preview) rows() int {
	n := len(p.w.rowsShown())
	if p.bad != nil {
		n++
	}
	return n
}

// TypedKey walks through the columns and scrolls.
func (p *preview) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyLeft:
		p.w.choose(p.w.chosen - 1)
	case fyne.KeyRight:
		p.w.choose(p.w.chosen + 1)
	case fyne.KeyHome:
		p.w.choose(0)
	case fyne.KeyEnd:
		p.w.choose(len(p.w.draft.columns) - 1)
	default:
		if !p.w.keys.take(e) {
			p.Table.TypedKey(e)
		}
	}
}

// TargetName names the table to a scripted run.
func (p *preview) TargetName() (kind, text string) { return "table", "preview" }

// show draws all again after the rows or columns changed.
func (p *preview) show() {
	for i := range p.w.draft.columns {
		p.SetColumnWidth(i, p.width(i))
	}
	p.SetRowHeight(-1, titleHeight)
	for i := 0; i < p.rows(); i++ {
		p.SetRowHeight(i, cellHeight)
	}
	p.SetColumnWidth(-1, 58)
	p.Refresh()
}

func (p *preview) width(i int) float32 {
	longest := parts.NewText(title(p.w.table, i), parts.Style{Bold: true}).MinSize().Width
	longest = max(longest, parts.NewText(p.w.meaning(i), parts.Style{Size: theme.TextSmall}).MinSize().Width)
	for _, row := range p.w.rowsShown() {
		if i < len(row) {
			longest = max(longest, parts.NewText(row[i], parts.Style{Mono: true}).MinSize().Width)
		}
	}
	return min(max(longest+18, 74), 230)
}

func (p *preview) fill(id widget.TableCellID, c *cell) {
	rows := p.w.rowsShown()
	row := p.bad
	isBad := id.Row >= len(rows)
	if !isBad {
		row = rows[id.Row]
		isBad = p.w.badRow > 0 && p.w.rowNumber(id.Row) == p.w.badRow
	}
	text := ""
	if id.Col < len(row) {
		text = row[id.Col]
	}
	if last := len(p.w.draft.columns) - 1; isBad && id.Col == last && len(row) > last+1 {
		text = strings.Join(row[last:], p.w.between()) // cells beyond the last column
	}
	tone := theme.Text
	switch {
	case isBad:
		tone = theme.Error
	case id.Col < len(p.w.draft.columns) && p.w.draft.columns[id.Col].as == asNothing:
		tone = theme.Muted
	}
	c.set([]string{text}, tone, tone, id.Col == p.w.chosen, true)
}

func (p *preview) fillHeader(id widget.TableCellID, c *cell) {
	switch {
	case id.Row < 0 && id.Col < 0:
		c.set([]string{lang.L("row")}, theme.Muted, theme.Muted, false, false)
	case id.Row < 0 && id.Col < len(p.w.draft.columns):
		col := p.w.draft.columns[id.Col]
		tone := theme.Muted
		third := ""
		if col.as == asSamples {
			if third = unitWord(col); strings.TrimSpace(col.unit) == "" {
				third, tone = lang.L("unit?"), theme.Warning
			}
		}
		if col.as == asTime && p.w.draft.timeUnit == "" {
			third, tone = lang.L("unit?"), theme.Warning
		}
		head := theme.Text
		if col.as == asNothing {
			head = theme.Muted
		}
		c.set([]string{title(p.w.table, id.Col), p.w.meaning(id.Col), third}, head, tone, id.Col == p.w.chosen, false)
	case id.Col < 0:
		n := p.w.badRow
		if id.Row < len(p.w.rowsShown()) {
			n = p.w.rowNumber(id.Row)
		}
		tone, text := theme.Muted, words.Count(n)
		if n == p.w.badRow {
			tone, text = theme.Error, "! "+text
		}
		c.set([]string{text}, tone, tone, false, false)
	default:
		c.set(nil, theme.Muted, theme.Muted, false, false)
	}
}

// unitWord is a column's unit as people write it, with its factor.
func unitWord(c column) string {
	text := c.unit
	switch text {
	case "m/s2":
		text = "m/s²"
	case "deg/s":
		text = "°/s"
	case "uV":
		text = "µV"
	case "uS":
		text = "µS"
	case "uT":
		text = "µT"
	case "degC":
		text = "°C"
	case "1":
		text = lang.L("no unit")
	}
	if c.scale != "" && c.scale != "1" {
		text = "× " + c.scale + " " + text
	}
	return text
}

// meaning is what a column is read as, in a few words.
func (w *Wizard) meaning(i int) string {
	c := w.draft.columns[i]
	switch c.as {
	case asTime:
		for _, k := range timeChoices() {
			if k.key == w.draft.timeUnit {
				return lang.L("time") + ", " + k.word
			}
		}
		return lang.L("time")
	case asLabel:
		return lang.L("exercise")
	case asSamples:
		return strings.TrimSpace(kindWord(c.kind) + " " + c.axis)
	}
	return lang.L("not read")
}

// cell is one place of the preview: up to three lines on a ground.
type cell struct {
	widget.BaseWidget
	ground *parts.Fill
	lines  [3]*parts.Text
	column *fyne.Container
	box    fyne.CanvasObject
}

func newCell() *cell {
	c := &cell{ground: parts.NewFill("")}
	c.column = parts.VBox(0)
	for i := range c.lines {
		c.lines[i] = parts.NewText("", parts.Style{Cut: true})
		c.column.Add(c.lines[i])
	}
	c.box = container.NewStack(c.ground, parts.InsetXY(theme.Space2, 3, c.column))
	c.ExtendBaseWidget(c)
	return c
}

// set shows texts, the first in one colour and the last of several in another.
func (c *cell) set(texts []string, first, last fyne.ThemeColorName, chosen, mono bool) {
	for i, l := range c.lines {
		if i >= len(texts) {
			l.Hide()
			continue
		}
		l.Show()
		style := parts.Style{Cut: true, Tone: theme.Muted, Size: theme.TextSmall}
		if i == len(texts)-1 {
			style.Tone = last
		}
		if i == 0 {
			style = parts.Style{Cut: true, Tone: first, Bold: len(texts) > 1, Mono: mono}
		}
		l.SetStyle(style)
		l.SetText(texts[i])
	}
	c.ground.Tone = ""
	if chosen {
		c.ground.Tone = theme.AccentSoft
	}
	c.ground.Refresh()
	c.box.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (c *cell) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.box) }

// revealBad scrolls the offending row into sight.
func (p *preview) revealBad() {
	if p.w.badRow == 0 || p.Size().Width <= 0 {
		return
	}
	row := p.rows() - 1 // the last one, where it is not among the first rows
	if p.w.isShown(p.w.badRow) {
		row = int(p.w.badRow - p.w.table.FirstOf)
	}
	col := p.w.badCell
	if col < 0 {
		col = p.w.chosen
	}
	p.ScrollTo(widget.TableCellID{Row: row, Col: col})
}

// reveal scrolls a column into sight.
func (p *preview) reveal(i int) {
	if p.Size().Width > 0 {
		p.ScrollTo(widget.TableCellID{Row: 0, Col: i})
	}
}
