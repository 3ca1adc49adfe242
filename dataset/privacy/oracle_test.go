package privacy

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// slowHits is what a scan is to find, looked for in the plainest way: every
// pattern at every place of the whole text, and of the text as squeezed and as
// joined.
func slowHits(s *Scanner, data []byte) []Hit {
	var hits []Hit
	small := fold(data)
	s.patterns(s.text, func(text []byte, p *pattern) {
		for at := range occurrences(small, text) {
			if standsAlone(data, at, at+len(text), p) {
				hits = append(hits, p.hit(int64(at)))
			}
		}
	})
	text, places, changed := squeezeSlowly(data)
	s.patterns(s.text, func(pattern []byte, p *pattern) {
		for at := range occurrences(text, pattern) {
			if len(pattern) >= shortIdentifier && !p.alone && slices.Contains(changed[at+1:at+len(pattern)], true) {
				hits = append(hits, p.hit(places[at]))
			}
		}
	})
	var joined []byte
	places = nil
	for i, c := range data {
		if c != 0 && !blank(c) {
			joined, places = append(joined, c), append(places, int64(i))
		}
	}
	s.patterns(s.base64, func(text []byte, p *pattern) {
		for at := range occurrences(joined, text) {
			hits = append(hits, p.hit(places[at]))
		}
	})
	return hits
}

func (s *Scanner) patterns(f *finder, each func([]byte, *pattern)) {
	for _, it := range f.items {
		each(f.text(it), &f.kinds[it.kind])
	}
}

func occurrences(text, pattern []byte) func(func(int) bool) {
	return func(yield func(int) bool) {
		for from := 0; ; {
			i := bytes.Index(text[from:], pattern)
			if i < 0 || !yield(from+i) {
				return
			}
			from += i + 1
		}
	}
}

// standsAlone is what window.counts says, of the whole text.
func standsAlone(data []byte, from, to int, p *pattern) bool {
	digitAt := func(i int) bool { return i >= 0 && i < len(data) && digit(data[i]) }
	if p.alone || p.apart {
		return !digitAt(from-1) && !digitAt(to) && (!p.alone || from == 0 || data[from-1] != '.')
	}
	if to-from >= shortIdentifier {
		return true
	}
	a, b := to, to
	for a > 0 && printable(data[a-1]) {
		a--
	}
	for b < len(data) && printable(data[b]) {
		b++
	}
	return b-a >= plainRun || a == 0 || b == len(data)
}

func squeezeSlowly(data []byte) (text []byte, places []int64, changed []bool) {
	type sign struct {
		c       byte
		at      int64
		changed bool
	}
	var list, out []sign
	for i, c := range fold(data) {
		if c != 0 {
			list = append(list, sign{c: c, at: int64(i)})
		}
	}
	at := func(i int) byte {
		if i < len(list) {
			return list[i].c
		}
		return 0
	}
	after := false // a soft line break
	for i := 0; i < len(list); i++ {
		one := list[i]
		switch {
		case one.c == '=' && (at(i+1) == '\r' || at(i+1) == '\n'):
			for i++; at(i) == '\r'; i++ {
			}
			if at(i) != '\n' {
				i--
			}
			after = true
			continue
		case one.c == '\\' && (at(i+1) == 'n' || at(i+1) == 'r' || at(i+1) == 't'):
			i++
			one = sign{c: '\n', at: list[i].at}
		case (one.c == '=' || one.c == '\\') && i == len(list)-1:
			continue // nothing decides about it
		}
		one.changed = after
		after = false
		if blank(one.c) {
			if n := len(out); n > 0 && out[n-1].c == ' ' {
				out[n-1].changed = true
				continue
			}
			one.c, one.changed = ' ', one.changed || one.c != ' '
		}
		out = append(out, one)
	}
	for _, o := range out {
		text, places, changed = append(text, o.c), append(places, o.at), append(changed, o.changed)
	}
	return text, places, changed
}

func sorted(hits []Hit) []Hit {
	slices.SortFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Code, b.Code), cmp.Compare(a.As, b.As))
	})
	return hits
}

