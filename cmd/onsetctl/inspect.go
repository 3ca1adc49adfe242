package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"onset/dataset/codec"
)

// inspectRows bounds how many rows are read to measure the rate.
const inspectRows = 100_000

// inspected is the result of inspect.
type inspected struct {
	File    string            `json:"file"`
	Columns []inspectedColumn `json:"columns"`
	Open    []string          `json:"open"`    // what must be said before the mapping reads the file
	Mapping string            `json:"mapping"` // TOML
	Clock   *inspectedClock   `json:"clock,omitempty"`
}

type inspectedColumn struct {
	Name    string  `json:"name"`
	Kind    string  `json:"kind"`
	Unit    string  `json:"unit"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	Example string  `json:"example"`
}

// inspectedClock is what the times of the first rows come to.
type inspectedClock struct {
	Rows       int     `json:"rows"`
	MeasuredHz float64 `json:"measured_hz"`
	JitterMs   float64 `json:"jitter_ms"`
	Gaps       int     `json:"gaps"`
}

func newInspect(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "inspect FILE",
		Short: "Propose a mapping for a table of numbers and say what is open",
		Long: `Look at a table of numbers and propose a mapping for import --map, as TOML; what
the file does not tell, such as units, is listed and must be filled in.`,
		Args: words(1, 1, "one file"),
		RunE: func(_ *cobra.Command, args []string) error {
			in, err := codec.Inspect(args[0])
			if err != nil {
				return err
			}
			text, err := in.Proposal.TOML()
			if err != nil {
				return err
			}
			result := inspected{File: args[0], Open: append([]string{}, in.Open...), Mapping: string(text), Clock: clockOf(in.Proposal, args[0])}
			for _, c := range in.Columns {
				result.Columns = append(result.Columns, inspectedColumn(c))
			}
			return t.print(result, func(w io.Writer) { writeInspected(w, result) })
		},
	}
}

// clockOf measures the times of a file, nil while the mapping does not say how
// to read them. Units of samples don't matter for that.
func clockOf(m codec.Mapping, path string) *inspectedClock {
	if m.Time.Column == nil {
		return nil
	}
	m.Channels = append([]codec.ChannelRule(nil), m.Channels...)
	for i := range m.Channels {
		if m.Channels[i].Unit == "" {
			m.Channels[i].Unit = "1"
		}
	}
	text, err := m.TOML()
	if err != nil {
		return nil
	}
	whole, err := codec.ParseMapping(text)
	if err != nil {
		return nil
	}
	trial, err := whole.Try(path, inspectRows)
	if err != nil {
		return nil
	}
	return &inspectedClock{trial.Rows, trial.MeasuredHz, trial.JitterMs, len(trial.Gaps)}
}

// writeInspected writes a mapping file whose comments say the rest.
func writeInspected(w io.Writer, r inspected) {
	fmt.Fprintf(w, "# A mapping for %s. Save it, fill in what is open, then: onsetctl import STUDY FILE --map IT\n", strings.ReplaceAll(r.File, "\n", " "))
	for _, c := range r.Columns {
		fmt.Fprintf(w, "# Column %q: %s, %g to %g, such as %q.\n", c.Name, c.Kind, c.Low, c.High, c.Example)
	}
	if c := r.Clock; c != nil {
		fmt.Fprintf(w, "# The first %d rows run at %.3f Hz, times %.2f ms off the even pace, %d gaps.\n", c.Rows, c.MeasuredHz, c.JitterMs, c.Gaps)
	}
	for _, o := range r.Open {
		fmt.Fprintf(w, "# Open: %s\n", strings.ReplaceAll(o, "\n", " "))
	}
	fmt.Fprintf(w, "\n%s", r.Mapping)
}
