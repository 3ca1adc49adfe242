package training

import (
	"fmt"
	"math"

	"onset/training/stats"
)

// enoughPeople is from how many people on an interval over them is given without a word.
const enoughPeople = 5

// FewPeople says what an interval over n people can't support; "" from five on. A
// paired test of n people, all of whom gain, has p = 2^(1-n).
func FewPeople(n int) string {
	switch {
	case n <= 0 || n >= enoughPeople:
		return ""
	case n == 1:
		return "of 1 person: says nothing about new people; nothing can be tested"
	}
	return fmt.Sprintf("of %d people: says next to nothing about new people; no paired test can reach p < %.3g", n, math.Pow(2, float64(1-n)))
}

// Bound says how small a p the number of pairs that differ allows.
func Bound(w stats.SignedRank) string {
	if w.N == 0 {
		return fmt.Sprintf("None of %d people differs: there is nothing to test.", w.Pairs)
	}
	verb := "differ"
	if w.N == 1 {
		verb = "differs"
	}
	return fmt.Sprintf("%d of %d people %s; no p below %.2g is possible.", w.N, w.Pairs, verb, w.SmallestP)
}

// OneClass is the class that everything judged has, where it has but one: scores
// then say how often that class is named, not whether classes are told apart.
func (r *Result) OneClass() (class string, ok bool) {
	held := 0
	for i, row := range r.Confusion.Counts {
		for _, n := range row {
			if n > 0 {
				class = r.Confusion.Classes[i]
				held++
				break
			}
		}
	}
	return class, held == 1
}

// Warning is what must be said before the scores; "" when nothing must.
func (r *Result) Warning() string {
	if class, ok := r.OneClass(); ok {
		return fmt.Sprintf("the test part holds one class: all %d windows are %q. The scores say how often that class is named, not whether classes are told apart", r.Confusion.N(), class)
	}
	return ""
}
