package main

import (
	"cmp"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"onset/dataset"
)

// joinResult is the result of sessions join.
type joinResult struct {
	Session     string   `json:"session"` // the joined one
	From        string   `json:"from"`    // which is gone
	Participant string   `json:"participant"`
	Start       *string  `json:"start"`
	Dated       bool     `json:"dated"`        // false: a source gives no start, so both begin at 0
	IntoShiftS  float64  `json:"into_shift_s"` // added to the times of each
	FromShiftS  float64  `json:"from_shift_s"`
	OverlapS    float64  `json:"overlap_s"` // negative: so long lies between them
	Recordings  []string `json:"recordings"`
	Labels      int      `json:"labels"`
	Doubled     int      `json:"doubled_labels"` // of these, say what the other device's say at the same time
	Events      int      `json:"events"`
	Findings    int      `json:"findings"`
	DryRun      bool     `json:"dry_run"`
}

func newSessionsJoin(t *terminal) *cobra.Command {
	var rater string
	var force, dry bool
	cmd := &cobra.Command{
		Use:   "join FILE INTO FROM",
		Short: "Join a session of another device, recorded at the same time, into one session",
		Long: `Move the recordings of session FROM with their labels, events and findings into
session INTO of the same participant; FROM is then gone. Every sample keeps its
moment when both have a start; otherwise both begin at 0 and a finding says so:
align the devices then (onsetctl align). Sessions that were not recorded at the
same time are refused unless --force. sessions split is the way back. Undo does
not go behind a join.`,
		Args: words(3, 3, "a study file and two sessions"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStudy(cmd.Context(), args[0], dry, func(s *dataset.Study) error {
				into, err := find(cmd.Context(), s, args[1])
				if err != nil {
					return err
				}
				from, err := find(cmd.Context(), s, args[2])
				if err != nil {
					return err
				}
				join := func() (dataset.Joining, error) {
					return s.JoinSessions(cmd.Context(), into.ID, from.ID, force, rater)
				}
				if dry {
					join = func() (dataset.Joining, error) { return s.JoiningOf(cmd.Context(), into.ID, from.ID) }
				}
				j, err := join()
				if err != nil {
					return err
				}
				r := joinResult{Session: string(j.Into), From: string(j.From), Participant: string(j.Participant), Start: startText(j.Start, cmp.Or(into.Zone, from.Zone)), Dated: j.Dated,
					IntoShiftS: j.IntoShiftS, FromShiftS: j.FromShiftS, OverlapS: j.OverlapS, Labels: j.Labels, Doubled: j.Doubled, Events: j.Events, Findings: j.Findings, DryRun: dry}
				for _, id := range j.Recordings {
					r.Recordings = append(r.Recordings, string(id))
				}
				return t.print(r, func(w io.Writer) { r.write(w, j) })
			})
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "also when they were not recorded at the same time")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say what would move and change nothing")
	cmd.Flags().StringVar(&rater, "rater", "", "who does it")
	return cmd
}

func (r joinResult) write(w io.Writer, j dataset.Joining) {
	did := "joined into"
	if r.DryRun {
		did = "would be joined into"
	}
	fmt.Fprintf(w, "Session %d of %s %s session %d (%s): %d recordings, %d labels, %d events, %d findings.\n",
		j.FromNumber, j.Participant, did, j.IntoNumber, r.Session, len(r.Recordings), r.Labels, r.Events, r.Findings)
	switch why := j.Apart(); {
	case !j.Dated:
		fmt.Fprintln(w, "A source gives no start: both begin at 0. Align the devices before times are compared.")
	case why != "":
		fmt.Fprintf(w, "Not at the same time: %s. Every sample keeps its moment.\n", why)
	default:
		fmt.Fprintf(w, "Both were recorded for %.1f s; every sample keeps its moment.\n", j.OverlapS)
	}
	if twice := j.Twice(); twice != "" {
		fmt.Fprintf(w, "%s\n", twice)
	}
	if j.Wall {
		fmt.Fprintln(w, "One source names no time zone: that of the other is taken for both.")
	}
}

func newSessionsSplit(t *terminal) *cobra.Command {
	var rater string
	cmd := &cobra.Command{
		Use:   "split FILE SESSION RECORDING",
		Short: "Take a recording out of a session into one of its own",
		Long: `Take a recording with its labels, findings and alignment out of a session of
several into a session of its own. Every sample keeps its moment. A recording that
sessions join brought gets back what its source said of it.`,
		Args: words(3, 3, "a study file, a session and a recording"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStudy(cmd.Context(), args[0], false, func(s *dataset.Study) error {
				v, err := find(cmd.Context(), s, args[1])
				if err != nil {
					return err
				}
				r, err := recordingOf(v, args[2])
				if err != nil {
					return err
				}
				own, err := s.SplitRecording(cmd.Context(), v.ID, r.ID, rater)
				if err != nil {
					return err
				}
				result := struct {
					Session   string `json:"session"` // the new one
					From      string `json:"from"`
					Recording string `json:"recording"`
				}{string(own), string(v.ID), string(r.ID)}
				return t.print(result, func(w io.Writer) {
					fmt.Fprintf(w, "%s is now session %s.\n", result.Recording, result.Session)
				})
			})
		},
	}
	cmd.Flags().StringVar(&rater, "rater", "", "who does it")
	return cmd
}
