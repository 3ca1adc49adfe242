package label

import (
	"context"
	"fmt"
	"strconv"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/labeling/interchange"
	"onset/views/room"
	"onset/views/trace/figure"
	"onset/views/words"
)

var _ room.Exporter = (*Label)(nil)

// Exports are the figure of what is seen and the labels of the set that is
// worked on.
func (l *Label) Exports() []room.Export {
	if l.session == nil {
		return nil
	}
	name := fmt.Sprintf("%s-session-%d", l.session.Participant, l.session.Number)
	var list []room.Export
	seen := l.trace.Figure()
	if l.source.Current().Simulated {
		seen.Note = lang.L("Simulated data: no such people exist.")
	}
	for _, ext := range figure.Extensions() {
		list = append(list, room.Export{
			Name:      lang.L("Figure of this view, {{.Kind}}", map[string]any{"Kind": ext[1:]}),
			Extension: ext, Suggested: name + ext, Write: seen.Write,
		})
	}
	labels := l.editor.Labels()
	session := *l.session
	var first dataset.Recording
	if len(session.Recordings) > 0 {
		first = session.Recordings[0]
	}
	for _, format := range interchange.Formats() {
		var lost []string
		list = append(list, room.Export{
			Name:      lang.L("Labels, {{.Format}}", map[string]any{"Format": format.Title}),
			Extension: format.Extension, Suggested: name + "-labels" + format.Extension,
			Write: func(path string) error {
				notes, err := interchange.WriteFile(path, format, interchange.DocumentOf(session, first, labels))
				lost = interchange.Messages(notes)
				return err
			},
			Lost: func() []string { return lost },
		})
	}
	for _, folder := range interchange.Folders() {
		for i, r := range session.Recordings {
			what := lang.L("Samples and labels, {{.Format}}", map[string]any{"Format": folder.Title})
			file := name + "-" + folder.Name
			if len(session.Recordings) > 1 {
				what += ", " + words.Placement(r.Placement)
				file += "-" + strconv.Itoa(i+1)
			}
			var lost []string
			list = append(list, room.Export{Name: what, Suggested: file, Lost: func() []string { return lost }, Write: func(path string) error {
				_, notes, err := folder.Write(context.Background(), path, l.source, session, r, labels)
				lost = interchange.Messages(notes)
				return err
			}})
		}
	}
	return list
}
