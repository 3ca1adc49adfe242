package codec

import (
	"bufio"
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// InspectAs looks at the beginning of a text file that is laid out as a person
// says, whatever Inspect would have found. Rows may have different numbers of
// cells then; there are as many columns as the widest has.
func InspectAs(path string, rule FileRule) (*Inspection, error) {
	head, cut, err := headOf(path)
	if err != nil {
		return nil, err
	}
	lines, err := textLines(path, head, cut)
	if err != nil {
		return nil, err
	}
	delimiter, err := rule.delimiter()
	if err != nil {
		return nil, err
	}
	if n := len(lines); n > 1 && len(lines[n-1]) == 0 {
		lines = lines[:n-1]
	}
	s := tableShape{delimiter: delimiter, point: rule.point(), headerAt: -1, first: rule.Skip}
	if rule.Header {
		s.headerAt = s.first
		s.first++
	}
	if rule.Units {
		s.first++
	}
	if s.first >= len(lines) {
		return nil, badFile(path, "it has %d lines, and none is left after those that are passed over", len(lines))
	}
	in := &Inspection{FirstOf: int64(s.first) + 1}
	in.takeRows(lines[s.first:], delimiter)
	for _, row := range in.Rows {
		s.columns = max(s.columns, len(row))
	}
	if rule.Header {
		s.header = padded(lines[s.headerAt], delimiter, &s.columns)
	}
	if rule.Units {
		s.units = padded(lines[s.first-1], delimiter, &s.columns)
	}
	s.above = lines[:s.first]
	s.header, s.units = widened(s.header, s.columns), widened(s.units, s.columns)
	in.describe(s, lines)
	in.propose(s)
	in.Proposal.File.Skip = rule.Skip
	in.Proposal.File.Empty, in.Proposal.File.Unreadable, in.Proposal.File.Comment = rule.Empty, rule.Unreadable, rule.Comment
	in.written(head)
	return in, nil
}

// takeRows splits the first lines of data; one whose quotes do not close is kept
// as a single cell.
func (in *Inspection) takeRows(lines [][]byte, delimiter byte) {
	for _, line := range lines {
		if len(in.Rows) == inspectRows || len(line) == 0 {
			return
		}
		cells, ok := splitFields(line, delimiter)
		if !ok {
			cells = []string{string(line)}
		}
		in.Rows = append(in.Rows, cells)
	}
}

func padded(line []byte, delimiter byte, columns *int) []string {
	cells, ok := splitFields(line, delimiter)
	if !ok {
		cells = []string{string(line)}
	}
	*columns = max(*columns, len(cells))
	return cells
}

func widened(cells []string, columns int) []string {
	for cells != nil && len(cells) < columns {
		cells = append(cells, "")
	}
	return cells
}

// RecogniseBy makes the mapping claim files like the one at path when it is among
// Options.Mappings: those with the same header line or, without a header, those
// of the same name but for its digits and with as many columns. It returns which
// of both.
func (m *Mapping) RecogniseBy(path string) (header bool, err error) {
	head, cut, err := headOf(path)
	if err != nil {
		return false, err
	}
	lines, err := textLines(path, head, cut)
	if err != nil {
		return false, err
	}
	if m.File.Skip >= len(lines) {
		return false, badFile(path, "it has only %d lines", len(lines))
	}
	line := lines[m.File.Skip]
	if m.File.Header {
		m.Match = MatchRule{Path: `[^/]+`, FirstLine: "^" + regexp.QuoteMeta(string(line)) + "$"}
		return true, m.compile()
	}
	delimiter, err := m.File.delimiter()
	if err != nil {
		return false, err
	}
	other := "[^" + regexp.QuoteMeta(string(delimiter)) + "]*"
	m.Match = MatchRule{
		Path:      digits.ReplaceAllString(regexp.QuoteMeta(plainName(filepath.Base(path))), "[0-9]+"),
		FirstLine: fmt.Sprintf("^%s(?:%s%s){%d}$", other, regexp.QuoteMeta(string(delimiter)), other, bytes.Count(line, []byte{delimiter})),
	}
	return false, m.compile()
}

var digits = regexp.MustCompile(`[0-9]+`)

// RowText reads one row of a text file as it is written, at most 400 characters
// of it; "" when there is none. Rows count from 1.
func RowText(path string, row int64) string {
	f, err := openTable(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 64<<10)
	for n := int64(1); ; n++ {
		line, more, err := in.ReadLine()
		text := ""
		if n == row {
			text = clipText(strings.ToValidUTF8(string(line), "?"), 400)
		}
		for more && err == nil {
			_, more, err = in.ReadLine()
		}
		if n == row || err != nil {
			return text
		}
	}
}

// Recognises reports whether the mapping would claim a file in an import.
func (m *Mapping) Recognises(path string) bool {
	head, _, err := headOf(path)
	return err == nil && m.claims(&sourceFile{path: plainName(path), head: head[:min(len(head), sniffLen)]}, false)
}
