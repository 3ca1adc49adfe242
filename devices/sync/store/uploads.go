package store

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Upload is what a device declares before it sends a session.
type Upload struct {
	ID         string
	Length     int64
	SHA256     [sha256.Size]byte
	Ticket     [sha256.Size]byte // hash of the ticket
	Withdrawal [sha256.Size]byte // hash of the code that deletes the session
	Consent    string            // version of the consent that it was recorded under
}

// Content is what a check found in a session's bytes.
type Content struct {
	Files    int
	Expanded int64
}

// Checker looks into a session's bytes before it is accepted. What it refuses is
// an ErrContent.
type Checker func(io.ReaderAt, int64) (Content, error)

// uploadState is what the store knows of an upload.
type uploadState struct {
	Upload
	group    string
	complete bool
}

// lookup finds an upload under way or a session with its identifier.
func (s *Store) lookup(ctx context.Context, id string) (uploadState, error) {
	u := uploadState{Upload: Upload{ID: id}}
	var ticket []byte
	var sum, withdrawal string
	err := s.read.QueryRowContext(ctx, `SELECT ticket, sha256, length, grp, consent, withdrawal, 0 FROM uploads WHERE id = ?
		UNION ALL SELECT x'', sha256, length, grp, consent, withdrawal, 1 FROM sessions WHERE id = ?`, id, id).
		Scan(&ticket, &sum, &u.Length, &u.group, &u.Consent, &withdrawal, &u.complete)
	if err != nil {
		return u, wrapSQL(err)
	}
	copy(u.Ticket[:], ticket)
	if _, err := hex.Decode(u.SHA256[:], []byte(sum)); err != nil {
		return u, err
	}
	_, err = hex.Decode(u.Withdrawal[:], []byte(withdrawal))
	return u, err
}

// Begin opens an upload with a ticket and uses the ticket up. The same
// declaration again is a success: offset is where the upload is, complete tells
// that it has been received whole. Another one is ErrConflict.
func (s *Store) Begin(ctx context.Context, u Upload) (offset int64, complete bool, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("beginning upload %s: %w", u.ID, err)
		}
	}()
	if offset, complete, err := s.again(ctx, u); !errors.Is(err, ErrNotFound) {
		return offset, complete, err
	}
	if err := s.room(u.Length); err != nil {
		return 0, false, err
	}
	key := newSessionKey()
	err = s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		group, err := s.redeem(ctx, tx, u.Ticket)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO uploads (id, ticket, sha256, length, grp, consent, withdrawal, day) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			u.ID, u.Ticket[:], hex.EncodeToString(u.SHA256[:]), u.Length, group, u.Consent, hex.EncodeToString(u.Withdrawal[:]), day(s.now())); err != nil {
			return err
		}
		return s.keepKey(ctx, tx, u.ID, key)
	})
	if errors.Is(err, ErrTicket) { // the same request may have won just before
		if offset, complete, aerr := s.again(ctx, u); !errors.Is(aerr, ErrNotFound) {
			return offset, complete, aerr
		}
	}
	return 0, false, err
}

// again answers a declaration that was made before.
func (s *Store) again(ctx context.Context, u Upload) (offset int64, complete bool, err error) {
	had, err := s.lookup(ctx, u.ID)
	if err != nil {
		return 0, false, err
	}
	if had.Length != u.Length || had.SHA256 != u.SHA256 {
		return 0, had.complete, ErrConflict
	}
	if had.complete {
		return had.Length, true, nil
	}
	if subtle.ConstantTimeCompare(had.Ticket[:], u.Ticket[:]) != 1 {
		return 0, false, ErrTicket
	}
	offset, err = s.arrived(u.ID, u.Length)
	return offset, false, err
}

// Offset is how far an upload is; the ticket that began it must be shown.
func (s *Store) Offset(ctx context.Context, id string, ticket [sha256.Size]byte) (offset, length int64, complete bool, err error) {
	u, err := s.lookup(ctx, id)
	if err != nil {
		return 0, 0, false, err
	}
	if u.complete {
		return u.Length, u.Length, true, nil
	}
	if subtle.ConstantTimeCompare(u.Ticket[:], ticket[:]) != 1 {
		return 0, 0, false, ErrNotFound // says no more than of an unknown one
	}
	offset, err = s.arrived(id, u.Length)
	return offset, u.Length, false, err
}

