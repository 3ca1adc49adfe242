package privacy

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"onset/dataset"
)

// ScanPath scans a file, or every file below a folder together with the names
// of files and folders. Symbolic links are not followed. Beside the bytes as
// they lie, what is packed with zip, gzip, bzip2 and zlib is read, at most maxUnpacked
// bytes of each, and the values of databases, of which a study is one, with the
// log that lies beside it. What can not be read does not stop the rest: the error
// is then an *UnreadError that names it.
func (s *Scanner) ScanPath(ctx context.Context, path string, report func(Hit)) error {
	var one sync.Mutex // what is packed is looked into beside its outer bytes
	hit := func(h Hit) {
		one.Lock()
		defer one.Unlock()
		report(h)
	}
	var unread UnreadError
	leave := func(name string, err error) error {
		if err == nil || ctx.Err() != nil {
			return err
		}
		unread.Files = append(unread.Files, Unread{File: name, Why: reason(err)})
		return nil
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		name := filepath.Base(path) + "-wal"
		if err := leave(name, s.scanFile(ctx, path+"-wal", name, hit)); err != nil {
			return err
		}
	}
	if err := s.walk(ctx, path, hit, leave); err != nil {
		return err
	}
	if len(unread.Files) > 0 {
		return &unread
	}
	return nil
}

// Unread is a file that could not be looked through, and why.
type Unread struct {
	File string `json:"file"` // relative to the scanned path
	Why  string `json:"why"`
}

// String tells both as one sentence.
func (u Unread) String() string {
	return fmt.Sprintf("%s could not be looked through: %s", u.File, u.Why)
}

// UnreadError names what a scan could not look through; all else was.
type UnreadError struct{ Files []Unread }

func (e *UnreadError) Error() string {
	text := e.Files[0].String()
	if n := len(e.Files) - 1; n > 0 {
		text += fmt.Sprintf(" (and %d more)", n)
	}
	return text
}

// reason is an error without the path that its file is told by.
func reason(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Op + ": " + p.Err.Error()
	}
	return strings.TrimPrefix(err.Error(), ErrNotScanned.Error()+": ")
}

// walk scans every file below a path; leave takes the errors of each.
func (s *Scanner) walk(ctx context.Context, path string, hit func(Hit), leave func(string, error) error) error {
	return filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		rel, rerr := filepath.Rel(path, p)
		if rerr != nil || rel == "." {
			rel = filepath.Base(p)
		}
		if err != nil {
			if p == path {
				return fmt.Errorf("scanning %s: %w", p, err)
			}
			return leave(rel, err)
		}
		inName := func(h Hit) { h.As = "file name"; hit(h) }
		if err := s.ScanReader(ctx, rel, strings.NewReader(filepath.Base(p)), inName); err != nil {
			return err
		}
		if !d.Type().IsRegular() {
			return nil
		}
		return leave(rel, s.scanFile(ctx, p, rel, hit))
	})
}

const (
	// maxUnpacked bounds what is unpacked of one file: a small archive can hold
	// terabytes.
	maxUnpacked = 8 << 30
	maxNested   = 3
	maxInner    = 256 << 20 // bytes of an archive within an archive, which is held in memory
)

// unpacked is what may still be unpacked of one file.
func unpacked() *atomic.Int64 {
	var left atomic.Int64
	left.Store(maxUnpacked)
	return &left
}

// ErrNotScanned is returned for a file that can not be looked through.
var ErrNotScanned = errors.New("it could not be looked through")

func (s *Scanner) scanFile(ctx context.Context, path, name string, hit func(Hit)) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("scanning %s: %w", name, err)
	}
	defer f.Close()
	if err := s.ScanReader(ctx, name, f, hit); err != nil {
		return err
	}
	head := make([]byte, 16)
	n, _ := f.ReadAt(head, 0)
	switch head = head[:n]; {
	case bytes.HasPrefix(head, []byte("SQLite format 3\x00")):
		return s.scanValues(ctx, path, name, hit)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		st, err := f.Stat()
		if err != nil {
			return err
		}
		return s.scanZip(ctx, f, st.Size(), name, unpacked(), 1, hit)
	}
	for sign, kind := range foreign {
		if bytes.HasPrefix(head, []byte(sign)) {
			return fmt.Errorf("%w: it is packed (%s), and what is in it can not be read here", ErrNotScanned, kind)
		}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return s.scanPacked(ctx, f, name, unpacked(), 1, hit)
}

// foreign are archives that can not be unpacked here, by their first bytes.
var foreign = map[string]string{"\xfd7zXZ\x00": "xz", "\x28\xb5\x2f\xfd": "zstd", "7z\xbc\xaf\x27\x1c": "7z", "Rar!\x1a\x07": "rar"}

