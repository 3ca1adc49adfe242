package replay

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"onset/dataset"
	"onset/training"
)

// Line is a decision as a device prints it: one JSON object a line.
type Line struct {
	AtS     float64      `json:"at_s"`
	OnsetS  float64      `json:"onset_s"`
	OnsetSD float64      `json:"onset_sd"`
	Fused   string       `json:"fused"` // empty when it abstained
	P       float64      `json:"p"`
	Margin  float64      `json:"margin"`
	Sensor  Distribution `json:"sensor"`
	Markov  Distribution `json:"markov"`
	Place   Distribution `json:"place"`
	Memory  Distribution `json:"memory"`
	Whole   Distribution `json:"fused_distribution"`
	Missing string       `json:"sensor_missing,omitempty"`
}

// TakenBack says that a set turned out to be none.
type TakenBack struct {
	AtS       float64 `json:"at_s"`
	OnsetS    float64 `json:"onset_s"`
	TakenBack bool    `json:"taken_back"`
}

// WriteLines prints the decisions as a device does, in the order of time.
func (r *Result) WriteLines(w io.Writer) error {
	type line struct {
		at   float64
		what any
	}
	var lines []line
	for _, d := range r.Decisions {
		lines = append(lines, line{d.AtS, Line{AtS: d.AtS, OnsetS: d.OnsetS, OnsetSD: d.OnsetSD, Fused: d.Fused, P: d.P, Margin: d.Margin,
			Sensor: d.Sensor, Markov: d.Markov, Place: d.Place, Memory: d.Memory, Whole: d.Whole, Missing: plainly(d.Missing)}})
		if d.TakenBackS > 0 {
			lines = append(lines, line{d.TakenBackS, TakenBack{AtS: d.TakenBackS, OnsetS: d.OnsetS, TakenBack: true}})
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, l := range lines {
		if err := enc.Encode(l.what); err != nil {
			return fmt.Errorf("writing decisions: %w", err)
		}
	}
	return nil
}

// plainly is why the sensor said nothing, in a device's words: without the sensor
// and the time.
func plainly(why string) string {
	for _, reason := range []error{training.ErrGap, training.ErrOutside, training.ErrNoSensor, training.ErrNotANum} {
		if strings.HasSuffix(why, reason.Error()) {
			return reason.Error()
		}
	}
	return why
}

// DeviceOptions are those of a replay as a device runs it: decisions wherever an
// onset is found, and nobody who confirms them.
func DeviceOptions() Options { return Options{At: AtDetected, Unconfirmed: true} }

// worn keeps the recordings of a session that a device would have: those with one
// of the contract's sensors.
func (v *visit) worn(c training.Contract) {
	recordings := v.session.Recordings
	v.session.Recordings = nil
	for _, r := range recordings {
		if slices.ContainsFunc(c.Channels, func(ch training.ChannelSpec) bool {
			placement, kind, _ := strings.Cut(ch.Sensor, "/")
			return (placement == "any" || placement == r.Placement) && slices.ContainsFunc(r.Channels, func(own dataset.Channel) bool { return own.Kind == kind })
		}) {
			v.session.Recordings = append(v.session.Recordings, r)
		}
	}
}
