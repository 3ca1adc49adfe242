package shell

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	"onset/labeling"
	"onset/labeling/interchange"
	"onset/views/library"
	"onset/views/parts"
	"onset/views/task"
	"onset/views/theme"
)

// importLabels asks for a label file of another program for the session that is
// open or chosen.
func (s *Shell) importLabels() {
	if !s.canImport() {
		return
	}
	if _, ok := s.sessionForLabels(); !ok {
		s.noSessionForLabels("")
		return
	}
	var endings []string
	for _, f := range interchange.Formats() {
		if !slices.Contains(endings, f.Extension) {
			endings = append(endings, f.Extension)
		}
	}
	s.pickFile(lang.L("Import labels"), endings, func(path string) {
		s.folder = filepath.Dir(path)
		task.Run(s.others, func(context.Context) (sniffed, error) { return sniff(path) }, func(f sniffed, err error) {
			switch {
			case err != nil:
				s.showError(err)
			case !f.labels:
				s.showProblem(app.Problem{What: lang.L("This is no label file that Onset knows"), Where: path, Unharmed: lang.L("Nothing was changed"),
					Do: lang.L("Export labels as ELAN, Audacity, Label Studio, BORIS, Signaligner, SensiML or Onset CSV")})
			default:
				s.offerLabels(path, f.format)
			}
		})
	})
}

// sniffed is what a path's beginning tells.
type sniffed struct {
	labels, sure bool
	format       interchange.Format
}

func sniff(path string) (f sniffed, err error) {
	stat, err := os.Stat(path)
	if err != nil || !stat.Mode().IsRegular() {
		return f, err
	}
	f.format, f.labels, f.sure, err = interchange.Sniff(path)
	return f, err
}

// importPath imports a file or folder that was typed or dropped: labels into the
// session that is open, all else as recordings.
func (s *Shell) importPath(path string) {
	if !s.canImport() { // which is said at once
		s.importPaths([]string{path})
		return
	}
	task.Run(s.others, func(context.Context) (sniffed, error) { return sniff(path) }, func(f sniffed, err error) {
		recording := func() { s.importPaths([]string{path}) }
		labels := func() { s.offerLabels(path, f.format) }
		switch {
		case err != nil:
			s.showError(err)
		case !f.labels:
			recording()
		case f.sure:
			labels()
		default:
			text := lang.L("{{.File}} holds two times and a name in each line, as {{.Format}} do. Is it labels of a session, or a recording?",
				map[string]any{"File": filepath.Base(path), "Format": f.format.Title})
			s.dialogs.show(lang.L("Recording or labels?"), text, parts.NewParagraph(text, false), fyne.NewSize(520, 170),
				action{word: lang.L("Cancel"), safe: true}, action{word: lang.L("A recording"), run: recording}, action{word: lang.L("Labels"), primary: true, run: labels})
		}
	})
}

// sessionForLabels is the session that labels are imported into: the one that is
// chosen in the library while that is in front, else the open one.
func (s *Shell) sessionForLabels() (dataset.SessionSummary, bool) {
	if l, ok := s.front().(*library.Library); ok {
		if v, chosen := l.Chosen(); chosen {
			return v, true
		}
	}
	return s.session, s.session.ID != ""
}

func (s *Shell) noSessionForLabels(path string) {
	s.showProblem(app.Problem{What: lang.L("No session is open or chosen to import labels into"), Where: path,
		Unharmed: lang.L("Nothing was changed"), Do: lang.L("Choose the session in the Library or open it in Label, then import its labels")})
}

// offerLabels reads a label file and asks which label set it goes into.
func (s *Shell) offerLabels(path string, format interchange.Format) {
	v, ok := s.sessionForLabels()
	if !ok {
		s.noSessionForLabels(path)
		return
	}
	task.Run(s.others, func(ctx context.Context) (app.LabelFile, error) { return s.bench.ReadLabels(ctx, path, format, v.ID) },
		func(f app.LabelFile, err error) {
			switch {
			case err != nil:
				s.showError(err)
			case f.Labels == 0:
				s.showReport(lang.L("No labels in {{.File}}", map[string]any{"File": filepath.Base(path)}), noteLines(f.Notes))
			case !s.busy():
				s.askLabelSet(f, v)
			}
		})
}

