package shell

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/app"
	"onset/dataset"
	"onset/views/parts"
	"onset/views/room"
	"onset/views/task"
	"onset/views/words"
)

func (s *Shell) now() time.Time { return time.Now() }

// lastFolder is where files were last chosen, else the study's folder (the sample
// study's is the program's own), else the person's home.
func (s *Shell) lastFolder() string {
	if s.folder != "" {
		return s.folder
	}
	if st := s.bench.Current(); st.Open && filepath.Dir(st.Path) != s.bench.DataDir() {
		return filepath.Dir(st.Path)
	}
	if home, err := os.UserHomeDir(); err == nil {
		return home
	}
	return "."
}

// busy reports whether a dialog or the palette is in front, which accelerators
// must not reach past.
func (s *Shell) busy() bool { return s.dialogs.top() != nil || s.palette.visible() }

func (s *Shell) newStudy() {
	if s.busy() {
		return
	}
	s.askSave(lang.L("New study"), lang.L("A study is one file that you own. It must not exist yet."),
		lang.L("My study"), ".onset", lang.L("Create"), func(path string) {
			name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
			s.settled(func() { s.do(func(ctx context.Context) error { return s.bench.Create(ctx, path, name) }) })
		})
}

func (s *Shell) openStudy() {
	if s.busy() {
		return
	}
	s.pickFile(lang.L("Open study"), []string{".onset"}, s.openPath)
}

// openPath opens a study; one that is being written elsewhere is offered
// read-only.
func (s *Shell) openPath(path string) { s.openAs(path, false) }

func (s *Shell) openAs(path string, readOnly bool) {
	s.settled(func() { s.openNow(path, readOnly) })
}

func (s *Shell) openNow(path string, readOnly bool) {
	task.Do(s.runner, func(ctx context.Context) error { return s.bench.Open(ctx, path, readOnly) }, func(err error) {
		if err == nil {
			if !readOnly && s.bench.Current().ReadOnly {
				s.status.say(lang.L("You have no permission to write this study: it is open to be looked at. Copy it to a place of your own to change it"), true)
			}
			return
		}
		var more []action
		if errors.Is(err, dataset.ErrLocked) && !readOnly {
			more = append(more, action{word: lang.L("Open read-only"), run: func() { s.openAs(path, true) }})
		}
		s.showProblem(app.Explain(err), more...)
	})
}

func (s *Shell) closeStudy() {
	if s.busy() || !s.bench.Current().Open {
		return
	}
	s.settled(func() { s.do(func(context.Context) error { return s.bench.CloseStudy() }) })
}

func (s *Shell) forgetRecent(r app.RecentStudy) {
	s.confirm(lang.L("Not where it was"),
		lang.L("{{.Path}} is no longer there. It may have been moved, or its disk is not connected.", map[string]any{"Path": r.Path}),
		lang.L("Take off the list"), func() {
			s.do(func(context.Context) error {
				err := s.bench.ForgetRecent(r.Path)
				s.runner.Apply(s.loadRecent)
				return err
			})
		})
}

func (s *Shell) quit() {
	running := s.bench.Jobs().Running()
	if running == 0 {
		s.end()
		return
	}
	s.confirmOr(lang.L("Work is running"),
		lang.N("{{.N}} piece of background work is not finished. Quitting cancels it; what was saved is safe.", running, map[string]any{"N": running}),
		lang.L("Stay here"), lang.L("Cancel it and quit"), s.end)
}

// end closes the study off the interface's goroutine and then the window.
func (s *Shell) end() {
	if s.ending {
		return
	}
	s.ending = true
	place, path := s.place(), s.path
	s.settled(func() {
		s.endQuestions()
		task.Do(s.runner, func(context.Context) error {
			return errors.Join(s.bench.SetPlace(path, place), s.bench.Close())
		}, func(error) {
			s.gone.Store(true)
			s.stopState()
			s.window.SetCloseIntercept(nil)
			s.window.Close()
		})
	})
}

// settled runs what closes or changes the study once no room has anything
// waiting to become durable.
func (s *Shell) settled(run func()) {
	for _, p := range s.places {
		if r, ok := p.room.(room.Settler); ok {
			next := run
			run = func() { r.Settle(next) }
		}
	}
	run()
}

// undo takes back the last action: in a text field the last typing, elsewhere
// what the room did.
func (s *Shell) undo() { s.undoer(&fyne.ShortcutUndo{}, room.Undoer.Undo) }

func (s *Shell) redo() { s.undoer(&fyne.ShortcutRedo{}, room.Undoer.Redo) }

func (s *Shell) undoer(shortcut fyne.Shortcut, run func(room.Undoer)) {
	if e, ok := s.window.Canvas().Focused().(*widget.Entry); ok {
		e.TypedShortcut(shortcut)
		return
	}
	if top := s.dialogs.top(); top != nil {
		step := top.undo
		if _, again := shortcut.(*fyne.ShortcutRedo); again {
			step = top.redo
		}
		if step != nil {
			step()
		}
		return
	}
	if u, ok := s.front().(room.Undoer); ok && !s.busy() {
		run(u)
		s.refreshMenu()
	}
}

// undoNames is what undo and redo would do now.
func (s *Shell) undoNames() (undo, redo string) {
	if u, ok := s.front().(room.Undoer); ok {
		return u.CanUndo()
	}
	return "", ""
}

func (s *Shell) askRater() { s.askRaterThen(func(string) {}) }

