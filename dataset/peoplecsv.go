package dataset

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"onset/dataset/tabletext"
)

// peopleColumns are the fixed columns of a participant sheet; any other column
// is a free field.
var peopleColumns = []string{"participant", "age_band", "sex", "proficiency", "side", "group"}

// Words that a participant sheet may hold; empty is unknown.
var (
	sexes         = []string{"", "female", "male", "other"}
	proficiencies = []string{"", "novice", "trained", "expert"}
	sides         = []string{"", "left", "right", "both"}
)

// otherWords are how sheets of labs write these words, in English and German, in
// any letter case. A word that could be two things is not among them.
var otherWords = map[string]map[string]string{
	"sex": {
		"f": "female", "w": "female", "woman": "female", "weiblich": "female", "frau": "female",
		"m": "male", "man": "male", "männlich": "male", "maennlich": "male", "mann": "male",
		"d": "other", "divers": "other", "diverse": "other", "x": "other", "non-binary": "other",
	},
	"proficiency": {
		"beginner": "novice", "anfänger": "novice", "anfaenger": "novice", "anfängerin": "novice",
		"trainiert": "trained", "geübt": "trained", "geuebt": "trained", "experte": "expert", "expertin": "expert",
	},
	"side": {
		"l": "left", "li": "left", "links": "left", "r": "right", "re": "right", "rechts": "right",
		"b": "both", "beide": "both", "beidseits": "both", "beidseitig": "both", "bilateral": "both",
		"ambidextrous": "both",
	},
}

// WriteParticipants writes a participant sheet as CSV with a header. fields are
// free fields that are columns also when nobody has a value in them.
func WriteParticipants(w io.Writer, people []Participant, fields ...string) error {
	extra := map[string]bool{}
	for _, k := range fields {
		extra[k] = true
	}
	for _, p := range people {
		for k := range p.Fields {
			extra[k] = true
		}
	}
	free := slices.Sorted(maps.Keys(extra))
	c := csv.NewWriter(w)
	if err := c.Write(append(slices.Clone(peopleColumns), free...)); err != nil {
		return fmt.Errorf("writing the participant sheet: %w", err)
	}
	for _, p := range people {
		row := []string{string(p.ID), p.AgeBand, p.Sex, p.Proficiency, p.Side, p.Group}
		for _, k := range free {
			row = append(row, p.Fields[k])
		}
		if err := c.Write(row); err != nil {
			return fmt.Errorf("writing the participant sheet: %w", err)
		}
	}
	c.Flush()
	return c.Error()
}

// Sheet is a participant sheet as it was read.
type Sheet struct {
	// Columns are those that it has beside the code, in its order: a fixed one by
	// its name, such as "age_band", or a free field.
	Columns []string
	People  []Participant
}

// ReadSheet reads a participant sheet. The first column must be
// "participant"; cells are parted by commas, semicolons or tabs, and the text is
// UTF-8, or UTF-16 with its mark. Usual other words for a value, such as f, w or
// weiblich for female and beidseitig for both, become that value. A missing or repeated code, a column that
// stands twice, an exact age and a word that a field does not know are refused
// with their row.
func ReadSheet(r io.Reader) (Sheet, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return Sheet{}, fmt.Errorf("reading the participant sheet: %w", err)
	}
	text, err := tabletext.Decode(raw)
	if err != nil {
		return Sheet{}, fmt.Errorf("the participant sheet, %w", err)
	}
	c := csv.NewReader(strings.NewReader(text))
	c.Comma, c.FieldsPerRecord = tabletext.Delimiter(text), -1
	head, err := c.Read()
	if errors.Is(err, io.EOF) {
		return Sheet{}, errors.New("the participant sheet is empty")
	}
	if err != nil {
		return Sheet{}, fmt.Errorf("reading the participant sheet's header: %w", err)
	}
	for i := range head {
		head[i] = strings.TrimSpace(head[i])
		if head[i] != "" && slices.Contains(head[:i], head[i]) {
			return Sheet{}, fmt.Errorf("the participant sheet has the column %q twice", head[i])
		}
	}
	if head[0] != "participant" {
		return Sheet{}, fmt.Errorf("the participant sheet's first column is %q; it must be \"participant\"", head[0])
	}
	sheet := Sheet{Columns: slices.DeleteFunc(slices.Clone(head[1:]), func(name string) bool { return name == "" })}
	seen := map[ParticipantID]int{}
	var wrong wrongRows
	for row := 2; ; row++ {
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			if err := wrong.err(); err != nil {
				return Sheet{}, err
			}
			return sheet, nil
		}
		if err != nil {
			return Sheet{}, fmt.Errorf("row %d of the participant sheet: %w", row, err)
		}
		if len(cells) != len(head) {
			wrong.add(row, " has %d cells; the header has %d", len(cells), len(head))
			continue
		}
		p, err := participantOf(head, cells)
		if err != nil {
			wrong.add(row, ": %v", err)
			continue
		}
		if before, ok := seen[p.ID]; ok {
			wrong.add(row, ": %s stands in row %d already", p.ID, before)
			continue
		}
		seen[p.ID] = row
		sheet.People = append(sheet.People, p)
	}
}

