package tabletext

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestDecodeReadsWhatSpreadsheetsWrite(t *testing.T) {
	for data, want := range map[string]string{
		"a,ä\n":                       "a,ä\n",
		"\xef\xbb\xbfa;ä\n":           "a;ä\n",
		"\xff\xfea\x00\t\x00\xe4\x00": "a\tä",
		"\xfe\xff\x00a\x00\t\x00\xe4": "a\tä",
		"":                            "",
	} {
		if got, err := Decode([]byte(data)); err != nil || got != want {
			t.Errorf("%q: %q, %v", data, got, err)
		}
	}
	for data, says := range map[string]string{
		"participant\nP01,M\xfcller\n": "line 2, column 6",
		"ä\xe4":                        "line 1, column 2: the byte E4",
		"\xff\xfea":                    "middle of a letter",
		"\xff\xfe\x00\xd8a\x00":        "line 1, column 1",
		"a\x00b":                       "zero byte",
	} {
		if _, err := Decode([]byte(data)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v does not say %q", data, err, says)
		}
	}
}

func TestDelimiterOfAHeader(t *testing.T) {
	for text, want := range map[string]rune{"a,b,c\n1;2;3;4": ',', "a;b\n": ';', "a\tb\n": '\t', `"a,b,c";d;"e,f"`: ';', "participant": ','} {
		if got := Delimiter(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("\xff\xfea\x00"))
	f.Add([]byte("P01,M\xfcller"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if text, err := Decode(data); err == nil && !utf8.ValidString(text) {
			t.Errorf("%q is let through as %q", data, text)
		}
	})
}
