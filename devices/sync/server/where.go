package server

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"onset/dataset"
)

// listeningFile holds the address of the running server. It is a hint for who
// makes pairing codes from another process.
const listeningFile = "listening"

// NoteListening writes down where the server of a store listens; forget takes
// the note away.
func NoteListening(dir string, address net.Addr) (forget func(), err error) {
	path := filepath.Join(dir, listeningFile)
	if err := os.WriteFile(path, []byte(address.String()+"\n"), 0o600); err != nil {
		return func() {}, fmt.Errorf("writing down the address: %w", err)
	}
	return func() { _ = os.Remove(path) }, nil // only a hint
}

// Hold takes the right to serve the store in dir. While it is held others are
// told who has it; release gives it back, and so does the end of the program.
func Hold(dir string, now time.Time) (release func(), err error) {
	lock, err := dataset.LockFile(filepath.Join(dir, "serving"), now)
	if held, ok := errors.AsType[*dataset.LockedError](err); ok {
		return nil, fmt.Errorf("%s is served already, by %s: stop that server first: %w", dir, held.Who, dataset.ErrLocked)
	}
	if err != nil {
		return nil, fmt.Errorf("taking the right to serve %s: %w", dir, err)
	}
	return func() { _ = lock.Close() }, nil // the end of the program gives it back at the latest
}

// Advertised is the address that devices shall use: what the settings say, or
// where the server of the store in dir listens, with this machine's address on
// the private network in place of every address.
func Advertised(dir string, set Settings) string {
	if set.Address != "" {
		return set.Address
	}
	address := set.Listen
	if text, err := os.ReadFile(filepath.Join(dir, listeningFile)); err == nil {
		address = strings.TrimSpace(string(text))
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		if own := PrivateAddress(); own != "" {
			return net.JoinHostPort(own, port)
		}
	}
	return address
}
