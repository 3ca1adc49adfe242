package dataset

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/mattn/go-sqlite3"
)

const (
	// applicationID marks a study in SQLite's header: "ONST".
	applicationID = 0x4F4E5354
	readers       = 4
	// busyMillis is how long one transaction waits for another.
	busyMillis = 10_000
)

// connector opens connections of one kind without registering a driver by name.
type connector struct {
	dsn  string
	hook func(*sqlite3.SQLiteConn) error
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.Driver().Open(c.dsn) }
func (c connector) Driver() driver.Driver                        { return &sqlite3.SQLiteDriver{ConnectHook: c.hook} }

// dataSource is the URI of a database file with SQLite's and the driver's
// parameters. The path may hold any character; a relative one counts from the
// working folder, for a URI would count it from the root.
func dataSource(path string, params ...string) string {
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	slash := filepath.ToSlash(path)
	if !strings.HasPrefix(slash, "/") {
		slash = "/" + slash
	}
	u := url.URL{Scheme: "file", Path: slash, RawQuery: strings.Join(params, "&")}
	return u.String()
}

func busyTimeout() string { return fmt.Sprintf("_busy_timeout=%d", busyMillis) }

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

// openWriter is the one connection that writes. Every transaction takes the
// write lock at its start, and a commit is on disk when it returns.
func openWriter(path string) *sql.DB {
	db := sql.OpenDB(connector{
		dsn: dataSource(path, "mode=rw", "_txlock=immediate", busyTimeout(),
			"_foreign_keys=1", "_journal_mode=WAL", "_synchronous=FULL"),
		hook: pragmas("recursive_triggers=1", "trusted_schema=0", "secure_delete=FAST", "cell_size_check=1", "cache_size=-16384", "journal_size_limit=67108864"),
	})
	db.SetMaxOpenConns(1)
	db.SetMaxIdleConns(1)
	return db
}

// openReaders is a pool that can not write.
func openReaders(path string, params ...string) *sql.DB {
	params = append(params, busyTimeout(), "_foreign_keys=1", "_query_only=1")
	db := sql.OpenDB(connector{dsn: dataSource(path, params...), hook: pragmas("trusted_schema=0", "cell_size_check=1", "cache_size=-8192")})
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	return db
}

// storeError is an error of SQLite under the name that callers tell apart.
type storeError struct{ kind, cause error }

func (e *storeError) Error() string   { return fmt.Sprintf("%v (%v)", e.kind, e.cause) }
func (e *storeError) Unwrap() []error { return []error{e.kind, e.cause} }

// explain says what was being done and turns SQLite's codes into this
// package's errors. It never looks at an error's text.
func explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	if kind := kindOf(err); kind != nil && !errors.Is(err, kind) {
		err = &storeError{kind, err}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func kindOf(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if isDiskFull(err) {
		return ErrDiskFull
	}
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Code {
	case sqlite3.ErrFull:
		return ErrDiskFull
	case sqlite3.ErrReadonly, sqlite3.ErrPerm:
		return ErrReadOnly
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return ErrCorrupt
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return ErrLocked
	case sqlite3.ErrIoErr, sqlite3.ErrCantOpen:
		if isDiskFull(e.SystemErrno) {
			return ErrDiskFull
		}
	}
	return nil
}

// queryer is a pool, a connection or a transaction.
type queryer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// each calls row for every row of a query.
func each(ctx context.Context, q queryer, row func(*sql.Rows) error, query string, args ...any) (err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer closing(rows, &err)
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// closing closes c and keeps its error when there is no earlier one.
func closing(c io.Closer, err *error) {
	if e := c.Close(); e != nil && *err == nil {
		*err = e
	}
}
