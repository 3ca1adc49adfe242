package library

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/labeling/interchange"
	"onset/views/room"
	"onset/views/words"
)

// Exports offers the chosen session's samples, and its labels in the formats of
// other programs; of several sessions chosen together into a new folder. File names
// carry the study code, never a date.
func (l *Library) Exports() []room.Export {
	if list := l.chosenSessions(); len(list) > 1 {
		return l.exportsOf(list)
	}
	s, ok := l.summary()
	if !ok {
		return nil
	}
	name := exportName(s)
	ofStudy := lang.L("Written from what the study holds of {{.Person}}, session {{.N}}. An existing file is not replaced.", map[string]any{"Person": s.Participant, "N": s.Number})
	list := []room.Export{{Name: lang.L("Samples as CSV"), Extension: ".csv", Suggested: name + "-samples.csv", About: ofStudy,
		Write: func(path string) error { return writeSamples(l.source, s.ID, path) }}}
	for _, f := range interchange.Formats() {
		var lost []string
		list = append(list, room.Export{Name: lang.L("Labels as {{.Format}}", map[string]any{"Format": f.Title}), Extension: f.Extension,
			Suggested: name + "-labels" + f.Extension, About: ofStudy, Lost: func() []string { return lost },
			Write: func(path string) error {
				notes, err := writeLabels(l.source, s.ID, f, path)
				lost = interchange.Messages(notes)
				return err
			}})
	}
	return list
}

// writeSamples writes every recording of a session to a new file, whole or not
// at all.
func writeSamples(source Source, id dataset.SessionID, path string) (err error) {
	ctx := context.Background()
	s, err := source.Session(ctx, id)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("writing samples: %w", err)
	}
	w := bufio.NewWriterSize(f, 1<<16)
	for _, r := range s.Recordings {
		if err = dataset.WriteCSV(ctx, w, source, r); err != nil {
			break
		}
	}
	if err == nil {
		err = w.Flush()
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("writing samples to %s: %w", path, err), os.Remove(path))
	}
	return nil
}

func writeLabels(source Source, id dataset.SessionID, format interchange.Format, path string) ([]interchange.Note, error) {
	ctx := context.Background()
	s, err := source.Session(ctx, id)
	if err != nil {
		return nil, err
	}
	labels, err := source.Labels(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(s.Recordings) == 0 {
		return nil, dataset.ErrNoSamples
	}
	return interchange.WriteFile(path, format, interchange.DocumentOf(s, s.Recordings[0], labels))
}

func exportName(s dataset.SessionSummary) string {
	return fmt.Sprintf("%s-session-%d", s.Participant, s.Number)
}

// exportsOf offers a folder with a file for each session.
func (l *Library) exportsOf(list []dataset.SessionSummary) []room.Export {
	said := map[string]any{"N": words.Count(int64(len(list)))}
	name := fmt.Sprintf("%d-sessions", len(list))
	about := lang.L("All {{.N}} chosen sessions are written whole into a new folder of this name, a file for each. A folder that is there already is not touched.", said)
	out := []room.Export{{Name: lang.L("Samples of {{.N}} sessions as CSV, into a folder", said), Suggested: name + "-samples", About: about,
		Write: func(dir string) error {
			return writeEach(dir, list, "-samples.csv", func(s dataset.SessionSummary, path string) error { return writeSamples(l.source, s.ID, path) })
		}}}
	for _, f := range interchange.Formats() {
		said["Format"] = f.Title
		var lost []string
		out = append(out, room.Export{Name: lang.L("Labels of {{.N}} sessions as {{.Format}}, into a folder", said), Suggested: name + "-labels-" + strings.Trim(f.Extension, "."), About: about,
			Lost: func() []string { return lost },
			Write: func(dir string) error {
				return writeEach(dir, list, "-labels"+f.Extension, func(s dataset.SessionSummary, path string) error {
					notes, err := writeLabels(l.source, s.ID, f, path)
					for _, m := range interchange.Messages(notes) {
						lost = append(lost, exportName(s)+": "+m)
					}
					return err
				})
			}})
	}
	return out
}

// writeEach writes a file for each session into a new folder, all of them or none.
func writeEach(dir string, list []dataset.SessionSummary, ending string, write func(s dataset.SessionSummary, path string) error) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("exporting sessions: %w", err)
	}
	for _, s := range list {
		if err := write(s, filepath.Join(dir, exportName(s)+ending)); err != nil {
			return errors.Join(fmt.Errorf("exporting %s, session %d: %w", s.Participant, s.Number, err), os.RemoveAll(dir))
		}
	}
	return nil
}