// askRaterThen asks who labels and goes on once the answer is kept; not when
// nobody is named.
func (s *Shell) askRaterThen(then func(rater string)) {
	if s.busy() {
		return
	}
	p := s.bench.Preferences()
	s.ask(lang.L("Rater"), lang.L("Your initials or a code. It is written on each label that you make."), p.Rater, func(text string) {
		p.Rater = strings.TrimSpace(text)
		task.Do(s.runner, func(context.Context) error { return s.bench.SetPreferences(p) }, func(err error) {
			if err != nil {
				s.showError(err)
				return
			}
			if p.Rater != "" {
				then(p.Rater)
			}
		})
	})
}

// dropped imports files and folders, or opens a study.
func (s *Shell) dropped(uris []fyne.URI) {
	var paths []string
	for _, u := range uris {
		paths = append(paths, u.Path())
	}
	if len(paths) == 1 && strings.EqualFold(filepath.Ext(paths[0]), ".onset") {
		s.openPath(paths[0])
		return
	}
	if len(paths) == 1 {
		s.importPath(paths[0])
		return
	}
	s.importPaths(paths)
}

func (s *Shell) importFiles() {
	if !s.canImport() {
		return
	}
	s.pickFile(lang.L("Import a file"), nil, func(path string) { s.importPaths([]string{path}) })
}

func (s *Shell) importFolder() {
	if !s.canImport() {
		return
	}
	s.pickFolder(lang.L("Import a folder"), func(path string) { s.importPaths([]string{path}) })
}

// importChoice asks whether a file or a folder is meant: the toolkit's dialogs
// show one or the other.
func (s *Shell) importChoice() {
	if !s.canImport() {
		return
	}
	text := lang.L("A session is often a folder of files. Files and folders can also be dropped on this window.")
	s.dialogs.show(lang.L("Import recordings"), text, parts.NewParagraph(text, false), fyne.NewSize(460, 150),
		action{word: lang.L("Cancel"), safe: true},
		action{word: lang.L("File…"), run: s.importFiles},
		action{word: lang.L("Folder…"), primary: true, run: s.importFolder})
}

func (s *Shell) canImport() bool {
	return s.bench.Current().Open && !s.busy() && !s.refuseReadOnly()
}

// refuseReadOnly says that nothing can be changed, when the study is open
// read-only.
func (s *Shell) refuseReadOnly() bool {
	no := s.bench.Current().ReadOnly
	if no {
		s.status.say(words.ReadOnly(), true)
	}
	return no
}

// export offers what the open room can write, or leaves it to a room that
// exports by itself.
func (s *Shell) export() {
	if s.busy() || !s.bench.Current().Open {
		return
	}
	if own, ok := s.front().(interface{ Export() }); ok {
		own.Export()
		return
	}
	x, ok := s.front().(room.Exporter)
	if !ok || len(x.Exports()) == 0 {
		s.showProblem(app.Problem{What: lang.L("This room has nothing to export"),
			Do: lang.L("Models are exported from Devices, sessions from Library")})
		return
	}
	if list := x.Exports(); len(list) == 1 {
		s.exportAs(list[0])
		return
	}
	s.palette.open(s.exportCommands())
}

// exportCommands are what the open room can write, one by one.
func (s *Shell) exportCommands() []Command {
	x, ok := s.front().(room.Exporter)
	if !ok {
		return nil
	}
	var commands []Command
	for _, e := range x.Exports() {
		commands = append(commands, Command{ID: "export." + e.Suggested, Title: e.Name, Group: lang.L("Export"), Run: func() { s.exportAs(e) }})
	}
	return commands
}

func (s *Shell) exportAs(e room.Export) {
	suggested := strings.TrimSuffix(e.Suggested, e.Extension)
	keys, simulated := s.keys, s.bench.Current().Simulated
	about := e.About
	if about == "" {
		about = lang.L("Written from what is on the screen. An existing file is not replaced.")
	}
	s.askSave(e.Name, about, suggested, e.Extension, lang.L("Export"), func(path string) {
		s.do(func(ctx context.Context) error {
			if _, err := os.Stat(path); err == nil {
				return app.WithProblem(os.ErrExist, app.Problem{What: lang.L("There is a file of this name"), Where: path,
					Unharmed: lang.L("It was not touched"), Do: lang.L("Choose another name")})
			}
			if err := e.Write(path); err != nil {
				return err
			}
			if simulated {
				if err := room.MarkSimulated(path, e.Extension); err != nil {
					return err
				}
			}
			if err := keys.clear(ctx, s.bench, path); err != nil {
				return err
			}
			var lost []string
			if e.Lost != nil {
				lost = e.Lost()
			}
			if u := keys.unscanned(); u != "" {
				lost = append(lost, u)
			}
			s.runner.Apply(func() { s.sayWritten(path, lost) })
			return nil
		})
	})
}

// sayWritten says that a file is written and what it could not hold: in a window
// where that is too much for the status line.
func (s *Shell) sayWritten(path string, lost []string) {
	const line = 100 // letters that have room beside a path
	said := strings.Join(lost, ". ")
	written := lang.L("Written to {{.Path}}", map[string]any{"Path": path})
	switch {
	case said == "":
		s.status.say(written, false)
	case len(said) <= line:
		s.status.say(written+"; "+said, false)
	default:
		s.status.say(written, false)
		s.tell(lang.L("Written; the format could not hold everything"), said+".")
	}
}
