package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"onset/dataset"
	"onset/dataset/align"
)

// alignResult is the result of align.
type alignResult struct {
	Recording string             `json:"recording"`
	Alignment *dataset.Alignment `json:"alignment"` // null: back on its own clock
	DriftPPM  float64            `json:"drift_ppm"`
	Windows   int                `json:"windows,omitempty"` // of movement that the correlation rests on
}

func newAlign(t *terminal) *cobra.Command {
	var session, recording, to, rater string
	var anchors []string
	var reset bool
	cmd := &cobra.Command{
		Use:   "align FILE --session ID --recording R",
		Short: "Put one device of a session on another's time, by anchors or by movement",
		Long: `Put a recording on the session's time axis. --anchor OWN=SESSION says that OWN
seconds on the recording's own clock are SESSION seconds of the session; one
anchor shifts, two or more also stretch. --to R2 finds shift and stretch by the
correlation of movement with another recording. --reset goes back to the
recording's own clock. The change is an entry of the ledger and can be undone;
the original clock stays.`,
		Args: words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if ways := len(anchors) + btoi(to != "") + btoi(reset); session == "" || recording == "" || ways == 0 || (to != "" || reset) && ways > 1 {
				return usagef("align needs --session, --recording and one of --anchor, --to, --reset")
			}
			return withStudy(cmd.Context(), args[0], false, func(s *dataset.Study) error {
				found, err := find(cmd.Context(), s, session)
				if err != nil {
					return err
				}
				r, err := recordingOf(found, recording)
				if err != nil {
					return err
				}
				result := alignResult{Recording: string(r.ID)}
				switch {
				case len(anchors) > 0:
					result.Alignment, err = byAnchors(anchors)
				case to != "":
					result.Alignment, result.Windows, err = byMovement(cmd.Context(), s, found, r, to)
				}
				if err != nil {
					return err
				}
				if result.Alignment != nil {
					result.DriftPPM = (result.Alignment.Stretch - 1) * 1e6
				}
				edit := dataset.Edit{Session: found.ID, Rater: rater, Action: "align a recording",
					Alignments: []dataset.AlignmentChange{{Recording: r.ID, Before: r.Alignment, After: result.Alignment}}}
				if _, err := s.Apply(cmd.Context(), edit); err != nil {
					return err
				}
				return t.print(result, result.write)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&session, "session", "", "the session's id, or a beginning of it that only one has")
	f.StringVar(&recording, "recording", "", "the recording to align")
	f.StringVar(&to, "to", "", "the recording whose movement it is laid on")
	f.StringArrayVar(&anchors, "anchor", nil, "OWN=SESSION in seconds; may be repeated")
	f.BoolVar(&reset, "reset", false, "go back to the recording's own clock")
	f.StringVar(&rater, "rater", "", "who does it")
	return cmd
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (r alignResult) write(w io.Writer) {
	if r.Alignment == nil {
		fmt.Fprintf(w, "%s is on its own clock again.\n", r.Recording)
		return
	}
	fmt.Fprintf(w, "%s: shift %.4f s, drift %+.0f parts per million, residual %.1f ms\n", r.Recording, r.Alignment.ShiftS, r.DriftPPM, r.Alignment.ResidualS*1e3)
}

func recordingOf(s dataset.Session, id string) (dataset.Recording, error) {
	for _, r := range s.Recordings {
		if string(r.ID) == id {
			return r, nil
		}
	}
	return dataset.Recording{}, fmt.Errorf("session %s has no recording %q: %w", s.ID, id, dataset.ErrNotFound)
}

func byAnchors(texts []string) (*dataset.Alignment, error) {
	var anchors []align.Anchor
	for _, text := range texts {
		own, session, _ := strings.Cut(text, "=")
		a, aerr := strconv.ParseFloat(own, 64)
		b, berr := strconv.ParseFloat(session, 64)
		if aerr != nil || berr != nil {
			return nil, usagef("--anchor %q: write seconds on the recording, =, seconds of the session", text)
		}
		anchors = append(anchors, align.Anchor{Device: a, Session: b})
	}
	fit, residual, err := align.ByAnchors(anchors)
	if err != nil {
		return nil, err
	}
	return &dataset.Alignment{ShiftS: fit.Shift, Stretch: fit.Stretch, Method: "anchors", ResidualS: residual}, nil
}

func byMovement(ctx context.Context, s *dataset.Study, session dataset.Session, r dataset.Recording, to string) (*dataset.Alignment, int, error) {
	other, err := recordingOf(session, to)
	if err != nil {
		return nil, 0, err
	}
	if other.ID == r.ID {
		return nil, 0, usagef("--to names the recording itself")
	}
	a, windows, err := align.ByMovement(ctx, s, other, r, nil)
	if err != nil {
		return nil, 0, err
	}
	return &a, windows, nil
}
