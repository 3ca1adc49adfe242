package codec

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"onset/assets/mappings"
)

// Mapping says how to read delimited text: which files, which column is what,
// and what the path and side files say. It is written in TOML; see
// assets/mappings for commented ones. Texts marked "template" may hold {name}
// for a capture of Match.Path, and {name|table} to look that up in a table of
// the mapping.
type Mapping struct {
	Name      string                       `toml:"name"`
	About     string                       `toml:"about,omitempty"`
	Match     MatchRule                    `toml:"match"`
	File      FileRule                     `toml:"file"`
	Time      TimeRule                     `toml:"time"`
	Channels  []ChannelRule                `toml:"channel"`
	Recording RecordingRule                `toml:"recording"`
	Session   SessionRule                  `toml:"session"`
	Labels    []LabelRule                  `toml:"label,omitempty"`
	Tables    map[string]map[string]string `toml:"table,omitempty"`

	moments   *moments // how numbers of the time column become moments, when the file says more than a rule can
	path      *regexp.Regexp
	firstLine *regexp.Regexp
	format    *timeFormat
	zone      *time.Location
}

// MatchRule tells a mapping's files. A mapping given by hand may leave it empty.
type MatchRule struct {
	// Path is a regular expression for the end of a file's path, with /
	// between folders. Its named groups are captures.
	Path string `toml:"path,omitempty"`
	// FirstLine is a regular expression for the first line of the file.
	FirstLine string `toml:"first_line,omitempty"`
}

// FileRule is the shape of the text.
type FileRule struct {
	Delimiter string `toml:"delimiter"`         // ",", ";", "tab", "space" or another single character
	Decimal   string `toml:"decimal,omitempty"` // "." by default, or ","
	Skip      int    `toml:"skip,omitempty"`    // lines to pass over first
	Header    bool   `toml:"header"`            // a line of column names comes next
	Units     bool   `toml:"units_row,omitempty"`
	Comment   string `toml:"comment,omitempty"` // lines that begin so are passed over
	// Empty is what an empty cell of a channel means: "refuse" (default) or
	// "missing", which keeps it as a value that is not there.
	Empty string `toml:"empty,omitempty"`
}

// TimeRule says when samples were taken.
type TimeRule struct {
	Column *Column `toml:"column,omitempty"` // nil: no time column, Rate alone
	// Unit is "text" with a Format, "s", "ms", "us" or "ns", or "sample" for a
	// column that counts samples.
	Unit   string `toml:"unit,omitempty"`
	Format string `toml:"format,omitempty"` // such as "YYYY-MM-DD hh:mm:ss.f"
	// From says what numbers count from: "1970" or "start".
	From  string  `toml:"from,omitempty"`
	First int64   `toml:"first,omitempty"` // number of the first sample
	Rate  float64 `toml:"rate,omitempty"`  // Hz, as the device claims
	Zone  string  `toml:"zone,omitempty"`  // IANA zone of texts without an offset
}

// ChannelRule is one column of samples.
type ChannelRule struct {
	Column    Column  `toml:"column"`
	Kind      string  `toml:"kind"`
	Axis      string  `toml:"axis,omitempty"`
	Unit      string  `toml:"unit"`
	Scale     float64 `toml:"scale,omitempty"` // value = number*Scale + Offset; 0 is 1
	Offset    float64 `toml:"offset,omitempty"`
	Codes     bool    `toml:"codes,omitempty"` // numbers are whole and stored as such, with Scale
	Low       float64 `toml:"range_min,omitempty"`
	High      float64 `toml:"range_max,omitempty"`
	Placement string  `toml:"placement,omitempty"` // template; the recording's by default
}

// RecordingRule names the device of a file; both are templates.
type RecordingRule struct {
	Device    string `toml:"device"`
	Placement string `toml:"placement"`
}

// SessionRule says which files make a session and whose it is.
type SessionRule struct {
	// Key lists the captures that are equal in all files of one session. Empty:
	// each file is one.
	Key         []string `toml:"key,omitempty"`
	Participant string   `toml:"participant,omitempty"` // template of a study code; empty: a new one
	Source      string   `toml:"source,omitempty"`      // template; must not tell who it is
	Site        string   `toml:"site,omitempty"`
	// First is a regular expression; files whose name matches come first in
	// their session. Labels of runs are read from the first file only.
	First string `toml:"first,omitempty"`
}

