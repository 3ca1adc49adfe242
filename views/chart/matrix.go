package chart

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/views/parts"
	"onset/views/theme"
	"onset/views/words"
)

// Confusion is counts of truth (rows) against answer (columns).
type Confusion struct {
	Classes []string
	Counts  [][]int
}

// Named is a confusion whose classes are shown by their short names.
func Named(classes []string, counts [][]int) Confusion {
	c := Confusion{Counts: counts}
	for _, id := range classes {
		c.Classes = append(c.Classes, words.Exercise(id))
	}
	return c
}

// Total is the number of examples of the class in row i.
func (m Confusion) Total(i int) int {
	n := 0
	for _, c := range m.Counts[i] {
		n += c
	}
	return n
}

// Share is the part of row i that was answered as column j, 0 for an empty row.
func (m Confusion) Share(i, j int) float64 {
	if n := m.Total(i); n > 0 {
		return float64(m.Counts[i][j]) / float64(n)
	}
	return 0
}

// Sentence says cell (i, j) in words.
func (m Confusion) Sentence(i, j int) string {
	data := map[string]any{"Truth": m.Classes[i], "Answer": m.Classes[j], "N": m.Counts[i][j], "Of": m.Total(i),
		"Percent": fmt.Sprintf("%.0f", 100*m.Share(i, j))}
	if i == j {
		return lang.L("{{.Truth}}: right in {{.N}} of {{.Of}} ({{.Percent}} %)", data)
	}
	return lang.L("{{.Truth}} taken for {{.Answer}}: {{.N}} of {{.Of}} ({{.Percent}} %)", data)
}

// Matrix draws a confusion matrix: a row for each true class, a numbered column
// for each answer, the count and the share of the row in each cell.
type Matrix struct {
	widget.BaseWidget

	// OnHover is told the sentence about the cell under the pointer, "" for none.
	OnHover func(string)
	// OnPick is told the cell that a person clicked, or chose by the arrow keys
	// and Enter. It may be nil.
	OnPick func(row, col int)
	// OnKey takes the keys that the matrix has no use for; it may be nil.
	OnKey func(*fyne.KeyEvent)

	data     Confusion
	hasHover bool
	row, col int
	focused  bool
}

// NewMatrix returns an empty matrix.
func NewMatrix() *Matrix {
	m := &Matrix{}
	m.ExtendBaseWidget(m)
	return m
}

// Set shows c.
func (m *Matrix) Set(c Confusion) {
	m.data, m.hasHover = c, false
	m.Refresh()
}

const (
	matrixHead    = 20
	matrixTotal   = 46
	matrixMinCell = 16
	matrixMaxCell = 46
	matrixMaxWide = 64
)

// nameWidth is the room that row names need, at most 190.
func (m *Matrix) nameWidth() float32 {
	w := float32(40)
	for i, c := range m.data.Classes {
		w = max(w, fyne.MeasureText(rowName(i, c), theme.TextSmall, fyne.TextStyle{}).Width+10)
	}
	return min(w, 190)
}

func rowName(i int, class string) string { return fmt.Sprintf("%d  %s", i+1, class) }

// cell is the width and height of one cell in a widget of size s.
func (m *Matrix) cell(s fyne.Size) (w, h float32) {
	n := float32(max(len(m.data.Classes), 1))
	w = (s.Width - m.nameWidth() - matrixTotal) / n
	h = (s.Height - matrixHead) / n
	return min(max(w, matrixMinCell+6), matrixMaxWide), min(max(h, matrixMinCell), matrixMaxCell)
}

// MinSize keeps every cell legible; put the matrix in a scroller.
func (m *Matrix) MinSize() fyne.Size {
	n := float32(len(m.data.Classes))
	if n == 0 {
		return fyne.NewSize(120, 60)
	}
	return fyne.NewSize(m.nameWidth()+n*(matrixMinCell+6)+matrixTotal, matrixHead+n*matrixMinCell)
}

// cellAt finds the cell at a position.
func (m *Matrix) cellAt(p fyne.Position) (row, col int, ok bool) {
	w, h := m.cell(m.Size())
	x, y := p.X-m.nameWidth(), p.Y-matrixHead
	if x < 0 || y < 0 {
		return 0, 0, false
	}
	row, col = int(y/h), int(x/w)
	return row, col, row < len(m.data.Classes) && col < len(m.data.Classes)
}

// MouseIn follows the pointer.
func (m *Matrix) MouseIn(e *desktop.MouseEvent) { m.MouseMoved(e) }

// MouseMoved tells the cell under the pointer.
func (m *Matrix) MouseMoved(e *desktop.MouseEvent) {
	row, col, ok := m.cellAt(e.Position)
	if ok == m.hasHover && row == m.row && col == m.col {
		return
	}
	m.hasHover, m.row, m.col = ok, row, col
	m.tell()
}

// MouseOut ends the readout.
func (m *Matrix) MouseOut() {
	m.hasHover = false
	m.tell()
}

// Tapped picks the cell.
func (m *Matrix) Tapped(e *fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(m); c != nil {
		c.Focus(m)
	}
	row, col, ok := m.cellAt(e.Position)
	if !ok {
		return
	}
	m.hasHover, m.row, m.col = true, row, col
	m.tell()
	m.pick()
}

