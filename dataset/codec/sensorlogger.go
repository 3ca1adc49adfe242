package codec

import (
	"context"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"onset/dataset"
)

// sensorLoggerFormat reads the tables that the Sensor Logger app writes, one a
// sensor, joined into a session by their times.
func sensorLoggerFormat() format {
	return format{name: "sensor-logger", sniff: sniffSensorLogger, group: groupLogger}
}

// groupLogger also takes the tables of which the app wrote nothing, not even a
// header, such as the list of marks of a wearer who made none.
func groupLogger(mine []*sourceFile, all surveyed) []unit {
	seen := map[string]bool{}
	for _, f := range mine[:len(mine):len(mine)] {
		if seen[f.dir()] {
			continue
		}
		seen[f.dir()] = true
		for _, other := range all.siblings(f.dir()) {
			_, prefix, known := loggerName(other)
			if !known {
				known, prefix = loggerSide(other)
			}
			if known && other.size == 0 {
				other.used, other.detail = true, &joinedTable{side: true, empty: true, key: strings.TrimSuffix(prefix, "watch")}
				mine = append(mine, other)
			}
		}
	}
	return groupJoined("sensor-logger", "sensor-logger", loggerSides)(mine, all)
}

// loggerTable is what a table of the app holds, by its file's name: the columns
// z, y and x mean something else in each.
type loggerTable struct {
	kind      string // of the columns x, y and z
	unit      string // "" when the file does not tell it
	gravity   bool   // the vector includes gravity or is it, so that its length tells the unit
	published string // the unit that the app's makers give for a phone's table
	placement string
	device    string // of which of the three devices it is, "" for the phone
}

var loggerTables = map[string]loggerTable{
	"accelerometer":             {kind: "linear-acceleration", published: "m/s2"},
	"accelerometeruncalibrated": {kind: "accelerometer", gravity: true},
	"totalacceleration":         {kind: "accelerometer", gravity: true, published: "m/s2"},
	"gravity":                   {kind: "gravity", gravity: true, published: "m/s2"},
	"gyroscope":                 {kind: "gyroscope", unit: "rad/s"},
	"gyroscopeuncalibrated":     {kind: "gyroscope", unit: "rad/s"},
	"magnetometer":              {kind: "magnetometer", unit: "uT"},
	"magnetometeruncalibrated":  {kind: "magnetometer", unit: "uT"},
	"linearacceleration":        {kind: "linear-acceleration", published: "m/s2"},
	"wristmotion":               {placement: "wrist", device: "watch"},
	"headphone":                 {placement: "head", device: "headphone"},
	"orientation":               {},
	"heartrate":                 {placement: "wrist", device: "watch"},
	"barometer":                 {},
}

// loggerSidesKnown are tables of the app that hold no motion. Marks that the
// wearer made become events; the others are told and left out, places foremost.
var loggerSidesKnown = []string{"annotation", "metadata", "location", "locationgps", "locationnetwork", "battery", "activity", "pedometer", "compass", "light",
	"brightness", "microphone", "camera", "network", "bluetooth", "studymetadata", "depth", "proximity", "wifi", "bluetoothmetadata", "headphonemetadata"}

// loggerColumns are columns that mean the same wherever they stand; unit "" is
// that of the table's acceleration.
var loggerColumns = []ChannelRule{
	{Column: Column{Name: "rotationRateX"}, Kind: "gyroscope", Axis: "x", Unit: "rad/s"},
	{Column: Column{Name: "rotationRateY"}, Kind: "gyroscope", Axis: "y", Unit: "rad/s"},
	{Column: Column{Name: "rotationRateZ"}, Kind: "gyroscope", Axis: "z", Unit: "rad/s"},
	{Column: Column{Name: "gravityX"}, Kind: "gravity", Axis: "x"},
	{Column: Column{Name: "gravityY"}, Kind: "gravity", Axis: "y"},
	{Column: Column{Name: "gravityZ"}, Kind: "gravity", Axis: "z"},
	{Column: Column{Name: "accelerationX"}, Kind: "linear-acceleration", Axis: "x"},
	{Column: Column{Name: "accelerationY"}, Kind: "linear-acceleration", Axis: "y"},
	{Column: Column{Name: "accelerationZ"}, Kind: "linear-acceleration", Axis: "z"},
	{Column: Column{Name: "quaternionW"}, Kind: "orientation", Axis: "w", Unit: "1"},
	{Column: Column{Name: "quaternionX"}, Kind: "orientation", Axis: "x", Unit: "1"},
	{Column: Column{Name: "quaternionY"}, Kind: "orientation", Axis: "y", Unit: "1"},
	{Column: Column{Name: "quaternionZ"}, Kind: "orientation", Axis: "z", Unit: "1"},
	{Column: Column{Name: "qw"}, Kind: "orientation", Axis: "w", Unit: "1"},
	{Column: Column{Name: "qx"}, Kind: "orientation", Axis: "x", Unit: "1"},
	{Column: Column{Name: "qy"}, Kind: "orientation", Axis: "y", Unit: "1"},
	{Column: Column{Name: "qz"}, Kind: "orientation", Axis: "z", Unit: "1"},
	{Column: Column{Name: "roll"}, Kind: "roll", Unit: "rad"},
	{Column: Column{Name: "pitch"}, Kind: "pitch", Unit: "rad"},
	{Column: Column{Name: "yaw"}, Kind: "yaw", Unit: "rad"},
	{Column: Column{Name: "bpm"}, Kind: "heart-rate", Unit: "1/min"},
	{Column: Column{Name: "pressure"}, Kind: "pressure", Unit: "hPa"},
	{Column: Column{Name: "relativeAltitude"}, Kind: "altitude", Unit: "m"},
}

