package codec

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode"
)

// inspectLen is how much of a file an inspection looks at, and inspectRows how
// many rows of it are given back.
const (
	inspectLen  = 256 << 10
	inspectRows = 30
)

// Inspection is what the beginning of a delimited text file looks like: the
// ground for a mapping that a person completes.
type Inspection struct {
	Rows    [][]string // the first rows of data as written
	FirstOf int64      // the row number of Rows[0] in the file, from 1
	Columns []InspectedColumn
	// Proposal is a mapping of all that the file tells. Units that it does not
	// tell are empty: they must be said, and ParseMapping refuses it until then.
	Proposal Mapping
	// Open says in sentences what the file does not tell.
	Open []string
}

// InspectedColumn is one column of the first rows.
type InspectedColumn struct {
	Name    string // from the header, "" without one
	Kind    string // "number", "time", "text" or "empty"
	Unit    string // from the header's parentheses or the row of units, "" when it is not said
	Low     float64
	High    float64 // of the numbers seen
	Example string
}

// Inspect looks at the beginning of a text file. The error says why the file is
// no table.
func Inspect(path string) (*Inspection, error) {
	head, cut, err := headOf(path)
	if err != nil {
		return nil, err
	}
	return inspect(path, head, cut)
}

// headOf reads the first bytes of a file; cut says that there are more.
func headOf(path string) (head []byte, cut bool, err error) {
	f, err := openTable(path)
	if err != nil {
		return nil, false, badFile(path, "%s", reasonOf(err))
	}
	defer f.Close()
	head = make([]byte, inspectLen)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, false, badFile(path, "%s", reasonOf(err))
	}
	return head[:n], n == len(head), nil
}

// textLines splits a file's first bytes into lines; one that was cut is left out.
func textLines(path string, head []byte, cut bool) ([][]byte, error) {
	if len(head) == 0 {
		return nil, badFile(path, "the file is empty")
	}
	rule := FileRule{Encoding: encodingOf(head)}
	head, ok := rule.decode(head)
	if !ok {
		return nil, badFile(path, "the file is no text")
	}
	lines := bytes.Split(bytes.TrimPrefix(head, utf8Mark), []byte("\n"))
	if cut && len(lines) > 1 {
		lines = lines[:len(lines)-1]
	}
	for i := range lines {
		lines[i] = bytes.TrimSuffix(lines[i], []byte("\r"))
	}
	return lines, nil
}

// inspect works on a file's first bytes; cut says that there are more.
func inspect(path string, head []byte, cut bool) (*Inspection, error) {
	lines, err := textLines(path, head, cut)
	if err != nil {
		return nil, err
	}
	shape, ok := findShape(lines)
	if !ok {
		return nil, badFile(path, "no delimiter makes a table of numbers of its lines, so there are no columns to choose from; a recording kept as text has one row of numbers for each sample. Export it again as CSV from the program that it came from, or leave this file out")
	}
	in := &Inspection{FirstOf: int64(shape.first) + 1}
	for _, line := range lines[shape.first:] {
		if len(in.Rows) == inspectRows || len(line) == 0 {
			break
		}
		cells, ok := splitFields(line, shape.delimiter)
		if !ok {
			cells = strings.Split(string(line), string(shape.delimiter))
		}
		in.Rows = append(in.Rows, cells)
	}
	in.describe(shape, lines)
	in.propose(shape)
	in.written(head)
	return in, nil
}

// written notes the encoding of a text.
func (in *Inspection) written(head []byte) {
	in.Proposal.File.Encoding = encodingOf(head)
	if in.Proposal.File.Encoding == EncodingWestern {
		in.say("The text is no UTF-8; it is read as " + EncodingWestern + ", as Western European programs write. Numbers are the same in all encodings; look at the letters of the columns' names.")
	}
}

// tableShape is how a text is laid out.
type tableShape struct {
	delimiter byte
	point     byte
	columns   int
	first     int // line of the first row of data, from 0
	header    []string
	headerAt  int // its line; -1 without one
	units     []string
	// headerApart says that rows lie between the header and the data which a
	// mapping cannot pass over; columns are then known by their numbers.
	headerApart bool
	above       [][]byte // the lines before the first row
	numbers     int      // numeric cells seen, to compare shapes
}

// findShape tries delimiters and decimal signs and keeps the one that reads most
// cells as numbers; of equals the first under which there is a header.
func findShape(lines [][]byte) (tableShape, bool) {
	var best tableShape
	for _, try := range []struct{ delimiter, point byte }{{',', '.'}, {';', '.'}, {';', ','}, {'\t', '.'}, {'\t', ','}, {'|', '.'}, {'|', ','}, {' ', '.'}} {
		if s, ok := shapeWith(lines, try.delimiter, try.point); ok && (s.numbers > best.numbers || s.numbers == best.numbers && best.header == nil && s.header != nil) {
			best = s
		}
	}
	return best, best.numbers > 0
}

// shapeRows is how many rows in a row must look alike to be a table, and
// shapeSkip how many lines may stand before them.
const (
	shapeRows = 20
	shapeSkip = 200
)

// oddRows is one in how many of those rows may have other cells: a row that went
// wrong hides no table.
const oddRows = 4

