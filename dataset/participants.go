package dataset

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

const participantColumns = "id, age_band, sex, proficiency, side, model_group, fields, sessions"

func scanParticipant(row scanner) (p Participant, sessions int64, err error) {
	var fields string
	if err := row.Scan(&p.ID, &p.AgeBand, &p.Sex, &p.Proficiency, &p.Side, &p.Group, &fields, &sessions); err != nil {
		return p, 0, err
	}
	if err := json.Unmarshal([]byte(fields), &p.Fields); err != nil {
		return p, 0, fmt.Errorf("participant %s: %w: %w", p.ID, ErrCorrupt, err)
	}
	return p, sessions, nil
}

// Participants lists the people of the study by study code.
func (s *Study) Participants(ctx context.Context) ([]Participant, error) {
	var out []Participant
	err := each(ctx, s.reader, func(rows *sql.Rows) error {
		p, _, err := scanParticipant(rows)
		out = append(out, p)
		return err
	}, "SELECT "+participantColumns+" FROM participants ORDER BY id")
	return out, explain("reading the participants", err)
}

// PutParticipant adds a person or replaces what is known of one.
func (s *Study) PutParticipant(ctx context.Context, p Participant) error {
	return s.PutParticipants(ctx, []Participant{p}, p.ID)
}

// PutParticipants replaces what is known of people, of all or of none. Only the
// codes in fresh may be new to the study: a list that was made before somebody
// withdrew does not bring them back. Others that the study does not have are
// named by an error that is ErrNotFound.
func (s *Study) PutParticipants(ctx context.Context, people []Participant, fresh ...ParticipantID) error {
	doing := fmt.Sprintf("keeping %d participants", len(people))
	if len(people) == 1 {
		doing = fmt.Sprintf("keeping participant %q", people[0].ID)
	}
	return s.write(ctx, doing, func(tx *sql.Tx) error {
		var gone []string
		for _, p := range people {
			_, sessions, err := participant(ctx, tx, p.ID)
			missing := errors.Is(err, sql.ErrNoRows)
			if err != nil && !missing {
				return err
			}
			if missing && !slices.Contains(fresh, p.ID) {
				gone = append(gone, string(p.ID))
				continue
			}
			if err := putParticipant(ctx, tx, p, sessions); err != nil {
				return err
			}
		}
		if len(gone) > 0 {
			return fmt.Errorf("%s: not in the study, or not any more; nothing was changed: %w", strings.Join(gone, ", "), ErrNotFound)
		}
		_, err := s.record(ctx, tx, ledgerRow{kind: "participant"}, ledgerDetail{Summary: "participant sheet changed"})
		return err
	})
}

func participant(ctx context.Context, q queryer, id ParticipantID) (Participant, int64, error) {
	return scanParticipant(q.QueryRowContext(ctx, "SELECT "+participantColumns+" FROM participants WHERE id=?", string(id)))
}

func putParticipant(ctx context.Context, q queryer, p Participant, sessions int64) error {
	if err := checkCode("participant", string(p.ID)); err != nil {
		return err
	}
	if p.Fields == nil {
		p.Fields = map[string]string{}
	}
	fields, err := json.Marshal(p.Fields)
	if err != nil {
		return err
	}
	return upsertRow(ctx, q, "participants", "id",
		field{"id", string(p.ID)}, field{"age_band", p.AgeBand}, field{"sex", p.Sex},
		field{"proficiency", p.Proficiency}, field{"side", p.Side}, field{"model_group", p.Group},
		field{"fields", string(fields)}, field{"sessions", sessions})
}

// fieldsKey is where the settings hold the free fields of the sheet.
const fieldsKey = "participant_fields"

// ParticipantFields are the free fields that were added to the participant
// sheet, sorted, whether or not anybody has a value in them.
func (s *Study) ParticipantFields(ctx context.Context) ([]string, error) {
	return participantFields(ctx, s.reader)
}

func participantFields(ctx context.Context, q queryer) ([]string, error) {
	const doing = "reading the fields of the participant sheet"
	var text string
	err := q.QueryRowContext(ctx, "SELECT value FROM settings WHERE key=?", fieldsKey).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, explain(doing, err)
	}
	var out []string
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", doing, ErrCorrupt, err)
	}
	return out, nil
}

// PutParticipantField adds a free field to the participant sheet, or takes it
// off; the values of people are not touched.
func (s *Study) PutParticipantField(ctx context.Context, name string, there bool) error {
	return s.write(ctx, fmt.Sprintf("keeping the field %q of the participant sheet", name), func(tx *sql.Tx) error {
		if err := checkCode("field", name); err != nil {
			return err
		}
		names, err := participantFields(ctx, tx)
		if err != nil || slices.Contains(names, name) == there {
			return err
		}
		if names = slices.DeleteFunc(names, func(n string) bool { return n == name }); there {
			names = append(names, name)
		}
		slices.Sort(names)
		text, err := json.Marshal(names)
		if err != nil {
			return err
		}
		if err := upsertRow(ctx, tx, "settings", "key", field{"key", fieldsKey}, field{"value", string(text)}); err != nil {
			return err
		}
		_, err = s.record(ctx, tx, ledgerRow{kind: "participant"}, ledgerDetail{Summary: "fields of the participant sheet changed"})
		return err
	})
}
