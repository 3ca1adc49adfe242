package codec

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Bounds of an export in JSON.
const (
	maxRecordSensors = 64
	maxRecordFields  = 400
)

// looksRecordJSON recognises the exports of Sensor Logger and SensorLog in JSON:
// an array of records.
func looksRecordJSON(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, utf8Mark), " \t\r\n")
	if !bytes.HasPrefix(head, []byte("[")) {
		return false
	}
	return bytes.Contains(head, []byte(`"sensor"`)) && bytes.Contains(head, []byte(`"time"`)) || bytes.Contains(head, []byte(`"loggingTime`))
}

// records writes an export in JSON as the tables that the same app writes, one
// a sensor, so that both are read alike.
func (u *unpacker) records(f *sourceFile, dir string) error {
	in, err := os.Open(f.path)
	if err != nil {
		return badFile(f.path, "%s", reasonOf(err))
	}
	defer in.Close()
	d := json.NewDecoder(bufio.NewReaderSize(contextReader{u.ctx, in}, 256<<10))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return badFile(f.path, "it is no array of records")
	}
	tables := map[string]*recordTable{}
	defer func() {
		for _, t := range tables {
			t.file.Close()
		}
	}()
	for row := int64(1); d.More(); row++ {
		var record map[string]any
		if err := d.Decode(&record); err != nil {
			return badByte(f.path, d.InputOffset(), "record %d cannot be read: %v", row, err)
		}
		sensor, _ := record["sensor"].(string)
		if sensor == "" && record["loggingTime"] == nil && record["loggingTime(txt)"] == nil {
			return badByte(f.path, d.InputOffset(), "record %d names no sensor", row)
		}
		delete(record, "sensor")
		if sensor == "Metadata" { // of the phone's name and settings only the zone is of use
			if zone, ok := record["recording timezone"].(string); ok && !strings.ContainsAny(zone, "\",\n") {
				text := "device name,recording time,recording timezone\n,," + zone + "\n"
				if err := os.WriteFile(filepath.Join(dir, "Metadata.csv"), []byte(text), 0o600); err != nil {
					return err
				}
			}
			continue
		}
		t := tables[sensor]
		if t == nil {
			if t, err = newRecordTable(dir, sensor, record, len(tables)); err != nil {
				return badByte(f.path, d.InputOffset(), "record %d: %v", row, err)
			}
			tables[sensor] = t
		}
		if err := t.add(record); err != nil {
			return badByte(f.path, d.InputOffset(), "record %d: %v", row, err)
		}
	}
	if _, err := d.Token(); err != nil {
		return badByte(f.path, d.InputOffset(), "the array does not end; copy the file again")
	}
	if len(tables) == 0 {
		return badFile(f.path, "it holds no records of a sensor")
	}
	for _, t := range tables {
		if err := t.out.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// recordTable is the table of one sensor; its first record gives the columns.
type recordTable struct {
	columns []string
	file    *os.File
	out     *bufio.Writer
}

// recordUnits are the units that SensorLog's tables write behind a name and its
// JSON leaves out; they are fixed by the app.
var recordUnits = []struct{ begins, unit string }{
	{"loggingTime", "txt"}, {"accelerometerAcceleration", "G"}, {"gyroRotation", "rad/s"}, {"magnetometer", "µT"}, {"motionRotationRate", "rad/s"},
	{"motionUserAcceleration", "G"}, {"motionGravity", "G"}, {"motionQuaternion", "R"}, {"motionMagneticField", "µT"},
	{"motionYaw", "rad"}, {"motionRoll", "rad"}, {"motionPitch", "rad"}, {"altimeterRelativeAltitude", "m"}, {"altimeterPressure", "kPa"}, {"label", "N"},
}

func newRecordTable(dir, sensor string, record map[string]any, tables int) (*recordTable, error) {
	if tables >= maxRecordSensors || len(record) > maxRecordFields {
		return nil, fmt.Errorf("more than %d sensors or %d fields", maxRecordSensors, maxRecordFields)
	}
	name := sensor
	if name == "" {
		name = "sensorlog"
	}
	if !filepath.IsLocal(name) || strings.ContainsAny(name, `/\`) || len(name) > 60 {
		return nil, fmt.Errorf("%q is no name of a sensor", clipText(sensor, 60))
	}
	t := &recordTable{}
	first := []string{"time", "seconds_elapsed"}
	if sensor == "" {
		first = []string{"loggingTime", "loggingTime(txt)"}
	}
	for _, c := range first {
		if _, ok := record[c]; ok {
			t.columns = append(t.columns, c)
		}
	}
	for _, c := range slices.Sorted(maps.Keys(record)) {
		if !slices.Contains(first, c) {
			t.columns = append(t.columns, c)
		}
	}
	var err error
	if t.file, err = os.OpenFile(filepath.Join(dir, name+".csv"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err != nil {
		return nil, err
	}
	t.out = bufio.NewWriterSize(t.file, 64<<10)
	header := make([]string, len(t.columns))
	for i, c := range t.columns {
		header[i] = c
		if sensor == "" && !strings.Contains(c, "(") {
			for _, u := range recordUnits {
				if strings.HasPrefix(c, u.begins) && len(c) <= len(u.begins)+1 {
					header[i] += "(" + u.unit + ")"
					break
				}
			}
		}
	}
	t.write(header)
	return t, nil
}

func (t *recordTable) add(record map[string]any) error {
	cells := make([]string, len(t.columns))
	for i, c := range t.columns {
		switch v := record[c].(type) {
		case nil:
		case string:
			cells[i] = v
		case json.Number:
			cells[i] = v.String()
		case bool:
			cells[i] = fmt.Sprint(v)
		default:
			return fmt.Errorf("the field %q is neither a number nor a text", clipText(c, 60))
		}
	}
	return t.write(cells)
}

func (t *recordTable) write(cells []string) error {
	for i, c := range cells {
		if i > 0 {
			t.out.WriteByte(',')
		}
		if strings.ContainsAny(c, ",\"\r\n") {
			c = `"` + strings.NewReplacer(`"`, `""`, "\r", " ", "\n", " ").Replace(c) + `"`
		}
		if _, err := t.out.WriteString(c); err != nil {
			return err
		}
	}
	return t.out.WriteByte('\n')
}
