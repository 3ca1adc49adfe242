// Package figure writes what a trace shows as a figure for print: vector axes
// with units, the series as filled envelopes, the labels as bands with their
// names. It knows no widget.
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
	Start, End, SetupEnd float64 // seconds; SetupEnd 0 for none
	Text                 string
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
	const mm = vg.Millimeter
	w, h := 180*mm, vg.Length(20+45*len(f.Panels))*mm
	canvas, err := paper(w, h, strings.TrimPrefix(filepath.Ext(path), "."))
	if err != nil {
		return fmt.Errorf("drawing %s: %w", filepath.Base(path), err)
	}
	plots := make([][]*plot.Plot, len(f.Panels))
	for i := range f.Panels {
		p, err := f.panel(i)
		if err != nil {
			return fmt.Errorf("drawing %s: %w", f.Panels[i].Title, err)
		}
		plots[i] = []*plot.Plot{p}
	}
	dc := draw.New(canvas)
	tiles := draw.Tiles{Rows: len(plots), Cols: 1, PadX: mm, PadY: 3 * mm, PadTop: 2 * mm, PadBottom: mm, PadLeft: mm, PadRight: 4 * mm}
	for i, row := range plot.Align(plots, tiles, dc) {
		plots[i][0].Draw(row[0])
	}
	return save(path, canvas)
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
	p.Title.Text = panel.Title
	sans(&p.Title.TextStyle, 9)
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		sans(&a.Label.TextStyle, 8)
		sans(&a.Tick.Label, 7)
		a.LineStyle.Width, a.Tick.LineStyle.Width = vg.Points(0.5), vg.Points(0.5)
	}
	p.Y.Label.Text = panel.Unit
	if i == len(f.Panels)-1 {
		p.X.Label.Text = "time from the session's start (min:s)"
	}
	p.X.Tick.Marker = plot.TickerFunc(func(lo, hi float64) []plot.Tick {
		return ticks(kernel.TimeTicks(kernel.View{Start: lo, End: hi}, 9))
	})
	p.Y.Tick.Marker = plot.TickerFunc(func(lo, hi float64) []plot.Tick { return ticks(kernel.ValueTicks(lo, min(hi, panel.Hi), 5)) })
	sans(&p.Legend.TextStyle, 7)
	p.Legend.Top, p.Legend.ThumbnailWidth = true, vg.Points(8)
	top := panel.Hi
	if i == 0 && len(f.Spans) > 0 { // a strip for the labels' names
		top += 0.14 * (panel.Hi - panel.Lo)
	}
	if err := errors.Join(f.gaps(p, panel), f.bands(p, panel, top)); err != nil {
		return nil, err
	}
	for j, l := range panel.Lines {
		if err := f.line(p, panel, l, j); err != nil {
			return nil, err
		}
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = f.View.Start, f.View.End, panel.Lo, top
	return p, nil
}

func ticks(list []kernel.Tick) []plot.Tick {
	out := make([]plot.Tick, len(list))
	for i, t := range list {
		out[i] = plot.Tick{Value: t.At, Label: t.Text}
	}
	return out
}

// gaps shades where nothing was recorded.
func (f Figure) gaps(p *plot.Plot, panel Panel) error {
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

// bands lays the labels behind the series, the setup second stronger, up to top;
// above the panel's own values their names have a strip.
func (f Figure) bands(p *plot.Plot, panel Panel, top float64) error {
	var at plotter.XYs
	var names []string
	for _, s := range f.Spans {
		from, to := max(s.Start, f.View.Start), min(s.End, f.View.End)
		if from >= to {
			continue
		}
		for _, part := range []struct {
			to      float64
			opacity uint8
		}{{to, 0x30}, {min(s.SetupEnd, to), 0x50}} {
			if part.to <= from {
				continue
			}
			c := s.Color
			c.A = part.opacity
			if err := fill(p, plotter.XYs{{X: from, Y: panel.Lo}, {X: part.to, Y: panel.Lo}, {X: part.to, Y: top}, {X: from, Y: top}}, c); err != nil {
				return err
			}
		}
		at = append(at, plotter.XY{X: from, Y: top})
		names = append(names, cut(s.Text, int((to-from)/f.View.Span()*nameLetters)))
	}
	if top == panel.Hi || len(at) == 0 {
		return nil
	}
	labels, err := plotter.NewLabels(plotter.XYLabels{XYs: at, Labels: names})
	if err != nil {
		return err
	}
	for i := range labels.TextStyle {
		sans(&labels.TextStyle[i], 6)
		labels.TextStyle[i].YAlign = text.YTop
	}
	labels.Offset = vg.Point{X: vg.Points(2), Y: -vg.Points(1)}
	p.Add(labels)
	return nil
}

// nameLetters is how many letters of a label's name fit the width of a figure.
const nameLetters = 150

// cut shortens a name to n letters, so that it does not run into the next one.
func cut(name string, n int) string {
	letters := []rune(name)
	switch {
	case len(letters) <= n:
		return name
	case n < 2:
		return ""
	}
	return string(letters[:n-1]) + "…"
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
func (f Figure) line(p *plot.Plot, panel Panel, l kernel.Line, j int) error {
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
	if err := flush(); err != nil {
		return err
	}
	if j < len(panel.Names) && panel.Names[j] != "" {
		p.Legend.Add(panel.Names[j], thumb{l.Color})
	}
	return nil
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

// thumb is a line's colour in the legend.
type thumb struct{ c color.Color }

// Thumbnail is for the plotting library.
func (t thumb) Thumbnail(c *draw.Canvas) {
	y := (c.Min.Y + c.Max.Y) / 2
	c.StrokeLine2(draw.LineStyle{Color: t.c, Width: vg.Points(1.5)}, c.Min.X, y, c.Max.X, y)
}
