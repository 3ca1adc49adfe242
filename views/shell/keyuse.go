package shell

import (
	"path/filepath"

	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset/codec"
	"onset/dataset/privacy"
)

// importQueue keeps imports apart while a key file is open, which one of them
// writes at a time.
type importQueue struct {
	busy    bool
	book    *privacy.Book // the key file in the hand of the import that runs, nil for none
	waiting []waitingImport
}

// waitingImport begins when the import before it has ended.
type waitingImport struct {
	paths []string
	again func(codec.Refusal)
	o     codec.Options
}

// queueImport keeps an import for when the one that runs has ended, and says so.
func (s *Shell) queueImport(w waitingImport) {
	s.imports.waiting = append(s.imports.waiting, w)
	s.status.say(lang.L("An import is running. The one of {{.Name}} begins when it has ended", map[string]any{"Name": importedName(w.paths)}), false)
}

// nextImport gives the key file free for the import that waits longest.
func (s *Shell) nextImport() {
	s.imports.busy, s.imports.book = false, nil
	if len(s.imports.waiting) == 0 {
		return
	}
	next := s.imports.waiting[0]
	s.imports.waiting = s.imports.waiting[1:]
	s.importWith(next.paths, next.o, next.again)
}

// dropImports tells of imports that waited for a study which is not open any more.
func (s *Shell) dropImports(study string) {
	var paths []string
	for _, w := range s.imports.waiting {
		paths = append(paths, w.paths...)
	}
	if len(paths) == 0 {
		return
	}
	s.imports.waiting = nil
	s.showProblem(app.Problem{What: lang.L("Imports waited for their turn when {{.Study}} was closed, and did not begin", map[string]any{"Study": study}),
		Where: importedName(paths), Unharmed: lang.L("The files were not touched"), Do: lang.L("Open {{.Study}} again and import them", map[string]any{"Study": study})})
}

// keysInUse reports that an import has the key file in its hand, and says when
// what was asked for can be done.
func (s *Shell) keysInUse() bool {
	if !s.imports.busy {
		return false
	}
	s.showProblem(app.Problem{What: lang.L("An import is writing to the key file"), Where: s.keys.path,
		Unharmed: lang.L("Nothing was changed"), Do: lang.L("Do this again when the import has ended")})
	return true
}

// followNames counts the people of the key file anew, which an import has written.
func (s *Shell) followNames(path string, book *privacy.Book) {
	if book != nil && s.keys.path == path {
		s.keys.people = called(book.Keys())
	}
}

// keyStatus is the state of the key file, with the names that a running import has
// added.
func (s *Shell) keyStatus() string {
	s.followNames(s.keys.path, s.imports.book)
	return s.keys.status()
}

func importedName(paths []string) string {
	if len(paths) == 1 {
		return filepath.Base(paths[0])
	}
	return lang.L("{{.First}} and {{.N}} more", map[string]any{"First": filepath.Base(paths[0]), "N": len(paths) - 1})
}
