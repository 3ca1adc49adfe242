package archive

import (
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
)

const (
	// zstdMemory bounds what a decompressor allocates, whatever a frame asks for.
	zstdMemory = 32 << 20
	zstdWindow = 8 << 20
)

// decoders are kept for the next entry: clearing a fresh one's window costs more
// than reading a session of 1 MB.
var decoders = sync.Pool{}

// decompressor reads an entry that is compressed with Zstandard.
func decompressor(in io.Reader) io.ReadCloser {
	d, _ := decoders.Get().(*zstd.Decoder)
	var err error
	if d == nil {
		d, err = zstd.NewReader(in, zstd.WithDecoderMaxMemory(zstdMemory), zstd.WithDecoderMaxWindow(zstdWindow), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
	} else {
		err = d.Reset(in)
	}
	if err != nil {
		return io.NopCloser(failing{err})
	}
	return &lent{d}
}

// lent is a decoder on loan.
type lent struct{ d *zstd.Decoder }

// Read reads what the entry held.
func (l *lent) Read(p []byte) (int, error) {
	if l.d == nil {
		return 0, zstd.ErrDecoderClosed
	}
	return l.d.Read(p)
}

// Close gives the decoder back, with no hold on what it read.
func (l *lent) Close() error {
	if l.d != nil && l.d.Reset(nil) == nil {
		decoders.Put(l.d)
	}
	l.d = nil
	return nil
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
