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
	plot     box // all tracks together
	lanes    []box
	laneArea box
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
	lanes := float32(0)
	for _, l := range t.lanes {
		lanes += l.Height
	}
	if lanes > 0 {
		lanes += theme.Space2
	}
	g.laneArea = box{margin, max(bottom-lanes, top), width, min(lanes, bottom-top)}
	y := g.laneArea.y + theme.Space1
	for _, l := range t.lanes {
		g.lanes = append(g.lanes, box{margin, y, width, l.Height})
		y += l.Height
	}
	g.plot = box{margin, top, width, max(g.laneArea.y-top, 0)}
	g.tracks = t.stack(g.plot)
	return g
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
	for _, l := range t.lanes {
		h += l.Height
	}
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
