package devices

import (
	"bufio"
	"context"
	"fmt"
	"strconv"

	"onset/dataset"
	"onset/replay"
)

// WriteSamples prints a session as the device program reads it: its samples, and
// as comments what it needs besides them: where the session is, each recording's
// clock, beacons, and with onsets where labelled sets begin.
func WriteSamples(ctx context.Context, w *bufio.Writer, s *dataset.Study, session dataset.Session, onsets bool) error {
	exact := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	fmt.Fprintf(w, "# session site=%q\n", session.Site)
	for _, e := range session.Events {
		if e.Kind == "beacon" || e.Kind == "beacon-lost" {
			fmt.Fprintf(w, "# event at_s=%s kind=%s value=%s name=%q\n", exact(e.AtS), e.Kind, exact(e.Value), e.Name)
		}
	}
	for _, r := range session.Recordings {
		if err := dataset.WriteCSV(ctx, w, s, r); err != nil {
			return err
		}
		for _, seg := range r.Clock.Segments {
			if seg.First < r.Samples {
				fmt.Fprintf(w, "# clock first=%d start_s=%s rate_hz=%s\n", seg.First, exact(seg.Start), exact(seg.Rate))
			}
		}
	}
	if !onsets {
		return nil
	}
	cues, err := replay.Cues(ctx, s, session.ID, replay.Options{})
	if err != nil {
		return err
	}
	for _, c := range cues {
		fmt.Fprintf(w, "# onset at_s=%s recording=%s sample=%s\n", exact(c.AtS), c.Recording, exact(c.Sample))
	}
	return nil
}
