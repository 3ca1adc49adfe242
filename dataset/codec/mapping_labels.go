package codec

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"onset/dataset"
)

// maxRuns bounds the runs of a label column: more mean that the column holds
// something else.
const maxRuns = 200_000

// labelRun is a stretch of rows with equal cells in a label column.
type labelRun struct {
	start, end int64
	text       string
}

// runCollector follows the label columns of one file.
type runCollector struct {
	rules []LabelRule
	runs  [][]labelRun
	rows  int64
}

// newRunCollector collects nothing for files after a session's first, whose
// columns tell the same story again.
func newRunCollector(m *Mapping, first bool) *runCollector {
	c := &runCollector{}
	for _, l := range m.Labels {
		if l.Span == "runs" && first {
			c.rules = append(c.rules, l)
		}
	}
	c.runs = make([][]labelRun, len(c.rules))
	return c
}

func (c *runCollector) add(rows *rowBatch, path string) error {
	for i := range c.rules {
		for k, text := range rows.texts[i] {
			at := c.rows + int64(k)
			runs := c.runs[i]
			if n := len(runs); n > 0 && runs[n-1].text == text {
				runs[n-1].end = at + 1
				continue
			}
			if len(runs) >= maxRuns {
				return badFile(path, "the column %s changes more than %d times; it is no label column", c.rules[i].Column, maxRuns)
			}
			c.runs[i] = append(runs, labelRun{at, at + 1, text})
		}
	}
	c.rows += int64(rows.rows)
	return nil
}

// attachLabels makes the labels that the mapping's rules give for a file.
func (d *tableDecoder) attachLabels(ctx context.Context, w *session, s tableSource, id dataset.RecordingID, samples int64, runs *runCollector) error {
	f, captures := s.file, s.captures
	first := f == d.sources[0].file
	run := 0
	for _, rule := range s.mapping.Labels {
		var own []labelRun
		if rule.Span == "runs" {
			if run < len(runs.runs) {
				own = runs.runs[run]
			}
			run++
		}
		if !rule.applies(captures) || rule.Once && !first {
			continue
		}
		switch rule.Span {
		case "recording":
			if err := s.put(w, rule, dataset.Label{Recording: id, End: samples}, captures, f.path); err != nil {
				return err
			}
		case "runs":
			for _, r := range own {
				if err := s.putRun(w, rule, r, id); err != nil {
					return err
				}
			}
		case "file":
			if !first { // one label for all recordings of the session
				continue
			}
			if err := s.putFile(ctx, w, rule, id, samples); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l LabelRule) applies(captures map[string]string) bool {
	for k, v := range l.When {
		if captures[k] != v {
			return false
		}
	}
	return true
}

func (s tableSource) putRun(w *session, rule LabelRule, r labelRun, id dataset.RecordingID) error {
	if r.text == "" || slices.Contains(rule.Ignore, r.text) {
		return nil
	}
	values := maps.Clone(s.captures)
	values["value"] = r.text
	if rule.Tidy {
		values["value"] = tidy(r.text)
	}
	return s.put(w, rule, dataset.Label{Recording: id, Start: r.start, End: r.end}, values, s.file.path)
}

// put fills a label from a rule's templates.
func (s tableSource) put(w *session, rule LabelRule, l dataset.Label, values map[string]string, path string) error {
	m := s.mapping
	fill := func(text string) string { return strings.TrimSpace(m.fill(text, values)) }
	l.Kind = rule.Kind
	a := dataset.Attributes{Execution: fill(rule.Execution), Side: fill(rule.Side), Note: fill(rule.Note)}
	for key, text := range map[string]string{"repetitions": rule.Repetitions, "weight_kg": rule.WeightKg, "intensity": rule.Intensity} {
		text = fill(text)
		if text == "" {
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return badFile(path, "the label's %s is %q, which is not a number", key, clipText(text, 40))
		}
		switch key {
		case "repetitions":
			n := int(v)
			a.Repetitions = &n
		case "weight_kg":
			a.WeightKg = &v
		case "intensity":
			a.Intensity = &v
		}
	}
	for key, text := range rule.Extra {
		if text = fill(text); text != "" {
			if a.Extra == nil {
				a.Extra = map[string]string{}
			}
			a.Extra[key] = text
		}
	}
	l.Attributes = a
	w.label(l, fill(rule.Exercise), fill(rule.Group))
	return nil
}

// putFile makes labels of the rows of a side file, whose bounds are sample
// numbers that may lie between samples. A sample belongs to a span when its
// number lies in [start, end).
func (s tableSource) putFile(ctx context.Context, w *session, rule LabelRule, id dataset.RecordingID, samples int64) error {
	path := filepath.Join(s.file.dir(), filepath.FromSlash(s.mapping.fill(rule.File, s.captures)))
	in, err := openSide(path)
	if err != nil {
		w.find(dataset.Finding{Kind: dataset.FindingLabels, Sample: -1,
			Message: fmt.Sprintf("The label file %s could not be read (%s); imported without its labels.", filepath.Base(path), reasonOf(err))})
		return nil
	}
	defer in.Close()
	delimiter, err := s.mapping.File.delimiter()
	if err != nil {
		return err
	}
	t := newTable(path, in)
	var names []string
	for {
		line, err := t.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		fields, ok := splitFields(line, delimiter)
		switch {
		case len(line) == 0:
			continue
		case !ok:
			return badRow(path, t.row, "a quote does not close")
		case names == nil:
			names = fields
			continue
		case len(fields) != len(names):
			return badRow(path, t.row, "the row has %d columns, its header %d", len(fields), len(names))
		}
		if err := s.putRow(w, rule, t, names, fields, id, samples); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (s tableSource) putRow(w *session, rule LabelRule, t *table, names, fields []string, id dataset.RecordingID, samples int64) error {
	values := maps.Clone(s.captures)
	for i, n := range names {
		if _, taken := s.captures[n]; !taken {
			values[n] = fields[i]
		}
	}
	var bound [2]int64
	for i, column := range []string{rule.Start, rule.End} {
		at := indexOf(names, column)
		if at < 0 {
			return badRow(t.path, 1, "there is no column %q; the columns are %s", column, listNames(names))
		}
		v, err := strconv.ParseFloat(fields[at], 64)
		if err != nil || math.Abs(v) > 1e15 || math.IsNaN(v) {
			return badRow(t.path, t.row, "column %s: %q is not a sample's number", column, clipText(fields[at], 40))
		}
		bound[i] = int64(math.Ceil(v - float64(rule.First)))
	}
	start, end := max(bound[0], 0), min(bound[1], samples)
	if start >= end || bound[0] < 0 || bound[1] > samples {
		w.find(dataset.Finding{Kind: dataset.FindingLabels, Sample: -1, Message: fmt.Sprintf(
			"%s row %d labels samples %s to %s, which reach outside the recording's %d; only what lies inside was kept.",
			filepath.Base(t.path), t.row, fields[indexOf(names, rule.Start)], fields[indexOf(names, rule.End)], samples)})
		if start >= end {
			return nil
		}
	}
	return s.put(w, rule, dataset.Label{Recording: id, Start: start, End: end}, values, t.path)
}

// openSide opens a file beside a recording; links are not followed.
func openSide(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("it is not a regular file")
	}
	return os.Open(path)
}
