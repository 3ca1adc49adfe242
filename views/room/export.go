package room

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2/lang"
)

// Sheet is a table that can be written for a program and for a paper.
type Sheet interface {
	CSV(io.Writer) error
	LaTeX(io.Writer) error
}

// Tables are the choices that a table has: CSV and LaTeX. file is a name without
// an ending.
func Tables(name, file string, t Sheet) []Export {
	return []Export{
		{Name: lang.L("{{.Name}}, table (CSV)", map[string]any{"Name": name}), Extension: ".csv", Suggested: file + ".csv",
			Write: func(path string) error { return WriteFile(path, t.CSV) }},
		{Name: lang.L("{{.Name}}, table (LaTeX)", map[string]any{"Name": name}), Extension: ".tex", Suggested: file + ".tex",
			Write: func(path string) error { return WriteFile(path, t.LaTeX) }},
	}
}

// WriteFile writes a file whole or not at all.
func WriteFile(path string, fill func(io.Writer) error) (err error) {
	var b bytes.Buffer
	if err := fill(&b); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".onset-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the failure that matters is err
			err = fmt.Errorf("writing %s: %w", path, err)
		}
	}()
	_, err = f.Write(b.Bytes())
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
