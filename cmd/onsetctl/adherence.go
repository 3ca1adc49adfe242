package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"onset/dataset"
	"onset/replay/adherence"
)

// adherenceRow is what a rule found in one session.
type adherenceRow struct {
	Session     string          `json:"session"`
	Participant string          `json:"participant"`
	Kept        bool            `json:"kept"`
	Violations  []violationTime `json:"violations"`
}

type violationTime struct {
	AtS     float64 `json:"at_s"`
	Message string  `json:"message"`
}

func newAdherence(t *terminal) *cobra.Command {
	var rule, session, set string
	var step float64
	cmd := &cobra.Command{
		Use:   "adherence FILE --rule RULE",
		Short: "Check the labels of sessions against a protocol's rule",
		Long: `Check the labels of sessions against a rule of linear temporal logic with bounds
in seconds; exit code 1 when a session breaks it. A rule that no session could
keep, or that every session keeps, is refused before it runs.

  G f  always     F f  eventually     G[0,30] f  for 30 s     F[0,90] f  within 90 s
  a U b  a until b     X f  next     N f  next, if there is one     ! & | ->

Names are exercises by their id or its last part, "rest", and "exercise" for any
exercise that the rule does not name. For example, after every biceps curl a
rest of at least 30 s follows within 90 s:

  G ((biceps-curl & X !biceps-curl) -> X F[0,90] G[0,30] rest)

Stretches without a label count as rest only where a label of kind rest says so.`,
		Args: words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if rule == "" {
				return usagef("adherence needs --rule")
			}
			f, err := adherence.Parse(rule, step)
			if err != nil {
				return usagef("%v", err)
			}
			compiled, err := adherence.Compile(f, step)
			if err != nil {
				return fmt.Errorf("the rule cannot be used: %w", err)
			}
			return withStudy(cmd.Context(), args[0], true, func(s *dataset.Study) error {
				rows, err := checkSessions(cmd.Context(), s, compiled, session, set)
				if err != nil {
					return err
				}
				return t.printAdherence(rows)
			})
		},
	}
	cmd.Flags().StringVar(&rule, "rule", "", "the rule")
	cmd.Flags().StringVar(&session, "session", "", "only this session")
	cmd.Flags().StringVar(&set, "set", "", "only labels of this set")
	cmd.Flags().Float64Var(&step, "step", 1, "the length of a step in seconds")
	return cmd
}

func checkSessions(ctx context.Context, s *dataset.Study, rule *adherence.Rule, session, set string) ([]adherenceRow, error) {
	sessions, err := s.Sessions(ctx)
	if err != nil {
		return nil, err
	}
	if session != "" {
		found, err := find(ctx, s, session)
		if err != nil {
			return nil, err
		}
		session = string(found.ID)
	}
	rows := []adherenceRow{}
	for _, x := range sessions {
		if session != "" && string(x.ID) != session {
			continue
		}
		labels, err := listLabels(ctx, s, string(x.ID), set, "")
		if err != nil {
			return nil, err
		}
		var done []adherence.Activity
		for _, l := range labels {
			switch l.Kind {
			case dataset.KindExercise:
				done = append(done, adherence.Activity{StartS: l.StartS, EndS: l.EndS, Name: l.Exercise})
			case dataset.KindRest:
				done = append(done, adherence.Activity{StartS: l.StartS, EndS: l.EndS, Name: "rest"})
			}
		}
		whole, err := s.Session(ctx, x.ID)
		if err != nil {
			return nil, err
		}
		kept, found, err := rule.Check(done, whole.Duration())
		if err != nil {
			return nil, fmt.Errorf("session %s: %w", x.ID, err)
		}
		row := adherenceRow{Session: string(x.ID), Participant: string(x.Participant), Kept: kept, Violations: []violationTime{}}
		for _, v := range found {
			row.Violations = append(row.Violations, violationTime{v.AtS, v.Message})
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (t *terminal) printAdherence(rows []adherenceRow) error {
	result := struct {
		Sessions []adherenceRow `json:"sessions"`
		Kept     int            `json:"kept"`
		N        int            `json:"n"`
	}{Sessions: rows, N: len(rows)}
	for _, r := range rows {
		if r.Kept {
			result.Kept++
		}
	}
	err := t.print(result, func(w io.Writer) {
		lines := [][]string{{"session", "participant", "kept", "broken at"}}
		for _, r := range rows {
			var at []string
			for _, v := range r.Violations {
				at = append(at, fixed(v.AtS, 1)+" s")
			}
			lines = append(lines, []string{r.Session, r.Participant, map[bool]string{true: "yes", false: "no"}[r.Kept], strings.Join(at, ", ")})
		}
		table(w, lines)
		fmt.Fprintf(w, "%d of %d sessions keep the rule\n", result.Kept, result.N)
	})
	if err == nil && result.Kept < result.N {
		return errReported
	}
	return err
}
