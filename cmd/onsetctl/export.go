package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"onset/app"
	"onset/dataset"
	"onset/devices"
)

func newExport(t *terminal) *cobra.Command {
	var model, out, formats string
	cmd := &cobra.Command{
		Use:   "export FILE --model M --out DIR",
		Short: "Export a model as a folder that proves itself",
		Args:  words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if model == "" || out == "" {
				return usagef("export needs --model and --out")
			}
			return withStudy(cmd.Context(), args[0], true, func(s *dataset.Study) error {
				r, err := devices.Export(cmd.Context(), s, model, out, program(), splitList(formats))
				if err != nil {
					return err
				}
				return t.print(r, func(w io.Writer) {
					fmt.Fprintf(w, "Wrote model %s to %s: %d parameters, %d golden vectors.\n", r.Model, r.Directory, r.Parameters, r.GoldenVectors)
					rows := [][]string{{"file", "bytes", "SHA-256"}}
					for _, f := range r.Files {
						rows = append(rows, []string{f.Name, fmt.Sprint(f.Bytes), f.SHA256})
					}
					table(w, rows)
				})
			})
		},
	}
	cmd.Flags().StringVar(&model, "model", "", "the model's id, or a beginning of it that only one has")
	cmd.Flags().StringVar(&out, "out", "", "the folder to make")
	cmd.Flags().StringVar(&formats, "formats", devices.FormatBlob, "formats to write, with commas between: "+strings.Join(devices.Formats(), ", "))
	return cmd
}

// splitList reads names with commas between them.
func splitList(text string) []string {
	var names []string
	for _, n := range strings.Split(text, ",") {
		if n = strings.TrimSpace(n); n != "" {
			names = append(names, n)
		}
	}
	return names
}

func newModel(t *terminal) *cobra.Command {
	return group("model", "Look at exported models", newModelCheck(t))
}

// damagedModel is the result of checking a model that does not prove itself;
// the fields of the report are empty where the check did not get to them.
type damagedModel struct {
	devices.CheckReport
	Problems []string `json:"problems"`
}

func newModelCheck(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "check DIR",
		Short: "Verify an exported model: checksums, contract, golden vectors bit for bit",
		Args:  words(1, 1, "the folder of an exported model"),
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := devices.Check(args[0])
			if err != nil {
				err = fmt.Errorf("the exported model in %s is refused: %w", args[0], err)
				if !t.json {
					return err
				}
				return errors.Join(err, t.print(damagedModel{CheckReport: r, Problems: []string{app.Explain(err).String()}}, nil))
			}
			return t.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "Model %s proves itself: every checksum fits and %d golden vectors give all %d layers bit for bit.\n",
					r.Model, r.GoldenVectors, r.GoldenLayers)
				table(w, [][]string{
					{"architecture", r.Architecture}, {"parameters", fmt.Sprint(r.Parameters)},
					{"multiply-adds", fmt.Sprint(r.MultiplyAdds)}, {"classes", strings.Join(r.Classes, ", ")},
					{"sensors", strings.Join(r.Contract.SensorSet, ", ")},
					{"window", fmt.Sprintf("%g s at %g Hz", r.Contract.WindowS, r.Contract.RateHz)},
				})
			})
		},
	}
}
