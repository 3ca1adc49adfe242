package dataset

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

// Unsettled reports that nobody has said yet whose the session is: its
// participant may be somebody who has another code, too.
func (v SessionSummary) Unsettled() bool { return v.FindingKinds[FindingIdentity] > 0 }

// SettleParticipant says who the person behind a code is, for every session
// imported while that was open: as names somebody else whom the study has, or
// the code itself for a person of their own. Sessions move to as, and code goes
// when nothing of it is left; what was written on its sheet goes with it. A code
// with nothing open is ErrBadRequest.
func (s *Study) SettleParticipant(ctx context.Context, code, as ParticipantID) error {
	return s.write(ctx, fmt.Sprintf("settling who %q is", code), func(tx *sql.Tx) error {
		if _, _, err := participant(ctx, tx, as); err != nil {
			return err
		}
		open, err := unsettledOf(ctx, tx, code)
		if err != nil {
			return err
		}
		if len(open) == 0 {
			return fmt.Errorf("nothing is open about participant %q: %w", code, ErrBadRequest)
		}
		for _, v := range open {
			if err := settleSession(ctx, tx, v, as); err != nil {
				return err
			}
		}
		if as != code {
			if err := countAgain(ctx, tx, code, as); err != nil {
				return err
			}
		}
		summary := fmt.Sprintf("settled that %s is a person of their own", code)
		if as != code {
			summary = fmt.Sprintf("settled that %s is %s", code, as)
		}
		_, err = s.record(ctx, tx, ledgerRow{kind: "participant"}, ledgerDetail{Summary: summary})
		return err
	})
}

func unsettledOf(ctx context.Context, tx *sql.Tx, code ParticipantID) ([]SessionSummary, error) {
	var open []SessionSummary
	err := each(ctx, tx, func(rows *sql.Rows) error {
		v, err := scanSummary(rows)
		if err == nil && v.Unsettled() {
			open = append(open, v)
		}
		return err
	}, `SELECT id, number, participant, start_ns, zone, duration_s, recordings, samples, sensors,
		finding_kinds, simulated, format, source FROM sessions WHERE visible=1 AND participant=? ORDER BY number`, string(code))
	return open, err
}

// settleSession gives a session to a person and takes the open question away.
func settleSession(ctx context.Context, tx *sql.Tx, v SessionSummary, as ParticipantID) error {
	delete(v.FindingKinds, FindingIdentity)
	kinds, err := json.Marshal(v.FindingKinds)
	if err != nil {
		return err
	}
	changed := []field{{"finding_kinds", string(kinds)}, {"participant", string(as)}}
	if as != v.Participant {
		var last int64
		if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(number),0) FROM sessions WHERE participant=?", string(as)).Scan(&last); err != nil {
			return err
		}
		changed = append(changed, field{"number", last + 1})
	}
	if err := updateRow(ctx, tx, "sessions", "id", string(v.ID), changed...); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM findings WHERE session=? AND kind=?", string(v.ID), FindingIdentity)
	return err
}

// countAgain brings the numbers of sessions up to date and removes a code that
// has none.
func countAgain(ctx context.Context, tx *sql.Tx, codes ...ParticipantID) error {
	for _, code := range codes {
		var n, last int64
		err := tx.QueryRowContext(ctx, "SELECT count(*), coalesce(max(number),0) FROM sessions WHERE visible=1 AND participant=?", string(code)).Scan(&n, &last)
		if err != nil {
			return err
		}
		if n == 0 {
			_, err = tx.ExecContext(ctx, "DELETE FROM participants WHERE id=?", string(code))
		} else {
			err = updateRow(ctx, tx, "participants", "id", string(code), field{"sessions", last})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
