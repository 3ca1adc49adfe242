package trace

import (
	"image/color"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/lang"

	"onset/views/theme"
)

// placeTracks lays out pictures, titles and values at the left.
func (r *renderer) placeTracks() {
	for i, o := range r.tracks {
		k, b := r.of[i], r.geo.tracks[i]
		place(o.raster, b)
		place(o.rule, box{0, b.bottom(), r.size.Width, 1})
		still := r.t.cfg.Still
		show(!still || len(r.tracks) > 1, o.rule)
		r.placeTitle(o, k, b, still)
		o.ticks.begin()
		if !still {
			lo, hi := k.bounds()
			for _, tick := range valueTicks(lo, hi, b.h) {
				y := b.y + float32((hi-tick.At)/(hi-lo))*b.h
				text := o.ticks.next()
				setText(text, tick.Text, theme.Color(theme.Muted))
				m := text.MinSize()
				place(text, box{b.x - m.Width - 6, y - m.Height/2, m.Width, m.Height})
			}
		}
		o.ticks.end()
	}
}

func (r *renderer) placeTitle(o *trackObjects, k *track, b box, still bool) {
	show(!still, o.title)
	title := k.Name
	if k.Unit != "" {
		title += ", " + k.Unit
	}
	for _, h := range k.held {
		if h.err != nil {
			title += ": " + h.err.Error()
			break
		}
	}
	o.title.TextSize = theme.TextSmall
	setText(o.title, title, theme.Color(theme.Muted))
	x := b.x + theme.Space2
	m := o.title.MinSize()
	plate := box{x - theme.Space1, b.y + theme.Space1, m.Width + 2*theme.Space1, m.Height}
	place(o.title, box{x, b.y + theme.Space1, m.Width, m.Height})
	x += m.Width + theme.Space2
	for i, name := range o.names {
		ch := k.Channels[i]
		// What the title says already is not said twice.
		said := ch.Name == "" || len(k.Channels) == 1 && len(ch.Name) > 1 && strings.Contains(k.Name, ch.Name)
		show(!still && !said && !ch.Hidden, name)
		name.TextSize = theme.TextSmall
		name.TextStyle = fyne.TextStyle{Bold: true}
		setText(name, ch.Name, theme.Color(theme.Axis(ch.Axis)))
		if ch.Hidden || said {
			continue
		}
		m := name.MinSize()
		place(name, box{x, b.y + theme.Space1, m.Width, m.Height})
		x += m.Width + 5
		plate.w = x - plate.x
	}
	show(!still && title != "", o.plate)
	place(o.plate, plate)
}

func (r *renderer) placeLaneNames() {
	r.laneNames.begin()
	for i, l := range r.t.lanes {
		if l.Name == "" || r.t.cfg.Still {
			continue
		}
		b := r.geo.lanes[i]
		if b.h == 0 {
			continue
		}
		text := r.laneNames.next()
		setText(text, l.Name, theme.Color(theme.Muted))
		m := text.MinSize()
		place(text, box{theme.Space1 + 2, b.y + (b.h-m.Height)/2, m.Width, m.Height})
	}
	if n := r.geo.folded; n > 0 {
		text := r.laneNames.next()
		setText(text, lang.N("{{.N}} more label set: turn the wheel over these", n, map[string]any{"N": n}), theme.Color(theme.Muted))
		m := text.MinSize()
		place(text, box{r.geo.more.x + theme.Space2, r.geo.more.y + (r.geo.more.h-m.Height)/2, m.Width, m.Height})
	}
	r.laneNames.end()
}

// placeMarks puts a small flag at the top of the tracks for every finding and
// event, as wide as it lasts.
func (r *renderer) placeMarks() {
	r.marks.begin()
	g := &r.geo
	if !r.t.cfg.Still {
		last := float32(-10)
		for _, m := range r.t.marks {
			x0, x1, ok := g.between(r.t.view, m.At, m.At+m.Length)
			if !ok || (x1 < last+2 && m.Length == 0) {
				continue
			}
			last = x1
			flag := r.marks.next()
			flag.FillColor = theme.Color(m.Tone)
			place(flag, box{x0 - 1, g.plot.y, max(x1-x0, 3), 4})
		}
		o := g.overview
		for _, m := range r.t.marks {
			if o.w > 0 && len(r.t.marks) < 500 {
				flag := r.marks.next()
				flag.FillColor = theme.Color(m.Tone)
				place(flag, box{o.x + float32(r.t.whole.X(m.At, float64(o.w))), o.bottom() - 3, 2, 3})
			}
		}
	}
	r.marks.end()
}

func (r *renderer) placePlayhead() {
	g := &r.geo
	v := r.t.view
	on := r.t.playing && r.t.playhead >= v.Start && r.t.playhead <= v.End
	show(on, r.head)
	if on {
		place(r.head, box{g.xOf(v, r.t.playhead), g.plot.y, 1.5, g.plot.h + g.laneArea.h})
	}
	x0, x1, ok := g.between(v, r.t.glow.Start, r.t.glow.End)
	ok = ok && r.t.glow.Valid()
	show(ok, r.glow)
	if ok {
		place(r.glow, box{x0, g.plot.y, x1 - x0, g.plot.h})
	}
}

