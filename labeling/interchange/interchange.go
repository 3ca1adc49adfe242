// Package interchange reads and writes labels in the formats of other programs.
//
// Every format loses something. An export says what it could not hold and an
// import what it could not use, as notes; nothing is dropped in silence.
package interchange

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"onset/dataset"
	"onset/labeling"
)

// maxBytes bounds a label file: ten million labels fit.
const maxBytes = 1 << 30

// Span is one label outside the study: times in seconds from the session's
// start, half-open; EndS == StartS is a point event.
type Span struct {
	StartS, EndS float64
	Label        string // the exercise
	Kind         string // one of dataset's label kinds
	Rater        string
	Set          string
	Origin       string
	Confidence   float64
	Attributes   dataset.Attributes
	// Counted says that the label's own samples are known: those of its recording
	// from StartSample up to, not including, EndSample.
	Counted                bool
	StartSample, EndSample int64
	// Place is where a file that was read has it, such as "row 3".
	Place string
}

// Document is the labels of one session.
type Document struct {
	Session string    // the session's code; empty when a file does not say
	Start   time.Time // moment of time zero, for formats that write wall clocks; zero when unknown
	Unzoned bool      // Start is what the clock on the wall showed, in a zone that nobody named
	// Line is the recording that formats with sample numbers count in; without
	// samples when unknown.
	Line labeling.Timeline
	// Others are the session's further recordings, whose samples a file may count.
	Others []labeling.Timeline
	Spans  []Span
}

// Note is something a format could not hold or a reader could not use.
type Note struct {
	Line    int // line, row or element number in the file from 1; 0 for the whole
	Message string
}

// Messages are notes as sentences, with their line where they have one.
func Messages(notes []Note) (said []string) {
	for _, n := range notes {
		text := n.Message
		if n.Line > 0 {
			text = fmt.Sprintf("line %d: %s", n.Line, text)
		}
		said = append(said, text)
	}
	return said
}

// Format is one file format.
type Format struct {
	Name      string // as a command names it: "csv", "audacity", ...
	Title     string // as a person names it
	Extension string // with the dot
	// Import reads a document. known tells what the file itself may leave out:
	// its Start for wall clocks, its Line for sample numbers.
	Import func(r io.Reader, known Document) (Document, []Note, error)
	Export func(w io.Writer, d Document) ([]Note, error)
}

// Formats lists every format, own first.
func Formats() []Format {
	return []Format{
		{"csv", "Onset CSV", ".csv", importCSV, exportCSV},
		{"audacity", "Audacity labels", ".txt", importAudacity, exportAudacity},
		{"elan", "ELAN annotation", ".eaf", importELAN, exportELAN},
		{"label-studio", "Label Studio JSON", ".json", importLabelStudio, exportLabelStudio},
		{"boris", "BORIS tabular events", ".tsv", importBORIS, exportBORIS},
		{"signaligner", "Signaligner CSV", ".csv", importSignaligner, exportSignaligner},
		{"sensiml", "SensiML .dai", ".dai", importSensiML, exportSensiML},
	}
}

// ByName finds a format.
func ByName(name string) (Format, error) {
	var names []string
	for _, f := range Formats() {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Format{}, fmt.Errorf("no label format is called %q; there are %s", name, strings.Join(names, ", "))
}

// readAll reads a bounded file without a byte-order mark.
func readAll(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading the label file: %w", err)
	}
	if len(b) > maxBytes {
		return nil, fmt.Errorf("the label file is larger than %d MB", maxBytes>>20)
	}
	return bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), nil
}

// checkSpan refuses times that no label can have.
func checkSpan(s Span) error {
	if math.IsNaN(s.StartS) || math.IsNaN(s.EndS) || math.IsInf(s.StartS, 0) || math.IsInf(s.EndS, 0) {
		return fmt.Errorf("the times %v to %v are not numbers", s.StartS, s.EndS)
	}
	if s.EndS < s.StartS {
		return fmt.Errorf("it ends at %.6f s, before it starts at %.6f s", s.EndS, s.StartS)
	}
	return nil
}

// imported is the origin of a label that a file says nothing else of.
const imported = "import"

// finish fills what a format leaves out and sorts. Confidence is the reader's
// to set, since 0 is a value.
func finish(d Document) Document {
	for i := range d.Spans {
		s := &d.Spans[i]
		if s.Kind == "" {
			s.Label, s.Kind = kindIn(s.Label)
		}
		if s.Kind == "" {
			s.Kind = dataset.KindExercise
			if s.StartS == s.EndS {
				s.Kind = dataset.KindPoint
			}
		}
		if s.Origin == "" {
			s.Origin = imported
		}
	}
	slices.SortStableFunc(d.Spans, func(a, b Span) int {
		return cmp.Or(cmp.Compare(a.StartS, b.StartS), strings.Compare(a.Label, b.Label))
	})
	return d
}

// Formats that hold a name and times only would make a set of every setup
// window and rest: there the name says what it is, as in "squat (setup)".
const (
	setupWord = "setup"
	restWord  = "rest"
)

// named is a span's name with its kind. A set or a point that is itself called so
// says that it is one.
func named(s Span) string {
	word := ""
	switch s.Kind {
	case dataset.KindSetup:
		word = setupWord
	case dataset.KindRest:
		word = restWord
	default:
		if !ambiguous(s.Label) {
			return s.Label
		}
		if word = dataset.KindExercise; s.Kind == dataset.KindPoint {
			word = dataset.KindPoint
		}
	}
	if s.Label == "" {
		return word
	}
	return s.Label + " (" + word + ")"
}

// ambiguous reports whether a name would be read as one with a kind.
func ambiguous(name string) bool {
	_, kind := kindIn(name)
	return kind != ""
}

// kindIn takes such a name apart; the kind is empty where the name says none.
func kindIn(name string) (label, kind string) {
	switch name {
	case setupWord:
		return "", dataset.KindSetup
	case restWord:
		return "", dataset.KindRest
	}
	for _, k := range [][2]string{{setupWord, dataset.KindSetup}, {restWord, dataset.KindRest}} {
		if label, ok := strings.CutSuffix(name, " ("+k[0]+")"); ok {
			return label, k[1]
		}
	}
	for _, kind := range []string{dataset.KindExercise, dataset.KindPoint} {
		if label, ok := strings.CutSuffix(name, " ("+kind+")"); ok && ambiguous(label) {
			return label, kind
		}
	}
	return name, ""
}

// lanes deals spans of one kind into lists without overlap, for formats whose
// tiers are exclusive.
func lanes(spans []Span) [][]Span {
	spans = slices.Clone(spans)
	slices.SortStableFunc(spans, func(a, b Span) int { return cmp.Compare(a.StartS, b.StartS) })
	var out [][]Span
next:
	for _, s := range spans {
		for i, lane := range out {
			if lane[len(lane)-1].EndS <= s.StartS {
				out[i] = append(lane, s)
				continue next
			}
		}
		out = append(out, []Span{s})
	}
	return out
}
