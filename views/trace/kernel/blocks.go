package kernel

import (
	"image"
	"image/color"
	"math"
)

// Block is a span of time in a lane under the tracks, such as a label or a
// decision.
type Block struct {
	Start, End  float64 // seconds
	Top, Height float64 // screen pixels in the picture
	Fill        color.NRGBA
	Outline     color.NRGBA // none when transparent
	Dashed      bool        // the outline; a second sign of doubt or error beside colour
	Hatched     bool        // stripes over the fill
	Thick       float64     // of the outline, in screen pixels; 0 means 1
	Flag        color.NRGBA // of the turned down corner; none when transparent
}

// DrawBlocks paints lanes: a ground and the blocks that are in view, in order.
// A block is never narrower than two pixels.
func DrawBlocks(img *image.RGBA, v View, scale float64, back color.NRGBA, blocks []Block) {
	c := canvasOf(img)
	c.fill(inkOf(back))
	if c.w == 0 || c.h == 0 || !v.Valid() {
		return
	}
	radius := 4 * scale
	for _, b := range blocks {
		if b.End < v.Start || b.Start > v.End {
			continue
		}
		// Corners that lie outside the picture stay there.
		far := 4 * radius
		x0 := max(v.X(b.Start, float64(c.w)), -far)
		x1 := min(v.X(b.End, float64(c.w)), float64(c.w)+far)
		x0 = math.Round(x0)
		x1 = max(math.Round(x1)-1, x0+2)
		c.block(b, x0, x1, min(radius, (x1-x0)/2), scale)
	}
}

func (c canvas) block(b Block, x0, x1, radius, scale float64) {
	thick := b.Thick
	if thick == 0 {
		thick = 1
	}
	thick *= scale
	y0, y1 := math.Round(b.Top), math.Round(b.Top+b.Height)
	if !(y0 > -1e5 && y1 < 1e5 && x0 < x1) { // absurd, or not a number
		return
	}
	if b.Outline.A > 0 && !b.Dashed {
		c.rounded(x0, y0, x1, y1, radius, inkOf(b.Outline))
		x0, y0, x1, y1 = x0+thick, y0+thick, x1-thick, y1-thick
		radius = max(radius-thick, 0)
	}
	c.rounded(x0, y0, x1, y1, radius, inkOf(b.Fill))
	if b.Hatched {
		c.stripes(x0, y0, x1, y1, int(max(3*scale, 1)), inkOf(color.NRGBA{A: 0x38}))
	}
	if b.Outline.A > 0 && b.Dashed {
		c.dashedBox(x0, y0, x1, y1, thick, scale, inkOf(b.Outline))
	}
	if b.Flag.A > 0 {
		c.corner(x0, y0, x1, 11*scale, inkOf(b.Flag))
	}
}

// corner turns the upper right corner down; a narrow block gets its upper edge.
func (c canvas) corner(x0, y0, x1, size float64, k ink) {
	for i := 0.0; i < size; i++ {
		if y := int(y0 + i); y >= 0 && y < c.h {
			c.row(y, max(x0, x1-size+i), x1, k)
		}
	}
}

// rounded paints a rectangle with round corners, its rows whole, its sides
// smooth.
func (c canvas) rounded(x0, y0, x1, y1, radius float64, k ink) {
	for y := max(int(y0), 0); y < c.h && float64(y) < y1; y++ {
		inset := 0.0
		mid := float64(y) + 0.5
		if d := max(y0+radius-mid, mid-(y1-radius)); d > 0 {
			inset = radius - math.Sqrt(max(radius*radius-d*d, 0))
		}
		c.row(y, x0+inset, x1-inset, k)
	}
}

func (c canvas) stripes(x0, y0, x1, y1 float64, stripe int, k ink) {
	for y := max(int(y0), 0); y < c.h && float64(y) < y1; y++ {
		for x := max(int(x0), 0); x < c.w && float64(x) < x1; x++ {
			if (x-int(x0)+y)%(2*stripe) < stripe {
				c.blend(4*(y*c.w+x), k, 256)
			}
		}
	}
}

func (c canvas) dashedBox(x0, y0, x1, y1, thick, scale float64, k ink) {
	on, period := 4*scale, 7*scale
	for x := x0; x < x1; x += period {
		to := min(x+on, x1)
		for y := y0; y < y0+thick; y++ {
			c.row(int(y), x, to, k)
			c.row(int(y1-1-(y-y0)), x, to, k)
		}
	}
	for y := y0; y < y1; y += period {
		to := min(y+on, y1)
		for x := x0; x < x0+thick; x++ {
			c.column(int(x), y, to, k)
			c.column(int(x1-1-(x-x0)), y, to, k)
		}
	}
}
