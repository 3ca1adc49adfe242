package library

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/views/words"
)

// choice is which sessions are chosen together. One of them is in front: the
// panel shows it, and Label and Replay open it.
type choice struct {
	front  dataset.SessionID
	anchor dataset.SessionID // where a range begins
	also   map[dataset.SessionID]bool
}

// only chooses one session, or none.
func (c *choice) only(id dataset.SessionID) { *c = choice{front: id, anchor: id} }

// holds reports whether a session is chosen.
func (c *choice) holds(id dataset.SessionID) bool { return id == c.front || c.also[id] }

// modifiers are the keys held now.
func modifiers() fyne.KeyModifier {
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok {
		return d.CurrentKeyModifiers()
	}
	return 0
}

// chosen are the sessions that are chosen and shown, in the order of the table.
func (l *Library) chosenSessions() (out []dataset.SessionSummary) {
	for i := range l.table.shown {
		if s := l.table.at(i).summary; l.choice.holds(s.ID) {
			out = append(out, s)
		}
	}
	return out
}

// several reports whether more than one session is chosen.
func (l *Library) several() bool { return len(l.choice.also) > 0 && len(l.chosenSessions()) > 1 }

// press is a click on the i-th row with keys held.
func (l *Library) press(i int, held fyne.KeyModifier) {
	switch {
	case held&fyne.KeyModifierShift != 0:
		l.reach(i)
	case held&(fyne.KeyModifierControl|fyne.KeyModifierSuper) != 0:
		l.toggle(i)
	default:
		l.choose(i)
	}
	if l.actions.Focus != nil {
		l.actions.Focus(l.list)
	}
}

// move goes to the i-th row, taking those between along when Shift is held.
func (l *Library) move(i int) {
	if l.held()&fyne.KeyModifierShift != 0 {
		l.reach(i)
		return
	}
	l.choose(i)
}

// reach chooses all from where the range began to the i-th row, which is in front.
func (l *Library) reach(i int) {
	if i < 0 || i >= len(l.table.shown) {
		return
	}
	from := l.table.index(l.choice.anchor)
	if from < 0 {
		from = max(l.table.index(l.choice.front), 0)
	}
	anchor := l.table.at(from).summary.ID
	l.choice = choice{front: l.table.at(i).summary.ID, anchor: anchor, also: map[dataset.SessionID]bool{}}
	for k := min(from, i); k <= max(from, i); k++ {
		l.choice.also[l.table.at(k).summary.ID] = true
	}
	l.choiceChanged(i)
}

// toggle takes the i-th row to what is chosen, or out of it.
func (l *Library) toggle(i int) {
	if i < 0 || i >= len(l.table.shown) {
		return
	}
	id := l.table.at(i).summary.ID
	var kept []dataset.SessionSummary
	for _, s := range l.chosenSessions() {
		if s.ID != id {
			kept = append(kept, s)
		}
	}
	switch taken := l.choice.holds(id); {
	case taken && len(kept) == 0: // one stays chosen
		return
	case taken:
		if id == l.choice.front {
			l.choice.front = kept[0].ID
		}
	default:
		l.choice.front = id
	}
	l.choice.anchor, l.choice.also = id, map[dataset.SessionID]bool{l.choice.front: true}
	for _, s := range kept {
		l.choice.also[s.ID] = true
	}
	l.choiceChanged(l.table.index(l.choice.front))
}

// ChooseAll chooses every session that is shown.
func (l *Library) ChooseAll() {
	if len(l.table.shown) == 0 {
		return
	}
	front := max(l.table.index(l.choice.front), 0)
	l.choice = choice{front: l.table.at(front).summary.ID, anchor: l.table.at(0).summary.ID, also: map[dataset.SessionID]bool{}}
	for i := range l.table.shown {
		l.choice.also[l.table.at(i).summary.ID] = true
	}
	l.choiceChanged(front)
}

// choiceChanged shows which sessions are chosen, with the i-th in front.
func (l *Library) choiceChanged(i int) {
	s := l.table.at(i).summary
	l.list.mark(i)
	l.list.Refresh()
	if s.ID != l.shownID {
		l.show(s)
	}
	l.tellChoice()
}

// tellChoice says in the panel and beside the table how many are chosen.
func (l *Library) tellChoice() {
	list := l.chosenSessions()
	l.allowJoin(list)
	if s, ok := l.summary(); ok {
		l.panel.tell(s, list)
	}
	l.totals.SetText("")
	switch {
	case len(list) > 1:
		l.totals.SetText(chosenText(list))
	case len(l.table.all) > 0:
		l.totals.SetText(l.table.totals())
	}
}

// chosenText sums up sessions that are chosen together.
func chosenText(list []dataset.SessionSummary) string {
	people := map[dataset.ParticipantID]bool{}
	seconds, sets := 0.0, int64(0)
	for _, s := range list {
		people[s.Participant] = true
		seconds += s.Duration
		sets += words.Sets(s)
	}
	return lang.L("{{.Sessions}} chosen: {{.People}}, {{.Time}}, {{.Sets}}", map[string]any{
		"Sessions": words.Many(int64(len(list)), lang.L("session"), lang.L("sessions")),
		"People":   words.Many(int64(len(people)), lang.L("person"), lang.L("people")),
		"Time":     words.Total(seconds), "Sets": words.Many(sets, lang.L("set"), lang.L("sets"))})
}
