package dataset

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"time"
)

// LockedError says who has a study open for writing. It is ErrLocked.
type LockedError struct {
	Path string
	// Who is a phrase for a person: user, host, process and since when.
	Who   string
	User  string
	Host  string
	PID   int
	Since time.Time
}

// Error names the holder and what to do.
func (e *LockedError) Error() string {
	return fmt.Sprintf("%s is open for writing by %s: close it there, or open it here read-only", e.Path, e.Who)
}

// Is makes errors.Is(err, ErrLocked) hold.
func (e *LockedError) Is(target error) bool { return target == ErrLocked }

type lockHolder struct {
	User  string    `json:"user"`
	Host  string    `json:"host"`
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
}

func (h lockHolder) refusal(path string) *LockedError {
	who := "another program"
	if h.PID != 0 {
		who = fmt.Sprintf("%s on %s (process %d) since %s", h.User, h.Host, h.PID, h.Since.Local().Format("2006-01-02 15:04"))
	}
	return &LockedError{Path: path, Who: who, User: h.User, Host: h.Host, PID: h.PID, Since: h.Since}
}

// writeLock is the right to write a study. The system's lock on the file beside
// it decides, so that a killed program leaves nothing that blocks; the file's
// text only tells people who it is.
type writeLock struct{ file *os.File }

func lockPath(study string) string { return study + ".lock" }

// LockFile takes the right to write a file that is no study, such as a key
// file, as studies do it: while it is held others get a *LockedError. Close
// gives it back; the end of the program does, too.
func LockFile(path string, now time.Time) (io.Closer, error) {
	path, err := canonical(path)
	if err != nil {
		return nil, err
	}
	l, err := lockStudy(path, now)
	if err != nil {
		return nil, err
	}
	return closerFunc(l.release), nil
}

type closerFunc func() error

func (f closerFunc) Close() error { return f() }

func lockStudy(study string, now time.Time) (*writeLock, error) {
	path := lockPath(study)
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return nil, fmt.Errorf("making the lock file beside the study: %w", err)
		}
		err = lockFile(f)
		if errors.Is(err, errLockHeld) {
			holder := readHolder(f)
			return nil, errors.Join(holder.refusal(study), f.Close())
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("locking %s: %w", path, err), f.Close())
		}
		if !sameFile(f, path) {
			// The last holder removed it between our opening and locking.
			if err := f.Close(); err != nil {
				return nil, err
			}
			continue
		}
		l := &writeLock{f}
		if err := l.sign(now); err != nil {
			return nil, errors.Join(err, l.release())
		}
		return l, nil
	}
}

func (l *writeLock) sign(now time.Time) error {
	h := lockHolder{User: "unknown", Host: "unknown", PID: os.Getpid(), Since: now}
	if u, err := user.Current(); err == nil {
		h.User = u.Username
	}
	if name, err := os.Hostname(); err == nil {
		h.Host = name
	}
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := l.file.Truncate(0); err != nil {
		return fmt.Errorf("writing the lock file: %w", err)
	}
	if _, err := l.file.WriteAt(append(text, '\n'), 0); err != nil {
		return fmt.Errorf("writing the lock file: %w", err)
	}
	return nil
}

func (l *writeLock) release() error {
	if l == nil {
		return nil
	}
	return errors.Join(removeLocked(l.file), l.file.Close())
}

func readHolder(f *os.File) lockHolder {
	var h lockHolder
	text, err := io.ReadAll(io.NewSectionReader(f, 0, 4096))
	if err != nil || json.Unmarshal(text, &h) != nil {
		return lockHolder{}
	}
	return h
}

func sameFile(f *os.File, path string) bool {
	a, err := f.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(path)
	return err == nil && os.SameFile(a, b)
}
