// Package grid is a small table of texts: a header and rows that are drawn as
// they come into view. Rows are made once, so scrolling does no work.
package grid

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"onset/views/parts"
	"onset/views/theme"
)

// Column is a column of a grid.
type Column struct {
	Title   string
	Width   float32 // fixed width; 0 for a share of what is left
	Weight  float32 // share of what the fixed columns leave; 1 when 0
	Numeric bool    // aligned at its right edge
	Bold    bool
	Muted   bool
}

// Grid is the table.
type Grid struct {
	// OnSelected is told the row that a person chose.
	OnSelected func(row int)
	// OnKey takes the keys that the grid has no use for; it may be nil.
	OnKey func(*fyne.KeyEvent)
	// OnOpen is told the chosen row when Enter is pressed; it may be nil.
	OnOpen func(row int)
	// OnSort is told the column whose title was clicked; nil has titles that
	// can't be.
	OnSort func(column int)
	// Heads tells whether a row is the heading of those below it, which is
	// written bold; nil has none.
	Heads func(cells []string) bool

	columns []Column
	rows    [][]string
	list    *rowList
	head    *title
	object  fyne.CanvasObject
	chosen  int
	marking bool
}

// New makes an empty grid.
func New(columns []Column) *Grid {
	g := &Grid{columns: columns, chosen: -1}
	titles := make([]string, len(columns))
	for i, c := range columns {
		titles[i] = c.Title
	}
	g.head = &title{line{grid: g, head: true}}
	g.head.ExtendBaseWidget(g.head)
	g.head.set(titles)
	g.list = &rowList{grid: g}
	g.list.Length = func() int { return len(g.rows) }
	g.list.CreateItem = func() fyne.CanvasObject { return newLine(g) }
	g.list.UpdateItem = func(i widget.ListItemID, o fyne.CanvasObject) { o.(*line).set(g.rows[i]) }
	g.list.OnSelected = func(i widget.ListItemID) {
		g.chosen = i
		if !g.marking && g.OnSelected != nil {
			g.OnSelected(i)
		}
	}
	g.list.ExtendBaseWidget(g.list)
	g.object = parts.Above(parts.Below(g.head, parts.Rule()), g.list)
	return g
}

// Object is the grid on the screen.
func (g *Grid) Object() fyne.CanvasObject { return g.object }

// Set replaces the rows; each has a text for every column. Nothing is chosen
// afterwards.
func (g *Grid) Set(rows [][]string) {
	g.rows, g.chosen = rows, -1
	g.list.UnselectAll()
	g.list.Refresh()
}

// Titles replaces the columns' titles.
func (g *Grid) Titles(titles []string) { g.head.set(titles) }

// Weights replaces the columns' shares of what the fixed columns leave.
func (g *Grid) Weights(weights []float32) {
	for i := range min(len(weights), len(g.columns)) {
		g.columns[i].Weight = weights[i]
	}
	g.head.Refresh()
	g.list.Refresh()
}

// Rows is how many rows there are.
func (g *Grid) Rows() int { return len(g.rows) }

// Chosen is the chosen row, -1 for none.
func (g *Grid) Chosen() int { return g.chosen }

// Choose marks a row without telling OnSelected.
func (g *Grid) Choose(row int) {
	if row < 0 || row >= len(g.rows) {
		return
	}
	g.marking = true
	g.list.Select(row)
	g.marking = false
}

// Inside lists what the grid is made of.
func (g *Grid) Inside() []fyne.CanvasObject { return []fyne.CanvasObject{g.object} }

// rowList is a list in which the arrow keys choose at once.
type rowList struct {
	widget.List
	grid *Grid
}

