package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"onset/dataset"
	"onset/dataset/grouping"
)

// groupRow is one group in the result of groups.
type groupRow struct {
	Name         string   `json:"name"`
	Participants []string `json:"participants"`
	Typical      string   `json:"typical,omitempty"` // the most typical person
	Small        bool     `json:"small"`             // fewer people than a group's model deserves
}

// groupsResult is the result of groups.
type groupsResult struct {
	Groups     []groupRow `json:"groups"`
	Ungrouped  []string   `json:"ungrouped"`                   // people who are in no group; with no groups at all everybody shares one model
	Silhouette *float64   `json:"silhouette"`                  // only where several groups were computed
	Unjudged   string     `json:"silhouette_reason,omitempty"` // why a clustering has none
	Stored     bool       `json:"stored"`
	Warnings   []string   `json:"warnings"`
}

func newGroups(t *terminal) *cobra.Command {
	var c groupChange
	var store bool
	cmd := &cobra.Command{
		Use:   "groups FILE",
		Short: "Show who shares a model, put people into groups, or cluster them by their profiles",
		Long: `Show the groups of people that share a model. By hand: --assign P01,P02=GROUP puts
people into a group ("P01=" into none), --rename OLD=NEW renames one (to an
existing name: joins the two), --one puts everybody into one. These are kept at
once. --cluster N divides the people into N groups by age, sex, proficiency and
side (partitioning around medoids over Gower's distance, the same every time);
--cluster auto takes the number with the best silhouette among those that leave
five people or more in every group, at most ten, and one where there is none. A
clustering is not kept without --store. Somebody of whom none of these is known is
like nobody and stays without a group, and no more groups are made than there are
people of whom something is.`,
		Args: words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case store && c.cluster == "":
				return usagef("groups --store needs --cluster")
			case c.cluster != "" && c.byHand() || c.one && len(c.assign)+len(c.rename) > 0:
				return usagef("groups takes --cluster, --one, or --assign and --rename")
			}
			return withStudy(cmd.Context(), args[0], !store && !c.byHand(), func(s *dataset.Study) error {
				people, err := s.Participants(cmd.Context())
				if err != nil {
					return err
				}
				before := slices.Clone(people)
				result := groupsOf(people)
				if c.cluster != "" {
					result, people, err = clusterPeople(people, c.cluster)
				} else if c.byHand() {
					err = c.apply(people)
					result = groupsOf(people)
				}
				if err != nil {
					return err
				}
				if store || c.byHand() {
					var changed []dataset.Participant
					for i, p := range people {
						if p.Group != before[i].Group {
							changed = append(changed, p)
						}
					}
					if len(changed) > 0 {
						if err := s.PutParticipants(cmd.Context(), changed); err != nil {
							return fmt.Errorf("storing the groups: %w", err)
						}
					}
					result.Stored = len(result.Groups) > 0
				}
				return t.print(result, result.write)
			})
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&c.assign, "assign", nil, "put people into a group: P01,P02=GROUP; may be repeated")
	f.StringArrayVar(&c.rename, "rename", nil, "rename a group: OLD=NEW; may be repeated")
	f.BoolVar(&c.one, "one", false, "one group for everybody")
	f.StringVar(&c.cluster, "cluster", "", "how many groups to make, or auto")
	f.BoolVar(&store, "store", false, "keep the clustering in the study")
	return cmd
}

// groupChange is what is asked of the groups.
type groupChange struct {
	assign, rename []string
	one            bool
	cluster        string
}

func (c groupChange) byHand() bool { return c.one || len(c.assign)+len(c.rename) > 0 }

// apply changes the groups of people by hand: first renames, then assignments.
// Nobody is changed on the way to an error that is returned, for nothing is
// stored then.
func (c groupChange) apply(people []dataset.Participant) error {
	if c.one {
		for i := range people {
			people[i].Group = ""
		}
	}
	for _, one := range c.rename {
		from, to, ok := strings.Cut(one, "=")
		if to = strings.TrimSpace(to); !ok || from == "" || to == "" {
			return usagef("--rename %q: want OLD=NEW", one)
		}
		n := 0
		for i := range people {
			if people[i].Group == from {
				people[i].Group = to
				n++
			}
		}
		if n == 0 {
			return usagef("--rename %q: nobody is in the group %q; nothing was changed", one, from)
		}
	}
	for _, one := range c.assign {
		codes, group, ok := strings.Cut(one, "=")
		if !ok {
			return usagef("--assign %q: want CODE,CODE=GROUP", one)
		}
		for _, code := range strings.Split(codes, ",") {
			code = strings.TrimSpace(code)
			i := slices.IndexFunc(people, func(p dataset.Participant) bool { return string(p.ID) == code })
			if i < 0 {
				return usagef("--assign %q: the study has no participant %q; nothing was changed", one, code)
			}
			people[i].Group = strings.TrimSpace(group)
		}
	}
	return nil
}