// LabelRule makes labels. Its texts are templates; {value} is the cell of a
// run's column, and columns of a label file are captures by their names.
type LabelRule struct {
	When map[string]string `toml:"when,omitempty"` // captures that must be so
	// Span is "recording" for the whole file, "runs" for runs of equal cells in
	// Column, or "file" for the rows of File.
	Span     string   `toml:"span"`
	Once     bool     `toml:"once,omitempty"` // the session's first file speaks for the others, recorded at the same time
	Column   *Column  `toml:"column,omitempty"`
	Ignore   []string `toml:"ignore,omitempty"` // cells that are no label
	Tidy     bool     `toml:"tidy,omitempty"`   // {value} in lower case with hyphens
	File     string   `toml:"file,omitempty"`   // path from the recording's folder, template
	Start    string   `toml:"start,omitempty"`  // column of File
	End      string   `toml:"end,omitempty"`
	First    int64    `toml:"first_sample,omitempty"` // how File numbers the first sample
	Kind     string   `toml:"kind,omitempty"`         // "exercise" by default
	Exercise string   `toml:"exercise"`
	Group    string   `toml:"group,omitempty"`

	Execution   string            `toml:"execution,omitempty"`
	Side        string            `toml:"side,omitempty"`
	Repetitions string            `toml:"repetitions,omitempty"`
	WeightKg    string            `toml:"weight_kg,omitempty"`
	Intensity   string            `toml:"intensity,omitempty"`
	Note        string            `toml:"note,omitempty"`
	Extra       map[string]string `toml:"extra,omitempty"`
}

// Column names a column by its header or, from 1, by its number.
type Column struct {
	Name   string
	Number int
}

func (c Column) String() string {
	if c.Name != "" {
		return fmt.Sprintf("%q", c.Name)
	}
	return fmt.Sprint(c.Number)
}

// UnmarshalTOML takes a text or a number from 1.
func (c *Column) UnmarshalTOML(v any) error {
	switch v := v.(type) {
	case string:
		c.Name = v
	case int64:
		c.Number = int(v)
	}
	if c.Name == "" && (c.Number < 1 || c.Number > 10000) {
		return fmt.Errorf("a column is its name or its number from 1, not %v", v)
	}
	return nil
}

// MarshalTOML writes what UnmarshalTOML reads.
func (c Column) MarshalTOML() ([]byte, error) { return []byte(c.String()), nil }

// ParseMapping reads a mapping and checks it; an error names the key.
func ParseMapping(text []byte) (*Mapping, error) {
	m := &Mapping{}
	meta, err := toml.Decode(string(text), m)
	if err != nil {
		return nil, fmt.Errorf("reading the mapping: %w", err)
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return nil, fmt.Errorf("the mapping has a key %q that means nothing here", extra[0].String())
	}
	if err := m.compile(); err != nil {
		return nil, fmt.Errorf("mapping %q: %w", m.Name, err)
	}
	return m, nil
}

// LoadMapping reads a mapping from a TOML file.
func LoadMapping(path string) (*Mapping, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the mapping: %s: %s", filepath.Base(path), reasonOf(err))
	}
	return ParseMapping(text)
}

// TOML writes the mapping so that ParseMapping reads the same one.
func (m *Mapping) TOML() ([]byte, error) {
	var out bytes.Buffer
	e := toml.NewEncoder(&out)
	e.Indent = ""
	if err := e.Encode(m); err != nil {
		return nil, fmt.Errorf("writing the mapping: %w", err)
	}
	return out.Bytes(), nil
}

