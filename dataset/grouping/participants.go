package grouping

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"onset/dataset"
)

// Variables are the fields of a participant that a profile can be made of.
func Variables() []string { return []string{"age", "proficiency", "sex", "side"} }

// Profiles turns participants into what can be compared by some of Variables.
// An age band counts by its middle, proficiency by its place in the order of
// words.
func Profiles(people []dataset.Participant, variables []string) []Profile {
	uses := func(v string) bool { return slices.Contains(variables, v) }
	var out []Profile
	for _, p := range people {
		one := Profile{Code: string(p.ID)}
		if uses("age") {
			one.Numbers = append(one.Numbers, middleOf(p.AgeBand))
		}
		if uses("proficiency") {
			level := math.NaN()
			if i := slices.Index(dataset.ParticipantWords("proficiency"), p.Proficiency); i >= 0 {
				level = float64(i)
			}
			one.Numbers = append(one.Numbers, level)
		}
		if uses("sex") {
			one.Words = append(one.Words, p.Sex)
		}
		if uses("side") {
			one.Words = append(one.Words, p.Side)
		}
		out = append(out, one)
	}
	return out
}

// middleOf is the middle of an age band such as "30-39"; NaN when it is none.
func middleOf(band string) float64 {
	low, high, ok := strings.Cut(band, "-")
	if !ok {
		return math.NaN()
	}
	a, aerr := strconv.ParseFloat(strings.TrimSpace(low), 64)
	b, berr := strconv.ParseFloat(strings.TrimSpace(high), 64)
	if aerr != nil || berr != nil {
		return math.NaN()
	}
	return (a + b) / 2
}