func (s *Shell) askLabelSet(f app.LabelFile, v dataset.SessionSummary) {
	text := lang.N("{{.N}} label of {{.File}} ({{.Format}}) for {{.Person}}, session {{.Session}}: {{.Kinds}}.", f.Labels,
		map[string]any{"File": filepath.Base(f.Path), "Format": f.Format.Title, "N": f.Labels, "Person": v.Participant, "Session": v.Number, "Kinds": kindsOf(f)})
	hint := lang.L("The label set that they go into. A new name makes a new set; labels that the set has already are left out.")
	var shown *shownDialog
	entry := newDialogEntry(func() { shown.escape() })
	entry.SetText(f.Suggested())
	entry.OnSubmitted = func(string) { shown.enter() }
	body := parts.VBox(theme.Space2, parts.NewParagraph(text, false), parts.NewParagraph(hint, true), entry)
	shown = s.dialogs.show(lang.L("Import labels"), text+"\n"+hint, body, fyne.NewSize(560, 240),
		action{word: lang.L("Cancel"), safe: true},
		action{word: lang.L("Import"), primary: true, ready: func() bool { return strings.TrimSpace(entry.Text) != "" },
			run: func() { s.takeLabels(f, strings.TrimSpace(entry.Text)) }})
	s.window.Canvas().Focus(entry)
}

// kindsOf says how many labels there are of each exercise, and how many setup
// windows.
func kindsOf(f app.LabelFile) string {
	counts := f.Exercises
	const most = 6
	var list []string
	for _, e := range slices.Sorted(maps.Keys(counts)) {
		if len(list) == most {
			list = append(list, "…")
			break
		}
		name := labeling.Short(e)
		if name == "" {
			name = lang.L("without a name")
		}
		list = append(list, name+" "+lang.L("({{.N}})", map[string]any{"N": counts[e]}))
	}
	if f.Setups > 0 {
		list = append(list, lang.N("{{.N}} setup window", f.Setups, map[string]any{"N": f.Setups}))
	}
	return strings.Join(list, ", ")
}

// takeLabels imports labels once nothing of the person's own is on its way.
func (s *Shell) takeLabels(f app.LabelFile, set string) {
	s.settled(func() {
		var taken app.TakenLabels
		job := s.bench.ImportLabels(f, set, func(t app.TakenLabels) { taken = t }) // read after the job has ended
		s.whenDone(job.ID(), func(end app.JobStatus) {
			switch end.State {
			case app.JobDone:
				s.labelsTaken(taken)
			case app.JobFailed:
				s.showError(end.Err)
			default:
				s.status.say(lang.L("The import was cancelled; no label was taken in"), false)
			}
		})
	})
}

// labelsTaken shows what was imported, line by line, and reads the session anew.
func (s *Shell) labelsTaken(t app.TakenLabels) {
	for _, p := range s.places {
		if o, ok := p.room.(opener); ok && s.session.ID == t.Session {
			o.Open(t.Session)
		}
	}
	var lines []reportLine
	for _, e := range slices.Sorted(maps.Keys(t.Exercises)) {
		name := labeling.Short(e)
		if name == "" {
			name = lang.L("without a name")
		}
		lines = append(lines, reportLine{"imported", lang.L("Imported"), lang.N("{{.Name}}: {{.N}} label", t.Exercises[e], map[string]any{"Name": name, "N": t.Exercises[e]}), false})
	}
	if t.Setups > 0 {
		lines = append(lines, reportLine{"imported", lang.L("Imported"), lang.N("{{.N}} setup window", t.Setups, map[string]any{"N": t.Setups}), false})
	}
	lines = append(lines, noteLines(t.Notes)...)
	s.showReport(lang.N("{{.N}} label imported into the set “{{.Set}}”; undo on the Label screen takes it back", t.Taken,
		map[string]any{"N": t.Taken, "Set": t.Set}), lines)
}

// noteLines words what of a label file could not be used.
func noteLines(notes []interchange.Note) []reportLine {
	var lines []reportLine
	for _, n := range notes {
		text := n.Message
		if n.Line > 0 {
			text = lang.L("line {{.N}}: {{.Text}}", map[string]any{"N": n.Line, "Text": text})
		}
		lines = append(lines, reportLine{"finding", lang.L("Note"), text, true})
	}
	return lines
}
