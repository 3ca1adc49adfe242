package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"onset/devices/sync/protocol"
)

// PutBlob stores bytes under their SHA-256. Bytes that are there already are
// compared and kept.
func (s *Store) PutBlob(content []byte) (sum string, err error) {
	h := sha256.Sum256(content)
	sum = hex.EncodeToString(h[:])
	path := s.blobPath(sum)
	if had, err := os.ReadFile(path); err == nil && bytes.Equal(had, content) {
		return sum, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("storing a model: %w", wrapFile(err))
	}
	if err := writeSynced(path, content, 0o600); err != nil {
		return "", fmt.Errorf("storing a model: %w", err)
	}
	return sum, syncDir(filepath.Join(s.dir, blobsDir))
}

// StatBlob is the length of a blob, or ErrNotFound.
func (s *Store) StatBlob(sum string) (int64, error) {
	if protocol.CheckHash(sum) != nil {
		return 0, ErrNotFound
	}
	info, err := os.Stat(s.blobPath(sum))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("blob %s: %w", sum, ErrNotFound)
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// OpenBlob opens a blob for reading, or fails with ErrNotFound.
func (s *Store) OpenBlob(sum string) (*os.File, error) {
	if protocol.CheckHash(sum) != nil {
		return nil, ErrNotFound
	}
	f, err := os.Open(s.blobPath(sum))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	return f, err
}

// checkBlob reads a blob and compares it with its name.
func (s *Store) checkBlob(sum string) error {
	f, err := s.OpenBlob(sum)
	if err != nil {
		return err
	}
	h := sha256.New()
	_, err = io.Copy(h, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != sum {
		return ErrContent
	}
	return nil
}

func (s *Store) blobPath(sum string) string {
	return filepath.Join(s.dir, blobsDir, sum[:2], sum)
}
