package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"onset/dataset"
	"onset/labeling"
	"onset/labeling/agreement"
)

func newAgreement(t *terminal) *cobra.Command {
	var first, second, session, csvFile, texFile string
	cmd := &cobra.Command{
		Use:   "agreement FILE [--first SET --second SET]",
		Short: "Say how well two raters agree, and write the table for a paper",
		Long: `Say how well two label sets agree on the sessions that both have labelled:
Cohen's kappa and Krippendorff's alpha over time (exact, no grid of bins), F1 of
events at overlaps of .1, .25 and .5, and how far apart the onsets are (mean,
limits of agreement, intraclass correlation). Intervals come from a bootstrap over
participants, over sessions where there are fewer than three participants.

Without --first and --second the two sets are taken that have labels, where there
are exactly two.`,
		Args: words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStudy(cmd.Context(), args[0], true, func(s *dataset.Study) error {
				var only []dataset.SessionID
				if session != "" {
					found, err := find(cmd.Context(), s, session)
					if err != nil {
						return err
					}
					only = append(only, found.ID)
				}
				if first == "" || second == "" {
					labels, err := s.Labels(cmd.Context(), dataset.LabelFilter{Kind: dataset.KindExercise})
					if err != nil {
						return err
					}
					if first, second, err = twoSets(labels, first, second); err != nil {
						return err
					}
				}
				c, err := agreement.Collect(cmd.Context(), s, first, second, only...)
				if err != nil {
					return err
				}
				if len(c.Sessions) == 0 {
					return fmt.Errorf("no session has labels of both %q and %q", first, second)
				}
				r := agreement.Compare(first, second, c.Sessions)
				if c.OnlyFirst+c.OnlySecond > 0 {
					r.Notes = append(r.Notes, fmt.Sprintf("%d sessions that only %q and %d that only %q has labelled are not compared.", c.OnlyFirst, first, c.OnlySecond, second))
				}
				if labeling.IsRevision(first) || labeling.IsRevision(second) {
					r.Notes = append(r.Notes, "One of the sets is a revision of another: their agreement is no measure of independent judgement.")
				}
				if err := writeNew(csvFile, r.WriteCSV); err != nil {
					return err
				}
				if err := writeNew(texFile, r.WriteLaTeX); err != nil {
					return err
				}
				return t.print(r, func(w io.Writer) { printAgreement(w, r) })
			})
		},
	}
	cmd.Flags().StringVar(&first, "first", "", "the first label set")
	cmd.Flags().StringVar(&second, "second", "", "the second label set")
	cmd.Flags().StringVar(&session, "session", "", "only this session")
	cmd.Flags().StringVar(&csvFile, "csv", "", "also write the table to this new CSV file")
	cmd.Flags().StringVar(&texFile, "latex", "", "also write the table to this new LaTeX file")
	return cmd
}

// twoSets finds which sets are meant where the person named one or none.
func twoSets(labels []dataset.Label, first, second string) (string, string, error) {
	names := map[string]bool{}
	for _, l := range labels {
		names[l.Set] = true
	}
	delete(names, first)
	delete(names, second)
	rest := slices.Sorted(maps.Keys(names))
	for _, p := range []*string{&first, &second} {
		if *p == "" && len(rest) > 0 {
			*p, rest = rest[0], rest[1:]
		}
	}
	if first == "" || second == "" || len(rest) > 0 {
		all := strings.Join(slices.Sorted(maps.Keys(names)), ", ")
		return "", "", usagef("--first and --second say which label sets to compare; besides those named there are: %s", all)
	}
	return first, second, nil
}

// writeNew writes a file that must not exist; an empty path writes none.
func writeNew(path string, write func(io.Writer) error) error {
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("writing the table: %w", err)
	}
	if err := write(f); err != nil {
		_ = f.Close()
		return fmt.Errorf("writing the table to %s: %w", path, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("writing the table to %s: %w", path, err)
	}
	return nil
}

func printAgreement(w io.Writer, r *agreement.Report) {
	number := func(v float64) string {
		if math.IsNaN(v) {
			return "–"
		}
		return fixed(v, 3)
	}
	between := func(lower, upper float64) string {
		if math.IsNaN(lower) {
			return ""
		}
		return fmt.Sprintf("[%.3f, %.3f]", lower, upper)
	}
	fmt.Fprintf(w, "%s and %s: %d sessions of %d participants, %.2f h, %d and %d labels; intervals over each %s\n\n",
		r.First, r.Second, r.Sessions, r.People, r.Hours, r.Labels[0], r.Labels[1], r.Unit)
	rows := [][]string{{"measure", "value", "95%", "n"},
		{"kappa", number(r.Kappa.Value), between(r.Kappa.Lower, r.Kappa.Upper), ""},
		{"alpha", number(r.Alpha.Value), between(r.Alpha.Lower, r.Alpha.Upper), ""}}
	for _, e := range r.Events {
		rows = append(rows, []string{fmt.Sprintf("F1 at overlap %g", e.Overlap), number(e.Value), between(e.Lower, e.Upper), fmt.Sprint(e.Both)})
	}
	d := r.Onset
	rows = append(rows,
		[]string{"onset difference, mean, limits (s)", number(d.Mean), between(d.Lower, d.Upper), fmt.Sprint(d.N)},
		[]string{"onset difference, median, 90th centile (s)", number(d.Median) + ", " + number(d.P90), "", ""},
		[]string{"onset ICC(2,1)", number(d.ICC.Agreement), between(d.ICC.Lower, d.ICC.Upper), ""})
	table(w, rows)
	for _, note := range r.Notes {
		fmt.Fprintln(w, note)
	}
}