func (m *Matrix) pick() {
	if m.OnPick != nil && m.hasHover {
		m.OnPick(m.row, m.col)
	}
}

// FocusGained marks a cell for the arrow keys.
func (m *Matrix) FocusGained() {
	m.focused = true
	if !m.hasHover && len(m.data.Classes) > 0 {
		m.hasHover, m.row, m.col = true, min(m.row, len(m.data.Classes)-1), min(m.col, len(m.data.Classes)-1)
	}
	m.tell()
}

// FocusLost ends that.
func (m *Matrix) FocusLost() { m.focused = false; m.Refresh() }

// TypedRune implements fyne.Focusable.
func (m *Matrix) TypedRune(rune) {}

// TypedKey moves from cell to cell; Enter picks.
func (m *Matrix) TypedKey(e *fyne.KeyEvent) {
	last := len(m.data.Classes) - 1
	row, col := m.row, m.col
	switch e.Name {
	case fyne.KeyUp:
		row--
	case fyne.KeyDown:
		row++
	case fyne.KeyLeft:
		col--
	case fyne.KeyRight:
		col++
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		m.pick()
		return
	default:
		if m.OnKey != nil {
			m.OnKey(e)
		}
		return
	}
	if last >= 0 {
		m.hasHover, m.row, m.col = true, min(max(row, 0), last), min(max(col, 0), last)
		m.tell()
	}
}

func (m *Matrix) tell() {
	if m.OnHover != nil {
		text := ""
		if m.hasHover {
			text = m.data.Sentence(m.row, m.col)
		}
		m.OnHover(text)
	}
	m.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (m *Matrix) CreateRenderer() fyne.WidgetRenderer {
	r := &matrixRenderer{m: m}
	r.arrange(m.Size())
	return r
}

type matrixRenderer struct {
	m       *Matrix
	pool    pool
	objects []fyne.CanvasObject
}

func (r *matrixRenderer) arrange(size fyne.Size) {
	m := r.m
	r.pool.reset()
	w, h := m.cell(size)
	name := m.nameWidth()
	const small = theme.TextSmall
	muted := theme.Color(theme.Muted)
	ink := theme.Color(theme.Text)
	n := len(m.data.Classes)
	for j := range n {
		r.pool.text(fmt.Sprint(j+1), name+(float32(j)+0.5)*w, matrixHead/2, small, muted, fyne.TextAlignCenter)
	}
	if n > 0 {
		r.pool.text(lang.L("of"), name+float32(n)*w+matrixTotal-8, matrixHead/2, small, muted, fyne.TextAlignTrailing)
	}
	for i := range n {
		y := matrixHead + (float32(i)+0.5)*h
		row := parts.Shorten(rowName(i, m.data.Classes[i]), name-8, small, fyne.TextStyle{})
		r.pool.text(row, 2, y, small, ink, fyne.TextAlignLeading)
		for j := range n {
			r.cell(i, j, name+float32(j)*w, matrixHead+float32(i)*h, w, h)
		}
		r.pool.text(fmt.Sprint(m.data.Total(i)), name+float32(n)*w+matrixTotal-8, y, small, muted, fyne.TextAlignTrailing)
	}
	r.objects = r.pool.objects()
}

// cell draws one cell: stronger with its share of the row; the diagonal in the
// accent, the rest in the warning colour.
func (r *matrixRenderer) cell(i, j int, x, y, w, h float32) {
	const small = theme.TextSmall
	m := r.m
	share := m.data.Share(i, j)
	ground := theme.Color(theme.Raised)
	tint := theme.Color(theme.Accent)
	if i != j {
		tint = theme.Color(theme.Warning)
	}
	fill := theme.Blend(ground, tint, 0.85*share)
	rect := r.pool.rect(x+0.5, y+0.5, w-1, h-1, fill)
	if m.hasHover && m.row == i && m.col == j {
		rect.StrokeWidth, rect.StrokeColor = 1.5, theme.Color(theme.Text)
		if m.focused {
			rect.StrokeWidth, rect.StrokeColor = 2.5, theme.Color(theme.Accent)
		}
	}
	count := m.data.Counts[i][j]
	if count == 0 {
		return
	}
	c := theme.On(fill)
	switch {
	case h < 32 && w >= 58:
		r.pool.text(fmt.Sprint(count), x+w/2-5, y+h/2, small+1, c, fyne.TextAlignTrailing)
		r.pool.text(fmt.Sprintf("%.0f %%", 100*share), x+w/2, y+h/2, small-1, c, fyne.TextAlignLeading)
		return
	case h < 32 || w < 34:
		r.pool.text(fmt.Sprint(count), x+w/2, y+h/2, small, c, fyne.TextAlignCenter)
		return
	}
	r.pool.text(fmt.Sprint(count), x+w/2, y+h/2-7, small+1, c, fyne.TextAlignCenter)
	r.pool.text(fmt.Sprintf("%.0f %%", 100*share), x+w/2, y+h/2+7, small-1, c, fyne.TextAlignCenter)
}

func (r *matrixRenderer) Layout(size fyne.Size)        { r.arrange(size) }
func (r *matrixRenderer) MinSize() fyne.Size           { return r.m.MinSize() }
func (r *matrixRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *matrixRenderer) Destroy()                     {}
func (r *matrixRenderer) Refresh() {
	r.arrange(r.m.Size())
	canvas.Refresh(r.m)
}
