package codec

import (
	"bytes"
	"io"
	"strings"
)

// tableBuffer is how much of a text file is read at once; maxLine bounds a line.
const (
	tableBuffer = 512 << 10
	maxLine     = 64 << 10
)

// table reads the lines of a delimited text file.
type table struct {
	path  string
	r     io.Reader
	buf   []byte
	start int
	end   int
	row   int64 // of the line read last, from 1
	open  bool  // that line is the file's last and has no end
	err   error
}

func newTable(path string, r io.Reader) *table {
	return &table{path: path, r: r, buf: make([]byte, tableBuffer)}
}

// next gives the next line without its end, valid until the call after it, and
// io.EOF after the last.
func (t *table) next() ([]byte, error) {
	from := t.start
	for {
		if i := bytes.IndexByte(t.buf[from:t.end], '\n'); i >= 0 {
			line := t.buf[t.start : from+i]
			t.start = from + i + 1
			return t.line(line)
		}
		if t.err == io.EOF {
			if t.start == t.end {
				return nil, io.EOF
			}
			line := t.buf[t.start:t.end]
			t.start, t.open = t.end, true
			return t.line(line)
		}
		if t.err != nil {
			return nil, badRow(t.path, t.row+1, "%s", reasonOf(t.err))
		}
		if t.end-t.start > maxLine {
			return nil, badRow(t.path, t.row+1, "the line is longer than %d bytes", maxLine)
		}
		from = t.end - t.start
		t.fill()
		from += t.start
	}
}

func (t *table) fill() {
	if t.start > 0 {
		copy(t.buf, t.buf[t.start:t.end])
		t.end -= t.start
		t.start = 0
	}
	for t.end < len(t.buf) {
		n, err := t.r.Read(t.buf[t.end:])
		t.end += n
		if err != nil {
			t.err = err
			return
		}
		if n > 0 && t.end >= len(t.buf)/2 {
			return
		}
	}
}

var utf8Mark = []byte("\xef\xbb\xbf")

func (t *table) line(line []byte) ([]byte, error) {
	t.row++
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	if t.row == 1 {
		line = bytes.TrimPrefix(line, utf8Mark)
	}
	if len(line) > maxLine {
		return nil, badRow(t.path, t.row, "the line is longer than %d bytes", maxLine)
	}
	return line, nil
}

// cutField takes the first field of a line. A field in double quotes may hold
// the delimiter; ok is false for a quote that does not close. more says that
// another field follows.
func cutField(line []byte, delimiter byte) (field, rest []byte, more, ok bool) {
	if len(line) > 0 && line[0] == '"' {
		return cutQuoted(line, delimiter)
	}
	if i := bytes.IndexByte(line, delimiter); i >= 0 {
		return line[:i], line[i+1:], true, true
	}
	return line, nil, false, true
}

func cutQuoted(line []byte, delimiter byte) (field, rest []byte, more, ok bool) {
	doubled := false
	for i := 1; i < len(line); i++ {
		if line[i] != '"' {
			continue
		}
		if i+1 < len(line) && line[i+1] == '"' {
			doubled = true
			i++
			continue
		}
		field, rest = line[1:i], line[i+1:]
		if doubled {
			field = bytes.ReplaceAll(field, []byte(`""`), []byte(`"`))
		}
		rest = bytes.TrimLeft(rest, " ")
		if len(rest) == 0 {
			return field, nil, false, true
		}
		if rest[0] != delimiter {
			return nil, nil, false, false
		}
		return field, rest[1:], true, true
	}
	return nil, nil, false, false
}

// splitFields gives all fields of a line as trimmed strings.
func splitFields(line []byte, delimiter byte) ([]string, bool) {
	var fields []string
	for {
		field, rest, more, ok := cutField(line, delimiter)
		if !ok {
			return nil, false
		}
		fields = append(fields, strings.TrimSpace(string(field)))
		if !more {
			return fields, true
		}
		line = rest
	}
}

// trimBlanks drops blanks and tabs around a field.
func trimBlanks(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}
