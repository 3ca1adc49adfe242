package codec

import (
	"bytes"
	"io"
	"path/filepath"
	"time"
)

// batchRows is how many rows are parsed before they are stored.
const batchRows = 4096

// What a column is read as.
const (
	cellSkip = iota
	cellValue
	cellTime
	cellText
)

// cell is what one column means; index is the channel, or the place of a text.
type cell struct {
	kind, index   int
	name          string
	scale, offset float64
	plain         bool // neither scale nor offset
}

// plan finds the mapping's columns among the header's names, nil without one.
// Cells end with the last column that is read.
func (m *Mapping) plan(header []string, file string) ([]cell, error) {
	var cells []cell
	put := func(c Column, what cell) error {
		at := c.Number - 1
		if c.Name != "" {
			if at = indexOf(header, c.Name); at < 0 {
				if header == nil {
					return badFile(file, "the mapping names the column %q, but says that the file has no header", c.Name)
				}
				return badFile(file, "there is no column %q; the columns are %s", c.Name, listNames(header))
			}
		}
		if header != nil && at >= len(header) {
			return badFile(file, "the mapping reads column %d, but the header has %d", at+1, len(header))
		}
		for len(cells) <= at {
			cells = append(cells, cell{})
		}
		if cells[at].kind != cellSkip {
			return badFile(file, "the mapping reads column %s twice", c)
		}
		what.name = c.Name
		cells[at] = what
		return nil
	}
	for i, c := range m.Channels {
		what := cell{kind: cellValue, index: i, scale: c.Scale, offset: c.Offset}
		if what.scale == 0 || c.Codes { // codes are scaled where they are read
			what.scale = 1
		}
		if c.Codes {
			what.offset = 0
		}
		what.plain = what.scale == 1 && what.offset == 0
		if err := put(c.Column, what); err != nil {
			return nil, err
		}
	}
	if m.Time.Column != nil {
		if err := put(*m.Time.Column, cell{kind: cellTime}); err != nil {
			return nil, err
		}
	}
	texts := 0
	for _, l := range m.Labels {
		if l.Span != "runs" {
			continue
		}
		if err := put(*l.Column, cell{kind: cellText, index: texts}); err != nil {
			return nil, err
		}
		texts++
	}
	return cells, nil
}

func indexOf(names []string, name string) int {
	for i, n := range names {
		if n == name {
			return i
		}
	}
	return -1
}

// rowReader parses rows into batches.
type rowReader struct {
	mapping   *Mapping
	path      string
	in        *table
	cells     []cell
	delimiter byte
	point     byte
	unit      int // power of ten from the time column's unit to nanoseconds
	missing   bool
	plainTime bool // times are numbers that need nothing but their unit
	columns   int  // of the first row of data; 0 before it

	*rowBatch
	last    []string // the text of the row before, to share its memory
	counter int64    // turns of a time counter that wraps
	absent  int64    // missing values so far
	strange strangeCells
	skips   bool // a row that can not be read is left out
	bad     badRows
	row     int64 // of the row being parsed
}

// openRows reads up to the first row of data.
func (m *Mapping) openRows(path string, r io.Reader) (*rowReader, error) {
	delimiter, err := m.File.delimiter()
	if err != nil {
		return nil, err
	}
	p := &rowReader{rowBatch: &rowBatch{}, mapping: m, path: path, in: newTable(path, m.File.reader(r)), delimiter: delimiter, point: m.File.point(), missing: m.File.Empty == "missing", skips: m.File.BadRow == "skip"}
	var header []string
	for i := 0; i < m.File.Skip; i++ {
		if _, err := p.in.next(); err != nil {
			return nil, p.early(err)
		}
	}
	if m.File.Header {
		line, err := p.in.next()
		if err != nil {
			return nil, p.early(err)
		}
		names, ok := splitFields(line, delimiter)
		if !ok {
			return nil, badRow(path, p.in.row, "a quote in the header does not close")
		}
		header = names
	}
	if m.File.Units {
		if _, err := p.in.next(); err != nil {
			return nil, p.early(err)
		}
	}
	if p.cells, err = m.plan(header, path); err != nil {
		return nil, err
	}
	texts := 0
	for _, c := range p.cells {
		if c.kind == cellText {
			texts++
		}
	}
	p.values, p.texts, p.last = make([][]float64, len(m.Channels)), make([][]string, texts), make([]string, texts)
	for i := range p.values {
		p.values[i] = make([]float64, 0, batchRows)
	}
	p.plainTime = m.format == nil && m.moments == nil
	p.unit = map[string]int{"s": 9, "ms": 6, "us": 3}[m.Time.Unit]
	return p, nil
}