// scanValues reads the values of a database. Bytes that are found this way are
// found in the file as well, mostly; a hit is told once for each.
func (s *Scanner) scanValues(ctx context.Context, path, name string, hit func(Hit)) error {
	err := dataset.EachValue(ctx, path, func(where string, data []byte) error {
		at := name + ": " + where
		if err := s.ScanReader(ctx, at, bytes.NewReader(data), hit); err != nil {
			return err
		}
		return s.scanPacked(ctx, bytes.NewReader(data), at, unpacked(), 1, hit)
	})
	if errors.Is(err, dataset.ErrCorrupt) {
		return nil // its bytes were read, which is what can be done
	}
	return err
}

// scanPacked looks into a stream that may be packed itself.
func (s *Scanner) scanPacked(ctx context.Context, r io.Reader, name string, left *atomic.Int64, depth int, hit func(Hit)) error {
	b := bufio.NewReader(r)
	head, _ := b.Peek(10)
	if depth > maxNested {
		if bytes.HasPrefix(head, []byte{0x1f, 0x8b}) || bytes.HasPrefix(head, []byte("BZh")) || bytes.HasPrefix(head, []byte("PK\x03\x04")) {
			return fmt.Errorf("%w: it is packed more than %d times over", ErrNotScanned, maxNested)
		}
		return nil
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		g, err := gzip.NewReader(b)
		if err != nil {
			return nil // no gzip after all
		}
		return s.scanUnpacked(ctx, g, name, left, depth, hit)
	case bytes.HasPrefix(head, []byte("BZh")) && bytes.HasSuffix(head, []byte("1AY&SY")):
		return s.scanUnpacked(ctx, bzip2.NewReader(b), name, left, depth, hit)
	case len(head) > 2 && head[0] == 0x78 && (int(head[0])<<8|int(head[1]))%31 == 0:
		z, err := zlib.NewReader(b)
		if err != nil {
			return nil
		}
		err = s.scanUnpacked(ctx, z, name, left, depth, hit)
		if _, not := errors.AsType[flate.CorruptInputError](err); not || errors.Is(err, zlib.ErrChecksum) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil // two bytes say little: it is something else, and its bytes were read
		}
		return err
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		data, err := io.ReadAll(io.LimitReader(b, maxInner+1))
		switch {
		case err != nil:
			return nil // told by who reads the same stream beside this
		case len(data) > maxInner:
			return fmt.Errorf("%w: it holds an archive of more than %d MB within another", ErrNotScanned, maxInner>>20)
		}
		return s.scanZip(ctx, bytes.NewReader(data), int64(len(data)), name, left, depth, hit)
	}
	return nil
}

func (s *Scanner) scanZip(ctx context.Context, r io.ReaderAt, size int64, name string, left *atomic.Int64, depth int, hit func(Hit)) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil // not an archive; its bytes were read
	}
	for _, f := range z.File {
		at := name + "!" + f.Name
		inName := func(h Hit) { h.As = "file name"; hit(h) }
		if err := s.ScanReader(ctx, at, strings.NewReader(f.Name+" "+f.Comment), inName); err != nil {
			return err
		}
		c, err := f.Open()
		if err != nil {
			return fmt.Errorf("%s in %s: %w: %w", f.Name, name, ErrNotScanned, err)
		}
		err = s.scanUnpacked(ctx, c, at, left, depth, hit)
		if err = errors.Join(err, c.Close()); err != nil {
			return err
		}
	}
	return nil
}

// scanUnpacked scans what comes out of a packed stream, and what is packed in
// that again.
func (s *Scanner) scanUnpacked(ctx context.Context, r io.Reader, name string, left *atomic.Int64, depth int, hit func(Hit)) error {
	pr, pw := io.Pipe()
	inner := make(chan error, 1)
	go func() {
		err := s.scanPacked(ctx, pr, name, left, depth+1, hit)
		_, _ = io.Copy(io.Discard, pr)
		inner <- err
	}()
	bounded := &boundedReader{r: r, left: left}
	err := s.ScanReader(ctx, name, io.TeeReader(bounded, pw), hit)
	_ = pw.Close()
	if ierr := <-inner; err == nil {
		err = ierr
	}
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w: %w", name, ErrNotScanned, err)
	}
	return err
}

// boundedReader fails, and does not end, at its bound: the rest would go
// unscanned in silence.
type boundedReader struct {
	r    io.Reader
	left *atomic.Int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left.Add(-int64(n)) < 0 {
		return 0, errors.New("it unpacks to more than can be looked through")
	}
	return n, err
}