// wrongRows are the rows of a sheet that are refused, so that all are mended at
// once; the first twenty are named.
type wrongRows struct {
	n     int
	named []string
}

func (w *wrongRows) add(row int, what string, values ...any) {
	const most = 20
	if w.n++; w.n <= most {
		w.named = append(w.named, fmt.Sprintf("row %d of the participant sheet", row)+fmt.Sprintf(what, values...))
	}
}

func (w *wrongRows) err() error {
	if w.n == 0 {
		return nil
	}
	if more := w.n - len(w.named); more > 0 {
		w.named = append(w.named, fmt.Sprintf("and %d more rows", more))
	}
	return errors.New(strings.Join(w.named, "; "))
}

// TellsAge reports whether a column holds ages or dates of birth.
func TellsAge(name string) bool {
	switch name = strings.ToLower(name); name {
	case "age_band", "age", "alter", "dob", "geboren":
		return true
	}
	return strings.HasPrefix(name, "birth") || strings.HasPrefix(name, "geburt") || strings.HasPrefix(name, "date of birth")
}

// SheetValue reads a cell of a column of a participant sheet, fixed or free, as
// ReadSheet does. The error names the column, and may quote the cell: that of an
// age (TellsAge) is nothing to be kept.
func SheetValue(column, text string) (string, error) {
	text = strings.TrimSpace(text)
	if words := ParticipantWords(column); words != nil {
		return oneOf(column, text, append([]string{""}, words...))
	}
	if TellsAge(column) {
		return AgeBand(text)
	}
	return text, nil
}

func participantOf(head, cells []string) (Participant, error) {
	var p Participant
	for i, name := range head {
		text := strings.TrimSpace(cells[i])
		var err error
		switch name {
		case "":
			if text != "" {
				err = fmt.Errorf("%q stands in a column without a name", text)
			}
		case "participant":
			p.ID = ParticipantID(text)
		default:
			text, err = SheetValue(name, text)
		}
		if err != nil {
			return p, err
		}
		if name != "participant" && name != "" {
			p = p.With(name, text)
		}
	}
	if p.ID == "" {
		return p, errors.New("the participant has no code")
	}
	return p, nil
}

// ColumnChange counts what a sheet does to the values of one column.
type ColumnChange struct {
	Column  string `json:"column"`
	Set     int    `json:"set"`     // were empty
	Changed int    `json:"changed"` // become another
	Emptied int    `json:"emptied"` // are lost
	// NewField is set where the study has no such field yet: the sheet creates it.
	NewField bool `json:"new_field,omitempty"`
}

// SheetChange is what taking over a sheet would do.
type SheetChange struct {
	People  []Participant   // those of the sheet as they will be
	New     []ParticipantID // that the study does not have
	Columns []ColumnChange  // those with a change, in the sheet's order
	Loses   []ParticipantID // of whom a value is emptied
}

// Names lists the new codes that look like people's names.
func (c SheetChange) Names() []ParticipantID {
	var out []ParticipantID
	for _, id := range c.New {
		if id.LooksLikeName() {
			out = append(out, id)
		}
	}
	return out
}

// Emptied is how many values are lost.
func (c SheetChange) Emptied() int {
	n := 0
	for _, one := range c.Columns {
		n += one.Emptied
	}
	return n
}

