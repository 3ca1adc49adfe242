package codec

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Encodings of a table's text beside UTF-8.
const (
	encodingUTF16   = "UTF-16"
	EncodingWestern = "Windows-1252"
)

// decoder is nil for UTF-8.
func (r FileRule) decoder() *encoding.Decoder {
	switch r.Encoding {
	case encodingUTF16:
		return unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder()
	case EncodingWestern:
		return charmap.Windows1252.NewDecoder()
	}
	return nil
}

// reader gives a file's text as UTF-8.
func (r FileRule) reader(in io.Reader) io.Reader {
	if d := r.decoder(); d != nil {
		return d.Reader(in)
	}
	return in
}

// decode gives the first bytes of a file as UTF-8; not ok when they are none of
// the rule's encoding.
func (r FileRule) decode(head []byte) ([]byte, bool) {
	if have := encodingOf(head); have == r.Encoding && have != noText {
		d := r.decoder()
		if d == nil {
			return head, true
		}
		if r.Encoding == encodingUTF16 {
			head = head[:len(head)&^1]
		}
		out, err := d.Bytes(head)
		return out, err == nil
	}
	// A file of a lab that writes Windows-1252 may happen to hold plain letters only.
	return head, r.Encoding == EncodingWestern && isText(head)
}

// noText is what encodingOf says of bytes that are no text.
const noText = "none"

// encodingOf tells the encoding of a text by its first bytes: that of a mark, UTF-8
// where they are that, else Windows-1252 when they hold no control signs, of which
// binary files are full.
func encodingOf(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return encodingUTF16
	case isText(head):
		return ""
	case len(head) == 0 || bytes.ContainsFunc(head, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\r\n\f", r) }):
		return noText
	}
	strange := 0
	for _, c := range head {
		if c >= utf8.RuneSelf {
			strange++
		}
	}
	if strange*4 > len(head) {
		return noText // a table is made of digits
	}
	return EncodingWestern
}

// strangeCells are cells that hold something else than a number.
type strangeCells struct {
	n     int64
	first []string // the first of them, to be named
}

// namedStrange is how many cells are named.
const namedStrange = 3

func (s *strangeCells) count(row int64, field []byte) {
	if s.n++; len(s.first) < namedStrange {
		s.first = append(s.first, fmt.Sprintf("%q in row %d", clipText(string(field), 40), row))
	}
}

// sentence tells of them; "" when there are none.
func (s *strangeCells) sentence() string {
	switch {
	case s.n == 0:
		return ""
	case s.n == 1:
		return fmt.Sprintf("1 cell is no number (%s); it is kept as a missing value.", s.first[0])
	case s.n > int64(len(s.first)):
		return fmt.Sprintf("%d cells are no numbers (first %s); they are kept as missing values.", s.n, strings.Join(s.first, ", "))
	}
	return fmt.Sprintf("%d cells are no numbers (%s); they are kept as missing values.", s.n, strings.Join(s.first, ", "))
}
