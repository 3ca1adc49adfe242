package people

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/views/parts"
	"onset/views/theme"
)

// sheetLine is a row or, with index -1, the header.
type sheetLine struct {
	widget.BaseWidget
	sheet *sheet
	index int
}

func newSheetLine(s *sheet) *sheetLine {
	l := &sheetLine{sheet: s}
	l.ExtendBaseWidget(l)
	return l
}

func (l *sheetLine) set(i int) {
	l.index = i
	l.Refresh()
}

// MinSize is a row without the space that the list puts between rows.
func (l *sheetLine) MinSize() fyne.Size { return fyne.NewSize(400, theme.Row-4) }

// Tapped goes to the cell under the pointer; a second tap edits it.
func (l *sheetLine) Tapped(e *fyne.PointEvent) {
	s := l.sheet
	if l.index < 0 || !s.close(true) {
		return
	}
	left, _ := s.edges(l.Size().Width)
	col := len(left) - 1
	for col > 0 && left[col] > e.Position.X {
		col--
	}
	same := l.index == s.row && col == s.col && s.focused
	s.room.actions.Focus(s)
	s.move(l.index, col)
	if same {
		s.edit()
	}
}

// CreateRenderer implements fyne.Widget.
func (l *sheetLine) CreateRenderer() fyne.WidgetRenderer {
	r := &lineRenderer{l: l, ground: canvas.NewRectangle(color.Transparent), cell: canvas.NewRectangle(color.Transparent)}
	r.cell.StrokeWidth = 1.5
	r.cell.CornerRadius = theme.RadiusSmall
	r.apply(l.Size())
	return r
}

type lineRenderer struct {
	l            *sheetLine
	ground, cell *canvas.Rectangle
	texts        []*canvas.Text
}

func (r *lineRenderer) apply(size fyne.Size) {
	s := r.l.sheet
	left, right := s.edges(size.Width)
	for len(r.texts) < len(s.columns) {
		r.texts = append(r.texts, canvas.NewText("", color.Black))
	}
	r.texts = slices.Clip(r.texts[:len(s.columns)])
	r.ground.FillColor, r.cell.StrokeColor = color.Transparent, color.Transparent
	at := r.l.index
	if at >= 0 && at == s.row {
		r.ground.FillColor = theme.Color(theme.Raised)
		if s.focused && s.col < len(left) {
			r.cell.StrokeColor = theme.Color(theme.Accent)
			r.cell.Move(fyne.NewPos(left[s.col]+1, 0))
			r.cell.Resize(fyne.NewSize(right[s.col]-left[s.col]-2, size.Height))
		}
	}
	r.ground.Resize(size)
	for i, t := range r.texts {
		c := s.columns[i]
		t.TextSize, t.TextStyle.Bold, t.Color = theme.TextBody, c.key == "code", theme.Color(theme.Text)
		text, width := c.title, right[i]-left[i]-2*cellSpace
		going := at >= 0 && at < len(s.room.people) && s.room.going[s.room.people[at].ID]
		switch {
		case at < 0:
			t.TextSize, t.TextStyle.Bold, t.Color = theme.TextSmall, true, theme.Color(theme.Muted)
		case going:
			t.Color = theme.Color(theme.Muted)
			switch i {
			case 0:
				text = s.room.cell(at, c)
			case 1: // over the cells of the row, which are empty
				text, width = lang.L("being withdrawn…"), right[len(right)-1]-left[1]-2*cellSpace
			default:
				text = ""
			}
		case at < len(s.room.people):
			text = s.room.cell(at, c)
			if text == "" {
				text, t.Color = "–", theme.Color(theme.Muted)
			}
		default:
			text = ""
		}
		t.Text = parts.Shorten(text, width, t.TextSize, t.TextStyle)
		m := t.MinSize()
		x := left[i] + cellSpace
		if c.numeric {
			x = right[i] - cellSpace - m.Width
		}
		t.Move(fyne.NewPos(x, (size.Height-m.Height)/2))
		t.Resize(m)
	}
}

func (r *lineRenderer) Layout(size fyne.Size) { r.apply(size) }
func (r *lineRenderer) MinSize() fyne.Size    { return r.l.MinSize() }
func (r *lineRenderer) Destroy()              {}
func (r *lineRenderer) Refresh() {
	r.apply(r.l.Size())
	canvas.Refresh(r.l)
}
func (r *lineRenderer) Objects() []fyne.CanvasObject {
	out := []fyne.CanvasObject{r.ground, r.cell}
	for _, t := range r.texts {
		out = append(out, t)
	}
	return out
}
