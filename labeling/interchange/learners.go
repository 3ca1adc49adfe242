package interchange

import (
	"bufio"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"onset/dataset"
)

// unlabelled is what Edge Impulse is told of samples that no label covers: its
// ranges must touch.
const unlabelled = "unlabelled"

// gravity is one g in m/s2.
const gravity = 9.80665

// Folders are formats that hold samples and labels together, for programs that
// learn from them. They are written into a new folder; nothing reads them back.
func Folders() []Folder {
	return []Folder{
		{"edge-impulse", "Edge Impulse data with labels", writeEdgeImpulse},
		{"create-ml", "Create ML activity data", writeCreateML},
	}
}

// Folder is one such format.
type Folder struct {
	Name, Title string
	write       func(dir string, parts []part) error
}

// part is a stretch of a recording without a gap, at one rate, with the labels in
// it, counted in the stretch's samples.
type part struct {
	name        string
	channels    []dataset.Channel
	first, last int64 // samples [first, last) of the recording
	rate        float64
	values      [][]float64 // by channel
	labels      []counted
}

func (p part) samples() int64 { return p.last - p.first }

type counted struct {
	start, end int64 // [start, end)
	name       string
	of         int // the label that it is, from 0
}

// Write puts a recording and a session's sets and rests into a folder that must
// not exist yet. Labels of other recordings count for the same time. The formats
// count samples at one steady rate: a recording with gaps becomes a file of each
// stretch between them. What a format cannot hold is an error, and then no folder
// is left. written is how many labels are in the folder; notes say which are not,
// and what of them is not.
func (f Folder) Write(ctx context.Context, dir string, samples dataset.SampleReader, session dataset.Session, r dataset.Recording, labels []dataset.Label) (written int, notes []Note, err error) {
	all, err := f.countedIn(session, r, labels)
	if err != nil {
		return 0, nil, err
	}
	parts := stretches(r)
	if len(parts) == 0 {
		return 0, nil, fmt.Errorf("%s needs samples at a rate, and recording %s has none: %w", f.Title, r.ID, dataset.ErrNoSamples)
	}
	for i := range parts {
		p := &parts[i]
		p.name = string(session.ID)
		if len(parts) > 1 {
			p.name = fmt.Sprintf("%s-%03d", session.ID, i+1)
		}
		for _, c := range all {
			c.start, c.end = max(c.start, p.first)-p.first, min(c.end, p.last)-p.first
			if c.start < c.end {
				p.labels = append(p.labels, c)
			}
		}
		for _, c := range r.Channels {
			v := make([]float64, p.samples())
			n, err := samples.ReadSamples(ctx, c.ID, p.first, v)
			if err == nil && n < len(v) {
				err = dataset.ErrCorrupt
			}
			if err != nil {
				return 0, nil, fmt.Errorf("reading %s of recording %s: %w", c.Kind, r.ID, err)
			}
			p.values = append(p.values, v)
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return 0, nil, fmt.Errorf("writing %s: %w", f.Title, err)
	}
	if err := f.write(dir, parts); err != nil {
		return 0, nil, errors.Join(fmt.Errorf("writing %s: %w", f.Title, err), os.RemoveAll(dir))
	}
	written, notes = f.told(session, r, labels, parts)
	return written, notes, nil
}

// told counts the labels that parts hold, and says what of a session's labels they
// do not.
func (f Folder) told(session dataset.Session, r dataset.Recording, labels []dataset.Label, parts []part) (written int, notes []Note) {
	ranges := map[int]int{}
	for _, p := range parts {
		for _, c := range p.labels {
			ranges[c.of]++
		}
	}
	var kept []dataset.Label
	left := map[string]int{}
	pieces := 0
	for i, l := range labels {
		switch {
		case ranges[i] > 0:
			kept = append(kept, l)
			if ranges[i] > 1 {
				pieces++
			}
		case l.Kind == dataset.KindSetup:
			left["setup window"]++
		case l.Kind == dataset.KindPoint:
			left["point event"]++
		case l.Kind != dataset.KindNone:
			left["label outside the recording"]++
		}
	}
	for _, what := range []string{"setup window", "point event", "label outside the recording"} {
		if n := left[what]; n == 1 {
			notes = append(notes, Note{Message: fmt.Sprintf("%s holds sets and rests: 1 %s is not in it", f.Title, what)})
		} else if n > 1 {
			notes = append(notes, Note{Message: fmt.Sprintf("%s holds sets and rests: %d %s are not in it", f.Title, n, plural(what))})
		}
	}
	if pieces > 0 {
		notes = append(notes, Note{Message: fmt.Sprintf("%s written in several pieces, since nothing was recorded between them", were(pieces))})
	}
	return len(kept), append(notes, lost(DocumentOf(session, r, kept), f.Title)...)
}

func plural(what string) string {
	if rest, ok := strings.CutPrefix(what, "label "); ok {
		return "labels " + rest
	}
	return what + "s"
}

// countedIn is a session's sets and rests in samples of one recording, in order.
func (f Folder) countedIn(session dataset.Session, r dataset.Recording, labels []dataset.Label) (list []counted, err error) {
	clocks := map[dataset.RecordingID]dataset.Clock{}
	for _, x := range session.Recordings {
		clocks[x.ID] = x.Clock
	}
	for i, l := range labels {
		if l.Kind != dataset.KindExercise && l.Kind != dataset.KindRest {
			continue
		}
		c := counted{l.Start, l.End, l.Exercise, i}
		if l.Recording != r.ID {
			other := clocks[l.Recording]
			c.start, c.end = r.Clock.Sample(other.Time(l.Start), r.Samples), r.Clock.Sample(other.End(l.End), r.Samples)
		}
		if c.name == "" {
			c.name = l.Kind
		}
		if c.start < c.end {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b counted) int { return cmp.Compare(a.start, b.start) })
	for i := 1; i < len(list); i++ {
		if list[i].start < list[i-1].end {
			return nil, fmt.Errorf("%s has one label at a time, and %s overlaps %s at sample %d: export one label set",
				f.Title, list[i].name, list[i-1].name, list[i].start)
		}
	}
	return list, nil
}

// stretches are the parts of a recording without a gap, each at one rate.
func stretches(r dataset.Recording) (list []part) {
	segments := r.Clock.Segments
	for i, s := range segments {
		last := r.Samples
		if i+1 < len(segments) {
			last = min(segments[i+1].First, r.Samples)
		}
		if s.First >= last || s.Rate <= 0 {
			continue
		}
		if k := len(list) - 1; k >= 0 && list[k].rate == s.Rate && r.Clock.Contiguous(s.First-1, s.First+1) {
			list[k].last = last
			continue
		}
		list = append(list, part{channels: r.Channels, first: s.First, last: last, rate: s.Rate})
	}
	return list
}

// column is a channel's name in a table.
func column(c dataset.Channel) string {
	if c.Axis == "" {
		return c.Kind
	}
	return c.Kind + "_" + c.Axis
}

// span is a label as Edge Impulse counts it.
type span struct {
	Start int64  `json:"startIndex"`
	End   int64  `json:"endIndex"` // the last sample
	Label string `json:"label"`
}

// touching are ranges over all samples of a part: one counts its last sample, and
// the next begins behind it.
func (p part) touching() (spans []span) {
	at := int64(0)
	for _, l := range p.labels {
		if l.start > at {
			spans = append(spans, span{at, l.start - 1, unlabelled})
		}
		spans = append(spans, span{l.start, l.end - 1, l.name})
		at = l.end
	}
	if at < p.samples() {
		spans = append(spans, span{at, p.samples() - 1, unlabelled})
	}
	return spans
}

// acquired is a part in the data acquisition format, unsigned.
func (p part) acquired() any {
	type sensor struct {
		Name  string `json:"name"`
		Units string `json:"units"`
	}
	var sensors []sensor
	scale := make([]float64, len(p.channels))
	for i, c := range p.channels {
		unit := c.Unit
		if scale[i] = 1; unit == "g" { // accelerations are m/s2 there
			unit, scale[i] = "m/s2", gravity
		}
		sensors = append(sensors, sensor{column(c), unit})
	}
	rows := make([][]float64, p.samples())
	for k := range rows {
		rows[k] = make([]float64, len(p.values))
		for i := range p.values {
			rows[k][i] = p.values[i][k] * scale[i]
		}
	}
	return map[string]any{
		"protected": map[string]any{"ver": "v1", "alg": "none"}, "signature": "none",
		"payload": map[string]any{"device_type": "ONSET", "interval_ms": 1000 / p.rate, "sensors": sensors, "values": rows},
	}
}

// writeEdgeImpulse writes the data of every part and the labels of all.
func writeEdgeImpulse(dir string, parts []part) error {
	type label struct {
		Type   string `json:"type"`
		Labels []span `json:"labels"`
	}
	var files []any
	structured := map[string]any{}
	for _, p := range parts {
		file, spans := p.name+".json", p.touching()
		if err := writeJSON(filepath.Join(dir, file), p.acquired()); err != nil {
			return err
		}
		files = append(files, map[string]any{"path": file, "category": "training", "label": label{"multi-label", spans}})
		structured[file] = spans
	}
	return errors.Join(writeJSON(filepath.Join(dir, "info.labels"), map[string]any{"version": 1, "files": files}),
		writeJSON(filepath.Join(dir, "structured_labels.labels"),
			map[string]any{"version": 1, "type": "structured-labels", "structuredLabels": structured}))
}

func writeJSON(path string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o600)
}

