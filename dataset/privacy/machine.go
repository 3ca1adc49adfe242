package privacy

import "bytes"

// pattern is a way to write an identifier.
type pattern struct {
	code, as string
	length   int
	alone    bool // digits that count only as a number of their own
	apart    bool // a day or telephone number: no digit stands right before or after
}

func (p pattern) strict() bool { return p.alone || p.apart }

// machine is an automaton that finds many patterns in one pass (Aho and
// Corasick, 1975).
type machine struct {
	root    node
	first   [256]*node // where the root goes, nil for nowhere
	longest int
}

type node struct {
	keys []byte
	to   []*node
	fail *node
	out  []pattern
}

func (n *node) next(c byte) *node {
	if i := bytes.IndexByte(n.keys, c); i >= 0 {
		return n.to[i]
	}
	return nil
}

func (m *machine) add(text []byte, p pattern) {
	n := &m.root
	for _, c := range text {
		to := n.next(c)
		if to == nil {
			to = &node{}
			n.keys, n.to = append(n.keys, c), append(n.to, to)
		}
		n = to
	}
	p.length = len(text)
	for _, o := range n.out {
		if o.code == p.code && (p.strict() || !o.strict()) {
			return // one of these says enough
		}
	}
	n.out = append(n.out, p)
	m.longest = max(m.longest, len(text))
}

func (m *machine) link() {
	var queue []*node
	for i, n := range m.root.to {
		m.first[m.root.keys[i]] = n
		n.fail = &m.root
		queue = append(queue, n)
	}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		for i, to := range n.to {
			c := n.keys[i]
			f := n.fail
			for f != nil && f.next(c) == nil {
				f = f.fail
			}
			to.fail = &m.root
			if f != nil {
				to.fail = f.next(c)
			}
			to.out = append(to.out, to.fail.out...)
			queue = append(queue, to)
		}
	}
}

// lane is where a stream of bytes has led in a machine.
type lane struct {
	machine *machine
	at      *node // nil at the root
}

// step takes a byte and gives the patterns that end with it.
func (l *lane) step(c byte) []pattern {
	for n := l.at; n != nil && n != &l.machine.root; n = n.fail {
		if to := n.next(c); to != nil {
			l.at = to
			return to.out
		}
	}
	if l.at = l.machine.first[c]; l.at != nil {
		return l.at.out
	}
	return nil
}

// thread is a lane whose bytes do not lie side by side in the stream; it knows
// where they were.
type thread struct {
	lane
	n     int64   // bytes taken
	where []int64 // in the stream, a ring over the last ones
}

func newThread(m *machine) *thread {
	size := 1
	for size <= m.longest {
		size *= 2
	}
	return &thread{lane: lane{machine: m}, where: make([]int64, size)}
}

func (t *thread) next(c byte, at int64) []pattern {
	t.where[t.n&int64(len(t.where)-1)] = at
	t.n++
	return t.step(c)
}

// from is where in the stream a pattern begins that ends with the last byte.
func (t *thread) from(p pattern) int64 {
	return t.where[(t.n-int64(p.length))&int64(len(t.where)-1)]
}

// squeezed gives bytes to a machine with every run of white space as one blank,
// without zeros and the soft line breaks of mail ("=" at the end of a line), and
// with the line ends and tabs that JSON escapes. It tells only what is found by
// that, and not as the bytes lie.
type squeezed struct {
	*thread
	held    byte  // a sign that the next byte decides about, 0 for none
	space   bool  // the last byte given was a blank
	eating  bool  // within a soft line break
	changed int64 // the last byte of the thread that is otherwise in the stream
}

func newSqueezed(m *machine) *squeezed { return &squeezed{thread: newThread(m), changed: -1} }

func (s *squeezed) next(c byte, at int64, found func(pattern, int64)) {
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
			s.eating, s.changed = c == '\r', s.n
			return
		case held == '\\' && (c == 'n' || c == 'r' || c == 't'):
			c = '\n'
		default:
			s.give(held, at-1, found)
		}
	}
	if c == '=' || c == '\\' {
		s.held = c
		return
	}
	s.give(c, at, found)
}

func (s *squeezed) give(c byte, at int64, found func(pattern, int64)) {
	if blank(c) {
		if s.space {
			s.changed = s.n - 1
			return
		}
		if c != ' ' {
			s.changed = s.n
		}
		s.space, c = true, ' '
	} else {
		s.space = false
	}
	for _, p := range s.thread.next(c, at) {
		if s.changed > s.n-int64(p.length) {
			found(p, s.from(p))
		}
	}
}

func blank(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\v' || c == '\f'
}

// folded are bytes with capital letters made small.
var folded = func() (table [256]byte) {
	for i := range table {
		table[i] = byte(i)
		if i >= 'A' && i <= 'Z' {
			table[i] += 'a' - 'A'
		}
	}
	return table
}()

func fold(text []byte) []byte {
	out := make([]byte, len(text))
	for i, c := range text {
		out[i] = folded[c]
	}
	return out
}