func (p *rowReader) early(err error) error {
	if err == io.EOF {
		return &InputError{File: filepath.Base(p.path), Row: -1, Offset: -1, What: "the file ends before its first row of data", err: errNoRows}
	}
	return err
}

// batch parses up to batchRows rows. It gives io.EOF, and no rows, at the end.
func (p *rowReader) batch() error {
	p.rows = 0
	p.times = p.times[:0]
	for i := range p.values {
		p.values[i] = p.values[i][:0]
	}
	for i := range p.texts {
		p.texts[i] = p.texts[i][:0]
	}
	for p.rows < batchRows {
		line, err := p.in.next()
		if err == io.EOF {
			if p.rows == 0 {
				return io.EOF
			}
			return nil
		}
		if err != nil {
			return err
		}
		if len(line) == 0 || p.mapping.File.Comment != "" && bytes.HasPrefix(line, []byte(p.mapping.File.Comment)) {
			continue
		}
		if kept, err := p.readRow(line); err != nil {
			return err
		} else if kept {
			p.rows++
		}
	}
	return nil
}

// parse reads one row.
func (p *rowReader) parse(line []byte) error {
	rest, more := line, true
	for i := range p.cells {
		c := &p.cells[i]
		if !more {
			return badRow(p.path, p.row, "the row has %d columns; column %d is needed", i, len(p.cells))
		}
		if c.kind == cellValue {
			if v, n, ok := quickDecimal(rest, p.point); ok && (n == len(rest) || rest[n] == p.delimiter) {
				if !c.plain {
					v = v*c.scale + c.offset
				}
				p.values[c.index] = append(p.values[c.index], v)
				if more = n < len(rest); more {
					rest = rest[n+1:]
				}
				continue
			}
			if d, n := scanDecimal(rest, p.point); n > 0 && (n == len(rest) || rest[n] == p.delimiter) {
				v, ok := d.float(rest[:n], p.point)
				if !ok {
					return p.badCell(i, rest[:n], "is too large a number", "")
				}
				if !c.plain {
					v = v*c.scale + c.offset
				}
				p.values[c.index] = append(p.values[c.index], v)
				if more = n < len(rest); more {
					rest = rest[n+1:]
				}
				continue
			}
		}
		if c.kind == cellTime && p.plainTime {
			if t, n, ok := quickNanos(rest, p.point, p.unit); ok && (n == len(rest) || rest[n] == p.delimiter) {
				p.times = append(p.times, t)
				if more = n < len(rest); more {
					rest = rest[n+1:]
				}
				continue
			}
		}
		field, after, further, ok := cutField(rest, p.delimiter)
		if !ok {
			return badRow(p.path, p.row, "a quote in column %d does not close", i+1)
		}
		if err := p.take(i, c, trimBlanks(field)); err != nil {
			return err
		}
		rest, more = after, further
	}
	return p.checkWidth(line, rest, more)
}

// firstTime reads a file's first time, in nanoseconds.
func (m *Mapping) firstTime(path string, r io.Reader) (int64, error) {
	p, err := m.openRows(path, r)
	if err != nil {
		return 0, err
	}
	for {
		line, err := p.in.next()
		if err != nil {
			return 0, p.early(err)
		}
		if len(line) == 0 || m.File.Comment != "" && bytes.HasPrefix(line, []byte(m.File.Comment)) {
			continue
		}
		if kept, err := p.readRow(line); err != nil {
			return 0, err
		} else if !kept {
			continue
		}
		if len(p.times) == 0 { // rows without times, from a known moment on
			return m.moments.origin, nil
		}
		return p.times[0], nil
	}
}

// location is the zone of wall-clock times, nil when nobody said.
func (m *Mapping) location(o Options) (*time.Location, error) {
	if m.format == nil || m.format.zoned {
		return nil, nil
	}
	if o.Zone != "" {
		return namedZone(o.Zone)
	}
	return m.zone, nil
}
