package grouping

import (
	"errors"
	"fmt"
	"slices"

	"onset/dataset"
)

// Proposal is a grouping of people that is not stored yet.
type Proposal struct {
	People     []dataset.Participant // with their proposed groups
	Names      []string
	Typical    []string // the most typical person of each
	Sizes      []int
	Silhouette float64 // mean over people, -1..1; says nothing of one group
	Small      int     // groups of fewer than MinSize people
	Open       bool    // how many groups was left open
	// Unknown are people of whom nothing is known that was to be grouped by. They
	// are like nobody, and stay without a group until something is.
	Unknown []string
}

// Judged reports that there is something for a silhouette to judge: one group
// is apart from nothing.
func (p Proposal) Judged() bool { return len(p.Sizes) > 1 }

// Known is how many people were grouped.
func (p Proposal) Known() int { return len(p.People) - len(p.Unknown) }

// TooSmall reports a study that has too few people for k groups of MinSize.
func (p Proposal) TooSmall(k int) bool { return p.Known() < k*MinSize }

// ErrTooMany is returned when more groups are asked for than there are people
// of whom anything is known.
var ErrTooMany = errors.New("more groups than people")

// Propose clusters people by some of Variables into k groups; 0 takes the number
// with the best silhouette among those that leave MinSize people in every group,
// at most DefaultGroups.
func Propose(people []dataset.Participant, variables []string, k int) (Proposal, error) {
	out := Proposal{People: slices.Clone(people), Open: k <= 0}
	var known []Profile
	for _, p := range Profiles(people, variables) {
		if p.Known() {
			known = append(known, p)
		} else {
			out.Unknown = append(out.Unknown, p.Code)
		}
	}
	if len(known) == 0 && len(people) > 0 {
		return Proposal{}, errors.New("nothing is known of anybody that people could be grouped by: fill in the sheet first")
	}
	if k > len(known) {
		return Proposal{}, fmt.Errorf("%w: %d were asked for, and %d is the most, for %s", ErrTooMany, k, len(known), ofSomething(len(known)))
	}
	var g Grouping
	var err error
	if k <= 0 {
		g, err = Suggest(known, DefaultGroups)
	} else {
		g, err = Cluster(known, k)
	}
	if err != nil {
		return Proposal{}, fmt.Errorf("grouping people: %w", err)
	}
	out.Typical, out.Sizes, out.Silhouette, out.Small = g.Medoids, g.Sizes, g.Silhouette, len(g.Small)
	for i := range g.Medoids {
		out.Names = append(out.Names, fmt.Sprintf("G%d", i+1))
	}
	for i, p := range out.People {
		out.People[i].Group = ""
		if n, ok := g.Of[string(p.ID)]; ok {
			out.People[i].Group = out.Names[n]
		}
	}
	return out, nil
}

func ofSomething(n int) string {
	if n == 1 {
		return "something is known of 1 person"
	}
	return fmt.Sprintf("something is known of %d people", n)
}
