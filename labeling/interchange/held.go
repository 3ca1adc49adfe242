package interchange

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"onset/dataset"
)

// details are what a free field of another program's format carries for us: all
// that the format itself has no place for.
type details struct {
	Set        string             `json:"set,omitempty"`
	Origin     string             `json:"origin,omitempty"`
	Confidence *float64           `json:"confidence,omitempty"`
	Attributes dataset.Attributes `json:"attributes,omitzero"`
}

func detailsOf(s Span) details {
	c := s.Confidence
	return details{Set: s.Set, Origin: s.Origin, Confidence: &c, Attributes: s.Attributes}
}

// give puts the details on a span that was read without them.
func (d details) give(s *Span) {
	if d.Set != "" {
		s.Set = d.Set
	}
	if d.Origin != "" {
		s.Origin = d.Origin
	}
	if d.Confidence != nil {
		s.Confidence = *d.Confidence
	}
	note := s.Attributes.Note
	s.Attributes = d.Attributes
	if s.Attributes.Note == "" {
		s.Attributes.Note = note
	}
}

// marked begins our details in a comment that a person may have written in.
const marked = "onset:"

// comment is a person's note with the details behind it.
func comment(s Span) (string, error) {
	d := detailsOf(s)
	d.Attributes.Note = "" // it stands before
	b, err := json.Marshal(d)
	return strings.TrimSpace(s.Attributes.Note + " " + marked + string(b)), err
}

// takeComment takes such a comment apart.
func takeComment(s *Span, text string) {
	s.Attributes.Note = text
	for at := 0; ; at++ {
		i := strings.Index(text[at:], marked+"{")
		if i < 0 {
			return
		}
		at += i
		var d details
		if json.Unmarshal([]byte(text[at+len(marked):]), &d) == nil {
			s.Attributes.Note = strings.TrimSpace(text[:at])
			d.give(s)
			return
		}
	}
}

// Parts of a label that a format may hold.
const (
	holdsRater      = "rater"
	holdsSet        = "set"
	holdsOrigin     = "origin"
	holdsConfidence = "confidence"
	holdsNote       = "note"
	holdsAttributes = "attributes"
)

// lost says exactly what of a document's labels a format has no place for, apart
// from what it holds.
func lost(d Document, format string, holds ...string) []Note {
	sets := map[string]bool{}
	for _, s := range d.Spans {
		sets[s.Set] = true
	}
	var said []string
	count := func(what, held string, has func(Span) bool) {
		n := 0
		for _, s := range d.Spans {
			if has(s) {
				n++
			}
		}
		if n > 0 && !slices.Contains(holds, held) {
			said = append(said, fmt.Sprintf("%s (%d)", what, n))
		}
	}
	count("label set", holdsSet, func(s Span) bool { return len(sets) > 1 && s.Set != "" })
	count("rater", holdsRater, func(s Span) bool { return s.Rater != "" })
	count("origin", holdsOrigin, func(s Span) bool { return s.Origin != "" && s.Origin != imported })
	count("confidence", holdsConfidence, func(s Span) bool { return s.Confidence != 1 })
	for _, a := range []struct {
		what string
		has  func(dataset.Attributes) bool
	}{
		{"repetitions", func(a dataset.Attributes) bool { return a.Repetitions != nil }},
		{"weight", func(a dataset.Attributes) bool { return a.WeightKg != nil }},
		{"intensity", func(a dataset.Attributes) bool { return a.Intensity != nil }},
		{"side", func(a dataset.Attributes) bool { return a.Side != "" }},
		{"quality", func(a dataset.Attributes) bool { return a.Quality != nil }},
		{"execution", func(a dataset.Attributes) bool { return a.Execution != "" }},
		{"further attributes", func(a dataset.Attributes) bool { return len(a.Extra) > 0 }},
	} {
		count(a.what, holdsAttributes, func(s Span) bool { return a.has(s.Attributes) })
	}
	count("note", holdsNote, func(s Span) bool { return s.Attributes.Note != "" })
	if len(said) == 0 {
		return nil
	}
	return []Note{{Message: fmt.Sprintf("%s has no place for these, which stay behind (with the number of labels): %s", format, strings.Join(said, ", "))}}
}

// renamed says how many names a format writes or reads otherwise than they are.
func renamed(d Document, format string, as func(string) string) []Note {
	n, example := 0, ""
	for _, s := range d.Spans {
		if as(s.Label) != s.Label {
			if n++; n == 1 {
				example = s.Label
			}
		}
	}
	if n == 0 {
		return nil
	}
	return []Note{{Message: fmt.Sprintf("%s holds no line breaks, tabs or outer blanks in a name: %s changed, such as %q", format, were(n), example)}}
}

// inCell is a name as it comes out of a table's cell.
func inCell(name string) string {
	return strings.TrimSpace(strings.ReplaceAll(name, "\r\n", "\n"))
}
