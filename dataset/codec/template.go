package codec

import (
	"fmt"
	"slices"
	"strings"
)

// eachPart walks a template: literal texts and {name|table} parts.
func eachPart(text string, literal func(string), part func(name, table string) error) error {
	for text != "" {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			literal(text)
			return nil
		}
		literal(text[:open])
		length := strings.IndexByte(text[open:], '}')
		if length < 0 {
			return fmt.Errorf("%q has a { without }", text)
		}
		name, table, _ := strings.Cut(text[open+1:open+length], "|")
		if err := part(name, table); err != nil {
			return err
		}
		text = text[open+length+1:]
	}
	return nil
}

// checkTemplate reports a part that names no capture or no table.
func (m *Mapping) checkTemplate(text string, more ...string) error {
	known := append(m.captures(), more...)
	return eachPart(text, func(string) {}, func(name, table string) error {
		if !slices.Contains(known, name) {
			return fmt.Errorf("{%s} is not a named group of match.path", name)
		}
		if table != "" && m.Tables[table] == nil {
			return fmt.Errorf("there is no table %q", table)
		}
		return nil
	})
}

// fill replaces a template's parts. A value that its table does not list stays
// as it is.
func (m *Mapping) fill(text string, values map[string]string) string {
	var out strings.Builder
	// A template that was checked cannot fail here; a label file's may name a
	// column that is not there, which is then empty.
	_ = eachPart(text, func(s string) { out.WriteString(s) }, func(name, table string) error {
		v := values[name]
		if t, listed := m.Tables[table][v]; listed {
			v = t
		}
		out.WriteString(v)
		return nil
	})
	return out.String()
}

// tidy is a label's text in lower case with hyphens, as catalogue names are.
func tidy(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == ' ' || r == '_' || r == '-' }), "-")
}