// placeCursor moves the cursor's line and what it says.
func (r *renderer) placeCursor() {
	g := &r.geo
	t := r.t
	on := t.hasCursor && !t.cfg.Still && t.cursor >= t.view.Start && t.cursor <= t.view.End && len(t.tracks) > 0
	show(on, r.cursor, r.cursorText, r.cursorGround)
	r.placeMarkText(on)
	if !on {
		for _, o := range r.tracks {
			show(false, o.box)
			for _, s := range o.said {
				show(false, s)
			}
		}
		return
	}
	x := g.xOf(t.view, t.cursor)
	place(r.cursor, box{x, g.plot.y, 1, g.plot.h + g.laneArea.h})
	setText(r.cursorText, FormatTime(t.cursor), theme.Color(theme.Text))
	m := r.cursorText.MinSize()
	left := min(max(x-m.Width/2, g.axis.x+4), g.axis.right()-m.Width-4)
	place(r.cursorText, box{left, g.axis.y + 5, m.Width, m.Height})
	place(r.cursorGround, box{left - 5, g.axis.y + 4, m.Width + 10, m.Height + 2})
	for i, o := range r.tracks {
		r.placeReadout(o, r.of[i], g.tracks[i], x)
	}
}

// placeReadout says the value of each channel and the sample's number.
func (r *renderer) placeReadout(o *trackObjects, k *track, b box, x float32) {
	sample, values := r.t.probe.at(k)
	on := sample >= 0 && b.h > 30
	show(on, o.box)
	width := float32(12)
	line := o.said[0].MinSize().Height
	for i, s := range o.said {
		show(on, s)
		if !on {
			continue
		}
		s.TextSize = theme.TextSmall
		text, c := "", color.Color(theme.Color(theme.Text))
		if i < len(k.Channels) {
			ch := k.Channels[i]
			if !ch.Hidden {
				text = strings.TrimSpace(ch.Name + " " + number(values, i))
				c = theme.Color(theme.Axis(ch.Axis))
			}
		} else {
			text, c = "#"+grouped(sample), theme.Color(theme.Muted)
		}
		setText(s, text, c)
		if text != "" {
			width += s.MinSize().Width + theme.Space2
		}
	}
	if !on {
		return
	}
	left := x + 6
	if left+width > r.geo.plot.right() {
		left = max(x-6-width, r.geo.plot.x)
	}
	top := b.bottom() - line - 10
	place(o.box, box{left, top, width, line + 4})
	left += theme.Space2
	for _, s := range o.said {
		w := s.MinSize().Width
		place(s, box{left, top + 2, w, line})
		if s.Text != "" {
			left += w + theme.Space2
		}
	}
}

func number(values []string, i int) string {
	if i < len(values) && values[i] != "" {
		return values[i]
	}
	return "…"
}

// grouped writes a count with thin gaps between the thousands.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u2009" + s[i:]
	}
	return s
}

// placeMarkText says what the cursor is on: a finding, an event.
func (r *renderer) placeMarkText(on bool) {
	text := ""
	near := r.t.view.Span() / float64(max(r.geo.plot.w, 1)) * 5
	if on {
		for _, m := range r.t.marks {
			if r.t.cursor >= m.At-near && r.t.cursor <= m.At+m.Length+near {
				text = m.Text
				break
			}
		}
	}
	show(text != "", r.markGround)
	r.markText.begin()
	defer r.markText.end()
	if text == "" {
		return
	}
	var m fyne.Size
	var lines []*canvas.Text
	for _, line := range wrapped(text, markWidth) {
		t := r.markText.next()
		setText(t, line, theme.Color(theme.Text))
		lines = append(lines, t)
		size := t.MinSize()
		m.Width, m.Height = max(m.Width, size.Width), m.Height+size.Height
	}
	x := r.geo.xOf(r.t.view, r.t.cursor) + 8
	x = max(min(x, r.geo.plot.right()-m.Width-8), r.geo.plot.x+8)
	y := r.geo.plot.y + 24
	each := m.Height / float32(len(lines))
	for i, t := range lines {
		place(t, box{x, y + float32(i)*each, m.Width, each})
	}
	place(r.markGround, box{x - 6, y - 3, m.Width + 12, m.Height + 6})
}

// markWidth is the most that a line about a finding takes.
const markWidth = 320

// wrapped breaks a text between words into lines no wider than width.
func wrapped(text string, width float32) []string {
	sample := newTickText()
	var lines []string
	for _, word := range strings.Fields(text) {
		if n := len(lines) - 1; n >= 0 {
			joined := lines[n] + " " + word
			if fyne.MeasureText(joined, sample.TextSize, sample.TextStyle).Width <= width {
				lines[n] = joined
				continue
			}
		}
		lines = append(lines, word)
	}
	return lines
}

func (r *renderer) placeFocus() {
	r.ring.StrokeWidth = 0
	if r.t.focused && !r.t.cfg.Still {
		r.ring.StrokeColor, r.ring.StrokeWidth = theme.Fade(theme.Color(theme.Accent), 0.7), 1
	}
	canvas.Refresh(r.ring)
}
