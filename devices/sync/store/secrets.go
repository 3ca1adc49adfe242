package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const (
	masterFile = "sessions.key"
	keyBytes   = 32
)

// master wraps the keys of sessions.
type master struct{ aead cipher.AEAD }

func newMaster(dir string) error {
	key := make([]byte, keyBytes)
	_, _ = rand.Read(key)
	return writeSynced(filepath.Join(dir, masterFile), key, 0o600)
}

func openMaster(dir string) (*master, error) {
	key, err := os.ReadFile(filepath.Join(dir, masterFile))
	if err != nil {
		return nil, fmt.Errorf("reading the key of the sessions: %w", err)
	}
	if len(key) != keyBytes {
		return nil, errors.New("the key of the sessions is damaged")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &master{aead}, nil
}

func newSessionKey() []byte {
	key := make([]byte, keyBytes)
	_, _ = rand.Read(key)
	return key
}

func (m *master) wrap(id string, key []byte) []byte { return m.aead.Seal(nil, nil, key, []byte(id)) }

func (m *master) unwrap(id string, wrapped []byte) ([]byte, error) {
	key, err := m.aead.Open(nil, nil, wrapped, []byte(id))
	if err != nil {
		return nil, fmt.Errorf("unwrapping the key of session %s: %w", id, err)
	}
	return key, nil
}

// sessionKey is the key of a session, or ErrErased when it is gone.
func (s *Store) sessionKey(ctx context.Context, id string) ([]byte, error) {
	var wrapped []byte
	err := s.read.QueryRowContext(ctx, `SELECT wrapped FROM session_keys WHERE id = ?`, id).Scan(&wrapped)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("session %s: %w", id, ErrErased)
	}
	if err != nil {
		return nil, err
	}
	return s.master.unwrap(id, wrapped)
}

func (s *Store) keepKey(ctx context.Context, tx *sql.Tx, id string, key []byte) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO session_keys (id, wrapped) VALUES (?, ?)`, id, s.master.wrap(id, key))
	return err
}

// stream encrypts and decrypts a session from an offset on: AES-256 in counter
// mode under a key that no other session has. Integrity comes from the SHA-256
// in the journal, which is checked whenever a session is read.
func stream(key []byte, offset int64) (cipher.Stream, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	var counter [aes.BlockSize]byte
	n := uint64(offset / aes.BlockSize)
	for i := range 8 {
		counter[aes.BlockSize-1-i] = byte(n >> (8 * i))
	}
	c := cipher.NewCTR(block, counter[:])
	if skip := offset % aes.BlockSize; skip > 0 {
		waste := make([]byte, skip)
		c.XORKeyStream(waste, waste)
	}
	return c, nil
}
