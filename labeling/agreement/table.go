package agreement

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// row is a line of the table for a paper.
type row struct {
	name         string
	value        float64
	lower, upper float64
	digits       int
	n            int
}

func (r *Report) rows() []row {
	nan := math.NaN()
	list := []row{
		{"Observed agreement of time", r.Observed, nan, nan, 3, r.Sessions},
		{"Cohen's kappa", r.Kappa.Value, r.Kappa.Lower, r.Kappa.Upper, 3, r.Sessions},
		{"Krippendorff's alpha", r.Alpha.Value, r.Alpha.Lower, r.Alpha.Upper, 3, r.Sessions},
	}
	for _, e := range r.Events {
		list = append(list, row{fmt.Sprintf("Event F1, overlap %g", e.Overlap), e.Value, e.Lower, e.Upper, 3, e.Both})
	}
	d := r.Onset
	return append(list,
		row{"Onset difference, mean and limits of agreement (s)", d.Mean, d.Lower, d.Upper, 3, d.N},
		row{"Onset difference, absolute, median (s)", d.Median, nan, nan, 3, d.N},
		row{"Onset difference, absolute, 90th centile (s)", d.P90, nan, nan, 3, d.N},
		row{"Onset ICC(2,1)", d.ICC.Agreement, d.ICC.Lower, d.ICC.Upper, 4, d.N},
		row{"Duration difference, mean and limits of agreement (s)", r.Duration.Mean, r.Duration.Lower, r.Duration.Upper, 3, r.Duration.N},
		row{"Duration ICC(2,1)", r.Duration.ICC.Agreement, r.Duration.ICC.Lower, r.Duration.ICC.Upper, 3, r.Duration.N},
	)
}

// WriteCSV writes the table as CSV; a value that does not exist is empty.
func (r *Report) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	lines := [][]string{{"first", "second", "measure", "value", "lower", "upper", "n"}}
	for _, x := range r.rows() {
		lines = append(lines, []string{r.First, r.Second, x.name, plain(x.value), plain(x.lower), plain(x.upper), strconv.Itoa(x.n)})
	}
	for _, x := range r.Classes {
		lines = append(lines, []string{r.First, r.Second, "Event F1, overlap 0.5, " + x.Label, plain(x.F1), "", "", strconv.Itoa(x.Both)})
	}
	return c.WriteAll(lines)
}

func plain(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', 10, 64)
}

// WriteLaTeX writes the table for a paper; it needs the package booktabs.
func (r *Report) WriteLaTeX(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%% Agreement of %s and %s: %d sessions of %d participants, %.1f h, %d and %d labels.\n",
		r.First, r.Second, r.Sessions, r.People, r.Hours, r.Labels[0], r.Labels[1])
	fmt.Fprintf(&b, "%% Intervals: 95%%, bootstrap over each %s; of differences: limits of agreement.\n", r.Unit)
	b.WriteString("\\begin{tabular}{lrrr}\n\\toprule\nMeasure & Value & 95\\% interval or limits & $n$ \\\\\n\\midrule\n")
	for _, x := range r.rows() {
		interval := "--"
		if !math.IsNaN(x.lower) && !math.IsNaN(x.upper) {
			interval = fmt.Sprintf("[%s, %s]", digits(x.lower, x.digits), digits(x.upper, x.digits))
		}
		fmt.Fprintf(&b, "%s & %s & %s & %d \\\\\n", escape(x.name), digits(x.value, x.digits), interval, x.n)
	}
	b.WriteString("\\bottomrule\n\\end{tabular}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func digits(v float64, n int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "--"
	}
	text := strconv.FormatFloat(v, 'f', n, 64)
	if strings.HasPrefix(text, "-") {
		return "$-$" + text[1:]
	}
	return text
}

var latex = strings.NewReplacer(`\`, `\textbackslash{}`, "_", `\_`, "%", `\%`, "&", `\&`, "#", `\#`, "$", `\$`, "{", `\{`, "}", `\}`, "~", `\textasciitilde{}`, "^", `\textasciicircum{}`)

func escape(text string) string { return latex.Replace(text) }