func loggerTiming() *Mapping {
	return &Mapping{Name: "sensor-logger", File: FileRule{Delimiter: ",", Header: true},
		Time: TimeRule{Column: &Column{Name: "time"}, Unit: "ns", From: "1970"}}
}

func sniffSensorLogger(f *sourceFile) bool {
	lines := headLines(f, 1)
	if len(lines) == 0 {
		return false
	}
	header, ok := splitFields([]byte(lines[0]), ',')
	if !ok || indexOf(header, "time") < 0 || indexOf(header, "seconds_elapsed") < 0 {
		return false
	}
	name, prefix, known := loggerName(f)
	if !known {
		side, prefix := loggerSide(f)
		if !side {
			return false
		}
		f.detail = &joinedTable{timing: loggerTiming(), side: true, key: prefix}
		return true
	}
	table := loggerTableOf(name, prefix)
	t := &joinedTable{timing: loggerTiming(), key: strings.TrimSuffix(prefix, "watch"), fault: loggerTimesCut(f, header)}
	t.build = func(w *session, s *joinedSession) (*Mapping, error) { return buildLogger(w, s, f, table, header) }
	f.detail = t
	return true
}

// loggerTimesCut finds times that a spreadsheet program wrote with a few digits, such
// as 1.69973E+18: what lies between them is lost.
func loggerTimesCut(f *sourceFile, header []string) error {
	lines := headLines(f, 2)
	if len(lines) < 2 {
		return nil
	}
	row, ok := splitFields([]byte(lines[1]), ',')
	if at := indexOf(header, "time"); ok && at < len(row) && strings.ContainsAny(row[at], "eE") {
		return badRow(f.path, 2, "the time %s has lost its digits: a spreadsheet program saved the file and cut them. Export it from the app again and import that file without opening it there", clipText(row[at], 40))
	}
	return nil
}

// loggerMetadata recognises the table in which the app tells of the phone: it has
// no times and holds nothing of the recording.
func loggerMetadata(f *sourceFile) bool {
	if !strings.HasSuffix(loggerStem(f), "metadata") {
		return false
	}
	lines := headLines(&sourceFile{head: plainHead(f.path, f.head)}, 1)
	return len(lines) > 0 && strings.Contains(lines[0], "device name") && strings.Contains(lines[0], "recording time")
}

// loggerName finds which table of the app a file is: its name ends with the
// table's, after what the wearer put before it.
func loggerName(f *sourceFile) (name, prefix string, known bool) {
	stem := loggerStem(f)
	for table := range loggerTables {
		if rest, ok := strings.CutSuffix(stem, table); ok && len(table) > len(name) {
			name, prefix, known = table, rest, true
		}
	}
	return name, prefix, known
}

// loggerTableOf is what a table holds; those of a watch are named for it.
func loggerTableOf(name, prefix string) loggerTable {
	table := loggerTables[name]
	if table.device == "" && strings.HasSuffix(prefix, "watch") {
		table.placement, table.device, table.published = "wrist", "watch", ""
	}
	return table
}

func loggerSide(f *sourceFile) (side bool, prefix string) {
	stem, longest := loggerStem(f), 0
	for _, table := range loggerSidesKnown {
		if rest, ok := strings.CutSuffix(stem, table); ok && len(table) > longest {
			side, prefix, longest = true, strings.TrimSuffix(rest, "watch"), len(table)
		}
	}
	return side, prefix
}

func loggerStem(f *sourceFile) string {
	return strings.ToLower(strings.TrimSuffix(f.name(), filepath.Ext(f.name())))
}

// loggerSides makes events of the wearer's marks and tells what else lies beside
// the tables.
func loggerSides(ctx context.Context, w *session, t *joinedSession, zero int64) error {
	var left []string
	for _, f := range t.sides {
		if joinedOf(f).empty {
			continue
		}
		if !strings.HasSuffix(loggerStem(f), "annotation") {
			left = append(left, f.name())
			continue
		}
		if err := loggerMarks(ctx, w, f, zero); err != nil {
			return err
		}
	}
	if len(left) > 0 {
		w.find(dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: listNames(left) + " hold no motion and were not kept."})
	}
	return nil
}

func loggerMarks(ctx context.Context, w *session, f *sourceFile, zero int64) error {
	r, err := w.file(ctx, f)
	if err != nil {
		return err
	}
	defer r.Close()
	in := newTable(f.path, r)
	var header []string
	for {
		line, err := in.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		fields, ok := splitFields(line, ',')
		switch at := indexOf(header, "time"); {
		case !ok:
			return badRow(f.path, in.row, "a quote does not close")
		case header == nil:
			header = fields
		case len(line) == 0:
		case at >= len(fields):
			return badRow(f.path, in.row, "the row has no time")
		default:
			nanos, err := strconv.ParseInt(fields[at], 10, 64)
			if err != nil || len(w.events) >= maxEvents {
				return badRow(f.path, in.row, "%q is no time in nanoseconds since 1970", clipText(fields[at], 40))
			}
			e := dataset.Event{AtS: float64(nanos-zero) / 1e9, Kind: "mark"}
			if k := indexOf(header, "text"); k >= 0 && k < len(fields) {
				e.Name = clipText(fields[k], 200)
			}
			w.events = append(w.events, e)
		}
	}
}
