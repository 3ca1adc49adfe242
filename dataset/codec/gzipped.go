package codec

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strings"
)

var gzipMark = []byte{0x1f, 0x8b}

// maxFromGzip is how many bytes a packed file may unpack to.
func maxFromGzip(size int64) int64 {
	return min(maxUnpacked, max(maxUnpackedRatio*size, freelyUnpacked))
}

// openTable opens a file to look at it as a table; one that is packed with gzip is
// unpacked while it is read, within the bounds of an import.
func openTable(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	mark := make([]byte, len(gzipMark))
	if n, err := f.ReadAt(mark, 0); n < len(mark) || !bytes.Equal(mark, gzipMark) {
		if err != nil && err != io.EOF {
			f.Close()
			return nil, err
		}
		return f, nil
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("it is packed with gzip and damaged (%w): copy it again from where it came", err)
	}
	return struct {
		io.Reader
		io.Closer
	}{&boundedReader{r: z, left: maxFromGzip(info.Size())}, f}, nil
}

// boundedReader fails where a packed file goes on beyond what it may unpack to.
type boundedReader struct {
	r    io.Reader
	left int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("it unpacks to far too much for its size; this is no recording")
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// plainName is a file's name without the ending of gzip.
func plainName(name string) string { return strings.TrimSuffix(name, ".gz") }
