package wizard

import "fyne.io/fyne/v2"

// shares is a row in which each object has its share of the width.
type shares []float32

const shareSpace = 4

func (s shares) total() (sum float32) {
	for _, v := range s {
		sum += v
	}
	return sum
}

// MinSize implements fyne.Layout.
func (s shares) MinSize(o []fyne.CanvasObject) (least fyne.Size) {
	for i, x := range o {
		m := x.MinSize()
		least.Width = max(least.Width, m.Width*s.total()/s[i])
		least.Height = max(least.Height, m.Height)
	}
	return least.AddWidthHeight(shareSpace*float32(len(o)-1), 0)
}

// Layout implements fyne.Layout.
func (s shares) Layout(o []fyne.CanvasObject, size fyne.Size) {
	x, width := float32(0), size.Width-shareSpace*float32(len(o)-1)
	for i, one := range o {
		w := width * s[i] / s.total()
		one.Move(fyne.NewPos(x, 0))
		one.Resize(fyne.NewSize(w, size.Height))
		x += w + shareSpace
	}
}
