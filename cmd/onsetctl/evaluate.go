package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"onset/dataset"
	"onset/training"
	"onset/training/figure"
)

// readTraining reads a training config.
func readTraining(path string) (training.Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return training.Config{}, fmt.Errorf("reading the training config: %w", err)
	}
	cfg, err := training.ParseConfig(text)
	if err != nil {
		return cfg, fmt.Errorf("%s: %w", path, err)
	}
	return cfg, nil
}

// numbers reads a list such as 0.2,0.4.
func numbers(text string) ([]float64, error) {
	var out []float64
	for _, part := range strings.Split(text, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil {
			return nil, usagef("%q in %q is not a number", part, text)
		}
		out = append(out, v)
	}
	return out, nil
}

// byConfig measures something on a study by a training config, shows how far it
// is, and hands on what came out.
func byConfig[T any](cmd *cobra.Command, t *terminal, file, config, kernel string,
	measure func(s *dataset.Study, cfg training.Config, observe func(training.Progress)) (T, error), show func(T) error) error {
	if config == "" {
		return usagef("%s needs --config (onsetctl train --example-config prints one)", cmd.Name())
	}
	if err := useKernel(kernel); err != nil {
		return err
	}
	cfg, err := readTraining(config)
	if err != nil {
		return err
	}
	return withStudy(cmd.Context(), file, false, func(s *dataset.Study) error {
		p := t.progress()
		result, err := measure(s, cfg, func(now training.Progress) { p.show(now.Done, trainingLine(now)) })
		p.end()
		if err != nil {
			return err
		}
		return show(result)
	})
}

func newCurve(t *terminal) *cobra.Command {
	var config, seconds, kernel, svg string
	cmd := &cobra.Command{
		Use:   "curve FILE --config C.toml",
		Short: "Measure the onset curve: accuracy by the seconds seen of an exercise",
		Long: `Judge a training config with windows of several lengths at the onsets. Each
length has models of its own, judged on people they have never seen; all lengths
are judged on the same moments and folds. The curve is kept in the study.`,
		Args: words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			lengths, err := numbers(seconds)
			if err != nil {
				return err
			}
			return byConfig(cmd, t, args[0], config, kernel, func(s *dataset.Study, cfg training.Config, observe func(training.Progress)) (*training.OnsetCurve, error) {
				return training.MeasureOnset(cmd.Context(), s, cfg, lengths, training.Options{}, observe)
			}, func(c *training.OnsetCurve) error {
				if err := (exports{figure: svg}).write(nil, func(w io.Writer) error { return figure.Onset(w, c) }); err != nil {
					return err
				}
				return t.print(c, func(w io.Writer) { writeCurve(w, c) })
			})
		},
	}
	cmd.Flags().StringVar(&config, "config", "", "the training config (TOML)")
	cmd.Flags().StringVar(&svg, "figure", "", "also draw the curve into this SVG file")
	cmd.Flags().StringVar(&seconds, "seconds", "", "lengths such as 0.2,0.5,1 (default: 0.2 to 4)")
	kernelFlag(cmd, &kernel)
	return cmd
}

func writeCurve(w io.Writer, c *training.OnsetCurve) {
	fmt.Fprintf(w, "run %s: the same moments at every length; chance %.3f\nwindows: %s; people: unit participant\n\n", c.Run, c.Chance, c.Unit)
	rows := [][]string{{"seconds", "windows", "accuracy", "macro-F1", "kappa", "ECE", "people, mean accuracy", "SD", "95%"}}
	for _, p := range c.Points {
		rows = append(rows, []string{fixed(p.Seconds, 2), strconv.Itoa(p.Windows), fixed(p.Accuracy, 3), fixed(p.MacroF1, 3), fixed(p.Kappa, 3), fixed(p.ECE, 3),
			fixed(p.ParticipantAccuracy.Mean, 3), fixed(p.ParticipantAccuracy.SD, 3), interval(p.ParticipantAccuracy)})
	}
	table(w, rows)
	if len(c.Points) > 0 {
		writeFew(w, c.Points[0].ParticipantAccuracy.N)
	}
}

// writeFew says what intervals over so few people can't support.
func writeFew(w io.Writer, people int) {
	if few := training.FewPeople(people); few != "" {
		fmt.Fprintf(w, "Intervals are %s.\n", few)
	}
}

