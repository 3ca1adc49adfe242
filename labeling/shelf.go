package labeling

import (
	"cmp"
	"slices"
	"sort"

	"onset/dataset"
)

// entry is a label with the seconds that it runs from and to.
type entry struct {
	dataset.Label
	from, to float64
}

// order is by the time of the start; a setup window lies behind the set that it
// belongs to.
func order(a, b *entry) int {
	c := cmp.Compare(a.from, b.from)
	if c == 0 && a.Recording == b.Recording {
		c = cmp.Compare(a.Start, b.Start)
	}
	if c != 0 || a.Kind == b.Kind {
		return c
	}
	switch dataset.KindSetup {
	case a.Kind:
		return 1
	case b.Kind:
		return -1
	}
	return 0
}

// shelf holds labels in order of time, so that those near a moment are found
// without looking at the others.
type shelf struct {
	entries []*entry
	longest float64        // no entry lasts longer, in seconds; it does not shrink
	kinds   map[string]int // labels by kind
	sets    map[string]int // sets by exercise
	origins map[string]int // labels by origin
}

func newShelf() *shelf {
	return &shelf{kinds: map[string]int{}, sets: map[string]int{}, origins: map[string]int{}}
}

func (s *shelf) count(x *entry, by int) {
	s.kinds[x.Kind] += by
	s.origins[x.Origin] += by
	if x.Kind == dataset.KindExercise {
		s.sets[x.Exercise] += by
	}
	s.longest = max(s.longest, x.to-x.from)
}

// insert puts an entry behind those that begin with it.
func (s *shelf) insert(x *entry) {
	at := sort.Search(len(s.entries), func(i int) bool { return order(s.entries[i], x) > 0 })
	s.entries = slices.Insert(s.entries, at, x)
	s.count(x, 1)
}

// index is where an entry stands; -1 when it is not here.
func (s *shelf) index(x *entry) int {
	at := sort.Search(len(s.entries), func(i int) bool { return order(s.entries[i], x) >= 0 })
	for ; at < len(s.entries) && order(s.entries[at], x) == 0; at++ {
		if s.entries[at] == x {
			return at
		}
	}
	return -1
}

func (s *shelf) remove(x *entry) {
	if at := s.index(x); at >= 0 {
		s.entries = slices.Delete(s.entries, at, at+1)
		s.count(x, -1)
	}
}

// from is the index of the first entry that begins at a moment or later.
func (s *shelf) from(at float64) int {
	return sort.Search(len(s.entries), func(i int) bool { return s.entries[i].from >= at })
}

// overlapping calls f with the entries that run during a stretch.
func (s *shelf) overlapping(from, to float64, f func(*entry)) {
	for i := s.from(from - s.longest); i < len(s.entries) && s.entries[i].from < to; i++ {
		if s.entries[i].to > from {
			f(s.entries[i])
		}
	}
}
