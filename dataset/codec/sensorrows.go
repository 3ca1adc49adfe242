package codec

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"onset/dataset"
)

// sensorRowsFormat reads the table in which the rows of several sensors follow
// one another: number, place, rate, type and up to three whole values.
func sensorRowsFormat() format {
	return format{name: "muvr-sensor-rows", sniff: sniffSensorRows, group: groupSensorRows}
}

var sensorRowsHeader = []string{"timestamp", "location", "rate", "type", "x", "y", "z"}

func sniffSensorRows(f *sourceFile) bool {
	lines := headLines(f, 1)
	if len(lines) == 0 {
		return false
	}
	header, ok := splitFields([]byte(lines[0]), ',')
	return ok && strings.Join(header, ",") == strings.Join(sensorRowsHeader, ",")
}

func groupSensorRows(mine []*sourceFile, _ surveyed) []unit {
	var units []unit
	for _, f := range mine {
		d := &sensorRowsDecoder{file: f, streams: map[rowStream]*rowOut{}}
		units = append(units, unit{source: f.shown, format: "muvr-sensor-rows", files: []*sourceFile{f}, decode: d.decode})
	}
	return units
}

// rowStream is one sensor of the table.
type rowStream struct {
	location, kind string
	rate           int
}

// rowOut is a sensor's recording and the samples that wait to be stored.
type rowOut struct {
	rec   *recording
	codes [][]int32
}

// maxRowStreams bounds the sensors of a table.
const maxRowStreams = 64

type sensorRowsDecoder struct {
	file    *sourceFile
	streams map[rowStream]*rowOut
	order   []rowStream
}

func (d *sensorRowsDecoder) decode(ctx context.Context, w *session) error {
	if err := w.open(ctx, dataset.Session{Source: sourceLabel("table", d.file.name())}); err != nil {
		return err
	}
	w.find(dataset.Finding{Kind: dataset.FindingNote, Sample: -1,
		Message: "The rows are numbered and carry no times; each sensor's samples are laid end to end at the rate that they claim."})
	if err := d.read(ctx, w); err != nil {
		return err
	}
	if len(d.order) == 0 {
		return badFile(d.file.path, "the table has no rows of data")
	}
	for _, s := range d.order {
		out := d.streams[s]
		if err := out.flush(ctx); err != nil {
			return err
		}
		if _, err := out.rec.finish(ctx, dataset.Uniform(0, float64(s.rate)), 0, nil); err != nil {
			return err
		}
	}
	return nil
}

func (d *sensorRowsDecoder) read(ctx context.Context, w *session) error {
	file, err := w.file(ctx, d.file)
	if err != nil {
		return err
	}
	defer file.Close()
	in := newTable(d.file.path, file)
	for {
		line, err := in.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if in.row == 1 || len(line) == 0 {
			continue
		}
		if err := d.row(ctx, w, in, line); err != nil {
			return err
		}
	}
}

func (d *sensorRowsDecoder) row(ctx context.Context, w *session, in *table, line []byte) error {
	fields, ok := splitFields(line, ',')
	if !ok || len(fields) != len(sensorRowsHeader) {
		return badRow(in.path, in.row, "the row has not the %d columns of its header", len(sensorRowsHeader))
	}
	rate, err := strconv.Atoi(fields[2])
	if err != nil || rate < 1 || rate > 10000 {
		return badRow(in.path, in.row, "column 3 (rate): %q is no rate in Hz", clipText(fields[2], 40))
	}
	s := rowStream{fields[1], fields[3], rate}
	out := d.streams[s]
	if out == nil {
		if out, err = d.start(ctx, w, s, in); err != nil {
			return err
		}
	}
	for c := range out.codes {
		v, err := strconv.ParseInt(fields[4+c], 10, 32)
		if err != nil {
			return badRow(in.path, in.row, "column %d (%s): %q is not a whole number", 5+c, sensorRowsHeader[4+c], clipText(fields[4+c], 40))
		}
		out.codes[c] = append(out.codes[c], int32(v))
	}
	if len(out.codes[0]) == batchRows {
		return out.flush(ctx)
	}
	return nil
}

func (o *rowOut) flush(ctx context.Context) error {
	err := o.rec.appendCodes(ctx, o.codes)
	for c := range o.codes {
		o.codes[c] = o.codes[c][:0]
	}
	return err
}

// start begins the recording of a sensor that is met for the first time.
func (d *sensorRowsDecoder) start(ctx context.Context, w *session, s rowStream, in *table) (*rowOut, error) {
	kinds := map[string]byte{"AccelerometerValue": packetAccelerometer, "RotationValue": packetRotation, "HeartRate": packetHeartRate}
	kind, known := kinds[s.kind]
	if !known || len(d.order) >= maxRowStreams {
		return nil, badRow(in.path, in.row, "column 4 (type): %q is no type that is known", clipText(s.kind, 40))
	}
	spec := liftStream{kind: kind, placement: rowPlacement(s.location), rate: s.rate}.spec()
	spec.Device = "muvr"
	rec, err := w.record(ctx, spec)
	if err != nil {
		return nil, err
	}
	out := &rowOut{rec: rec, codes: make([][]int32, len(spec.Channels))}
	d.streams[s] = out
	d.order = append(d.order, s)
	return out, nil
}

// rowPlacement is the place that a location such as wrist.0 names; a second
// device at the same place keeps its number.
func rowPlacement(location string) string {
	place, number, _ := strings.Cut(location, ".")
	switch place {
	case "wrist", "waist", "chest", "foot":
	default:
		place = "unknown"
	}
	if n, err := strconv.Atoi(number); err == nil && n > 0 {
		return fmt.Sprintf("%s-%d", place, n+1)
	}
	return place
}
