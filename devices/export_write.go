package devices

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
)

// write puts the folder in place whole.
func (e *export) write(dir string) error {
	return writeFolder(dir, e.files, func(stage string) error {
		_, err := Check(stage)
		return err
	})
}

// checkFree refuses a place that holds something.
func checkFree(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%w there and is not empty; choose another folder", fs.ErrExist)
	}
	return nil
}

func writeFile(path string, content []byte, program bool) error {
	mode := fs.FileMode(0o644)
	if program {
		mode = 0o755
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	if _, err = f.Write(content); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir makes a folder's entries durable, where the system can.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
