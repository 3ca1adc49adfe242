package privacy

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
)

// Hit is one identifier found. It names the code, never the identifier.
type Hit struct {
	File   string `json:"file"` // relative to the scanned path
	Offset int64  `json:"offset"`
	Code   string `json:"code"`
	As     string `json:"as"` // "text", "UTF-16", "base64", "hexadecimal", "escaped", "file name"
}

// plainRun is how many printable bytes in a row a short identifier must stand
// in, unless the run reaches the beginning or the end: among random bytes, three
// letters come up by chance every few megabytes.
const (
	plainRun        = 12
	shortIdentifier = 6
)

// minIdentifier is the shortest identifier that is looked for: two letters
// would be found in any binary.
const minIdentifier = 3

// Scanner looks for every identifier of a key file in bytes: in any letter case
// as UTF-8 and UTF-16 of either byte order, percent-encoded, with JSON escapes,
// its words joined otherwise or turned round, a file's name without its ending,
// and in base64 (at each of its three alignments) and hexadecimal as written.
type Scanner struct {
	root    *node
	longest int
	skipped int
}

// node is a state of an Aho-Corasick automaton over folded bytes.
type node struct {
	next map[byte]*node
	fail *node
	out  []pattern
}

type pattern struct {
	code, as string
	exact    []byte // compared with case when set
	length   int
}

// NewScanner prepares the search (Aho and Corasick, 1975).
func NewScanner(keys Keys) *Scanner {
	s := &Scanner{root: &node{next: map[byte]*node{}}}
	for _, id := range keys.Identities {
		for _, text := range id.Identifiers {
			s.addIdentifier(id.Code, text)
		}
	}
	s.link()
	return s
}

// TooShort counts identifiers that are too short to be looked for.
func (s *Scanner) TooShort() int { return s.skipped }

func (s *Scanner) addIdentifier(code, text string) {
	if len(text) < minIdentifier {
		s.skipped++
		return
	}
	for _, written := range spellings(text) {
		for _, form := range slices.Compact([]string{written, strings.ToLower(written), strings.ToUpper(written)}) {
			s.add([]byte(form), pattern{code: code, as: "text"})
			s.add(utf16Bytes(form, false), pattern{code: code, as: "UTF-16"})
			s.add(utf16Bytes(form, true), pattern{code: code, as: "UTF-16"})
			for _, escaped := range escapes(form) {
				if escaped != form {
					s.add([]byte(escaped), pattern{code: code, as: "escaped"})
				}
			}
		}
	}
	s.add([]byte(hex.EncodeToString([]byte(text))), pattern{code: code, as: "hexadecimal"})
	if len(text) < 6 {
		return // the part of a short word that base64 fixes is too small to mean anything
	}
	for lead := range 3 {
		b := []byte(base64.StdEncoding.EncodeToString(append(make([]byte, lead), text...)))
		from, to := (lead*8+5)/6, (lead+len(text))*8/6
		s.add(b[from:to], pattern{code: code, as: "base64", exact: b[from:to]})
	}
}

func utf16Bytes(text string, big bool) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		lo, hi := byte(u), byte(u>>8)
		if big {
			lo, hi = hi, lo
		}
		b = append(b, lo, hi)
	}
	return b
}

func fold(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func (s *Scanner) add(text []byte, p pattern) {
	n := s.root
	for _, c := range text {
		c = fold(c)
		m := n.next[c]
		if m == nil {
			m = &node{next: map[byte]*node{}}
			n.next[c] = m
		}
		n = m
	}
	p.length = len(text)
	for _, o := range n.out {
		if o.code == p.code && o.as == p.as && bytes.Equal(o.exact, p.exact) {
			return
		}
	}
	n.out = append(n.out, p)
	s.longest = max(s.longest, len(text))
}

func (s *Scanner) link() {
	queue := []*node{}
	for _, n := range s.root.next {
		n.fail = s.root
		queue = append(queue, n)
	}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		for c, m := range n.next {
			f := n.fail
			for f != nil && f.next[c] == nil {
				f = f.fail
			}
			m.fail = s.root
			if f != nil {
				m.fail = f.next[c]
			}
			m.out = append(m.out, m.fail.out...)
			queue = append(queue, m)
		}
	}
}

// ScanReader reports every hit in a stream. Memory does not grow with length.
func (s *Scanner) ScanReader(ctx context.Context, name string, r io.Reader, hit func(Hit)) error {
	buf := make([]byte, 256<<10)
	keep := make([]byte, 0, 2*s.longest+len(buf)) // the last bytes, for patterns that mind case
	var base int64
	n := s.root
	var run plain
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		k, err := r.Read(buf)
		if len(keep) > s.longest {
			base += int64(len(keep) - s.longest)
			keep = append(keep[:0], keep[len(keep)-s.longest:]...)
		}
		for _, c := range buf[:k] {
			keep = append(keep, c)
			run.next(c, hit)
			n = s.step(n, fold(c))
			for _, p := range n.out {
				end := len(keep)
				if p.exact != nil && !bytes.Equal(keep[end-p.length:end], p.exact) {
					continue
				}
				found := Hit{File: name, Offset: base + int64(end-p.length), Code: p.code, As: p.as}
				if p.length < shortIdentifier {
					run.short(found, hit)
					continue
				}
				hit(found)
			}
		}
		if errors.Is(err, io.EOF) {
			run.end(hit)
			return nil
		}
		if err != nil {
			return fmt.Errorf("scanning %s: %w", name, err)
		}
	}
}

func (s *Scanner) step(n *node, c byte) *node {
	for n != s.root && n.next[c] == nil {
		n = n.fail
	}
	if m := n.next[c]; m != nil {
		return m
	}
	return s.root
}

// plain follows runs of printable bytes and holds short hits back until their
// run is long enough to be text.
type plain struct {
	length int
	fromIt bool // the run began within the stream
	held   []Hit
}

func (p *plain) next(c byte, hit func(Hit)) {
	if c >= ' ' && c <= '~' || c == '\t' || c == '\n' || c == '\r' {
		if p.length++; p.length == plainRun {
			p.end(hit)
		}
		return
	}
	p.length, p.fromIt, p.held = 0, true, nil
}

func (p *plain) short(h Hit, hit func(Hit)) {
	if p.length >= plainRun || !p.fromIt {
		hit(h)
		return
	}
	p.held = append(p.held, h)
}

func (p *plain) end(hit func(Hit)) {
	for _, h := range p.held {
		hit(h)
	}
	p.held = nil
}