func (r groupsResult) write(w io.Writer) {
	rows := [][]string{{"group", "people", ""}}
	for _, g := range r.Groups {
		rows = append(rows, []string{g.Name, strconv.Itoa(len(g.Participants)), strings.Join(g.Participants, " ")})
	}
	if len(r.Ungrouped) > 0 {
		rows = append(rows, []string{"(none)", strconv.Itoa(len(r.Ungrouped)), strings.Join(r.Ungrouped, " ")})
	}
	table(w, rows)
	if len(r.Groups) == 0 {
		fmt.Fprintln(w, "Nobody has a group: everybody shares one model.")
	}
	switch {
	case r.Silhouette != nil:
		fmt.Fprintf(w, "silhouette %.2f\n", *r.Silhouette)
	case r.Unjudged != "":
		fmt.Fprintf(w, "silhouette -: %s\n", r.Unjudged)
	}
	for _, text := range r.Warnings {
		fmt.Fprintln(w, text)
	}
}

// groupsOf are the groups as the study keeps them.
func groupsOf(people []dataset.Participant) groupsResult {
	result := groupsResult{Groups: []groupRow{}, Ungrouped: []string{}, Warnings: []string{}}
	for _, p := range people {
		if p.Group == "" {
			result.Ungrouped = append(result.Ungrouped, string(p.ID))
			continue
		}
		i := slices.IndexFunc(result.Groups, func(g groupRow) bool { return g.Name == p.Group })
		if i < 0 {
			i = len(result.Groups)
			result.Groups = append(result.Groups, groupRow{Name: p.Group})
		}
		result.Groups[i].Participants = append(result.Groups[i].Participants, string(p.ID))
	}
	result.Stored = len(result.Groups) > 0
	result.warn()
	return result
}

func (r *groupsResult) warn() {
	for i := range r.Groups {
		g := &r.Groups[i]
		if g.Small = len(g.Participants) < grouping.MinSize; g.Small {
			people := "1 person"
			if n := len(g.Participants); n != 1 {
				people = fmt.Sprintf("%d people", n)
			}
			r.Warnings = append(r.Warnings, fmt.Sprintf("group %q has %s; a model of fewer than %d says little about others", g.Name, people, grouping.MinSize))
		}
	}
}

func isOrAre(n int) string {
	if n == 1 {
		return "is 1"
	}
	return fmt.Sprintf("are %d", n)
}

// clusterPeople computes groups and gives the people with their group set.
func clusterPeople(people []dataset.Participant, want string) (groupsResult, []dataset.Participant, error) {
	n := 0
	if want != "auto" {
		var err error
		if n, err = strconv.Atoi(want); err != nil || n < 1 {
			return groupsResult{}, nil, usagef("--cluster takes a number of groups or auto, not %q", want)
		}
	}
	p, err := grouping.Propose(people, grouping.Variables(), n)
	if errors.Is(err, grouping.ErrTooMany) {
		return groupsResult{}, nil, usagef("--cluster: %v", err)
	}
	if err != nil {
		return groupsResult{}, nil, err
	}
	result := groupsOf(p.People)
	result.Stored = false
	if result.Silhouette = &p.Silhouette; !p.Judged() {
		result.Silhouette, result.Unjudged = nil, "there is one group, and nothing that it stands apart from"
	}
	if p.Open && !p.Judged() && !p.TooSmall(2) {
		result.Warnings = append(result.Warnings, fmt.Sprintf("no number of groups leaves at least %d people in every group and sets the groups apart: one for all is proposed", grouping.MinSize))
	}
	if k := max(n, 2); p.TooSmall(k) {
		result.Warnings = append(result.Warnings, fmt.Sprintf("the study is too small for %d groups: groups of %d need %d people of whom something is known, and there %s",
			k, grouping.MinSize, k*grouping.MinSize, isOrAre(p.Known())))
	}
	slices.SortFunc(result.Groups, func(a, b groupRow) int { return slices.Index(p.Names, a.Name) - slices.Index(p.Names, b.Name) })
	for i := range result.Groups {
		result.Groups[i].Typical = p.Typical[i]
	}
	if len(p.Unknown) > 0 {
		result.Warnings = append(result.Warnings, fmt.Sprintf("nothing is known of %s to group by; they stay without a group", strings.Join(p.Unknown, ", ")))
	}
	return result, p.People, nil
}
