package shell

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset/codec"
	"onset/dataset/privacy"
	"onset/views/parts"
	"onset/views/task"
	"onset/views/theme"
	"onset/views/words"
)

// keyFile is the key file in use: where it lies and what opens it. Both live in
// memory until the program ends or the study is closed, and nowhere else.
type keyFile struct {
	path, passphrase string
	people           int // names known when it was opened
}

func (k keyFile) open() bool { return k.path != "" }

// status says whether the study can know people again by name.
func (k keyFile) status() string {
	if !k.open() {
		return lang.L("No key file is open: names are forgotten at import, and people are known by their codes alone.")
	}
	return lang.L("Key file {{.Name}} is open: it knows {{.People}}.", map[string]any{"Name": filepath.Base(k.path),
		"People": words.Many(int64(k.people), lang.L("person by name"), lang.L("people by name"))})
}

// showKeyFile says how it stands with the key file and what can be done.
func (s *Shell) showKeyFile() {
	if s.busy() || !s.bench.Current().Open {
		return
	}
	text := lang.L("The key file links study codes to names and serial numbers, encrypted with a passphrase. It lies outside the study: keep it where only you can reach it. The study opens and works without it.")
	status := s.keyStatus()
	if s.keys.open() {
		text = lang.L("Forget it: imports no longer know people by name, and exports are no longer looked through. The file itself stays as it is, and is opened again with its passphrase.")
	}
	body := parts.VBox(theme.Space3, parts.NewParagraph(status, false))
	if s.keys.open() {
		if err := privacy.CheckKeyFile(s.keys.path); err != nil {
			gone := parts.NewParagraph(lang.L("It is not at {{.Path}} now: put it back there, or forget it and open it where it is.", map[string]any{"Path": s.keys.path}), false)
			gone.SetTone(theme.Warning)
			body.Add(gone)
		}
	}
	body.Add(parts.NewParagraph(text, true))
	var actions []action
	if s.keys.open() {
		actions = []action{{word: lang.L("Forget it"), run: func() {
			s.setKeys(keyFile{})
		}}, {word: lang.L("Remove names…"), run: s.removeNames}, {word: lang.L("Add a name…"), run: s.addName}, {word: lang.L("Keep it open"), safe: true, primary: true}}
	} else {
		actions = []action{{word: lang.L("Close"), safe: true}, {word: lang.L("New key file…"), run: s.newKeyFile}, {word: lang.L("Open key file…"), primary: true, run: s.openKeyFile}}
	}
	s.dialogs.show(lang.L("Key file"), status, body, fyne.NewSize(560, 210), actions...)
}

func (s *Shell) newKeyFile() {
	s.askSaveIn(s.keyFolder(), lang.L("New key file"), lang.L("Best not beside the study: who has both knows the names. It must not exist yet."), lang.L("names"), ".key", lang.L("Next"), func(path string) {
		if _, err := os.Stat(path); err == nil {
			s.showProblem(app.Problem{What: lang.L("There is a file of this name"), Where: path, Unharmed: lang.L("It was not touched"), Do: lang.L("Choose another name, or open it")})
			return
		}
		make := func() {
			s.askPassphrase(lang.L("Passphrase of the new key file"), lang.L("Nobody can open the key file without it, and it can not be found again. Write it down."), true, s.makeKeyFile(path))
		}
		if filepath.Dir(path) != filepath.Dir(s.bench.Current().Path) {
			make()
			return
		}
		s.confirmOr(lang.L("Beside the study?"), lang.L("Who gets this folder, or a copy of it, has the names with the study: {{.Path}}", map[string]any{"Path": filepath.Dir(path)}),
			lang.L("Choose another place"), lang.L("Make it here"), make)
	})
}

// keyFolder is where a new key file is offered: not beside the study, for who has
// both knows the names.
func (s *Shell) keyFolder() string {
	study := filepath.Dir(s.bench.Current().Path)
	if home, err := os.UserHomeDir(); err == nil && home != study {
		return home
	}
	if dir, err := os.UserConfigDir(); err == nil && dir != study {
		return dir
	}
	return s.bench.DataDir()
}

func (s *Shell) openKeyFile() {
	if s.keysInUse() {
		return
	}
	s.pickFile(lang.L("Open key file"), nil, func(path string) {
		task.Do(s.runner, func(context.Context) error { return privacy.CheckKeyFile(path) }, func(err error) {
			switch {
			case errors.Is(err, privacy.ErrNoKeyFile):
				s.showProblem(app.Problem{What: lang.L("This is no Onset key file"), Where: path, Unharmed: lang.L("The file was not touched"),
					Do: lang.L("Choose the file that New key file… made; its name mostly ends in .key. A table of names is none: people get into a key file at import, or with onsetctl privacy add.")})
			case err != nil:
				s.showError(err)
			default:
				s.askPassphrase(lang.L("Passphrase"), filepath.Base(path), false, s.tryKeyFile(path))
			}
		})
	})
}

// makeKeyFile writes a new key file at once: one that was only promised could not
// be copied, moved or opened again.
func (s *Shell) makeKeyFile(path string) func(pass string, answer func(refused string) bool) {
	return s.useKeyFile(path, func(pass string) (int, error) { return 0, s.bench.MakeKeys(path, pass) })
}

// tryKeyFile opens a key file to see that the passphrase is right.
func (s *Shell) tryKeyFile(path string) func(pass string, answer func(refused string) bool) {
	return s.useKeyFile(path, func(pass string) (int, error) {
		book, err := s.bench.OpenKeys(path, pass)
		if err != nil {
			return 0, err
		}
		return called(book.Keys()), book.Close()
	})
}

