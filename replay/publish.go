package replay

import (
	"encoding/csv"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
)

// AblationRow is a line of an ablation's table: sources together, how often they
// were right, and how much less often than all of them.
type AblationRow struct {
	Name     string // "sensor + order"
	Alone    bool   // one source by itself
	Sources  []string
	Score    Score
	Less     Difference // all together minus these; the zero value for all together
	Together bool       // all of them
}

// sourceWords are what sources are called in a table.
var sourceWords = map[string]string{"sensor": "sensor", "markov": "order", "place": "place", "memory": "memory"}

// Rows are the table of a paper: the sensor, then a source more at a time until
// all, then each of the others alone.
func (a *Ablation) Rows() []AblationRow {
	var rows []AblationRow
	c := combination(0)
	for s := range Sources {
		c |= 1 << s
		rows = append(rows, a.row(c))
	}
	for s := range Sources {
		if s != Sensor {
			rows = append(rows, a.row(1<<s))
		}
	}
	return rows
}

func (a *Ablation) row(c combination) AblationRow {
	r := AblationRow{Sources: c.names(), Together: c == everything, Alone: len(c.sources()) == 1}
	words := make([]string, len(r.Sources))
	for i, name := range r.Sources {
		words[i] = sourceWords[name]
	}
	r.Name = strings.Join(words, " + ")
	if i := slices.IndexFunc(a.Table, func(s Score) bool { return slices.Equal(s.Sources, r.Sources) }); i >= 0 {
		r.Score = a.Table[i]
	}
	if i := slices.IndexFunc(a.Paired, func(d Difference) bool { return slices.Equal(d.B, r.Sources) }); i >= 0 {
		r.Less = a.Paired[i]
	}
	return r
}

// noAnswerRule is how sets without an answer are counted.
const noAnswerRule = "A source without evidence, or whose best exercise lies no more than 1e-9 above the next, gives no answer; no answer is not right."

// caption says what a table or figure of the ablation is of.
func (a *Ablation) caption() string {
	text := fmt.Sprintf("%d sets, %s; 95%% intervals, bootstrap over %ss", a.N, a.Protocol, a.Unit)
	if a.Simulated {
		text += "; simulated data"
	}
	if a.shuffled {
		text += "; beacons shuffled"
	}
	return text + "; no answer counts as not right"
}

// WriteCSV writes the table with a line for each row.
func (a *Ablation) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	lines := [][]string{{"sources", "n", "accuracy", "low", "high", "all_minus_this", "difference_low", "difference_high", "only_all_right", "only_this_right", "unit", "protocol", "simulated", "no_answer", "no_evidence"}}
	for _, r := range a.Rows() {
		line := []string{r.Name, fmt.Sprint(r.Score.N), number(r.Score.Accuracy), number(r.Score.Interval[0]), number(r.Score.Interval[1]), "", "", "", "", ""}
		if r.Score.Silent() { // no score, not a score of 0
			copy(line[2:], []string{"", "", ""})
		} else if !r.Together {
			d := r.Less
			copy(line[5:], []string{number(d.Mean), number(d.Interval[0]), number(d.Interval[1]), fmt.Sprint(d.OnlyA), fmt.Sprint(d.OnlyB)})
		}
		lines = append(lines, append(line, a.Unit, a.Protocol, fmt.Sprint(a.Simulated), fmt.Sprint(r.Score.NoAnswer), fmt.Sprint(r.Score.NoEvidence)))
	}
	if err := out.WriteAll(lines); err != nil {
		return fmt.Errorf("writing the ablation as CSV: %w", err)
	}
	return nil
}

func number(v float64) string { return fmt.Sprintf("%.4f", v) }

// WriteLaTeX writes the table for a paper; it needs the package booktabs.
func (a *Ablation) WriteLaTeX(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%% %s\n\\begin{tabular}{lrlrrl}\n\\toprule\nsources & accuracy & 95\\%% & no answer & all minus these & 95\\%% \\\\\n\\midrule\n", a.caption())
	for i, r := range a.Rows() {
		if i == int(Sources) {
			b.WriteString("\\midrule\n")
		}
		if r.Score.Silent() {
			fmt.Fprintf(&b, "%s & \\multicolumn{2}{l}{no evidence} & %d & & \\\\\n", r.Name, r.Score.NoAnswer)
			continue
		}
		fmt.Fprintf(&b, "%s & %.3f & [%.3f, %.3f] & %d", r.Name, r.Score.Accuracy, r.Score.Interval[0], r.Score.Interval[1], r.Score.NoAnswer)
		if r.Together {
			b.WriteString(" & & \\\\\n")
			continue
		}
		fmt.Fprintf(&b, " & %+.3f & [%+.3f, %+.3f] \\\\\n", r.Less.Mean, r.Less.Interval[0], r.Less.Interval[1])
	}
	b.WriteString("\\bottomrule\n\\end{tabular}\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing the ablation as LaTeX: %w", err)
	}
	return nil
}

// WriteSVG draws the table: a dot with its interval for each row, the accuracy
// from 0 to 1.
func (a *Ablation) WriteSVG(w io.Writer) error {
	const left, top, width, step = 210.0, 34.0, 380.0, 26.0
	rows := a.Rows()
	at := func(v float64) float64 { return left + width*v }
	height := top + step*float64(len(rows)) + 66
	var b strings.Builder
	text := func(x, y float64, anchor, s string) {
		fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`+"\n", x, y, anchor, html.EscapeString(s))
	}
	line := func(x1, y1, x2, y2 float64, style string) {
		fmt.Fprintf(&b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" %s/>`+"\n", x1, y1, x2, y2, style)
	}
	bottom := top + step*float64(len(rows))
	for i := range 6 {
		v := float64(i) / 5
		line(at(v), top-8, at(v), bottom, `stroke="#ccc"`)
		text(at(v), bottom+18, "middle", fmt.Sprintf("%.1f", v))
	}
	all := a.Fused.Accuracy
	line(at(all), top-8, at(all), bottom, `stroke="#777" stroke-dasharray="4 3"`)
	for i, r := range rows {
		y := top + step*(float64(i)+0.5)
		text(left-12, y+4, "end", r.Name)
		if r.Score.Silent() {
			text(left+6, y+4, "start", "no evidence")
			continue
		}
		line(at(r.Score.Interval[0]), y, at(r.Score.Interval[1]), y, `stroke="#000" stroke-width="2"`)
		fill := "#000"
		if i >= int(Sources) {
			fill = "#fff"
		}
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s" stroke="#000" stroke-width="1.5"/>`+"\n", at(r.Score.Accuracy), y, fill)
		text(left+width+12, y+4, "start", fmt.Sprintf("%.3f", r.Score.Accuracy))
	}
	text(left+width/2, bottom+38, "middle", "accuracy at the decision")
	text(12, height-10, "start", a.caption()+"; open: alone")
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="680" height="%.0f" viewBox="0 0 680 %.0f" font-family="sans-serif" font-size="12">
<title>Accuracy by sources of evidence</title>
<rect width="100%%" height="100%%" fill="#fff"/>
%s</svg>
`, height, height, b.String())
	if err != nil {
		return fmt.Errorf("drawing the ablation: %w", err)
	}
	return nil
}
