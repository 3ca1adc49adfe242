package codec

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"onset/dataset"
)

// phyphoxFormat reads the tables that phyphox exports: one a sensor, times in
// seconds from the start, and meta/time.csv beside them with the moments of
// start and pause.
func phyphoxFormat() format {
	return format{name: "phyphox", sniff: sniffPhyphox, group: groupPhyphox}
}

// phyphoxTime is the first column in the languages of the app.
var phyphoxTime = []string{"Time (s)", "Zeit (s)", "Temps (s)", "Tiempo (s)", "Tempo (s)"}

// sniffPhyphox takes tables whose first column is "Time (s)" and whose others
// name their units.
func sniffPhyphox(f *sourceFile) bool {
	lines := headLines(f, 2)
	if len(lines) < 2 {
		return false
	}
	for _, delimiter := range []string{",", ";", "tab"} {
		// The app writes NaN where a sensor had nothing to say.
		rule := FileRule{Delimiter: delimiter, Header: true, Empty: "missing"}
		b, err := rule.delimiter()
		if err != nil {
			continue
		}
		header, ok := splitFields([]byte(lines[0]), b)
		if !ok || len(header) < 2 || !slices.Contains(phyphoxTime, header[0]) {
			continue
		}
		if delimiter != "," && strings.Contains(lines[1], ",") {
			rule.Decimal = ","
		}
		m := &Mapping{Name: "phyphox", File: rule, Time: TimeRule{Column: &Column{Name: header[0]}, Unit: "s", From: "start"}}
		nameless, place := false, false
		for _, name := range header[1:] {
			quantity, axis, unit, ok := unitColumn(name)
			if !ok {
				return false
			}
			nameless = nameless || quantity == "" && (unit == "m/s2" || unit == "g")
			place = place || quantity == "Latitude" || quantity == "Longitude"
			m.Channels = append(m.Channels, ChannelRule{Column: Column{Name: name}, Kind: quantityKind(quantity, unit), Axis: axis, Unit: unit})
		}
		timing := *m
		timing.Channels = nil
		f.detail = &joinedTable{timing: &timing, side: place, build: func(_ *session, s *joinedSession) (*Mapping, error) {
			m.Recording.Device = "phyphox"
			if m.moments = timing.moments; m.moments != nil && m.moments.zone != "" {
				s.zone = m.moments.zone
			}
			if nameless {
				s.phyphoxAcceleration(f, m)
			}
			return m, nil
		}}
		return true
	}
	return false
}

// phyphoxAcceleration settles which acceleration a table holds whose columns are
// only called X, Y and Z: the name of the file says it, or else whether gravity
// is in it. Where both disagree, both are told.
func (s *joinedSession) phyphoxAcceleration(f *sourceFile, m *Mapping) {
	at := [3]int{-1, -1, -1}
	for i, c := range m.Channels {
		if k := strings.Index("xyz", c.Axis); k >= 0 && c.Axis != "" && c.Kind == "accelerometer" {
			at[k] = i
		}
	}
	if slices.Min(at[:]) < 0 {
		return
	}
	unit := m.Channels[at[0]].Unit
	norm, ok := medianNorm(f.path, m, at)
	heavy := ok && loggerGravity(norm) == unit
	note := func(format string) {
		s.notes = append(s.notes, dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: fmt.Sprintf(format, f.name(), norm, unit)})
	}
	stem := tidy(strings.TrimSuffix(f.name(), filepath.Ext(f.name())))
	linear := strings.Contains(stem, "linea") || strings.Contains(stem, "without-g") || strings.Contains(stem, "ohne-g")
	named := linear || strings.Contains(stem, "acce") || strings.Contains(stem, "beschleunigung")
	switch {
	case linear || !named && !heavy:
		for _, i := range at {
			m.Channels[i].Kind = "linear-acceleration"
		}
		if !named {
			note("%s does not say whether gravity is in its acceleration. Its median length is %.2f %s, so it is taken for acceleration without gravity.")
		}
	case !named:
		note("%s does not say whether gravity is in its acceleration. Its median length is %.2f %s, so it is taken for acceleration with gravity.")
	case ok && !heavy:
		note("%s is called acceleration with gravity, but the median length of its first values is %.2f %s, which gravity's is not. It is kept under its name; if it is linear acceleration, rename it to Linear Accelerometer.csv and import it again.")
	}
}

