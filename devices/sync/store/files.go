package store

import (
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
	"sync"
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

// pieceBytes is how much of a session is hashed, encrypted and written at once;
// a connection gives 16 KB at a time.
const pieceBytes = 256 << 10

var pieces = sync.Pool{New: func() any { return new([pieceBytes]byte) }}

// pour encrypts what r gives into a session's file from an offset on, until r
// ends, and hashes it in the clear when h is not nil. n bytes were written, also
// beside an error.
func pour(f *os.File, key []byte, offset int64, r io.Reader, h hash.Hash) (n int64, err error) {
	c, err := stream(key, offset)
	if err != nil {
		return 0, err
	}
	piece := pieces.Get().(*[pieceBytes]byte)
	defer pieces.Put(piece)
	for {
		got, rerr := fill(r, piece[:])
		b := piece[:got]
		if h != nil {
			h.Write(b)
		}
		c.XORKeyStream(b, b)
		wrote, err := f.Write(b)
		n += int64(wrote)
		switch {
		case err != nil:
			return n, err
		case errors.Is(rerr, io.EOF):
			return n, nil
		case rerr != nil:
			return n, rerr
		}
	}
}

// fill reads until p is full or r ends or fails. Unlike io.ReadFull it tells an
// end from a body that broke off.
func fill(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var got int
		got, err = r.Read(p[n:])
		n += got
	}
	return n, err
}
