// Package figure writes what a trace shows as a figure for print: vector axes
// with units, the series as filled envelopes, the labels named in a band of their
// own above them. It knows no widget.
package figure

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	_ "gonum.org/v1/plot/vg/vgpdf" // PDF
	_ "gonum.org/v1/plot/vg/vgsvg" // SVG

	"onset/dataset"
	"onset/views/trace/kernel"
)

// Figure is what is drawn.
type Figure struct {
	View   kernel.View
	Panels []Panel
	Spans  []Span
	Note   string // a small line at the foot, such as "Simulated data"; empty for none
}

// Panel is one track.
type Panel struct {
	Title, Unit string
	Lo, Hi      float64
	Clock       dataset.Clock
	Samples     int64
	Lines       []kernel.Line
	Names       []string // of the lines
}

// Span is a label.
type Span struct {
	Start, End, SetupEnd float64 // seconds; End is Start for an instant, SetupEnd 0 for none
	Text                 string  // what the label says, such as "biceps-curl · 10"
	Name                 string  // what it is called in the key of colours, such as "biceps-curl"
	Color                color.NRGBA
}

// Extensions are the kinds of file that Write makes.
func Extensions() []string { return []string{".svg", ".pdf", ".png"} }

// columns is how finely a series is drawn: more than a printer shows.
const columns = 1400

// Write draws the figure, 180 mm wide, into a new file whose extension says its
// kind. A file that exists is never replaced, and a failure leaves none.
func (f Figure) Write(path string) error {
	if len(f.Panels) == 0 || !f.View.Valid() {
		return errors.New("there is nothing to draw")
	}
	plots := make([][]*plot.Plot, len(f.Panels))
	for i := range f.Panels {
		p, err := f.panel(i)
		if err != nil {
			return fmt.Errorf("drawing %s: %w", f.Panels[i].Title, err)
		}
		plots[i] = []*plot.Plot{p}
	}
	// The band is as high as its rows, which depend on how wide the panels are: they
	// are measured on a page without it.
	sheet := f.page(plots, band{})
	marks := f.band(sheet.left, sheet.right)
	sheet = f.page(plots, marks)
	canvas, err := paper(pageWidth, sheet.height, strings.TrimPrefix(filepath.Ext(path), "."))
	if err != nil {
		return fmt.Errorf("drawing %s: %w", filepath.Base(path), err)
	}
	dc := draw.New(canvas)
	for i, row := range plot.Align(plots, sheet.tiles, dc) {
		plots[i][0].Draw(row[0])
		f.head(row[0], plots[i][0].DataCanvas(row[0]), f.Panels[i])
		if i == 0 {
			marks.draw(dc, plots[i][0].DataCanvas(row[0]).Max.Y+headHeight)
		}
	}
	f.foot(dc, marks, sheet)
	return save(path, canvas)
}

const (
	mm          = vg.Millimeter
	pageWidth   = 180 * mm
	panelHeight = 40 * mm
	headHeight  = 5 * mm // of a panel's title and the key of its lines
	footHeight  = 4 * mm // of a line of the key of colours
)

// page is where things lie on the paper, in points from its lower left.
type page struct {
	tiles       draw.Tiles
	height      vg.Length
	left, right vg.Length // of the data
}

// page lays out the panels under a band.
func (f Figure) page(plots [][]*plot.Plot, b band) page {
	foot := footHeight * vg.Length(len(b.key))
	if f.Note != "" {
		foot += footHeight
	}
	v := page{tiles: draw.Tiles{Rows: len(plots), Cols: 1, PadX: mm, PadY: headHeight + mm, PadTop: 2*mm + headHeight + b.height(),
		PadBottom: mm + foot, PadLeft: mm, PadRight: 4 * mm}}
	n := vg.Length(len(plots))
	v.height = v.tiles.PadTop + v.tiles.PadBottom + panelHeight*n + v.tiles.PadY*(n-1) + 8*mm // of the axis of time
	dc := draw.New(vgimg.NewWith(vgimg.UseWH(pageWidth, v.height), vgimg.UseDPI(1)))
	at := plots[0][0].DataCanvas(plot.Align(plots, v.tiles, dc)[0][0])
	v.left, v.right = at.Min.X, at.Max.X
	return v
}

