package dataset

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Study is an open study file. It is safe for use from several goroutines.
type Study struct {
	path     string
	readOnly bool
	now      func() time.Time
	program  string

	writer  *sql.DB // nil when read-only
	reader  *sql.DB
	lock    *writeLock
	behind  sync.WaitGroup // writes of imports that their callers do not wait for
	buffers sync.Pool      // of *[]byte, for chunks

	mu     sync.Mutex
	random io.Reader
	counts map[SessionID]labelCount // what Sessions counted, by ledger position
	closed bool
}

func newStudy(path string, o Options) *Study {
	s := &Study{path: path, now: o.Now, program: o.Program, random: o.Rand, counts: map[SessionID]labelCount{}}
	if s.now == nil {
		s.now = time.Now
	}
	if s.random == nil {
		s.random = rand.Reader
	}
	return s
}

// Create makes a study file and opens it for writing. It refuses a path where a
// file is (fs.ErrExist) and leaves nothing behind when it fails. The file
// appears under its name when it is complete.
func Create(ctx context.Context, path string, o Options) (_ *Study, err error) {
	doing := "creating the study " + path
	if o.ReadOnly {
		return nil, fmt.Errorf("%s read-only: %w", doing, ErrBadRequest)
	}
	path, err = canonical(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	if _, err := os.Lstat(path); err == nil {
		return nil, fmt.Errorf("%s: %w there; open it or choose another name", doing, fs.ErrExist)
	}
	s := newStudy(path, o)
	s.lock, err = lockStudy(path, s.now())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, readOnlyPlace(err))
	}
	made := path + ".new"
	defer func() {
		if err != nil {
			err = errors.Join(err, s.lock.release(), removeDatabase(made))
		}
	}()
	if err := removeDatabase(made); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	if err := s.build(ctx, made); err != nil {
		return nil, explain(doing, err)
	}
	if err := os.Rename(made, path); err != nil {
		return nil, explain(doing, err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return nil, explain(doing, err)
	}
	if err := s.openForWriting(ctx); err != nil {
		return nil, explain(doing, err)
	}
	return s, nil
}

// build writes a complete, empty study at path.
func (s *Study) build(ctx context.Context, path string) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return readOnlyPlace(err)
	}
	if err := f.Close(); err != nil {
		return err
	}
	db := sql.OpenDB(connector{
		dsn:  dataSource(path, "mode=rw", "_txlock=immediate", "_foreign_keys=1", "_synchronous=FULL"),
		hook: pragmas("page_size=8192", "auto_vacuum=INCREMENTAL"),
	})
	db.SetMaxOpenConns(1)
	defer closing(db, &err)
	steps, err := migrations()
	if err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID)); err != nil {
		return err
	}
	if err := migrate(ctx, db, steps); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer rollback(tx)
	if err := s.putSettings(ctx, tx, defaultSettings()); err != nil {
		return err
	}
	if _, err := s.record(ctx, tx, ledgerRow{kind: "create"}, ledgerDetail{Summary: "study created"}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "PRAGMA journal_mode = WAL")
	return err
}

// Close ends the use of the study. Imports that were not committed are gone.
func (s *Study) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return nil
	}
	s.behind.Wait()
	var errs []error
	if s.writer != nil {
		errs = append(errs, s.keepCounts(context.Background()), s.reader.Close(), s.writer.Close())
	} else {
		errs = append(errs, s.reader.Close())
	}
	return explain("closing the study "+s.path, errors.Join(append(errs, s.lock.release())...))
}

// Path is the study file's absolute path.
func (s *Study) Path() string { return s.path }

// ReadOnly reports whether the study was opened read-only.
func (s *Study) ReadOnly() bool { return s.readOnly }

// write runs f in one durable transaction. f must be able to run twice.
func (s *Study) write(ctx context.Context, doing string, f func(tx *sql.Tx) error) error {
	return s.makingRoom(ctx, func() error { return s.writeOnce(ctx, doing, f) })
}

// makingRoom runs f and, on a full disk, makes room by emptying the log and runs
// it once more.
func (s *Study) makingRoom(ctx context.Context, f func() error) error {
	err := f()
	if errors.Is(err, ErrDiskFull) && s.emptyLog(ctx) == nil {
		err = f()
	}
	return err
}

func (s *Study) writeOnce(ctx context.Context, doing string, f func(tx *sql.Tx) error) error {
	if s.readOnly {
		return fmt.Errorf("%s: %w", doing, ErrReadOnly)
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return explain(doing, err)
	}
	defer rollback(tx)
	if err := f(tx); err != nil {
		return explain(doing, err)
	}
	return explain(doing, tx.Commit())
}

// read runs f on one unchanging state of the study.
func (s *Study) read(ctx context.Context, doing string, f func(tx *sql.Tx) error) error {
	tx, err := s.reader.BeginTx(ctx, nil)
	if err != nil {
		return explain(doing, err)
	}
	defer rollback(tx)
	return explain(doing, f(tx))
}

const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// newID is 80 random bits in 16 letters and digits.
func (s *Study) newID() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	raw := make([]byte, 16)
	if _, err := io.ReadFull(s.random, raw); err != nil {
		return "", fmt.Errorf("drawing a random identifier: %w", err)
	}
	for i, b := range raw {
		raw[i] = idAlphabet[b%32]
	}
	return string(raw), nil
}

// canonical is the absolute path of a file with symbolic links followed, so
// that a study has one lock whatever way leads to it.
func canonical(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real, nil
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, filepath.Base(path)), nil
}

// removeDatabase removes a database file and what SQLite keeps beside it.
func removeDatabase(path string) error {
	var errs []error
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// readOnlyPlace marks an error of writing to a place that can not be written.
func readOnlyPlace(err error) error {
	if errors.Is(err, fs.ErrPermission) || isReadOnlyPlace(err) {
		return fmt.Errorf("the folder can not be written (%w): choose another, or open the study read-only", &storeError{ErrReadOnly, err})
	}
	return err
}
