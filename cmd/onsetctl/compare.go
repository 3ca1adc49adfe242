package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"onset/dataset"
	"onset/training"
	"onset/training/figure"
	"onset/training/tables"
)

func newCompare(t *terminal) *cobra.Command {
	var out exports
	cmd := &cobra.Command{
		Use:   "compare FILE MODEL MODEL [MODEL ...]",
		Short: "Compare two or more models, person by person, with the statistics",
		Long: `Compare models on the participants that all were judged on. Two are set side by
side: Wilcoxon's signed-rank test with its effect size and the smallest p that so
few people allow, McNemar's test on single sets, and the Bayesian correlated
t-test on folds. More are ranked: Friedman's test, Wilcoxon's test for every pair
with Holm's correction, and the critical difference of mean ranks.`,
		Args: words(3, -1, "a study file and two or more models"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStudy(cmd.Context(), args[0], true, func(s *dataset.Study) error {
				if len(args) == 3 {
					c, err := training.Compare(cmd.Context(), s, args[1], args[2])
					if err != nil {
						return err
					}
					if err := out.write(tables.Comparison(c), nil); err != nil {
						return err
					}
					return t.print(c, func(w io.Writer) { writeComparison(w, c) })
				}
				r, err := training.Rank(cmd.Context(), s, args[1:])
				if err != nil {
					return err
				}
				names, err := modelNames(cmd.Context(), s, r)
				if err != nil {
					return err
				}
				if err := out.write(tables.Ranking(r, names), func(w io.Writer) error { return figure.Ranks(w, r, names) }); err != nil {
					return err
				}
				return t.print(r, func(w io.Writer) { writeRanking(w, r, names) })
			})
		},
	}
	out.flags(cmd, "the critical-difference plot of three or more models")
	return cmd
}

// exports are files that a result is written to beside the terminal.
type exports struct{ csv, latex, figure string }

func (e *exports) flags(cmd *cobra.Command, figure string) {
	cmd.Flags().StringVar(&e.csv, "csv", "", "also write the table to this CSV file")
	cmd.Flags().StringVar(&e.latex, "latex", "", "also write the table to this LaTeX file")
	cmd.Flags().StringVar(&e.figure, "figure", "", "also write to this SVG file "+figure)
}

