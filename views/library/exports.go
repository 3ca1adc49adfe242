package library

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/labeling/interchange"
	"onset/views/room"
)

// Exports offers the chosen session's samples, and its labels in the formats of
// other programs. File names carry the study code, never a date.
func (l *Library) Exports() []room.Export {
	s, ok := l.summary()
	if !ok {
		return nil
	}
	name := fmt.Sprintf("%s-session-%d", s.Participant, s.Number)
	list := []room.Export{{Name: lang.L("Samples as CSV"), Extension: ".csv", Suggested: name + "-samples.csv",
		Write: func(path string) error { return writeSamples(l.source, s.ID, path) }}}
	for _, f := range interchange.Formats() {
		var lost []string
		list = append(list, room.Export{Name: lang.L("Labels as {{.Format}}", map[string]any{"Format": f.Title}), Extension: f.Extension,
			Suggested: name + "-labels" + f.Extension, Lost: func() []string { return lost },
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
