package people

import (
	"context"

	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	"onset/views/task"
	"onset/views/words"
)

// openPerson is the chosen person while nobody has said who that is.
func (p *People) openPerson() (app.Person, bool) {
	if p.sheet.row >= len(p.people) || !p.sheet.close(true) {
		return app.Person{}, false
	}
	x := p.people[p.sheet.row]
	switch {
	case p.refused():
		return x, false
	case x.Unsettled == 0:
		p.status(lang.L("It is settled who {{.Code}} is", map[string]any{"Code": x.ID}), false)
		return x, false
	}
	return x, true
}

// settleOwn settles that the chosen code is of somebody who has no other.
func (p *People) settleOwn() {
	x, ok := p.openPerson()
	if !ok {
		return
	}
	p.actions.Confirm(lang.L("Is {{.Code}} a person of their own?", map[string]any{"Code": x.ID}),
		lang.L("Then nobody else in the study is this person. If that is wrong, one person is learnt from and judged on, and no check can see it."),
		lang.L("A person of their own"), func() { p.settle(x.ID, x.ID) })
}

// settleAs settles that the chosen code is of somebody of the study.
func (p *People) settleAs() {
	x, ok := p.openPerson()
	if !ok {
		return
	}
	var others []app.Person
	var rows [][2]string
	for _, y := range p.people {
		if y.ID != x.ID {
			others = append(others, y)
			rows = append(rows, [2]string{string(y.ID), describe(y)})
		}
	}
	if len(others) == 0 {
		p.status(lang.L("There is nobody else in the study"), true)
		return
	}
	p.actions.Choose(lang.L("Who is {{.Code}}?", map[string]any{"Code": x.ID}),
		lang.L("The open sessions of {{.Code}} go to the person chosen. The code goes when nothing is left of it, and so does what its line of the sheet says. This cannot be undone.", map[string]any{"Code": x.ID}),
		rows, lang.L("The same person…"), func(i int) {
			p.actions.Settle(lang.L("Is {{.Code}} the same person as {{.Other}}?", map[string]any{"Code": x.ID, "Other": others[i].ID}),
				lang.L("The sessions of {{.Code}} become {{.Other}}'s ({{.What}}). This cannot be undone.", map[string]any{"Code": x.ID, "Other": others[i].ID, "What": describe(others[i])}),
				lang.L("Different people"), lang.L("The same person"), func() { p.settle(x.ID, others[i].ID) })
		})
}

// describe is what tells a person from others without a name.
func describe(x app.Person) string {
	text := words.Many(int64(x.Sessions), lang.L("session"), lang.L("sessions"))
	for _, key := range []string{"age", "sex", "proficiency", "side", "group"} {
		if v := value(x.Participant, key); v != "" {
			text += ", " + v
		}
	}
	return text
}

func (p *People) settle(code, as dataset.ParticipantID) {
	p.steps, p.undone = nil, nil // they may bring back a code that is gone
	task.Do(p.runner, func(ctx context.Context) error { return p.source.SettlePerson(ctx, code, as) }, func(err error) {
		if err != nil {
			p.actions.Error(err)
			return
		}
		p.Reload()
		said := lang.L("{{.Code}} is a person of their own", map[string]any{"Code": code})
		if as != code {
			said = lang.L("The open sessions of {{.Code}} are of {{.As}} now", map[string]any{"Code": code, "As": as})
		}
		p.status(said, false)
	})
}
