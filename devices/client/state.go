package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	deviceFile      = "device.json"
	keyFile         = "device.key.pem"
	certificateFile = "device.crt.pem"
	participantFile = "participant"
	modelsFile      = "models.json"
	modelsDir       = "models"
	ticketsFile     = "tickets.json"
	sendsDir        = "sends"
	tufDir          = "tuf"
)

// identity is who the device is to which server.
type identity struct {
	Address string `json:"address"`
	Pin     string `json:"pin"`
	Device  string `json:"device"`
	Name    string `json:"name"`
	Channel string `json:"channel"`
	Poll    int    `json:"poll_seconds"`
}

// Model is a model on the device.
type Model struct {
	SHA256  string `json:"sha256"` // of the blob
	Version int    `json:"version"`
	Model   string `json:"model"`
	Target  string `json:"target"`
}

// models is which models the device has, refuses and must report of.
type models struct {
	Current  *Model   `json:"current,omitempty"`
	Previous *Model   `json:"previous,omitempty"`
	Rejected []string `json:"rejected,omitempty"` // blobs that failed here
	// ETag of the timestamp up to which everything has been done.
	ETag   string   `json:"etag,omitempty"`
	Report []report `json:"report,omitempty"`
}

type report struct {
	SHA256 string `json:"sha256"`
	State  string `json:"state"`
	Detail string `json:"detail,omitempty"`
}

// FS is how the device writes; a simulation makes it fail.
type FS interface {
	// WriteFile puts a file in place whole and durable.
	WriteFile(path string, content []byte) error
	// Room fails when n more bytes can't be written.
	Room(n int64) error
}

type disk struct{}

func (disk) Room(int64) error { return nil }

func (disk) WriteFile(path string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// maxState bounds what is read of a state file.
const maxState = 1 << 20

// readState reads a JSON file of the state; a missing one leaves into as it is.
func readState(path string, into any) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && info.Size() > maxState {
		err = errors.New("it is too large")
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(path)
	}
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return fmt.Errorf("reading the device's state %s: %w", filepath.Base(path), err)
	}
	return nil
}

func (c *Client) writeState(name string, from any) error {
	text, err := json.MarshalIndent(from, "", "  ")
	if err == nil {
		err = c.fs.WriteFile(filepath.Join(c.dir, name), append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("writing the device's state %s: %w", name, err)
	}
	return nil
}

// clean removes what a broken-off write or download has left.
func clean(dir string) error {
	for _, sub := range []string{"", modelsDir, sendsDir, tufDir} {
		entries, err := os.ReadDir(filepath.Join(dir, sub))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), ".new-") || strings.HasPrefix(e.Name(), "tuf_tmp") {
				if err := os.RemoveAll(filepath.Join(dir, sub, e.Name())); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Disk is this machine's disk.
func Disk() FS { return disk{} }
