package shell

import (
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/app"
	"onset/dataset"
	"onset/views/parts"
	"onset/views/task"
	"onset/views/theme"
	"onset/views/words"
)

// backUp writes a copy of the study as a job.
func (s *Shell) backUp() {
	if s.busy() || !s.bench.Current().Open {
		return
	}
	s.settled(func() {
		var path string
		job := s.bench.BackUpNow(func(p string, _ error) { path = p }) // read after the job has ended
		s.whenDone(job.ID(), func(end app.JobStatus) {
			switch end.State {
			case app.JobDone:
				s.status.say(lang.L("Copied, and read back: {{.Path}}", map[string]any{"Path": path}), false)
			case app.JobFailed:
				s.showError(end.Err)
			}
		})
	})
}

// chooseBackup lists the copies of the study to restore one.
func (s *Shell) chooseBackup() {
	if st := s.bench.Current(); s.busy() || !st.Open || st.ReadOnly {
		return
	}
	task.Run(s.others, s.bench.BackupList, func(list []app.Backup, err error) {
		if err != nil {
			s.showError(err)
			return
		}
		s.showBackups(list)
	})
}

func (s *Shell) showBackups(list []app.Backup) {
	title := lang.L("Restore from a copy")
	if len(list) == 0 {
		text := lang.L("There is no copy of this study yet. File > Back up now writes one into a folder beside it; the five newest are kept.")
		s.dialogs.show(title, text, parts.NewParagraph(text, false), fyne.NewSize(460, 150),
			action{word: lang.L("Back up now"), run: s.backUp}, action{word: lang.L("Close"), primary: true, safe: true})
		return
	}
	rows := make([]choiceRow, len(list))
	for i, b := range list {
		rows[i] = choiceRow{head: b.At.Local().Format("2006-01-02 15:04:05"), text: ago(s.now().Sub(b.At)) + ", " + words.Bytes(b.Size)}
	}
	hint := lang.L("The copy is checked first. The study as it is now is kept beside it under another name, so nothing is lost.")
	s.choose(title, hint, rows, lang.L("Restore"), lang.L("Cancel"), func(i int) { s.restore(list[i]) })
}

func (s *Shell) restore(b app.Backup) {
	s.settled(func() {
		var aside string
		job := s.bench.RestoreCopy(b.Path, func(p string, _ error) { aside = p }) // read after the job has ended
		s.whenDone(job.ID(), func(end app.JobStatus) {
			switch end.State {
			case app.JobDone:
				s.status.say(lang.L("Restored. The study as it was is kept as {{.Name}}", map[string]any{"Name": filepath.Base(aside)}), false)
			case app.JobFailed:
				s.showError(end.Err)
			}
		})
	})
}

// checkStudy verifies the study as a job and shows what is wrong with it.
func (s *Shell) checkStudy() {
	if s.busy() || !s.bench.Current().Open {
		return
	}
	s.settled(func() {
		var found []dataset.Problem
		job := s.bench.Check(func(p []dataset.Problem, _ error) { found = p }) // read after the job has ended
		s.whenDone(job.ID(), func(end app.JobStatus) {
			switch end.State {
			case app.JobDone:
				s.checked(found)
			case app.JobFailed:
				s.showError(end.Err)
			}
		})
	})
}

func (s *Shell) checked(found []dataset.Problem) {
	if len(found) == 0 {
		s.status.say(lang.L("Checked: samples, pyramids, labels and the ledger are whole"), false)
		return
	}
	var lines []reportLine
	repairable := 0
	for _, p := range found {
		head := lang.L("Damaged")
		if p.Repairable {
			head = lang.L("Can be rebuilt")
			repairable++
		}
		lines = append(lines, reportLine{"refused", head, words.Upper(p.Where) + ": " + p.What, true})
	}
	var advice []string
	var more []action
	if repairable > 0 {
		text := lang.N("{{.N}} of these can be rebuilt from what is whole: back up, close the study and run onsetctl study check --repair on it.", repairable, map[string]any{"N": repairable})
		advice = append(advice, text)
	}
	if lost := len(found) - repairable; lost > 0 {
		text := lang.N("{{.N}} of these cannot be rebuilt: Restore from a copy that is whole, or import those recordings again. What is not named here is whole.", lost, map[string]any{"N": lost})
		advice = append(advice, text)
		if !s.bench.Current().ReadOnly {
			more = append(more, action{word: lang.L("Restore from a copy"), run: s.chooseBackup})
		}
	}
	s.showAdvised(words.Many(int64(len(found)), lang.L("problem found in the study"), lang.L("problems found in the study")), lines, advice, more...)
}

