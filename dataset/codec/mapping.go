package codec

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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
	Skip      int    `toml:"skip,omitzero"`     // lines to pass over first
	Header    bool   `toml:"header"`            // a line of column names comes next
	Units     bool   `toml:"units_row,omitempty"`
	Comment   string `toml:"comment,omitempty"` // lines that begin so are passed over
	// Empty is what an empty cell of a channel means: "refuse" (default) or
	// "missing", which keeps it as a value that is not there.
	Empty string `toml:"empty,omitempty"`
	// Unreadable is what a cell of a channel means that holds something else than
	// a number, such as an error sign: "refuse" (default) or "missing". Each such
	// row is counted, and the first are named.
	Unreadable string `toml:"unreadable,omitempty"`
	// BadRow is what a row means that cannot be read: one with more or fewer cells
	// than the first, an unreadable time, or a cell that Empty or Unreadable
	// refuses. "refuse" (default) refuses the file, "skip" leaves the row out; each
	// is counted, and the first are named. It needs a time column, for without one
	// the rows after it would move.
	BadRow string `toml:"bad_row,omitempty"`
	// Encoding is that of the text: "" for UTF-8, "UTF-16" with a mark, or
	// "Windows-1252", which Western European programs of old write.
	Encoding string `toml:"encoding,omitempty"`
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
	First int64   `toml:"first,omitzero"` // number of the first sample
	Rate  float64 `toml:"rate,omitzero"`  // Hz, as the device claims
	Zone  string  `toml:"zone,omitempty"` // IANA zone of texts without an offset
}

// ChannelRule is one column of samples.
type ChannelRule struct {
	Column    Column  `toml:"column"`
	Kind      string  `toml:"kind"`
	Axis      string  `toml:"axis,omitempty"`
	Unit      string  `toml:"unit"`
	Scale     float64 `toml:"scale,omitzero"` // value = number*Scale + Offset; 0 is 1
	Offset    float64 `toml:"offset,omitzero"`
	Codes     bool    `toml:"codes,omitempty"` // numbers are whole and stored as such, with Scale
	Low       float64 `toml:"range_min,omitzero"`
	High      float64 `toml:"range_max,omitzero"`
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
	First string `toml:"first,omitzero"`
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
		return nil, fmt.Errorf("line %d: the mapping has a key %q that means nothing here", lineOfKey(text, extra[0]), extra[0].String())
	}
	if err := m.compile(); err != nil {
		return nil, fmt.Errorf("mapping %q: %w", m.Name, err)
	}
	return m, nil
}

// lineOfKey finds the line, from 1, on which a mapping first writes a key,
// following the headings of its tables.
func lineOfKey(text []byte, key toml.Key) int {
	table, want := "", key.String()
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			table = strings.Trim(strings.TrimSpace(strings.SplitN(line, "#", 2)[0]), "[] ")
			if table == want {
				return i + 1
			}
			continue
		}
		name, _, ok := strings.Cut(line, "=")
		name = strings.Trim(strings.TrimSpace(name), `"'`)
		if table != "" {
			name = table + "." + name
		}
		if ok && (name == want || strings.HasPrefix(want, name+".")) {
			return i + 1
		}
	}
	return 1
}

// LoadMapping reads a mapping from a TOML file; an error names the file.
func LoadMapping(path string) (*Mapping, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the mapping: %s: %s", filepath.Base(path), reasonOf(err))
	}
	m, err := ParseMapping(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return m, nil
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
