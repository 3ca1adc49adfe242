package codec

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"onset/dataset"
)

// xsensFormat reads the tables of Xsens DOT sensors, one a sensor.
func xsensFormat() format {
	return format{name: "xsens-dot", sniff: sniffXsens, group: groupJoined("xsens-dot", "xsens-dot", nil)}
}

// xsensHead is what the lines before a table's header say. The device's tag is
// a name that somebody gave it and is not kept.
type xsensHead struct {
	lines  int // before the header
	header []string
	rate   float64
	start  time.Time
	zone   string
	synced bool
	stated string // the start as written
	tag    string // a name that somebody gave the device; for the key file alone
	first  int64  // the first row's counter, nanoseconds
}

// xsensWrap is where the sensors' microsecond counter of 32 bits starts again.
const xsensWrap = (1 << 32) * 1000

// xsensColumns are the columns by the part before the axis.
var xsensColumns = map[string]ChannelRule{
	"Quat":    {Kind: "orientation", Unit: "1"},
	"Euler":   {Kind: "orientation-euler", Unit: "deg"},
	"FreeAcc": {Kind: "linear-acceleration", Unit: "m/s2"},
	"Acc":     {Kind: "accelerometer", Unit: "m/s2"},
	"Gyr":     {Kind: "gyroscope", Unit: "deg/s"},
	"Mag":     {Kind: "magnetometer", Unit: "1"}, // normalised to the field at calibration
	"dq":      {Kind: "delta-orientation", Unit: "1"},
	"dv":      {Kind: "delta-velocity", Unit: "m/s"},
}

// segmentPlaces are body segments by the name that a file begins with.
var segmentPlaces = map[string]string{
	"pelvis": "pelvis", "sternum": "chest", "chest": "chest", "head": "head", "t8": "upper-back", "l5": "lower-back",
	"lfemur": "left-thigh", "rfemur": "right-thigh", "lthigh": "left-thigh", "rthigh": "right-thigh",
	"ltibia": "left-shank", "rtibia": "right-shank", "lshank": "left-shank", "rshank": "right-shank",
	"lfoot": "left-foot", "rfoot": "right-foot", "lhumerus": "left-upper-arm", "rhumerus": "right-upper-arm",
	"lforearm": "left-forearm", "rforearm": "right-forearm", "lulna": "left-forearm", "rulna": "right-forearm",
	"lhand": "left-hand", "rhand": "right-hand", "lwrist": "left-wrist", "rwrist": "right-wrist",
}

func sniffXsens(f *sourceFile) bool {
	h, ok := parseXsens(headLines(f, 40))
	if !ok {
		return false
	}
	t := &joinedTable{timing: h.timing()}
	if t.timing.moments = h.moments(0); h.start.IsZero() && !h.synced {
		t.key = f.name() // its counter is its own, and nothing tells what it was recorded with
	}
	t.build = func(w *session, s *joinedSession) (*Mapping, error) {
		w.identify(h.tag)
		return h.build(w, s, f)
	}
	f.detail = t
	return true
}

// parseXsens reads the lines up to the first row.
func parseXsens(lines []string) (xsensHead, bool) {
	var h xsensHead
	for i, line := range lines {
		key, value, _ := strings.Cut(line, ",")
		value = strings.Trim(value, ", \t") // spreadsheets fill short lines up with commas
		switch strings.TrimSuffix(strings.TrimSpace(key), ":") {
		case "DeviceTag":
			h.tag = value
		case "SyncStatus":
			h.synced = value == "Synced"
		case "OutputRate":
			h.rate, _ = strconv.ParseFloat(strings.TrimSuffix(value, "Hz"), 64)
		case "StartTime":
			h.start, h.zone = xsensTime(value)
			h.stated = value
		case "PacketCounter", "SampleTimeFine":
			header, ok := splitFields([]byte(line), ',')
			at := indexOf(header, "SampleTimeFine")
			if !ok || at < 0 || i+1 >= len(lines) {
				return h, false
			}
			row, ok := splitFields([]byte(lines[i+1]), ',')
			if !ok || at >= len(row) {
				return h, false
			}
			micros, err := strconv.ParseInt(row[at], 10, 64)
			h.lines, h.header, h.first = i, header, micros*1000
			return h, err == nil && h.rate >= 0 && h.rate <= 1000
		}
	}
	return h, false
}

