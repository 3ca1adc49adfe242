package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"onset/devices/sync/protocol"
)

// orphanAge is how long a file that belongs to nothing is left: longer than any
// request takes.
const orphanAge = time.Hour

// Swept is what a sweep took away.
type Swept struct {
	Uploads  int `json:"uploads"`  // unfinished for too long
	Orphans  int `json:"orphans"`  // files of no upload and no session
	Sessions int `json:"sessions"` // decided longer ago than the retention
	Tickets  int `json:"tickets"`  // expired
	Blobs    int `json:"blobs"`    // models no release of the last 90 days names
}

// Sweep takes away what is over: unfinished uploads older than their time to
// live, files that a crash left, expired tickets, and the bytes of sessions that
// were decided longer than retention ago (0: kept).
func (s *Store) Sweep(ctx context.Context, retention time.Duration) (Swept, error) {
	var out Swept
	old, err := s.list(ctx, `SELECT id FROM uploads WHERE day < ?`, day(s.now().Add(-s.o.PartialTTL)))
	if err != nil {
		return out, fmt.Errorf("sweeping: %w", err)
	}
	for _, id := range old {
		if err := s.sweepUpload(ctx, id); err != nil {
			return out, fmt.Errorf("sweeping upload %s: %w", id, err)
		}
		out.Uploads++
	}
	if out.Orphans, err = s.sweepOrphans(ctx); err != nil {
		return out, fmt.Errorf("sweeping: %w", err)
	}
	err = s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM tickets WHERE day < ?`, day(s.now()))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		out.Tickets = int(n)
		if err == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM ticket_days WHERE day < ?`, day(s.now()))
		}
		if err == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM comparisons WHERE expires < ?`, s.now().Unix())
		}
		return err
	})
	if err != nil {
		return out, fmt.Errorf("sweeping: %w", err)
	}
	if retention > 0 {
		done, err := s.list(ctx, `SELECT id FROM sessions WHERE state IN ('imported', 'rejected') AND erased = '' AND decided < ?`, stamp(s.now().Add(-retention)))
		if err != nil {
			return out, fmt.Errorf("sweeping: %w", err)
		}
		for _, id := range done {
			if err := s.Erase(ctx, id); err != nil {
				return out, err
			}
			out.Sessions++
		}
	}
	out.Blobs, err = s.sweepBlobs(ctx)
	return out, err
}

func (s *Store) sweepUpload(ctx context.Context, id string) error {
	release, err := s.lock(ctx, id)
	if err != nil {
		return err
	}
	defer release()
	return s.forget(ctx, id)
}

func (s *Store) list(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// sweepOrphans removes files of spool and sessions that nothing names.
func (s *Store) sweepOrphans(ctx context.Context) (n int, err error) {
	for _, pattern := range []string{".import-*", ".backup-*"} {
		left, err := filepath.Glob(filepath.Join(s.dir, pattern))
		if err != nil {
			return n, err
		}
		for _, path := range left {
			if info, err := os.Stat(path); err != nil || s.now().Sub(info.ModTime()) < orphanAge {
				continue
			}
			n++
			if err := os.RemoveAll(path); err != nil {
				return n, err
			}
		}
	}
	for _, dir := range []string{spoolDir, sessionsDir} {
		err := filepath.WalkDir(filepath.Join(s.dir, dir), func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || s.now().Sub(info.ModTime()) < orphanAge {
				return err
			}
			id, _, whole := strings.Cut(e.Name(), ".")
			if !whole && protocol.CheckID(id) == nil {
				u, err := s.lookup(ctx, id)
				if err == nil && (u.complete == (dir == sessionsDir) || !u.complete) {
					return nil
				}
				if err != nil && !errors.Is(err, ErrNotFound) {
					return err
				}
			}
			n++
			return os.Remove(path)
		})
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// blobLife is how long a model is kept after the last release that named it
// was superseded: a roll-back may want it.
const blobLife = 90 * 24 * time.Hour

func (s *Store) sweepBlobs(ctx context.Context) (n int, err error) {
	keep, err := s.list(ctx, `SELECT DISTINCT sha256 FROM releases WHERE state <> 'superseded' OR changed >= ?`, stamp(s.now().Add(-blobLife)))
	if err != nil {
		return 0, fmt.Errorf("sweeping: %w", err)
	}
	wanted := map[string]bool{}
	for _, sum := range keep {
		wanted[sum] = true
	}
	err = filepath.WalkDir(filepath.Join(s.dir, blobsDir), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || wanted[e.Name()] {
			return err
		}
		info, err := e.Info()
		if err != nil || s.now().Sub(info.ModTime()) < blobLife {
			return err
		}
		n++
		return os.Remove(path)
	})
	if err != nil {
		return n, fmt.Errorf("sweeping: %w", err)
	}
	return n, nil
}
