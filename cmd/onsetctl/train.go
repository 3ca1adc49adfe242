package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"onset/dataset"
	"onset/training"
	"onset/training/figure"
)

func newTrain(t *terminal) *cobra.Command {
	var config, kernel, reliability string
	var example, groups bool
	var sets []string
	cmd := &cobra.Command{
		Use:   "train FILE --config C.toml",
		Short: "Train a model and judge it on people it has never seen",
		Long: `Train a model and judge it on people (or sessions) it has never seen. Everything
about it stands in a config; onsetctl train --example-config prints one with an
explanation of every key.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if example {
				return words(0, 0, "nothing beside --example-config")(cmd, args)
			}
			return words(1, 1, "one study file")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if example {
				_, err := io.WriteString(t.out, training.ExampleConfig())
				return err
			}
			if config == "" {
				return usagef("train needs --config (onsetctl train --example-config prints one)")
			}
			if err := useKernel(kernel); err != nil {
				return err
			}
			cfg, err := readTraining(config)
			if err != nil {
				return err
			}
			return withStudy(cmd.Context(), args[0], false, func(s *dataset.Study) error {
				if groups || len(sets) > 0 {
					return trainEach(cmd.Context(), t, s, cfg, groups, sets)
				}
				p := t.progress()
				result, err := training.Train(cmd.Context(), s, cfg, func(now training.Progress) { p.show(now.Done, trainingLine(now)) })
				p.end()
				if err != nil {
					return err
				}
				if err := (exports{figure: reliability}).write(nil, func(w io.Writer) error { return figure.Reliability(w, result) }); err != nil {
					return err
				}
				return t.print(result, func(w io.Writer) { writeResult(w, result) })
			})
		},
	}
	cmd.Flags().StringVar(&config, "config", "", "the training config (TOML)")
	cmd.Flags().BoolVar(&groups, "each-group", false, "train a model for every group of participants")
	cmd.Flags().StringArrayVar(&sets, "sensor-set", nil, "train a model for this sensor set, such as left-wrist/accelerometer+left-wrist/gyroscope; may be given several times")
	cmd.Flags().StringVar(&reliability, "reliability", "", "also draw the reliability plot into this SVG file")
	kernelFlag(cmd, &kernel)
	cmd.Flags().BoolVar(&example, "example-config", false, "print a config with every key explained")
	return cmd
}

// eachResult is the outcome of a training of several groups or sensor sets.
type eachResult struct {
	Cells []training.CellResult `json:"cells"`
}

func trainEach(ctx context.Context, t *terminal, s *dataset.Study, cfg training.Config, each bool, sets []string) error {
	names := []string{cfg.Data.Group}
	if each {
		var err error
		if names, err = training.Groups(ctx, s); err != nil {
			return err
		}
	}
	sensors := []training.SensorSet{cfg.Data.SensorSet}
	if len(sets) > 0 {
		sensors = nil
	}
	for _, text := range sets {
		sensors = append(sensors, training.SensorSet(strings.Split(text, "+")))
	}
	var cells []training.Cell
	for _, g := range names {
		for _, set := range sensors {
			cells = append(cells, training.Cell{Group: g, SensorSet: set})
		}
	}
	p := t.progress()
	out, err := training.TrainEach(ctx, s, cfg, cells, training.Options{}, func(now training.Progress) { p.show(now.Done, trainingLine(now)) })
	p.end()
	if err != nil {
		return err
	}
	if err := t.print(eachResult{out}, func(w io.Writer) { writeEach(w, out) }); err != nil {
		return err
	}
	for _, c := range out {
		if c.Failed != "" {
			return errReported
		}
	}
	return nil
}

func writeEach(w io.Writer, cells []training.CellResult) {
	rows := [][]string{{"for", "model", "accuracy, over windows", "macro-F1, over windows", "people", "windows"}}
	for _, c := range cells {
		if r := c.Result; r != nil {
			rows = append(rows, []string{setName(c.Group, c.SensorSet), r.Model, fixed(r.Accuracy, 3), fixed(r.MacroF1, 3), strconv.Itoa(len(r.Participants)), strconv.Itoa(r.Windows)})
		}
	}
	table(w, rows)
	for _, c := range cells {
		if c.Failed != "" {
			fmt.Fprintf(w, "%s: not trained: %s\n", setName(c.Group, c.SensorSet), c.Failed)
		}
	}
}

func trainingLine(p training.Progress) string {
	if p.Epoch == 0 {
		return p.Phase
	}
	line := fmt.Sprintf("%s %d/%d, epoch %d/%d, loss %.3f", p.Phase, p.Fold, p.Folds, p.Epoch, p.Epochs, p.TrainLoss)
	if !math.IsNaN(p.ValidAccuracy) {
		line += fmt.Sprintf(", validation accuracy %.3f", p.ValidAccuracy)
	}
	return line
}

func writeResult(w io.Writer, r *training.Result) {
	fmt.Fprintf(w, "model %s, run %s\n%s\n", r.Model, r.Run, r.Architecture)
	writeScores(w, r)
	rows := [][]string{{"\nfold", "held out", "windows", "accuracy", "macro-F1"}}
	for i, f := range r.Folds {
		rows = append(rows, []string{strconv.Itoa(i + 1), strings.Join(f.HeldOut, " "), strconv.Itoa(f.N), fixed(f.Accuracy, 3), fixed(f.MacroF1, 3)})
	}
	table(w, rows)
	for _, n := range r.Notes {
		fmt.Fprintf(w, "\n%s", n)
	}
	fmt.Fprintf(w, "\n%.1f s\n", r.Seconds)
}

// modelRow is one model in the result of models.
type modelRow struct {
	ID           string   `json:"id"`
	Run          string   `json:"run"`
	Name         string   `json:"name"`
	Architecture string   `json:"architecture"`
	SensorSet    []string `json:"sensor_set"`
	Scored       bool     `json:"scored"` // false: accuracy and macro_f1 are not known
	Accuracy     float64  `json:"accuracy"`
	MacroF1      float64  `json:"macro_f1"`
	Withdrawn    string   `json:"withdrawn,omitempty"` // why it must not be used any more
}

// sensorsOf reads what a model looks at from its stored description; it is empty
// for one that can't be read, which the use of the model tells.
func sensorsOf(spec []byte) []string {
	var s struct {
		Contract struct {
			SensorSet []string `json:"sensor_set"`
		} `json:"contract"`
	}
	if err := json.Unmarshal(spec, &s); err != nil || s.Contract.SensorSet == nil {
		return []string{}
	}
	return s.Contract.SensorSet
}

// judgedOn says how many windows and people a model's scores are of, and what was
// held out; dashes where the model doesn't say.
func judgedOn(m dataset.ModelRow) (windows, by, people string) {
	var r training.Result
	if err := json.Unmarshal(m.Scores, &r); err != nil || !m.Scored() || r.Windows == 0 {
		return "–", "–", "–"
	}
	return strconv.Itoa(r.Windows), r.Split, strconv.Itoa(len(r.Participants))
}

func newModels(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "models FILE",
		Short: "List the models of a study with their scores",
		Args:  words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStudy(cmd.Context(), args[0], true, func(s *dataset.Study) error {
				list, err := s.Models(cmd.Context())
				if err != nil {
					return err
				}
				result := struct {
					Models []modelRow `json:"models"`
				}{[]modelRow{}}
				rows := [][]string{{"model", "name", "run", "accuracy, over windows", "macro-F1, over windows", "windows", "judged by", "people", "sensors", "architecture", "withdrawn"}}
				withdrawn := 0
				for _, m := range list {
					sensors := sensorsOf(m.Spec)
					result.Models = append(result.Models, modelRow{m.ID, m.Run, m.Name, m.Architecture, sensors, m.Scored(), m.Accuracy, m.MacroF1, m.Withdrawn})
					accuracy, macro := "not scored here", "–"
					if m.Scored() {
						accuracy, macro = fixed(m.Accuracy, 3), fixed(m.MacroF1, 3)
					}
					windows, by, people := judgedOn(m)
					rows = append(rows, []string{m.ID, m.Name, m.Run, accuracy, macro, windows, by, people, strings.Join(sensors, " "), m.Architecture, m.Withdrawn})
					if m.Withdrawn != "" {
						withdrawn++
					}
				}
				return t.print(result, func(w io.Writer) {
					table(w, rows)
					if withdrawn > 0 {
						fmt.Fprintf(w, "%s must not be used any more: a participant it learnt from withdrew (last column)\n", counted(withdrawn, "model"))
					}
				})
			})
		},
	}
}

func signed(v float64) string { return fmt.Sprintf("%+.3f", v) }
