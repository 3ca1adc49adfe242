package server

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
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
