package privacy

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Hit is one identifier found. It names the code, never the identifier.
type Hit struct {
	File   string `json:"file"` // relative to the scanned path
	Offset int64  `json:"offset"`
	Code   string `json:"code"`
	As     string `json:"as"` // "text", "UTF-16", "Windows-1252", "base64", "escaped", "file name", ...
}

// scanBuffer is how many bytes are read at once.
const scanBuffer = 256 << 10

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
// of the usual encodings of text, with its words joined otherwise, turned round
// or with any white space between them, a number without its signs, escaped as
// addresses, JSON, HTML and mail do, a file's name without its ending, and in
// base64 (at each of its three alignments, also broken into lines) and
// hexadecimal as written.
//
// The bytes are read once and given to two automata: as they lie and with white
// space made one blank to the one of text, without white space to that of base64.
type Scanner struct {
	text    machine // folded to small letters
	base64  machine // minds case
	skipped int
}

// NewScanner prepares the search.
func NewScanner(keys Keys) *Scanner {
	s := &Scanner{}
	for _, id := range keys.Identities {
		for _, text := range id.Identifiers {
			s.addIdentifier(id.Code, text)
		}
	}
	s.text.link()
	s.base64.link()
	return s
}

// TooShort counts identifiers that are too short to be looked for.
func (s *Scanner) TooShort() int { return s.skipped }

// ScanReader reports every hit in a stream. Memory does not grow with length.
func (s *Scanner) ScanReader(ctx context.Context, name string, r io.Reader, hit func(Hit)) error {
	buf := make([]byte, scanBuffer)
	var at int64 // of the byte that is looked at
	raw := lane{machine: &s.text}
	squeezed := newSqueezed(&s.text)
	joined := newThread(&s.base64)
	var run plain
	var number digits
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		k, err := r.Read(buf)
		for i, c := range buf[:k] {
			run.next(c, hit)
			number.next(c, hit)
			small := folded[c]
			for _, p := range raw.step(small) {
				found := Hit{File: name, Offset: at - int64(p.length) + 1, Code: p.code, As: p.as}
				switch {
				case p.alone:
					number.hold(found, p.length)
				case p.apart:
					if i < p.length || !digit(buf[i-p.length]) {
						number.held = append(number.held, found)
					}
				case p.length < shortIdentifier:
					run.short(found, hit)
				default:
					hit(found)
				}
			}
			number.after(c)
			squeezed.next(small, at, func(p pattern, from int64) {
				if p.length >= shortIdentifier && !p.alone {
					hit(Hit{File: name, Offset: from, Code: p.code, As: p.as})
				}
			})
			if !blank(c) && c != 0 {
				for _, p := range joined.next(c, at) {
					hit(Hit{File: name, Offset: joined.from(p), Code: p.code, As: p.as})
				}
			}
			at++
		}
		if errors.Is(err, io.EOF) {
			run.end(hit)
			number.end(hit)
			return nil
		}
		if err != nil {
			return fmt.Errorf("scanning %s: %w", name, err)
		}
	}
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

// digits holds hits of bare numbers back until it is known that they are not a
// part of a longer one: samples are full of digits.
type digits struct {
	run  int   // digits, and the signs within a number, up to here
	held []Hit // end at the byte before
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func numeral(c byte) bool { return digit(c) || c == '.' }

// next tells what follows a held hit.
func (d *digits) next(c byte, hit func(Hit)) {
	if len(d.held) > 0 {
		if !digit(c) {
			d.end(hit)
		}
		d.held = d.held[:0]
	}
}

// hold keeps a hit of as many digits when its number has no more before it.
func (d *digits) hold(h Hit, length int) {
	if d.run == length-1 {
		d.held = append(d.held, h)
	}
}

// after counts a byte that was looked at.
func (d *digits) after(c byte) {
	if d.run++; !numeral(c) {
		d.run = 0
	}
}

func (d *digits) end(hit func(Hit)) {
	for _, h := range d.held {
		hit(h)
	}
}
