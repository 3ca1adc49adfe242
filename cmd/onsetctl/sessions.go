package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"onset/dataset"
	"onset/devices"
)

// sessionRow is one session in the result of sessions.
type sessionRow struct {
	ID          string   `json:"id"`
	Participant string   `json:"participant"`
	Number      int      `json:"number"`
	Start       *string  `json:"start"` // see startText
	Zone        string   `json:"zone"`
	DurationS   float64  `json:"duration_s"`
	Recordings  int      `json:"recordings"`
	Samples     int64    `json:"samples"`
	Labels      int      `json:"labels"`
	Sensors     []string `json:"sensors"`
	Format      string   `json:"format"`
	Simulated   bool     `json:"simulated"`
}

func newSessions(t *terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sessions FILE",
		Short: "List the sessions of a study, join two of them, or split one",
		Long: `List the sessions of a study; join two of them, or split one. With --json "start"
is when a session's time 0 was: in UTC ("2024-03-12T13:05:00Z") with the "zone" of
its clocks; without an offset ("2024-03-12T14:05:00") where "zone" is empty, as the
clock on the wall showed it in a zone that nobody named; null where the source has
no calendar.`,
		Args: words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStudy(cmd.Context(), args[0], true, func(s *dataset.Study) error {
				list, err := s.Sessions(cmd.Context())
				if err != nil {
					return err
				}
				result := struct {
					Sessions []sessionRow `json:"sessions"`
				}{[]sessionRow{}}
				for _, x := range list {
					result.Sessions = append(result.Sessions, sessionRow{
						ID: string(x.ID), Participant: string(x.Participant), Number: x.Number,
						Start: startText(x.Start, x.Zone), Zone: x.Zone, DurationS: x.Duration,
						Recordings: x.Recordings, Samples: x.Samples, Labels: x.Labels,
						Sensors: x.Sensors, Format: x.Format, Simulated: x.Simulated,
					})
				}
				return t.print(result, func(w io.Writer) {
					rows := [][]string{{"session", "participant", "no.", "seconds", "recordings", "labels", "sensors"}}
					for _, x := range result.Sessions {
						rows = append(rows, []string{
							x.ID, x.Participant, strconv.Itoa(x.Number), fixed(x.DurationS, 1),
							strconv.Itoa(x.Recordings), strconv.Itoa(x.Labels), strings.Join(x.Sensors, " "),
						})
					}
					table(w, rows)
				})
			})
		},
	}
	cmd.AddCommand(newSessionsJoin(t), newSessionsSplit(t))
	return cmd
}

// startText is a session's start for JSON: RFC 3339; without an offset where the
// source gave local time and nobody named its zone, so that no reader takes it for
// UTC; null when the source has no calendar clock.
func startText(t time.Time, zone string) *string {
	if t.IsZero() {
		return nil
	}
	layout := time.RFC3339Nano
	if zone == "" {
		layout = "2006-01-02T15:04:05.999999999"
	}
	text := t.Format(layout)
	return &text
}

func fixed(v float64, digits int) string { return strconv.FormatFloat(v, 'f', digits, 64) }

func newSamples(t *terminal) *cobra.Command {
	var session, recording string
	var device, onsets bool
	cmd := &cobra.Command{
		Use:   "samples FILE --session ID",
		Short: "Print the samples of a session as CSV, every value exact",
		Long: `Print the samples of a session as CSV: time_s (seconds from the session's start)
and one column per channel, in its stored unit, with as many digits as it takes
to read the same number back. Every recording is a block of its own, led by a
line that begins with "# recording".

With --device further comments say what the device program of an export
(export --formats c) reads: the site, the clocks and the beacons; with --onsets
as well where labelled sets begin, so that it decides there instead of finding
them itself.`,
		Args: words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if session == "" {
				return usagef("samples needs --session")
			}
			if t.json {
				return usagef("samples prints CSV only")
			}
			return withStudy(cmd.Context(), args[0], true, func(s *dataset.Study) error {
				found, err := find(cmd.Context(), s, session)
				if err != nil {
					return err
				}
				w := bufio.NewWriterSize(t.out, 1<<16)
				if device || onsets {
					if err := devices.WriteSamples(cmd.Context(), w, s, found, onsets); err != nil {
						return err
					}
					return flushed(w)
				}
				blocks := 0
				for _, r := range found.Recordings {
					if recording != "" && string(r.ID) != recording {
						continue
					}
					blocks++
					if err := dataset.WriteCSV(cmd.Context(), w, s, r); err != nil {
						return err
					}
				}
				if blocks == 0 && recording != "" {
					return fmt.Errorf("session %s has no recording %q: %w", found.ID, recording, dataset.ErrNotFound)
				}
				return flushed(w)
			})
		},
	}
	cmd.Flags().BoolVar(&device, "device", false, "as the device program reads it: with clocks, site and beacons")
	cmd.Flags().BoolVar(&onsets, "onsets", false, "like --device, and with where labelled sets begin")
	cmd.Flags().StringVar(&session, "session", "", "the session's id, or a beginning of it that only one has")
	cmd.Flags().StringVar(&recording, "recording", "", "only this recording")
	cmd.Flags().Bool("csv", true, "print CSV")
	return cmd
}

