package store

import (
	"context"
	"fmt"
)

// uploadLock is held by the one request that works on an upload.
type uploadLock struct{ free chan struct{} }

// lock waits until nobody works on an upload. A request whose connection died
// unnoticed ends by itself when no bytes come (the server's deadline).
func (s *Store) lock(ctx context.Context, id string) (release func(), err error) {
	for {
		s.mu.Lock()
		held, busy := s.locks[id]
		if !busy {
			l := &uploadLock{make(chan struct{})}
			s.locks[id] = l
			s.mu.Unlock()
			return func() {
				s.mu.Lock()
				delete(s.locks, id)
				s.mu.Unlock()
				close(l.free)
			}, nil
		}
		s.mu.Unlock()
		select {
		case <-held.free:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// count adds to the bytes stored.
func (s *Store) count(n int64) {
	s.mu.Lock()
	s.stored += n
	s.mu.Unlock()
}

// Stored is how many bytes the sessions take.
func (s *Store) Stored() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stored
}

// room fails with ErrFull when n more bytes would break the quota or eat the
// disk's reserve.
func (s *Store) room(n int64) error {
	if s.o.Quota > 0 && s.Stored()+n > s.o.Quota {
		return fmt.Errorf("the quota of %d bytes is used up: %w", s.o.Quota, ErrFull)
	}
	free, ok := freeBytes(s.dir)
	if ok && free < n+s.o.Reserve { // a file system that doesn't tell is asked by writing
		return fmt.Errorf("%d bytes are free, %d are kept in reserve: %w", free, s.o.Reserve, ErrFull)
	}
	return nil
}
