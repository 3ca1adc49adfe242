package shell

import "fyne.io/fyne/v2"

// frame lays out the window: the top line, the status line, the rail at the
// left between them, and the stage in what is left, with no space in between.
type frame struct{}

// Layout implements fyne.Layout for (top, status, rail, stage).
func (frame) Layout(o []fyne.CanvasObject, size fyne.Size) {
	top, status, rail := o[0].MinSize().Height, o[1].MinSize().Height, o[2].MinSize().Width
	place := func(o fyne.CanvasObject, x, y, w, h float32) {
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(w, h))
	}
	middle := size.Height - top - status
	place(o[0], 0, 0, size.Width, top)
	place(o[1], 0, size.Height-status, size.Width, status)
	place(o[2], 0, top, rail, middle)
	place(o[3], rail, top, size.Width-rail, middle)
}

// MinSize implements fyne.Layout. The stage's own wishes do not count: a window
// must be able to be smaller than what a room would like.
func (frame) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(640, o[0].MinSize().Height+o[1].MinSize().Height+320)
}
