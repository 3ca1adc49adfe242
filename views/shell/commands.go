package shell

import (
	"sort"
	"strings"
	"unicode"
)

// Command is something a person can make the program do. Every command is in
// the palette; those with Keys have an accelerator.
type Command struct {
	ID    string
	Title string // what it does, such as "Import files"
	Group string // where it belongs, such as "File"
	Keys  string // the accelerator in words, such as "Ctrl+I"; empty for none
	Words string // what people call it besides, such as "kappa"; found but not shown
	Run   func()
	// Enabled says whether it can be done now; nil is always.
	Enabled func() bool
}

func (c Command) enabled() bool { return c.Enabled == nil || c.Enabled() }

// search returns the commands that match query, best first. Every word of the
// query must be found in a command's title, words, group or keys; the start of a word
// counts more than its middle, and the title more than the rest. An empty query
// returns all in their own order.
func search(commands []Command, query string) []Command {
	words := strings.Fields(strings.ToLower(query))
	type hit struct {
		c     Command
		score int
	}
	var hits []hit
	for _, c := range commands {
		total, ok := 0, true
		for _, w := range words {
			s := score(c, w)
			if s == 0 {
				ok = false
				break
			}
			total += s
		}
		if ok {
			hits = append(hits, hit{c, total})
		}
	}
	sort.SliceStable(hits, func(i, j int) bool { return hits[i].score > hits[j].score })
	found := make([]Command, len(hits))
	for i, h := range hits {
		found[i] = h.c
	}
	return found
}

func score(c Command, word string) int {
	title := strings.ToLower(c.Title)
	switch {
	case strings.HasPrefix(title, word):
		return 8
	case wordStarts(title, word):
		return 6
	case wordStarts(strings.ToLower(c.Words), word):
		return 5
	case strings.Contains(title, word):
		return 4
	case wordStarts(strings.ToLower(c.Group), word):
		return 3
	case strings.Contains(strings.ToLower(c.Keys), word):
		return 2
	case initials(title, word):
		return 1
	}
	return 0
}

// wordStarts reports whether a word of text begins with prefix.
func wordStarts(text, prefix string) bool {
	for i := 0; ; {
		k := strings.Index(text[i:], prefix)
		if k < 0 {
			return false
		}
		if k += i; k == 0 || !isLetter(rune(text[k-1])) {
			return true
		}
		i = k + 1
	}
}

// initials reports whether short is the beginning of the first letters of the
// words of text, as in "of" for "open folder".
func initials(text, short string) bool {
	var first strings.Builder
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !isLetter(r) }) {
		first.WriteRune([]rune(w)[0])
	}
	return len(short) > 1 && strings.HasPrefix(first.String(), short)
}

func isLetter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
