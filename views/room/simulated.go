package room

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// MarkSimulated says inside an exported file that it is of simulated people: a
// column of a CSV table, a comment in LaTeX and SVG. Other files stay as they are.
// Of a folder it marks each file.
func MarkSimulated(path, extension string) error {
	if files, err := os.ReadDir(path); err == nil {
		for _, f := range files {
			at := filepath.Join(path, f.Name())
			if err := MarkSimulated(at, filepath.Ext(at)); err != nil {
				return err
			}
		}
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("marking %s as simulated: %w", path, err)
	}
	switch extension {
	case ".csv":
		if bytes.HasPrefix(text, []byte("#")) { // tables of samples, each under a comment
			text = append([]byte("# simulated data: no such people exist\n"), text...)
			break
		}
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			return fmt.Errorf("marking %s as simulated: %w", path, err)
		}
		for i := range rows {
			word := "simulated"
			if i == 0 {
				word = "data"
			}
			rows[i] = append(rows[i], word)
		}
		return WriteFile(path, func(w io.Writer) error { return csv.NewWriter(w).WriteAll(rows) })
	case ".tex":
		text = append([]byte("% Simulated data: no such people exist.\n"), text...)
	case ".svg":
		text = append(text, "<!-- Simulated data: no such people exist. -->\n"...)
	default:
		return nil
	}
	return WriteFile(path, func(w io.Writer) error { _, err := w.Write(text); return err })
}
