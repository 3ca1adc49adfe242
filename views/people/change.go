package people

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	"onset/views/task"
)

// step is a change of the sheet that can be taken back.
type step struct {
	name          string
	before, after []dataset.Participant
}

// forgetGone drops the changes that concern somebody whom the study has not any
// more: taking them back or making them again would bring the person back.
func (p *People) forgetGone() {
	gone := func(s step) bool {
		return slices.ContainsFunc(slices.Concat(s.before, s.after), func(x dataset.Participant) bool { return p.index(x.ID) < 0 })
	}
	p.steps, p.undone = slices.DeleteFunc(p.steps, gone), slices.DeleteFunc(p.undone, gone)
}

// change edits one field of one person, durably, and can be taken back.
func (p *People) change(row int, f field, text string) {
	before := p.people[row].Participant
	p.put(lang.L("change of {{.Code}}", map[string]any{"Code": before.ID}), []dataset.Participant{with(before, f.key, text)})
}

// put stores people and remembers how they were. Only the codes in fresh may be
// new to the study.
func (p *People) put(name string, after []dataset.Participant, fresh ...dataset.ParticipantID) {
	if p.refused() {
		return
	}
	s := step{name: name, after: after}
	for _, x := range after {
		if i := p.index(x.ID); i >= 0 {
			s.before = append(s.before, p.people[i].Participant)
		}
	}
	p.store(after, fresh, func() {
		p.steps, p.undone = append(p.steps, s), nil
		if len(s.before) < len(after) { // somebody is new, and is only removed by withdrawing
			p.steps = nil
		}
		if !p.sheet.editing { // else it says what the cell takes
			p.status(lang.L("Saved: {{.What}}", map[string]any{"What": name}), false)
		}
	})
}

// store shows people at once and makes them durable.
func (p *People) store(list []dataset.Participant, fresh []dataset.ParticipantID, then func()) {
	for _, x := range list {
		if i := p.index(x.ID); i >= 0 {
			p.people[i].Participant = x
		} else if slices.Contains(fresh, x.ID) {
			p.people = append(p.people, app.Person{Participant: x})
			p.loaded = true
		}
	}
	slices.SortFunc(p.people, func(a, b app.Person) int { return strings.Compare(string(a.ID), string(b.ID)) })
	p.show()
	task.Do(p.runner, func(ctx context.Context) error { return p.source.PutPeople(ctx, list, fresh...) }, func(err error) {
		if err != nil {
			p.actions.Error(err)
			p.Reload()
			return
		}
		then()
	})
}

// Undo takes back the last change of the sheet.
func (p *People) Undo() {
	if n := len(p.steps); n > 0 {
		s := p.steps[n-1]
		p.store(s.before, nil, func() { p.steps, p.undone = p.steps[:n-1], append(p.undone, s) })
	}
}

// Redo makes it again.
func (p *People) Redo() {
	if n := len(p.undone); n > 0 {
		s := p.undone[n-1]
		p.store(s.after, nil, func() { p.undone, p.steps = p.undone[:n-1], append(p.steps, s) })
	}
}

// CanUndo implements room.Undoer.
func (p *People) CanUndo() (undo, redo string) {
	if n := len(p.steps); n > 0 {
		undo = p.steps[n-1].name
	}
	if n := len(p.undone); n > 0 {
		redo = p.undone[n-1].name
	}
	return undo, redo
}
