package privacy

import (
	"slices"
	"sort"
)

// lane is a stream as a finder looks at it: without some of its bytes. It knows
// where each was.
type lane struct {
	finder *finder
	text   []byte // from index base on
	base   int64
	moves  []move // where the distance from index to place in the stream changes
}

type move struct{ index, by int64 }

// add takes bytes that lie side by side in the stream.
func (l *lane) add(text []byte, at int64) {
	index := l.index()
	if n := len(l.moves); n == 0 || l.moves[n-1].by != at-index {
		l.moves = append(l.moves, move{index, at - index})
	}
	l.text = append(l.text, text...)
}

// index is that of the next byte.
func (l *lane) index() int64 { return l.base + int64(len(l.text)) }

// place is where in the stream a byte was.
func (l *lane) place(index int64) int64 {
	i := sort.Search(len(l.moves), func(i int) bool { return l.moves[i].index > index })
	return index + l.moves[i-1].by
}

// each tells every pattern that begins in what was added, but for the end that a
// pattern could go on beyond, until the last time.
func (l *lane) each(last bool, found func(p *pattern, index int64, length int)) {
	to := len(l.text) - l.finder.longest - 1
	if last {
		to = len(l.text)
	}
	if to <= 0 {
		return
	}
	l.finder.each(l.text, 0, to, func(p *pattern, at, length int) { found(p, l.base+int64(at), length) })
	l.base += int64(to)
	l.text = l.text[:copy(l.text, l.text[to:])]
	if i := sort.Search(len(l.moves), func(i int) bool { return l.moves[i].index > l.base }); i > 1 {
		l.moves = slices.Delete(l.moves, 0, i-1)
	}
}

func (l *lane) reset() { *l = lane{finder: l.finder, text: l.text[:0], moves: l.moves[:0]} }

// joined is a stream without zeros and white space, as base64 is read.
type joined struct{ lane }

// look finds base64.
func (j *joined) look(last bool, hits *[]Hit) {
	j.each(last, func(p *pattern, index int64, _ int) { *hits = append(*hits, p.hit(j.place(index))) })
}

var joinedByte = func() (table [256]bool) {
	for c := range table {
		table[c] = c != 0 && !blank(byte(c))
	}
	return table
}()

func (j *joined) feed(text []byte, at int64) {
	for i := 0; i < len(text); i++ {
		if !joinedByte[text[i]] {
			continue
		}
		from := i
		for i++; i < len(text) && joinedByte[text[i]]; i++ {
		}
		j.add(text[from:i], at+int64(from))
	}
}

// squeezed is a stream with every run of white space as one blank, without zeros
// and the soft line breaks of mail ("=" at the end of a line), and with the line
// ends and tabs that JSON escapes. It tells only what is found by that, and not
// as the bytes lie.
type squeezed struct {
	lane
	held    byte // a sign that the next byte decides about, 0 for none
	heldAt  int64
	space   bool    // the last byte given was a blank
	eating  bool    // within a soft line break
	changes []int64 // indices of bytes that are otherwise in the stream
}

func (s *squeezed) changed(index int64) { s.changes = append(s.changes, index) }

var plainByte = func() (table [256]bool) {
	for c := range table {
		table[c] = c != 0 && !blank(byte(c)) && c != '=' && c != '\\'
	}
	return table
}()

func (s *squeezed) feed(text []byte, at int64) {
	for i := 0; i < len(text); i++ {
		if s.held == 0 && !s.eating {
			from := i
			for i < len(text) && plainByte[text[i]] {
				i++
			}
			if i > from {
				s.add(text[from:i], at+int64(from))
				s.space = false
			}
			if i == len(text) {
				return
			}
		}
		s.next(text[i], at+int64(i))
	}
}

// look finds what is only found by squeezing.
func (s *squeezed) look(last bool, hits *[]Hit) {
	s.each(last, func(p *pattern, index int64, length int) {
		if length >= shortIdentifier && !p.alone && s.otherwise(index, length) {
			*hits = append(*hits, p.hit(s.place(index)))
		}
	})
	i, _ := slices.BinarySearch(s.changes, s.base)
	s.changes = slices.Delete(s.changes, 0, i)
}

func (s *squeezed) reset() {
	s.lane.reset()
	*s = squeezed{lane: s.lane, changes: s.changes[:0]}
}

func (s *squeezed) next(c byte, at int64) {
	if c == 0 {
		return
	}
	if s.eating {
		if c == '\n' {
			s.eating = false
			return
		}
		s.eating = c == '\r'
		if s.eating {
			return
		}
	}
	if s.held != 0 {
		held := s.held
		s.held = 0
		switch {
		case held == '=' && (c == '\r' || c == '\n'):
			s.eating = c == '\r'
			s.changed(s.index())
			return
		case held == '\\' && (c == 'n' || c == 'r' || c == 't'):
			c = '\n'
		default:
			s.give(held, s.heldAt)
		}
	}
	if c == '=' || c == '\\' {
		s.held, s.heldAt = c, at
		return
	}
	s.give(c, at)
}

func (s *squeezed) give(c byte, at int64) {
	if blank(c) {
		if s.space {
			s.changed(s.index() - 1)
			return
		}
		if c != ' ' {
			s.changed(s.index())
		}
		s.space, c = true, ' '
	} else {
		s.space = false
	}
	s.add([]byte{c}, at)
}

// otherwise says that a byte behind the first of a stretch is otherwise in the
// stream.
func (s *squeezed) otherwise(index int64, length int) bool {
	i, _ := slices.BinarySearch(s.changes, index+int64(length))
	return i > 0 && s.changes[i-1] > index
}

func blank(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\v' || c == '\f'
}

// folded are bytes with capital letters made small, asIs bytes as they are.
var folded, asIs = func() (small, same [256]byte) {
	for i := range small {
		same[i] = byte(i)
		small[i] = byte(i)
		if i >= 'A' && i <= 'Z' {
			small[i] += 'a' - 'A'
		}
	}
	return small, same
}()

func fold(text []byte) []byte {
	out := make([]byte, len(text))
	for i, c := range text {
		out[i] = folded[c]
	}
	return out
}
