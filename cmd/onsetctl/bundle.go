package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"onset/dataset"
	"onset/devices"
)

func newBundle(t *terminal) *cobra.Command {
	var out, models, sets, groups, formats string
	o := devices.BundleOptions{Program: program()}
	cmd := &cobra.Command{
		Use:   "bundle FILE --out DIR|NAME" + devices.BundleSuffix,
		Short: "Write models with the server that devices pull them from",
		Long: `Write models, their cards and proofs, the catalogue, the sync server's program and
its configuration, a container recipe and a systemd unit: everything a lab's IT
needs. A folder, or one file when the name ends in ` + devices.BundleSuffix + `.

Without --model it takes the best net of every sensor set, for a group one that
learnt from that group alone where there is one. --model takes several of one
sensor set as well, such as an MLP and a CNN: the first is released as f32, another
under its kind. GROUP=MODEL gives a group a model of its own.`,
		Args: words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return usagef("bundle needs --out")
			}
			o.Models, o.SensorSets, o.Groups, o.Formats = splitList(models), splitList(sets), splitList(groups), splitList(formats)
			switch o.Server {
			case "":
				var err error
				if o.Server, err = os.Executable(); err != nil {
					return fmt.Errorf("finding this program for the bundle: %w", err)
				}
			case "none":
				o.Server = ""
			}
			return withStudy(cmd.Context(), args[0], true, func(s *dataset.Study) error {
				m, err := devices.Bundle(cmd.Context(), s, out, o, nil)
				if err != nil {
					return err
				}
				return t.print(m, func(w io.Writer) {
					fmt.Fprintf(w, "Wrote %s: %d files.\n", out, len(m.Parts)+1)
					for _, n := range m.Notes {
						fmt.Fprintln(w, n)
					}
					rows := [][]string{{"release channel", "model", "folder"}}
					for _, b := range m.Models {
						rows = append(rows, []string{b.Channel, b.Model, b.Folder})
					}
					table(w, rows)
				})
			})
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "the folder or file to make")
	cmd.Flags().StringVar(&models, "model", "", "models by id or name, or GROUP=MODEL, with commas between (default: the best of each sensor set)")
	cmd.Flags().StringVar(&sets, "sensor-set", "", "only models of these sensor sets, with commas between")
	cmd.Flags().StringVar(&groups, "group", "", "a model for each of these groups, with commas between; everyone is one (default: everyone)")
	cmd.Flags().StringVar(&formats, "formats", "onnx,tflite,coreml", "formats besides the blob, with commas between")
	cmd.Flags().StringVar(&o.Server, "server", "", "the server's program (default: this program; none leaves it out)")
	return cmd
}

// checkBundle verifies a bundle for model check.
func checkBundle(t *terminal, path string) error {
	r, err := devices.CheckBundle(path)
	if err != nil {
		return fmt.Errorf("the bundle %s is refused: %w", path, err)
	}
	return t.print(r, func(w io.Writer) {
		fmt.Fprintf(w, "The bundle is whole: %d files fit their checksums, %d models prove themselves.\n", len(r.Manifest.Parts), len(r.Models))
		rows := [][]string{{"release channel", "model", "golden vectors", "classes"}}
		for i, b := range r.Manifest.Models {
			rows = append(rows, []string{b.Channel, b.Model, fmt.Sprint(r.Models[i].GoldenVectors), fmt.Sprint(len(r.Models[i].Classes))})
		}
		table(w, rows)
	})
}
