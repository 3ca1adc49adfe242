package shell

import (
	"errors"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/widget"

	"onset/app"
	"onset/training"
	"onset/views/parts"
	"onset/views/theme"
)

// dialogs shows one dialog at a time over the window and remembers what the
// open one says, for scripted runs.
type dialogs struct {
	window fyne.Window
	open   []*shownDialog
}

// shownDialog is a dialog that is on the screen.
type shownDialog struct {
	Title   string         `json:"title"`
	Text    string         `json:"text"`
	Actions []string       `json:"actions"`
	Inside  map[string]any `json:"inside,omitempty"` // what a dialog with a state of its own tells
	inside  func() map[string]any
	popup   *widget.PopUp // nil for the toolkit's own file dialogs
	buttons []*parts.Button
	press   []func() // what each action does, the dialog's closing included
	enter   func()   // what Enter does; nil for nothing
	escape  func()   // what Escape does; nil for nothing
	undo    func()   // what Ctrl+Z and Ctrl+Y do; nil for nothing
	redo    func()
	rune    func(rune) // takes letters that no part of it took; nil for none
}

// action is a button of a dialog. Its run is called after the dialog closed.
type action struct {
	word    string
	run     func()
	ready   func() bool // whether the dialog may go; it says why not itself; nil for always
	primary bool        // Enter presses it
	safe    bool        // Escape presses it: it changes nothing
}

// show puts content under title with actions at its foot. text is what the
// dialog says, in plain words.
func (d *dialogs) show(title, text string, content fyne.CanvasObject, size fyne.Size, actions ...action) *shownDialog {
	shown := &shownDialog{Title: title, Text: text}
	buttons := parts.HBox(theme.Space2, layout.NewSpacer())
	for _, a := range actions {
		shown.Actions = append(shown.Actions, a.word)
		press := func() {
			if a.ready != nil && !a.ready() {
				return
			}
			d.hide(shown)
			if a.run != nil {
				a.run()
			}
		}
		shown.press = append(shown.press, press)
		b := parts.NewButton(a.word, "", press)
		if a.primary {
			b = parts.NewPrimary(a.word, "", press)
			shown.enter = press
		}
		if a.safe {
			shown.escape = press
		}
		buttons.Add(b)
		shown.buttons = append(shown.buttons, b)
	}
	head := parts.VBox(theme.Space2, parts.Heading(title), parts.Sized(1, 2, layout.NewSpacer()))
	var foot fyne.CanvasObject // none when the content has buttons of its own
	if len(actions) > 0 {
		foot = parts.VBox(theme.Space3, layout.NewSpacer(), buttons)
	}
	body := container.NewBorder(head, foot, nil, nil, content)
	shown.popup = widget.NewModalPopUp(parts.Inset(theme.Space4, body), d.window.Canvas())
	screen := d.window.Canvas().Size()
	least := shown.popup.MinSize()
	size = fyne.NewSize(min(max(size.Width, least.Width), screen.Width-24), min(max(size.Height, least.Height), screen.Height-24))
	shown.popup.Resize(size)
	d.open = append(d.open, shown)
	shown.popup.Show()
	return shown
}

// replace has a button do something else than its action, such as check what
// was typed before the dialog closes.
func (s *shownDialog) replace(word string, press func()) {
	for i, a := range s.Actions {
		if a == word {
			s.buttons[i].Press = press
			s.press[i] = press
		}
	}
}

// key acts on Enter and Escape for the dialog in front, and says whether there
// is one.
func (d *dialogs) key(name fyne.KeyName) bool {
	top := d.top()
	if top == nil {
		return false
	}
	press := func() {}
	switch name {
	case fyne.KeyReturn, fyne.KeyEnter:
		press = top.enter
	case fyne.KeyEscape:
		press = top.escape
	}
	if press != nil {
		press()
	}
	return true
}

func (d *dialogs) hide(s *shownDialog) {
	if s.popup != nil {
		s.popup.Hide()
	}
	for i, o := range d.open {
		if o == s {
			d.open = append(d.open[:i:i], d.open[i+1:]...)
			return
		}
	}
}

// top is the dialog in front, nil when there is none.
func (d *dialogs) top() *shownDialog {
	if len(d.open) == 0 {
		return nil
	}
	return d.open[len(d.open)-1]
}

// showError tells a person what went wrong, where, what is unharmed and what to
// do.
func (s *Shell) showError(err error) {
	if errors.Is(err, app.ErrNoStudy) {
		return // a room was still reading when its study was closed; nobody asked for that
	}
	if _, ok := errors.AsType[*training.UnsettledError](err); ok {
		s.showProblem(app.Explain(err), action{word: lang.L("Go to People"), primary: true, run: func() { s.showRoom("people") }})
		return
	}
	s.showProblem(app.Explain(err))
}

