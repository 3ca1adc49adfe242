package codec

import (
	"fmt"
	"io"
	"strings"
)

// maxSide bounds the files beside a recording, in bytes.
const maxSide = 16 << 20

func readSide(path string) ([]byte, error) {
	f, err := openSide(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSide+1))
	if err == nil && len(text) > maxSide {
		err = fmt.Errorf("it is larger than %d MB", maxSide>>20)
	}
	return text, err
}

// sideRows reads a table with a header; rows are by column name, n/a is empty.
func sideRows(path string) ([]map[string]string, error) {
	text, err := readSide(path)
	if err != nil {
		return nil, err
	}
	var header []string
	var rows []map[string]string
	for i, line := range strings.Split(strings.TrimPrefix(string(text), "\ufeff"), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			continue
		}
		cells := strings.Split(line, "\t")
		if header == nil {
			header = cells
			continue
		}
		if len(cells) != len(header) {
			return nil, badRow(path, int64(i+1), "the row has %d columns, its header %d", len(cells), len(header))
		}
		row := map[string]string{}
		for k, c := range cells {
			if c = strings.TrimSpace(c); c != "n/a" {
				row[header[k]] = c
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}
