package codec

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// respelt are the formats of apps whose tables people open in a spreadsheet program
// and save again. It writes them in the ways of its country: semicolons or tabs
// between columns, commas in numbers, UTF-16 or a code page. Read back to how the
// app wrote them, they go to the app's own decoder.
var respelt = []string{"sensor-logger", "empatica-e4", "xsens-dot", "phyphox", "metamotion", "sensorlog"}

// spelling is how a table is written.
type spelling struct {
	rule      FileRule // its encoding
	delimiter byte
}

func (s spelling) words() string {
	var w []string
	switch s.rule.Encoding {
	case encodingUTF16, EncodingWestern:
		w = append(w, "in "+s.rule.Encoding)
	}
	switch s.delimiter {
	case ';':
		w = append(w, "with semicolons or decimal commas")
	case '\t':
		w = append(w, "with tabs")
	}
	return strings.Join(w, ", ")
}

// spellingOf finds how a table that no format knows as it stands is to be read for
// one of respelt to know it.
func spellingOf(f *sourceFile, known []format) (spelling, bool) {
	head, err := readHead(osTree{}, f.path)
	encoding := encodingOf(head)
	if err != nil || encoding == noText || encoding == "" && !bytes.ContainsAny(head, ";\t") && !isNumeralWith(string(firstLineOf(head, 0)), ',') {
		return spelling{}, false
	}
	knows := func(head []byte, k format) bool {
		probe := *f
		probe.head = head
		return k.sniff(&probe)
	}
	for _, k := range known {
		if knows(head, k) {
			return spelling{}, false
		}
	}
	rule := FileRule{Encoding: encoding}
	text, ok := rule.decode(head)
	if !ok {
		return spelling{}, false
	}
	if int64(len(head)) < f.size { // its last line is cut
		text = text[:bytes.LastIndexByte(text, '\n')+1]
	}
	for _, delimiter := range []byte(";\t,") {
		single := delimiter == ';' && isNumeralWith(string(firstLineOf(text, 0)), ',') // one column
		if delimiter == ',' && encoding == "" || delimiter != ',' && !single && !bytes.Contains(text, []byte{delimiter}) {
			continue
		}
		var plain bytes.Buffer
		s := spelling{rule, delimiter}
		if err := s.write(&plain, newTable(f.path, bytes.NewReader(text))); err != nil {
			continue
		}
		for _, k := range known {
			if slices.Contains(respelt, k.name) && knows(plain.Bytes(), k) {
				return s, true
			}
		}
	}
	return spelling{}, false
}

// plainHead is the beginning of a small table with commas between its columns,
// however a spreadsheet program saved it.
func plainHead(path string, head []byte) []byte {
	s := spelling{FileRule{Encoding: encodingOf(head)}, ','}
	text, ok := s.rule.decode(head)
	if !ok {
		return head
	}
	if first := firstLineOf(text, 0); !bytes.Contains(first, []byte(",")) {
		for _, delimiter := range []byte(";\t") {
			if bytes.Contains(first, []byte{delimiter}) {
				s.delimiter = delimiter
			}
		}
	}
	var plain bytes.Buffer
	if err := s.write(&plain, newTable(path, bytes.NewReader(text))); err != nil {
		return head
	}
	return plain.Bytes()
}

// write writes the rows of a table with commas between columns and points in numbers.
func (s spelling) write(out io.Writer, in *table) error {
	var row []byte
	for {
		line, err := in.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if row = row[:0]; s.delimiter == ',' {
			row = append(row, line...)
		} else if row, err = s.respell(row, line, in); err != nil {
			return err
		}
		if !in.open {
			row = append(row, '\n')
		}
		if _, err := out.Write(row); err != nil {
			return err
		}
	}
}

func (s spelling) respell(row, line []byte, in *table) ([]byte, error) {
	if in.row == 1 && bytes.HasPrefix(line, []byte("sep=")) {
		return append(row, "sep=,"...), nil
	}
	for more := true; more; {
		var cell []byte
		var ok bool
		if cell, line, more, ok = cutField(line, s.delimiter); !ok {
			return nil, badRow(in.path, in.row, "a quote does not close")
		}
		switch {
		case !bytes.ContainsAny(cell, `,"`):
			row = append(row, cell...)
		case isNumeralWith(string(trimBlanks(cell)), ','):
			row = append(row, bytes.Replace(cell, []byte(","), []byte("."), 1)...)
		default:
			row = append(append(append(row, '"'), bytes.ReplaceAll(cell, []byte(`"`), []byte(`""`))...), '"')
		}
		if more {
			row = append(row, ',')
		}
	}
	return row, nil
}

// respell puts a table in the app's own spelling in the place of one that a
// spreadsheet program saved. It stays one of its folder.
func (u *unpacker) respell(f *sourceFile) error {
	s, ok := spellingOf(f, u.known)
	if !ok {
		return nil
	}
	dir, err := u.folder()
	if err != nil {
		return err
	}
	in, err := os.Open(f.path)
	if err != nil {
		return badFile(f.path, "%s", reasonOf(err))
	}
	defer in.Close()
	to := filepath.Join(dir, f.name())
	file, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(file, 64<<10)
	err = s.write(out, newTable(f.path, s.rule.reader(contextReader{u.ctx, in})))
	if err = errors.Join(err, out.Flush()); err == nil {
		var info os.FileInfo
		if info, err = file.Stat(); err == nil {
			f.home, f.path, f.size, f.spelt = filepath.Dir(f.path), to, info.Size(), s.words()
		}
	}
	return errors.Join(err, file.Close())
}
