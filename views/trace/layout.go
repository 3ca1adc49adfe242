package trace

import (
	"fyne.io/fyne/v2"

	"onset/views/theme"
)

const (
	overviewHeight float32 = 34
	axisHeight     float32 = 24
	laneHeight     float32 = 30
	leastTrack     float32 = 40
)

// box is a rectangle in the widget.
type box struct{ x, y, w, h float32 }

func (b box) right() float32  { return b.x + b.w }
func (b box) bottom() float32 { return b.y + b.h }
func (b box) holds(p fyne.Position) bool {
	return p.X >= b.x && p.X < b.right() && p.Y >= b.y && p.Y < b.bottom()
}

// geometry says where everything lies.
type geometry struct {
	overview box
	tracks   []box
	plot     box   // all tracks together
	lanes    []box // one for each lane; of no height where it is folded
	laneArea box
	folded   int // lanes that there is no room for
	first    int // of the lanes that can be scrolled, the first that is seen
	more     box // what says how many are folded
	axis     box
}

// measure lays out a widget of a size.
func (t *Trace) measure(size fyne.Size) geometry {
	var g geometry
	if t.cfg.Still {
		g.plot = box{0, 0, size.Width, size.Height}
		g.tracks = t.stack(g.plot)
		return g
	}
	margin := t.margin()
	width := max(size.Width-margin, 1)
	top := float32(0)
	if !t.cfg.NoOverview {
		g.overview = box{margin, 2, width, overviewHeight - 4}
		top = overviewHeight
	}
	bottom := max(size.Height-axisHeight, top)
	g.axis = box{margin, bottom, width, axisHeight}
	t.measureLanes(&g, margin, width, top, bottom)
	g.plot = box{margin, top, width, max(g.laneArea.y-top, 0)}
	g.tracks = t.stack(g.plot)
	return g
}

// Lanes take at most laneShare of the height, so that the trace is always seen; the
// others are folded under a line that says how many.
const (
	laneShare          = 0.4
	moreHeight float32 = 18
)

// pinned lanes are never folded: what is worked on, and suggestions.
func (l *Lane) pinned() bool { return l.Bands || l.Name == "" }

// measureLanes lays out the lanes above the axis of time.
func (t *Trace) measureLanes(g *geometry, margin, width, top, bottom float32) {
	all, fixed, others := float32(0), float32(0), []int{}
	for i := range t.lanes {
		all += t.lanes[i].Height
		if t.lanes[i].pinned() {
			fixed += t.lanes[i].Height
		} else {
			others = append(others, i)
		}
	}
	room := laneShare*(bottom-top) - theme.Space2
	shown := map[int]bool{}
	height := all
	if all > room && len(others) > 1 {
		room = max(room-fixed-moreHeight, t.lanes[others[0]].Height)
		last := len(others) // the first from which all that follow have room
		for left := room; last > 0 && left >= t.lanes[others[last-1]].Height; last-- {
			left -= t.lanes[others[last-1]].Height
		}
		g.first = min(t.firstLane, last)
		height = fixed + moreHeight
		left := room
		for _, i := range others[g.first:] {
			if left -= t.lanes[i].Height; left < 0 {
				break
			}
			shown[i] = true
			height += t.lanes[i].Height
		}
		g.folded = len(others) - len(shown)
	}
	if height > 0 {
		height += theme.Space2
	}
	g.laneArea = box{margin, max(bottom-height, top), width, min(height, bottom-top)}
	y := g.laneArea.y + theme.Space1
	for i := range t.lanes {
		b := box{margin, y, width, t.lanes[i].Height}
		if g.folded > 0 && !t.lanes[i].pinned() && !shown[i] {
			b.h = 0
		}
		g.lanes = append(g.lanes, b)
		y += b.h
	}
	if g.folded > 0 {
		g.more = box{margin, y, width, moreHeight}
	}
}

// scrollLanes moves the lanes that have no room all at once.
func (t *Trace) scrollLanes(by int) {
	t.firstLane = max(t.draw.geo.first+by, 0)
	t.draw.Layout(t.Size())
	t.draw.placeSpans()
}

// margin is the room at the left for the values and the lanes' names.
func (t *Trace) margin() float32 {
	const least = 42
	width := float32(least)
	for _, l := range t.lanes {
		if l.Name != "" {
			m := fyne.MeasureText(l.Name, theme.TextSmall, fyne.TextStyle{})
			width = max(width, m.Width+theme.Space2+theme.Space1)
		}
	}
	return width
}

// stack divides an area between the tracks.
func (t *Trace) stack(area box) []box {
	total := float32(0)
	for _, k := range t.tracks {
		total += k.weight()
	}
	boxes := make([]box, len(t.tracks))
	y := area.y
	for i, k := range t.tracks {
		h := area.h * k.weight() / total
		boxes[i] = box{area.x, y, area.w, max(h-1, 0)} // a rule between
		y += h
	}
	return boxes
}

func (k *track) weight() float32 {
	if k.Weight <= 0 {
		return 1
	}
	return k.Weight
}

func (t *Trace) leastSize() fyne.Size {
	if t.cfg.Still {
		return fyne.NewSize(80, leastTrack)
	}
	h := axisHeight + leastTrack*float32(max(len(t.tracks), 1))
	if !t.cfg.NoOverview {
		h += overviewHeight
	}
	pinned, other := float32(0), float32(0)
	for i := range t.lanes {
		if l := &t.lanes[i]; l.pinned() {
			pinned += l.Height
		} else {
			other = min(other+l.Height, l.Height+moreHeight)
		}
	}
	h += pinned + other
	return fyne.NewSize(240, h+theme.Space2)
}

// xOf is where a moment lies in the widget; timeAt the moment at a place.
func (g *geometry) xOf(v View, at float64) float32 {
	return g.plot.x + float32(v.X(at, float64(g.plot.w)))
}

func (g *geometry) timeAt(v View, x float32) float64 {
	return v.Time(float64(x-g.plot.x), float64(max(g.plot.w, 1)))
}

// between gives the columns of a stretch that are inside the plot.
func (g *geometry) between(v View, from, to float64) (x0, x1 float32, ok bool) {
	x0 = max(g.xOf(v, from), g.plot.x)
	x1 = min(g.xOf(v, to), g.plot.right())
	return x0, x1, x1 >= x0 && from <= v.End && to >= v.Start
}
