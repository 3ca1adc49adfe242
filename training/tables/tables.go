// Package tables lays out what an evaluation came to as tables for a paper, and
// writes them as CSV and LaTeX.
package tables

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"onset/training"
)

// Table is rows of texts, the first its heading; the first column is words, the
// others are numbers.
type Table [][]string

// CSV writes the table with commas.
func (t Table) CSV(w io.Writer) error { return csv.NewWriter(w).WriteAll(t) }

// LaTeX writes the table as a tabular.
func (t Table) LaTeX(w io.Writer) error {
	escape := strings.NewReplacer(`\`, `\textbackslash{}`, "&", `\&`, "%", `\%`, "$", `\$`, "#", `\#`, "_", `\_`, "{", `\{`, "}", `\}`, "~", `\textasciitilde{}`, "^", `\textasciicircum{}`)
	var b strings.Builder
	fmt.Fprintf(&b, "\\begin{tabular}{l%s}\n\\hline\n", strings.Repeat("r", len(t[0])-1))
	for i, row := range t {
		cells := make([]string, len(row))
		for j, c := range row {
			cells[j] = escape.Replace(c)
		}
		fmt.Fprintf(&b, "%s \\\\\n", strings.Join(cells, " & "))
		if i == 0 {
			b.WriteString("\\hline\n")
		}
	}
	b.WriteString("\\hline\n\\end{tabular}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func fixed(v float64, digits int) string { return strconv.FormatFloat(v, 'f', digits, 64) }

// Comparison is the score of each participant under two models.
func Comparison(c *training.Comparison) Table {
	rows := Table{{"participant", "macro-F1 A", "macro-F1 B", "accuracy A", "accuracy B"}}
	for _, p := range c.Participants {
		rows = append(rows, []string{string(p.Participant), fixed(p.MacroF1A, 4), fixed(p.MacroF1B, 4), fixed(p.AccuracyA, 4), fixed(p.AccuracyB, 4)})
	}
	return rows
}

// Ranking is the macro-F1 of each participant under ranked models, and their
// mean ranks; names are the models', in order.
func Ranking(r *training.Ranking, names []string) Table {
	rows := Table{append([]string{"participant"}, names...)}
	for i, p := range r.Participants {
		row := []string{string(p)}
		for _, v := range r.Scores[i] {
			row = append(row, fixed(v, 4))
		}
		rows = append(rows, row)
	}
	mean := []string{"mean rank"}
	for _, v := range r.Friedman.MeanRanks {
		mean = append(mean, fixed(v, 2))
	}
	return append(rows, mean)
}

// People is the score of each participant by models that never saw them, and
// the mean with its interval.
func People(r *training.Result) Table {
	rows := Table{{"participant", "windows", "accuracy", "macro-F1"}}
	for _, p := range r.Participants {
		rows = append(rows, []string{string(p.Participant), strconv.Itoa(p.N), fixed(p.Accuracy, 4), fixed(p.MacroF1, 4)})
	}
	a, f := r.ParticipantAccuracy, r.ParticipantMacroF1
	rows = append(rows,
		[]string{"mean over participants", "", fixed(a.Mean, 4), fixed(f.Mean, 4)},
		[]string{"standard deviation", "", fixed(a.SD, 4), fixed(f.SD, 4)})
	if a.CI != nil && f.CI != nil {
		rows = append(rows,
			[]string{"95% interval, lower", "", fixed(a.CI.Lo, 4), fixed(f.CI.Lo, 4)},
			[]string{"95% interval, upper", "", fixed(a.CI.Hi, 4), fixed(f.CI.Hi, 4)})
	}
	return rows
}

// Classes is precision, recall and F1 of each class over all judged windows.
func Classes(r *training.Result) Table {
	rows := Table{{"class", "windows", "precision", "recall", "F1"}}
	for _, c := range r.PerClass {
		rows = append(rows, []string{c.Class, strconv.Itoa(c.N), fixed(c.Precision, 4), fixed(c.Recall, 4), fixed(c.F1, 4)})
	}
	return rows
}

// Confusion is counts: a row for each true class, a column for each answer.
func Confusion(c training.Confusion) Table {
	rows := Table{append([]string{"truth"}, c.Classes...)}
	for i, class := range c.Classes {
		row := []string{class}
		for _, n := range c.Counts[i] {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, row)
	}
	return rows
}
