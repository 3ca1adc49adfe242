package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/layout"
)

// column lays things out below each other, with a space between them. The height
// of what wraps follows from its width, so each thing is given the width first and
// then the height that it asks for.
//
// The canvas lays out again what holds a thing that has grown, but forgets it when
// a later thing in the same column has changed inside without growing. A column
// that is asked for its least size therefore looks whether all in it still have the
// height that they ask for.
type column struct {
	space float32
	size  fyne.Size
	laid  bool
	busy  bool // a layout is under way
}

func stretches(o fyne.CanvasObject) bool {
	s, ok := o.(layout.SpacerObject)
	return ok && s.ExpandVertical()
}

// Layout implements fyne.Layout.
func (c *column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	c.size, c.laid, c.busy = size, true, true
	defer func() { c.busy = false }()
	heights := make([]float32, len(objects))
	rest, spacers, seen := size.Height, 0, 0
	for i, o := range objects {
		switch {
		case !o.Visible():
		case stretches(o):
			spacers++
		default:
			heights[i] = o.MinSize().Height
			o.Resize(fyne.NewSize(size.Width, heights[i]))
			heights[i] = o.MinSize().Height // it may wrap anew
			rest -= heights[i]
			seen++
		}
	}
	rest -= c.space * float32(seen-1)
	y := float32(0)
	for i, o := range objects {
		switch {
		case !o.Visible():
			continue
		case stretches(o):
			o.Move(fyne.NewPos(0, y))
			o.Resize(fyne.NewSize(size.Width, rest/float32(spacers)))
			y += rest / float32(spacers)
			continue
		}
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(size.Width, heights[i]))
		y += heights[i] + c.space
	}
}

// MinSize implements fyne.Layout.
func (c *column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	least, seen, stale := fyne.Size{}, 0, false
	for _, o := range objects {
		if !o.Visible() || stretches(o) {
			continue
		}
		m := o.MinSize()
		least.Width = max(least.Width, m.Width)
		least.Height += m.Height
		stale = stale || m.Height != o.Size().Height
		seen++
	}
	if stale && c.laid && !c.busy && c.size.Width > 0 {
		c.Layout(objects, c.size)
	}
	least.Height += c.space * float32(max(seen-1, 0))
	return least
}
