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

// setKeys takes a key file into use, or none, and shows in the top line which.
func (s *Shell) setKeys(k keyFile) {
	s.keys = k
	s.status.say(s.keys.status(), false)
	s.refresh()
}

// closedWith says that the key file was closed with its study; said when none was open.
func (k keyFile) closedWith(study, said string) string {
	if !k.open() {
		return said
	}
	return lang.L("Key file {{.Name}} was closed with {{.Study}}", map[string]any{"Name": filepath.Base(k.path), "Study": study})
}

// sayKeysClosed tells that the key file went with the study before, until it was
// told in the next one.
func (s *Shell) sayKeysClosed(open bool) {
	if s.keysClosed == "" {
		return
	}
	s.status.say(s.keysClosed, false)
	if open {
		s.keysClosed = ""
	}
}

// unscanned is what the result line of an export adds while no key file is open,
// in which its names could be looked up.
func (k keyFile) unscanned() string {
	if k.open() {
		return ""
	}
	return lang.L("not looked through for names, as no key file is open")
}

// explainKeys says in the status line what the key file's badge means while the
// pointer is over it.
func (s *Shell) explainKeys() func(in bool) {
	before, tip := "", ""
	return func(in bool) {
		now := s.status.middle.Text()
		switch {
		case in:
			before = now
			tip = lang.L("Key file {{.Path}} is open: imports know people by name, and exports are looked through for names. Click to change that", map[string]any{"Path": s.keys.path})
			s.status.say(tip, false)
		case now == tip:
			s.status.say(before, false)
		}
	}
}