func (s *Shell) showProblem(p app.Problem, more ...action) {
	column := parts.VBox(theme.Space2)
	add := func(text string, muted bool) {
		if text != "" {
			column.Add(parts.NewParagraph(text, muted))
		}
	}
	add(p.What, false)
	if p.Where != "" {
		where := widget.NewLabel(p.Where)
		where.Wrapping = fyne.TextWrapBreak
		where.TextStyle.Monospace = true
		where.Selectable = true
		column.Add(where)
	}
	add(p.Unharmed, true)
	add(p.Do, false)
	better := slices.ContainsFunc(more, func(a action) bool { return a.primary })
	s.dialogs.show(lang.L("That did not work"), p.String(), column, fyne.NewSize(520, 200),
		append([]action{{word: lang.L("Close"), primary: !better, safe: true}}, more...)...)
}

// confirm asks before something that cannot be taken back.
func (s *Shell) confirm(title, text, yes string, run func()) {
	s.confirmOr(title, text, lang.L("Cancel"), yes, run)
}

// confirmOr is confirm with a word for leaving all as it is, where Cancel would
// not tell which of the two that is.
func (s *Shell) confirmOr(title, text, no, yes string, run func()) {
	s.dialogs.show(title, text, parts.NewParagraph(text, false), fyne.NewSize(480, 160),
		action{word: no, primary: true, safe: true}, action{word: yes, run: run})
}

// ask asks for one line of text.
func (s *Shell) ask(title, hint, value string, done func(string)) {
	s.askTo(title, hint, value, lang.L("Keep as it was"), lang.L("Save"), done)
}

// askTo is ask with words for its two buttons.
func (s *Shell) askTo(title, hint, value, no, yes string, done func(string)) {
	var shown *shownDialog
	entry := newDialogEntry(func() { shown.escape() })
	entry.SetText(value)
	entry.OnSubmitted = func(string) { shown.enter() }
	shown = s.dialogs.show(title, hint, parts.VBox(theme.Space2, parts.NewParagraph(hint, true), entry), fyne.NewSize(420, 160),
		action{word: no, safe: true}, action{word: yes, primary: true, run: func() { done(entry.Text) }})
	s.window.Canvas().Focus(entry)
}

// dialogEntry is a field in a dialog; Escape leaves the dialog.
type dialogEntry struct {
	widget.Entry
	escape func()
}

func newDialogEntry(escape func()) *dialogEntry {
	e := &dialogEntry{escape: escape}
	e.ExtendBaseWidget(e)
	return e
}

// TypedKey adds Escape.
func (e *dialogEntry) TypedKey(k *fyne.KeyEvent) {
	if k.Name == fyne.KeyEscape {
		e.escape()
		return
	}
	e.Entry.TypedKey(k)
}

// pickSize is the size of file dialogs: nearly the window, so that long names
// are seen.
func (s *Shell) pickSize() fyne.Size {
	c := s.window.Canvas().Size()
	return fyne.NewSize(min(c.Width-80, 960), min(c.Height-80, 640))
}

// pickFile asks for a file that exists; endings such as ".onset" narrow it.
func (s *Shell) pickFile(title string, endings []string, done func(path string)) {
	d := dialog.NewFileOpen(func(f fyne.URIReadCloser, err error) {
		if err != nil {
			s.showError(err)
			return
		}
		if f != nil {
			_ = f.Close() // opened by the dialog only to show that it can be read
			done(f.URI().Path())
		}
	}, s.window)
	if len(endings) > 0 {
		d.SetFilter(newEndingFilter(endings))
	}
	s.showPicker(d, title)
}

// pickFolder asks for a folder.
func (s *Shell) pickFolder(title string, done func(path string)) {
	s.showPicker(dialog.NewFolderOpen(func(u fyne.ListableURI, err error) {
		if err != nil {
			s.showError(err)
			return
		}
		if u != nil {
			done(u.Path())
		}
	}, s.window), title)
}

// showPicker shows one of the toolkit's file dialogs as the dialog in front.
func (s *Shell) showPicker(d *dialog.FileDialog, title string) {
	shown := &shownDialog{Title: title, Text: lang.L("Choose in the list"), escape: d.Dismiss}
	s.dialogs.open = append(s.dialogs.open, shown)
	d.SetTitleText(title)
	if at, err := storage.ListerForURI(storage.NewFileURI(s.lastFolder())); err == nil {
		d.SetLocation(at)
	}
	d.SetView(dialog.ListView)
	d.SetOnClosed(func() { s.dialogs.hide(shown) })
	d.Show()
	d.Resize(s.pickSize()) // only a dialog that is shown has a size
}