// arrived is how many bytes of an upload are here. After a crash between the
// rename and the commit all of them are, in the sessions' folder.
func (s *Store) arrived(id string, length int64) (int64, error) {
	info, err := os.Stat(s.spoolPath(id))
	if errors.Is(err, fs.ErrNotExist) {
		if info, err := os.Stat(s.sessionPath(id)); err == nil && info.Size() == length {
			return length, nil
		}
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Append adds bytes to an upload at an offset, until r ends. It returns how far
// the upload is then, also beside an error.
func (s *Store) Append(ctx context.Context, id string, ticket [sha256.Size]byte, offset int64, r io.Reader) (at int64, err error) {
	u, err := s.lookup(ctx, id)
	if err == nil && u.complete {
		return u.Length, ErrComplete
	}
	if err == nil && subtle.ConstantTimeCompare(u.Ticket[:], ticket[:]) != 1 {
		err = ErrNotFound
	}
	if err != nil {
		return 0, err
	}
	release, err := s.lock(ctx, id)
	if err != nil {
		return 0, err
	}
	defer release()
	if at, err = s.arrived(id, u.Length); err != nil || at != offset {
		if err == nil {
			err = ErrOffset
		}
		return at, err
	}
	if at == u.Length {
		return s.tooLong(r, at)
	}
	if err := s.room(u.Length - at); err != nil {
		return at, err
	}
	key, err := s.sessionKey(ctx, id)
	if err != nil {
		return at, err
	}
	f, err := os.OpenFile(s.spoolPath(id), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return at, wrapFile(err)
	}
	defer func() { err = errors.Join(err, wrapFile(f.Close())) }()
	n, err := pour(f, key, at, io.LimitReader(r, u.Length-at), nil)
	at += n
	if err != nil {
		return at, wrapFile(err)
	}
	if at == u.Length {
		if at, err = s.tooLong(r, at); err != nil {
			return at, err
		}
	}
	return at, wrapFile(f.Sync())
}

// tooLong fails when more is sent than was declared.
func (s *Store) tooLong(r io.Reader, at int64) (int64, error) {
	var one [1]byte
	if n, _ := io.ReadFull(r, one[:]); n > 0 {
		return at, ErrLength
	}
	return at, nil
}

// Finish checks an upload that has all its bytes and makes it a session. What
// does not fit its declaration is thrown away with it.
func (s *Store) Finish(ctx context.Context, id string, ticket [sha256.Size]byte, check Checker) error {
	u, err := s.lookup(ctx, id)
	if err == nil && u.complete {
		return nil
	}
	if err == nil && subtle.ConstantTimeCompare(u.Ticket[:], ticket[:]) != 1 {
		err = ErrNotFound
	}
	if err != nil {
		return err
	}
	release, err := s.lock(ctx, id)
	if err != nil {
		return err
	}
	defer release()
	key, err := s.sessionKey(ctx, id)
	if err != nil {
		return err
	}
	path := s.spoolPath(id)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		path = s.sessionPath(id)
	}
	content, err := s.inspect(path, key, u.Upload, check)
	if errors.Is(err, ErrContent) {
		return errors.Join(err, s.forget(ctx, id))
	}
	if err != nil {
		return err
	}
	return s.accept(ctx, u.Upload, u.group, path, content, nil)
}

// inspect compares a file with its declaration and looks into it.
func (s *Store) inspect(path string, key []byte, u Upload, check Checker) (Content, error) {
	f, err := os.Open(path)
	if err != nil {
		return Content{}, err
	}
	defer func() { _ = f.Close() }()
	clear := decrypted{f, key}
	h := sha256.New()
	n, err := io.Copy(h, io.NewSectionReader(clear, 0, u.Length+1))
	if err != nil {
		return Content{}, err
	}
	if n != u.Length {
		return Content{}, fmt.Errorf("%d of %d bytes arrived: %w", n, u.Length, ErrLength)
	}
	return s.judge(h, clear, u, check)
}

func (s *Store) judge(h hash.Hash, clear io.ReaderAt, u Upload, check Checker) (Content, error) {
	if subtle.ConstantTimeCompare(h.Sum(nil), u.SHA256[:]) != 1 {
		return Content{}, fmt.Errorf("its SHA-256 is not the one declared: %w", ErrContent)
	}
	content, err := check(clear, u.Length)
	if err != nil {
		return Content{}, fmt.Errorf("%w: %w", ErrContent, err)
	}
	return content, nil
}

// accept puts a checked file among the sessions and records it. key is kept when
// the upload has none yet.
func (s *Store) accept(ctx context.Context, u Upload, group, path string, c Content, key []byte) error {
	final := s.sessionPath(u.ID)
	if path != final {
		if err := os.MkdirAll(filepath.Dir(final), 0o700); err != nil {
			return wrapFile(err)
		}
		if err := os.Rename(path, final); err != nil {
			return wrapFile(err)
		}
	}
	if err := syncDir(filepath.Dir(final)); err != nil {
		return err
	}
	err := s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if key != nil {
			var err error
			if group, err = s.redeem(ctx, tx, u.Ticket); err != nil {
				return err
			}
			if err := s.keepKey(ctx, tx, u.ID, key); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM uploads WHERE id = ?`, u.ID); err != nil {
			return err
		}
		return s.record(ctx, tx, KindReceived, receivedBody{
			ID: u.ID, SHA256: hex.EncodeToString(u.SHA256[:]), Length: u.Length, Group: group, Consent: u.Consent,
			Withdrawal: hex.EncodeToString(u.Withdrawal[:]), Files: c.Files, Expanded: c.Expanded,
		})
	})
	if err == nil {
		s.count(u.Length)
	}
	return err
}

type receivedBody struct {
	ID         string `json:"id"`
	SHA256     string `json:"sha256"`
	Length     int64  `json:"length"`
	Group      string `json:"group"`
	Consent    string `json:"consent"`
	Withdrawal string `json:"withdrawal"`
	Files      int    `json:"files"`
	Expanded   int64  `json:"expanded"`
}

// forget takes an upload away, its bytes and its key.
func (s *Store) forget(ctx context.Context, id string) error {
	err := s.update(ctx, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM uploads WHERE id = ?`, id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM session_keys WHERE id = ?`, id)
		return err
	})
	if err != nil {
		return err
	}
	if err := os.Remove(s.spoolPath(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Cancel takes an unfinished upload away for whoever shows its ticket.
func (s *Store) Cancel(ctx context.Context, id string, ticket [sha256.Size]byte) error {
	u, err := s.lookup(ctx, id)
	if err != nil {
		return err
	}
	if u.complete || subtle.ConstantTimeCompare(u.Ticket[:], ticket[:]) != 1 {
		return ErrNotFound
	}
	release, err := s.lock(ctx, id)
	if err != nil {
		return err
	}
	defer release()
	return s.forget(ctx, id)
}

func (s *Store) spoolPath(id string) string { return filepath.Join(s.dir, spoolDir, id) }
func (s *Store) sessionPath(id string) string {
	return filepath.Join(s.dir, sessionsDir, id[:2], id)
}