// head writes a panel's title above its data, and the key of its lines at the right.
func (f Figure) head(canvas, data draw.Canvas, panel Panel) {
	y := data.Max.Y + 1.2*mm
	canvas.FillText(words(8.5), vg.Point{X: data.Min.X, Y: y}, panel.Title)
	style, x := words(7), data.Max.X
	for i := len(panel.Names) - 1; i >= 0 && i < len(panel.Lines); i-- {
		if panel.Names[i] == "" {
			continue
		}
		x -= style.Width(panel.Names[i])
		canvas.FillText(style, vg.Point{X: x, Y: y}, panel.Names[i])
		x -= mm
		canvas.StrokeLine2(draw.LineStyle{Color: panel.Lines[i].Color, Width: vg.Points(1.5)}, x-3*mm, y+0.9*mm, x, y+0.9*mm)
		x -= 6 * mm
	}
}

// foot writes the key of colours and the note under the panels.
func (f Figure) foot(dc draw.Canvas, b band, sheet page) {
	y := mm + footHeight*vg.Length(len(b.key)-1)
	if f.Note != "" {
		dc.FillText(words(7), vg.Point{X: sheet.left, Y: mm}, f.Note)
		y += footHeight
	}
	for _, line := range b.key {
		for _, k := range line {
			block(dc, k.x, k.x+3*mm, y-0.3*mm, y+2.1*mm, k.color)
			dc.FillText(words(7), vg.Point{X: k.x + 4*mm, Y: y}, k.text)
		}
		y -= footHeight
	}
}

// words are the letters of a figure at a size in points.
func words(size float64) text.Style {
	style := text.Style{Color: color.Black, Font: font.From(plot.DefaultFont, vg.Length(size)), Handler: plot.DefaultTextHandler}
	sans(&style, vg.Length(size))
	return style
}

// dotsPerInch is what journals ask of a picture made of dots.
const dotsPerInch = 300

func paper(w, h vg.Length, kind string) (vg.CanvasWriterTo, error) {
	if kind == "png" {
		return vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(dotsPerInch))}, nil
	}
	return draw.NewFormattedCanvas(w, h, kind)
}

func save(path string, from io.WriterTo) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("writing a figure: %w", err)
	}
	_, err = from.WriteTo(f)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("writing a figure to %s: %w", path, err), os.Remove(path))
	}
	return nil
}

func sans(s *text.Style, size vg.Length) {
	s.Font.Variant, s.Font.Size = "Sans", font.Length(size)
}

func (f Figure) panel(i int) (*plot.Plot, error) {
	panel := f.Panels[i]
	p := plot.New()
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		sans(&a.Label.TextStyle, 8)
		sans(&a.Tick.Label, 7)
		a.LineStyle.Width, a.Tick.LineStyle.Width = vg.Points(0.5), vg.Points(0.5)
		a.Padding = 0
	}
	p.Y.Label.Text = panel.Unit
	last := i == len(f.Panels)-1
	if last {
		p.X.Label.Text = "time from the session's start (min:s)"
	}
	p.X.Tick.Marker = plot.TickerFunc(func(lo, hi float64) []plot.Tick {
		list := ticks(kernel.TimeTicks(kernel.View{Start: lo, End: hi}, 9))
		for i := range list {
			if !last { // the panels share the axis
				list[i].Label = ""
			}
		}
		return list
	})
	p.Y.Tick.Marker = plot.TickerFunc(func(lo, hi float64) []plot.Tick { return ticks(kernel.ValueTicks(lo, hi, 5)) })
	if err := errors.Join(f.gaps(p, panel), f.tints(p, panel)); err != nil {
		return nil, err
	}
	for _, l := range panel.Lines {
		if err := f.line(p, panel, l); err != nil {
			return nil, err
		}
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = f.View.Start, f.View.End, panel.Lo, panel.Hi
	return p, nil
}

func ticks(list []kernel.Tick) []plot.Tick {
	out := make([]plot.Tick, len(list))
	for i, t := range list {
		out[i] = plot.Tick{Value: t.At, Label: t.Text}
	}
	return out
}

