package dataset

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

// How the writing connection is set for much at once, and otherwise. An import
// writes each page once and in order: a small cache is filled again and again
// where a large one would take new memory for every page, and the log is moved to
// the file in fewer, longer runs.
const (
	bulkSettings  = "PRAGMA cache_size=-1024; PRAGMA wal_autocheckpoint=4096"
	usualSettings = "PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=1000; PRAGMA synchronous=FULL"
)

// stage runs f in a transaction whose rows nobody sees yet. It does not wait
// for the disk: the commit of the import does, for all of them.
func (s *Study) stage(ctx context.Context, doing string, f func(tx *sql.Tx) error) error {
	return s.bulk(ctx, doing, false, f)
}

// bulk runs f in a transaction that writes much; durable waits for the disk.
func (s *Study) bulk(ctx context.Context, doing string, durable bool, f func(tx *sql.Tx) error) (err error) {
	if s.readOnly {
		return fmt.Errorf("%s: %w", doing, ErrReadOnly)
	}
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return explain(doing, err)
	}
	defer closing(conn, &err)
	settings := bulkSettings
	if !durable {
		settings += "; PRAGMA synchronous=NORMAL"
	}
	if _, err := conn.ExecContext(ctx, settings); err != nil {
		return explain(doing, err)
	}
	defer func() {
		if _, e := conn.ExecContext(context.WithoutCancel(ctx), usualSettings); e != nil {
			// A connection that may be careless must not be used again.
			err = errors.Join(err, explain(doing, e))
			_ = conn.Raw(func(any) error { return driver.ErrBadConn })
		}
	}()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return explain(doing, err)
	}
	defer rollback(tx)
	if err := f(tx); err != nil {
		return explain(doing, err)
	}
	return explain(doing, tx.Commit())
}

// moveLog brings the log into the file after a large import, so that the next
// label need not wait for it. It keeps nobody from reading or writing, and what
// it leaves is done by a later commit.
func (s *Study) moveLog() {
	_ = each(context.Background(), s.reader, func(*sql.Rows) error { return nil }, "PRAGMA wal_checkpoint(PASSIVE)")
}

// unstage removes a session that was not committed. When even that fails (a
// full disk), the rows stay invisible and go at the next opening.
func (s *Study) unstage(ctx context.Context, id SessionID) error {
	err := s.stage(ctx, "removing an import that was given up", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM sessions WHERE id=? AND visible=0", string(id))
		return err
	})
	if errors.Is(err, ErrDiskFull) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.forget(ctx)
}

// sweep removes what imports that never ended have left, and what a deletion
// that was cut off did not give back.
func (s *Study) sweep(ctx context.Context) error {
	var staged, free int
	if err := s.writer.QueryRowContext(ctx, "SELECT count(*) FROM sessions WHERE visible=0").Scan(&staged); err != nil {
		return err
	}
	if err := s.writer.QueryRowContext(ctx, "PRAGMA freelist_count").Scan(&free); err != nil || staged+free == 0 {
		return err
	}
	if _, err := s.writer.ExecContext(ctx, "DELETE FROM sessions WHERE visible=0"); err != nil {
		if kindOf(err) == ErrDiskFull {
			return nil
		}
		return fmt.Errorf("removing an import that was cut off: %w", err)
	}
	return s.shrink(ctx)
}

// shrink gives free pages back to the file system.
func (s *Study) shrink(ctx context.Context) error {
	// It frees a page with every row that is read.
	err := each(ctx, s.writer, func(*sql.Rows) error { return nil }, "PRAGMA incremental_vacuum")
	if kindOf(err) == ErrDiskFull {
		return nil
	}
	return explain("giving free space back", err)
}
