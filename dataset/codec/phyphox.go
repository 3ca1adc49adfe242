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

// sniffPhyphox takes tables whose first column is "Time (s)" and whose others
// name their units.
func sniffPhyphox(f *sourceFile) bool {
	lines := headLines(f, 2)
	if len(lines) < 2 {
		return false
	}
	for _, delimiter := range []string{",", ";", "tab"} {
		rule := FileRule{Delimiter: delimiter, Header: true}
		b, err := rule.delimiter()
		if err != nil {
			continue
		}
		header, ok := splitFields([]byte(lines[0]), b)
		if !ok || len(header) < 2 || header[0] != "Time (s)" {
			continue
		}
		if delimiter != "," && strings.Contains(lines[1], ",") {
			rule.Decimal = ","
		}
		m := &Mapping{Name: "phyphox", File: rule, Time: TimeRule{Column: &Column{Name: "Time (s)"}, Unit: "s", From: "start"}}
		for _, name := range header[1:] {
			quantity, axis, unit, ok := unitColumn(name)
			if !ok {
				return false
			}
			m.Channels = append(m.Channels, ChannelRule{Column: Column{Name: name}, Kind: quantityKind(quantity, unit), Axis: axis, Unit: unit})
		}
		timing := *m
		timing.Channels = nil
		f.detail = &joinedTable{timing: &timing, build: func(_ *session, s *joinedSession) (*Mapping, error) {
			m.Recording.Device = "phyphox"
			if m.moments = timing.moments; m.moments != nil && m.moments.zone != "" {
				s.zone = m.moments.zone
			}
			return m, nil
		}}
		return true
	}
	return false
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