// groupPhyphox gives each folder's tables the moments of its meta/time.csv.
func groupPhyphox(mine []*sourceFile, all surveyed) []unit {
	notes := map[string]string{}
	for _, files := range byFolder(mine) {
		meta := filepath.Join(files[0].dir(), "meta")
		var found *moments
		for _, f := range all.files {
			if f.dir() != meta {
				continue
			}
			f.used = true
			if f.name() == "time.csv" {
				m, err := readPhyphoxMoments(f.path)
				if err != nil {
					for _, table := range files {
						joinedOf(table).fault = err
					}
				}
				found = m
			}
		}
		for _, f := range files {
			if found != nil {
				own := *found
				joinedOf(f).timing.moments = &own
			} else {
				notes[f.path] = "There is no meta/time.csv beside the tables, so the calendar time of the recording is not known."
			}
		}
	}
	return groupJoined("phyphox", "phyphox", func(_ context.Context, w *session, t *joinedSession, _ int64) error {
		if text := notes[t.files[0].path]; text != "" {
			w.find(dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: text})
		}
		for _, f := range t.sides {
			if !joinedOf(f).empty {
				w.find(dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: f.name() + " holds places, which may tell who somebody is, and was not kept."})
			}
		}
		return nil
	})(mine, all)
}

// readPhyphoxMoments reads rows of START and PAUSE with the experiment's seconds
// and the system's seconds since 1970. The experiment's clock stands still in a
// pause.
func readPhyphoxMoments(path string) (*moments, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, badFile(path, "%s", reasonOf(err))
	}
	defer in.Close()
	t := newTable(path, in)
	var m *moments
	var first int64
	var columns []string
	var delimiter byte
	for {
		line, err := t.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if t.row == 1 {
			delimiter = phyphoxDelimiter(line)
			columns, _ = splitFields(line, delimiter)
			continue
		}
		fields, ok := splitFields(line, delimiter)
		if !ok || len(line) == 0 || fields[0] != "START" {
			continue
		}
		experiment, fine := phyphoxNanos(columns, fields, "experiment time")
		system, good := phyphoxNanos(columns, fields, "system time")
		if !fine || !good {
			return nil, badRow(path, t.row, "the moment of START cannot be read")
		}
		if m == nil {
			first = system - experiment
			m = &moments{origin: first, zone: phyphoxZone(columns, fields)}
			continue
		}
		if len(m.pauses) < maxFindings {
			m.pauses = append(m.pauses, pause{from: experiment, by: system - experiment - first})
		}
	}
	if m == nil {
		return nil, badFile(path, "it names no START")
	}
	return m, nil
}

// phyphoxZone names the zone of a text such as "2024-01-17 08:14:46.076 UTC+02:00".
func phyphoxZone(columns, fields []string) string {
	at := indexOf(columns, "system time text")
	if at < 0 || at >= len(fields) {
		return ""
	}
	_, offset, ok := strings.Cut(fields[at], "UTC")
	east, rest, fine := zoneOffset([]byte(offset))
	if !ok || !fine || len(rest) != 0 {
		return ""
	}
	return gmtZone(int(east))
}

func phyphoxDelimiter(line []byte) byte {
	for _, b := range []byte(";\t") {
		if slices.Contains(line, b) {
			return b
		}
	}
	return ','
}

func phyphoxNanos(columns, fields []string, name string) (int64, bool) {
	for i, c := range columns {
		if i < len(fields) && (c == name || strings.HasPrefix(c, name+" (")) {
			text := strings.Replace(fields[i], ",", ".", 1)
			d, n := scanDecimal([]byte(text), '.')
			if n == 0 || n != len(text) {
				return 0, false
			}
			return d.int64(9)
		}
	}
	return 0, false
}

// gmtZone names the zone of an offset from Greenwich in seconds: these zones
// count to the west, and only whole hours have one.
func gmtZone(east int) string {
	if east == 0 || east%3600 != 0 {
		return "UTC"
	}
	return fmt.Sprintf("Etc/GMT%+d", -east/3600)
}
