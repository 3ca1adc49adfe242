package dataset

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Withdrawal says what went with a participant who withdrew.
type Withdrawal struct {
	Sessions   int
	WindowSets int
	Models     []string // trained on them; marked, and not to be used any more
}

// withdrawnName stands where the person's codes stood in results.
const withdrawnName = "withdrawn"

// Withdraw removes a participant with everything recorded of and derived from
// them: sessions, samples, labels, and the window sets that hold their
// examples. Models that learnt from them are marked. Their codes are replaced
// in what runs and models say, and what is deleted is overwritten in the file.
// The ledger keeps that it happened, not what.
func (s *Study) Withdraw(ctx context.Context, id ParticipantID) (Withdrawal, error) {
	var out Withdrawal
	err := s.write(ctx, fmt.Sprintf("withdrawing participant %q", id), func(tx *sql.Tx) error {
		out = Withdrawal{}
		if err := mustHave(ctx, tx, id); err != nil {
			return err
		}
		codes, sessions, err := codesOf(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, session := range sessions {
			if err := s.deleteSession(ctx, tx, session); err != nil {
				return err
			}
			out.Sessions++
		}
		if err := out.cleanResults(ctx, tx, codes); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM participants WHERE id=?", string(id)); err != nil {
			return err
		}
		_, err = s.record(ctx, tx, ledgerRow{kind: entryWithdraw}, ledgerDetail{Summary: "a participant withdrew"})
		return err
	})
	if err != nil {
		return Withdrawal{}, err
	}
	s.mu.Lock()
	clear(s.counts)
	s.mu.Unlock()
	// Pages keep crumbs of rows that were once moved or rewritten. Writing the
	// whole file anew leaves none.
	if _, err := s.writer.ExecContext(ctx, "VACUUM"); err != nil {
		return out, explain("the participant is removed; overwriting what was left in the file", err)
	}
	return out, s.forget(ctx)
}

// mustHave is ErrNotFound for a code that the study does not have.
func mustHave(ctx context.Context, q queryer, id ParticipantID) error {
	_, _, err := participant(ctx, q, id)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("the study has nobody under this code: %w", errAbsent)
	}
	return err
}

// errAbsent is ErrNotFound without a word of the database.
var errAbsent = fmt.Errorf("%w; nothing was changed", ErrNotFound)

// Withdrawals are the moments at which somebody withdrew, oldest first: the
// ledger keeps that it happened, not who.
func (s *Study) Withdrawals(ctx context.Context) ([]time.Time, error) {
	var out []time.Time
	err := each(ctx, s.reader, func(rows *sql.Rows) error {
		var at int64
		err := rows.Scan(&at)
		out = append(out, time.Unix(0, at).UTC())
		return err
	}, "SELECT at_ns FROM ledger WHERE kind=? ORDER BY position", entryWithdraw)
	return out, explain("reading when participants withdrew", err)
}

// entryWithdraw is the kind of ledger entry that a withdrawal leaves.
const entryWithdraw = "withdraw"

// codesOf are a participant's code and those of their sessions, also of sessions
// that were joined into others of theirs, and the sessions that are there.
func codesOf(ctx context.Context, q queryer, id ParticipantID) (codes []string, sessions []SessionID, err error) {
	err = each(ctx, q, func(rows *sql.Rows) error {
		var session SessionID
		err := rows.Scan(&session)
		sessions = append(sessions, session)
		return err
	}, "SELECT id FROM sessions WHERE participant=? AND visible=1", string(id))
	codes = []string{string(id)}
	for _, session := range sessions {
		gone, e := absorbed(ctx, q, session)
		err = errors.Join(err, e)
		for _, of := range append([]SessionID{session}, gone...) {
			codes = append(codes, string(of))
		}
	}
	return codes, sessions, err
}

// errOnlyAsked takes back what was only tried.
var errOnlyAsked = errors.New("only asked")

