package shell

import (
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/dataset/codec"
	"onset/views/parts"
	"onset/views/theme"
)

// whose asks whose a recording is: somebody of the study, found by typing, or
// somebody new. It is called on the interface's goroutine.
func (s *Shell) whose(q codec.Question, stop []action, answer func(key string)) {
	p := &picking{shell: s, answer: answer, person: q.Person, takesCode: q.TakesCode}
	called := namesIn(s.imports.book)
	for _, c := range q.Choices {
		head, text, _ := strings.Cut(c.Text, ", ")
		switch c.Key {
		case codec.NewParticipant:
			head, text = lang.L("New person"), lang.L("of whom the study holds nothing yet")
		case codec.LeaveOpen:
			head, text = lang.L("Leave it open"), lang.L("a code of its own; no judging by person until it is settled")
		case codec.EachParticipant:
			if q.Left == 0 {
				continue
			}
			head, text = lang.L("Several people"), lang.L("ask for each recording")
		default:
			if name := called[c.Key]; name != "" {
				text = strings.TrimSuffix(name+", "+text, ", ")
				p.names = append(p.names, strings.Fields(name)...)
			}
			p.people = append(p.people, pick{c.Key, choiceRow{head: head, text: text}})
			continue
		}
		p.others = append(p.others, pick{c.Key, choiceRow{head: head, text: text}})
	}
	p.show(q, stop)
}

type pick struct {
	key string
	row choiceRow
}

// picking is the dialog of a question with many answers.
type picking struct {
	shell  *Shell
	others []pick // answers that name nobody of the study: always offered, first
	people []pick
	found  []pick
	list   *choiceList
	shown  *shownDialog
	hint   *parts.Paragraph // what Enter does
	answer func(string)
	typed  func() string

	person    string   // what the source calls the person
	names     []string // words of names in the open key file
	takesCode bool     // a code that is typed adds a new person
}

func (p *picking) show(q codec.Question, stop []action) {
	s := p.shell
	entry := &filterEntry{picking: p}
	p.typed = func() string { return entry.Text }
	entry.ExtendBaseWidget(entry)
	entry.SetPlaceHolder(lang.L("Type a code, new or of the study, an age band, a word; or choose with the arrow keys"))
	entry.OnChanged = p.filter
	p.list = newChoiceList(nil, func() { p.shown.enter() }, func() { p.shown.escape() })
	p.list.OnSelected = func(i int) {
		p.list.at = i
		p.explain(strings.TrimSpace(p.typed()))
	}
	head := parts.VBox(theme.Space2, parts.NewParagraph(q.Text, false))
	if q.Person != "" {
		head.Add(parts.HBox(theme.Space2, parts.Small(lang.L("The source calls the person")), parts.NewText(q.Person, parts.Style{Bold: true, Cut: true})))
	}
	head.Add(parts.NewText(filepath.Base(q.Source), parts.Style{Tone: theme.Muted, Size: theme.TextSmall, Mono: true, Cut: true}))
	head.Add(parts.NewParagraph(s.keyStatus(), true))
	head.Add(entry)
	p.hint = parts.NewParagraph("", true)
	head.Add(parts.Sized(10, 20, p.hint))
	p.shown = s.dialogs.show(lang.L("Whose recording is this?"), q.Text, container.NewBorder(head, nil, nil, nil, p.list), fyne.NewSize(600, 520),
		append(stop, action{word: lang.L("Leave this file out"), safe: true, run: func() { p.answer("") }},
			action{word: lang.L("This one"), primary: true})...)
	p.shown.inside = func() map[string]any { return map[string]any{"hint": p.hint.Text()} }
	closing := p.shown.enter
	p.shown.enter = func() {
		if p.list.at >= 0 {
			closing()
			p.answer(p.found[p.list.at].key)
		}
	}
	p.shown.replace(lang.L("This one"), p.shown.enter)
	p.filter("")
	s.window.Canvas().Focus(entry)
}