// TypedKey moves the choice.
func (l *rowList) TypedKey(e *fyne.KeyEvent) {
	g := l.grid
	to := g.chosen
	switch e.Name {
	case fyne.KeyDown:
		to++
	case fyne.KeyUp:
		to--
	case fyne.KeyHome:
		to = 0
	case fyne.KeyEnd:
		to = len(g.rows) - 1
	case fyne.KeyReturn, fyne.KeyEnter:
		if g.OnOpen != nil && g.chosen >= 0 {
			g.OnOpen(g.chosen)
			return
		}
		fallthrough
	default:
		if g.OnKey != nil {
			g.OnKey(e)
		}
		return
	}
	if to = min(max(to, 0), len(g.rows)-1); to >= 0 && to != g.chosen {
		l.Select(to)
	}
}

const space = 10

// edges are where column i begins and ends in a width.
func (g *Grid) edges(width float32) (left, right []float32) {
	rest, weights := width, float32(0)
	for _, c := range g.columns {
		rest -= c.Width
		if c.Width == 0 {
			weights += weight(c)
		}
	}
	x := float32(0)
	for _, c := range g.columns {
		w := c.Width
		if w == 0 {
			w = max(rest*weight(c)/weights, 40)
		}
		left, right = append(left, x+space), append(right, x+w-space)
		x += w
	}
	return left, right
}

func weight(c Column) float32 {
	if c.Weight == 0 {
		return 1
	}
	return c.Weight
}

// title is the header; its columns can be clicked.
type title struct{ line }

// line is a row or the header.
type line struct {
	widget.BaseWidget
	grid  *Grid
	head  bool
	cells []string
}

func newLine(g *Grid) *line {
	l := &line{grid: g}
	l.ExtendBaseWidget(l)
	return l
}

func (l *line) set(cells []string) {
	l.cells = cells
	l.Refresh()
}

// Tapped of a title asks for another order.
func (l *title) Tapped(e *fyne.PointEvent) {
	if l.grid.OnSort == nil {
		return
	}
	left, right := l.grid.edges(l.Size().Width)
	for i := range left {
		if e.Position.X >= left[i]-space && e.Position.X <= right[i]+space {
			l.grid.OnSort(i)
			return
		}
	}
}

// MinSize is a line's height; the width comes from outside.
func (l *line) MinSize() fyne.Size { return fyne.NewSize(120, theme.RowCompact-4) }

// CreateRenderer implements fyne.Widget.
func (l *line) CreateRenderer() fyne.WidgetRenderer {
	r := &lineRenderer{l: l}
	for range l.grid.columns {
		t := canvas.NewText("", color.Black)
		r.texts = append(r.texts, t)
		r.objects = append(r.objects, t)
	}
	r.apply(l.Size())
	return r
}

type lineRenderer struct {
	l       *line
	texts   []*canvas.Text
	objects []fyne.CanvasObject
}

func (r *lineRenderer) apply(size fyne.Size) {
	left, right := r.l.grid.edges(size.Width)
	for i, t := range r.texts {
		c := r.l.grid.columns[i]
		t.TextSize, t.TextStyle.Bold, t.Color = theme.TextBody, c.Bold, theme.Color(theme.Text)
		if r.l.head {
			t.TextSize, t.TextStyle.Bold, t.Color = theme.TextSmall, true, theme.Color(theme.Muted)
		} else if c.Muted {
			t.Color = theme.Color(theme.Muted)
		}
		if h := r.l.grid.Heads; h != nil && !r.l.head && h(r.l.cells) && i == 0 {
			t.TextStyle.Bold = true
		}
		t.Text = ""
		if i < len(r.l.cells) {
			t.Text = parts.Shorten(r.l.cells[i], right[i]-left[i], t.TextSize, t.TextStyle)
		}
		m := t.MinSize()
		x := left[i]
		if c.Numeric {
			x = right[i] - m.Width
		}
		t.Move(fyne.NewPos(x, (size.Height-m.Height)/2))
		t.Resize(m)
	}
}

func (r *lineRenderer) Layout(size fyne.Size)        { r.apply(size) }
func (r *lineRenderer) MinSize() fyne.Size           { return r.l.MinSize() }
func (r *lineRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *lineRenderer) Destroy()                     {}
func (r *lineRenderer) Refresh() {
	r.apply(r.l.Size())
	for _, t := range r.texts[:1] {
		canvas.Refresh(t)
	}
}
