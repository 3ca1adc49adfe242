package codec

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

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
	if !slices.Contains([]string{"", "refuse", "missing"}, m.File.Unreadable) {
		return fmt.Errorf("file.unreadable is %q; it can be \"refuse\" or \"missing\"", m.File.Unreadable)
	}
	if !slices.Contains([]string{"", "refuse", "skip"}, m.File.BadRow) {
		return fmt.Errorf("file.bad_row is %q; it can be \"refuse\" or \"skip\"", m.File.BadRow)
	}
	if m.File.BadRow == "skip" && m.Time.Column == nil {
		return fmt.Errorf("file.bad_row \"skip\" needs time.column: without times the rows after one that is left out would move")
	}
	if !slices.Contains([]string{"", encodingUTF16, EncodingWestern}, m.File.Encoding) {
		return fmt.Errorf("file.encoding is %q; it can be empty for UTF-8, %q or %q", m.File.Encoding, encodingUTF16, EncodingWestern)
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
