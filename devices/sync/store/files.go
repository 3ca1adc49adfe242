package store

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// writeSynced puts a file in place whole: its bytes are on disk before its name.
func writeSynced(path string, content []byte, mode os.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return wrapFile(err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(wrapFile(err), os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(content)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a folder's entries durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// decrypted reads a session's file in the clear.
type decrypted struct {
	f   *os.File
	key []byte
}

func (d decrypted) ReadAt(p []byte, off int64) (int, error) {
	n, err := d.f.ReadAt(p, off)
	c, cerr := stream(d.key, off)
	if cerr != nil {
		return 0, cerr
	}
	c.XORKeyStream(p[:n], p[:n])
	return n, err
}

// encrypting writes to a session's file from an offset on.
func encrypting(f *os.File, key []byte, offset int64) (io.Writer, error) {
	c, err := stream(key, offset)
	if err != nil {
		return nil, err
	}
	return &encryptingWriter{f: f, xor: c.XORKeyStream}, nil
}

type encryptingWriter struct {
	f   *os.File
	xor func(dst, src []byte)
	buf []byte
}

func (w *encryptingWriter) Write(p []byte) (int, error) {
	if cap(w.buf) < len(p) {
		w.buf = make([]byte, len(p))
	}
	b := w.buf[:len(p)]
	w.xor(b, p)
	return w.f.Write(b)
}
