package dataset

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

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

// ReadParticipants reads a participant sheet. The first column must be
// "participant"; cells are parted by commas, semicolons or tabs, and the text is
// UTF-8, or UTF-16 with its mark. A missing or repeated code and a word that a field does not
// know are refused with their row.
func ReadParticipants(r io.Reader) ([]Participant, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading the participant sheet: %w", err)
	}
	text, err := tabletext.Decode(raw)
	if err != nil {
		return nil, fmt.Errorf("the participant sheet, %w", err)
	}
	c := csv.NewReader(strings.NewReader(text))
	c.Comma, c.FieldsPerRecord = tabletext.Delimiter(text), -1
	head, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the participant sheet is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the participant sheet's header: %w", err)
	}
	for i := range head {
		head[i] = strings.TrimSpace(head[i])
	}
	if head[0] != "participant" {
		return nil, fmt.Errorf("the participant sheet's first column is %q; it must be \"participant\"", head[0])
	}
	var people []Participant
	seen := map[ParticipantID]int{}
	for row := 2; ; row++ {
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			return people, nil
		}
		if err != nil {
			return nil, fmt.Errorf("row %d of the participant sheet: %w", row, err)
		}
		if len(cells) != len(head) {
			return nil, fmt.Errorf("row %d of the participant sheet has %d cells; the header has %d", row, len(cells), len(head))
		}
		p, err := participantOf(head, cells)
		if err != nil {
			return nil, fmt.Errorf("row %d of the participant sheet: %w", row, err)
		}
		if before, ok := seen[p.ID]; ok {
			return nil, fmt.Errorf("row %d of the participant sheet: %s stands in row %d already", row, p.ID, before)
		}
		seen[p.ID] = row
		people = append(people, p)
	}
}

func participantOf(head, cells []string) (Participant, error) {
	var p Participant
	for i, name := range head {
		text := strings.TrimSpace(cells[i])
		var err error
		switch name {
		case "participant":
			p.ID = ParticipantID(text)
		case "age_band":
			p.AgeBand = text
		case "group":
			p.Group = text
		case "sex":
			p.Sex, err = oneOf(name, text, sexes)
		case "proficiency":
			p.Proficiency, err = oneOf(name, text, proficiencies)
		case "side":
			p.Side, err = oneOf(name, text, sides)
		default:
			if text == "" {
				continue
			}
			if p.Fields == nil {
				p.Fields = map[string]string{}
			}
			p.Fields[name] = text
		}
		if err != nil {
			return Participant{}, err
		}
	}
	if p.ID == "" {
		return Participant{}, errors.New("the participant has no code")
	}
	return p, nil
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
	text = strings.ToLower(text)
	if !slices.Contains(words, text) {
		return "", fmt.Errorf("%s is %q; it can be %s or empty", name, text, strings.Join(words[1:], ", "))
	}
	return text, nil
}