// shapeWith finds the first of some rows that have equally many cells, each with
// a number among them.
func shapeWith(lines [][]byte, delimiter, point byte) (tableShape, bool) {
	for len(lines) > 0 && len(lines[len(lines)-1]) == 0 {
		lines = lines[:len(lines)-1]
	}
	for first := 0; first < min(len(lines), shapeSkip); first++ {
		s := tableShape{delimiter: delimiter, point: point, headerAt: -1, first: first}
		alike, odd := 0, 0
		for _, line := range lines[first:min(first+shapeRows, len(lines))] {
			cells, ok := splitFields(line, delimiter)
			numbers := 0
			for _, c := range cells {
				if isNumeralWith(c, point) {
					numbers++
				}
			}
			if alike > 0 && (numbers > 0 && len(cells) != s.columns || !ok) {
				odd++
				continue
			}
			if !ok || numbers == 0 {
				break
			}
			s.columns = len(cells)
			s.numbers += numbers
			alike++
		}
		if alike+odd == min(shapeRows, len(lines)-first) && odd*oddRows <= alike {
			s.findHeader(lines)
			return s, true
		}
	}
	return tableShape{}, false
}

// findHeader looks above the first row for as many names, and for a row of
// units below them.
func (s *tableShape) findHeader(lines [][]byte) {
	s.above = lines[:s.first]
	above := func(at int) []string {
		if at < 0 {
			return nil
		}
		cells, ok := splitFields(lines[at], s.delimiter)
		if !ok || len(cells) != s.columns {
			return nil
		}
		return cells
	}
	at := s.first - 1
	cells := above(at)
	if cells != nil && allUnits(cells) && above(at-1) != nil {
		s.units = cells
		at--
		cells = above(at)
	}
	if cells != nil && allCalibration(cells) && above(at-1) != nil {
		at--
		cells = above(at)
	}
	if cells == nil || !anyWord(cells) {
		s.units = nil
		return
	}
	s.header, s.headerAt = cells, at
	rows := 1
	if s.units != nil {
		rows = 2
	}
	s.headerApart = at+rows != s.first
}

// anyWord reports a cell with a letter: a row of dashes or numbers names nothing.
func anyWord(cells []string) bool {
	for _, c := range cells {
		if strings.IndexFunc(c, unicode.IsLetter) >= 0 {
			return true
		}
	}
	return false
}

// allCalibration reports the row in which loggers say of each column whether it
// is calibrated.
func allCalibration(cells []string) bool {
	known := 0
	for _, c := range cells {
		switch strings.ToUpper(c) {
		case "CAL", "RAW", "UNCAL":
			known++
		case "":
		default:
			return false
		}
	}
	return known > 0
}

// noUnits are what a row of units holds for a column without one.
var noUnits = []string{"no_units", "no units", "n/a", "-"}

// allUnits reports cells that are short and known as units, or empty.
func allUnits(cells []string) bool {
	known := 0
	for _, c := range cells {
		switch {
		case c == "":
		case len(c) <= 12 && (plainUnit(c) != c || knownUnit(c) || c == "kOhms" || slices.Contains(noUnits, c)):
			known++
		default:
			return false
		}
	}
	return known > 0
}

func isNumeralWith(s string, point byte) bool {
	_, n := scanDecimal([]byte(s), point)
	return n > 0 && n == len(s)
}

// describe fills in what each column holds.
func (in *Inspection) describe(s tableShape, lines [][]byte) {
	for c := 0; c < s.columns; c++ {
		col := InspectedColumn{Kind: "empty", Low: math.Inf(1), High: math.Inf(-1)}
		if s.header != nil {
			col.Name = s.header[c]
			if _, _, unit, ok := unitColumn(col.Name); ok {
				col.Unit = unit
			}
		}
		if col.Unit == "" {
			col.Unit = suffixUnit(col.Name)
		}
		if s.units != nil && s.units[c] != "" {
			if col.Unit = plainUnit(s.units[c]); slices.Contains(noUnits, col.Unit) {
				col.Unit = "1"
			}
		}
		numbers, words, bad := 0, 0, 0
		for i, row := range in.Rows {
			if c >= len(row) || row[c] == "" {
				continue
			}
			if col.Example == "" {
				col.Example = row[c]
			}
			kind := "text"
			if d, n := scanDecimal([]byte(row[c]), s.point); n == len(row[c]) {
				if v, ok := d.float([]byte(row[c]), s.point); ok {
					col.Low, col.High, kind = math.Min(col.Low, v), math.Max(col.High, v), "number"
				}
			} else if calendarFormat(row[c]) != "" {
				kind = "time"
			}
			switch {
			case kind == "number":
				numbers++
			case kind == "text" && !isAbsent([]byte(row[c])):
				if words++; words == 1 {
					bad = i
				}
			}
			if col.Kind == "empty" || kind == "text" {
				col.Kind = kind
			}
		}
		// A cell that is no number makes no text of a column of numbers, the less so
		// where the header names a sensor or a unit.
		if sensor, axis := nameKind(col.Name); words > 0 && (numbers >= 4*words && numbers >= 3 || numbers > words && (col.Unit != "" || sensor != "" && axis != "")) {
			col.Kind = "number"
			in.say("Row %d has %q in column %d (%s), where the other rows have numbers: mend the cell or leave the row out of the file; the import refuses it until then.", in.FirstOf+int64(bad), in.Rows[bad][c], c+1, col.Name)
		}
		if col.Low > col.High {
			col.Low, col.High = 0, 0
		}
		in.Columns = append(in.Columns, col)
	}
}

// say adds a sentence to what is open.
func (in *Inspection) say(format string, args ...any) {
	in.Open = append(in.Open, fmt.Sprintf(format, args...))
}

// delimiterName writes a delimiter as a mapping does.
func delimiterName(b byte) string {
	switch b {
	case '\t':
		return "tab"
	case ' ':
		return "space"
	}
	return string(b)
}

func lowerWords(s string) string { return " " + strings.ReplaceAll(tidy(s), "-", " ") + " " }
