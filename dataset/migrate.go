package dataset

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/mattn/go-sqlite3"
)

// schemaWithShapes is the step after which shapes are made from samples.
const schemaWithShapes = 4

// schemaWithSummaries is the step after which overviews and summaries are made
// from samples.
const schemaWithSummaries = 5

// schemaWithRecorded is the step after which lengths are measured anew.
const schemaWithRecorded = 6

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations are the steps from an empty file to this program's schema, in
// order. The number of steps done is the file's user_version; there is no way
// back.
func migrations() ([]string, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	steps := make([]string, len(names))
	for i, name := range names {
		text, err := migrationFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		steps[i] = string(text)
	}
	return steps, nil
}

// migrate brings the schema forward, one transaction a step.
func migrate(ctx context.Context, db *sql.DB, steps []string) error {
	var version int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	for ; version < len(steps); version++ {
		err := migrateOne(ctx, db, steps[version], version+1)
		var e sqlite3.Error
		if errors.As(err, &e) && e.Code == sqlite3.ErrError {
			// The tables are not those that its version says.
			err = &storeError{ErrCorrupt, err}
		}
		if err != nil {
			return fmt.Errorf("bringing the study to schema %d: %w", version+1, err)
		}
	}
	return nil
}

func migrateOne(ctx context.Context, db *sql.DB, step string, version int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer rollback(tx)
	if _, err := tx.ExecContext(ctx, step); err != nil {
		return err
	}
	if version == schemaWithShapes {
		if err := makeShapes(ctx, tx); err != nil {
			return err
		}
	}
	if version == schemaWithSummaries {
		if err := rebuildOverviews(ctx, tx); err != nil {
			return err
		}
	}
	if version == schemaWithRecorded {
		if err := measureLengths(ctx, tx); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version)); err != nil {
		return err
	}
	return tx.Commit()
}

// measureLengths stores how long each session was recorded.
func measureLengths(ctx context.Context, tx *sql.Tx) error {
	var list []SessionID
	err := each(ctx, tx, func(rows *sql.Rows) error {
		var id SessionID
		err := rows.Scan(&id)
		list = append(list, id)
		return err
	}, "SELECT id FROM sessions")
	if err != nil {
		return err
	}
	for _, id := range list {
		var s Session
		if s.Recordings, err = readRecordings(ctx, tx, string(id)); err != nil {
			return err
		}
		if err := updateRow(ctx, tx, "sessions", "id", string(id), field{"duration_s", s.Recorded()}); err != nil {
			return err
		}
	}
	return nil
}

// rollback ends a transaction that was not committed. After a commit it does
// nothing, and a failed rollback is undone by SQLite at the next opening.
func rollback(tx *sql.Tx) { _ = tx.Rollback() }
