package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"onset/dataset"
	"onset/dataset/grouping"
)

// participantRow is one person in the result of participants.
type participantRow struct {
	ID          string            `json:"id"`
	AgeBand     string            `json:"age_band"`
	Sex         string            `json:"sex"`
	Proficiency string            `json:"proficiency"`
	Side        string            `json:"side"`
	Group       string            `json:"group"`
	Fields      map[string]string `json:"fields,omitempty"`
	Sessions    int               `json:"sessions"`
}

func newParticipants(t *terminal) *cobra.Command {
	var csvIn, csvOut string
	var settle []string
	var newPeople bool
	var k keyFlags
	cmd := &cobra.Command{
		Use:   "participants FILE",
		Short: "List people by their study codes, or read and write their sheet as CSV",
		Long: `List people by their study codes, or read and write their sheet as CSV. With --key
a sheet that is written is read back for every identifier of the key file, which
a free field could hold; on a hit it is removed and the export refused.

A sheet may add people. Once somebody has withdrawn it may not, for the ledger
keeps that it happened and not who: the new codes are named and the sheet is
refused, until --new-people says that none of them is of a person who withdrew.`,
		Args: words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if csvIn != "" && csvOut != "" {
				return usagef("participants takes --read or --write, not both")
			}
			return withStudy(cmd.Context(), args[0], csvIn == "" && len(settle) == 0, func(s *dataset.Study) error {
				for _, one := range settle {
					code, as, ok := strings.Cut(one, "=")
					if !ok {
						return usagef("--settle %q: want CODE=CODE", one)
					}
					if err := s.SettleParticipant(cmd.Context(), dataset.ParticipantID(code), dataset.ParticipantID(as)); err != nil {
						return err
					}
				}
				if csvIn != "" {
					if err := readSheet(cmd.Context(), s, csvIn, newPeople); err != nil {
						return err
					}
				}
				people, err := s.Participants(cmd.Context())
				if err != nil {
					return err
				}
				if csvOut != "" {
					fields, err := s.ParticipantFields(cmd.Context())
					if err != nil {
						return err
					}
					if err := writeSheet(csvOut, people, fields); err != nil {
						return err
					}
					return k.clear(cmd.Context(), csvOut)
				}
				return printPeople(cmd.Context(), t, s, people)
			})
		},
	}
	cmd.Flags().StringVar(&csvIn, "read", "", "take the fields of a participant sheet (CSV) into the study")
	cmd.Flags().BoolVar(&newPeople, "new-people", false, "with --read, after a withdrawal: none of the sheet's new codes is of a person who withdrew")
	cmd.Flags().StringArrayVar(&settle, "settle", nil, "say who a person is that an import left open: P02=P01 (the same person), or P02=P02 (a person of their own); may be repeated")
	cmd.Flags().StringVar(&csvOut, "write", "", "write the participant sheet to a new CSV file")
	k.add(cmd)
	return cmd
}

// readSheet puts a whole sheet in, or nothing when any row is bad.
func readSheet(ctx context.Context, s *dataset.Study, path string, newPeople bool) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening the participant sheet: %w", err)
	}
	defer f.Close()
	people, err := dataset.ReadParticipants(f)
	if err != nil {
		return fmt.Errorf("%s: %w; nothing was changed", path, err)
	}
	have, err := s.Participants(ctx)
	if err != nil {
		return err
	}
	withdrew, err := s.Withdrawals(ctx)
	if err != nil {
		return err
	}
	var fresh []dataset.ParticipantID
	var codes []string
	for _, p := range people {
		if !slices.ContainsFunc(have, func(h dataset.Participant) bool { return h.ID == p.ID }) {
			fresh, codes = append(fresh, p.ID), append(codes, string(p.ID))
		}
	}
	if n := len(withdrew); n > 0 && len(fresh) > 0 && !newPeople {
		return fmt.Errorf("%s: it would add %s, and somebody withdrew from the study (last on %s), of whom the ledger keeps that it happened, not who; nothing was changed. If none of these codes is theirs, say --new-people",
			filepath.Base(path), strings.Join(codes, ", "), withdrew[n-1].Format("2 Jan 2006"))
	}
	if err := s.PutParticipants(ctx, people, fresh...); err != nil {
		return fmt.Errorf("storing the participant sheet: %w", err)
	}
	return nil
}

