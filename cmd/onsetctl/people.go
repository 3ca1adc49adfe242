package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"onset/dataset"
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
	var newPeople, empty bool
	var k keyFlags
	cmd := &cobra.Command{
		Use:   "participants FILE",
		Short: "List people by their study codes, or read and write their sheet as CSV",
		Long: `List people by their study codes, or read and write their sheet as CSV. With --key
a sheet that is written is read back for every identifier of the key file, which
a free field could hold; on a hit it is removed and the export refused.

A sheet that is read replaces the values of its columns; a column that it does not
have, and people who are not in it, stay as they are. What it changes is told by
column before it is taken over. An empty cell empties the value, and a sheet that
would empty any is refused until --yes says that this is meant.

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
				var changes []dataset.ColumnChange
				if csvIn != "" {
					var err error
					if changes, err = (sheetRead{csvIn, newPeople, empty}).put(cmd.Context(), t, s); err != nil {
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
				return printPeople(cmd.Context(), t, s, people, changes)
			})
		},
	}
	cmd.Flags().StringVar(&csvIn, "read", "", "take the fields of a participant sheet (CSV) into the study")
	cmd.Flags().BoolVar(&empty, "yes", false, "with --read: empty the values whose cells in the sheet are empty, and take new codes that look like names")
	cmd.Flags().BoolVar(&newPeople, "new-people", false, "with --read, after a withdrawal: none of the sheet's new codes is of a person who withdrew")
	cmd.Flags().StringArrayVar(&settle, "settle", nil, "say who a person is that an import left open: P02=P01 (the same person), or P02=P02 (a person of their own); may be repeated")
	cmd.Flags().StringVar(&csvOut, "write", "", "write the participant sheet to a new CSV file")
	k.add(cmd)
	return cmd
}

// sheetRead is how a sheet is to be taken over.
type sheetRead struct {
	path      string
	newPeople bool // none of its new codes is of a person who withdrew
	empty     bool // it may empty values and add codes that look like names
}

// put puts a whole sheet in, or nothing when any row is bad, and tells what that
// changes before it does.
func (r sheetRead) put(ctx context.Context, t *terminal, s *dataset.Study) ([]dataset.ColumnChange, error) {
	f, err := os.Open(r.path)
	if err != nil {
		return nil, fmt.Errorf("opening the participant sheet: %w", err)
	}
	defer f.Close()
	sheet, err := dataset.ReadSheet(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; nothing was changed", r.path, err)
	}
	have, err := s.Participants(ctx)
	if err != nil {
		return nil, err
	}
	withdrew, err := s.Withdrawals(ctx)
	if err != nil {
		return nil, err
	}
	fields, err := s.ParticipantFields(ctx)
	if err != nil {
		return nil, err
	}
	c := sheet.Onto(have, fields...)
	name := filepath.Base(r.path)
	if n := len(withdrew); n > 0 && len(c.New) > 0 && !r.newPeople {
		return nil, fmt.Errorf("%s: it would add %s, and somebody withdrew from the study (last on %s), of whom the ledger keeps that it happened, not who; nothing was changed. If none of these codes is theirs, say --new-people",
			name, joined(c.New), withdrew[n-1].Format("2 Jan 2006"))
	}
	if names := c.Names(); len(names) > 0 && !r.empty {
		look, remedy := "look like names", "Give them codes, or say --yes if these are codes"
		if len(names) == 1 {
			look, remedy = "looks like a name", "Give them a code, or say --yes if this is one"
		}
		return nil, fmt.Errorf("%s: it would add %s, which %s (a code has a digit and no blank), and the study keeps codes only, in every export, too; nothing was changed. %s", name, joined(names), look, remedy)
	}
	changes := changesText(c)
	if n := c.Emptied(); n > 0 && !r.empty {
		return nil, fmt.Errorf("%s: it would empty %s of %s, where its cells are empty (%s); nothing was changed. If that is meant, say --yes; a column that is left out of the sheet keeps its values",
			name, counted(n, "value"), joined(c.Loses), changes)
	}
	if !t.quiet {
		fmt.Fprintf(t.err, "%s: %s\n", name, changes)
	}
	if err := s.PutParticipants(ctx, c.People, c.New...); err != nil {
		return nil, fmt.Errorf("storing the participant sheet: %w", err)
	}
	return append([]dataset.ColumnChange{}, c.Columns...), nil
}

func joined(ids []dataset.ParticipantID) string {
	var out []string
	for _, id := range ids {
		out = append(out, string(id))
	}
	return strings.Join(out, ", ")
}

// changesText counts what a sheet changes by column.
func changesText(c dataset.SheetChange) string {
	var parts []string
	if len(c.New) > 0 {
		parts = append(parts, "new: "+joined(c.New))
	}
	for _, one := range c.Columns {
		var counts []string
		for _, k := range []struct {
			n    int
			word string
		}{{one.Set, "set"}, {one.Changed, "changed"}, {one.Emptied, "emptied"}} {
			if k.n > 0 {
				counts = append(counts, fmt.Sprintf("%d %s", k.n, k.word))
			}
		}
		text := one.Column + " " + strings.Join(counts, ", ")
		if one.NewField {
			text += " (new field)"
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return "changes nothing"
	}
	return strings.Join(parts, "; ")
}

func writeSheet(path string, people []dataset.Participant, fields []string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("writing the participant sheet: %w", err)
	}
	return errors.Join(dataset.WriteParticipants(f, people, fields...), f.Sync(), f.Close())
}

func printPeople(ctx context.Context, t *terminal, s *dataset.Study, people []dataset.Participant, changes []dataset.ColumnChange) error {
	sessions, err := s.Sessions(ctx)
	if err != nil {
		return err
	}
	count := map[dataset.ParticipantID]int{}
	for _, x := range sessions {
		count[x.Participant]++
	}
	result := struct {
		Participants []participantRow       `json:"participants"`
		Changes      []dataset.ColumnChange `json:"changes,omitempty"` // what a sheet that was read changed
	}{[]participantRow{}, changes}
	for _, p := range people {
		result.Participants = append(result.Participants, participantRow{ID: string(p.ID), AgeBand: p.AgeBand, Sex: p.Sex,
			Proficiency: p.Proficiency, Side: p.Side, Group: p.Group, Fields: p.Fields, Sessions: count[p.ID]})
	}
	return t.print(result, func(w io.Writer) {
		free := freeFields(people)
		rows := [][]string{append([]string{"participant", "age", "sex", "proficiency", "side", "group", "sessions"}, free...)}
		for _, p := range result.Participants {
			row := []string{p.ID, p.AgeBand, p.Sex, p.Proficiency, p.Side, p.Group, strconv.Itoa(p.Sessions)}
			for _, name := range free {
				row = append(row, clipCell(p.Fields[name]))
			}
			rows = append(rows, row)
		}
		table(w, rows)
	})
}

// freeFields are the fields of one's own that any of these people has, sorted.
func freeFields(people []dataset.Participant) []string {
	have := map[string]bool{}
	for _, p := range people {
		for name := range p.Fields {
			have[name] = true
		}
	}
	return slices.Sorted(maps.Keys(have))
}

// clipCell keeps a long text, such as a remark, from tearing a table apart; --json
// and the sheet have it whole.
func clipCell(text string) string {
	const most = 40
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
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
				combinations, exact := choice.Count()
				result := struct {
					Sensors      []string       `json:"sensors"`
					Combinations uint64         `json:"combinations"`                   // that at least one session holds
					AtMost       bool           `json:"combinations_at_most,omitempty"` // they were too various to count, and are fewer
					SensorSets   []sensorSetRow `json:"sensor_sets"`
					More         bool           `json:"more"` // further sets exist
				}{append([]string{}, choice.Sensors()...), combinations, !exact, []sensorSetRow{}, false}
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
						of := "of"
						if result.AtMost {
							of = "of at most"
						}
						fmt.Fprintf(w, "and more, %s %d combinations; --most shows them\n", of, result.Combinations)
					}
				})
			})
		},
	}
	cmd.Flags().IntVar(&most, "most", 200, "how many sets to list")
	return cmd
}
