package label

import (
	"fmt"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/labeling/interchange"
	"onset/views/room"
	"onset/views/trace/figure"
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
		list = append(list, room.Export{
			Name:      lang.L("Labels, {{.Format}}", map[string]any{"Format": format.Title}),
			Extension: format.Extension, Suggested: name + "-labels" + format.Extension,
			Write: func(path string) error {
				notes, err := interchange.WriteFile(path, format, interchange.DocumentOf(session, first, labels))
				if err == nil && len(notes) > 0 {
					l.runner.Apply(func() {
						l.status(lang.L("Written; the format could not hold everything: {{.Note}}",
							map[string]any{"Note": notes[0].Message}), false)
					})
				}
				return err
			},
		})
	}
	return list
}