// Onto lays a sheet over what is known of people: the values of its columns
// replace theirs, where a cell is empty with nothing. A column that it does not
// have, and people who are not in it, stay as they are. Fields are the study's free
// fields, also those in which nobody has a value.
func (s Sheet) Onto(have []Participant, fields ...string) SheetChange {
	var out SheetChange
	columns := make([]ColumnChange, len(s.Columns))
	for _, x := range s.People {
		p := Participant{ID: x.ID}
		at := slices.IndexFunc(have, func(h Participant) bool { return h.ID == x.ID })
		if at < 0 { // a code in other letters is no second person
			at = slices.IndexFunc(have, func(h Participant) bool { return strings.EqualFold(string(h.ID), string(x.ID)) })
		}
		if at >= 0 {
			p = have[at]
		} else {
			out.New = append(out.New, x.ID)
		}
		loses := false
		for i, name := range s.Columns {
			before, after := p.Value(name), x.Value(name)
			c := &columns[i]
			switch c.Column = name; {
			case before == after:
			case before == "":
				c.Set++
			case after == "":
				c.Emptied++
				loses = true
			default:
				c.Changed++
			}
			p = p.With(name, after)
		}
		if loses {
			out.Loses = append(out.Loses, p.ID)
		}
		out.People = append(out.People, p)
	}
	for i := range columns {
		c := &columns[i]
		c.NewField = !fixedColumn(c.Column) && !slices.Contains(fields, c.Column) &&
			!slices.ContainsFunc(have, func(p Participant) bool { return p.Value(c.Column) != "" })
	}
	out.Columns = slices.DeleteFunc(columns, func(c ColumnChange) bool { return c.Set+c.Changed+c.Emptied == 0 })
	return out
}

// fixedColumn tells the columns that every study has from its free fields.
func fixedColumn(name string) bool {
	switch name {
	case "participant", "age_band", "sex", "proficiency", "side", "group":
		return true
	}
	return false
}

// Value is what is known of a person in a column of the sheet, such as
// "age_band", or in a free field; empty for nothing.
func (p Participant) Value(column string) string {
	switch column {
	case "participant":
		return string(p.ID)
	case "age_band":
		return p.AgeBand
	case "sex":
		return p.Sex
	case "proficiency":
		return p.Proficiency
	case "side":
		return p.Side
	case "group":
		return p.Group
	}
	return p.Fields[column]
}

// With is a person with another value in a column or a free field; an empty one
// takes it away. The code stays.
func (p Participant) With(column, text string) Participant {
	switch column {
	case "participant":
	case "age_band":
		p.AgeBand = text
	case "sex":
		p.Sex = text
	case "proficiency":
		p.Proficiency = text
	case "side":
		p.Side = text
	case "group":
		p.Group = text
	default:
		fields := maps.Clone(p.Fields)
		if text == "" {
			delete(fields, column)
		} else {
			if fields == nil {
				fields = map[string]string{}
			}
			fields[column] = text
		}
		p.Fields = fields
	}
	return p
}

// Known lists the columns and free fields in which something is known of a
// person, beside the code: the fixed ones first.
func (p Participant) Known() []string {
	columns := append(slices.Clone(peopleColumns[1:]), slices.Sorted(maps.Keys(p.Fields))...)
	return slices.DeleteFunc(columns, func(c string) bool { return p.Value(c) == "" })
}

// Filled is a person with what from knows where nothing is known yet.
func (p Participant) Filled(from Participant) Participant {
	for _, column := range from.Known() {
		if p.Value(column) == "" {
			p = p.With(column, from.Value(column))
		}
	}
	return p
}

// ParticipantWords are what a field of a participant may hold beside nothing:
// "sex", "proficiency" and "side"; nil for a field that takes any text.
func ParticipantWords(field string) []string {
	switch field {
	case "sex":
		return sexes[1:]
	case "proficiency":
		return proficiencies[1:]
	case "side":
		return sides[1:]
	}
	return nil
}

func oneOf(name, text string, words []string) (string, error) {
	word := strings.ToLower(norm.NFC.String(text))
	if to, ok := otherWords[name][word]; ok {
		word = to
	}
	if !slices.Contains(words, word) {
		known := slices.Sorted(maps.Keys(otherWords[name]))
		return "", fmt.Errorf("%s is %q; it can be %s or empty (also understood: %s)", name, text, strings.Join(words[1:], ", "), strings.Join(known, ", "))
	}
	return word, nil
}
