package codec

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"onset/dataset"
)

// buildLogger makes the mapping of one table and settles its units.
func buildLogger(w *session, s *joinedSession, f *sourceFile, table loggerTable, header []string) (*Mapping, error) {
	m := loggerMapping(table, header)
	if len(m.Channels) == 0 {
		return nil, badFile(f.path, "none of its columns is known: %s", listNames(header))
	}
	m.Recording = RecordingRule{Device: "Sensor Logger", Placement: table.placement}
	s.loggerLeft(f, m, header)
	if s.zone == "" {
		s.zone = loggerZone(f)
	}
	if name, _, _ := loggerName(f); name == "barometer" && table.device == "watch" {
		if err := watchPressure(w, f, m); err != nil {
			return nil, err
		}
	}
	if !slices.ContainsFunc(m.Channels, func(c ChannelRule) bool { return c.Unit == "" }) {
		return m, nil
	}
	unit, err := loggerUnit(w, s, f, m, table)
	if err != nil {
		return nil, err
	}
	for i := range m.Channels {
		if m.Channels[i].Unit == "" {
			m.Channels[i].Unit = unit
		}
	}
	return m, nil
}

// loggerMapping finds the channels of a table. Some versions of the app call a
// column x, others name the sensor and the unit with it.
func loggerMapping(table loggerTable, header []string) *Mapping {
	m := loggerTiming()
	if table.kind != "" {
		// The app writes z before y before x.
		for _, axis := range []string{"x", "y", "z"} {
			rule := ChannelRule{Column: Column{Name: axis}, Kind: table.kind, Axis: axis, Unit: table.unit}
			for _, h := range header {
				if _, a, unit, ok := unitColumn(h); ok && a == axis && indexOf(header, axis) < 0 {
					rule.Column.Name, rule.Unit = h, unit
				}
			}
			if indexOf(header, rule.Column.Name) >= 0 {
				m.Channels = append(m.Channels, rule)
			}
		}
	}
	for _, c := range loggerColumns {
		if indexOf(header, c.Column.Name) >= 0 {
			m.Channels = append(m.Channels, c)
		}
	}
	return m
}

// loggerLeft tells the columns of a table that are no channel.
func (s *joinedSession) loggerLeft(f *sourceFile, m *Mapping, header []string) {
	var left []string
	for _, h := range header {
		known := h == "" || h == "time" || h == "seconds_elapsed" || h == "sensor"
		for _, c := range m.Channels {
			known = known || c.Column.Name == h
		}
		if !known {
			left = append(left, h)
		}
	}
	s.notKept(f, left)
}

// loggerUnit settles the unit of acceleration, which is not in the file. For a
// phone the makers give metres per second squared (UNITS.md of the app), but for
// the uncalibrated table; for a watch and headphones it depends on a switch and
// on the version. Gravity's length tells, where a table of the same device holds
// it; the uncalibrated table of a phone speaks for itself alone, because its unit
// is another one than that of the tables beside it. Otherwise somebody has to say.
func loggerUnit(w *session, s *joinedSession, f *sourceFile, m *Mapping, table loggerTable) (string, error) {
	if unit, norm := gravityIn(f, m, table); unit != "" {
		s.note(f, unit, norm, f)
		return unit, nil
	}
	name, _, _ := loggerName(f)
	alone := name == "accelerometeruncalibrated" && table.device == ""
	for _, other := range s.files {
		lines, err := readHead(osTree{}, other.path)
		if err != nil || other == f || alone {
			continue
		}
		header, ok := splitFields(firstLineOf(lines, 0), ',')
		otherName, prefix, _ := loggerName(other)
		its := loggerTableOf(otherName, prefix)
		if !ok || its.device != table.device || otherName == "accelerometeruncalibrated" && its.device == "" {
			continue
		}
		if unit, norm := gravityIn(other, loggerMapping(its, header), its); unit != "" {
			s.note(f, unit, norm, other)
			return unit, nil
		}
	}
	if table.published != "" {
		s.notes = append(s.notes, dataset.Finding{Kind: dataset.FindingNote, Sample: -1,
			Message: fmt.Sprintf("%s does not name its unit; it is %s, which the app's makers give for this table on every phone.", f.name(), table.published)})
		return table.published, nil
	}
	return w.ask(Question{Topic: "unit", Text: fmt.Sprintf("%s does not tell the unit of its acceleration, and no other file of the same device does.", f.name()),
		Choices: []Choice{{"m/s2", "metres per second squared, when the app was set to standardise units, and on Android"}, {"g", "multiples of gravity, as iOS gives them"}}})
}

