package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"onset/dataset"
	"onset/devices/sync/archive"
	"onset/devices/sync/inbox"
	"onset/devices/sync/server"
	"onset/devices/sync/store"
	"onset/labeling"
)

func newServeInbox(t *terminal) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use: "inbox --store DIR", Short: "List received sessions that wait to be imported or rejected",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("%s knows no %q", cmd.CommandPath(), args[0])
			}
			return withStore(cmd, func(ctx context.Context, s *store.Store, _ server.Settings) error {
				states := []string{store.StateWaiting}
				if all {
					states = nil
				}
				list, err := s.Sessions(ctx, states...)
				if err != nil {
					return err
				}
				return t.print(map[string]any{"sessions": list}, func(w io.Writer) {
					rows := [][]string{{"session", "received", "group", "consent", "files", "bytes", "state", "note"}}
					for _, x := range list {
						rows = append(rows, []string{x.ID, x.Day, x.Group, x.Consent, strconv.Itoa(x.Files), strconv.FormatInt(x.Length, 10), x.State, x.Note})
					}
					table(w, rows)
				})
			})
		},
	}
	cmd.Args = cobra.ArbitraryArgs
	cmd.Flags().BoolVar(&all, "all", false, "list those imported, rejected and withdrawn too")
	cmd.AddCommand(newInboxImport(t), newInboxReject(t))
	return cmd
}

// imported is what importing from the inbox came to.
type imported struct {
	Imported []inbox.Result    `json:"imported"`
	Refused  map[string]string `json:"refused"`
}

func newInboxImport(t *terminal) *cobra.Command {
	var study string
	var whose personFlags
	cmd := &cobra.Command{
		Use: "import --store DIR --study FILE [SESSION...]", Short: "Import waiting sessions, or those named, into a study",
		RunE: func(cmd *cobra.Command, args []string) error {
			if study == "" {
				return usagef("inbox import needs --study")
			}
			o, err := whose.options(t)
			if err != nil {
				return err
			}
			return withStore(cmd, func(ctx context.Context, s *store.Store, _ server.Settings) error {
				ids, err := waiting(ctx, s, args)
				if err != nil {
					return err
				}
				out := imported{Imported: []inbox.Result{}, Refused: map[string]string{}}
				err = withStudy(ctx, study, false, func(d *dataset.Study) error {
					for _, id := range ids {
						r, err := inbox.Import(ctx, s, d, id, archive.DefaultLimits(), o)
						if refused, ok := errors.AsType[*inbox.RefusedError](err); ok {
							out.Refused[id] = refused.Reason
							continue
						}
						if err != nil {
							return err
						}
						out.Imported = append(out.Imported, r)
					}
					_, err := labeling.LearnExercises(ctx, d)
					return err
				})
				perr := t.print(out, func(w io.Writer) {
					for _, r := range out.Imported {
						for _, x := range r.Report.Imported {
							fmt.Fprintf(w, "%s is session %s of the study: %s, %d recordings, %s s.\n", r.Session, x.Session, x.Format, x.Recordings, fixed(x.DurationS, 1))
						}
					}
					for id, why := range out.Refused {
						fmt.Fprintf(w, "%s stays in the inbox: %s\n", id, why)
					}
				})
				if err = errors.Join(err, perr); err == nil && len(out.Refused) > 0 {
					err = errReported
				}
				return err
			})
		},
	}
	whose.add(cmd)
	cmd.Flags().StringVar(&study, "study", "", "the study to import into")
	return cmd
}

// waiting is the sessions named, or all that wait.
func waiting(ctx context.Context, s *store.Store, named []string) ([]string, error) {
	if len(named) > 0 {
		return named, nil
	}
	list, err := s.Sessions(ctx, store.StateWaiting)
	var ids []string
	for _, x := range list {
		ids = append(ids, x.ID)
	}
	return ids, err
}

// counted is a number of things: "1 session", "2 sessions".
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

func newInboxReject(t *terminal) *cobra.Command {
	var why string
	cmd := &cobra.Command{
		Use: "reject --store DIR SESSION... --why TEXT", Short: "Refuse waiting sessions; they are erased when their time is over", Args: words(1, -1, "sessions of the inbox"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd, func(ctx context.Context, s *store.Store, _ server.Settings) error {
				for _, id := range args {
					if err := s.Rejected(ctx, id, why); err != nil {
						return err
					}
				}
				return t.print(map[string]any{"rejected": args}, func(w io.Writer) { fmt.Fprintf(w, "Rejected %s.\n", counted(len(args), "session")) })
			})
		},
	}
	cmd.Flags().StringVar(&why, "why", "", "the reason, for the journal")
	return cmd
}
