package shell

import (
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"onset/views/parts"
	"onset/views/theme"
)

// saveAs asks for a file name and a folder. It never touches the file: the
// toolkit's own dialog would empty an existing one.
type saveAs struct {
	shell  *Shell
	folder string
	apart  bool // the folder is not remembered for other files
	ending string
	name   *dialogEntry
	place  *parts.Text
	shown  *shownDialog
	done   func(path string)
}

// askSave asks where to write; done gets the whole path, with the ending.
func (s *Shell) askSave(title, hint, suggested, ending, verb string, done func(path string)) {
	s.askSaveIn("", title, hint, suggested, ending, verb, done)
}

// askSaveIn is askSave for a file with a place of its own, which is offered first
// and not remembered; with none it is where files were last chosen.
func (s *Shell) askSaveIn(folder, title, hint, suggested, ending, verb string, done func(path string)) {
	a := &saveAs{shell: s, folder: folder, apart: folder != "", ending: ending, done: done,
		place: parts.NewText("", parts.Style{Tone: theme.Muted, Size: theme.TextSmall, Cut: true})}
	if !a.apart {
		a.folder = s.lastFolder()
	}
	a.name = newDialogEntry(func() { a.shown.escape() })
	a.name.SetText(suggested)
	a.name.OnChanged = func(string) { a.refresh() }
	choose := parts.NewButton(lang.L("Choose folder…"), "", func() {
		s.pickFolder(lang.L("Folder"), func(path string) {
			a.folder = path
			a.refresh()
		})
	})
	form := parts.VBox(theme.Space2,
		parts.NewParagraph(hint, true),
		parts.Small(lang.L("Name")), a.name,
		container.NewBorder(nil, nil, nil, choose, a.place))
	a.name.OnSubmitted = func(string) { a.shown.enter() }
	a.shown = s.dialogs.show(title, hint, form, fyne.NewSize(560, 240),
		action{word: lang.L("Cancel"), safe: true}, action{word: verb, primary: true, ready: a.ready, run: a.finish})
	a.shown.inside = func() map[string]any { return map[string]any{"place": a.place.Text()} }
	a.refresh()
	s.window.Canvas().Focus(a.name)
	a.name.TypedShortcut(&fyne.ShortcutSelectAll{})
}

// path is the file that would be written; a name that is a whole path counts as
// one.
func (a *saveAs) path() string {
	name := strings.TrimSpace(a.name.Text)
	if name == "" {
		return ""
	}
	if a.ending != "" && !strings.EqualFold(filepath.Ext(name), a.ending) {
		name += a.ending
	}
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(a.folder, name)
}

func (a *saveAs) refresh() {
	a.place.SetTone(theme.Muted)
	a.place.SetText(a.path())
}

// ready keeps the dialog open, and says why, while there is no name.
func (a *saveAs) ready() bool {
	if a.path() != "" {
		return true
	}
	a.place.SetText(lang.L("It needs a name: type one."))
	a.place.SetTone(theme.Error)
	a.shell.window.Canvas().Focus(a.name)
	return false
}

func (a *saveAs) finish() {
	if p := a.path(); p != "" {
		if !a.apart {
			a.shell.folder = filepath.Dir(p)
		}
		a.done(p)
	}
}

// endingFilter shows folders and files with one of the endings, whatever their
// case.
type endingFilter struct{ endings []string }

func newEndingFilter(endings []string) endingFilter { return endingFilter{endings} }

// Matches implements storage.FileFilter.
func (f endingFilter) Matches(u fyne.URI) bool {
	for _, e := range f.endings {
		if strings.EqualFold(u.Extension(), e) {
			return true
		}
	}
	return false
}