// choiceRow is a line of a list to choose from.
type choiceRow struct{ head, text string }

// choose shows rows of which one is taken with Enter or the button; Escape and
// no take none.
func (s *Shell) choose(title, hint string, rows []choiceRow, yes, no string, take func(i int)) {
	chosen := 0
	var shown *shownDialog
	list := newChoiceList(rows, func() { shown.enter() }, func() { shown.escape() })
	list.OnSelected = func(i int) { chosen = i }
	body := container.NewBorder(parts.VBox(theme.Space2, parts.NewParagraph(hint, true), parts.Rule()), nil, nil, nil, list)
	shown = s.dialogs.show(title, hint, body, fyne.NewSize(560, 420), action{word: no, safe: true},
		action{word: yes, primary: true, run: func() { take(chosen) }})
	list.Select(0)
	s.window.Canvas().Focus(list)
}

// choiceList is a list in which the arrow keys choose at once.
type choiceList struct {
	widget.List
	rows          []choiceRow
	at            int
	enter, escape func()
}

func newChoiceList(rows []choiceRow, enter, escape func()) *choiceList {
	l := &choiceList{rows: rows, enter: enter, escape: escape}
	l.Length = func() int { return len(l.rows) }
	l.CreateItem = func() fyne.CanvasObject { return newReportRow() }
	l.UpdateItem = func(i int, o fyne.CanvasObject) {
		o.(*reportRow).set(reportLine{"imported", l.rows[i].head, l.rows[i].text, false})
	}
	l.HideSeparators = true
	l.ExtendBaseWidget(l)
	return l
}

// TypedKey moves the choice, takes or leaves.
func (l *choiceList) TypedKey(e *fyne.KeyEvent) {
	to := l.at
	switch e.Name {
	case fyne.KeyDown:
		to++
	case fyne.KeyUp:
		to--
	case fyne.KeyHome:
		to = 0
	case fyne.KeyEnd:
		to = len(l.rows) - 1
	case fyne.KeyReturn, fyne.KeyEnter:
		l.enter()
		return
	case fyne.KeyEscape:
		l.escape()
		return
	default:
		return
	}
	if to = min(max(to, 0), len(l.rows)-1); to >= 0 {
		l.at = to
		l.Select(to)
		l.ScrollTo(to)
	}
}

// banner warns across the window, under the top line.
type banner struct {
	text   *parts.Text
	object *fyne.Container
	hidden map[string]bool // studies whose warning was read
	path   string
}

func newBanner(backUp, changed func()) *banner {
	b := &banner{text: parts.NewText("", parts.Style{Tone: theme.Warning, Cut: true}), hidden: map[string]bool{}}
	row := container.NewBorder(nil, nil, parts.NewText("!  ", parts.Style{Tone: theme.Warning, Bold: true}),
		parts.HBox(theme.Space2, parts.NewButton(lang.L("Back up now"), "", backUp), parts.NewButton(lang.L("Hide"), "", func() {
			b.hidden[b.path] = true
			b.object.Hide()
			changed()
		})), b.text)
	b.object = container.NewStack(parts.NewFill(theme.Raised), parts.Below(parts.InsetXY(theme.Space3, theme.Space1, row), parts.Rule()))
	b.object.Hide()
	return b
}

// set warns of a study in a folder that a cloud client synchronises.
func (b *banner) set(st app.StudyState) {
	b.path = st.Path
	visible := st.Open && st.SyncedBy != "" && !b.hidden[st.Path]
	b.text.SetText(lang.L("{{.Client}} synchronises this study's folder and may copy it half written. Keep the study elsewhere. Backups hold the same participants: whether a copy may lie there is for your ethics and data protection rules to say.", map[string]any{"Client": st.SyncedBy}))
	b.object.Hidden = !visible
	b.object.Refresh()
}
