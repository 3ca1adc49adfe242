package devices

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"onset/training"
)

// The figures of a card: SVG in the page itself, black on white, with every
// number beside its colour.

func svg(w, h float64, title, body string) string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" role="img" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" font-family="sans-serif" font-size="11"><title>%s</title>`+
		"\n%s</svg>\n", w, h, w, h, html.EscapeString(title), body)
}

// confusionFigure shades every truth's answers by their share and writes the
// counts into them.
func confusionFigure(m training.Confusion) string {
	const cell, left, top, most = 26.0, 190.0, 24.0, 28
	n := len(m.Classes)
	if n == 0 || len(m.Counts) != n {
		return ""
	}
	var b strings.Builder
	for i, row := range m.Counts {
		total := 0
		for _, k := range row {
			total += k
		}
		y := top + cell*float64(i)
		name := m.Classes[i][strings.LastIndexByte(m.Classes[i], '/')+1:]
		if r := []rune(name); len(r) > most {
			name = string(r[:most-1]) + "…"
		}
		fmt.Fprintf(&b, `<text x="%.0f" y="%.0f" text-anchor="end">%s %d</text><text x="%.1f" y="%.0f" text-anchor="middle">%d</text>`+"\n",
			left-6, y+17, html.EscapeString(name), i+1, left+cell*(float64(i)+0.5), top-7, i+1)
		for j, k := range row {
			share := 0.0
			if total > 0 {
				share = float64(k) / float64(total)
			}
			ink, shade := "#000", 255-int(185*share)
			if shade < 130 {
				ink = "#fff"
			}
			edge := "#d0d7de"
			if i == j {
				edge = "#57606a"
			}
			fmt.Fprintf(&b, `<rect x="%.0f" y="%.0f" width="%.0f" height="%.0f" fill="rgb(%d,%d,255)" stroke="%s"/>`, left+cell*float64(j)+1, y+1, cell-2, cell-2, max(shade-30, 30), shade, edge)
			if k > 0 {
				fmt.Fprintf(&b, `<text x="%.1f" y="%.0f" text-anchor="middle" fill="%s">%d</text>`, left+cell*(float64(j)+0.5), y+17, ink, k)
			}
			b.WriteByte('\n')
		}
	}
	side := cell * float64(n)
	return svg(left+side+8, top+side+8, fmt.Sprintf("Confusion of %d exercises", n), b.String())
}

// curveFigure is accuracy and macro-F1 by the length of the window.
func curveFigure(points []CurvePoint) string {
	const left, top, w, h = 44.0, 14.0, 380.0, 170.0
	if len(points) < 2 {
		return ""
	}
	longest := slices.MaxFunc(points, func(a, b CurvePoint) int {
		if a.WindowS < b.WindowS {
			return -1
		}
		return 1
	}).WindowS
	if !(longest > 0) {
		return ""
	}
	x := func(s float64) float64 { return left + w*s/longest }
	y := func(v float64) float64 { return top + h*(1-v) }
	var b strings.Builder
	for _, v := range []float64{0, 0.25, 0.5, 0.75, 1} {
		fmt.Fprintf(&b, `<line x1="%.0f" y1="%.1f" x2="%.0f" y2="%.1f" stroke="#d0d7de"/><text x="%.0f" y="%.1f" text-anchor="end">%g</text>`+"\n", left, y(v), left+w, y(v), left-6, y(v)+4, v)
	}
	for _, series := range []struct {
		name, dash string
		of         func(CurvePoint) float64
	}{
		{"accuracy", "", func(p CurvePoint) float64 { return p.Accuracy }},
		{"macro-F1", ` stroke-dasharray="5 3"`, func(p CurvePoint) float64 { return p.MacroF1 }},
	} {
		var line []string
		for _, p := range points {
			line = append(line, fmt.Sprintf("%.1f,%.1f", x(p.WindowS), y(series.of(p))))
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="3"/>`, x(p.WindowS), y(series.of(p)))
		}
		last := points[len(points)-1]
		at := y(series.of(last)) + 4
		if other := y(last.Accuracy) + 4; series.dash != "" && at < other+13 { // the names don't cover one another
			at = max(at, other+13)
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="#000"%s/><text x="%.1f" y="%.1f">%s</text>`+"\n", strings.Join(line, " "), series.dash, x(last.WindowS)+7, at, series.name)
	}
	for _, p := range points {
		fmt.Fprintf(&b, `<text x="%.1f" y="%.0f" text-anchor="middle">%g s</text>`, x(p.WindowS), top+h+16, p.WindowS)
	}
	return svg(left+w+80, top+h+26, "Accuracy and macro-F1 by the length of the window", b.String())
}
