package kernel

import (
	"encoding/binary"
	"image"
	"image/color"
	"math"
)

// canvas paints onto an opaque RGBA image.
type canvas struct {
	pix  []byte
	w, h int
}

func canvasOf(img *image.RGBA) canvas {
	return canvas{pix: img.Pix, w: img.Rect.Dx(), h: img.Rect.Dy()}
}

// ink is a colour ready to be put down.
type ink struct {
	r, g, b uint32
	solid   uint32 // as stored when nothing shines through
	alpha   uint32 // 0..256
}

func inkOf(c color.NRGBA) ink {
	i := ink{r: uint32(c.R), g: uint32(c.G), b: uint32(c.B)}
	i.solid = i.r | i.g<<8 | i.b<<16 | 0xff<<24
	i.alpha = (uint32(c.A)*256 + 127) / 255
	return i
}

// faded is the ink with its opacity multiplied by a (0..1).
func (k ink) faded(a float64) ink {
	k.alpha = uint32(float64(k.alpha)*a + 0.5)
	return k
}

// fill paints everything.
func (c canvas) fill(k ink) {
	if len(c.pix) == 0 {
		return
	}
	row := c.pix[:4*c.w]
	for i := 0; i < len(row); i += 4 {
		binary.LittleEndian.PutUint32(row[i:], k.solid)
	}
	for n := len(row); n < len(c.pix); n *= 2 {
		copy(c.pix[n:], c.pix[:n])
	}
}

// blend puts k over the pixel at byte i with coverage 0..256.
func (c canvas) blend(i int, k ink, coverage uint32) {
	a := coverage * k.alpha >> 8
	if a == 0 {
		return
	}
	p := c.pix[i : i+4 : i+4]
	d := binary.LittleEndian.Uint32(p)
	if a >= 256 {
		binary.LittleEndian.PutUint32(p, k.solid)
		return
	}
	r, g, b := d&0xff, d>>8&0xff, d>>16&0xff
	r = (r*(256-a) + k.r*a) >> 8
	g = (g*(256-a) + k.g*a) >> 8
	b = (b*(256-a) + k.b*a) >> 8
	binary.LittleEndian.PutUint32(p, r|g<<8|b<<16|0xff<<24)
}

// column paints column x from top to bottom (pixel edges, y downwards) with
// partial pixels at both ends.
func (c canvas) column(x int, top, bottom float64, k ink) {
	top, bottom = max(top, 0), min(bottom, float64(c.h))
	if !(top < bottom) || x < 0 || x >= c.w {
		return
	}
	y0, y1 := int(top), int(bottom)
	stride := 4 * c.w
	i := y0*stride + 4*x
	if y0 == y1 {
		c.blend(i, k, uint32((bottom-top)*256))
		return
	}
	c.blend(i, k, uint32((float64(y0+1)-top)*256))
	i += stride
	end := y1*stride + 4*x
	if k.alpha >= 256 {
		for ; i < end; i += stride {
			binary.LittleEndian.PutUint32(c.pix[i:], k.solid)
		}
	} else {
		for ; i < end; i += stride {
			c.blend(i, k, 256)
		}
	}
	if rest := bottom - float64(y1); rest > 0 && y1 < c.h {
		c.blend(end, k, uint32(rest*256))
	}
}

// lineOfPixels is how many neighbouring pixels share a line of the processor's
// cache.
const lineOfPixels = 16

// columns paints neighbouring columns from x0 on, at most lineOfPixels of them.
// The rows that all of them cover are painted as rows: going down one column
// after the other would fetch every line of the cache once for each.
func (c canvas) columns(x0 int, tops, bottoms []float64, k ink) {
	from, to := 0, c.h // rows that all cover whole
	for i := range tops {
		from, to = max(from, int(math.Ceil(tops[i]))), min(to, int(math.Floor(bottoms[i])))
	}
	if to-from < 2 {
		for i := range tops {
			c.column(x0+i, tops[i], bottoms[i], k)
		}
		return
	}
	for i := range tops {
		c.column(x0+i, tops[i], float64(from), k)
		c.column(x0+i, float64(to), bottoms[i], k)
	}
	stride, width := 4*c.w, 4*len(tops)
	first := from*stride + 4*x0
	for at := first; at < to*stride; at += stride {
		if k.alpha < 256 {
			for i := range tops {
				c.blend(at+4*i, k, 256)
			}
			continue
		}
		if at == first {
			for i := range tops {
				binary.LittleEndian.PutUint32(c.pix[at+4*i:], k.solid)
			}
			continue
		}
		copy(c.pix[at:at+width], c.pix[first:first+width])
	}
}

