package dataset

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/mattn/go-sqlite3"
)

// Open opens a study file. Without Options.ReadOnly it takes the right to
// write, which one program at a time has: a *LockedError (ErrLocked) says who
// else does. ErrNotAStudy: the file is something else; ErrNewer: a newer
// version of the program wrote it; ErrReadOnly: the file or its folder can not
// be written, and opening it read-only works.
func Open(ctx context.Context, path string, o Options) (_ *Study, err error) {
	doing := "opening the study " + path
	path, err = canonical(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	if err := inspect(ctx, path); err != nil {
		return nil, explain(doing, err)
	}
	s := newStudy(path, o)
	if o.ReadOnly {
		s.readOnly = true
		if err := s.openForReading(ctx); err != nil {
			return nil, explain(doing, err)
		}
		return s, nil
	}
	s.lock, err = lockStudy(path, s.now())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, readOnlyPlace(err))
	}
	if err := canBeWritten(path); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, errors.Join(err, s.lock.release()))
	}
	if err := s.openForWriting(ctx); err != nil {
		return nil, explain(doing, errors.Join(err, s.lock.release()))
	}
	return s, nil
}

// canBeWritten asks the system, for SQLite opens a file that it may only read
// without a word, begins to write, and fails at the first change.
func canBeWritten(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrPermission) || isReadOnlyPlace(err) {
		return fmt.Errorf("the study can not be written (%w): open it read-only", &storeError{ErrReadOnly, err})
	}
	if err != nil {
		return err
	}
	defer f.Close()
	// Who may do anything is still told by a file that is marked as not to be written.
	if info, err := f.Stat(); err == nil && info.Mode().Perm()&0o222 == 0 {
		return fmt.Errorf("the study is marked as not to be written: open it read-only: %w", ErrReadOnly)
	}
	return nil
}

// inspect refuses what is not a study of this or an older version. It reads the
// file as it is and leaves no trace beside it.
func inspect(ctx context.Context, path string) (err error) {
	st, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !st.Mode().IsRegular() {
		return fmt.Errorf("%w: it is a folder or a device", ErrNotAStudy)
	}
	if st.Size() == 0 {
		return fmt.Errorf("%w: the file is empty", ErrNotAStudy)
	}
	// With work in the log, the file alone may be half of a checkpoint that a
	// crash cut off; opening it properly tells.
	if hasLog(path) {
		return nil
	}
	db := openReaders(path, "mode=ro", "immutable=1")
	defer closing(db, &err)
	_, err = versionOf(ctx, db)
	if kindOf(err) == ErrCorrupt {
		return nil // as above: somebody may be writing it right now
	}
	return err
}

func hasLog(path string) bool {
	st, err := os.Stat(path + "-wal")
	return err == nil && st.Size() > 0
}

// versionOf is the schema version of a study; ErrNotAStudy or ErrNewer when
// this program can not read it.
func versionOf(ctx context.Context, db *sql.DB) (int, error) {
	var id, version int
	err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id)
	var e sqlite3.Error
	if errors.As(err, &e) && e.Code == sqlite3.ErrNotADB {
		return 0, fmt.Errorf("%w: it is not a database", ErrNotAStudy)
	}
	if err != nil {
		return 0, err
	}
	if id != applicationID {
		return 0, fmt.Errorf("%w: it is a database of another program", ErrNotAStudy)
	}
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, err
	}
	if version < 0 {
		return version, fmt.Errorf("%w: its schema is %d", ErrCorrupt, version)
	}
	steps, err := migrations()
	if err == nil && version > len(steps) {
		err = fmt.Errorf("%w: its schema is %d, this version knows up to %d; nothing was changed", ErrNewer, version, len(steps))
	}
	return version, err
}

func (s *Study) openForWriting(ctx context.Context) (err error) {
	s.writer = openWriter(s.path)
	s.reader = openReaders(s.path, "mode=rw")
	defer func() {
		if err != nil {
			err = errors.Join(err, s.writer.Close(), s.reader.Close())
		}
	}()
	if _, err := versionOf(ctx, s.reader); err != nil {
		return err
	}
	steps, err := migrations()
	if err != nil {
		return err
	}
	// Taking the write lock tells early that somebody else has it.
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	rollback(tx)
	if err := migrate(ctx, s.writer, steps); err != nil {
		return err
	}
	return s.sweep(ctx)
}

// openForReading opens a study that may be written elsewhere at the same time,
// or that lies where nothing can be written.
func (s *Study) openForReading(ctx context.Context) error {
	// Without the right to write, SQLite itself falls back to reading. Where it
	// can not even keep its index of the log beside the file, the file is taken
	// as unchanging; a log that a crash left there is still read.
	ways := [][]string{{"mode=rw"}, {"mode=ro", "immutable=1"}}
	if hasLog(s.path) {
		ways[1] = []string{"mode=ro", "vfs=unix-none", "_locking_mode=EXCLUSIVE"}
	}
	var first error
	for _, way := range ways {
		s.reader = openReaders(s.path, way...)
		version, err := versionOf(ctx, s.reader)
		if err == nil {
			_, err = s.LedgerHead(ctx)
		}
		if err == nil {
			return s.mustBeCurrent(version)
		}
		if first == nil {
			first = err
		}
		if e := s.reader.Close(); e != nil || errors.Is(err, ErrNewer) || errors.Is(err, ErrNotAStudy) {
			return errors.Join(err, e)
		}
	}
	return first
}

// mustBeCurrent refuses to read a schema that would first have to be migrated.
func (s *Study) mustBeCurrent(version int) error {
	steps, err := migrations()
	if err == nil && version < len(steps) {
		err = fmt.Errorf("%w: open it once for writing, which brings it up to date", ErrOlder)
	}
	if err != nil {
		return errors.Join(err, s.reader.Close())
	}
	return nil
}