// writeCreateML writes a table of samples of every part and one of annotations,
// whose ranges are in seconds from their file's first sample.
func writeCreateML(dir string, parts []part) error {
	var annotations [][]string
	for _, p := range parts {
		file := p.name + ".csv"
		head := []string{"timestamp"}
		for _, c := range p.channels {
			head = append(head, column(c))
		}
		err := writeTable(filepath.Join(dir, file), head, int(p.samples()), func(k int, cells []string) {
			cells[0] = number(float64(k) / p.rate)
			for i := range p.values {
				cells[i+1] = number(p.values[i][k])
			}
		})
		if err != nil {
			return err
		}
		for _, l := range p.labels {
			annotations = append(annotations, []string{file, l.name, number(float64(l.start) / p.rate), number(float64(l.end) / p.rate)})
		}
	}
	return writeTable(filepath.Join(dir, "annotations.csv"), []string{"filename", "label", "start", "end"}, len(annotations),
		func(k int, cells []string) { copy(cells, annotations[k]) })
}

func writeTable(path string, head []string, rows int, fill func(row int, cells []string)) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(f)
	c := csv.NewWriter(b)
	err = c.Write(head)
	cells := make([]string, len(head))
	for k := 0; k < rows && err == nil; k++ {
		fill(k, cells)
		err = c.Write(cells)
	}
	c.Flush()
	return errors.Join(err, c.Error(), b.Flush(), f.Sync(), f.Close())
}