// row is column with the axes exchanged.
func (c canvas) row(y int, left, right float64, k ink) {
	left, right = max(left, 0), min(right, float64(c.w))
	if !(left < right) || y < 0 || y >= c.h {
		return
	}
	x0, x1 := int(left), int(right)
	i := 4 * (y*c.w + x0)
	if x0 == x1 {
		c.blend(i, k, uint32((right-left)*256))
		return
	}
	c.blend(i, k, uint32((float64(x0+1)-left)*256))
	for x := x0 + 1; x < x1; x++ {
		i += 4
		c.blend(i, k, 256)
	}
	if rest := right - float64(x1); rest > 0 && x1 < c.w {
		c.blend(i+4, k, uint32(rest*256))
	}
}

// line paints a straight line of the given thickness. It walks the longer of
// the two directions and spreads the thickness over the other.
func (c canvas) line(x0, y0, x1, y1, thick float64, k ink) {
	dx, dy := x1-x0, y1-y0
	if math.Abs(dx) >= math.Abs(dy) {
		if dx < 0 {
			x0, y0, x1, y1, dx, dy = x1, y1, x0, y0, -dx, -dy
		}
		if dx == 0 {
			return
		}
		slope := dy / dx
		half := thick / 2 * math.Sqrt(1+slope*slope)
		for x := max(int(math.Floor(x0)), 0); x < c.w && float64(x) < x1; x++ {
			// The part of the line inside this column, and how much of it that is.
			from, to := max(float64(x), x0), min(float64(x+1), x1)
			y := y0 + ((from+to)/2-x0)*slope
			c.column(x, y-half, y+half, k.faded(to-from))
		}
		return
	}
	if dy < 0 {
		x0, y0, x1, y1, dx, dy = x1, y1, x0, y0, -dx, -dy
	}
	slope := dx / dy
	half := thick / 2 * math.Sqrt(1+slope*slope)
	for y := max(int(math.Floor(y0)), 0); y < c.h && float64(y) < y1; y++ {
		from, to := max(float64(y), y0), min(float64(y+1), y1)
		x := x0 + ((from+to)/2-y0)*slope
		c.row(y, x-half, x+half, k.faded(to-from))
	}
}

// dot paints a disc.
func (c canvas) dot(x, y, radius float64, k ink) {
	for py := max(int(y-radius-1), 0); py < c.h && float64(py) < y+radius+1; py++ {
		for px := max(int(x-radius-1), 0); px < c.w && float64(px) < x+radius+1; px++ {
			d := math.Hypot(float64(px)+0.5-x, float64(py)+0.5-y)
			if cover := radius + 0.5 - d; cover > 0 {
				c.blend(4*(py*c.w+px), k, uint32(min(cover, 1)*256))
			}
		}
	}
}

// hatch paints slanted stripes over columns [x0, x1).
func (c canvas) hatch(x0, x1, stripe int, k ink) {
	x0, x1 = max(x0, 0), min(x1, c.w)
	period := 2 * stripe
	for y := range c.h {
		for x := x0 - (x0+y)%period; x < x1; x += period {
			for i := max(x, x0); i < min(x+stripe, x1); i++ {
				c.blend(4*(y*c.w+i), k, 256)
			}
		}
	}
}

// dashes paints a dashed horizontal line one pixel high.
func (c canvas) dashes(y, dash int, k ink) {
	if y < 0 || y >= c.h {
		return
	}
	for x := 0; x < c.w; x++ {
		if x%(2*dash) < dash {
			c.blend(4*(y*c.w+x), k, 256)
		}
	}
}
