package codec

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"onset/dataset"
)

// Report says what an import did with every path it was given.
type Report struct {
	Imported []ImportedSession `json:"imported"`
	Refused  []Refusal         `json:"refused"`
	// Skipped lists files that are clearly not recordings, such as licences.
	Skipped []string `json:"skipped"`
}

// ImportedSession is one session that is now in the study.
type ImportedSession struct {
	Session dataset.SessionID `json:"session"`
	Source  string            `json:"source"` // the path as given
	// Files are the paths given for the session, when they are several.
	Files       []string              `json:"files,omitempty"`
	Format      string                `json:"format"`
	Participant dataset.ParticipantID `json:"participant"`
	Recordings  int                   `json:"recordings"`
	Samples     int64                 `json:"samples"` // moments sampled, summed over recordings
	Labels      int                   `json:"labels"`
	DurationS   float64               `json:"duration_s"` // recorded, without pauses: dataset.Session.Recorded
	Rates       []Rate                `json:"rates"`
	Findings    []Finding             `json:"findings"`
}

// Rate is a recording's claimed and counted sample rate in Hz; MeasuredHz is 0
// for a device that wrote no times.
type Rate struct {
	Device     string  `json:"device"`
	Placement  string  `json:"placement"`
	NominalHz  float64 `json:"nominal_hz"`
	MeasuredHz float64 `json:"measured_hz"`
	Samples    int64   `json:"samples"`
}

// Finding is a dataset.Finding in a report. AtS and LengthS are seconds.
type Finding struct {
	Kind      string  `json:"kind"`
	AtS       float64 `json:"at_s"`
	LengthS   float64 `json:"length_s,omitempty"`
	Recording int     `json:"recording"` // its number within the session from 1; 0: the session as a whole
	Message   string  `json:"message"`
}

// Refusal is a source of which nothing was imported.
type Refusal struct {
	Source string `json:"source"`
	Reason string `json:"reason"`
	// Unknown says that no decoder claimed the file, as opposed to one that
	// could not read it: it may be a table that a mapping can describe.
	Unknown bool `json:"unknown,omitempty"`
	// Setting is what a mapping may say so that the file is taken, as in
	// InputError; the Reason ends with it.
	Setting string `json:"setting,omitempty"`
}

// refusalOf tells why a source was refused.
func refusalOf(source string, err error) Refusal {
	r := Refusal{Source: source, Reason: err.Error()}
	for name := filepath.Base(source) + ": "; strings.HasPrefix(r.Reason, name+name); { // a cause that names the file within one that does
		r.Reason = strings.TrimPrefix(r.Reason, name)
	}
	if bad, ok := errors.AsType[*InputError](err); ok && strings.HasSuffix(r.Reason, settingHint(bad.Setting)) {
		r.Setting = bad.Setting
	}
	return r
}

// mappingHint is where somebody at a terminal gets a mapping from.
const mappingHint = ": the import wizard makes one, onsetctl inspect proposes one, onsetctl import --example-map shows one"

// Plain is the refusal without what a mapping may say, for who writes none.
func (r Refusal) Plain() Refusal {
	if text, ok := strings.CutSuffix(r.Reason, "describe it with a mapping"+mappingHint); ok {
		r.Reason = text + "say what its columns are"
	}
	r.Reason = strings.TrimSuffix(r.Reason, settingHint(r.Setting))
	return r
}

// Told is the refusal as a line under a name of its source, such as the path; a
// reason that names the file itself does not name it twice.
func (r Refusal) Told(name string) string {
	rest, named := strings.CutPrefix(r.Reason, filepath.Base(r.Source))
	if named && (strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, ",")) {
		return name + rest
	}
	return name + ": " + r.Reason
}

// InputError is something wrong in a source. Row counts from 1 and Offset from
// 0; the one that does not apply is negative.
type InputError struct {
	File   string // base name
	Row    int64
	Offset int64
	Column int // from 1, of a table's cell; 0 where it is about no cell
	What   string
	// Setting is what a mapping may say so that this is no fault, one of
	// SettingEmpty and its like; empty where there is none.
	Setting string

	err error // what kind of fault it is, when anything depends on it
}

// What a mapping may say of its file so that a fault is none.
const (
	SettingEmpty      = "file.empty"
	SettingUnreadable = "file.unreadable"
	SettingEncoding   = "file.encoding"
)

// settingHint is what somebody who writes a mapping is told, after the fault.
func settingHint(setting string) string {
	switch setting {
	case SettingEmpty, SettingUnreadable:
		return "; a mapping with " + setting + ` = "missing" keeps such cells as missing`
	case SettingEncoding:
		return "; say " + setting + ` = "Windows-1252" where an older program wrote it`
	}
	return ""
}

// Unwrap gives the kind of fault, nil for most.
func (e *InputError) Unwrap() error { return e.err }

// errNoRows is the fault of a table that ends before its first row.
var errNoRows = errors.New("no rows")

func (e *InputError) Error() string { return e.Plain() + settingHint(e.Setting) }

// Plain is the fault and its place without what a mapping may say.
func (e *InputError) Plain() string {
	switch {
	case e.Row >= 0:
		return fmt.Sprintf("%s, row %d: %s", e.File, e.Row, e.What)
	case e.Offset >= 0:
		return fmt.Sprintf("%s, byte %d: %s", e.File, e.Offset, e.What)
	}
	return fmt.Sprintf("%s: %s", e.File, e.What)
}

func badFile(path, format string, args ...any) error {
	return &InputError{File: filepath.Base(path), Row: -1, Offset: -1, What: fmt.Sprintf(format, args...)}
}

func badByte(path string, offset int64, format string, args ...any) error {
	return &InputError{File: filepath.Base(path), Row: -1, Offset: offset, What: fmt.Sprintf(format, args...)}
}

func badRow(path string, row int64, format string, args ...any) error {
	return &InputError{File: filepath.Base(path), Row: row, Offset: -1, What: fmt.Sprintf(format, args...)}
}