// gaps shades where nothing was recorded, and draws a dashed line where the
// device's clock was set back.
func (f Figure) gaps(p *plot.Plot, panel Panel) error {
	for _, s := range panel.Clock.Seams() {
		if s.At < f.View.Start || s.At > f.View.End {
			continue
		}
		l, err := plotter.NewLine(plotter.XYs{{X: s.At, Y: panel.Lo}, {X: s.At, Y: panel.Hi}})
		if err != nil {
			return err
		}
		l.Width, l.Dashes = vg.Points(0.8), []vg.Length{vg.Points(3), vg.Points(2)}
		p.Add(l)
	}
	for _, g := range panel.Clock.Gaps() {
		from, to := max(g.From, f.View.Start), min(g.To, f.View.End)
		if from >= to {
			continue
		}
		err := fill(p, plotter.XYs{{X: from, Y: panel.Lo}, {X: to, Y: panel.Lo}, {X: to, Y: panel.Hi}, {X: from, Y: panel.Hi}}, color.Gray{Y: 0xe6})
		if err != nil {
			return err
		}
	}
	return nil
}

// tints lays the labels behind the series, the setup second stronger; an instant
// is a thin line.
func (f Figure) tints(p *plot.Plot, panel Panel) error {
	for _, s := range f.Spans {
		from, to := max(s.Start, f.View.Start), min(s.End, f.View.End)
		hair := f.View.Span() / 1500
		if s.End <= s.Start && s.Start >= f.View.Start && s.Start <= f.View.End {
			from, to = max(s.Start-hair, f.View.Start), min(s.Start+hair, f.View.End)
		}
		for _, part := range []struct {
			to      float64
			opacity uint8
		}{{to, 0x30}, {min(s.SetupEnd, to), 0x50}} {
			if part.to <= from {
				continue
			}
			c := s.Color
			if c.A = part.opacity; s.End <= s.Start {
				c.A = 0xff
			}
			if err := fill(p, plotter.XYs{{X: from, Y: panel.Lo}, {X: part.to, Y: panel.Lo}, {X: part.to, Y: panel.Hi}, {X: from, Y: panel.Hi}}, c); err != nil {
				return err
			}
		}
	}
	return nil
}

func fill(p *plot.Plot, outline plotter.XYs, c color.Color) error {
	polygon, err := plotter.NewPolygon(outline)
	if err != nil {
		return err
	}
	polygon.Color, polygon.LineStyle.Width = c, 0
	p.Add(polygon)
	return nil
}

// line fills the envelope of a series, each stretch without a hole on its own.
// Its thickness never vanishes, so that a still series is seen too.
func (f Figure) line(p *plot.Plot, panel Panel, l kernel.Line) error {
	lo, hi := kernel.Envelope(f.View, panel.Clock, panel.Samples, l, columns)
	step := f.View.Span() / columns
	thin := (panel.Hi - panel.Lo) / 400
	var up, down plotter.XYs
	flush := func() error {
		if len(up) == 0 {
			return nil
		}
		for i := len(down) - 1; i >= 0; i-- {
			up = append(up, down[i])
		}
		err := fill(p, up, l.Color)
		up, down = nil, nil
		return err
	}
	holes := 0
	for c := range lo {
		if !(lo[c] <= hi[c]) || math.IsInf(lo[c], 0) || math.IsInf(hi[c], 0) {
			// Up close samples are further apart than columns; a gap is more than that.
			if holes++; float64(holes)*step > f.longest(panel) {
				if err := flush(); err != nil {
					return err
				}
			}
			continue
		}
		holes = 0
		a, b := clamp(lo[c]-thin, panel), clamp(hi[c]+thin, panel)
		x := f.View.Start + (float64(c)+0.5)*step
		up, down = append(up, plotter.XY{X: x, Y: b}), append(down, plotter.XY{X: x, Y: a})
	}
	return flush()
}

func clamp(v float64, p Panel) float64 { return min(max(v, p.Lo), p.Hi) }

// longest is the longest time between two samples that is no gap.
func (f Figure) longest(p Panel) float64 {
	slowest := math.Inf(1)
	for _, s := range p.Clock.Segments {
		slowest = min(slowest, s.Rate)
	}
	return 1.5 / slowest
}