func flushed(w *bufio.Writer) error {
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing samples: %w", err)
	}
	return nil
}

// labelRow is one label in the result of labels list.
type labelRow struct {
	ID          string             `json:"id"`
	Session     string             `json:"session"`
	Recording   string             `json:"recording"`
	Set         string             `json:"set"`
	StartS      float64            `json:"start_s"`
	EndS        float64            `json:"end_s"`
	LengthS     float64            `json:"length_s"` // recorded between, by samples
	StartSample int64              `json:"start_sample"`
	EndSample   int64              `json:"end_sample"`
	Exercise    string             `json:"exercise"`
	Kind        string             `json:"kind"`
	Rater       string             `json:"rater"`
	Origin      string             `json:"origin"`
	Confidence  float64            `json:"confidence"`
	Attributes  dataset.Attributes `json:"attributes"`
}

func newLabels(t *terminal) *cobra.Command {
	return group("labels", "List labels; exchange them with other programs", newLabelsList(t), newLabelsExport(t), newLabelsImport(t))
}

func newLabelsList(t *terminal) *cobra.Command {
	var session, set, kind string
	cmd := &cobra.Command{
		Use:   "list FILE",
		Short: "List labels by session and start",
		Args:  words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStudy(cmd.Context(), args[0], true, func(s *dataset.Study) error {
				rows, err := listLabels(cmd.Context(), s, session, set, kind)
				if err != nil {
					return err
				}
				result := struct {
					Labels []labelRow `json:"labels"`
				}{rows}
				return t.print(result, func(w io.Writer) {
					lines := [][]string{{"session", "start", "end", "seconds", "kind", "exercise", "rater"}}
					for _, l := range rows {
						lines = append(lines, []string{l.Session, fixed(l.StartS, 3), fixed(l.EndS, 3), fixed(l.LengthS, 3), l.Kind, l.Exercise, l.Rater})
					}
					table(w, lines)
				})
			})
		},
	}
	cmd.Flags().StringVar(&session, "session", "", "only this session")
	cmd.Flags().StringVar(&set, "set", "", "only this label set")
	cmd.Flags().StringVar(&kind, "kind", "", "only this kind: exercise, setup, rest or point")
	return cmd
}

func listLabels(ctx context.Context, s *dataset.Study, session, set, kind string) ([]labelRow, error) {
	filter := dataset.LabelFilter{Set: set, Kind: kind}
	if session != "" {
		found, err := find(ctx, s, session)
		if err != nil {
			return nil, err
		}
		filter.Session = found.ID
	}
	labels, err := s.Labels(ctx, filter)
	if err != nil {
		return nil, err
	}
	rows := []labelRow{}
	clocks := make(map[dataset.RecordingID]dataset.Clock)
	for _, l := range labels {
		if _, ok := clocks[l.Recording]; !ok {
			found, err := s.Session(ctx, l.Session)
			if err != nil {
				return nil, err
			}
			for _, r := range found.Recordings {
				clocks[r.ID] = r.Clock
			}
		}
		c := clocks[l.Recording]
		start, end := c.Span(l.Start, l.End)
		rows = append(rows, labelRow{
			ID: string(l.ID), Session: string(l.Session), Recording: string(l.Recording), Set: l.Set,
			StartS: start, EndS: end, LengthS: c.Recorded(l.Start, l.End), StartSample: l.Start, EndSample: l.End,
			Exercise: l.Exercise, Kind: l.Kind, Rater: l.Rater, Origin: l.Origin,
			Confidence: l.Confidence, Attributes: l.Attributes,
		})
	}
	return rows, nil
}