// write writes what was asked for; draw is nil where there is nothing to draw.
func (e exports) write(rows [][]string, draw func(io.Writer) error) error {
	put := func(path string, fill func(io.Writer) error) error {
		if path == "" {
			return nil
		}
		var b bytes.Buffer
		if err := fill(&b); err != nil {
			return fmt.Errorf("writing %s: %w", path, err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			return fmt.Errorf("writing %s: %w", path, err)
		}
		return nil
	}
	if e.figure != "" && draw == nil {
		return usagef("there is no figure of this; compare three or more models")
	}
	if err := put(e.csv, func(w io.Writer) error { return tables.Table(rows).CSV(w) }); err != nil {
		return err
	}
	if err := put(e.latex, func(w io.Writer) error { return tables.Table(rows).LaTeX(w) }); err != nil {
		return err
	}
	return put(e.figure, draw)
}

// modelNames are the names of ranked models, or their ids.
func modelNames(ctx context.Context, s *dataset.Study, r *training.Ranking) ([]string, error) {
	models, err := s.Models(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(r.Models))
	for i, m := range r.Models {
		names[i] = m.ID
		for _, row := range models {
			if row.ID == m.ID && row.Name != "" {
				names[i] = row.Name
			}
		}
	}
	return names, nil
}

func writeRanking(w io.Writer, r *training.Ranking, names []string) {
	rows := [][]string{{"model", "name", "mean rank", "macro-F1, over windows", "accuracy, over windows", "windows", "architecture"}}
	for i, m := range r.Models {
		rows = append(rows, []string{m.ID, names[i], fixed(r.Friedman.MeanRanks[i], 2), fixed(m.MacroF1, 3), fixed(m.Accuracy, 3), strconv.Itoa(m.N), m.Architecture})
	}
	table(w, rows)
	if r.Caution != "" {
		fmt.Fprintf(w, "\nCaution: %s\n", r.Caution)
	}
	if n := len(r.Repeats); n > 0 {
		fmt.Fprintf(w, "\nCounted once, since they gave the very same probabilities: ")
		for i, same := range r.Repeats {
			if i > 0 {
				fmt.Fprint(w, ", ")
			}
			fmt.Fprintf(w, "%s (is %s)", same.Model, same.Of)
		}
		fmt.Fprintln(w, ".")
	}
	f := r.Friedman
	fmt.Fprintf(w, "\nRanks by macro-F1, 1 is best; unit: participant, %d of them. Friedman chi-squared %.2f, p = %.3g; Iman-Davenport F %.2f, p = %.3g; Kendall's W %.2f.\n",
		len(r.Participants), f.ChiSquared, f.P, min(f.F, 1e6), f.PF, f.W)
	fmt.Fprintf(w, "Mean ranks further apart than %.2f differ at level %g (Nemenyi).\n", r.CriticalDifference, r.Alpha)
	rows = [][]string{{"\npair", "difference in the middle", "effect", "p", "p, Holm", "smallest p possible"}}
	for _, p := range r.Pairs {
		rows = append(rows, []string{names[p.A] + " - " + names[p.B], signed(p.Test.Median), fmt.Sprintf("%+.2f", p.Test.Effect),
			fmt.Sprintf("%.3g", p.Test.P), fmt.Sprintf("%.3g", p.Adjusted), fmt.Sprintf("%.3g", p.Test.SmallestP)})
	}
	table(w, rows)
}

func writeComparison(w io.Writer, c *training.Comparison) {
	table(w, [][]string{
		{"", "A", "B", "B - A"},
		{"model", c.A.ID, c.B.ID, ""},
		{"architecture", c.A.Architecture, c.B.Architecture, ""},
		{"accuracy, over windows", fixed(c.A.Accuracy, 3), fixed(c.B.Accuracy, 3), signed(c.B.Accuracy - c.A.Accuracy)},
		{"macro-F1, over windows", fixed(c.A.MacroF1, 3), fixed(c.B.MacroF1, 3), signed(c.B.MacroF1 - c.A.MacroF1)},
		{"windows", strconv.Itoa(c.A.N), strconv.Itoa(c.B.N), ""},
	})
	if c.Caution != "" {
		fmt.Fprintf(w, "\nCaution: %s\n", c.Caution)
	}
	if c.Tests != nil {
		fmt.Fprintln(w)
		for _, line := range c.Tests.Saying {
			fmt.Fprintln(w, line)
		}
	}
	if len(c.Participants) > 0 {
		table(w, personRows(c.Participants))
		writeFew(w, len(c.Participants))
	}
	if len(c.Differences) > 0 {
		rows := [][]string{{"\nsetting", "A", "B"}}
		for _, d := range c.Differences {
			rows = append(rows, []string{d.Key, d.A, d.B})
		}
		table(w, rows)
	}
}

// personRows are both measures of each participant, and their means over people.
func personRows(list []training.PairedScore) [][]string {
	rows := [][]string{{"\nparticipant", "macro-F1 A", "macro-F1 B", "B - A", "accuracy A", "accuracy B", "B - A"}}
	row := func(name string, fa, fb, aa, ab float64) []string {
		return []string{name, fixed(fa, 3), fixed(fb, 3), signed(fb - fa), fixed(aa, 3), fixed(ab, 3), signed(ab - aa)}
	}
	var fa, fb, aa, ab float64
	for _, p := range list {
		rows = append(rows, row(string(p.Participant), p.MacroF1A, p.MacroF1B, p.AccuracyA, p.AccuracyB))
		fa, fb, aa, ab = fa+p.MacroF1A, fb+p.MacroF1B, aa+p.AccuracyA, ab+p.AccuracyB
	}
	n := float64(len(list))
	return append(rows, row("mean over "+counted(len(list), "participant"), fa/n, fb/n, aa/n, ab/n))
}
