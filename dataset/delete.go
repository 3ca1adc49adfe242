package dataset

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// DeleteSession removes a session with its samples and labels, also from the
// bytes of the file. The ledger keeps that this happened and no longer what the
// session's entries said; it can not be undone.
func (s *Study) DeleteSession(ctx context.Context, id SessionID) error {
	doing := fmt.Sprintf("deleting session %q", id)
	err := s.write(ctx, doing, func(tx *sql.Tx) error {
		if err := mustBeVisible(ctx, tx, id); err != nil {
			return err
		}
		return s.deleteSession(ctx, tx, id)
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	delete(s.counts, id)
	s.mu.Unlock()
	return s.forget(ctx)
}

func (s *Study) deleteSession(ctx context.Context, tx *sql.Tx, id SessionID) error {
	positions, err := detailsOf(ctx, tx, id)
	if err != nil {
		return err
	}
	gone, err := absorbed(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, of := range gone {
		more, err := detailsOf(ctx, tx, of)
		if err != nil {
			return err
		}
		positions = append(positions, more...)
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE id=?", string(id)); err != nil {
		return err
	}
	e, err := s.record(ctx, tx, ledgerRow{kind: entryDeletion, session: id}, ledgerDetail{Summary: "session deleted", Erased: positions})
	if err != nil {
		return err
	}
	return eraseDetails(ctx, tx, positions, e.Position)
}

func detailsOf(ctx context.Context, tx *sql.Tx, id SessionID) ([]int64, error) {
	var positions []int64
	err := each(ctx, tx, func(rows *sql.Rows) error {
		var p int64
		err := rows.Scan(&p)
		positions = append(positions, p)
		return err
	}, "SELECT position FROM ledger JOIN ledger_details USING (position) WHERE session=? ORDER BY position", string(id))
	return positions, err
}

// eraseDetails removes what entries said. The ledger lets a detail go only
// after it is written who erased it.
func eraseDetails(ctx context.Context, tx *sql.Tx, positions []int64, by int64) error {
	for _, p := range positions {
		if _, err := tx.ExecContext(ctx, "INSERT INTO ledger_erasures (position, by_entry) VALUES (?,?)", p, by); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM ledger_details WHERE position=?", p); err != nil {
			return err
		}
	}
	return nil
}

// forget gives the pages of what was deleted back to the file system, so that
// none is left free in the file, and empties the log. With a reader at work the
// log is emptied later, at the latest by Close. Rows deleted within a page are
// overwritten at once (secure_delete).
func (s *Study) forget(ctx context.Context) error {
	if err := s.shrink(ctx); err != nil {
		return err
	}
	err := s.emptyLog(ctx)
	if errors.Is(err, ErrDiskFull) {
		return nil // the log keeps what the file has no room for
	}
	return err
}

// emptyLog brings the log into the file and cuts it, unless a reader needs it.
func (s *Study) emptyLog(ctx context.Context) (err error) {
	const doing = "emptying the log"
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return explain(doing, err)
	}
	defer closing(conn, &err)
	_, err = conn.ExecContext(ctx, "PRAGMA busy_timeout=100; PRAGMA wal_checkpoint(TRUNCATE)")
	_, e := conn.ExecContext(context.WithoutCancel(ctx), fmt.Sprintf("PRAGMA busy_timeout=%d", busyMillis))
	return explain(doing, errors.Join(err, e))
}
