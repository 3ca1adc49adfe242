package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"onset/dataset"
	"onset/dataset/bids"
)

func newBIDS(t *terminal) *cobra.Command {
	var set string
	var sessions []string
	var dates bool
	var k keyFlags
	cmd := &cobra.Command{
		Use:   "bids FILE FOLDER",
		Short: "Write sessions in the BIDS-Motion layout into a new folder",
		Long: `Write sessions, their samples with every digit, and their labels in the
BIDS-Motion layout. Times count from each session's start; calendar dates are
written only with --dates.`,
		Args: words(2, 2, "a study file and the folder to make"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStudy(cmd.Context(), args[0], true, func(s *dataset.Study) error {
				o := bids.Options{Set: set, Dates: dates, Program: program()}
				for _, id := range sessions {
					found, err := find(cmd.Context(), s, id)
					if err != nil {
						return err
					}
					o.Sessions = append(o.Sessions, found.ID)
				}
				p := t.progress()
				o.Progress = func(done, total int) { p.show(share(int64(done), int64(total)), "writing sessions") }
				n, err := bids.Export(cmd.Context(), s, args[1], o)
				p.end()
				if err == nil {
					err = k.clear(cmd.Context(), args[1])
				}
				if err != nil {
					return err
				}
				return t.print(map[string]any{"folder": args[1], "sessions": n}, func(w io.Writer) {
					fmt.Fprintf(w, "Wrote %d sessions to %s.\n", n, args[1])
				})
			})
		},
	}
	cmd.Flags().StringSliceVar(&sessions, "session", nil, "only this session; may be repeated")
	cmd.Flags().StringVar(&set, "set", "", "the label set that becomes events (default: all)")
	k.add(cmd)
	cmd.Flags().BoolVar(&dates, "dates", false, "write calendar dates")
	return cmd
}
