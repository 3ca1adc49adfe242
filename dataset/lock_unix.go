//go:build !windows

package dataset

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

var errLockHeld = unix.EWOULDBLOCK

// lockFile takes the exclusive lock of f or fails with errLockHeld at once. The
// kernel drops it when the process ends, however it ends.
func lockFile(f *os.File) error {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// removeLocked removes the lock file while its lock is still held, so that
// nobody else can be holding it.
func removeLocked(f *os.File) error { return os.Remove(f.Name()) }

// syncDir makes a rename in dir durable.
func syncDir(dir string) (err error) {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer closing(d, &err)
	return d.Sync()
}