// mustScanAsSlowly compares both ways, the stream read in pieces of some size.
func mustScanAsSlowly(t *testing.T, s *Scanner, data []byte, buffer int) {
	s.buffer = buffer
	want := sorted(slowHits(s, data))
	var got []Hit
	if err := s.ScanReader(context.Background(), "", bytes.NewReader(data), func(h Hit) { got = append(got, h) }); err != nil {
		t.Fatalf("%v", err)
	}
	if got = sorted(got); !slices.Equal(got, want) {
		t.Fatalf("%q\ngives %+v\nwant  %+v", data, got, want)
	}
}

// fewKeys are little enough for the slow scan, of every kind of identifier.
func fewKeys() Keys {
	var k Keys
	k.Add("P01", "Åsa Öberg-Müller", "Ida", "AX3-0457")
	k.Add("P02", "1979-05-17", "0041791234567")
	k.Add("P03", "Jan Li", "/data/raw/anna_2024.cwa", "19710302-1234")
	return k
}

func FuzzScanAsSlowly(f *testing.F) {
	s := NewScanner(fewKeys())
	for _, text := range []string{"Ida", "x\x00Ida\x01............", "a row, Åsa\r\n Öberg-Müller;", "Åsa=\r\n Öberg=\r\r\n-Müller", `Jan\nLi, 17.5.1979`, "+41 79 123 45 67",
		"w4VzYSDD\n1mJlcmct\nTcO8bGxlcg==", "J\x00a\x00n\x00 \x00 \x00L\x00i\x00", "ax3-0457 \\", "0.19790517;19790517", "anna_2024=", "\xc5sa%20\xd6berg-m\xfcller"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 600 {
			mustScanAsSlowly(t, s, data, 7)
			mustScanAsSlowly(t, s, data, scanBuffer)
		}
	})
}

// An identifier in any encoding is found wherever it lies, also across the
// buffers in which a stream is read.
func TestScanFindsWhatIsPlantedAnywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.StringMatching(`[A-ZÄÖÜ][a-zäöüß]{3,8} [A-Z][a-zéñ]{4,9}`).Draw(t, "name")
		number := fmt.Sprintf("AX%06d", rapid.IntRange(0, 999999).Draw(t, "serial"))
		var k Keys
		k.Add("P01", letters)
		k.Add("P02", number)
		s := NewScanner(k)
		one := rapid.SampledFrom([]string{letters, number}).Draw(t, "identifier")
		lead := strings.Repeat("x", rapid.IntRange(0, 2).Draw(t, "lead"))
		ways := [][]byte{[]byte(one), []byte(strings.ToUpper(one)), utf16Bytes(one, false), utf16Bytes(one, true), []byte(url.QueryEscape(one)),
			[]byte(hex.EncodeToString([]byte(one))), []byte(base64.StdEncoding.EncodeToString([]byte(lead + one + "y"))), []byte(strings.ReplaceAll(one, " ", "\r\n\t"))}
		planted := rapid.SampledFrom(ways).Draw(t, "planted")
		if strings.Contains(string(planted), "SS") && !bytes.Contains(planted, []byte(one)) {
			t.Skip("a sharp s has no capital of its own")
		}
		before := rapid.OneOf(rapid.IntRange(0, 300), rapid.IntRange(scanBuffer-200, scanBuffer+200)).Draw(t, "before")
		seed := rapid.Uint32().Draw(t, "noise")
		data := make([]byte, before, before+len(planted)+300)
		for i := range data {
			seed = seed*1664525 + 1013904223
			data[i] = byte(seed >> 24)
		}
		if before > 0 {
			data[before-1] = ';'
		}
		data = append(append(data, planted...), ";;"...)
		var hits []Hit
		if err := s.ScanReader(context.Background(), "", bytes.NewReader(data), func(h Hit) { hits = append(hits, h) }); err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(hits, func(h Hit) bool { return h.Offset >= int64(before) && h.Offset < int64(before+len(planted)) }) {
			t.Fatalf("%q at %d gives %+v", planted, before, hits)
		}
	})
}