// xsensStart is how the apps write a start: the parts with underscores, or with a
// space, colons and a point.
var xsensStart = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})[ _T](\d{2}:\d{2}:\d{2})(?:[._,:](\d{1,9}))? *(.*)$`)

// xsensTime reads "2021-08-20_20:21:13_829 GMT+8" or "2024-12-09 11:37:39.631 +0100"
// and names the zone; without an offset it is the clock on the wall.
func xsensTime(text string) (time.Time, string) {
	part := xsensStart.FindStringSubmatch(text)
	if part == nil {
		return time.Time{}, ""
	}
	t, err := time.Parse("2006-01-02 15:04:05.999999999", part[1]+" "+part[2]+"."+part[3]+"0")
	if err != nil {
		return time.Time{}, ""
	}
	east, ok := gmtOffset(part[4])
	if !ok {
		return t, ""
	}
	t = t.Add(-time.Duration(east) * time.Second)
	return t, gmtZone(east)
}

// gmtOffset reads GMT+8, GMT+5:30, UTC, Z, +01:00 or +0100 as seconds east of Greenwich.
func gmtOffset(zone string) (int, bool) {
	text := strings.TrimPrefix(strings.TrimPrefix(zone, "GMT"), "UTC")
	if text == "" || text == "Z" {
		return 0, zone != ""
	}
	hours, minutes, _ := strings.Cut(text[1:], ":")
	if len(hours) == 4 {
		hours, minutes = hours[:2], hours[2:]
	}
	h, err := strconv.Atoi(hours)
	m := 0
	if minutes != "" && err == nil {
		m, err = strconv.Atoi(minutes)
	}
	if err != nil || text[0] != '+' && text[0] != '-' || h > 14 || m > 59 {
		return 0, false
	}
	if text[0] == '-' {
		return -h*3600 - m*60, true
	}
	return h*3600 + m*60, true
}

func (h xsensHead) timing() *Mapping {
	return &Mapping{Name: "xsens-dot", File: FileRule{Delimiter: ",", Skip: h.lines, Header: true},
		Time: TimeRule{Column: &Column{Name: "SampleTimeFine"}, Unit: "us", From: "start", Rate: h.rate}}
}

// moments places the counter. Where no file tells its start, times count from
// this moment of the counter, and no day is known.
func (h xsensHead) moments(zero int64) *moments {
	if h.start.IsZero() {
		return &moments{origin: -zero, wrap: xsensWrap, relative: true}
	}
	return &moments{origin: h.start.UnixNano() - h.first, wrap: xsensWrap}
}

func (h xsensHead) build(w *session, s *joinedSession, f *sourceFile) (*Mapping, error) {
	m := h.timing()
	m.moments = h.moments(h.first)
	if first, ok := parseXsensFile(s.files[0]); ok && h.synced && first.synced && h.start.Sub(first.start).Abs() < time.Minute {
		// Synchronised sensors share one counter, which is finer than their starts.
		m.moments.origin = first.moments(first.first).origin
	}
	var left []string
	for _, name := range h.header {
		stem, axis, _ := strings.Cut(strings.NewReplacer("[", "_", "]", "", "dQ", "dq", "dV", "dv").Replace(name), "_")
		axis = strings.NewReplacer("q0", "w", "q1", "x", "q2", "y", "q3", "z").Replace(strings.ToLower(axis))
		if n := strings.Index("123", axis); axis != "" && n >= 0 {
			axis = "xyz"[n : n+1] // dv[1] is the first axis
		}
		if c, known := xsensColumns[stem]; known && axis != "" {
			c.Column, c.Axis = Column{Name: name}, axis
			m.Channels = append(m.Channels, c)
		} else if name != "" && name != "PacketCounter" && name != "SampleTimeFine" {
			left = append(left, name)
		}
	}
	if len(m.Channels) == 0 {
		return nil, badFile(f.path, "none of its columns is known: %s", listNames(h.header))
	}
	s.notKept(f, left)
	if s.zone = h.zone; h.zone == "" {
		s.zone = " " // the clock on the wall, and no zone
	}
	if zone := w.options.Zone; zone != "" && h.zone == "" && !h.start.IsZero() {
		place, err := namedZone(zone)
		if err != nil {
			return nil, err
		}
		y, mo, d := h.start.Date()
		there := time.Date(y, mo, d, h.start.Hour(), h.start.Minute(), h.start.Second(), h.start.Nanosecond(), place)
		m.moments.origin += there.UnixNano() - h.start.UnixNano()
		h.zone, s.zone, w.zoned = zone, zone, true
	}
	switch {
	case h.start.IsZero():
		why := f.name() + " does not tell when it was recorded"
		if h.stated != "" {
			why = fmt.Sprintf("The start that %s gives (%s) cannot be read as a date and a time", f.name(), clipText(h.stated, 60))
		}
		s.notes = append(s.notes, dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: why + "; its times count from its first row, and no day is known."})
	case h.zone == "":
		s.notes = append(s.notes, dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: "The start carries no offset from Greenwich; it is kept as the clock on the wall showed it."})
	}
	stem, _, _ := strings.Cut(f.name(), "_")
	placement := segmentPlaces[strings.ToLower(stem)]
	if placement == "" {
		placement = "unknown"
		s.notes = append(s.notes, dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: "A file's name does not begin with a body segment that is known; the place of its sensor is unknown."})
	}
	m.Recording = RecordingRule{Device: "Xsens DOT", Placement: placement}
	return m, nil
}

func parseXsensFile(f *sourceFile) (xsensHead, bool) {
	head, err := readHead(osTree{}, f.path)
	if err != nil {
		return xsensHead{}, false
	}
	return parseXsens(headLines(&sourceFile{head: head, size: f.size}, 40))
}
