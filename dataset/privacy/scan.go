package privacy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"
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

// leastBase64 is how many signs base64 fixes of an identifier that is looked for
// in it.
const leastBase64 = 7

// Scanner looks for every identifier of a key file in bytes: in any letter case
// of the usual encodings of text, with its words joined otherwise, turned round
// or with any white space between them, a number without its signs, escaped as
// addresses, JSON, HTML and mail do, a file's name without its ending, and in
// base64 (at each of its three alignments, also broken into lines) and
// hexadecimal as written.
//
// The bytes are read once and looked at three times: as they lie, with white
// space made one blank, and without white space for base64.
type Scanner struct {
	text    *finder // of small letters
	base64  *finder // minds case
	skipped int
	looks   sync.Pool // of *looks, whose buffers are used again
	buffer  int       // how many bytes are read at once
}

// NewScanner prepares the search.
func NewScanner(keys Keys) *Scanner {
	s := &Scanner{buffer: scanBuffer, text: newFinder(&folded, 8, 4, minIdentifier), base64: newFinder(&asIs, leastBase64)}
	for _, id := range keys.Identities {
		for _, text := range id.Identifiers {
			s.addIdentifier(id.Code, text)
		}
	}
	s.text.link()
	s.base64.link()
	s.looks.New = func() any {
		return &looks{raw: window{finder: s.text}, squeezed: squeezed{lane: lane{finder: s.text}}, joined: joined{lane{finder: s.base64}}}
	}
	return s
}

// TooShort counts identifiers that are too short to be looked for.
func (s *Scanner) TooShort() int { return s.skipped }

// ScanReader reports every hit in a stream. Memory does not grow with length.
func (s *Scanner) ScanReader(ctx context.Context, name string, r io.Reader, hit func(Hit)) error {
	looks := s.looks.Get().(*looks)
	defer func() { looks.reset(); s.looks.Put(looks) }()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		fresh, err := looks.raw.read(r, s.buffer)
		for h := range looks.hits(fresh, err != nil) {
			h.File = name
			hit(h)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("scanning %s: %w", name, err)
		}
	}
}

// looks are the three ways in which one stream is looked at.
type looks struct {
	raw      window
	squeezed squeezed
	joined   joined
	found    [2][]Hit
}

func (l *looks) reset() {
	l.raw.reset()
	l.squeezed.reset()
	l.joined.reset()
}

// hits looks at the next bytes of a stream: as they lie and otherwise at the same
// time, when they are many.
func (l *looks) hits(fresh []byte, last bool) iter.Seq[Hit] {
	l.found[0], l.found[1] = l.found[0][:0], l.found[1][:0]
	otherwise := func() {
		at := l.raw.base + int64(len(l.raw.text)-len(fresh))
		l.squeezed.feed(fresh, at)
		l.squeezed.look(last, &l.found[1])
		l.joined.feed(fresh, at)
		l.joined.look(last, &l.found[1])
	}
	if len(fresh) < scanBuffer/4 {
		otherwise()
		l.raw.look(last, &l.found[0])
	} else {
		var other sync.WaitGroup
		other.Go(otherwise)
		l.raw.look(last, &l.found[0])
		other.Wait()
	}
	l.raw.forget()
	return func(yield func(Hit) bool) {
		for _, list := range l.found {
			for _, h := range list {
				if !yield(h) {
					return
				}
			}
		}
	}
}

// window is a stream as it lies: what is looked at now, and enough on both sides
// to tell what a hit stands in.
type window struct {
	finder *finder
	text   []byte // from base on
	base   int64
	from   int // what lies before was looked at
}

func (w *window) reset() { *w = window{finder: w.finder, text: w.text[:0]} }

// read takes the next bytes of a stream and gives them.
func (w *window) read(r io.Reader, most int) ([]byte, error) {
	had := len(w.text)
	w.text = slices.Grow(w.text, most)
	for len(w.text) < had+most {
		n, err := r.Read(w.text[len(w.text) : had+most])
		if w.text = w.text[:len(w.text)+n]; err != nil {
			return w.text[had:], err
		}
	}
	return w.text[had:], nil
}

// look finds every hit that begins in what was not looked at, but for the end
// that something could go on beyond, until the last time.
func (w *window) look(last bool, hits *[]Hit) {
	to := len(w.text) - w.finder.longest - plainRun
	if last {
		to = len(w.text)
	}
	if to <= w.from {
		return
	}
	w.finder.each(w.text, w.from, to, func(p *pattern, at, length int) {
		if w.counts(p, at, length) {
			*hits = append(*hits, p.hit(w.base+int64(at)))
		}
	})
	w.from = to
}

// forget lets go of what was looked at, but for what tells what a hit stands in.
func (w *window) forget() {
	drop := max(w.from-plainRun, 0)
	w.from, w.base = w.from-drop, w.base+int64(drop)
	w.text = w.text[:copy(w.text, w.text[drop:])]
}

// counts says whether a hit means anything where it stands: bare digits that are
// a part of a longer number do not, for samples are full of digits, nor does a
// short word outside a text.
func (w *window) counts(p *pattern, at, length int) bool {
	before, after := byte(0), byte(0)
	if at > 0 {
		before = w.text[at-1]
	}
	if at+length < len(w.text) {
		after = w.text[at+length]
	}
	switch {
	case p.alone:
		return !numeral(before) && !digit(after)
	case p.apart:
		return !digit(before) && !digit(after)
	}
	return length >= shortIdentifier || w.inText(at+length)
}

// inText says whether a run of printable bytes to both sides of a place is long
// enough to be text, or reaches the beginning or end of the stream.
func (w *window) inText(at int) bool {
	from, to := at, at
	for ; from > 0 && printable(w.text[from-1]); from-- {
		if at-from == plainRun {
			return true
		}
	}
	if from == 0 && w.base == 0 && at > 0 {
		return true
	}
	for ; to < len(w.text) && printable(w.text[to]); to++ {
		if to-from == plainRun {
			return true
		}
	}
	return to-from >= plainRun || to == len(w.text)
}

func printable(c byte) bool {
	return c >= ' ' && c <= '~' || c == '\t' || c == '\n' || c == '\r'
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func numeral(c byte) bool { return digit(c) || c == '.' }
