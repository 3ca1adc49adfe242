package codec

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"time"

	"onset/dataset"
)

// sevenRate is the rate in Hz of these tables, which carry no times.
const sevenRate = 50

// sevenFormat reads the table that muvr exchanges for training: no header, the
// sensors' columns, then a label and its intensity, weight and repetitions in
// one of two orders that the table does not tell by itself.
func sevenFormat() format {
	return format{name: "muvr-csv", sniff: sniffSeven, group: groupSeven}
}

// Orders of the three columns after the label: that of the training tables, and
// that of the session exports of 2016.
const (
	intensityFirst = "intensity,weight,repetitions"
	weightFirst    = "weight,repetitions,intensity"
)

// sniffSeven wants every whole line of the head to be numbers, a word or
// nothing, and three cells that are all numbers or all empty.
func sniffSeven(f *sourceFile) bool {
	if !isText(f.head) {
		return false
	}
	lines := bytes.Split(bytes.TrimPrefix(f.head, utf8Mark), []byte("\n"))
	if int64(len(f.head)) < f.size {
		lines = lines[:len(lines)-1]
	}
	columns, seen := 0, 0
	for _, line := range lines {
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 {
			continue
		}
		fields, ok := splitFields(line, ',')
		if !ok || len(fields) < 7 || columns != 0 && len(fields) != columns {
			return false
		}
		columns = len(fields)
		if !sevenLine(fields) {
			return false
		}
		seen++
	}
	if seen == 0 {
		return false
	}
	f.detail = columns - 4
	return true
}

func sevenLine(fields []string) bool {
	n := len(fields) - 4
	for _, v := range fields[:n] {
		if !isNumeral(v) {
			return false
		}
	}
	if isNumeral(fields[n]) {
		return false
	}
	empty := 0
	for _, v := range fields[n+1:] {
		if v == "" {
			empty++
		} else if !isNumeral(v) {
			return false
		}
	}
	return empty == 0 || empty == 3
}

func isNumeral(s string) bool {
	_, n := scanDecimal([]byte(s), '.')
	return n > 0 && n == len(s)
}

func groupSeven(mine []*sourceFile, _ surveyed) []unit {
	var units []unit
	for _, f := range mine {
		d := &sevenDecoder{file: f, sensors: f.detail.(int)}
		units = append(units, unit{source: f.shown, format: "muvr-csv", files: []*sourceFile{f}, decode: d.decode})
	}
	return units
}

// sevenDecoder reads one table.
type sevenDecoder struct {
	file    *sourceFile
	sensors int // columns before the label
	runs    []sevenRun
	columns *Mapping
}

// sevenRun is a stretch of rows with equal label cells.
type sevenRun struct {
	start, end int64
	cells      [4]string
	row        int64 // of its first row in the file
}

func (d *sevenDecoder) decode(ctx context.Context, w *session) error {
	channels, err := d.channels(w)
	if err != nil {
		return err
	}
	if d.columns, err = sevenColumns(channels); err != nil {
		return err
	}
	info := dataset.Session{Source: sourceLabel("table", d.file.name())}
	// A session export is named after its start; nothing inside tells it.
	stem := strings.TrimSuffix(d.file.name(), filepath.Ext(d.file.name()))
	if start, err := time.Parse("2006-01-02T15-04-05Z", stem); err == nil {
		info.Start, info.Zone = start, "UTC"
	}
	if err := w.open(ctx, info); err != nil {
		return err
	}
	w.find(dataset.Finding{Kind: dataset.FindingNote, Sample: -1,
		Message: fmt.Sprintf("The table carries no times; its samples are placed at %d Hz, which is the format's rate.", sevenRate)})
	rec, err := w.record(ctx, recordingSpec{Device: "muvr", Placement: "wrist", NominalHz: sevenRate, Channels: channels})
	if err != nil {
		return err
	}
	if err := d.read(ctx, w, rec); err != nil {
		return err
	}
	id, err := rec.finish(ctx, dataset.Uniform(0, sevenRate), 0, nil)
	if err != nil {
		return err
	}
	return d.attachLabels(w, id)
}

// channels says what the sensors' columns are: three are an accelerometer's.
func (d *sevenDecoder) channels(w *session) ([]dataset.Channel, error) {
	var channels []dataset.Channel
	xyz := func(kind, unit string) {
		for _, axis := range []string{"x", "y", "z"} {
			channels = append(channels, dataset.Channel{Kind: kind, Axis: axis, Unit: unit})
		}
	}
	xyz("accelerometer", "g")
	switch d.sensors {
	case 3:
		return channels, nil
	case 4:
		return append(channels, dataset.Channel{Kind: "heart-rate", Unit: "1/min"}), nil
	case 6:
		answer, err := w.ask(Question{Topic: "columns", Text: "The table has six columns of sensors and does not say what the last three are.",
			Choices: []Choice{{"accelerometer,gyroscope", "an accelerometer in g and a gyroscope in rad/s"}}})
		if err != nil || answer == "" {
			return nil, err
		}
		xyz("gyroscope", "rad/s")
		return channels, nil
	}
	return nil, badFile(d.file.path, "the table has %d columns of sensors and does not say what they are; describe them with a mapping", d.sensors)
}

