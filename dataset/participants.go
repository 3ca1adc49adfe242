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
