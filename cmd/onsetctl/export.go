package main

import (
	"context"
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
	var model, out, formats, leaveOut, tables string
	var preview bool
	var o devices.Options
	var k keyFlags
	cmd := &cobra.Command{
		Use:   "export FILE --model M --out DIR",
		Short: "Export a model as a folder that proves itself",
		Long: `Export a model as a folder that proves itself: weights, contract, what a device
must know to find and name a set, a card, checksums and golden vectors.

Other formats are added with --formats. f16 and int8 are smaller forms of the
weights; each is written only when it costs no more than the gate allows on the
people that the training held out. A model that was brought in leaves with the
tables that it came with, byte for byte, unless --tables study has them learnt anew
from this study's sessions. --preview says how large everything would be
and what each form costs, and writes nothing.`,
		Args: words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if model == "" || out == "" && !preview {
				return usagef("export needs --model and --out")
			}
			if tables != "" && tables != "own" && tables != "study" {
				return usagef("--tables takes own or study, not %q", tables)
			}
			o.Formats, o.Program, o.Relearn = splitList(formats), program(), tables == "study"
			for _, id := range splitList(leaveOut) {
				o.LeaveOut = append(o.LeaveOut, dataset.SessionID(id))
			}
			return withStudy(cmd.Context(), args[0], true, func(s *dataset.Study) error {
				if preview {
					return previewExport(cmd.Context(), t, s, model)
				}
				for i, id := range o.LeaveOut {
					found, err := find(cmd.Context(), s, string(id))
					if err != nil {
						return err
					}
					o.LeaveOut[i] = found.ID
				}
				r, err := devices.Export(cmd.Context(), s, model, out, o)
				if err == nil {
					err = k.clear(cmd.Context(), out)
				}
				if err != nil {
					return err
				}
				return t.print(r, func(w io.Writer) { writeExport(w, r) })
			})
		},
	}
	cmd.Flags().StringVar(&model, "model", "", "the model's id, a beginning of it that only one has, or its name")
	k.add(cmd)
	cmd.Flags().StringVar(&out, "out", "", "the folder to make")
	cmd.Flags().StringVar(&formats, "formats", devices.FormatBlob, "formats to write, with commas between: "+strings.Join(devices.Formats(), ", "))
	cmd.Flags().StringVar(&o.Group, "group", "", "the group whose order of exercises the device knows besides everyone's")
	cmd.Flags().StringVar(&leaveOut, "leave-out", "", "sessions that the device's tables must not learn from, with commas between")
	cmd.Flags().StringVar(&tables, "tables", "", "of a model that was brought in: own, those that it came with (the default), or study, learnt anew")
	cmd.Flags().BoolVar(&preview, "preview", false, "say how large everything would be and write nothing")
	return cmd
}

func writeExport(w io.Writer, r devices.Report) {
	fmt.Fprintf(w, "Wrote model %s to %s: %d parameters, %d multiply-adds a window, %d golden vectors.\n",
		r.Model, r.Directory, r.Parameters, r.MultiplyAdds, r.GoldenVectors)
	for _, n := range r.Notes {
		fmt.Fprintln(w, n)
	}
	rows := [][]string{{"file", "bytes", "SHA-256"}}
	for _, f := range r.Files {
		rows = append(rows, []string{f.Name, fmt.Sprint(f.Bytes), f.SHA256})
	}
	table(w, rows)
}

func previewExport(ctx context.Context, t *terminal, s *dataset.Study, model string) error {
	row, err := s.Model(ctx, model)
	if err != nil {
		return err
	}
	p, err := devices.PreviewOf(row)
	if err != nil {
		return err
	}
	return t.print(p, func(w io.Writer) {
		fmt.Fprintf(w, "Model %s, %s: %d parameters, %d multiply-adds a window. %s\n", p.Model, p.Architecture, p.Parameters, p.MultiplyAdds, p.Refused)
		rows := [][]string{{"form", "bytes", "accuracy", "macro-F1", "changed", "windows", "gate"}}
		for _, v := range p.Variants {
			gate := "passed"
			if !v.Measured {
				gate = "not measured"
			} else if !v.Passed {
				gate = "refused"
			}
			rows = append(rows, []string{string(v.Name), fmt.Sprint(v.Bytes), fixed(v.Accuracy, 3), fixed(v.MacroF1, 3), fixed(100*v.Changed, 1) + "%", fmt.Sprint(v.Windows), gate})
		}
		table(w, rows)
	})
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
	return group("model", "Check exported models, load them and those of the earlier system", newModelCheck(t), newModelImport(t), newModelEarlier(t))
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
		Short: "Verify an exported model or a bundle: checksums, contract, golden vectors bit for bit",
		Args:  words(1, 1, "the folder of an exported model, or a bundle"),
		RunE: func(_ *cobra.Command, args []string) error {
			if devices.IsBundle(args[0]) {
				return checkBundle(t, args[0])
			}
			r, err := devices.Check(args[0])
			if err != nil {
				err = fmt.Errorf("the exported model in %s is refused: %w", args[0], err)
				if !t.json {
					return err
				}
				return errors.Join(err, t.print(damagedModel{CheckReport: r, Problems: []string{app.Explain(err).String()}}, nil))
			}
			return t.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "Model %s proves itself: the contract holds, all %d checksums fit and %d golden vectors give all %d layers bit for bit.\n",
					r.Model, r.Parts, r.GoldenVectors, r.GoldenLayers)
				table(w, [][]string{
					{"architecture", r.Architecture}, {"parameters", fmt.Sprint(r.Parameters)},
					{"multiply-adds", fmt.Sprint(r.MultiplyAdds)}, {"classes", strings.Join(r.Classes, ", ")},
					{"sensors", strings.Join(r.Contract.SensorSet, ", ")},
					{"window", fmt.Sprintf("%g s at %g Hz", r.Contract.WindowS, r.Contract.RateHz)},
				})
				rows := [][]string{{"golden vector", "a device would say", "p"}}
				for _, c := range r.Computed {
					rows = append(rows, []string{fmt.Sprint(c.Vector), c.Class, fixed(c.P, 4)})
				}
				fmt.Fprintln(w)
				table(w, rows)
			})
		},
	}
}
