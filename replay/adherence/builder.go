package adherence

import (
	"fmt"
	"strconv"
)

// Sentence is a rule in plain words for a form: the reader picks the pattern
// and fills the blanks.
type Sentence struct {
	Pattern string // one of the Patterns
	First   string // an exercise or "rest"
	Second  string
	WithinS float64
	LastS   float64 // at least this long
}

// Patterns lists the sentences a form offers, with their blanks named.
func Patterns() []string {
	return []string{
		"every session starts with FIRST",
		"every session holds FIRST",
		"FIRST never happens",
		"after FIRST, SECOND follows within WITHIN",
		"after FIRST, SECOND of at least LAST follows within WITHIN",
		"FIRST never follows SECOND within WITHIN",
		"FIRST lasts at most WITHIN",
	}
}

// Rule writes the sentence in the syntax of Parse.
func (s Sentence) Rule() (string, error) {
	a, b := strconv.Quote(s.First), strconv.Quote(s.Second)
	ended := func(x string) string { return fmt.Sprintf("(%s & X !%s)", x, x) }
	within := fmt.Sprintf("[0,%g]", s.WithinS)
	switch s.Pattern {
	case "every session starts with FIRST":
		return fmt.Sprintf("!%s U %s", anyExercise, a), nil
	case "every session holds FIRST":
		return "F " + a, nil
	case "FIRST never happens":
		return "G !" + a, nil
	case "after FIRST, SECOND follows within WITHIN":
		return fmt.Sprintf("G (%s -> X F%s %s)", ended(a), within, b), nil
	case "after FIRST, SECOND of at least LAST follows within WITHIN":
		return fmt.Sprintf("G (%s -> X F%s G[0,%g] %s)", ended(a), within, s.LastS, b), nil
	case "FIRST never follows SECOND within WITHIN":
		return fmt.Sprintf("G (%s -> N G%s !%s)", ended(b), within, a), nil
	case "FIRST lasts at most WITHIN":
		return fmt.Sprintf("G !(G[0,%g] %s & X true)", s.WithinS, a), nil
	}
	return "", fmt.Errorf("no sentence reads %q", s.Pattern)
}
