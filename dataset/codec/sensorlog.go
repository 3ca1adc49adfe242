package codec

import (
	"regexp"
	"slices"
	"strings"
)

// sensorLogFormat reads the tables of the SensorLog app: one row for all sensors
// of a phone or watch.
func sensorLogFormat() format {
	return format{name: "sensorlog", sniff: sniffSensorLog, group: groupJoined("sensorlog", "sensorlog", nil)}
}

// sensorLogColumn takes headers such as motionUserAccelerationX(G) apart.
var sensorLogColumn = regexp.MustCompile(`^([A-Za-z]+?)([XYZW]?)\(([^)]*)\)$`)

// sensorLogKinds are the vectors and values that are kept.
var sensorLogKinds = map[string]string{
	"accelerometerAcceleration": "accelerometer", "gyroRotation": "gyroscope", "magnetometer": "magnetometer",
	"motionRotationRate": "gyroscope", "motionUserAcceleration": "linear-acceleration", "motionGravity": "gravity",
	"motionQuaternion": "orientation", "motionMagneticField": "magnetometer",
	"motionYaw": "yaw", "motionRoll": "roll", "motionPitch": "pitch",
	"altimeterRelativeAltitude": "altitude", "altimeterPressure": "pressure", "heartRate": "heart-rate",
}

// sensorLogTimes are the ways in which the app's versions write a time.
var sensorLogTimes = []string{"YYYY-MM-DDThh:mm:ss.fzz", "YYYY-MM-DD hh:mm:ss.f zz", "YYYY-MM-DD hh:mm:ss.fzz", "YYYY-MM-DD hh:mm:ss.f", "YYYY-MM-DD hh:mm:ss:f"}

func sniffSensorLog(f *sourceFile) bool {
	lines := headLines(f, 2)
	if len(lines) < 2 {
		return false
	}
	for _, delimiter := range []byte(",;\t|") {
		header, ok := splitFields([]byte(lines[0]), delimiter)
		if !ok || len(header) < 2 || header[0] != "loggingTime(txt)" {
			continue
		}
		row, ok := splitFields([]byte(lines[1]), delimiter)
		if !ok || len(row) == 0 {
			return false
		}
		rule := FileRule{Delimiter: string(delimiter), Header: true, Empty: "missing"}
		if delimiter != ',' && strings.Contains(lines[1], ",") {
			rule.Decimal = ","
		}
		f.detail = sensorLogTable(f, header, row, rule)
		return true
	}
	return false
}

func sensorLogTable(f *sourceFile, header, row []string, rule FileRule) *joinedTable {
	m := &Mapping{Name: "sensorlog", File: rule, Recording: RecordingRule{Device: "SensorLog"}, Time: TimeRule{Column: &Column{Name: header[0]}, Unit: "text"}}
	for _, pattern := range sensorLogTimes {
		if format, err := compileTimeFormat(pattern); err == nil {
			if _, ok := format.parse([]byte(row[0])); ok {
				m.Time.Format, m.format = pattern, format
				break
			}
		}
	}
	seen := map[string]bool{}
	for i, name := range header {
		if parts := sensorLogColumn.FindStringSubmatch(name); parts != nil && sensorLogKinds[parts[1]] != "" {
			kind, axis := sensorLogKinds[parts[1]], strings.ToLower(parts[2])
			// Raw and fused readings of a sensor stand side by side; the first is kept
			// under the plain name.
			if seen[kind+axis] {
				kind += "-fused"
			}
			seen[kind+axis] = true
			m.Channels = append(m.Channels, ChannelRule{Column: Column{Number: i + 1}, Kind: kind, Axis: axis, Unit: plainUnit(parts[3])})
		}
	}
	if at := indexOf(header, "label(N)"); at >= 0 {
		m.Labels = []LabelRule{{Span: "runs", Column: &Column{Number: at + 1}, Ignore: []string{"0"}, Exercise: "{value}"}}
	}
	t := &joinedTable{}
	if m.format == nil {
		t.fault = badRow(f.path, 2, "column 1 (loggingTime): %q is written in no way that is known; describe the table with a mapping", clipText(row[0], 40))
		return t
	}
	timing := *m
	timing.Channels, timing.Labels = nil, nil
	t.timing = &timing
	t.build = func(w *session, s *joinedSession) (*Mapping, error) {
		var left []string
		for i, name := range header {
			if (name == "identifierForVendor(txt)" || name == "deviceID(txt)") && i < len(row) {
				w.identify(row[i])
			}
			read := name == "" || i == 0 || name == "label(N)" || slices.ContainsFunc(m.Channels, func(c ChannelRule) bool { return c.Column.Number == i+1 })
			if !read {
				left = append(left, name)
			}
		}
		s.notKept(f, left)
		if len(m.Channels) == 0 {
			return nil, badFile(f.path, "none of its columns is known: %s", listNames(header))
		}
		return m, nil
	}
	return t
}