// sevenColumns is a mapping that reads the sensors' columns and the four cells
// of the label.
func sevenColumns(channels []dataset.Channel) (*Mapping, error) {
	m := &Mapping{Name: "muvr-csv", File: FileRule{Delimiter: ","}, Time: TimeRule{Rate: sevenRate}}
	for i, c := range channels {
		m.Channels = append(m.Channels, ChannelRule{Column: Column{Number: i + 1}, Kind: c.Kind, Unit: c.Unit})
	}
	for i := 0; i < 4; i++ {
		m.Labels = append(m.Labels, LabelRule{Span: "runs", Column: &Column{Number: len(channels) + i + 1}, Exercise: "{value}"})
	}
	return m, m.compile()
}

func (d *sevenDecoder) read(ctx context.Context, w *session, rec *recording) error {
	file, err := w.file(ctx, d.file)
	if err != nil {
		return err
	}
	defer file.Close()
	rows, err := d.columns.openRows(d.file.path, file)
	if err != nil {
		return err
	}
	for {
		if err := rows.batch(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		for k := 0; k < rows.rows; k++ {
			if err := d.follow(rec.samples+int64(k), [4]string{rows.texts[0][k], rows.texts[1][k], rows.texts[2][k], rows.texts[3][k]}); err != nil {
				return err
			}
		}
		if err := rec.append(ctx, rows.values); err != nil {
			return err
		}
	}
}

func (d *sevenDecoder) follow(at int64, cells [4]string) error {
	if n := len(d.runs); n > 0 && d.runs[n-1].cells == cells {
		d.runs[n-1].end = at + 1
		return nil
	}
	if len(d.runs) >= maxRuns {
		return badRow(d.file.path, at+1, "the label has changed more than %d times; this is no table of labelled sets", maxRuns)
	}
	d.runs = append(d.runs, sevenRun{start: at, end: at + 1, cells: cells, row: at + 1})
	return nil
}

// attachLabels makes labels of the runs. Cells "", "-" and "no_exercise" say
// that nothing was done; "setup_" stands before the exercise that is set up.
func (d *sevenDecoder) attachLabels(w *session, id dataset.RecordingID) error {
	order, err := d.order(w)
	if err != nil {
		return err
	}
	for _, r := range d.runs {
		l := dataset.Label{Recording: id, Start: r.start, End: r.end}
		name := r.cells[0]
		switch {
		case name == "":
			continue
		case name == "-" || name == "no_exercise":
			l.Kind = dataset.KindRest
			w.plainLabel(l)
			continue
		case strings.HasPrefix(name, "setup_"):
			l.Kind = dataset.KindSetup
			name = strings.TrimPrefix(name, "setup_")
		}
		if r.cells[1] != "" {
			if l.Attributes, err = r.attributes(d.file.path, order); err != nil {
				return err
			}
		}
		group, exercise := splitExercise(name)
		w.label(l, exercise, group)
	}
	return nil
}

// splitExercise takes an id such as type:group/exercise apart; a bare name has
// no group.
func splitExercise(id string) (group, name string) {
	if _, after, ok := strings.Cut(id, ":"); ok {
		id = after
	}
	if i := strings.LastIndexByte(id, '/'); i >= 0 {
		return id[:i], id[i+1:]
	}
	return "", id
}

// triple is the intensity, weight and repetitions of a run in an order.
func (r sevenRun) triple(order string) (intensity, weight, reps float64, ok bool) {
	var v [3]float64
	for i, text := range r.cells[1:] {
		d, n := scanDecimal([]byte(text), '.')
		f, fine := d.float([]byte(text), '.')
		if n == 0 || n != len(text) || !fine {
			return 0, 0, 0, false
		}
		v[i] = f
	}
	intensity, weight, reps = v[0], v[1], v[2]
	if order == weightFirst {
		weight, reps, intensity = v[0], v[1], v[2]
	}
	ok = intensity >= 0 && intensity <= 1 && weight >= 0 && weight <= 1000 && reps >= 0 && reps <= 10000 && reps == math.Trunc(reps)
	return intensity, weight, reps, ok
}

func (r sevenRun) attributes(path, order string) (dataset.Attributes, error) {
	intensity, weight, reps, ok := r.triple(order)
	if !ok {
		return dataset.Attributes{}, badRow(path, r.row, "%q is no %s", strings.Join(r.cells[1:], ","), order)
	}
	n := int(reps)
	return dataset.Attributes{Intensity: &intensity, WeightKg: &weight, Repetitions: &n}, nil
}

// order finds which order fits all labels. When both do and it matters, the
// person is asked.
func (d *sevenDecoder) order(w *session) (string, error) {
	fits := map[string]bool{intensityFirst: true, weightFirst: true}
	matters, row := false, int64(0)
	for _, r := range d.runs {
		if r.cells[0] == "" || r.cells[1] == "" {
			continue
		}
		for order := range fits {
			if _, _, _, ok := r.triple(order); !ok {
				fits[order] = false
			}
		}
		if r.cells[1] != r.cells[2] || r.cells[2] != r.cells[3] {
			matters = true
		}
		if !fits[intensityFirst] && !fits[weightFirst] {
			row = r.row
			return "", badRow(d.file.path, row, "the three numbers after the label fit neither %s nor %s in all rows", intensityFirst, weightFirst)
		}
	}
	switch {
	case !fits[weightFirst] || !matters:
		return intensityFirst, nil
	case !fits[intensityFirst]:
		return weightFirst, nil
	}
	answer, err := w.ask(Question{Topic: "column-order", Text: "The three numbers after the label can be read in two orders, and both make sense.",
		Choices: []Choice{{intensityFirst, "intensity, weight in kg, repetitions"}, {weightFirst, "weight in kg, repetitions, intensity (session exports of 2016)"}}})
	return answer, err
}
