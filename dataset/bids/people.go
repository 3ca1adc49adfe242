package bids

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"onset/dataset"
)

// peopleColumns are the fixed columns of participants.tsv and what participants.json
// says of them. BIDS calls the dominant side handedness.
var peopleColumns = []struct{ name, field, description string }{
	{"age_band", "age_band", "Age in years as a band; exact ages are not kept"},
	{"sex", "sex", "Sex as the person states it"},
	{"proficiency", "proficiency", "Proficiency in the exercises, self-reported"},
	{"handedness", "side", "Dominant side"},
	{"group", "group", "Group of the study whose model is used for the person"},
}

// people writes participants.tsv, the participant sheet of those who have
// sessions, and participants.json, which describes its columns.
func (e *exporter) people(ctx context.Context, sessions []dataset.SessionSummary) error {
	all, err := e.store.Participants(ctx)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(p dataset.Participant) bool {
		return !slices.ContainsFunc(sessions, func(s dataset.SessionSummary) bool { return s.Participant == p.ID })
	})
	head := []string{"participant_id"}
	fields := []string{}
	about := map[string]any{"participant_id": map[string]string{"Description": "The study code, in letters and digits"}}
	for _, c := range peopleColumns {
		head, fields = append(head, c.name), append(fields, c.field)
		column := map[string]any{"Description": c.description}
		if words := dataset.ParticipantWords(c.field); words != nil {
			levels := map[string]string{}
			for _, w := range words {
				levels[w] = w
			}
			column["Levels"] = levels
		}
		about[c.name] = column
	}
	for _, field := range freeFields(all) {
		name := field
		for about[name] != nil {
			name += "_field" // a field of one's own under a fixed column's name
		}
		head, fields = append(head, name), append(fields, field)
		about[name] = map[string]string{"Description": "A free field of the study's participant sheet"}
	}
	e.names = map[string]string{}
	rows := [][]string{head}
	for _, p := range all {
		sub := label(string(p.ID))
		if other, taken := e.names[sub]; taken || sub == "" {
			return fmt.Errorf("the codes %q and %q are the same without their signs; BIDS takes letters and digits only", other, p.ID)
		}
		e.names[sub] = string(p.ID)
		row := []string{"sub-" + sub}
		for _, f := range fields {
			row = append(row, p.Value(f))
		}
		rows = append(rows, row)
	}
	if err := writeJSON(filepath.Join(e.dir, "participants.json"), about); err != nil {
		return err
	}
	return writeTSV(filepath.Join(e.dir, "participants.tsv"), rows)
}

// freeFields are those in which something is known of somebody.
func freeFields(people []dataset.Participant) []string {
	names := map[string]bool{}
	for _, p := range people {
		for name := range p.Fields {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
