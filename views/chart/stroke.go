// Package chart draws small figures on the screen: curves over epochs,
// confusion matrices and paired dots. Its kernels draw into images and know no
// widget; the widgets are thin.
package chart

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/vector"
)

type point struct{ x, y float64 }

// stroke draws the polyline through pts, width pixels wide, with round joins.
// dash and gap are lengths in pixels; a dash of 0 draws a solid line.
func stroke(dst draw.Image, pts []point, width, dash, gap float64, c color.Color) {
	b := dst.Bounds()
	r := vector.NewRasterizer(b.Dx(), b.Dy())
	for _, run := range dashes(pts, dash, gap) {
		for i, p := range run {
			if i > 0 {
				bar(r, run[i-1], p, width/2)
			}
			disc(r, p, width/2)
		}
	}
	r.Draw(dst, b, image.NewUniform(c), image.Point{})
}

// dashes cuts a polyline into runs of length dash with holes of length gap.
func dashes(pts []point, dash, gap float64) [][]point {
	if dash <= 0 || len(pts) < 2 {
		return [][]point{pts}
	}
	var runs [][]point
	on, left := true, dash
	run := []point{pts[0]}
	for i := 1; i < len(pts); i++ {
		a, b := pts[i-1], pts[i]
		for {
			d := math.Hypot(b.x-a.x, b.y-a.y)
			if d <= left {
				left -= d
				if on {
					run = append(run, b)
				}
				break
			}
			a = point{a.x + (b.x-a.x)*left/d, a.y + (b.y-a.y)*left/d}
			if on {
				runs, run, left = append(runs, append(run, a)), nil, gap
			} else {
				run, left = []point{a}, dash
			}
			on = !on
		}
	}
	if on && len(run) > 0 {
		runs = append(runs, run)
	}
	return runs
}

// bar adds the rectangle of half width h around the segment from a to b. All
// shapes turn the same way round, so that overlaps do not cancel.
func bar(r *vector.Rasterizer, a, b point, h float64) {
	d := math.Hypot(b.x-a.x, b.y-a.y)
	if d == 0 {
		return
	}
	nx, ny := -(b.y-a.y)/d*h, (b.x-a.x)/d*h
	r.MoveTo(float32(a.x+nx), float32(a.y+ny))
	r.LineTo(float32(a.x-nx), float32(a.y-ny))
	r.LineTo(float32(b.x-nx), float32(b.y-ny))
	r.LineTo(float32(b.x+nx), float32(b.y+ny))
	r.ClosePath()
}

func disc(r *vector.Rasterizer, p point, h float64) {
	const corners = 10
	for i := range corners {
		s, c := math.Sincos(2 * math.Pi * float64(i) / corners)
		x, y := float32(p.x+h*c), float32(p.y+h*s)
		if i == 0 {
			r.MoveTo(x, y)
		} else {
			r.LineTo(x, y)
		}
	}
	r.ClosePath()
}

// niceStep is a round step (1, 2 or 5 times a power of ten) that cuts span into
// at most n parts.
func niceStep(span float64, n int) float64 {
	if span <= 0 || n < 1 {
		return 1
	}
	raw := span / float64(n)
	mag := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5} {
		if m*mag >= raw*(1-1e-9) {
			return m * mag
		}
	}
	return 10 * mag
}
