package interchange

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"onset/dataset"
	"onset/dataset/tabletext"
)

// ownColumns is the header of our own format. Both times and sample numbers are
// written; times rule on the way in.
var ownColumns = []string{"session", "start_s", "end_s", "start_sample", "end_sample", "label", "kind", "rater", "set", "origin", "confidence", "attributes"}

func exportCSV(w io.Writer, d Document) ([]Note, error) {
	c := csv.NewWriter(w)
	if err := c.Write(ownColumns); err != nil {
		return nil, err
	}
	for i, s := range d.Spans {
		attributes, err := json.Marshal(s.Attributes)
		if err != nil {
			return nil, fmt.Errorf("label %d: %w", i+1, err)
		}
		first, last := "", ""
		if s.Counted {
			first, last = strconv.FormatInt(s.StartSample, 10), strconv.FormatInt(s.EndSample, 10)
		} else if d.Line.Samples > 0 {
			first, last = strconv.FormatInt(d.Line.Nearest(s.StartS), 10), strconv.FormatInt(d.Line.Boundary(s.EndS), 10)
		}
		if err := c.Write([]string{d.Session, number(s.StartS), number(s.EndS), first, last,
			s.Label, s.Kind, s.Rater, s.Set, s.Origin, number(s.Confidence), string(attributes)}); err != nil {
			return nil, err
		}
	}
	c.Flush()
	return renamed(d, "The CSV", inCell), c.Error()
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// table reads rows of cells under a header into maps from column to cell; a comma
// of 0 is found from the header. Beside semicolons and tabs a number may have a
// decimal comma.
func table(r io.Reader, comma rune, need ...string) ([]map[string]string, error) {
	b, err := readAll(r)
	if err != nil {
		return nil, err
	}
	text, err := tabletext.Decode(b)
	if err != nil {
		return nil, err
	}
	if comma == 0 {
		comma = tabletext.Delimiter(text)
	}
	c := csv.NewReader(strings.NewReader(text))
	c.Comma, c.LazyQuotes, c.FieldsPerRecord = comma, true, -1
	head, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the label file is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the header: %w", err)
	}
	have := map[string]bool{}
	for i := range head {
		head[i] = strings.TrimSpace(head[i])
		have[head[i]] = true
	}
	for _, n := range need {
		if !have[n] {
			return nil, fmt.Errorf("the header has no column %q; it has %s", n, strings.Join(head, ", "))
		}
	}
	var rows []map[string]string
	for {
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading row %d: %w", len(rows)+2, err)
		}
		if len(cells) > len(head) {
			return nil, fmt.Errorf("row %d has %d cells; the header has %d", len(rows)+2, len(cells), len(head))
		}
		row := map[string]string{}
		for i, cell := range cells {
			cell = strings.TrimSpace(cell)
			if comma != ',' && slices.Contains(numberColumns, head[i]) {
				cell = strings.Replace(cell, ",", ".", 1)
			}
			row[head[i]] = cell
		}
		rows = append(rows, row)
	}
}

// numberColumns are the columns of our own format that hold numbers.
var numberColumns = []string{"start_s", "end_s", "confidence"}

func importCSV(r io.Reader, known Document) (Document, []Note, error) {
	rows, err := table(r, 0, "start_s", "end_s", "label")
	if err != nil {
		return Document{}, nil, err
	}
	d := Document{Session: known.Session, Start: known.Start, Line: known.Line}
	for i, row := range rows {
		s := Span{Confidence: 1, Label: row["label"], Kind: row["kind"], Rater: row["rater"], Set: row["set"], Origin: row["origin"], Place: place(i)}
		if err := floats(row, map[string]*float64{"start_s": &s.StartS, "end_s": &s.EndS, "confidence": &s.Confidence}); err != nil {
			return Document{}, nil, fmt.Errorf("row %d: %w", i+2, err)
		}
		if text := row["attributes"]; text != "" {
			if err := attributesIn(text, &s.Attributes); err != nil {
				return Document{}, nil, fmt.Errorf("row %d: attributes: %w", i+2, err)
			}
		}
		if s.Kind != "" && !slices.Contains(kinds, s.Kind) {
			return Document{}, nil, fmt.Errorf("row %d: %q is no kind of label; there are %s", i+2, s.Kind, strings.Join(kinds, ", "))
		}
		if err := checkSpan(s); err != nil {
			return Document{}, nil, fmt.Errorf("row %d: %w", i+2, err)
		}
		if session := row["session"]; session != "" {
			if i > 0 && session != d.Session {
				return Document{}, nil, fmt.Errorf("row %d: session %q follows session %q; one file holds one session", i+2, session, d.Session)
			}
			d.Session = session
		}
		first, err := whole(row, "start_sample")
		last, err2 := whole(row, "end_sample")
		if err = cmp.Or(err, err2); err == nil {
			err = checkCounted(&s, first, last, known)
		}
		if err != nil {
			return Document{}, nil, fmt.Errorf("row %d: %w", i+2, err)
		}
		d.Spans = append(d.Spans, s)
	}
	return finish(d), nil, nil
}