// useKeyFile takes a key file into use when open, which counts the people it
// knows, took the passphrase.
func (s *Shell) useKeyFile(path string, open func(pass string) (int, error)) func(pass string, answer func(refused string) bool) {
	return func(pass string, answer func(refused string) bool) {
		task.Run(s.others, func(context.Context) (int, error) { return open(pass) }, func(people int, err error) {
			switch {
			case errors.Is(err, privacy.ErrPassphrase):
				answer(lang.L("The passphrase does not open this key file. Capitals and spaces count: type it again."))
			case !answer(""): // left meanwhile
			case err != nil:
				s.showError(err)
			default:
				s.setKeys(keyFile{path, pass, people})
			}
		})
	}
}

// called counts the people whom a key file knows by name.
func called(keys privacy.Keys) int {
	n := 0
	for _, id := range keys.Identities {
		if len(id.Names) > 0 {
			n++
		}
	}
	return n
}

// askPassphrase asks for a passphrase, for a new one twice. try gets what was
// typed and answers once, on the interface's goroutine: with why it is refused,
// which is said in the dialog so that it can be typed again, or with nothing, which closes
// it. The answer to a dialog that was left meanwhile is false.
func (s *Shell) askPassphrase(title, hint string, twice bool, try func(pass string, answer func(refused string) bool)) {
	var shown *shownDialog
	first, again := newSecret(func() { shown.escape() }), newSecret(func() { shown.escape() })
	problem := parts.NewParagraph("", true)
	body := parts.VBox(theme.Space2, parts.NewParagraph(hint, true), parts.Small(lang.L("Passphrase")), first)
	if twice {
		body.Add(parts.Small(lang.L("The passphrase once more")))
		body.Add(again)
	}
	body.Add(problem)
	left, trying := false, false
	shown = s.dialogs.show(title, hint, body, fyne.NewSize(460, 250), action{word: lang.L("Cancel"), safe: true, run: func() { left = true }}, action{word: lang.L("Go on"), primary: true})
	shown.inside = func() map[string]any { return map[string]any{"problem": problem.Text()} }
	press := shown.enter
	say := func(text string, tone fyne.ThemeColorName) {
		problem.SetTone(tone)
		problem.SetText(text)
	}
	answer := func(refused string) bool {
		trying = false
		switch {
		case left:
			return false
		case refused == "":
			press()
		default:
			say(refused, theme.Warning)
			s.window.Canvas().Focus(first)
			first.TypedShortcut(&fyne.ShortcutSelectAll{})
		}
		return true
	}
	check := func() {
		switch {
		case trying:
		case first.Text == "":
			say(lang.L("A key file needs a passphrase."), theme.Warning)
		case twice && privacy.CheckPassphrase(first.Text) != nil:
			say(lang.L("At least eight characters, better several words."), theme.Warning)
		case twice && first.Text != again.Text:
			say(lang.L("The two are not the same."), theme.Warning)
		default:
			trying = true
			say(lang.L("Opening the key file…"), theme.Muted)
			try(first.Text, answer)
		}
	}
	shown.enter = check
	shown.replace(lang.L("Go on"), check)
	edited := func(string) { // the complaint was about what stood there
		if !trying {
			problem.SetText("")
		}
	}
	first.OnChanged, again.OnChanged = edited, edited
	first.OnSubmitted = func(string) {
		if twice && again.Text == "" {
			s.window.Canvas().Focus(again)
			return
		}
		check()
	}
	again.OnSubmitted = func(string) { check() }
	s.window.Canvas().Focus(first)
}

func newSecret(escape func()) *dialogEntry {
	e := newDialogEntry(escape)
	e.Password = true
	return e
}

// openKeys opens the key file for an import, off the interface's goroutine; nil
// when none is in use.
func (s *Shell) withKeys(o codec.Options, run func(codec.Options)) {
	k := s.keys
	if !k.open() {
		run(o)
		return
	}
	s.imports.busy = true
	study := s.path
	task.Run(s.unlocking, func(context.Context) (*privacy.Book, error) { return s.bench.OpenKeys(k.path, k.passphrase) },
		func(book *privacy.Book, err error) {
			if err != nil {
				s.showProblem(app.Problem{What: lang.L("The key file could not be opened, so nothing was imported"), Where: k.path,
					Unharmed: err.Error(), Do: lang.L("Close whatever uses it, or put it back where it was, and import again")})
				s.nextImport()
				return
			}
			if s.path != study { // closed meanwhile: the files are not of this one
				s.do(func(context.Context) error { return book.Close() })
				s.nextImport()
				return
			}
			o.Keys, s.imports.book = book, book
			run(o)
		})
}

// clear looks through what was just exported for names, when a key file is open;
// on a hit it is removed again. It runs off the interface's goroutine.
func (k keyFile) clear(ctx context.Context, bench *app.Workbench, out string) error {
	if !k.open() {
		return nil
	}
	err := bench.ClearExport(ctx, k.path, k.passphrase, out)
	if hit, ok := errors.AsType[*privacy.HitError](err); ok {
		return app.WithProblem(err, app.Problem{
			What:     lang.L("The export was refused: it holds {{.N}} of the key file, the first of {{.Code}}", map[string]any{"N": words.Many(int64(hit.Hits), lang.L("identifier"), lang.L("identifiers")), "Code": hit.First.Code}),
			Where:    out,
			Unharmed: lang.L("It was removed again, and the study is as it was"),
			Do:       lang.L("Look for a name in notes, free fields or a rater's name, take it out, and export again")})
	}
	return err
}

// clearing is clear for a job; nil while no key file is open.
func (k keyFile) clearing(bench *app.Workbench) app.Clear {
	if !k.open() {
		return nil
	}
	return func(ctx context.Context, out string) error { return k.clear(ctx, bench, out) }
}