// interval is a spread's confidence interval, or that there is none.
func interval(s training.Spread) string {
	if s.CI == nil {
		return "too few people"
	}
	return fmt.Sprintf("%.3f to %.3f", s.CI.Lo, s.CI.Hi)
}

func newStress(t *terminal) *cobra.Command {
	var config, shifts, kernel string
	var shuffles int
	cmd := &cobra.Command{
		Use:   "stress FILE --config C.toml",
		Short: "Judge a config on moved onsets and on shuffled labels",
		Long: `Judge a training config with onsets moved by some milliseconds, as another rater
might have set them, and with labels that were shuffled within each person, which
must give no more than guessing. The outcome is kept in the study; exits 1 when
shuffled labels gave more than guessing.`,
		Args: words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ms, err := numbers(shifts)
			if err != nil {
				return err
			}
			for i := range ms {
				ms[i] /= 1000
			}
			return byConfig(cmd, t, args[0], config, kernel, func(s *dataset.Study, cfg training.Config, observe func(training.Progress)) (*training.Stress, error) {
				return training.StressTest(cmd.Context(), s, cfg, ms, shuffles, training.Options{}, observe)
			}, func(r *training.Stress) error {
				if err := t.print(r, func(w io.Writer) { writeStress(w, r) }); err != nil {
					return err
				}
				for _, f := range r.Shuffled {
					if !f.Within {
						return errReported
					}
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&config, "config", "", "the training config (TOML)")
	cmd.Flags().StringVar(&shifts, "shifts", "-200,-100,-50,50,100,200", "milliseconds to move onsets by; empty for none")
	cmd.Flags().IntVar(&shuffles, "shuffles", 1, "how often labels are shuffled and learnt")
	kernelFlag(cmd, &kernel)
	return cmd
}

func writeStress(w io.Writer, r *training.Stress) {
	fmt.Fprintf(w, "run %s, on %s\n\n", r.Run, r.Unit)
	rows := [][]string{{"onset moved by", "windows", "accuracy", "macro-F1", "unmoved, same windows", ""}}
	for _, p := range r.Shifts {
		row := []string{fmt.Sprintf("%+.0f ms", 1000*p.Seconds), strconv.Itoa(p.Windows), "", "", "", p.Why}
		if p.Accuracy != nil && p.MacroF1 != nil && p.SameAccuracy != nil {
			row[2], row[3], row[4] = fixed(*p.Accuracy, 3), fixed(*p.MacroF1, 3), fixed(*p.SameAccuracy, 3)
		}
		rows = append(rows, row)
	}
	if len(r.Shifts) > 0 {
		table(w, rows)
		fmt.Fprintln(w)
	}
	for _, p := range r.Shuffled {
		verdict := "no more than guessing"
		if !p.Within {
			verdict = "MORE than guessing: something leaks"
		}
		fmt.Fprintf(w, "Shuffled labels (seed %d): accuracy %.3f on %d windows; guessing gives %.3f, 95%% of the time %.3f to %.3f: %s\n",
			p.Seed, p.Accuracy, p.Windows, p.Chance, p.Guessing.Lo, p.Guessing.Hi, verdict)
	}
}

func newExternal(t *terminal) *cobra.Command {
	var model string
	var again bool
	cmd := &cobra.Command{
		Use:   "external FILE --model MODEL",
		Short: "Open the external test set: judge a model once on people set aside",
		Long: `Judge a model on the participants (or sessions) that its config set aside with
split.external. The set can be opened once; how often it was is kept in the study.`,
		Args: words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if model == "" {
				return usagef("external needs --model")
			}
			return withStudy(cmd.Context(), args[0], false, func(s *dataset.Study) error {
				x, err := training.OpenExternal(cmd.Context(), s, model, again, training.Options{})
				if err != nil {
					return err
				}
				return t.print(x, func(w io.Writer) { writeExternal(w, x) })
			})
		},
	}
	cmd.Flags().StringVar(&model, "model", "", "the model to judge")
	cmd.Flags().BoolVar(&again, "again", false, "open a set that was opened before; this is counted")
	return cmd
}

func writeExternal(w io.Writer, x *training.External) {
	fmt.Fprintf(w, "External test set: %s. Opened %s, this one counted.\n", strings.Join(x.Owners, " "), counted(x.Opened, "time"))
	if len(x.SeenBy) > 0 {
		fmt.Fprintf(w, "Caution: %d models of this study learnt from some of these people; settings chosen by them may owe something to it: %s\n", len(x.SeenBy), strings.Join(x.SeenBy, " "))
	}
	writeScores(w, x.Result)
}

// writeScores prints a result's numbers, each with what it is counted over.
func writeScores(w io.Writer, r *training.Result) {
	if said := r.Warning(); said != "" {
		fmt.Fprintf(w, "\nWarning: %s.\n", said)
	}
	fmt.Fprintf(w, "\nOn %s:\naccuracy %.3f, macro-F1 %.3f, kappa %.3f (always naming the most frequent: %.3f); unit: window, %d of them\n",
		r.Unit, r.Accuracy, r.MacroF1, r.Kappa, r.Chance, r.Windows)
	a, f := r.ParticipantAccuracy, r.ParticipantMacroF1
	fmt.Fprintf(w, "mean accuracy %.3f, SD %.3f, 95%% %s, worst %.3f; unit: participant, %d of them\n", a.Mean, a.SD, interval(a), a.Min, len(r.Participants))
	fmt.Fprintf(w, "mean macro-F1 %.3f, SD %.3f, 95%% %s, worst %.3f; unit: participant\n", f.Mean, f.SD, interval(f), f.Min)
	writeFew(w, len(r.Participants))
	fmt.Fprintf(w, "log loss %.3f, expected calibration error %.3f; unit: window\n\n", r.LogLoss, r.ECE)
	rows := [][]string{{"class", "windows", "precision", "recall", "F1"}}
	for _, c := range r.PerClass {
		rows = append(rows, []string{c.Class, strconv.Itoa(c.N), fixed(c.Precision, 3), fixed(c.Recall, 3), fixed(c.F1, 3)})
	}
	table(w, rows)
	rows = [][]string{{"\nconfidence", "windows", "mean confidence", "accuracy"}}
	for _, b := range r.Reliability {
		if b.N > 0 {
			rows = append(rows, []string{fmt.Sprintf("%.1f to %.1f", b.From, b.To), strconv.Itoa(b.N), fixed(b.Confidence, 3), fixed(b.Accuracy, 3)})
		}
	}
	table(w, rows)
}

func newEffects(t *terminal) *cobra.Command {
	var config, kernel string
	var out exports
	cmd := &cobra.Command{
		Use:   "effects FILE --config C.toml",
		Short: "Measure what each augmentation and invariance does to a config's score",
		Long: `Judge a training config as it is and with each augmentation and invariance
switched on alone, on the same moments and folds. Choosing settings by this table
and reporting the best row's score would be choosing on the people who judge: use
candidates, which are chosen on inner folds.`,
		Args: words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return byConfig(cmd, t, args[0], config, kernel, func(s *dataset.Study, cfg training.Config, observe func(training.Progress)) (*training.Effects, error) {
				return training.MeasureEffects(cmd.Context(), s, cfg, training.Options{}, observe)
			}, func(e *training.Effects) error {
				if err := out.write(effectRows(e), nil); err != nil {
					return err
				}
				return t.print(e, func(w io.Writer) {
					fmt.Fprintf(w, "run %s, on %s\ngain: accuracy over the config as it is; unit: participant\n\n", e.Run, e.Unit)
					table(w, effectRows(e))
					for _, f := range e.Effects {
						if f.Gain != nil {
							writeFew(w, f.Gain.N)
							break
						}
					}
				})
			})
		},
	}
	cmd.Flags().StringVar(&config, "config", "", "the training config (TOML)")
	cmd.Flags().StringVar(&out.csv, "csv", "", "also write the table to this CSV file")
	cmd.Flags().StringVar(&out.latex, "latex", "", "also write the table to this LaTeX file")
	kernelFlag(cmd, &kernel)
	return cmd
}

func effectRows(e *training.Effects) [][]string {
	rows := [][]string{{"switched on", "setting", "accuracy", "macro-F1", "gain", "95%", "p"},
		{e.Base.Name, "", fixed(e.Base.Accuracy, 3), fixed(e.Base.MacroF1, 3), "", "", ""}}
	for _, f := range e.Effects {
		row := []string{f.Name, f.Setting, "", "", "", f.Skipped, ""}
		if f.Skipped == "" {
			row = []string{f.Name, f.Setting, fixed(f.Accuracy, 3), fixed(f.MacroF1, 3), signed(f.Gain.Mean), interval(*f.Gain), ""}
			if f.Test != nil {
				row[6] = fmt.Sprintf("%.3g", f.Test.P)
			}
		}
		rows = append(rows, row)
	}
	return rows
}
