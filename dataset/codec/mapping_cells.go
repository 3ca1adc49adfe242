package codec

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"unicode/utf8"
)

// take reads a cell that is no plain number at first sight.
func (p *rowReader) take(i int, c *cell, field []byte) error {
	switch c.kind {
	case cellValue:
		v, err := p.value(i, field)
		if err != nil {
			return err
		}
		p.values[c.index] = append(p.values[c.index], v*c.scale+c.offset)
	case cellTime:
		t, ok := p.time(field)
		if !ok {
			return p.badCell(i, field, p.mapping.Time.wants(), "")
		}
		p.times = append(p.times, t)
	case cellText:
		if string(field) != p.last[c.index] {
			if !utf8.Valid(field) { // of a file whose beginning is plain
				return p.badCell(i, field, "is no text in UTF-8", SettingEncoding)
			}
			p.last[c.index] = string(field)
		}
		p.texts[c.index] = append(p.texts[c.index], p.last[c.index])
	}
	return nil
}

func (t TimeRule) wants() string {
	switch t.Unit {
	case "text":
		return fmt.Sprintf("is not a time written as %s", t.Format)
	case "sample":
		return "is not a sample's number"
	}
	return fmt.Sprintf("is not a time in %s", t.Unit)
}

func (p *rowReader) value(i int, field []byte) (float64, error) {
	if len(field) == 0 || isAbsent(field) {
		if !p.missing {
			return 0, p.badCell(i, field, "is no value", SettingEmpty)
		}
		p.absent++
		return math.NaN(), nil
	}
	d, n := scanDecimal(field, p.point)
	if n == 0 || n != len(field) {
		if p.mapping.File.Unreadable != "missing" {
			return 0, p.badCell(i, field, "is not a number", SettingUnreadable)
		}
		p.strange.count(p.row, field)
		return math.NaN(), nil
	}
	v, ok := d.float(field, p.point)
	if !ok {
		return 0, p.badCell(i, field, "is too large a number", "")
	}
	return v, nil
}

func isAbsent(field []byte) bool {
	switch string(field) {
	case "NaN", "nan", "NAN", "NA", "N/A", "n/a", "null", "NULL":
		return true
	}
	return false
}

func (p *rowReader) time(field []byte) (int64, bool) {
	if p.mapping.format != nil {
		return p.mapping.format.parse(field)
	}
	d, n := scanDecimal(field, p.point)
	if n == 0 || n != len(field) {
		return 0, false
	}
	v, ok := d.int64(p.unit)
	if !ok || p.mapping.moments == nil {
		return v, ok
	}
	return p.mapping.moments.of(v, &p.counter)
}

// badCell is a cell that cannot be read; setting is what the mapping may say so
// that it is none.
func (p *rowReader) badCell(column int, field []byte, what, setting string) error {
	name := fmt.Sprintf("column %d", column+1)
	if n := p.cells[column].name; n != "" {
		name += " (" + n + ")"
	}
	return &InputError{File: filepath.Base(p.path), Row: p.row, Offset: -1, Column: column + 1, What: fmt.Sprintf("%s: %q %s", name, clipText(string(field), 40), what), Setting: setting}
}

// checkWidth refuses a row with other columns than the first, which is how a
// decimal comma read as a delimiter shows.
func (p *rowReader) checkWidth(line, rest []byte, more bool) error {
	width := len(p.cells)
	if more {
		width += 1 + bytes.Count(rest, []byte{p.delimiter})
	}
	if p.columns == 0 {
		p.columns = width
	}
	if width == p.columns {
		return nil
	}
	// A quoted cell may hold the delimiter: count again with care.
	fields, ok := splitFields(line, p.delimiter)
	if ok && (len(fields) == p.columns || bytes.IndexByte(line, '"') >= 0 && len(fields) >= len(p.cells)) {
		return nil
	}
	return badRow(p.path, p.row, "the row has %d columns, the first row of data has %d", width, p.columns)
}
