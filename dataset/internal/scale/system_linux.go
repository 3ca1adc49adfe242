package main

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// forget asks the system to drop what it holds of a file, so that the next
// reading is the disk's.
func forget(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}

// cpu is what this process has computed so far.
func cpu() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the most memory that this process ever had, in MB.
func peak() string {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return "unknown"
	}
	return fmt.Sprintf("%.0f", float64(u.Maxrss)/1024)
}
