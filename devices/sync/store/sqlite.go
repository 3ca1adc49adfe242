package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

// applicationID marks a store in SQLite's header: "ONSV".
const applicationID = 0x4F4E5356

// statements keeps prepared statements on each connection: a session needs
// about twenty.
const statements = "_stmt_cache_size=64"

type connector struct {
	dsn  string
	hook func(*sqlite3.SQLiteConn) error
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.Driver().Open(c.dsn) }
func (c connector) Driver() driver.Driver                        { return &sqlite3.SQLiteDriver{ConnectHook: c.hook} }

func dataSource(path string, params ...string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	slash := filepath.ToSlash(path)
	if !strings.HasPrefix(slash, "/") {
		slash = "/" + slash
	}
	u := url.URL{Scheme: "file", Path: slash, RawQuery: strings.Join(params, "&")}
	return u.String()
}

func pragmas(list ...string) func(*sqlite3.SQLiteConn) error {
	return func(c *sqlite3.SQLiteConn) error {
		for _, p := range list {
			if _, err := c.Exec("PRAGMA "+p, nil); err != nil {
				return err
			}
		}
		return nil
	}
}

// openWriter is the one connection that writes: a commit is on disk when it
// returns, and what is deleted is overwritten.
func openWriter(path string) *sql.DB {
	db := sql.OpenDB(connector{
		dsn:  dataSource(path, "mode=rw", "_txlock=immediate", "_busy_timeout=10000", "_journal_mode=WAL", "_synchronous=FULL", statements),
		hook: pragmas("trusted_schema=0", "secure_delete=ON", "cell_size_check=1", "journal_size_limit=16777216"),
	})
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	return db
}

func openReaders(path string) *sql.DB {
	db := sql.OpenDB(connector{dsn: dataSource(path, "mode=rw", "_busy_timeout=10000", "_query_only=1", statements), hook: pragmas("trusted_schema=0", "cell_size_check=1")})
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)
	return db
}

func migrate(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return wrapSQL(err)
	}
	defer func() { _ = tx.Rollback() }()
	var version, id int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return wrapSQL(err)
	}
	if err := tx.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return wrapSQL(err)
	}
	switch {
	case version > 0 && id != applicationID:
		return ErrNoStore
	case version > len(migrations):
		return fmt.Errorf("the store was made by a newer version (schema %d, this program knows %d)", version, len(migrations))
	case version == len(migrations):
		return nil
	}
	for _, step := range migrations[version:] {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return wrapSQL(err)
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version=%d; PRAGMA application_id=%d", len(migrations), applicationID)); err != nil {
		return wrapSQL(err)
	}
	return wrapSQL(tx.Commit())
}

// wrapSQL gives a full disk the name that callers know.
func wrapSQL(err error) error {
	var e sqlite3.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return ErrNotFound
	case errors.As(err, &e) && (e.Code == sqlite3.ErrFull || e.SystemErrno == syscall.ENOSPC):
		return fmt.Errorf("%w: %w", ErrFull, err)
	case errors.As(err, &e) && e.Code == sqlite3.ErrIoErr && e.ExtendedCode == sqlite3.ErrIoErrWrite:
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// wrapFile gives a full disk the name that callers know.
func wrapFile(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// openMemory is an empty database that nothing else sees.
func openMemory() *sql.DB {
	db := sql.OpenDB(connector{dsn: "file::memory:"})
	db.SetMaxOpenConns(1)
	return db
}
