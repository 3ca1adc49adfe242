package store

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// States of a received session.
const (
	StateWaiting   = "waiting"
	StateImported  = "imported"
	StateRejected  = "rejected"
	StateWithdrawn = "withdrawn"
)

// Session is a received session. It says nothing of the device or the person.
type Session struct {
	ID       string `json:"id"`
	SHA256   string `json:"sha256"`
	Length   int64  `json:"length"`
	Group    string `json:"group"`
	Consent  string `json:"consent"`
	Files    int    `json:"files"`
	Expanded int64  `json:"expanded"`
	Day      string `json:"day"` // of arrival
	State    string `json:"state"`
	Decided  string `json:"decided,omitempty"`
	Note     string `json:"note,omitempty"`
	Study    string `json:"study_sessions,omitempty"` // what it became in the study
	Erased   string `json:"erased,omitempty"`
}

type sessionBody struct {
	ID    string   `json:"id"`
	Note  string   `json:"note,omitempty"`
	Study []string `json:"study,omitempty"`
}

const sessionColumns = `id, sha256, length, grp, consent, files, expanded, day, state, decided, note, study, erased`

func scanSession(row interface{ Scan(...any) error }) (Session, error) {
	var x Session
	err := row.Scan(&x.ID, &x.SHA256, &x.Length, &x.Group, &x.Consent, &x.Files, &x.Expanded, &x.Day, &x.State, &x.Decided, &x.Note, &x.Study, &x.Erased)
	return x, wrapSQL(err)
}

// Sessions lists received sessions in one of the given states, or all; in no
// order that says anything.
func (s *Store) Sessions(ctx context.Context, states ...string) ([]Session, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+sessionColumns+` FROM sessions ORDER BY day, id`)
	if err != nil {
		return nil, fmt.Errorf("reading the inbox: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := []Session{}
	for rows.Next() {
		x, err := scanSession(rows)
		if err != nil {
			return nil, fmt.Errorf("reading the inbox: %w", err)
		}
		if len(states) == 0 || contains(states, x.State) {
			out = append(out, x)
		}
	}
	return out, rows.Err()
}

func contains(list []string, x string) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

// Session is one received session.
func (s *Store) Session(ctx context.Context, id string) (Session, error) {
	x, err := scanSession(s.read.QueryRowContext(ctx, `SELECT `+sessionColumns+` FROM sessions WHERE id = ?`, id))
	if err != nil {
		return x, fmt.Errorf("session %s: %w", id, err)
	}
	return x, nil
}

// Content is a session's bytes in the clear, checked against its SHA-256 before
// they are handed out. The caller closes it.
func (s *Store) Content(ctx context.Context, id string) (io.ReaderAt, int64, io.Closer, error) {
	x, err := s.Session(ctx, id)
	if err != nil {
		return nil, 0, nil, err
	}
	key, err := s.sessionKey(ctx, id)
	if err != nil {
		return nil, 0, nil, err
	}
	f, err := os.Open(s.sessionPath(id))
	if err != nil {
		return nil, 0, nil, fmt.Errorf("reading session %s: %w", id, err)
	}
	clear := decrypted{f, key}
	h := sha256.New()
	n, err := io.Copy(h, io.NewSectionReader(clear, 0, x.Length+1))
	if err == nil && (n != x.Length || hex.EncodeToString(h.Sum(nil)) != x.SHA256) {
		err = fmt.Errorf("its bytes are not those that were received: %w", ErrContent)
	}
	if err != nil {
		return nil, 0, nil, errors.Join(fmt.Errorf("reading session %s: %w", id, err), f.Close())
	}
	return clear, x.Length, f, nil
}

// Imported records that a waiting session is in the study now, as the sessions
// that study names. Rejected records that it is not wanted, and why.
func (s *Store) Imported(ctx context.Context, id string, study []string) error {
	return s.decide(ctx, id, KindImported, sessionBody{ID: id, Study: study})
}

// Rejected records that a waiting session is not wanted, and why.
func (s *Store) Rejected(ctx context.Context, id, why string) error {
	return s.decide(ctx, id, KindRejected, sessionBody{ID: id, Note: why})
}

func (s *Store) decide(ctx context.Context, id, kind string, body sessionBody) error {
	err := s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var state string
		if err := tx.QueryRowContext(ctx, `SELECT state FROM sessions WHERE id = ?`, id).Scan(&state); err != nil {
			return err
		}
		if state != StateWaiting {
			return fmt.Errorf("it is %s: %w", state, ErrState)
		}
		return s.record(ctx, tx, kind, body)
	})
	if err != nil {
		return fmt.Errorf("session %s: %w", id, err)
	}
	return nil
}

// Withdraw erases a session for whoever shows its code: its key is destroyed,
// which leaves its bytes unreadable wherever they are, then the bytes go. The
// same again is a success. Another code is ErrNotFound.
func (s *Store) Withdraw(ctx context.Context, id string, code [sha256.Size]byte) error {
	return s.withdraw(ctx, id, func(want string) bool {
		return subtle.ConstantTimeCompare([]byte(want), []byte(hex.EncodeToString(code[:]))) == 1
	})
}

// eraseWithdrawn withdraws a session again that was withdrawn before the store
// was put back to an older state.
func (s *Store) eraseWithdrawn(ctx context.Context, id string) error {
	return s.withdraw(ctx, id, func(string) bool { return true })
}

func (s *Store) withdraw(ctx context.Context, id string, may func(hash string) bool) error {
	err := s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var state, want string
		if err := tx.QueryRowContext(ctx, `SELECT state, withdrawal FROM sessions WHERE id = ?`, id).Scan(&state, &want); err != nil {
			return err
		}
		if !may(want) {
			return ErrNotFound
		}
		if state == StateWithdrawn {
			return nil
		}
		if err := s.appendWithdrawn(id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM session_keys WHERE id = ?`, id); err != nil {
			return err
		}
		return s.record(ctx, tx, KindWithdrawn, sessionBody{ID: id})
	})
	if err != nil {
		return fmt.Errorf("withdrawing session %s: %w", id, err)
	}
	return s.eraseBytes(ctx, id)
}

// Erase destroys what is left of a decided session, as retention asks.
func (s *Store) Erase(ctx context.Context, id string) error {
	err := s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM session_keys WHERE id = ?`, id); err != nil {
			return err
		}
		return s.record(ctx, tx, KindErased, sessionBody{ID: id})
	})
	if err != nil {
		return fmt.Errorf("erasing session %s: %w", id, err)
	}
	return s.eraseBytes(ctx, id)
}

// eraseBytes removes a session's file and the log that still holds its key.
func (s *Store) eraseBytes(ctx context.Context, id string) error {
	info, err := os.Stat(s.sessionPath(id))
	if err == nil {
		if err = os.Remove(s.sessionPath(id)); err == nil {
			s.count(-info.Size())
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("erasing session %s: %w", id, err)
	}
	// The write-ahead log may hold the page with the key; a checkpoint empties it.
	if _, err := s.write.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return fmt.Errorf("erasing session %s: %w", id, wrapSQL(err))
	}
	return nil
}

// appendWithdrawn keeps the identifier beside the database, so that a backup of
// before the withdrawal can't bring the session back.
func (s *Store) appendWithdrawn(id string) (err error) {
	f, err := os.OpenFile(filepath.Join(s.dir, withdrawnFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return wrapFile(err)
	}
	defer func() { err = errors.Join(err, wrapFile(f.Close())) }()
	if _, err := f.WriteString(id + "\n"); err != nil {
		return wrapFile(err)
	}
	return wrapFile(f.Sync())
}
