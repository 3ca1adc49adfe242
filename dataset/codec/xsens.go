package codec

import (
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
	t.timing.moments = h.moments()
	t.build = func(w *session, s *joinedSession) (*Mapping, error) {
		w.identify(h.tag)
		return h.build(s, f)
	}
	f.detail = t
	return true
}

// parseXsens reads the lines up to the first row.
func parseXsens(lines []string) (xsensHead, bool) {
	var h xsensHead
	for i, line := range lines {
		key, value, _ := strings.Cut(line, ",")
		value = strings.TrimSpace(value)
		switch strings.TrimSuffix(strings.TrimSpace(key), ":") {
		case "DeviceTag":
			h.tag = value
		case "SyncStatus":
			h.synced = value == "Synced"
		case "OutputRate":
			h.rate, _ = strconv.ParseFloat(strings.TrimSuffix(value, "Hz"), 64)
		case "StartTime":
			h.start, h.zone = xsensTime(value)
		case "PacketCounter":
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

// xsensTime reads "2021-08-20_20:21:13_829 GMT+8" and names the zone.
func xsensTime(text string) (time.Time, string) {
	stamp, zone, _ := strings.Cut(text, " ")
	// The sign before the milliseconds is an underscore.
	i := strings.LastIndexByte(stamp, '_')
	if i < 0 {
		return time.Time{}, ""
	}
	t, err := time.Parse("2006-01-02_15:04:05.000", stamp[:i]+"."+stamp[i+1:])
	if err != nil {
		return time.Time{}, ""
	}
	east, ok := gmtOffset(zone)
	if !ok {
		return t, ""
	}
	t = t.Add(-time.Duration(east) * time.Second)
	return t, gmtZone(east)
}

// gmtOffset reads GMT+8 or GMT+5:30 as seconds east of Greenwich.
func gmtOffset(zone string) (int, bool) {
	text, ok := strings.CutPrefix(zone, "GMT")
	if !ok {
		return 0, false
	}
	if text == "" {
		return 0, true
	}
	hours, minutes, _ := strings.Cut(text[1:], ":")
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

// moments places the counter. A file that does not tell its start counts from
// its first row, and no day is known.
func (h xsensHead) moments() *moments {
	if h.start.IsZero() {
		return &moments{origin: -h.first, wrap: xsensWrap, relative: true}
	}
	return &moments{origin: h.start.UnixNano() - h.first, wrap: xsensWrap}
}

func (h xsensHead) build(s *joinedSession, f *sourceFile) (*Mapping, error) {
	m := h.timing()
	m.moments = h.moments()
	if first, ok := parseXsensFile(s.files[0]); ok && h.synced && first.synced && h.start.Sub(first.start).Abs() < time.Minute {
		// Synchronised sensors share one counter, which is finer than their starts.
		m.moments.origin = first.moments().origin
	}
	for _, name := range h.header {
		stem, axis, _ := strings.Cut(strings.NewReplacer("[", "_", "]", "", "dQ", "dq", "dV", "dv").Replace(name), "_")
		axis = strings.NewReplacer("q0", "w", "q1", "x", "q2", "y", "q3", "z").Replace(strings.ToLower(axis))
		if n := strings.Index("123", axis); axis != "" && n >= 0 {
			axis = "xyz"[n : n+1] // dv[1] is the first axis
		}
		if c, known := xsensColumns[stem]; known && axis != "" {
			c.Column, c.Axis = Column{Name: name}, axis
			m.Channels = append(m.Channels, c)
		}
	}
	if len(m.Channels) == 0 {
		return nil, badFile(f.path, "none of its columns is known: %s", listNames(h.header))
	}
	s.zone = h.zone
	switch {
	case h.start.IsZero():
		s.notes = append(s.notes, dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: f.name() + " does not tell when it was recorded; its times count from its first row."})
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
