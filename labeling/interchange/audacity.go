package interchange

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

func exportAudacity(w io.Writer, d Document) ([]Note, error) {
	b := bufio.NewWriter(w)
	clean := strings.NewReplacer("\t", " ", "\n", " ", "\r", " ")
	for _, s := range d.Spans {
		fmt.Fprintf(b, "%.6f\t%.6f\t%s\n", s.StartS, s.EndS, clean.Replace(named(s)))
	}
	return append(lost(d, "Audacity"), renamed(d, "Audacity", clean.Replace)...), b.Flush()
}

// importAudacity reads start, end and text separated by tabs. A line that
// begins with a backslash holds a frequency range and belongs to the one above.
func importAudacity(r io.Reader, known Document) (Document, []Note, error) {
	b, err := readAll(r)
	if err != nil {
		return Document{}, nil, err
	}
	d := Document{Session: known.Session, Start: known.Start, Line: known.Line}
	var notes []Note
	for i, line := range bytes.Split(b, []byte("\n")) {
		text := strings.TrimRight(string(line), "\r")
		if strings.TrimSpace(text) == "" {
			continue
		}
		if strings.HasPrefix(text, "\\") {
			notes = append(notes, Note{i + 1, "a frequency range was left out"})
			continue
		}
		cells := strings.SplitN(text, "\t", 3)
		if len(cells) < 2 {
			return Document{}, nil, fmt.Errorf("line %d: %q is not start, tab, end, tab, text", i+1, text)
		}
		s := Span{Confidence: 1, Place: fmt.Sprintf("line %d", i+1)}
		for k, p := range []*float64{&s.StartS, &s.EndS} {
			// a comma is what some locales write for the decimal point
			v, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(cells[k]), ",", ".", 1), 64)
			if err != nil {
				return Document{}, nil, fmt.Errorf("line %d: %q is not a time in seconds", i+1, cells[k])
			}
			*p = v
		}
		if len(cells) == 3 {
			s.Label = cells[2]
		}
		if err := checkSpan(s); err != nil {
			return Document{}, nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		d.Spans = append(d.Spans, s)
	}
	return finish(d), notes, nil
}
