package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// Preferences are a person's own choices on this machine.
type Preferences struct {
	Theme string `json:"theme"` // "dark", "light" or "system"
	Rater string `json:"rater"` // written on labels; never a participant
	// Keys are the keys that a person has given commands instead of those that
	// they come with: command id to key, such as "label.onset" to "O"; empty for
	// no key.
	Keys map[string]string `json:"keys,omitempty"`
	// Videos are where reference videos lie on this machine, by session and
	// the study's file: "session@path".
	Videos map[string]string `json:"videos,omitempty"`
	// Blind hides the labels of other raters while a person labels.
	Blind bool `json:"blind,omitempty"`
}

// RecentStudy is a study that was open before.
type RecentStudy struct {
	Path     string    `json:"path"`
	Name     string    `json:"name"`
	OpenedAt time.Time `json:"opened_at"`
	// Missing is true when the file is not where it was.
	Missing bool `json:"-"`
	// Place is where the person was in it; nil when that is not known.
	Place *Place `json:"place,omitempty"`
}

// recentKept bounds the list of recent studies.
const recentKept = 12

type remembered struct {
	Preferences Preferences   `json:"preferences"`
	Recent      []RecentStudy `json:"recent"`
}

// memory is the workbench's own file in the data directory.
type memory struct {
	path string
	data remembered
}

func loadMemory(dir string) (*memory, error) {
	m := &memory{path: filepath.Join(dir, "workbench.json")}
	m.data.Preferences = Preferences{Theme: "dark"}
	raw, err := os.ReadFile(m.path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return m, fmt.Errorf("reading preferences: %w", err)
	}
	if err := json.Unmarshal(raw, &m.data); err != nil {
		m.data = remembered{Preferences: Preferences{Theme: "dark"}}
		return m, fmt.Errorf("reading preferences in %s: %w", m.path, err)
	}
	return m, nil
}

func (m *memory) save() error {
	raw, err := json.MarshalIndent(m.data, "", "  ")
	if err != nil {
		return fmt.Errorf("writing preferences: %w", err)
	}
	if err := writeAtomic(m.path, append(raw, '\n')); err != nil {
		return fmt.Errorf("writing preferences: %w", err)
	}
	return nil
}

func (m *memory) remember(r RecentStudy) {
	list := []RecentStudy{r}
	for _, old := range m.data.Recent {
		if old.Path == r.Path {
			list[0].Place = old.Place
		} else if len(list) < recentKept {
			list = append(list, old)
		}
	}
	m.data.Recent = list
}

func (m *memory) forget(path string) {
	var list []RecentStudy
	for _, old := range m.data.Recent {
		if old.Path != path {
			list = append(list, old)
		}
	}
	m.data.Recent = list
}

// writeAtomic replaces a file whole: after a crash there is the old or the new
// content, never half of one.
func writeAtomic(path string, content []byte) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(content); err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// DefaultDataDir is where the workbench keeps its own files (recent studies,
// preferences, the sample study) for the current user.
func DefaultDataDir() (string, error) {
	if runtime.GOOS == "linux" {
		if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
			return filepath.Join(dir, "onset"), nil
		}
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("finding a place for preferences: %w", err)
		}
		return filepath.Join(home, ".local", "share", "onset"), nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("finding a place for preferences: %w", err)
	}
	return filepath.Join(dir, "onset"), nil
}
