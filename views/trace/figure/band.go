package figure

import (
	"image/color"
	"slices"
	"strconv"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// band is where the labels are named, above the panels: labels that overlap lie in
// rows, and none covers another's name. What has no room for its name has a number,
// which the key of colours explains.
type band struct {
	marks []mark
	rows  int
	key   [][]keyed // by line
}

// mark is a label in the band, in points from the paper's left.
type mark struct {
	from, to vg.Length
	instant  bool
	row      int
	color    color.NRGBA
	text     string    // empty where there is room for nothing
	at       vg.Length // where the text begins
	width    vg.Length // of the text
}

// keyed is an entry of the key of colours.
type keyed struct {
	x     vg.Length
	color color.NRGBA
	text  string
}

const (
	rowHeight = 4.2 * mm
	inset     = 0.8 * mm // between a block's edge and its name
	apart     = 0.6 * mm // least distance of what lies in one row
	// mostRows bounds the rows that names may ask for, lastRow those that labels which
	// overlap may.
	mostRows, lastRow = 6, 12
	nameSize          = 6.5
)

func (b band) height() vg.Length { return rowHeight * vg.Length(b.rows) }

// band deals the labels in view to rows between the left and right edge of the data.
func (f Figure) band(left, right vg.Length) band {
	style := words(nameSize)
	spans := slices.Clone(f.Spans)
	slices.SortStableFunc(spans, func(a, b Span) int {
		switch {
		case a.Start < b.Start:
			return -1
		case a.Start > b.Start:
			return 1
		}
		return 0
	})
	x := func(at float64) vg.Length {
		return left + vg.Length((at-f.View.Start)/f.View.Span())*(right-left)
	}
	var b band
	var ends []vg.Length
	numbers := map[keyName]int{}
	var order []keyName
	for _, s := range spans {
		instant := s.End <= s.Start
		if s.Start > f.View.End || s.End < f.View.Start || !instant && (s.Start >= f.View.End || s.End <= f.View.Start) {
			continue
		}
		k := keyName{s.Name, s.Color}
		m := mark{from: max(x(s.Start), left), to: min(x(s.End), right), instant: instant, color: s.Color}
		for i := range 4 {
			say := []string{s.Text, s.Name, "", ""}[i]
			if i == 2 {
				if numbers[k] == 0 {
					order = append(order, k)
					numbers[k] = len(order)
				}
				say = strconv.Itoa(numbers[k])
			} else if i < 2 && say == "" {
				continue
			}
			last := i == 3
			if m.say(say, style, left, right) && (m.deal(&ends, mostRows) || last && m.deal(&ends, lastRow)) {
				break
			}
			if last { // more labels at a time than rows
				m.row = lastRow - 1
			}
		}
		b.marks = append(b.marks, m)
	}
	b.rows = min(len(ends), lastRow)
	b.explain(order, left, right)
	return b
}

type keyName struct {
	name  string
	color color.NRGBA
}

// say gives a mark a text inside it, or for a number and an instant's name beside
// it; it reports whether there is room for that.
func (m *mark) say(say string, style text.Style, left, right vg.Length) bool {
	m.text, m.width = say, 0
	if say == "" {
		return true
	}
	m.width = style.Width(say)
	_, err := strconv.Atoi(say)
	switch {
	case !m.instant && m.width+2*inset <= m.to-m.from:
		m.at = m.from + inset
	case !m.instant && err != nil:
		return false
	case m.to+inset+m.edge()+m.width <= right:
		m.at = m.to + inset + m.edge()
	default:
		m.at = m.from - inset - m.edge() - m.width
	}
	return m.at >= left
}

// edge is how far a mark reaches over its moment.
func (m *mark) edge() vg.Length {
	if m.instant {
		return diamond
	}
	return 0
}

const diamond = 1.2 * mm // half of an instant's mark

// deal puts a mark with its text into the first row that is free, of so many at
// most, and reports whether there is one.
func (m *mark) deal(ends *[]vg.Length, most int) bool {
	from, to := m.reach()
	for i, end := range *ends {
		if i < most && end <= from+0.01 {
			m.row, (*ends)[i] = i, to+m.gap()
			return true
		}
	}
	if len(*ends) >= most {
		return false
	}
	m.row = len(*ends)
	*ends = append(*ends, to+m.gap())
	return true
}

// reach is what of its row a mark and its text take.
func (m *mark) reach() (from, to vg.Length) {
	from, to = m.from-m.edge(), m.to+m.edge()
	if m.text != "" {
		from, to = min(from, m.at), max(to, m.at+m.width)
	}
	return from, to
}

// gap is what stays free behind a mark: labels may touch, texts may not.
func (m *mark) gap() vg.Length {
	if _, to := m.reach(); to > m.to {
		return apart
	}
	return 0
}

// explain fills the key with those of which a label shows only the number or the
// colour, in the order of their numbers.
func (b *band) explain(order []keyName, left, right vg.Length) {
	style, x := words(7), right
	for i, k := range order {
		entry := strconv.Itoa(i+1) + "  " + k.name
		width := 4*mm + style.Width(entry) + 5*mm
		if x+width > right+5*mm {
			b.key, x = append(b.key, nil), left
		}
		line := &b.key[len(b.key)-1]
		*line = append(*line, keyed{x, k.color, entry})
		x += width
	}
}

// draw draws the band with its lower edge at a height.
func (b band) draw(dc draw.Canvas, floor vg.Length) {
	style := words(nameSize)
	for _, m := range b.marks {
		y := floor + rowHeight*vg.Length(b.rows-1-m.row)
		if m.instant {
			at := y + rowHeight/2
			dc.FillPolygon(m.color, []vg.Point{{X: m.from - diamond, Y: at}, {X: m.from, Y: at + diamond}, {X: m.from + diamond, Y: at}, {X: m.from, Y: at - diamond}})
		} else {
			block(dc, m.from, m.to, y+0.3*mm, y+rowHeight-0.3*mm, m.color)
		}
	}
	for _, m := range b.marks {
		if m.text != "" {
			dc.FillText(style, vg.Point{X: m.at, Y: floor + rowHeight*vg.Length(b.rows-1-m.row) + 1.25*mm}, m.text)
		}
	}
}

// block is a label's rectangle: pale, so that black letters are read on it, with an
// edge of its colour.
func block(dc draw.Canvas, x0, x1, y0, y1 vg.Length, c color.NRGBA) {
	x1 = max(x1, x0+0.15*mm)
	outline := []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}}
	pale := func(v uint8) uint8 { return uint8(255 - (255-int(v))*45/100) }
	dc.FillPolygon(color.NRGBA{R: pale(c.R), G: pale(c.G), B: pale(c.B), A: 255}, outline)
	dc.StrokeLines(draw.LineStyle{Color: c, Width: vg.Points(0.4)}, append(outline, outline[0]))
}
