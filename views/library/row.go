package library

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"onset/views/parts"
	"onset/views/theme"
)

// The table's columns in a width: left edges, and right edges for numbers.
type columnsAt struct{ left, right [columns]float32 }

const (
	personWidth   = 96
	numberWidth   = 76
	lengthWidth   = 76
	labelsWidth   = 74
	labelledWidth = 112
	cellSpace     = 10
)

// arrangeColumns gives sensors two fifths and findings three fifths of what the
// fixed columns leave.
func arrangeColumns(width float32) columnsAt {
	rest := max(width-personWidth-numberWidth-lengthWidth-labelsWidth-labelledWidth, 160)
	widths := [columns]float32{personWidth, numberWidth, rest * 0.42, lengthWidth, labelsWidth, labelledWidth, rest * 0.58}
	var c columnsAt
	x := float32(0)
	for i, w := range widths {
		c.left[i], c.right[i] = x+cellSpace, x+w-cellSpace
		x += w
	}
	return c
}

// numeric says which columns are aligned at their right edge.
func numeric(c column) bool { return c == byLength || c == byLabels }

// maxChips is how many kinds of findings a row has room for.
const maxChips = 4

// sessionRow draws one session.
type sessionRow struct {
	widget.BaseWidget
	row    row
	at     int
	marked bool // chosen together with others
	held   fyne.KeyModifier
	press  func(at int, held fyne.KeyModifier)
}

var (
	_ desktop.Mouseable = (*sessionRow)(nil)
	_ fyne.Tappable     = (*sessionRow)(nil)
)

// MouseDown notes which keys are held.
func (r *sessionRow) MouseDown(e *desktop.MouseEvent) { r.held = e.Modifier }

// MouseUp does nothing.
func (r *sessionRow) MouseUp(*desktop.MouseEvent) {}

// Tapped chooses the session, with others when Ctrl or Shift is held.
func (r *sessionRow) Tapped(*fyne.PointEvent) { r.press(r.at, r.held) }

func newSessionRow(press func(at int, held fyne.KeyModifier)) *sessionRow {
	r := &sessionRow{press: press}
	r.ExtendBaseWidget(r)
	return r
}

func (r *sessionRow) set(at int, v row, marked bool) {
	r.at, r.row, r.marked = at, v, marked
	r.Refresh()
}

// MinSize is a row without the space that the list puts between rows.
func (r *sessionRow) MinSize() fyne.Size { return fyne.NewSize(400, theme.Row-4) }

// CreateRenderer implements fyne.Widget.
func (r *sessionRow) CreateRenderer() fyne.WidgetRenderer {
	d := &sessionRowRenderer{r: r, track: canvas.NewRectangle(color.Transparent), fill: canvas.NewRectangle(color.Transparent)}
	d.ground, d.edge = canvas.NewRectangle(color.Transparent), canvas.NewRectangle(color.Transparent)
	d.objects = []fyne.CanvasObject{d.ground, d.edge, d.track, d.fill}
	for i := range d.texts {
		d.texts[i] = canvas.NewText("", color.Black)
		d.objects = append(d.objects, d.texts[i])
	}
	for i := range d.chips {
		d.chips[i].ground = canvas.NewRectangle(color.Transparent)
		d.chips[i].text = canvas.NewText("", color.Black)
		d.objects = append(d.objects, d.chips[i].ground, d.chips[i].text)
	}
	d.apply(r.Size())
	return d
}

type sessionRowRenderer struct {
	r           *sessionRow
	texts       [byLabelled]*canvas.Text
	track, fill *canvas.Rectangle
	ground      *canvas.Rectangle // of a session that is chosen with others
	edge        *canvas.Rectangle
	chips       [maxChips]struct {
		ground *canvas.Rectangle
		text   *canvas.Text
	}
	objects []fyne.CanvasObject
}

func (d *sessionRowRenderer) apply(size fyne.Size) {
	v, at := d.r.row, arrangeColumns(size.Width)
	for i, s := range [byLabelled]string{v.person, v.number, v.sensors, v.length, v.labels} {
		t := d.texts[i]
		t.TextSize, t.Color = theme.TextBody, theme.Color(theme.Text)
		t.Text = parts.Shorten(s, at.right[i]-at.left[i], t.TextSize, t.TextStyle)
		m := t.MinSize()
		x := at.left[i]
		if numeric(column(i)) {
			x = at.right[i] - m.Width
		}
		t.Move(fyne.NewPos(x, (size.Height-m.Height)/2))
		t.Resize(m)
	}
	d.ground.Hidden, d.edge.Hidden = !d.r.marked, !d.r.marked
	d.ground.FillColor, d.edge.FillColor = theme.Color(theme.AccentSoft), theme.Color(theme.Accent)
	d.ground.Resize(size)
	d.edge.Resize(fyne.NewSize(3, size.Height))
	d.bar(at, size)
	d.placeChips(at, size)
}

func (d *sessionRowRenderer) bar(at columnsAt, size fyne.Size) {
	const height = 5
	x, w := at.left[byLabelled], at.right[byLabelled]-at.left[byLabelled]
	d.track.FillColor = theme.Blend(theme.Color(theme.Raised), theme.Color(theme.Line), 0.5)
	d.fill.FillColor = theme.Color(theme.Accent)
	d.track.CornerRadius, d.fill.CornerRadius = 2, 2
	d.track.Move(fyne.NewPos(x, (size.Height-height)/2))
	d.track.Resize(fyne.NewSize(w, height))
	d.fill.Move(fyne.NewPos(x, (size.Height-height)/2))
	d.fill.Resize(fyne.NewSize(w*float32(d.r.row.labelled), height))
}

