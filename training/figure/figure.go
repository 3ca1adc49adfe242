// Package figure draws what an evaluation came to as SVG, in the plain style of
// a paper: black on white, with every number's unit beside it.
package figure

import (
	"fmt"
	"html"
	"io"
	"slices"
	"strings"

	"onset/training"
)

// canvas collects the shapes of a figure.
type canvas struct {
	b    strings.Builder
	w, h float64
}

func newCanvas(w, h float64) *canvas { return &canvas{w: w, h: h} }

func (c *canvas) line(x1, y1, x2, y2, width float64) {
	fmt.Fprintf(&c.b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#000" stroke-width="%.1f"/>`+"\n", x1, y1, x2, y2, width)
}

func (c *canvas) dashed(x1, y1, x2, y2 float64) {
	fmt.Fprintf(&c.b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#777" stroke-dasharray="4 3"/>`+"\n", x1, y1, x2, y2)
}

func (c *canvas) dot(x, y float64) {
	fmt.Fprintf(&c.b, `<circle cx="%.1f" cy="%.1f" r="3"/>`+"\n", x, y)
}

// text writes at a point; anchor is start, middle or end.
func (c *canvas) text(x, y float64, anchor, s string) {
	fmt.Fprintf(&c.b, `<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`+"\n", x, y, anchor, html.EscapeString(s))
}

func (c *canvas) write(w io.Writer, title string) error {
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" font-family="sans-serif" font-size="12">
<title>%s</title>
<rect width="100%%" height="100%%" fill="#fff"/>
%s</svg>
`, c.w, c.h, c.w, c.h, html.EscapeString(title), c.b.String())
	return err
}

// Ranks draws a critical-difference diagram (Demšar 2006): models by their mean
// rank, with a bar over those that do not differ.
func Ranks(w io.Writer, r *training.Ranking, names []string) error {
	k := len(r.Models)
	if k < 2 || len(names) != k {
		return fmt.Errorf("figure: %d names for %d models", len(names), k)
	}
	const left, right, top = 190, 190, 62
	width := 820.0
	at := func(rank float64) float64 { return left + (rank-1)/float64(k-1)*(width-left-right) }
	rows := float64((k + 1) / 2)
	below := top + 14 + 9*float64(len(r.Cliques))
	c := newCanvas(width, below+22*rows+69)
	c.line(at(1), top, at(float64(k)), top, 1.2)
	for i := range k {
		x := at(float64(i + 1))
		c.line(x, top-5, x, top, 1)
		c.text(x, top-9, "middle", fmt.Sprint(i+1))
	}
	cd := min(r.CriticalDifference, float64(k-1))
	c.line(at(1), 18, at(1+cd), 18, 2)
	c.line(at(1), 14, at(1), 22, 1)
	c.line(at(1+cd), 14, at(1+cd), 22, 1)
	c.text(at(1+cd)+8, 22, "start", fmt.Sprintf("critical difference %.2f, level %g", r.CriticalDifference, r.Alpha))
	order := make([]int, k)
	for i := range order {
		order[i] = i
	}
	ranks := r.Friedman.MeanRanks
	slices.SortStableFunc(order, func(a, b int) int {
		if ranks[a] < ranks[b] {
			return -1
		} else if ranks[a] > ranks[b] {
			return 1
		}
		return 0
	})
	for i, m := range order {
		row, x := float64(i), at(ranks[m])
		if i >= (k+1)/2 {
			row = float64(k-1-i) + 0.5 // or the two in the middle meet in one line
		}
		y := below + 22*row + 8
		c.line(x, top, x, y, 1)
		label := fmt.Sprintf("%s  %.2f", names[m], ranks[m])
		if i < (k+1)/2 {
			c.line(left-12, y, x, y, 1)
			c.text(left-16, y+4, "end", label)
		} else {
			c.line(x, y, width-right+12, y, 1)
			c.text(width-right+16, y+4, "start", label)
		}
	}
	for i, group := range r.Cliques {
		y := top + 10 + 9*float64(i)
		c.line(at(ranks[group[0]])-4, y, at(ranks[group[len(group)-1]])+4, y, 3.5)
	}
	c.text(left, c.h-24, "start", fmt.Sprintf("mean rank by macro-F1, 1 is best; unit: participant, %d of them", len(r.Participants)))
	c.text(left, c.h-8, "start", fmt.Sprintf("Friedman chi-squared %.2f, p = %.3g, Kendall's W %.2f", r.Friedman.ChiSquared, r.Friedman.P, r.Friedman.W))
	return c.write(w, "Mean ranks of models")
}

// axes is a plot's frame with both axes from 0 to 1 but for x, which ends at most.
type axes struct {
	*canvas
	most float64
}

const plotLeft, plotTop, plotWidth, plotHeight = 60, 24, 420, 300

func (a axes) at(x, y float64) (float64, float64) {
	return plotLeft + x/a.most*plotWidth, plotTop + (1-y)*plotHeight
}

func newAxes(most float64, xLabel, yLabel string, ticks []float64) axes {
	a := axes{newCanvas(plotLeft+plotWidth+40, plotTop+plotHeight+76), most}
	x0, y0 := a.at(0, 0)
	x1, y1 := a.at(most, 1)
	a.line(x0, y0, x1, y0, 1)
	a.line(x0, y0, x0, y1, 1)
	for i := range 6 {
		v := float64(i) / 5
		_, y := a.at(0, v)
		a.line(x0-4, y, x0, y, 1)
		a.text(x0-8, y+4, "end", fmt.Sprintf("%.1f", v))
	}
	for _, v := range ticks {
		x, _ := a.at(v, 0)
		a.line(x, y0, x, y0+4, 1)
		a.text(x, y0+18, "middle", fmt.Sprintf("%g", v))
	}
	a.text((x0+x1)/2, y0+38, "middle", xLabel)
	a.text(x0, y1-8, "start", yLabel)
	return a
}

// note writes two lines below the plot, which must be short enough for its width.
func (a axes) note(first, second string) {
	a.text(plotLeft, a.h-20, "start", first)
	a.text(plotLeft, a.h-5, "start", second)
}

// Onset draws an onset curve with the 95% intervals of its means over people.
func Onset(w io.Writer, o *training.OnsetCurve) error {
	if len(o.Points) == 0 {
		return fmt.Errorf("figure: an onset curve without points")
	}
	most := o.Points[len(o.Points)-1].Seconds
	var ticks []float64
	for _, p := range o.Points {
		if len(ticks) == 0 || (p.Seconds-ticks[len(ticks)-1])/most > 0.07 {
			ticks = append(ticks, p.Seconds)
		}
	}
	a := newAxes(most, "seconds seen", "accuracy, mean over participants and 95% interval", ticks)
	x0, y := a.at(0, o.Chance)
	x1, _ := a.at(most, 0)
	a.dashed(x0, y, x1, y)
	a.text(x1, y-4, "end", "most frequent class")
	px, py := 0.0, 0.0
	for i, p := range o.Points {
		x, y := a.at(p.Seconds, p.ParticipantAccuracy.Mean)
		if i > 0 {
			a.line(px, py, x, y, 1.5)
		}
		if ci := p.ParticipantAccuracy.CI; ci != nil {
			_, lo := a.at(0, ci.Lo)
			_, hi := a.at(0, ci.Hi)
			a.line(x, lo, x, hi, 1)
		}
		a.dot(x, y)
		px, py = x, y
	}
	a.note(fmt.Sprintf("unit: participant; the same %d windows at every length,", o.Points[0].Windows), "of people the models have never seen")
	return a.write(w, "Onset curve")
}

// Reliability draws how often predictions of a confidence are right.
func Reliability(w io.Writer, r *training.Result) error {
	a := newAxes(1, "confidence of the answer", "share that is right", []float64{0, 0.2, 0.4, 0.6, 0.8, 1})
	x0, y0 := a.at(0, 0)
	x1, y1 := a.at(1, 1)
	a.dashed(x0, y0, x1, y1)
	px, py, first := 0.0, 0.0, true
	for _, b := range r.Reliability {
		if b.N == 0 {
			continue
		}
		x, y := a.at(b.Confidence, b.Accuracy)
		if !first {
			a.line(px, py, x, y, 1.5)
		}
		a.dot(x, y)
		below := y + 14
		if below > plotTop+plotHeight { // the axis has its own numbers there
			below = y - 6
		}
		a.text(x+6, below, "start", fmt.Sprint(b.N))
		px, py, first = x, y, false
	}
	a.note(fmt.Sprintf("expected calibration error %.3f; unit: window, %d of them", r.ECE, r.Windows), "numbers: windows with about that confidence")
	return a.write(w, "Reliability")
}