// filter keeps the people that hold every word typed, under the answers that
// name nobody. It chooses the one answer that holds them, or a new person under
// the code typed when none does; without a word, or where several hold them,
// nothing is chosen: Enter, pressed unread, files a recording under nobody.
func (p *picking) filter(typed string) {
	typed = strings.TrimSpace(typed)
	p.found = append(p.found[:0], p.others...)
	if p.isNew(typed) {
		p.found = append(p.found, pick{codec.NewCode(typed), choiceRow{head: typed, text: lang.L("a new person under this code")}})
	}
	for _, c := range p.people {
		if c.holds(typed) {
			p.found = append(p.found, c)
		}
	}
	p.list.rows = p.list.rows[:0]
	for _, c := range p.found {
		p.list.rows = append(p.list.rows, c.row)
	}
	p.list.Refresh()
	p.list.at = -1
	p.list.UnselectAll()
	if at := p.meant(typed); at >= 0 {
		p.list.Select(at)
	}
	p.explain(typed)
}

// meant is the one answer that what was typed can mean, -1 for none or several.
func (p *picking) meant(typed string) int {
	hits, at, added := 0, -1, -1
	for i, c := range p.found {
		switch {
		case typed == "":
		case strings.EqualFold(c.key, typed): // a whole code
			return i
		case c.key == codec.NewCode(typed):
			added = i
		case c.holds(typed):
			hits, at = hits+1, i
		}
	}
	switch {
	case hits == 0:
		return added
	case hits == 1 && (added < 0 || !hasDigit(typed)): // P1 may be new, or be on the way to P12
		return at
	}
	return -1
}

// isNew reports a word that can be the study code of a new person.
func (p *picking) isNew(typed string) bool {
	return p.takesCode && typed != "" && !tooLong(typed) && !p.isName(typed) && !strings.ContainsAny(typed, " \t/\\\"'{}=") &&
		!slices.ContainsFunc(append(slices.Clone(p.others), p.people...), func(c pick) bool { return strings.EqualFold(c.key, typed) })
}

func tooLong(code string) bool { return len(code) > 40 }

// isName reports that what was typed is what the source calls the person, or the
// key file somebody.
func (p *picking) isName(typed string) bool {
	return slices.ContainsFunc(append(strings.Fields(p.person), p.names...), func(name string) bool { return strings.EqualFold(name, typed) })
}

func hasDigit(text string) bool { return strings.ContainsFunc(text, unicode.IsDigit) }

// explain says what Enter does with what is typed or chosen.
func (p *picking) explain(typed string) {
	text := ""
	code := map[string]any{"Code": typed}
	switch at := p.list.at; {
	case at >= 0 && p.found[at].key == codec.NewCode(typed):
		text = lang.L("Nobody has {{.Code}} yet: Enter adds a new person. It must not be a name.", code)
	case at >= 0:
		answer := p.found[at].row.head
		if at < len(p.others) { // of somebody the row may hold the name
			answer += ", " + p.found[at].row.text
		}
		text = lang.L("Enter takes: {{.Answer}}", map[string]any{"Answer": answer})
	case typed == "":
		text = lang.L("A code that nobody has yet adds a new person.")
	case p.isName(typed):
		text = lang.L("That is a name. A study code does not tell who it is.")
	case p.isNew(typed):
		text = lang.L("Nobody has {{.Code}} yet, and others begin so: choose with the arrow keys, or type on.", code)
	case slices.ContainsFunc(p.found, func(c pick) bool { return c.holds(typed) }):
		text = lang.L("Several have that: choose with the arrow keys, or type on.")
	default:
		text = lang.L("Nobody has that. A new code is one word of at most 40 letters and digits.")
	}
	p.hint.SetText(text)
}

func (c pick) holds(typed string) bool {
	text := strings.ToLower(c.row.head + " " + c.row.text + " " + c.key)
	return !slices.ContainsFunc(strings.Fields(strings.ToLower(typed)), func(w string) bool { return !strings.Contains(text, w) })
}

// filterEntry narrows the answers and moves among them.
type filterEntry struct {
	widget.Entry
	picking *picking
}

// TypedKey moves in the list, takes or leaves; all else edits the text.
func (e *filterEntry) TypedKey(k *fyne.KeyEvent) {
	p := e.picking
	switch k.Name {
	case fyne.KeyUp, fyne.KeyDown:
		p.list.TypedKey(k)
	case fyne.KeyReturn, fyne.KeyEnter:
		p.shown.enter()
	case fyne.KeyEscape:
		p.shown.escape()
	default:
		e.Entry.TypedKey(k)
	}
}

// TargetName names the field to a scripted run.
func (e *filterEntry) TargetName() (kind, text string) { return "entry", "whose" }
