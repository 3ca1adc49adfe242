package privacy

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"sort"
)

// pattern is a way to write an identifier.
type pattern struct {
	code, as string
	alone    bool // digits that count only as a number of their own
	apart    bool // a day or telephone number: no digit stands right before or after
}

func (p *pattern) hit(at int64) Hit { return Hit{Offset: at, Code: p.code, As: p.as} }

func (p pattern) strict() bool { return p.alone || p.apart }

// finder finds many patterns in one pass: an identifier with its spellings is
// thousands of them. At each byte a hash of the next few is looked up in a small
// table of bits (Karp and Rabin, 1987, with prefixes of one length instead of
// whole patterns); only where it is set, which is rare, the patterns that begin
// so are compared. All texts lie one after the other in one slice.
type finder struct {
	fold    *[256]byte // what a byte of the text counts as
	sizes   []int      // lengths of prefixes, the longest first; no pattern is shorter than the last
	kinds   []pattern
	known   map[pattern]uint32
	texts   []byte
	items   []item
	classes []class
	longest int
}

// item is a pattern with its text.
type item struct {
	key          uint64 // its prefix, as class.key makes it
	at, kind     uint32
	length, size uint16
}

// class holds the patterns of one length of prefix.
type class struct {
	size    int
	bits    []uint64
	shift   int
	buckets map[uint64][2]int32 // by prefix: which items begin so
}

func newFinder(fold *[256]byte, sizes ...int) *finder {
	return &finder{fold: fold, sizes: sizes, known: map[pattern]uint32{}}
}

func (f *finder) add(text []byte, p pattern) {
	kind, ok := f.known[p]
	if !ok {
		kind = uint32(len(f.kinds))
		f.kinds, f.known[p] = append(f.kinds, p), kind
	}
	size := f.sizes[len(f.sizes)-1]
	for _, s := range f.sizes {
		if s <= len(text) {
			size = s
			break
		}
	}
	at := len(f.texts)
	f.texts = append(f.texts, text...)
	f.texts = append(f.texts, make([]byte, max(0, 8-len(text)))...) // a word can be read at each
	f.items = append(f.items, item{key: keyOf(word(f.texts[at:], 0), size), at: uint32(at), kind: kind, length: uint16(len(text)), size: uint16(size)})
	f.longest = max(f.longest, len(text))
}

func (f *finder) text(e item) []byte { return f.texts[e.at : int(e.at)+int(e.length)] }

// link prepares what was added.
func (f *finder) link() {
	slices.SortFunc(f.items, func(a, b item) int {
		switch {
		case a.size != b.size:
			return cmp.Compare(a.size, b.size)
		case a.key != b.key:
			return cmp.Compare(a.key, b.key)
		}
		return cmp.Or(bytes.Compare(f.text(a), f.text(b)), cmp.Compare(a.at, b.at)) // as they were added
	})
	kept, first := f.items[:0], 0
	for _, e := range f.items {
		if n := len(kept); n > 0 && (kept[n-1].size != e.size || !bytes.Equal(f.text(kept[n-1]), f.text(e))) {
			first = n
		}
		if !slices.ContainsFunc(kept[first:], func(o item) bool {
			p, q := f.kinds[e.kind], f.kinds[o.kind]
			return q.code == p.code && (p.strict() || !q.strict()) // one of these says enough
		}) {
			kept = append(kept, e)
		}
	}
	f.items = slices.Clip(kept)
	for from := 0; from < len(f.items); {
		to := from
		for to < len(f.items) && f.items[to].size == f.items[from].size {
			to++
		}
		f.classes = append(f.classes, f.classOf(from, to))
		from = to
	}
}

func (f *finder) classOf(from, to int) class {
	c := class{size: int(f.items[from].size), buckets: map[uint64][2]int32{}}
	for i := from; i < to; {
		j := i
		for j < to && f.items[j].key == f.items[i].key {
			j++
		}
		c.buckets[f.items[i].key] = [2]int32{int32(i), int32(j)}
		i = j
	}
	bits := 12 // 64 bits or more for each prefix: one word in 64 is looked at in vain
	for bits < 21 && 1<<bits < 64*len(c.buckets) {
		bits++
	}
	c.bits, c.shift = make([]uint64, 1<<bits/64), 64-bits
	for key := range c.buckets {
		h := key * hashFactor >> c.shift
		c.bits[h/64] |= 1 << (h % 64)
	}
	return c
}

// small makes letters small, and other signs others, in eight bytes at once: a
// prefix may fit that does not, and never the other way round.
const (
	small      = 0x2020202020202020
	hashFactor = 0x9e3779b97f4a7c15
)

// keyOf are the first size bytes of a word.
func keyOf(word uint64, size int) uint64 { return (word | small) << (64 - 8*size) }

// word are the eight bytes of a text from i on, zeros behind its end.
func word(text []byte, i int) uint64 {
	if len(text)-i >= 8 {
		return binary.LittleEndian.Uint64(text[i:])
	}
	var last [8]byte
	copy(last[:], text[i:])
	return binary.LittleEndian.Uint64(last[:])
}

// each tells every pattern that begins within [from, to) of a text.
func (f *finder) each(text []byte, from, to int, found func(p *pattern, at, length int)) {
	for i := range f.classes {
		c := &f.classes[i]
		whole := min(to, len(text)-7)
		bits, shift, left := c.bits, c.shift&63, (64-8*c.size)&63
		for at := from; at < whole; at++ {
			key := (binary.LittleEndian.Uint64(text[at:]) | small) << left
			if h := key * hashFactor >> shift; bits[h/64]>>(h%64)&1 != 0 {
				f.compare(c, key, text, at, found)
			}
		}
		for at := max(from, whole); at < to; at++ {
			f.compare(c, keyOf(word(text, at), c.size), text, at, found)
		}
	}
}

// compare tells the patterns that lie in a text at a place, of those with a prefix.
func (f *finder) compare(c *class, key uint64, text []byte, at int, found func(p *pattern, at, length int)) {
	bucket, ok := c.buckets[key]
	if !ok {
		return
	}
	in := f.items[bucket[0]:bucket[1]] // in order, so that those with n bytes in common lie together
	for n := 0; len(in) > 0; n++ {
		for len(in) > 0 && int(in[0].length) == n {
			found(&f.kinds[in[0].kind], at, n)
			in = in[1:]
		}
		if len(in) == 0 || at+n >= len(text) {
			return
		}
		b := f.fold[text[at+n]]
		nth := func(e item) byte { return f.texts[int(e.at)+n] }
		if nth(in[0]) == b && nth(in[len(in)-1]) == b {
			continue
		}
		in = in[sort.Search(len(in), func(i int) bool { return nth(in[i]) >= b }):]
		in = in[:sort.Search(len(in), func(i int) bool { return nth(in[i]) > b })]
	}
}