// gravityIn looks for a vector that holds gravity and for its length.
func gravityIn(f *sourceFile, m *Mapping, table loggerTable) (string, float64) {
	at := [3]int{-1, -1, -1}
	for i, c := range m.Channels {
		holds := c.Kind == "gravity" || c.Kind == table.kind && table.gravity
		if k := strings.Index("xyz", c.Axis); holds && k >= 0 && c.Axis != "" {
			at[k] = i
		}
	}
	if at[0] < 0 || at[1] < 0 || at[2] < 0 {
		return "", 0
	}
	norm, ok := medianNorm(f.path, m, at)
	if !ok {
		return "", 0
	}
	return loggerGravity(norm), norm
}

// loggerGravity tells between the two units that the app knows. A table is one of
// both, so that somebody who moves may measure far from rest; a length between
// them settles nothing.
func loggerGravity(norm float64) string {
	switch {
	case norm > 0.5 && norm < 2:
		return "g"
	case norm > 4.9 && norm < 20:
		return "m/s2"
	}
	return ""
}

// watchPressure settles the unit of a watch's barometer: kilopascals before the
// app's version 1.63 and where it is not set to standardise units, hectopascals
// otherwise. No place on earth is near both.
func watchPressure(w *session, f *sourceFile, m *Mapping) error {
	at := slices.IndexFunc(m.Channels, func(c ChannelRule) bool { return c.Kind == "pressure" })
	if at < 0 {
		return nil
	}
	switch v, ok := firstValue(f.path, m, at); {
	case ok && v > 20 && v < 120:
		m.Channels[at].Unit = "kPa"
	case ok && v > 200 && v < 1200:
		m.Channels[at].Unit = "hPa"
	default:
		unit, err := w.ask(Question{Topic: "pressure-unit", Text: fmt.Sprintf("%s does not tell the unit of its pressure.", f.name()),
			Choices: []Choice{{"kPa", "kilopascals"}, {"hPa", "hectopascals, which are millibars"}}})
		if err != nil {
			return err
		}
		m.Channels[at].Unit = unit
	}
	return nil
}

// firstValue is the first value of a channel.
func firstValue(path string, m *Mapping, channel int) (float64, bool) {
	values, rows := firstRows(path, m)
	if rows == 0 {
		return 0, false
	}
	return values[channel][0], true
}

func (s *joinedSession) note(f *sourceFile, unit string, norm float64, from *sourceFile) {
	s.notes = append(s.notes, dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: fmt.Sprintf(
		"%s does not name the unit of its acceleration; gravity measures %.3f in %s, so it is %s.", f.name(), norm, from.name(), unit)})
}

// loggerZone is the zone that the phone was in, which later versions of the app
// write beside the tables; "" where it is not told.
func loggerZone(f *sourceFile) string {
	beside, err := os.ReadDir(f.dir())
	if err != nil {
		return ""
	}
	for _, e := range beside {
		if name := strings.ToLower(e.Name()); name != "metadata.csv" && name != joinedOf(f).key+"metadata.csv" {
			continue
		}
		head, err := readHead(osTree{}, filepath.Join(f.dir(), e.Name()))
		if err != nil {
			return ""
		}
		head = plainHead(e.Name(), head)
		header, ok := splitFields(firstLineOf(head, 0), ',')
		row, fine := splitFields(firstLineOf(head, 1), ',')
		at := indexOf(header, "recording timezone")
		if !ok || !fine || at < 0 || at >= len(row) || row[at] == "" {
			return ""
		}
		if _, err := namedZone(row[at]); err == nil {
			return row[at]
		}
	}
	return ""
}
