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
	write       func(dir string, p part) error
}

// part is one recording with the labels of its session, counted in its samples.
type part struct {
	name   string
	r      dataset.Recording
	values [][]float64 // by channel
	labels []counted
}

type counted struct {
	start, end int64 // [start, end)
	name       string
}

// Write puts a recording and a session's sets and rests into a folder that must
// not exist yet. Labels of other recordings count for the same time. What the
// format cannot hold is an error, and then no folder is left.
func (f Folder) Write(ctx context.Context, dir string, samples dataset.SampleReader, session dataset.Session, r dataset.Recording, labels []dataset.Label) error {
	p := part{name: string(session.ID), r: r}
	if len(r.Clock.Segments) != 1 || r.Clock.Segments[0].Rate <= 0 {
		return fmt.Errorf("%s counts samples at one steady rate, and this recording has gaps: export its stretches one by one", f.Title)
	}
	clocks := map[dataset.RecordingID]dataset.Clock{}
	for _, x := range session.Recordings {
		clocks[x.ID] = x.Clock
	}
	for _, l := range labels {
		if l.Kind != dataset.KindExercise && l.Kind != dataset.KindRest {
			continue
		}
		c := counted{l.Start, l.End, l.Exercise}
		if l.Recording != r.ID {
			other := clocks[l.Recording]
			c.start, c.end = r.Clock.Sample(other.Time(l.Start), r.Samples), r.Clock.Sample(other.End(l.End), r.Samples)
		}
		if c.name == "" {
			c.name = l.Kind
		}
		if c.start < c.end {
			p.labels = append(p.labels, c)
		}
	}
	slices.SortFunc(p.labels, func(a, b counted) int { return cmp.Compare(a.start, b.start) })
	for i := 1; i < len(p.labels); i++ {
		if p.labels[i].start < p.labels[i-1].end {
			return fmt.Errorf("%s has one label at a time, and %s overlaps %s at sample %d: export one label set",
				f.Title, p.labels[i].name, p.labels[i-1].name, p.labels[i].start)
		}
	}
	for _, c := range r.Channels {
		v := make([]float64, r.Samples)
		n, err := samples.ReadSamples(ctx, c.ID, 0, v)
		if err == nil && int64(n) < r.Samples {
			err = dataset.ErrCorrupt
		}
		if err != nil {
			return fmt.Errorf("reading %s of recording %s: %w", c.Kind, r.ID, err)
		}
		p.values = append(p.values, v)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return fmt.Errorf("writing %s: %w", f.Title, err)
	}
	if err := f.write(dir, p); err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", f.Title, err), os.RemoveAll(dir))
	}
	return nil
}

// column is a channel's name in a table.
func column(c dataset.Channel) string {
	if c.Axis == "" {
		return c.Kind
	}
	return c.Kind + "_" + c.Axis
}

// writeEdgeImpulse writes the data acquisition format, unsigned, and the labels of
// its parts. There a range counts its last sample and the next begins behind it.
func writeEdgeImpulse(dir string, p part) error {
	type sensor struct {
		Name  string `json:"name"`
		Units string `json:"units"`
	}
	var sensors []sensor
	scale := make([]float64, len(p.r.Channels))
	for i, c := range p.r.Channels {
		unit := c.Unit
		if scale[i] = 1; unit == "g" { // accelerations are m/s2 there
			unit, scale[i] = "m/s2", gravity
		}
		sensors = append(sensors, sensor{column(c), unit})
	}
	rows := make([][]float64, p.r.Samples)
	for k := range rows {
		rows[k] = make([]float64, len(p.values))
		for i := range p.values {
			rows[k][i] = p.values[i][k] * scale[i]
		}
	}
	file := p.name + ".json"
	data := map[string]any{
		"protected": map[string]any{"ver": "v1", "alg": "none"}, "signature": "none",
		"payload": map[string]any{"device_type": "ONSET", "interval_ms": 1000 / p.r.Clock.Segments[0].Rate, "sensors": sensors, "values": rows},
	}
	type span struct {
		Start int64  `json:"startIndex"`
		End   int64  `json:"endIndex"` // the last sample
		Label string `json:"label"`
	}
	var spans []span
	at := int64(0)
	for _, l := range p.labels {
		if l.start > at {
			spans = append(spans, span{at, l.start - 1, unlabelled})
		}
		spans = append(spans, span{l.start, l.end - 1, l.name})
		at = l.end
	}
	if at < p.r.Samples {
		spans = append(spans, span{at, p.r.Samples - 1, unlabelled})
	}
	type label struct {
		Type   string `json:"type"`
		Labels []span `json:"labels"`
	}
	info := map[string]any{"version": 1, "files": []any{map[string]any{"path": file, "category": "training", "label": label{"multi-label", spans}}}}
	structured := map[string]any{"version": 1, "type": "structured-labels", "structuredLabels": map[string]any{file: spans}}
	return errors.Join(writeJSON(filepath.Join(dir, file), data), writeJSON(filepath.Join(dir, "info.labels"), info),
		writeJSON(filepath.Join(dir, "structured_labels.labels"), structured))
}

func writeJSON(path string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o600)
}

// writeCreateML writes a table of samples and one of annotations, whose ranges are
// in seconds from the first sample.
func writeCreateML(dir string, p part) error {
	file := p.name + ".csv"
	head := []string{"timestamp"}
	for _, c := range p.r.Channels {
		head = append(head, column(c))
	}
	zero := p.r.Clock.Time(0)
	err := writeTable(filepath.Join(dir, file), head, int(p.r.Samples), func(k int, cells []string) {
		cells[0] = number(p.r.Clock.Time(int64(k)) - zero)
		for i := range p.values {
			cells[i+1] = number(p.values[i][k])
		}
	})
	if err != nil {
		return err
	}
	return writeTable(filepath.Join(dir, "annotations.csv"), []string{"filename", "label", "start", "end"}, len(p.labels), func(k int, cells []string) {
		l := p.labels[k]
		cells[0], cells[1] = file, l.name
		cells[2], cells[3] = number(p.r.Clock.Time(l.start)-zero), number(p.r.Clock.End(l.end)-zero)
	})
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
