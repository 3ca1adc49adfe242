package codec

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// FuzzTableRows reads arbitrary text through a mapping with every kind of column.
func FuzzTableRows(f *testing.F) {
	m, err := ParseMapping([]byte(semicolons))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("t;ax;gx;what\n0;1,5;2;a\n20;;3;\"b;c\"\n"))
	f.Add([]byte("\xef\xbb\xbft;ax;gx;what\r\n1e5;1;2;\r\n"))
	f.Add([]byte("t;ax;gx;what\n20;1;3;a\n40;1;3\n60;1;3;c;d\nx;1;3;\"e\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, rule := range []string{"", "skip"} {
			m.File.BadRow = rule
			readTable(t, m, b)
		}
	})
}

// readTable reads a text to its end or first fault.
func readTable(t *testing.T, m *Mapping, b []byte) {
	p, err := m.openRows("f", bytes.NewReader(b))
	clock := newTimeline(0, 50)
	for err == nil {
		if err = p.batch(); err != nil {
			break
		}
		if len(p.times) != p.rows || len(p.values[0]) != p.rows || len(p.values[1]) != p.rows || len(p.texts[0]) != p.rows {
			t.Fatalf("%d rows gave %d times, %d and %d values", p.rows, len(p.times), len(p.values[0]), len(p.values[1]))
		}
		clock.add(p.times)
	}
	var input *InputError
	if err != io.EOF && !errors.As(err, &input) {
		t.Fatalf("%v does not say where", err)
	}
	if clock.total == 0 {
		return
	}
	if laid, _, _, err := clock.finish(); err == nil && laid.Validate() != nil {
		t.Fatalf("%v", laid.Validate())
	}
}

func FuzzMapping(f *testing.F) {
	f.Add([]byte(semicolons))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseMapping(b)
		if err != nil {
			return
		}
		text, err := m.TOML()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseMapping(text); err != nil {
			t.Fatalf("saved and not read again: %v\n%s", err, text)
		}
	})
}