// placeChips shows as many findings as fit; a last "+2" counts those that don't.
func (d *sessionRowRenderer) placeChips(at columnsAt, size fyne.Size) {
	x, end := at.left[byFindings], at.right[byFindings]
	list := d.r.row.chips
	for i := range d.chips {
		c := &d.chips[i]
		c.ground.Hidden, c.text.Hidden = true, true
		if i >= len(list) {
			continue
		}
		t := list[i].text
		w := chipWidth(t)
		if left := len(list) - i; left > 1 && (i == maxChips-1 || x+w+chipWidth("+9") > end) {
			t = "+" + string(rune('0'+min(left, 9)))
			w = chipWidth(t)
			list = list[:i+1]
		}
		if x+w > end {
			t = parts.Shorten(t, end-x-12, theme.TextSmall, fyne.TextStyle{})
			w = end - x
		}
		tone := theme.Muted
		if list[i].warning {
			tone = theme.Warning
		}
		c.ground.Hidden, c.text.Hidden = t == "", t == ""
		c.ground.FillColor, c.ground.CornerRadius = theme.Color(theme.Raised), theme.RadiusSmall+1
		c.ground.Move(fyne.NewPos(x, (size.Height-18)/2))
		c.ground.Resize(fyne.NewSize(w, 18))
		c.text.Text, c.text.TextSize, c.text.Color = t, theme.TextSmall, theme.Color(tone)
		m := c.text.MinSize()
		c.text.Move(fyne.NewPos(x+6, (size.Height-m.Height)/2))
		c.text.Resize(m)
		x += w + 4
	}
}

func chipWidth(text string) float32 {
	return fyne.MeasureText(text, theme.TextSmall, fyne.TextStyle{}).Width + 12
}

func (d *sessionRowRenderer) Layout(size fyne.Size)        { d.apply(size) }
func (d *sessionRowRenderer) MinSize() fyne.Size           { return d.r.MinSize() }
func (d *sessionRowRenderer) Objects() []fyne.CanvasObject { return d.objects }
func (d *sessionRowRenderer) Destroy()                     {}
func (d *sessionRowRenderer) Refresh() {
	d.apply(d.r.Size())
	canvas.Refresh(d.r)
}

// header is the table's first line; a tap on a title sorts by its column.
type header struct {
	widget.BaseWidget
	titles [columns]string
	by     column
	down   bool
	hover  column
	sort   func(column)
}

func newHeader(titles [columns]string, sort func(column)) *header {
	h := &header{titles: titles, sort: sort, hover: columns}
	h.ExtendBaseWidget(h)
	return h
}

func (h *header) set(by column, down bool) {
	h.by, h.down = by, down
	h.Refresh()
}

func (h *header) at(x float32) column {
	c := arrangeColumns(h.Size().Width)
	for i := columns - 1; i > 0; i-- {
		if x >= c.left[i]-cellSpace {
			return i
		}
	}
	return 0
}

// Tapped sorts by the column under the pointer.
func (h *header) Tapped(e *fyne.PointEvent) { h.sort(h.at(e.Position.X)) }

// MouseIn follows the pointer.
func (h *header) MouseIn(e *desktop.MouseEvent) { h.MouseMoved(e) }

// MouseMoved lights the title under the pointer.
func (h *header) MouseMoved(e *desktop.MouseEvent) {
	if c := h.at(e.Position.X); c != h.hover {
		h.hover = c
		h.Refresh()
	}
}

// MouseOut ends the light.
func (h *header) MouseOut() {
	h.hover = columns
	h.Refresh()
}

// MinSize is the line's height.
func (h *header) MinSize() fyne.Size { return fyne.NewSize(400, theme.RowCompact) }

// CreateRenderer implements fyne.Widget.
func (h *header) CreateRenderer() fyne.WidgetRenderer {
	r := &headerRenderer{h: h}
	for i := range r.texts {
		r.texts[i] = canvas.NewText("", color.Black)
		r.objects = append(r.objects, r.texts[i])
	}
	r.apply(h.Size())
	return r
}

type headerRenderer struct {
	h       *header
	texts   [columns]*canvas.Text
	objects []fyne.CanvasObject
}

func (r *headerRenderer) apply(size fyne.Size) {
	at := arrangeColumns(size.Width)
	for i, t := range r.texts {
		t.Text, t.TextSize, t.TextStyle.Bold = r.h.titles[i], theme.TextSmall, true
		t.Color = theme.Color(theme.Muted)
		if column(i) == r.h.by {
			t.Text += map[bool]string{true: " ↓", false: " ↑"}[r.h.down]
		}
		if column(i) == r.h.hover {
			t.Color = theme.Color(theme.Text)
		}
		m := t.MinSize()
		x := at.left[i]
		if numeric(column(i)) {
			x = at.right[i] - m.Width
		}
		t.Move(fyne.NewPos(x, (size.Height-m.Height)/2))
		t.Resize(m)
	}
}

func (r *headerRenderer) Layout(size fyne.Size)        { r.apply(size) }
func (r *headerRenderer) MinSize() fyne.Size           { return r.h.MinSize() }
func (r *headerRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *headerRenderer) Destroy()                     {}
func (r *headerRenderer) Refresh() {
	r.apply(r.h.Size())
	canvas.Refresh(r.h)
}
