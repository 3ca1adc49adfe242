package swarm

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// faults are what goes wrong around one device. The zero value: nothing.
type faults struct {
	mu    sync.Mutex
	rng   *rand.Rand
	share float64 // of connections that break, and of writes that find the disk full
	clock time.Duration
}

func (f *faults) happens() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.share > 0 && f.rng.Float64() < f.share
}

func (f *faults) upTo(n int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rng.IntN(n)
}

func (f *faults) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.share, f.clock = 0, 0
}

func (f *faults) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return time.Now().Add(f.clock)
}

// dial connects, to loopback only, with a connection that may break after some
// bytes.
func (f *faults) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if err := CheckLoopback(address); err != nil {
		return nil, err
	}
	c, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, network, address)
	if err != nil || !f.happens() {
		return c, err
	}
	return &breaking{Conn: c, left: 500 + f.upTo(100_000)}, nil
}

// CheckLoopback refuses addresses of other machines: a swarm is no tool against
// anybody.
func CheckLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("a swarm only talks to loopback addresses, not to %s", host)
	}
	return nil
}

// breaking is a connection that breaks after a number of bytes.
type breaking struct {
	net.Conn
	mu   sync.Mutex
	left int
}

func (b *breaking) spend(n int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left -= n
	return b.left <= 0
}

// Write sends until the connection breaks.
func (b *breaking) Write(p []byte) (int, error) {
	if b.spend(len(p)) {
		_ = b.Close()
		return 0, syscall.ECONNRESET
	}
	return b.Conn.Write(p)
}

// Read receives until the connection breaks.
func (b *breaking) Read(p []byte) (int, error) {
	n, err := b.Conn.Read(p)
	if b.spend(n) {
		_ = b.Close()
		return 0, syscall.ECONNRESET
	}
	return n, err
}

// disk is a disk that is full now and then. It writes without waiting for the
// platter: a thousand devices share one here.
type disk struct{ *faults }

// Room fails now and then.
func (d disk) Room(int64) error {
	if d.happens() {
		return syscall.ENOSPC
	}
	return nil
}

// WriteFile puts a file in place whole.
func (d disk) WriteFile(path string, content []byte) error {
	if d.happens() {
		return &os.PathError{Op: "write", Path: path, Err: syscall.ENOSPC}
	}
	tmp := filepath.Join(filepath.Dir(path), ".new-"+filepath.Base(path))
	if err := os.WriteFile(tmp, content, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}