// kinds are the kinds that a file may say.
var kinds = []string{dataset.KindExercise, dataset.KindSetup, dataset.KindRest, dataset.KindPoint}

// place is where the row of an index stands, below the header.
func place(i int) string { return fmt.Sprintf("row %d", i+2) }

// attributesIn reads attributes and refuses names that we do not know: what has no
// name here goes into extra.
func attributesIn(text string, into *dataset.Attributes) error {
	var said map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(said)) {
		if !slices.Contains(attributeNames, name) {
			return fmt.Errorf("%q is none of the known names, which are %s; anything else goes into extra, as text by name", name, strings.Join(attributeNames, ", "))
		}
	}
	return json.Unmarshal([]byte(text), into)
}

// attributeNames are the names in dataset.Attributes.
var attributeNames = []string{"repetitions", "weight_kg", "intensity", "side", "quality", "execution", "note", "extra"}

// whole is a sample number of a row, nil where it says none.
func whole(row map[string]string, column string) (*int64, error) {
	text := row[column]
	if text == "" {
		return nil, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("column %s holds %q, not a sample number", column, text)
	}
	return &n, nil
}

// floats parses named cells; an empty confidence stays 0.
func floats(row map[string]string, into map[string]*float64) error {
	for name, p := range into {
		text := row[name]
		if text == "" && name == "confidence" {
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return fmt.Errorf("column %s holds %q, not a number", name, text)
		}
		*p = v
	}
	return nil
}

// signalignerSources are what Signaligner itself writes for the source.
var signalignerSources = []string{"Player", "Expert", "Algo", "Truth"}

const signalignerTime = "2006-01-02 15:04:05.000"

func exportSignaligner(w io.Writer, d Document) ([]Note, error) {
	if d.Start.IsZero() {
		return nil, errors.New("signaligner labels carry wall-clock times and this session has no calendar clock")
	}
	c := csv.NewWriter(w)
	if err := c.Write([]string{"START_TIME", "STOP_TIME", "PREDICTION", "SOURCE", "LABELSET"}); err != nil {
		return nil, err
	}
	at := func(s float64) string {
		return d.Start.Add(time.Duration(math.Round(s*1e3)) * time.Millisecond).Format(signalignerTime)
	}
	for _, s := range d.Spans {
		if err := c.Write([]string{at(s.StartS), at(s.EndS), named(s), "Expert", s.Set}); err != nil {
			return nil, err
		}
	}
	c.Flush()
	notes := append(lost(d, "Signaligner", holdsSet), renamed(d, "Signaligner", inCell)...)
	notes = append(notes, Note{Message: "times are the session's local wall clock without a zone, to the millisecond"})
	return notes, c.Error()
}

func importSignaligner(r io.Reader, known Document) (Document, []Note, error) {
	if known.Start.IsZero() {
		return Document{}, nil, errors.New("signaligner labels carry wall-clock times and this session has no calendar clock to place them on")
	}
	rows, err := table(r, ',', "START_TIME", "STOP_TIME", "PREDICTION")
	if err != nil {
		return Document{}, nil, err
	}
	d := Document{Session: known.Session, Start: known.Start, Line: known.Line}
	for i, row := range rows {
		s := Span{Confidence: 1, Label: row["PREDICTION"], Set: row["LABELSET"], Rater: row["SOURCE"], Place: place(i)}
		if slices.Contains(signalignerSources, s.Rater) {
			s.Rater = "" // what sort of source, not who
		}
		for column, p := range map[string]*float64{"START_TIME": &s.StartS, "STOP_TIME": &s.EndS} {
			t, err := time.ParseInLocation("2006-01-02 15:04:05.999999999", row[column], known.Start.Location())
			if err != nil {
				return Document{}, nil, fmt.Errorf("row %d: %s holds %q, not a time like 2006-01-02 15:04:05.000", i+2, column, row[column])
			}
			*p = t.Sub(known.Start).Seconds()
		}
		// In the hour that an autumn night has twice, the file does not say which is
		// meant: a label that ends before it starts ends in the second.
		if back := fallsBack(known.Start, s.EndS); s.EndS < s.StartS && s.EndS+back >= s.StartS {
			s.EndS += back
		}
		if err := checkSpan(s); err != nil {
			return Document{}, nil, fmt.Errorf("row %d: %w", i+2, err)
		}
		d.Spans = append(d.Spans, s)
	}
	return finish(d), nil, nil
}

