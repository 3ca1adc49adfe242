package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"onset/devices/sync/protocol"
)

// Receive takes a session in one go: bytes, check, ticket and journal, with one
// commit. Of several that come with the same ticket one is accepted. The same
// session again is a success; fresh tells whether it was new.
func (s *Store) Receive(ctx context.Context, u Upload, r io.Reader, check Checker) (fresh bool, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("receiving session %s: %w", u.ID, err)
		}
	}()
	if _, complete, err := s.again(ctx, u); !errors.Is(err, ErrNotFound) {
		if err == nil && !complete {
			err = fmt.Errorf("it was begun in pieces: %w", ErrOffset)
		}
		return false, err
	}
	if err := s.CheckTicket(ctx, u.Ticket); err != nil {
		return false, err
	}
	if err := s.room(u.Length); err != nil {
		return false, err
	}
	// A name of its own: several requests may bring the same session at once.
	path := filepath.Join(s.dir, spoolDir, u.ID+"."+protocol.NewID())
	key := newSessionKey()
	content, err := s.spool(path, key, u, r, check)
	if err == nil {
		err = s.acceptWhole(ctx, u, path, content, key)
	}
	if err != nil {
		if rerr := os.Remove(path); rerr != nil && !errors.Is(rerr, os.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
		if errors.Is(err, ErrTicket) || errors.Is(err, ErrState) { // the same one may have won just before
			if _, complete, aerr := s.again(ctx, u); complete && aerr == nil {
				return false, nil
			}
		}
		return false, err
	}
	return true, nil
}

// acceptWhole accepts a spooled session unless another request has brought it
// meanwhile.
func (s *Store) acceptWhole(ctx context.Context, u Upload, path string, content Content, key []byte) error {
	release, err := s.lock(ctx, u.ID)
	if err != nil {
		return err
	}
	defer release()
	switch _, err := s.lookup(ctx, u.ID); {
	case err == nil:
		return ErrState
	case !errors.Is(err, ErrNotFound):
		return err
	}
	err = s.accept(ctx, u, "", path, content, key)
	if err == nil {
		return nil
	}
	// The bytes are in place, the session is not: nothing must be left of it.
	if _, lerr := s.lookup(context.WithoutCancel(ctx), u.ID); errors.Is(lerr, ErrNotFound) {
		if rerr := os.Remove(s.sessionPath(u.ID)); rerr != nil && !errors.Is(rerr, os.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
	}
	return err
}

// spool writes the bytes of a whole session and checks them.
func (s *Store) spool(path string, key []byte, u Upload, r io.Reader, check Checker) (c Content, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return c, wrapFile(err)
	}
	defer func() { err = errors.Join(err, wrapFile(f.Close())) }()
	h := sha256.New()
	n, err := pour(f, key, 0, io.LimitReader(r, u.Length), h)
	if err != nil {
		return c, wrapFile(err)
	}
	if n != u.Length {
		return c, fmt.Errorf("%d of %d bytes arrived: %w", n, u.Length, ErrLength)
	}
	if _, err := s.tooLong(r, n); err != nil {
		return c, err
	}
	if c, err = s.judge(h, decrypted{f, key}, u, check); err != nil {
		return c, err
	}
	return c, wrapFile(f.Sync())
}
