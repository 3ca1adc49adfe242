// Package tabletext reads the text of small tables as spreadsheets write them:
// UTF-8 with or without a mark, UTF-16 with one ("Unicode text"), and cells
// parted by commas, semicolons or tabs. Nothing is guessed: text of another
// encoding is refused with its place.
package tabletext

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Decode gives the text of a table's file without a byte order mark. Bytes that
// are no UTF-8 are refused with their line and column, both counted from 1 (the
// column in letters).
func Decode(data []byte) (string, error) {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return fromUTF16(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return fromUTF16(data[2:], binary.BigEndian)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	for at := 0; at < len(data); {
		r, n := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && n == 1 {
			line, column := place(data[:at])
			return "", fmt.Errorf("line %d, column %d: the byte %02X is no UTF-8. The table is in an older encoding, in which letters such as ä are not certain: save it as CSV UTF-8 and read it again", line, column, data[at])
		}
		if r == 0 {
			line, column := place(data[:at])
			return "", fmt.Errorf("line %d, column %d: a zero byte; this is no table of text", line, column)
		}
		at += n
	}
	return string(data), nil
}

func place(before []byte) (line, column int) {
	begin := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[begin:]) + 1
}

func fromUTF16(data []byte, order binary.ByteOrder) (string, error) {
	if len(data)%2 != 0 {
		return "", errors.New("the file is marked as UTF-16 and ends in the middle of a letter")
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	runes := utf16.Decode(units)
	for i, r := range runes {
		if r == utf8.RuneError || r == 0 {
			line, column := place([]byte(string(runes[:i])))
			return "", fmt.Errorf("line %d, column %d: no letter of UTF-16, as which the file is marked", line, column)
		}
	}
	return string(runes), nil
}

// Delimiter is what parts the cells of a table's header: the one of semicolon,
// tab and comma that it holds most of outside quotes, a comma when none.
func Delimiter(text string) rune {
	head, _, _ := strings.Cut(text, "\n")
	count := map[rune]int{}
	quoted := false
	for _, r := range head {
		if r == '"' {
			quoted = !quoted
		} else if !quoted {
			count[r]++
		}
	}
	best := ','
	for _, r := range ";\t" {
		if count[r] > count[best] {
			best = r
		}
	}
	return best
}
