package codec

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"onset/dataset"
)

// Bounds of a free field of participants.tsv, in runes.
const (
	longestField = 60
	longestValue = 200
)

// bidsPeopleColumns are the columns of participants.tsv under another name in a
// participant sheet.
var bidsPeopleColumns = map[string]string{"handedness": "side"}

// above lists the recordings' folder and those above it, up to the data set's.
func (d *bidsDecoder) above() []string {
	dir := d.files[0].dir()
	dirs := []string{dir}
	for range 3 {
		dir = filepath.Dir(dir)
		dirs = append(dirs, dir)
	}
	return dirs
}

// person reads what participants.tsv says of the session's participant, cell by
// cell as a participant sheet is read. What can not be taken is named and left
// out: the table describes people and is no reason to refuse a recording.
func (d *bidsDecoder) person(w *session) {
	tell := func(format string, args ...any) {
		w.find(dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: "participants.tsv: " + fmt.Sprintf(format, args...)})
	}
	for _, dir := range d.above() {
		rows, err := sideRows(filepath.Join(dir, "participants.tsv"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			tell("it cannot be read; the recordings are imported, and nothing was taken into the participant sheet.")
			return
		}
		own := slices.DeleteFunc(rows, func(row map[string]string) bool { return row["participant_id"] != "sub-"+d.entities["sub"] })
		switch len(own) {
		case 0:
			tell("it has no row for the participant; nothing was taken into the participant sheet.")
		case 1:
			w.sheet = bidsPerson(own[0], tell)
		default:
			tell("it has %d rows for the participant; none was taken into the participant sheet.", len(own))
		}
		return
	}
}

// bidsPerson reads one row. An exact age is never repeated in a finding, which the
// study keeps.
func bidsPerson(row map[string]string, tell func(format string, args ...any)) (p dataset.Participant) {
	names := make([]string, 0, len(row))
	for name := range row {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		text := row[name]
		column := strings.TrimSpace(name)
		if to, ok := bidsPeopleColumns[column]; ok {
			column = to
		}
		if text == "" || column == "participant_id" {
			continue
		}
		value, err := dataset.SheetValue(column, text)
		switch shown := clipText(column, longestField); {
		case err != nil && dataset.TellsAge(column):
			tell("the column %q was left out: it holds an exact age, a date or no age band, which tells who somebody is. The sheet takes bands such as 40-49.", shown)
		case err != nil:
			tell("the column %q was left out: %s.", clipText(name, longestField), clipText(err.Error(), 400))
		case column == "" || column == "participant" || shown != column || clipText(value, longestValue) != value:
			tell("the column %q was left out: its name or its text is missing, too long or not readable.", shown)
		case p.Value(column) != "" && p.Value(column) != value:
			tell("the column %q was left out: another column says %q.", clipText(name, longestField), p.Value(column))
		default:
			p = p.With(column, value)
		}
	}
	return p
}

// fillSheet takes what the source says of the person into what the participant
// sheet leaves empty. What the study has otherwise stays, and that is told.
func (w *session) fillSheet(id dataset.ParticipantID) {
	if len(w.sheet.Known()) == 0 {
		return
	}
	have, taken := w.people.sheets[id]
	if at := slices.IndexFunc(w.people.people, func(p dataset.Participant) bool { return p.ID == id }); !taken && at >= 0 {
		have = w.people.people[at]
	}
	for _, column := range w.sheet.Known() {
		is, says := have.Value(column), w.sheet.Value(column)
		if is != "" && is != says {
			w.find(dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: fmt.Sprintf(
				"The source says %s of the participant: %q. The study has %q, which stays; change it in the participant sheet if the source is right.", column, says, is)})
		}
	}
	w.people.sheets[id] = have.Filled(w.sheet)
	w.sink.setSheet(w.sheet)
}