// fallsBack is by how many seconds the clocks go back within three hours of a
// moment, 0 for not.
func fallsBack(start time.Time, at float64) float64 {
	const hours = 3 * time.Hour
	t := start.Add(time.Duration(at * float64(time.Second)))
	_, before := t.Add(-hours).Zone()
	_, after := t.Add(hours).Zone()
	return float64(max(before-after, 0))
}

func exportBORIS(w io.Writer, d Document) ([]Note, error) {
	c := csv.NewWriter(w)
	c.Comma = '\t'
	if err := c.Write([]string{"Observation id", "Subject", "Behavior", "Behavior type", "Start (s)", "Stop (s)", "Comment start"}); err != nil {
		return nil, err
	}
	for _, s := range d.Spans {
		kind := "STATE"
		if s.Kind == dataset.KindPoint {
			kind = "POINT"
		}
		text, err := comment(s)
		if err != nil {
			return nil, fmt.Errorf("the label at %.3f s: %w", s.StartS, err)
		}
		if err := c.Write([]string{d.Session, s.Rater, named(s), kind, fmt.Sprintf("%.6f", s.StartS), fmt.Sprintf("%.6f", s.EndS), text}); err != nil {
			return nil, err
		}
	}
	c.Flush()
	notes := append(renamed(d, "BORIS", inCell), Note{Message: "what BORIS has no column for stands in the comment, behind \"" + marked + "\""})
	return notes, c.Error()
}

// importBORIS reads both tabular exports: aggregated events with a start and a
// stop in one row, and plain events whose START and STOP rows must pair.
func importBORIS(r io.Reader, known Document) (Document, []Note, error) {
	b, err := readAll(r)
	if err != nil {
		return Document{}, nil, err
	}
	comma := ','
	if line, _, _ := bytes.Cut(b, []byte("\n")); bytes.Count(line, []byte("\t")) > bytes.Count(line, []byte(",")) {
		comma = '\t'
	}
	rows, err := table(bytes.NewReader(b), comma, "Behavior")
	if err != nil {
		return Document{}, nil, err
	}
	d := Document{Session: known.Session, Start: known.Start, Line: known.Line}
	open := map[[2]string]Span{}
	for i, row := range rows {
		s := Span{Confidence: 1, Label: row["Behavior"], Rater: row["Subject"], Place: place(i)}
		takeComment(&s, row["Comment start"])
		if _, plain := row["Time"]; plain {
			done, ok, err := pairBORIS(open, s, row)
			if err != nil {
				return Document{}, nil, fmt.Errorf("row %d: %w", i+2, err)
			}
			if !ok {
				continue
			}
			s = done
		} else if err := floats(row, map[string]*float64{"Start (s)": &s.StartS, "Stop (s)": &s.EndS}); err != nil {
			return Document{}, nil, fmt.Errorf("row %d: %w", i+2, err)
		}
		if err := checkSpan(s); err != nil {
			return Document{}, nil, fmt.Errorf("row %d: %w", i+2, err)
		}
		d.Spans = append(d.Spans, s)
	}
	for _, s := range open {
		return Document{}, nil, fmt.Errorf("%q starts at %.3f s and never stops: every START row needs its STOP row", s.Label, s.StartS)
	}
	return finish(d), nil, nil
}

func pairBORIS(open map[[2]string]Span, s Span, row map[string]string) (Span, bool, error) {
	if err := floats(row, map[string]*float64{"Time": &s.StartS}); err != nil {
		return Span{}, false, err
	}
	s.EndS = s.StartS
	key := [2]string{s.Rater, s.Label}
	first, started := open[key]
	switch status := row["Status"] + row["Behavior type"]; status {
	case "POINT":
		s.Kind = dataset.KindPoint
		return s, true, nil
	case "START":
		if started {
			return Span{}, false, fmt.Errorf("%q starts again before it stopped", s.Label)
		}
		open[key] = s
		return Span{}, false, nil
	case "STOP":
		if !started {
			return Span{}, false, fmt.Errorf("%q stops without having started", s.Label)
		}
		delete(open, key)
		first.EndS = s.StartS
		return first, true, nil
	default:
		return Span{}, false, fmt.Errorf("status %q is none of START, STOP, POINT", status)
	}
}