// ShippedMappings are the mappings that come with the program.
func ShippedMappings() ([]*Mapping, error) {
	entries, err := mappings.Files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var all []*Mapping
	for _, e := range entries {
		text, err := mappings.Files.ReadFile(e.Name())
		if err != nil {
			return nil, err
		}
		m, err := ParseMapping(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		all = append(all, m)
	}
	return all, nil
}

// compile checks the rules and prepares what reading needs.
func (m *Mapping) compile() error {
	if m.Name == "" {
		return fmt.Errorf("name is missing")
	}
	if m.Match.Path != "" {
		re, err := regexp.Compile("(?:^|/)(?:" + m.Match.Path + ")$")
		if err != nil {
			return fmt.Errorf("match.path: %w", err)
		}
		m.path = re
	}
	if m.Match.FirstLine != "" {
		re, err := regexp.Compile(m.Match.FirstLine)
		if err != nil {
			return fmt.Errorf("match.first_line: %w", err)
		}
		m.firstLine = re
	}
	if _, err := m.File.delimiter(); err != nil {
		return err
	}
	if m.File.Decimal != "" && m.File.Decimal != "." && m.File.Decimal != "," {
		return fmt.Errorf("file.decimal is %q; it can be \".\" or \",\"", m.File.Decimal)
	}
	if m.File.Decimal == "," && m.File.Delimiter == "," {
		return fmt.Errorf("file.decimal and file.delimiter cannot both be a comma")
	}
	if !slices.Contains([]string{"", "refuse", "missing"}, m.File.Empty) {
		return fmt.Errorf("file.empty is %q; it can be \"refuse\" or \"missing\"", m.File.Empty)
	}
	if m.File.Skip < 0 || m.File.Skip > 1000 {
		return fmt.Errorf("file.skip is %d; it can be 0 to 1000", m.File.Skip)
	}
	for _, check := range []func() error{m.compileTime, m.compileChannels, m.compileSession, m.compileLabels} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (m *Mapping) compileTime() (err error) {
	t := &m.Time
	if t.Rate < 0 || t.Rate > 1e6 {
		return fmt.Errorf("time.rate is %g Hz", t.Rate)
	}
	if t.Zone != "" {
		if m.zone, err = time.LoadLocation(t.Zone); err != nil {
			return fmt.Errorf("time.zone: %w", err)
		}
	}
	if t.Column == nil {
		if t.Rate == 0 {
			return fmt.Errorf("time needs a column or a rate")
		}
		return nil
	}
	switch t.Unit {
	case "text":
		if m.format, err = compileTimeFormat(t.Format); err != nil {
			return fmt.Errorf("time.format: %w", err)
		}
	case "s", "ms", "us", "ns":
		if t.From != "1970" && t.From != "start" {
			return fmt.Errorf("time.from is %q; numbers count from \"1970\" or \"start\"", t.From)
		}
	case "sample":
		if t.Rate == 0 {
			return fmt.Errorf("time.unit \"sample\" needs time.rate")
		}
	default:
		return fmt.Errorf("time.unit is %q; it can be \"text\", \"s\", \"ms\", \"us\", \"ns\" or \"sample\"", t.Unit)
	}
	return nil
}

func (m *Mapping) compileChannels() error {
	if len(m.Channels) == 0 {
		return fmt.Errorf("there is no [[channel]]")
	}
	for i, c := range m.Channels {
		if c.Column == (Column{}) {
			return fmt.Errorf("channel %d: column is missing", i+1)
		}
		if c.Kind == "" {
			return fmt.Errorf("channel %d: kind is missing", i+1)
		}
		if c.Unit == "" {
			return fmt.Errorf("channel %d: unit is missing; say what the numbers are, such as \"g\", \"m/s2\", \"rad/s\", or \"1\"", i+1)
		}
		if c.Codes && c.Scale == 0 {
			return fmt.Errorf("channel %d: codes need a scale", i+1)
		}
		if err := m.checkTemplate(c.Placement); err != nil {
			return fmt.Errorf("channel %d: placement: %w", i+1, err)
		}
	}
	return nil
}

func (m *Mapping) compileSession() error {
	for _, k := range m.Session.Key {
		if !slices.Contains(m.captures(), k) {
			return fmt.Errorf("session.key: %q is not a named group of match.path", k)
		}
	}
	if _, err := regexp.Compile(m.Session.First); err != nil {
		return fmt.Errorf("session.first: %w", err)
	}
	for key, text := range map[string]string{"session.participant": m.Session.Participant, "session.source": m.Session.Source,
		"recording.device": m.Recording.Device, "recording.placement": m.Recording.Placement} {
		if err := m.checkTemplate(text); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}

func (m *Mapping) compileLabels() error {
	for i, l := range m.Labels {
		var more []string
		switch l.Span {
		case "recording":
		case "runs":
			if l.Column == nil {
				return fmt.Errorf("label %d: column is missing", i+1)
			}
			more = []string{"value"}
		case "file":
			if l.File == "" || l.Start == "" || l.End == "" {
				return fmt.Errorf("label %d: file, start and end are needed", i+1)
			}
			more = nil
		default:
			return fmt.Errorf("label %d: span is %q; it can be \"recording\", \"runs\" or \"file\"", i+1, l.Span)
		}
		if l.Exercise == "" {
			return fmt.Errorf("label %d: exercise is missing", i+1)
		}
		if l.Span == "file" { // its columns are known only when it is read
			continue
		}
		for _, text := range append(l.texts(), l.Exercise, l.Group) {
			if err := m.checkTemplate(text, more...); err != nil {
				return fmt.Errorf("label %d: %w", i+1, err)
			}
		}
	}
	return nil
}

func (l LabelRule) texts() []string {
	all := []string{l.Execution, l.Side, l.Repetitions, l.WeightKg, l.Intensity, l.Note}
	for _, v := range l.Extra {
		all = append(all, v)
	}
	return all
}

func (m *Mapping) captures() []string {
	if m.path == nil {
		return nil
	}
	var names []string
	for _, n := range m.path.SubexpNames() {
		if n != "" {
			names = append(names, n)
		}
	}
	return names
}

func (f FileRule) delimiter() (byte, error) {
	switch f.Delimiter {
	case "tab", "\t":
		return '\t', nil
	case "space", " ":
		return ' ', nil
	}
	if len(f.Delimiter) != 1 || strings.ContainsAny(f.Delimiter, "\"\r\n.-+0123456789") {
		return 0, fmt.Errorf("file.delimiter is %q; it can be \",\", \";\", \"tab\", \"space\" or another single character", f.Delimiter)
	}
	return f.Delimiter[0], nil
}

func (f FileRule) point() byte {
	if f.Decimal == "," {
		return ','
	}
	return '.'
}