func writeSheet(path string, people []dataset.Participant, fields []string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("writing the participant sheet: %w", err)
	}
	return errors.Join(dataset.WriteParticipants(f, people, fields...), f.Sync(), f.Close())
}

func printPeople(ctx context.Context, t *terminal, s *dataset.Study, people []dataset.Participant) error {
	sessions, err := s.Sessions(ctx)
	if err != nil {
		return err
	}
	count := map[dataset.ParticipantID]int{}
	for _, x := range sessions {
		count[x.Participant]++
	}
	result := struct {
		Participants []participantRow `json:"participants"`
	}{[]participantRow{}}
	for _, p := range people {
		result.Participants = append(result.Participants, participantRow{ID: string(p.ID), AgeBand: p.AgeBand, Sex: p.Sex,
			Proficiency: p.Proficiency, Side: p.Side, Group: p.Group, Fields: p.Fields, Sessions: count[p.ID]})
	}
	return t.print(result, func(w io.Writer) {
		rows := [][]string{{"participant", "age", "sex", "proficiency", "side", "group", "sessions"}}
		for _, p := range result.Participants {
			rows = append(rows, []string{p.ID, p.AgeBand, p.Sex, p.Proficiency, p.Side, p.Group, strconv.Itoa(p.Sessions)})
		}
		table(w, rows)
	})
}

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
	Ungrouped  []string   `json:"ungrouped"`            // people who are in no group; with no groups at all everybody shares one model
	Silhouette *float64   `json:"silhouette,omitempty"` // only where groups were computed
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
--cluster auto takes the number with the best silhouette, at most ten. A
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
	if r.Silhouette != nil {
		fmt.Fprintf(w, "silhouette %.2f\n", *r.Silhouette)
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
	result.Stored, result.Silhouette = false, &p.Silhouette
	slices.SortFunc(result.Groups, func(a, b groupRow) int { return slices.Index(p.Names, a.Name) - slices.Index(p.Names, b.Name) })
	for i := range result.Groups {
		result.Groups[i].Typical = p.Typical[i]
	}
	if len(p.Unknown) > 0 {
		result.Warnings = append(result.Warnings, fmt.Sprintf("nothing is known of %s to group by; they stay without a group", strings.Join(p.Unknown, ", ")))
	}
	return result, p.People, nil
}

// sensorSetRow is one choice of sensors in the result of sensor-sets.
type sensorSetRow struct {
	Sensors  []string `json:"sensors"`
	Sessions int      `json:"sessions"`
}

func newSensorSets(t *terminal) *cobra.Command {
	var most int
	cmd := &cobra.Command{
		Use:   "sensor-sets FILE",
		Short: "List the sets of sensors that sessions hold whole, the smallest first",
		Args:  words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if most < 1 {
				return usagef("--most takes a positive number")
			}
			return withStudy(cmd.Context(), args[0], true, func(s *dataset.Study) error {
				sessions, err := s.Sessions(cmd.Context())
				if err != nil {
					return err
				}
				choice, err := dataset.NewChoice(sessions)
				if err != nil {
					return err
				}
				result := struct {
					Sensors      []string       `json:"sensors"`
					Combinations uint64         `json:"combinations"` // of all sensors, whether or not a session holds them
					SensorSets   []sensorSetRow `json:"sensor_sets"`
					More         bool           `json:"more"` // further sets exist
				}{append([]string{}, choice.Sensors()...), choice.Count(), []sensorSetRow{}, false}
				for set, n := range choice.Offered() {
					if len(result.SensorSets) == most {
						result.More = true
						break
					}
					result.SensorSets = append(result.SensorSets, sensorSetRow{set, n})
				}
				return t.print(result, func(w io.Writer) {
					rows := [][]string{{"sessions", "sensors"}}
					for _, r := range result.SensorSets {
						rows = append(rows, []string{strconv.Itoa(r.Sessions), strings.Join(r.Sensors, " + ")})
					}
					table(w, rows)
					if result.More {
						fmt.Fprintf(w, "and more, of %d combinations; --most shows them\n", result.Combinations)
					}
				})
			})
		},
	}
	cmd.Flags().IntVar(&most, "most", 200, "how many sets to list")
	return cmd
}
