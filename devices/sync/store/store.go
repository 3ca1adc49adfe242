package store

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// The folders and files of a store.
const (
	databaseFile  = "server.db"
	keysDir       = "keys"
	sessionsDir   = "sessions"
	spoolDir      = "spool"
	blobsDir      = "blobs"
	withdrawnFile = "withdrawn"
)

//go:embed schema.sql
var schema string

// migrations are the steps from an empty database to this program's, in order.
var migrations = []string{schema}

// Errors that callers tell apart.
var (
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("other content under the same identifier")
	ErrTicket   = errors.New("the ticket is unknown, used or expired")
	ErrToken    = errors.New("the invitation is unknown, used, expired or was tried too often")
	ErrFull     = errors.New("no space left")
	ErrOffset   = errors.New("the upload is at another offset")
	ErrComplete = errors.New("the upload is complete")
	ErrLength   = errors.New("the length is not the one declared")
	ErrContent  = errors.New("the content is damaged")
	ErrQuota    = errors.New("the day's quota is used up")
	ErrErased   = errors.New("the session was erased")
	ErrState    = errors.New("it is in another state")
	ErrNoStore  = errors.New("no store of a sync server")
)

// Options say how a store is opened.
type Options struct {
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Quota bounds the bytes of all sessions, 0: no bound. Reserve is what must
	// stay free on the disk.
	Quota, Reserve int64
	// PartialTTL is how long an unfinished upload is kept; 0: a week.
	PartialTTL time.Duration
}

// Store is an open store. It is safe for concurrent use, and several processes
// may have it open.
type Store struct {
	dir    string
	write  *sql.DB
	read   *sql.DB
	o      Options
	master *master
	jobs   chan *job
	done   chan struct{}
	wg     sync.WaitGroup

	mu     sync.Mutex
	locks  map[string]*uploadLock
	stored int64 // bytes of sessions and spool, roughly; for the quota
}

// Create makes a new store in dir, which must be empty or absent.
func Create(ctx context.Context, dir string, o Options) (*Store, error) {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("making a store in %s: %w there and is not empty; choose another folder", dir, fs.ErrExist)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("making a store: %w", err)
	}
	for _, d := range []string{"", keysDir, sessionsDir, spoolDir, blobsDir} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			return nil, fmt.Errorf("making a store: %w", err)
		}
	}
	if err := newMaster(filepath.Join(dir, keysDir)); err != nil {
		return nil, fmt.Errorf("making a store: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, databaseFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("making a store: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("making a store: %w", err)
	}
	s, err := Open(ctx, dir, o)
	if err != nil {
		return nil, err
	}
	if err := s.append(ctx, Event{Kind: KindCreated}); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Open opens a store. Whatever a crash left half done is finished or taken away
// by Sweep.
func Open(ctx context.Context, dir string, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.PartialTTL == 0 {
		o.PartialTTL = 7 * 24 * time.Hour
	}
	path := filepath.Join(dir, databaseFile)
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("opening %s: %w there: %w", dir, ErrNoStore, err)
	}
	m, err := openMaster(filepath.Join(dir, keysDir))
	if err != nil {
		return nil, fmt.Errorf("opening the store in %s: %w", dir, err)
	}
	s := &Store{dir: dir, o: o, master: m, jobs: make(chan *job, 256), done: make(chan struct{}), locks: map[string]*uploadLock{}}
	s.write, s.read = openWriter(path), openReaders(path)
	if err := migrate(ctx, s.write); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the store in %s: %w", dir, err), s.write.Close(), s.read.Close())
	}
	if err := s.read.QueryRowContext(ctx, `SELECT coalesce(sum(length), 0) FROM sessions WHERE erased = ''`).Scan(&s.stored); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the store in %s: %w", dir, err), s.write.Close(), s.read.Close())
	}
	s.wg.Add(1)
	go s.writeLoop()
	return s, nil
}

// Close finishes what is being written and closes the store.
func (s *Store) Close() error {
	close(s.done)
	s.wg.Wait()
	return errors.Join(s.read.Close(), s.write.Close())
}

// Dir is the folder of the store, Keys that of its keys.
func (s *Store) Dir() string { return s.dir }

// Keys is the folder of the store's keys.
func (s *Store) Keys() string { return filepath.Join(s.dir, keysDir) }

// Ready fails when the database can't be read.
func (s *Store) Ready(ctx context.Context) error {
	var one int
	return s.read.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

func (s *Store) now() time.Time { return s.o.Now().UTC() }

// day is a date, the finest that is kept of a session's arrival.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
