package shell

import (
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	"onset/dataset/codec"
	"onset/views/wizard"
)

// wizardSize is nearly the smallest window: the wizard shows much at once.
var wizardSize = fyne.NewSize(1330, 736)

// importTable asks for a file and describes it, also one that a decoder knows.
func (s *Shell) importTable() {
	if !s.canImport() {
		return
	}
	s.pickFile(lang.L("Import a table"), []string{".csv", ".tsv", ".txt", ".dat", ".asc"}, func(path string) {
		s.folder = filepath.Dir(path)
		s.describe([]string{path})
	})
}

// describe opens the wizard on files that are laid out alike.
func (s *Shell) describe(paths []string) {
	var shown *shownDialog
	var w *wizard.Wizard
	title := lang.L("Describe this table")
	open := func() {
		shown = s.dialogs.show(title, title, w.Object(), wizardSize)
		shown.enter, shown.escape, shown.inside = w.Enter, w.Escape, w.DumpState
		s.window.Canvas().Focus(w.First())
	}
	w = wizard.New(paths, s.bench, wizard.Actions{
		Import: func(m *codec.Mapping, paths []string, participant dataset.ParticipantID) {
			s.importMapped(m, paths, participant, func(r codec.Refusal) {
				w.Resume(r)
				open()
			})
		},
		Close:   func() { s.dialogs.hide(shown) },
		Confirm: s.confirmOr,
		Error:   s.showError,
		Focus:   s.window.Canvas().Focus,
	}, s.runner)
	open()
}

// importMapped imports files as a mapping says; again goes back to saying it.
func (s *Shell) importMapped(m *codec.Mapping, paths []string, participant dataset.ParticipantID, again func(codec.Refusal)) {
	s.importWith(paths, codec.Options{Mapping: m, Format: "csv", Participant: participant, AskPerson: true}, again)
}

// unknownTables are the files of a report that a description would help; the
// first group is offered.
func (s *Shell) offerTables(groups [][]string) []action {
	if len(groups) == 0 {
		return nil
	}
	word := lang.N("Describe {{.N}} table…", len(groups[0]), map[string]any{"N": len(groups[0])})
	return []action{{word: word, run: func() { s.describe(groups[0]) }}}
}

// onlyTable reports an import of nothing but tables that are laid out alike and
// that no decoder knows.
func onlyTable(paths []string, r codec.Report, groups [][]string) bool {
	return len(groups) == 1 && len(r.Imported) == 0 && len(r.Refused) == len(groups[0]) && len(paths) > 0
}

var _ wizard.Source = (*app.Workbench)(nil)
