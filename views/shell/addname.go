package shell

import (
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"onset/dataset/privacy"
	"onset/views/parts"
	"onset/views/task"
	"onset/views/theme"
	"onset/views/words"
)

// naming is the dialog that links a study code to a name in the open key file.
type naming struct {
	shell      *Shell
	keys       keyFile
	known      privacy.Keys
	people     map[string]bool // codes of the study
	code, name *dialogEntry
	hint       *parts.Paragraph // what is known under the code that is typed
	problem    *parts.Paragraph
	shown      *shownDialog
	writing    bool
}

// addName asks for a study code and a name, shows what the key file knows of the
// code already, and adds the name.
func (s *Shell) addName() {
	if s.keysInUse() {
		return
	}
	n := &naming{shell: s, keys: s.keys, people: map[string]bool{}}
	s.status.say(lang.L("Opening the key file…"), false)
	task.Run(s.others, n.read, func(keys privacy.Keys, err error) {
		s.status.say("", false)
		if err != nil {
			s.showError(err)
			return
		}
		n.known = keys
		n.show()
	})
}

func (n *naming) read(ctx context.Context) (privacy.Keys, error) {
	people, err := n.shell.bench.Participants(ctx)
	if err != nil {
		return privacy.Keys{}, err
	}
	for _, p := range people {
		n.people[string(p.ID)] = true
	}
	book, err := n.shell.bench.ReopenKeys(n.keys.path, n.keys.passphrase)
	if err != nil {
		return privacy.Keys{}, err
	}
	return book.Keys(), book.Close()
}

func (n *naming) show() {
	leave := func() { n.shown.escape() }
	n.code, n.name = newDialogEntry(leave), newDialogEntry(leave)
	n.code.SetPlaceHolder(lang.L("such as P07"))
	n.name.SetPlaceHolder(lang.L("as recordings give it"))
	n.name.OnChanged = func(string) { n.problem.SetText("") }
	n.hint, n.problem = parts.NewParagraph("", true), parts.NewParagraph("", true)
	n.problem.SetTone(theme.Warning)
	text := lang.L("Recordings that call a person so are then known as theirs, and exports are looked through for the name.")
	body := parts.VBox(theme.Space2, parts.NewParagraph(text, true), parts.Small(lang.L("Study code")), n.code, parts.Small(lang.L("Name")), n.name, n.hint, n.problem)
	n.shown = n.shell.dialogs.show(lang.L("Add a name to the key file"), text, body, fyne.NewSize(480, 300),
		action{word: lang.L("Cancel"), safe: true}, action{word: lang.L("Add the name"), primary: true})
	n.shown.inside = func() map[string]any { return map[string]any{"hint": n.hint.Text(), "problem": n.problem.Text()} }
	n.shown.replace(lang.L("Add the name"), n.add)
	n.shown.enter = n.add
	n.code.OnChanged = func(string) { n.explain() }
	n.code.OnSubmitted = func(string) { n.shell.window.Canvas().Focus(n.name) }
	n.name.OnSubmitted = func(string) { n.add() }
	n.explain()
	n.shell.window.Canvas().Focus(n.code)
}

// explain says whom the code that is typed stands for.
func (n *naming) explain() {
	n.problem.SetText("")
	code := strings.TrimSpace(n.code.Text)
	if code == "" {
		n.hint.SetText(lang.L("The key file knows {{.People}}.", map[string]any{
			"People": words.Many(int64(called(n.known)), lang.L("person by name"), lang.L("people by name"))}))
		return
	}
	var names []string
	for _, id := range n.known.Identities {
		if id.Code == code {
			names = id.Names
		}
	}
	values := map[string]any{"Code": code, "Names": strings.Join(names, ", ")}
	switch {
	case len(names) > 0:
		n.hint.SetText(lang.L("{{.Code}} is called {{.Names}} so far.", values))
	case n.people[code]:
		n.hint.SetText(lang.L("{{.Code}} has no name yet.", values))
	default:
		n.hint.SetText(lang.L("Nobody in the study has the code {{.Code}} yet.", values))
	}
}

// add writes the name, or says in the dialog why not.
func (n *naming) add() {
	code, name := strings.TrimSpace(n.code.Text), strings.TrimSpace(n.name.Text)
	values := map[string]any{"Code": code}
	holder, taken := n.known.CodeOf(name)
	switch {
	case n.writing:
	case code == "":
		n.problem.SetText(lang.L("Type the study code of the person."))
		n.shell.window.Canvas().Focus(n.code)
	case privacy.CheckIdentifier(name) != nil:
		n.problem.SetText(lang.L("Type the whole name: of fewer than three letters an export can not be looked through."))
		n.shell.window.Canvas().Focus(n.name)
	case taken && holder != code:
		n.problem.SetText(lang.L("The key file has this name under {{.Code}} already: one name is one person.", map[string]any{"Code": holder}))
	default:
		n.writing = true
		n.write(code, name, values)
	}
}

func (n *naming) write(code, name string, values map[string]any) {
	s := n.shell
	s.dialogs.hide(n.shown)
	var book *privacy.Book
	task.Do(s.runner, func(context.Context) (err error) {
		if book, err = s.bench.ReopenKeys(n.keys.path, n.keys.passphrase); err != nil {
			return err
		}
		return errors.Join(book.Record(code, name, nil), book.Close())
	}, func(err error) {
		if err != nil {
			s.showError(err)
			return
		}
		if s.keys.path == n.keys.path {
			s.keys.people = called(book.Keys())
		}
		s.status.say(lang.L("Added to the key file: a name of {{.Code}}", values), false)
	})
}
