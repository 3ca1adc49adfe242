package chart

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"onset/views/theme"
)

// Series is one curve over epochs 1, 2, ... A NaN value leaves a hole.
type Series struct {
	Name   string
	Values []float64
	Dashed bool
	// Right reads the series on the right axis.
	Right  bool
	Colour fyne.ThemeColorName
}

// Curve draws series over epochs. The left axis runs from 0 to 1; the right one
// from 0 to the largest value on it.
type Curve struct {
	widget.BaseWidget

	// XName is what the horizontal axis counts, such as "epoch".
	XName  string
	series []Series
	epochs int
	hover  int // epoch under the pointer, 0 for none

	cached  *image.RGBA
	key     curveKey
	version int
}

// curveKey is all that the drawn image depends on.
type curveKey struct {
	w, h, version int
	ink           color.Color // changes with the theme
}

// NewCurve returns an empty figure.
func NewCurve() *Curve {
	c := &Curve{XName: "epoch"}
	c.ExtendBaseWidget(c)
	return c
}

// Set shows series over at least epochs epochs. It must be called on the
// interface's goroutine.
func (c *Curve) Set(series []Series, epochs int) {
	for _, s := range series {
		epochs = max(epochs, len(s.Values))
	}
	c.series, c.epochs = series, epochs
	c.version++
	c.Refresh()
}

// Readout is the sentence about epoch e: each series' name and value.
func (c *Curve) Readout(e int) string {
	if e < 1 {
		return ""
	}
	text := fmt.Sprintf("%s %d", c.XName, e)
	for _, s := range c.series {
		if e <= len(s.Values) && !math.IsNaN(s.Values[e-1]) {
			text += fmt.Sprintf("   %s %.3f", s.Name, s.Values[e-1])
		}
	}
	return text
}

// rightMax is the top of the right axis.
func (c *Curve) rightMax() float64 {
	top := 0.0
	for _, s := range c.series {
		if !s.Right {
			continue
		}
		for _, v := range s.Values {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				top = max(top, v)
			}
		}
	}
	if top == 0 {
		return 1
	}
	step := niceStep(top, 5)
	return step * math.Ceil(top/step-1e-9)
}

const (
	plotLeft, plotRight = 40, 46
	plotTop, plotBottom = 26, 24
)

// plotArea is where curves lie within a widget of size s, in Fyne units.
func plotArea(s fyne.Size) (pos fyne.Position, size fyne.Size) {
	return fyne.NewPos(plotLeft, plotTop),
		fyne.NewSize(max(s.Width-plotLeft-plotRight, 1), max(s.Height-plotTop-plotBottom, 1))
}

// epochAt is the epoch at x within a plot of width w, 0 when there is none.
func (c *Curve) epochAt(x, w float32) int {
	if c.epochs < 1 || x < -8 || x > w+8 {
		return 0
	}
	e := 1 + int(math.Round(float64(x/w)*float64(max(c.epochs-1, 1))))
	return min(max(e, 1), c.epochs)
}

// xOf is the place of epoch e in a plot w wide.
func (c *Curve) xOf(e int, w float64) float64 {
	return float64(e-1) / float64(max(c.epochs-1, 1)) * w
}

// draw renders the curves alone at w by h pixels.
func (c *Curve) draw(w, h int, scale float64) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	right := c.rightMax()
	for _, s := range c.series {
		top := 1.0
		if s.Right {
			top = right
		}
		col := theme.Color(s.Colour)
		dash := 0.0
		if s.Dashed {
			dash = 5 * scale
		}
		var run []point
		flush := func() {
			if len(run) > 0 {
				stroke(img, run, 1.6*scale, dash, 4*scale, col)
			}
			run = nil
		}
		for i, v := range s.Values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				flush()
				continue
			}
			y := (1 - min(max(v/top, 0), 1)) * (float64(h) - 2)
			run = append(run, point{c.xOf(i+1, float64(w)), y + 1})
		}
		flush()
	}
	return img
}

// MouseIn, MouseMoved and MouseOut follow the pointer for the readout.
func (c *Curve) MouseIn(e *desktop.MouseEvent) { c.MouseMoved(e) }

// MouseMoved shows the values of the epoch under the pointer.
func (c *Curve) MouseMoved(e *desktop.MouseEvent) {
	pos, size := plotArea(c.Size())
	c.setHover(c.epochAt(e.Position.X-pos.X, size.Width))
}

// MouseOut hides the readout.
func (c *Curve) MouseOut() { c.setHover(0) }

func (c *Curve) setHover(e int) {
	if e != c.hover {
		c.hover = e
		c.Refresh()
	}
}

// MinSize is the smallest figure that can be read.
func (c *Curve) MinSize() fyne.Size { return fyne.NewSize(240, 130) }

var _ desktop.Hoverable = (*Curve)(nil)
