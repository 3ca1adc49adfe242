package privacy

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"onset/dataset"
)

// spellings are an identifier and how else it may be written: its words with
// other signs between them and the other way round, a file's name without its
// ending where that still tells.
func spellings(text string) []string {
	out := []string{text}
	base := text[strings.LastIndexAny(text, `/\`)+1:]
	if base != text && len(base) >= shortIdentifier {
		out = append(out, base)
	}
	if stem := strings.TrimSuffix(base, filepath.Ext(base)); len(stem) >= 8 && stem != text && strings.ContainsFunc(stem, unicode.IsDigit) {
		out = append(out, stem)
	}
	words := nameWords(text)
	if n := len(words); n >= 2 && n <= 4 && strings.ContainsFunc(text, unicode.IsLetter) && filepath.Ext(text) == "" {
		turned := append(slices.Clone(words[n-1:]), words[:n-1]...)
		for _, between := range []string{" ", "_", "-", ".", "", ", "} {
			out = append(out, strings.Join(words, between), strings.Join(turned, between))
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(s string) bool { return len(s) < minIdentifier })
}

// escapes are the ways in which addresses and JSON write a text.
func escapes(text string) []string {
	ascii := strconv.QuoteToASCII(text)
	return []string{url.QueryEscape(text), url.PathEscape(text), ascii[1 : len(ascii)-1]}
}

// ScanPath scans a file, or every file below a folder together with the names
// of files and folders. Symbolic links are not followed. Beside the bytes as
// they lie, what is packed in zip and gzip files is read, at most maxUnpacked
// bytes of each, and the values of databases, of which a study is one, with the
// log that lies beside it.
func (s *Scanner) ScanPath(ctx context.Context, path string, report func(Hit)) error {
	var one sync.Mutex // what is packed is looked into beside its outer bytes
	hit := func(h Hit) {
		one.Lock()
		defer one.Unlock()
		report(h)
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		if err := s.scanFile(ctx, path+"-wal", filepath.Base(path)+"-wal", hit); err != nil {
			return err
		}
	}
	return filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("scanning %s: %w", p, err)
		}
		rel, err := filepath.Rel(path, p)
		if err != nil || rel == "." {
			rel = filepath.Base(p)
		}
		inName := func(h Hit) { h.As = "file name"; hit(h) }
		if err := s.ScanReader(ctx, rel, strings.NewReader(filepath.Base(p)), inName); err != nil {
			return err
		}
		if !d.Type().IsRegular() {
			return nil
		}
		return s.scanFile(ctx, p, rel, hit)
	})
}

const (
	// maxUnpacked bounds what is unpacked of one file: a small archive can hold
	// terabytes.
	maxUnpacked = 8 << 30
	maxNested   = 3
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
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		return s.scanPacked(ctx, f, name, unpacked(), 1, hit)
	}
	return nil
}

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
	head, _ := b.Peek(4)
	switch {
	case depth > maxNested:
		return nil
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		g, err := gzip.NewReader(b)
		if err != nil {
			return nil // no gzip after all
		}
		return s.scanUnpacked(ctx, g, name, left, depth, hit)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		data, err := io.ReadAll(io.LimitReader(b, 256<<20))
		if err != nil {
			return nil
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
