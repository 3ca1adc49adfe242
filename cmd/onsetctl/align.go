package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"onset/app"
	"onset/dataset"
	"onset/dataset/align"
)

// alignResult is the result of align.
type alignResult struct {
	Recording string             `json:"recording"`
	Alignment *dataset.Alignment `json:"alignment"` // null: back on its own clock
	DriftPPM  float64            `json:"drift_ppm"`
	// ResidualMS is, of anchors, the root mean square of what shift and stretch
	// leave unexplained; of movement, how uncertain the place of the recording's
	// first or last sample is (one standard error). Null when nothing could disagree:
	// fewer than three of them.
	ResidualMS *float64 `json:"residual_ms"`
	Windows    int      `json:"windows,omitempty"` // stretches of movement that agreed on the answer
	Anchors    int      `json:"anchors,omitempty"`
	Undone     string   `json:"undone,omitempty"` // the action that was taken back
}

func newAlign(t *terminal) *cobra.Command {
	var session, recording, to, rater string
	var anchors []string
	var reset, undo, yes bool
	cmd := &cobra.Command{
		Use:   "align FILE --session ID --recording R",
		Short: "Put one device of a session on another's time, by anchors or by movement",
		Long: `Put a recording on the session's time axis. --anchor OWN=SESSION says that OWN
seconds on the recording's own clock are SESSION seconds of the session; one
anchor shifts, two or more also stretch. --to R2 finds shift and stretch by the
correlation of movement with another recording. --reset goes back to the
recording's own clock, --undo (without --recording) takes back the rater's last
change of the session, when that was an alignment. Each is an entry of the ledger;
the original clock stays.

An alignment that looks like a slip is asked about on a terminal and refused
elsewhere, unless --yes: a clock that would run more than 1000 parts per million
off, or a device that would have no moment in common with the others.`,
		Args: words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if ways := len(anchors) + btoi(to != "") + btoi(reset) + btoi(undo); session == "" || (recording == "") != undo || ways == 0 || (to != "" || reset || undo) && ways > 1 {
				return usagef("align needs --session and --undo, or --session, --recording and one of --anchor, --to, --reset")
			}
			return withStudy(cmd.Context(), args[0], false, func(s *dataset.Study) error {
				found, err := find(cmd.Context(), s, session)
				if err != nil {
					return err
				}
				if undo {
					result, err := undoAlignment(cmd.Context(), s, found.ID, rater)
					if err != nil {
						return err
					}
					return t.print(result, result.write)
				}
				r, err := recordingOf(found, recording)
				if err != nil {
					return err
				}
				result := alignResult{Recording: string(r.ID), Anchors: len(anchors)}
				switch {
				case len(anchors) > 0:
					result.Alignment, err = byAnchors(anchors)
				case to != "":
					result.Alignment, result.Windows, err = byMovement(cmd.Context(), s, found, r, to)
				}
				if err != nil {
					return err
				}
				result.measure()
				edit := dataset.Edit{Session: found.ID, Rater: rater, Action: app.AlignAction, Meant: yes,
					Alignments: []dataset.AlignmentChange{{Recording: r.ID, Before: r.Alignment, After: result.Alignment}}}
				_, err = s.Apply(cmd.Context(), edit)
				if doubt, ok := errors.AsType[*dataset.DoubtfulError](err); ok {
					if !t.agrees(doubt.Error()) {
						return fmt.Errorf("%w. Look at the seconds of the anchors; --yes aligns all the same", err)
					}
					edit.Meant = true
					_, err = s.Apply(cmd.Context(), edit)
				}
				if err != nil {
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
	f.BoolVar(&undo, "undo", false, "take back the rater's last alignment in the session")
	f.BoolVar(&reset, "reset", false, "go back to the recording's own clock")
	f.BoolVar(&yes, "yes", false, "align also where that looks like a slip")
	f.StringVar(&rater, "rater", "", "who does it")
	return cmd
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// measure fills in what follows from the alignment.
func (r *alignResult) measure() {
	if r.Alignment == nil {
		return
	}
	r.DriftPPM = (r.Alignment.Stretch - 1) * 1e6
	// Of one that an undo brought back only the alignment tells how well it fitted.
	if r.Anchors > 2 || r.Windows > 2 || r.Undone != "" && r.Alignment.ResidualS > 0 {
		ms := r.Alignment.ResidualS * 1e3
		r.ResidualMS = &ms
	}
}

func (r alignResult) write(w io.Writer) {
	if r.Undone != "" {
		fmt.Fprintf(w, "Taken back: %s.\n", r.Undone)
	}
	if r.Alignment == nil {
		fmt.Fprintf(w, "%s is on its own clock again.\n", r.Recording)
		return
	}
	fmt.Fprintf(w, "%s: shift %.4f s, drift %+.0f parts per million", r.Recording, r.Alignment.ShiftS, r.DriftPPM)
	switch {
	case r.Windows > 2:
		fmt.Fprintf(w, ", uncertain by %.1f ms (the scatter of %d stretches of movement and the time between samples)\n", *r.ResidualMS, r.Windows)
	case r.Anchors > 2:
		fmt.Fprintf(w, ", residual %.1f ms over %d anchors\n", *r.ResidualMS, r.Anchors)
	case r.Anchors > 0:
		fmt.Fprintf(w, "; no residual: one or two anchors always agree, a third would check them\n")
	case r.Undone != "" && r.ResidualMS != nil:
		fmt.Fprintf(w, ", residual %.1f ms, as before\n", *r.ResidualMS)
	case r.Undone != "":
		fmt.Fprintf(w, ", as before\n")
	default:
		fmt.Fprintf(w, "; no drift, and how uncertain it is can't be said: too few minutes of movement that both share\n")
	}
}

// undoAlignment takes back a rater's last edit of a session, unless that is
// about labels.
func undoAlignment(ctx context.Context, s *dataset.Study, session dataset.SessionID, rater string) (alignResult, error) {
	last, _, err := s.CanUndo(ctx, session, rater)
	if err != nil {
		return alignResult{}, err
	}
	if last != app.AlignAction {
		if last == "" {
			return alignResult{}, fmt.Errorf("%q has changed nothing in this session that could be taken back (--rater says who)", rater)
		}
		return alignResult{}, fmt.Errorf("the last change of %q in this session is %q, not an alignment; nothing was taken back. --reset puts a recording back on its own clock", rater, last)
	}
	edit, err := s.Undo(ctx, session, rater)
	if err != nil {
		return alignResult{}, err
	}
	r := alignResult{Undone: edit.Action}
	for _, c := range edit.Alignments {
		r.Recording, r.Alignment = string(c.Recording), c.After
	}
	r.measure()
	return r, nil
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
