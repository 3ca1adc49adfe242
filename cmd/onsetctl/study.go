package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"onset/app"
	"onset/dataset"
	"onset/dataset/simulate"
)

func newStudy(t *terminal) *cobra.Command {
	return group("study", "Make, describe, check, back up and clean study files", newStudyNew(t), newStudyInfo(t), newStudyCheck(t),
		newStudyBackup(t), newStudyRestore(t), newStudyWithdraw(t))
}

func newStudyNew(t *terminal) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "new FILE",
		Short: "Make an empty study",
		Args:  words(1, 1, "the name of the new study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			s, err := dataset.Create(ctx, args[0], dataset.Options{Program: program()})
			if err != nil {
				return err
			}
			if name != "" {
				settings, err := s.Settings(ctx)
				if err == nil {
					settings.Name = name
					err = s.PutSettings(ctx, settings)
				}
				if err != nil {
					return errors.Join(fmt.Errorf("naming the study: %w", err), s.Close())
				}
			}
			if err := s.Close(); err != nil {
				return err
			}
			t.warnOfSync(args[0])
			return t.print(map[string]string{"study": args[0]}, func(w io.Writer) {
				fmt.Fprintf(w, "Made %s. Next: onsetctl import %s RECORDINGS\n", args[0], args[0])
			})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "the study's name (default: the file's)")
	return cmd
}

// studyInfo is the result of study info.
type studyInfo struct {
	Sessions     int64  `json:"sessions"`
	Recordings   int64  `json:"recordings"`
	Channels     int64  `json:"channels"`
	Samples      int64  `json:"samples"`
	Labels       int64  `json:"labels"`
	Participants int64  `json:"participants"`
	Models       int64  `json:"models"`
	Runs         int64  `json:"runs"`
	Ledger       int64  `json:"ledger"`
	Name         string `json:"name"`
	Simulated    bool   `json:"simulated"`
	Integrity    string `json:"integrity"`
}

func newStudyInfo(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "info FILE",
		Short: "Count what a study holds and look over its integrity",
		Args:  words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStudy(cmd.Context(), args[0], true, func(s *dataset.Study) error {
				info, err := s.Info(cmd.Context())
				if err != nil {
					return err
				}
				result := studyInfo{
					Sessions: info.Sessions, Recordings: info.Recordings, Channels: info.Channels,
					Samples: info.Samples, Labels: info.Labels, Participants: info.Participants,
					Models: info.Models, Runs: info.Runs, Ledger: info.LedgerEntries,
					Name: info.Name, Simulated: info.Simulated, Integrity: info.Integrity,
				}
				err = t.print(result, func(w io.Writer) {
					simulated := ""
					if info.Simulated {
						simulated = " (simulated data)"
					}
					fmt.Fprintf(w, "%s%s\n", info.Name, simulated)
					table(w, [][]string{
						{"participants", fmt.Sprint(info.Participants)}, {"sessions", fmt.Sprint(info.Sessions)},
						{"recordings", fmt.Sprint(info.Recordings)}, {"channels", fmt.Sprint(info.Channels)},
						{"samples", fmt.Sprint(info.Samples)}, {"labels", fmt.Sprint(info.Labels)},
						{"models", fmt.Sprint(info.Models)}, {"integrity", info.Integrity},
					})
				})
				if err == nil && info.Integrity != "ok" {
					return errReported
				}
				return err
			})
		},
	}
}

// checkResult is the result of study check: what is wrong, after a repair what
// still is.
type checkResult struct {
	OK       bool              `json:"ok"`
	Problems []dataset.Problem `json:"problems"`
	Repaired []dataset.Problem `json:"repaired,omitempty"`
}

func newStudyCheck(t *terminal) *cobra.Command {
	var repair bool
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "Verify every checksum, overview and ledger entry of a study",
		Long: `Verify SQLite's own structure, every checksum, that the samples are complete,
that overviews are what the samples say, and the ledger's chain of hashes with
the labels that follow from it. With --repair, what follows from whole evidence
is rebuilt: overviews, labels, counts and indexes. Samples and the ledger are
never touched. The exit code is 1 when a problem is left.`,
		Args: words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p := t.progress()
			show := func(done, total int64) { p.show(share(done, total), "verifying") }
			var result checkResult
			var err error
			if repair {
				err = withStudy(cmd.Context(), args[0], false, func(s *dataset.Study) error {
					var err error
					result.Repaired, result.Problems, err = s.Repair(cmd.Context(), show)
					return err
				})
			} else {
				result.Problems, err = dataset.CheckFile(cmd.Context(), args[0], show)
			}
			p.end()
			if err != nil {
				if t.json && !errors.Is(err, context.Canceled) { // who reads the result learns that it is not whole
					why := app.Explain(err).What
					result.Problems = []dataset.Problem{{What: why, Where: args[0], Part: "file"}}
					err = errors.Join(err, t.print(result, nil))
				}
				return err
			}
			return t.tellCheck(args[0], result)
		},
	}
	cmd.Flags().BoolVar(&repair, "repair", false, "rebuild what can be rebuilt")
	return cmd
}

// tellCheck prints what is wrong with a study, and what can be done about it.
func (t *terminal) tellCheck(study string, result checkResult) error {
	result.OK = len(result.Problems) == 0
	result.Problems = append([]dataset.Problem{}, result.Problems...)
	err := t.print(result, func(w io.Writer) {
		for _, f := range result.Repaired {
			fmt.Fprintf(w, "rebuilt: %s: %s\n", f.Where, f.What)
		}
		for _, f := range result.Problems {
			hint := ""
			if f.Repairable {
				hint = " (--repair rebuilds it)"
			}
			fmt.Fprintf(w, "%s: %s%s\n", f.Where, f.What, hint)
		}
		rebuilt := slices.ContainsFunc(result.Problems, func(p dataset.Problem) bool { return p.Repairable })
		lost := slices.ContainsFunc(result.Problems, func(p dataset.Problem) bool { return !p.Repairable })
		if rebuilt {
			fmt.Fprintf(w, "Back up, then: onsetctl study check --repair %s\n", study)
		}
		if lost {
			fmt.Fprintf(w, "What can not be rebuilt is kept as it is: restore a copy that is whole (onsetctl study restore COPY %s), or import those recordings again.\n", study)
		}
		if result.OK {
			fmt.Fprintln(w, "Everything in the study is as it was written.")
		}
	})
	if err == nil && !result.OK {
		return errReported
	}
	return err
}

func share(done, total int64) float64 {
	if total <= 0 {
		return -1
	}
	return float64(done) / float64(total)
}

func newSample(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "sample FILE",
		Short: "Write the sample study: simulated people, labelled as such",
		Args:  words(1, 1, "the name of the new study file"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			ctx := cmd.Context()
			s, err := dataset.Create(ctx, args[0], dataset.Options{Program: program()})
			if err != nil {
				return err
			}
			recipe, err := simulate.Sample()
			if err == nil {
				p := t.progress()
				err = simulate.Write(ctx, s, recipe, func(done, total int) {
					p.show(share(int64(done), int64(total)), "simulating")
				})
				p.end()
			}
			if cerr := s.Close(); err == nil {
				err = cerr
			}
			if err != nil { // half a sample study helps nobody
				return errors.Join(fmt.Errorf("writing the sample study: %w", err), os.Remove(args[0]))
			}
			t.warnOfSync(args[0])
			return t.print(map[string]string{"study": args[0]}, func(w io.Writer) {
				fmt.Fprintf(w, "Wrote the sample study to %s. Its people are simulated.\n", args[0])
			})
		},
	}
}
