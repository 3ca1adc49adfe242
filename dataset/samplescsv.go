package dataset

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// SampleReader reads samples of a channel; *Study is one.
type SampleReader interface {
	ReadSamples(ctx context.Context, channel ChannelID, first int64, dst []float64) (int, error)
}

// csvAtOnce is how many samples of each channel WriteCSV holds in memory.
const csvAtOnce = 1 << 14

// WriteCSV writes a recording's samples: a line that begins with "# recording",
// a header, then time_s (seconds from the session's start) and one column per
// channel in its stored unit, with as many digits as it takes to read the same
// number back. w should be buffered.
func WriteCSV(ctx context.Context, w io.Writer, s SampleReader, r Recording) error {
	units := make([]string, len(r.Channels))
	header := "time_s"
	for i, c := range r.Channels {
		units[i] = c.Unit
		header += "," + csvColumn(r.Channels, i)
	}
	if _, err := fmt.Fprintf(w, "# recording %s device=%q placement=%s samples=%d nominal_hz=%g measured_hz=%g units=%s\n%s\n",
		r.ID, r.Device, r.Placement, r.Samples, r.NominalHz, r.MeasuredHz, strings.Join(units, ","), header); err != nil {
		return fmt.Errorf("writing samples: %w", err)
	}
	values := make([][]float64, len(r.Channels))
	for i := range values {
		values[i] = make([]float64, csvAtOnce)
	}
	var line []byte
	for first := int64(0); first < r.Samples; {
		n := int(min(csvAtOnce, r.Samples-first))
		for i, c := range r.Channels {
			got, err := s.ReadSamples(ctx, c.ID, first, values[i][:n])
			if err == nil && got < n {
				err = ErrCorrupt
			}
			if err != nil {
				return fmt.Errorf("reading samples %d to %d of recording %s: %w", first, first+int64(n), r.ID, err)
			}
		}
		for k := range n {
			line = strconv.AppendFloat(line[:0], r.Clock.Time(first+int64(k)), 'g', -1, 64)
			for i := range values {
				line = append(line, ',')
				line = strconv.AppendFloat(line, values[i][k], 'g', -1, 64)
			}
			line = append(line, '\n')
			if _, err := w.Write(line); err != nil {
				return fmt.Errorf("writing samples: %w", err)
			}
		}
		first += int64(n)
	}
	return nil
}

// csvColumn is kind_axis; a number tells channels of the same name apart.
func csvColumn(channels []Channel, i int) string {
	name := func(c Channel) string {
		if c.Axis == "" {
			return c.Kind
		}
		return c.Kind + "_" + c.Axis
	}
	own, before := name(channels[i]), 0
	for _, c := range channels[:i] {
		if name(c) == own {
			before++
		}
	}
	if before > 0 {
		return fmt.Sprintf("%s_%d", own, before+1)
	}
	return own
}
