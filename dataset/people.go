package dataset

import (
	"strings"
	"time"
	"unicode"
)

// ParticipantID is a study code such as "P07". It never holds a name.
type ParticipantID string

// LooksLikeName reports that a code is more likely a person's name, typed by
// mistake: it has a blank in it or no digit.
func (id ParticipantID) LooksLikeName() bool {
	return strings.ContainsFunc(string(id), unicode.IsSpace) || !strings.ContainsFunc(string(id), unicode.IsDigit)
}

// Participant is a person under a pseudonym.
type Participant struct {
	ID          ParticipantID
	AgeBand     string // such as "30-39"; empty when unknown
	Sex         string // "female", "male", "other" or empty
	Proficiency string // self-reported: "novice", "trained", "expert" or empty
	Side        string // dominant side: "left", "right" or empty
	Group       string // the group whose model this person uses; empty for none
	Fields      map[string]string
}

// SessionID is random and says nothing about the person.
type SessionID string

// RecordingID names a recording within the study.
type RecordingID string

// ChannelID names a channel within the study.
type ChannelID int64

// Session is one visit or workout.
type Session struct {
	ID          SessionID
	Number      int // 1, 2, ... in the order of import for this participant
	Participant ParticipantID
	// Start is the moment of time zero of the session's timeline. It is the
	// zero time when the source has no calendar clock.
	Start time.Time
	// Zone is an IANA zone name, "UTC", or empty when the source gave local
	// time and no zone; Start then holds the wall clock as if it were UTC.
	Zone       string
	Site       string // gym, hospital, home or empty
	Place      *GeoPoint
	Simulated  bool   // made by the simulator
	Format     string // the decoder's name, such as "pebble" or "csv:mex-thigh"
	Source     string // the file's base name or a study code; never a full path
	ImportedAt time.Time
	Recordings []Recording
	Events     []Event
	Findings   []Finding // about the session as a whole; a recording has its own
}

// Duration is the length of the session's timeline in seconds: the latest end
// of its recordings.
func (s Session) Duration() float64 {
	var end float64
	for _, r := range s.Recordings {
		end = max(end, r.Clock.End(r.Samples))
	}
	return end
}

// Recorded is how long the session was recorded in seconds: the moments at which
// any of its recordings has samples, without pauses and lost samples. A clock
// that was set back while recording does not shorten it.
func (s Session) Recorded() float64 {
	var longest float64
	var all [][2]float64
	for _, r := range s.Recordings {
		longest = max(longest, r.Clock.Recorded(0, r.Samples))
		all = append(all, r.Clock.Stretches(0, r.Samples)...)
	}
	return max(longest, covered(all))
}

// GeoPoint is a position in degrees.
type GeoPoint struct{ Latitude, Longitude float64 }

// Recording is what one device wrote: channels that share a clock.
type Recording struct {
	ID        RecordingID
	Session   SessionID
	Device    string // kind of device, such as "Pebble" or "Axivity AX3"; no serial number
	Placement string // such as "left-wrist", "right-thigh"; "unknown" when the source does not say
	Samples   int64
	// NominalHz is what the device claims; MeasuredHz is estimated from its own
	// timestamps, 0 when it has none.
	NominalHz, MeasuredHz float64
	// Clock is the recording's clock on the session's axis. It is OwnClock, as
	// it was imported, moved by Alignment; without one they are the same.
	Clock, OwnClock Clock
	Alignment       *Alignment
	HasDeviceTime   bool // per-sample device timestamps are kept beside the channels
	Channels        []Channel
	Findings        []Finding
}

// Channel is one series of a recording.
type Channel struct {
	ID   ChannelID
	Kind string // "accelerometer", "gyroscope", "magnetometer", "heart-rate", "temperature", ...
	Axis string // "x", "y", "z" or empty
	Unit string // "g", "m/s2", "rad/s", "deg/s", "uT", "1", ...
	// Scale and Offset turn stored integer codes into values:
	// value = code*Scale + Offset. Scale is 0 for channels stored as floats.
	Scale, Offset float64
	// RangeMin and RangeMax are the sensor's limits in Unit; both 0 when unknown.
	RangeMin, RangeMax float64
}

// SensorName is the placement and kind in the form that sensor sets use, such
// as "left-wrist/accelerometer".
func SensorName(placement, kind string) string { return placement + "/" + kind }

// Event is something that happened at an instant of a session: a beacon seen, a
// tap, a device message.
type Event struct {
	AtS  float64 // seconds from the session's start
	Kind string  // "beacon", "beacon-lost", "tap", "note", ...
	Name string  // the beacon's name, ...
	// Value is the signal strength in dBm for a beacon, otherwise kind-specific.
	Value float64
}

// Finding kinds.
const (
	FindingGap         = "gap"          // samples were lost or never sent
	FindingRepeats     = "repeats"      // duplicate packets dropped
	FindingClock       = "clock"        // true rate differs from the nominal one, jumps, jitter
	FindingClipped     = "clipped"      // values at the sensor's limit
	FindingUnreadable  = "unreadable"   // a block or packet that failed its check
	FindingLabels      = "labels"       // something odd in a label file
	FindingUnknownName = "unknown-name" // an exercise that the catalogue does not know
	FindingTwin        = "twin"         // sensor values that another recording of the study holds, too
	FindingIdentity    = "identity"     // whose the session is, is not settled: it may be of somebody with another code
	FindingNote        = "note"
)

// Finding is what an importer repaired, left out or wants seen.
type Finding struct {
	Kind      string
	Recording RecordingID // empty for the session as a whole
	AtS       float64     // seconds from the session's start; where it begins
	LengthS   float64     // how long; 0 for an instant
	Sample    int64       // first sample concerned, -1 when none
	Message   string      // a sentence for a person
}