// WithdrawalOf says what Withdraw would remove and mark, and changes nothing.
func (s *Study) WithdrawalOf(ctx context.Context, id ParticipantID) (Withdrawal, error) {
	var out Withdrawal
	err := s.write(ctx, fmt.Sprintf("looking at what belongs to participant %q", id), func(tx *sql.Tx) error {
		out = Withdrawal{}
		if err := mustHave(ctx, tx, id); err != nil {
			return err
		}
		codes, sessions, err := codesOf(ctx, tx, id)
		if err != nil {
			return err
		}
		out.Sessions = len(sessions)
		if err := out.cleanResults(ctx, tx, codes); err != nil {
			return err
		}
		return errOnlyAsked
	})
	if errors.Is(err, errOnlyAsked) {
		return out, nil
	}
	return Withdrawal{}, err
}

// cleanResults removes the person from window sets, runs and models.
func (w *Withdrawal) cleanResults(ctx context.Context, tx *sql.Tx, codes []string) error {
	sets, err := touched(ctx, tx, "window_sets", "hash", codes, withdrawnName)
	if err != nil {
		return err
	}
	for _, row := range sets {
		if _, err := tx.ExecContext(ctx, "DELETE FROM window_sets WHERE hash=?", row.key); err != nil {
			return err
		}
		w.WindowSets++
	}
	runs, err := touched(ctx, tx, "runs", "id", codes, withdrawnName)
	if err != nil {
		return err
	}
	for _, row := range runs {
		if err := updateRow(ctx, tx, "runs", "id", row.key, row.cleaned...); err != nil {
			return err
		}
	}
	models, err := touched(ctx, tx, "models", "id", codes, withdrawnName)
	if err != nil {
		return err
	}
	for _, row := range models {
		row.cleaned = append(row.cleaned, field{"withdrawn", "a participant it learnt from withdrew"})
		if err := updateRow(ctx, tx, "models", "id", row.key, row.cleaned...); err != nil {
			return err
		}
		w.Models = append(w.Models, row.key)
	}
	return w.markModelsOf(ctx, tx, sets)
}

// markModelsOf marks the models whose run read a removed window set, also when
// the model itself does not say whom it learnt from.
func (w *Withdrawal) markModelsOf(ctx context.Context, tx *sql.Tx, sets []touchedRow) error {
	for _, set := range sets {
		var ids []string
		err := each(ctx, tx, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		}, "SELECT m.id FROM models m JOIN runs r ON r.id=m.run WHERE r.window_set=? AND m.withdrawn IS NULL", set.key)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := updateRow(ctx, tx, "models", "id", id, field{"withdrawn", "a participant it learnt from withdrew"}); err != nil {
				return err
			}
			w.Models = append(w.Models, id)
		}
	}
	slices.Sort(w.Models)
	return nil
}

// touchedRow is a row that names a code, and its columns without it.
type touchedRow struct {
	key     string
	cleaned []field
}

// touched finds the rows of a table whose JSON or TOML names one of the codes
// as a whole string, and has stand in its place.
func touched(ctx context.Context, tx *sql.Tx, table, key string, codes []string, stand string) ([]touchedRow, error) {
	columns := map[string]string{"window_sets": "manifest", "runs": "outcome,config", "models": "spec,scores"}[table]
	names := strings.Split(columns, ",")
	var out []touchedRow
	err := each(ctx, tx, func(rows *sql.Rows) error {
		fields, err := scanFields(rows)
		if err != nil {
			return err
		}
		row := touchedRow{}
		for _, f := range fields {
			if f.name == key {
				row.key, _ = f.value.(string)
			}
			text, ok := f.value.([]byte)
			if !ok || !slices.Contains(names, f.name) {
				continue
			}
			cleaned, err := withoutCodes(text, codes, stand)
			if err != nil {
				return err
			}
			if !bytes.Equal(cleaned, text) {
				row.cleaned = append(row.cleaned, field{f.name, cleaned})
			}
		}
		if row.cleaned != nil {
			out = append(out, row)
		}
		return nil
	}, fmt.Sprintf("SELECT %s, %s FROM %s", key, columns, table))
	return out, err
}

// withoutCodes replaces quoted codes in JSON or TOML text.
func withoutCodes(text []byte, codes []string, instead string) ([]byte, error) {
	stand, err := json.Marshal(instead)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, code := range codes {
		quoted, err := json.Marshal(code)
		errs = append(errs, err)
		text = bytes.ReplaceAll(text, quoted, stand)
		text = bytes.ReplaceAll(text, []byte("'"+code+"'"), stand) // TOML's other quotes
	}
	return text, errors.Join(errs...)
}
