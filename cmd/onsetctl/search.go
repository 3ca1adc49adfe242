package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"onset/dataset"
	"onset/training"
	"onset/training/nn"
)

// kernelFlag lets a command choose the arithmetic that nets are fitted with.
func kernelFlag(cmd *cobra.Command, kernel *string) {
	cmd.Flags().StringVar(kernel, "kernel", "", "arithmetic to train with ("+strings.Join(nn.Kernels(), ", ")+"); portable gives the same bits on every machine (default: the fastest)")
}

func useKernel(name string) error {
	if name == "" {
		return nil
	}
	if err := nn.UseKernel(name); err != nil {
		return usageError{err.Error()}
	}
	return nil
}

func newSearch(t *terminal) *cobra.Command {
	var config, kernel string
	var example, anew bool
	cmd := &cobra.Command{
		Use:   "search FILE --config S.toml",
		Short: "Search for better nets by mutation, on inner folds only",
		Long: `Search for better nets by mutation and successive halving. Candidates are
compared on inner folds; people of the outer folds judge what was found once, at
the end, and how often they were asked is counted. The best of all searches are
remembered with their ancestors: onsetctl leaderboard lists them.

The state is kept in the study as it goes. After a crash or a cancel the same
command goes on where it was and ends as if it had never stopped.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if example {
				return words(0, 0, "nothing beside --example-config")(cmd, args)
			}
			return words(1, 1, "one study file")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if example {
				_, err := io.WriteString(t.out, training.ExampleSearch())
				return err
			}
			if config == "" {
				return usagef("search needs --config (onsetctl search --example-config prints one)")
			}
			if err := useKernel(kernel); err != nil {
				return err
			}
			text, err := os.ReadFile(config)
			if err != nil {
				return fmt.Errorf("reading the search config: %w", err)
			}
			cfg, err := training.ParseSearch(text)
			if err != nil {
				return fmt.Errorf("%s: %w", config, err)
			}
			return withStudy(cmd.Context(), args[0], false, func(s *dataset.Study) error {
				p := t.progress()
				r, err := training.Search(cmd.Context(), s, cfg, anew, training.Options{}, func(now training.Progress) {
					p.show(now.Done, fmt.Sprintf("part %d of %d, candidate %d of %d", now.Fold, now.Folds, now.Epoch, now.Epochs))
				})
				p.end()
				if err != nil {
					return err
				}
				return t.print(r, func(w io.Writer) { writeSearch(w, r) })
			})
		},
	}
	cmd.Flags().StringVar(&config, "config", "", "the search config (TOML)")
	cmd.Flags().BoolVar(&example, "example-config", false, "print a config with every key of [search] explained")
	cmd.Flags().BoolVar(&anew, "new", false, "begin anew, also when the same search was broken off")
	kernelFlag(cmd, &kernel)
	return cmd
}

// setName names a group and a sensor set.
func setName(group string, sensors training.SensorSet) string {
	name := strings.Join(sensors, " + ")
	if group != "" {
		return "group " + group + ", " + name
	}
	return name
}

func writeSearch(w io.Writer, r *training.SearchResult) {
	fmt.Fprintf(w, "search %s, %.0f s\n", r.Run, r.Seconds)
	if r.Stopped != "" {
		fmt.Fprintf(w, "Ended early: %s.\n", r.Stopped)
	}
	rows := [][]string{{"\nfor", "without", "candidates", "best", "inner macro-F1", "inner accuracy"}}
	for _, t := range r.Tracks {
		for _, k := range t.Trials {
			if k.ID == t.Best && len(k.Rungs) > 0 {
				last := k.Rungs[len(k.Rungs)-1]
				without := "nobody"
				if t.Fold > 0 {
					without = "fold " + strconv.Itoa(t.Fold)
				}
				rows = append(rows, []string{setName(t.Group, t.SensorSet), without, strconv.Itoa(len(t.Trials)), k.Genes.String(), fixed(last.MacroF1, 3), fixed(last.Accuracy, 3)})
			}
		}
	}
	table(w, rows)
	for _, j := range r.Judged {
		writeJudgement(w, j)
	}
}

func writeJudgement(w io.Writer, j *training.Judgement) {
	fmt.Fprintf(w, "\n%s, %s, on %s:\n", setName(j.Group, j.SensorSet), counted(len(j.Searched.Folds), "outer fold"), j.Searched.Unit)
	table(w, [][]string{
		{"", "macro-F1", "accuracy", "windows"},
		{"what the search found", fixed(j.Searched.MacroF1, 3), fixed(j.Searched.Accuracy, 3), strconv.Itoa(j.Searched.Windows)},
		{"the first candidate", fixed(j.Default.MacroF1, 3), fixed(j.Default.Accuracy, 3), strconv.Itoa(j.Default.Windows)},
	})
	if j.Tests != nil {
		for _, s := range j.Tests.Saying {
			fmt.Fprintf(w, "A is the first candidate, B the search: %s\n", s)
		}
	}
	if j.Opened > 1 {
		fmt.Fprintf(w, "These people have judged %d searches by now; the more, the less their word is worth.\n", j.Opened)
	}
}

// boardsResult is the outcome of leaderboard.
type boardsResult struct {
	Boards []training.Leaderboard `json:"leaderboards"`
}

func newLeaderboard(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "leaderboard FILE",
		Short: "List the ten best candidates of all searches and their ancestors",
		Args:  words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStudy(cmd.Context(), args[0], true, func(s *dataset.Study) error {
				boards, err := training.Leaderboards(cmd.Context(), s)
				if err != nil {
					return err
				}
				result := boardsResult{append([]training.Leaderboard{}, boards...)}
				return t.print(result, func(w io.Writer) {
					for _, b := range boards {
						writeBoard(w, b)
					}
					if len(boards) == 0 {
						fmt.Fprintln(w, "No search has been run on this study.")
					}
				})
			})
		},
	}
}

func writeBoard(w io.Writer, b training.Leaderboard) {
	fmt.Fprintf(w, "%s: scores on inner folds, which also chose\n", setName(b.Group, b.SensorSet))
	rows := [][]string{{"", "trial", "macro-F1", "accuracy", "model", "how", "of", "candidate"}}
	for i, e := range b.Best {
		rows = append(rows, []string{strconv.Itoa(i + 1), e.Trial, fixed(e.MacroF1, 3), fixed(e.Accuracy, 3), e.Model, e.How, strings.Join(e.Parents, " "), e.Text})
	}
	table(w, rows)
	for _, j := range b.Judged {
		fmt.Fprintf(w, "Search %s on %s, %s: macro-F1 %.3f, accuracy %.3f; its first candidate %.3f, %.3f\n",
			j.Run, j.Unit, counted(j.Folds, "outer fold"), j.MacroF1, j.Accuracy, j.DefaultMacroF1, j.DefaultAccuracy)
	}
	fmt.Fprintln(w)
}

func newRerun(t *terminal) *cobra.Command {
	var id, kernel string
	cmd := &cobra.Command{
		Use:   "rerun FILE --run RUN",
		Short: "Repeat a training and prove that it gives the same weights",
		Long: `Repeat a training with its own config, seed and arithmetic and compare what comes
out, bit for bit, with what the study holds. Nothing is saved. Exits 1 when
anything differs.

A candidate that a search kept is repeated alone, without the search: give its
run, or its trial as onsetctl leaderboard names it.`,
		Args: words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if id == "" {
				return usagef("rerun needs --run")
			}
			return withStudy(cmd.Context(), args[0], true, func(s *dataset.Study) error {
				id, err := training.KeptRun(cmd.Context(), s, id)
				if err != nil {
					return err
				}
				if err := asFitted(cmd.Context(), s, id, kernel); err != nil {
					return err
				}
				p := t.progress()
				r, err := training.Rerun(cmd.Context(), s, id, training.Options{}, func(now training.Progress) { p.show(now.Done, trainingLine(now)) })
				p.end()
				if err != nil {
					return err
				}
				if err := t.print(r, func(w io.Writer) { writeRerun(w, r) }); err != nil {
					return err
				}
				if !r.Same {
					return errReported
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&id, "run", "", "the run to repeat, or the trial that a search kept")
	kernelFlag(cmd, &kernel)
	return cmd
}

// asFitted uses the arithmetic that was asked for, or else the run's own where
// this machine has it.
func asFitted(ctx context.Context, s *dataset.Study, run, kernel string) error {
	if kernel != "" {
		return useKernel(kernel)
	}
	r, err := training.LoadResult(ctx, s, run)
	if err != nil {
		return err
	}
	if slices.Contains(nn.Kernels(), r.Arithmetic) {
		return nn.UseKernel(r.Arithmetic)
	}
	return nil
}

func writeRerun(w io.Writer, r *training.RerunResult) {
	rows := [][]string{{"", "stored", "repeated"}}
	for _, c := range r.Checks {
		mark := c.Name
		if !c.Same {
			mark += " DIFFERS"
		}
		rows = append(rows, []string{mark, c.Stored, c.Repeated})
	}
	table(w, rows)
	name := "Run " + r.Run
	if r.Candidate != "" {
		name = fmt.Sprintf("Candidate %s, run %s,", r.Candidate, r.Run)
	}
	if r.Same {
		fmt.Fprintf(w, "\n%s is repeated bit for bit.\n", name)
	} else {
		fmt.Fprintf(w, "\n%s is not repeated. %s\n", name, r.Why)
	}
}
