package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"onset/dataset"
	"onset/labeling/interchange"
)

// formatNames lists the label formats for a flag's help: those that are read, and
// for an export those that are only written.
func formatNames(export bool) string {
	var names []string
	for _, f := range interchange.Formats() {
		names = append(names, f.Name)
	}
	for _, f := range interchange.Folders() {
		if export {
			names = append(names, f.Name)
		}
	}
	return strings.Join(names, ", ")
}

// labelTarget says which labels a command is about.
type labelTarget struct{ session, recording, set, format, rater string }

func (l *labelTarget) add(cmd *cobra.Command, export bool) {
	f := cmd.Flags()
	f.StringVar(&l.session, "session", "", "the session's id, or a beginning of it that only one has")
	f.StringVar(&l.recording, "recording", "", "the recording whose samples count (default: the session's first)")
	f.StringVar(&l.set, "set", "", "the label set")
	f.StringVar(&l.format, "format", "csv", "the file's format: "+formatNames(export))
}

// resolve finds the session and the recording.
func (l *labelTarget) resolve(ctx context.Context, s *dataset.Study) (dataset.Session, dataset.Recording, error) {
	if l.session == "" {
		return dataset.Session{}, dataset.Recording{}, usagef("--session says which session's labels")
	}
	session, err := find(ctx, s, l.session)
	if err != nil {
		return session, dataset.Recording{}, err
	}
	for _, r := range session.Recordings {
		if l.recording == "" || string(r.ID) == l.recording {
			return session, r, nil
		}
	}
	return session, dataset.Recording{}, fmt.Errorf("session %s has no recording %q: %w", session.ID, l.recording, dataset.ErrNotFound)
}

func newLabelsExport(t *terminal) *cobra.Command {
	var l labelTarget
	var k keyFlags
	cmd := &cobra.Command{
		Use:   "export FILE --session ID --format F OUT",
		Short: "Write a session's labels to a file for another program",
		Long: `Write a session's labels to a file for another program. The formats edge-impulse
and create-ml hold the recording too: OUT is then a new folder. With --key the file is
read back for every identifier of the key file, which a note or a rater's name
could hold; on a hit it is removed and the export refused.`,
		Args: words(2, 2, "a study file and the file to write"),
		RunE: func(cmd *cobra.Command, args []string) error {
			folders := interchange.Folders()
			folder := slices.IndexFunc(folders, func(f interchange.Folder) bool { return f.Name == l.format })
			format, err := interchange.ByName(l.format)
			if err != nil && folder < 0 {
				return usagef("%v", err)
			}
			return withStudy(cmd.Context(), args[0], true, func(s *dataset.Study) error {
				session, r, err := l.resolve(cmd.Context(), s)
				if err != nil {
					return err
				}
				labels, err := s.Labels(cmd.Context(), dataset.LabelFilter{Session: session.ID, Set: l.set})
				if err != nil {
					return err
				}
				if folder >= 0 {
					n, notes, err := folders[folder].Write(cmd.Context(), args[1], s, session, r, labels)
					if err == nil {
						err = k.clear(cmd.Context(), args[1])
					}
					if err != nil {
						return err
					}
					return t.printNotes(args[1], n, notes)
				}
				d := interchange.DocumentOf(session, r, labels)
				notes, err := interchange.WriteFile(args[1], format, d)
				if err == nil {
					err = k.clear(cmd.Context(), args[1])
				}
				if err != nil {
					return err
				}
				return t.printNotes(args[1], len(d.Spans), notes)
			})
		},
	}
	l.add(cmd, true)
	k.add(cmd)
	return cmd
}

// labelFileResult is the result of labels export and labels import.
type labelFileResult struct {
	File   string   `json:"file"`
	Labels int      `json:"labels"`
	Notes  []string `json:"notes"`
}

func (t *terminal) printNotes(path string, n int, notes []interchange.Note) error {
	result := labelFileResult{File: path, Labels: n, Notes: append([]string{}, interchange.Messages(notes)...)}
	return t.print(result, func(w io.Writer) {
		fmt.Fprintf(w, "%s, %s\n", counted(n, "label"), path)
		for _, text := range result.Notes {
			fmt.Fprintln(w, text)
		}
	})
}

func newLabelsImport(t *terminal) *cobra.Command {
	var l labelTarget
	cmd := &cobra.Command{
		Use:   "import FILE --session ID --format F --set SET IN",
		Short: "Read labels for a session from another program's file, all or none",
		Long: `Read labels for a session from another program's file, all or none. A label that
reaches into a pause of the recording is cut there and named; one that lies in a pause
or outside the session refuses the file. What the set holds already is left out.`,
		Args: words(2, 2, "a study file and the label file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			format, err := interchange.ByName(l.format)
			if err != nil {
				return usagef("%v", err)
			}
			if l.set == "" {
				return usagef("--set names the label set that the labels go into")
			}
			return withStudy(cmd.Context(), args[0], false, func(s *dataset.Study) error {
				session, r, err := l.resolve(cmd.Context(), s)
				if err != nil {
					return err
				}
				f, err := os.Open(args[1])
				if err != nil {
					return fmt.Errorf("opening the label file: %w", err)
				}
				defer f.Close()
				d, notes, err := format.Import(f, interchange.DocumentOf(session, r, nil))
				if err != nil {
					return fmt.Errorf("%s: %w; no label was taken in", args[1], err)
				}
				held, err := s.Labels(cmd.Context(), dataset.LabelFilter{Session: session.ID, Set: l.set})
				if err != nil {
					return err
				}
				into := interchange.Into{Session: session, Recording: r, Set: l.set, Rater: l.rater, Held: held}
				labels, found, err := into.Labels(d)
				if err != nil {
					return fmt.Errorf("%s: %w; no label was taken in", args[1], err)
				}
				edit := dataset.Edit{Session: session.ID, Rater: l.rater, Action: "import labels"}
				for i := range labels {
					edit.Changes = append(edit.Changes, dataset.Change{After: &labels[i]})
				}
				if len(edit.Changes) > 0 {
					if _, err := s.Apply(cmd.Context(), edit); err != nil {
						return err
					}
				}
				return t.printNotes(args[1], len(labels), append(notes, found...))
			})
		},
	}
	l.add(cmd, false)
	cmd.Flags().StringVar(&l.rater, "rater", "", "who made the labels, where the file does not say")
	return cmd
}
