package parts

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Beside is a row without spaces: left takes what right leaves.
func Beside(left, right fyne.CanvasObject) *fyne.Container {
	return container.New(edge{right: true}, left, right)
}

// Leading is a row without spaces: right takes what left leaves.
func Leading(left, right fyne.CanvasObject) *fyne.Container {
	return container.New(edge{left: true}, right, left)
}

// Above is a column without spaces: bottom takes what top leaves.
func Above(top, bottom fyne.CanvasObject) *fyne.Container {
	return container.New(edge{top: true}, bottom, top)
}

// Below is a column without spaces: top takes what bottom leaves.
func Below(top, bottom fyne.CanvasObject) *fyne.Container {
	return container.New(edge{}, top, bottom)
}

// edge gives its second object the size it needs at one edge and its first one
// the rest; the bottom edge when no other is set.
type edge struct{ left, right, top bool }

func (e edge) Layout(o []fyne.CanvasObject, size fyne.Size) {
	least := o[1].MinSize()
	at, rest := fyne.Position{}, fyne.NewSize(size.Width, size.Height-least.Height)
	edgeAt, edgeSize := fyne.Position{}, fyne.NewSize(size.Width, least.Height)
	switch {
	case e.left:
		at.X, rest = least.Width, fyne.NewSize(size.Width-least.Width, size.Height)
		edgeSize = fyne.NewSize(least.Width, size.Height)
	case e.right:
		rest = fyne.NewSize(size.Width-least.Width, size.Height)
		edgeAt.X, edgeSize = rest.Width, fyne.NewSize(least.Width, size.Height)
	case e.top:
		at.Y = least.Height
	default:
		edgeAt.Y = rest.Height
	}
	o[0].Move(at)
	o[0].Resize(rest)
	o[1].Move(edgeAt)
	o[1].Resize(edgeSize)
}

func (e edge) MinSize(o []fyne.CanvasObject) fyne.Size {
	a, b := o[0].MinSize(), o[1].MinSize()
	if e.left || e.right {
		return fyne.NewSize(a.Width+b.Width, max(a.Height, b.Height))
	}
	return fyne.NewSize(max(a.Width, b.Width), a.Height+b.Height)
}
