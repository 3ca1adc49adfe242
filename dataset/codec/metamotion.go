package codec

import (
	"regexp"
	"strconv"
	"strings"

	"onset/dataset"
)

// metaMotionFormat reads the tables of MbientLab sensors, one a sensor, joined
// by device and time.
func metaMotionFormat() format {
	return format{name: "metamotion", sniff: sniffMetaMotion, group: groupJoined("metamotion", "metamotion", nil)}
}

// The first columns of a table: the offset from Greenwich stands in the header of
// the second.
var metaMotionHeader = regexp.MustCompile(`^epoch? \(ms\),time(?:stamp)? \((?:GMT|UTC)?([-+]?)(\d\d):?(\d\d)\),elapsed \(s\),(.+)$`)

// The parts of a file's name: what the wearer called the recording, the device's
// address, the sensor and its rate.
var metaMotionName = regexp.MustCompile(`^(.*?)_?MetaWear_.*_([0-9A-F]{12})_[A-Za-z ]+(?:_([0-9.]+)Hz)?_`)

func sniffMetaMotion(f *sourceFile) bool {
	lines := headLines(f, 1)
	if len(lines) == 0 {
		return false
	}
	found := metaMotionHeader.FindStringSubmatch(lines[0])
	if found == nil {
		return false
	}
	header, ok := splitFields([]byte(lines[0]), ',')
	if !ok {
		return false
	}
	m := &Mapping{Name: "metamotion", File: FileRule{Delimiter: ",", Header: true}, Recording: RecordingRule{Device: "MetaMotion"},
		Time: TimeRule{Column: &Column{Name: header[0]}, Unit: "ms", From: "1970"}}
	for _, name := range header[3:] {
		quantity, axis, unit, ok := unitColumn(name)
		if !ok {
			return false
		}
		if unit == "number" {
			unit = "1" // of a quaternion
		}
		kind := quantityKind(quantity, unit)
		// Tables of fused sensors are told apart by their names alone.
		switch file := tidy(f.name()); {
		case strings.Contains(file, "linear-acceleration"):
			kind = "linear-acceleration"
		case strings.Contains(file, "gravity"):
			kind = "gravity"
		case strings.Contains(file, "quaternion"):
			kind = "orientation"
		}
		m.Channels = append(m.Channels, ChannelRule{Column: Column{Name: name}, Kind: kind, Axis: axis, Unit: unit})
	}
	timing := *m
	timing.Channels = nil
	t := &joinedTable{timing: &timing, key: f.name()}
	called, address := "", ""
	if parts := metaMotionName.FindStringSubmatch(f.name()); parts != nil {
		called, address = strings.TrimSpace(parts[1]), parts[2]
		t.key = called + " " + address
		m.Time.Rate, _ = strconv.ParseFloat(parts[3], 64)
	}
	east := offsetSeconds(found[1], found[2], found[3])
	t.build = func(w *session, s *joinedSession) (*Mapping, error) {
		s.zone = gmtZone(east)
		w.identify(address)
		w.person = personWord(called)
		s.label(called)
		return m, nil
	}
	f.detail = t
	return true
}

func offsetSeconds(sign, hours, minutes string) int {
	h, _ := strconv.Atoi(hours)
	m, _ := strconv.Atoi(minutes)
	if sign == "-" {
		return -h*3600 - m*60
	}
	return h*3600 + m*60
}

// barbellWords are exercises as wearers abbreviate them in a recording's name.
var barbellWords = map[string]string{"bench": "bench-press", "squat": "squat", "ohp": "overhead-press", "row": "barbell-row", "dead": "deadlift", "deadlift": "deadlift", "rest": "rest"}

// label names the whole recording after an exercise in the name that the wearer
// gave it, such as A-bench-heavy2-rpe8.
func (s *joinedSession) label(called string) {
	tokens := strings.FieldsFunc(strings.ToLower(called), func(r rune) bool { return r == '-' || r == ' ' || r == '_' })
	if len(tokens) < 2 || barbellWords[tokens[1]] == "" {
		return
	}
	s.exercise = barbellWords[tokens[1]]
	if s.exercise == "rest" {
		s.kind = dataset.KindRest
	}
}
