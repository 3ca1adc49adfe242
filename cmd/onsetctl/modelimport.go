package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"onset/dataset"
	"onset/devices"
)

func newModelImport(t *terminal) *cobra.Command {
	var models string
	var all bool
	cmd := &cobra.Command{
		Use:   "import FILE EXPORT|BUNDLE",
		Short: "Bring exported models into a study, bit for bit",
		Long: `Bring exported models into a study with everything that they say of themselves:
exporting them again gives the same bytes, or what does not come back is named.
From an exported model's folder, a bundle's folder or a bundle in one file. A
bundle of several models needs --model, once or with commas between (an id, a name,
a release channel), or --all.`,
		Args: words(2, 2, "a study file and an exported model's folder or a bundle"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if all && models != "" {
				return usagef("import takes --model or --all, not both")
			}
			p, err := devices.OpenPackage(args[1])
			if err != nil {
				return fmt.Errorf("%s is refused: %w", args[1], err)
			}
			var chosen []int
			if all {
				for i := range p.Offers {
					chosen = append(chosen, i)
				}
			} else if chosen, err = p.Choose(splitList(models)); err != nil {
				return err
			}
			return withStudy(cmd.Context(), args[0], false, func(s *dataset.Study) error {
				r, err := p.Import(cmd.Context(), s, chosen, time.Now())
				if err != nil {
					return fmt.Errorf("%s is refused: %w", args[1], err)
				}
				var result any = r[0]
				if p.Offers[0].Folder != "" { // a bundle
					result = struct {
						Models []devices.Imported `json:"models"`
					}{r}
				}
				return t.print(result, func(w io.Writer) {
					for _, one := range r {
						writeImported(w, one)
					}
				})
			})
		},
	}
	cmd.Flags().StringVar(&models, "model", "", "of a bundle: models by id, name or release channel, with commas between")
	cmd.Flags().BoolVar(&all, "all", false, "of a bundle: all its models")
	return cmd
}

func writeImported(w io.Writer, r devices.Imported) {
	if r.Already {
		fmt.Fprintf(w, "The study holds model %s already, bit for bit the same.\n", r.Model)
	} else {
		fmt.Fprintf(w, "Model %s is in the study: %s, %d classes.\n", r.Model, r.Architecture, len(r.Classes))
	}
	for _, n := range r.Notes {
		fmt.Fprintln(w, n)
	}
}

// earlierResult is what came of an earlier model.
type earlierResult struct {
	devices.Imported
	Stored bool           `json:"stored"`
	Score  *devices.Score `json:"score,omitempty"`
	// Rivals are other readings that do as well on the session, or better.
	Rivals []devices.Alternative `json:"rivals,omitempty"`
}

func newModelEarlier(t *terminal) *cobra.Command {
	var weights, layers, labels, name, score string
	var try bool
	r := devices.Reading{}
	cmd := &cobra.Command{
		Use:   "import-earlier FILE --weights W --layers L --labels B --order O --scale S --filter F",
		Short: "Bring a model of the earlier system into a study, told how to read it",
		Long: `Bring a model of the earlier system into a study. Its three files say nothing
about their inputs, so it must be told: their order (interleaved: x0 y0 z0 x1 ...,
or channel-major: x0 x1 ... y0 ...), what samples in g are divided by, and the
filter (none, or ema:ALPHA). --name tells it from others in lists. With --score SESSION it names every window of a
labelled session of the study, which shows whether the reading is right; with
--try nothing is stored.`,
		Args: words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for flag, value := range map[string]string{"--weights": weights, "--layers": layers, "--labels": labels} {
				if value == "" {
					return usagef("import-earlier needs %s", flag)
				}
			}
			if err := r.Check(); err != nil {
				return usagef("%v", err)
			}
			var e devices.Earlier
			for _, f := range []struct {
				path string
				to   *[]byte
			}{{weights, &e.Weights}, {layers, &e.Layers}, {labels, &e.Labels}} {
				raw, err := os.ReadFile(f.path)
				if err != nil {
					return fmt.Errorf("reading an earlier model: %w", err)
				}
				*f.to = raw
			}
			m, err := devices.ReadEarlier(e, r)
			if err != nil {
				return fmt.Errorf("the earlier model %s is refused: %w", weights, err)
			}
			return withStudy(cmd.Context(), args[0], try, func(s *dataset.Study) error {
				out := earlierResult{Imported: devices.Imported{Model: m.ID, Architecture: m.Architecture(), Classes: m.Classes(), Notes: []string{}}}
				if score != "" {
					found, err := find(cmd.Context(), s, score)
					if err != nil {
						return err
					}
					const stepS = 1
					scored, err := devices.ScoreOn(cmd.Context(), s, m, found.ID, stepS)
					if err != nil {
						return err
					}
					out.Score = &scored
					if out.Rivals, err = devices.Rivals(cmd.Context(), s, e, r, scored, stepS); err != nil {
						return err
					}
				}
				if !try {
					if out.Imported, err = devices.ImportEarlier(cmd.Context(), s, m, r, out.Score, cmp.Or(name, devices.EarlierName(weights)), time.Now()); err != nil {
						return err
					}
					out.Stored = true
				}
				return t.print(out, func(w io.Writer) {
					if out.Stored {
						writeImported(w, out.Imported)
					}
					if c := out.Score; c != nil {
						fmt.Fprintf(w, "Right on %d of %d windows (%.1f%%); %d lie across an edge or can't be named.\n", c.Right, c.Windows, 100*c.Accuracy, c.Left)
						writeRivals(w, *c, out.Rivals)
					}
				})
			})
		},
	}
	cmd.Flags().StringVar(&weights, "weights", "", "float32 numbers without a header, bias first in each row")
	cmd.Flags().StringVar(&layers, "layers", "", "pairs of a size and an activation")
	cmd.Flags().StringVar(&labels, "labels", "", "one class a line, in the order of the outputs")
	cmd.Flags().StringVar(&r.Order, "order", "", "of the inputs: interleaved or channel-major (must be told)")
	cmd.Flags().Float64Var(&r.Scale, "scale", 0, "what samples in g are divided by (must be told)")
	cmd.Flags().StringVar(&r.Filter, "filter", "", "none, or ema:ALPHA (must be told)")
	cmd.Flags().Float64Var(&r.RateHz, "rate", 50, "samples a second")
	cmd.Flags().StringVar(&r.Sensor, "sensor", "any/accelerometer", "where it was worn, such as left-wrist/accelerometer; any takes whatever a session has")
	cmd.Flags().StringVar(&name, "name", "", "what the model is called in the study (default: as its weights' file, or the folder)")
	cmd.Flags().StringVar(&score, "score", "", "a session to score it on, by its id or a beginning of it")
	cmd.Flags().BoolVar(&try, "try", false, "read and score it, store nothing")
	return cmd
}

// writeRivals names the readings that a session does not tell from the one tried.
func writeRivals(w io.Writer, told devices.Score, rivals []devices.Alternative) {
	if len(rivals) == 0 {
		return
	}
	if rivals[0].Right > told.Right {
		fmt.Fprintln(w, "Other readings do better:")
	} else {
		fmt.Fprintln(w, "Other readings do as well; this session does not tell which is right:")
	}
	rows := [][]string{{"order", "divided by", "filter", "right of windows"}}
	for _, r := range rivals {
		rows = append(rows, []string{r.Reading.Order, fmt.Sprint(r.Reading.Scale), r.Reading.Filter, fmt.Sprintf("%d of %d", r.Right, r.Windows)})
	}
	table(w, rows)
}
