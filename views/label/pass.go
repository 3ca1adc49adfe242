package label

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/labeling"
	"onset/views/parts"
	"onset/views/theme"
)

// passName is how the rater labels, in a word or two.
func (l *Label) passName() string {
	switch {
	case l.blind:
		return lang.L("Blind pass")
	case l.editor != nil && labeling.IsRevision(l.editor.Rules().Set):
		return lang.L("Revision")
	}
	return lang.L("Open pass")
}

// choosePass asks who labels and what of others they see while they do.
func (l *Label) choosePass() {
	c := fyne.CurrentApp().Driver().CanvasForObject(l.object)
	if c == nil || l.session == nil || l.inPopup != nil {
		return
	}
	p := l.source.Preferences()
	blind := lang.L("Blind: labels of others are hidden, and nothing that is shown is made of them")
	open := lang.L("Open: labels of others lie in lanes of their own")
	options := []string{open, blind}
	revise := map[string]string{}
	for _, set := range l.editor.Sets() {
		if set != consensusSet {
			word := lang.L("Revise: begin with a copy of the labels of “{{.Set}}”", map[string]any{"Set": set})
			options, revise[word] = append(options, word), set
		}
	}
	way := widget.NewRadioGroup(options, nil)
	way.Required = true
	wrong := parts.NewText("", parts.Style{Tone: theme.Error})
	way.SetSelected(open)
	if p.Blind {
		way.SetSelected(blind)
	}
	rater := &searchEntry{}
	rater.ExtendBaseWidget(rater)
	rater.SetText(p.Rater)
	rater.SetPlaceHolder(lang.L("initials or a code"))
	var take func()
	body := parts.VBox(theme.Space3, parts.Heading(lang.L("Who labels, and how")),
		parts.NewParagraph(lang.L("Each rater has a label set and an undo of their own. A blind second pass shows how well two people agree; a revision shows what the second one changed, and is no independent judgement."), true),
		parts.Section(lang.L("Rater"), ""), rater, parts.Section(lang.L("Pass"), ""), way, wrong,
		container.NewHBox(parts.NewPrimary(lang.L("Label so"), "Enter", func() { take() })))
	show := l.popup(c, body, 620, 430)
	take = func() {
		name := strings.TrimSpace(rater.Text)
		if name == "" {
			rater.SetValidationError(errNoRater())
			return
		}
		if revise[way.Selected] == name {
			wrong.SetText(lang.L("“{{.Set}}” is your own set: choose Open to go on with it.", map[string]any{"Set": name}))
			return
		}
		l.inPopup()
		p.Rater, p.Blind = name, way.Selected == blind
		session := l.session.ID
		l.enqueue(step{
			work: func(context.Context) error { return l.source.SetPreferences(p) },
			then: func(err error) {
				if err != nil {
					l.fail(err)
					return
				}
				l.PreferencesChanged()
				if set, ok := revise[way.Selected]; ok && l.session != nil && l.session.ID == session {
					l.revise(set)
				}
			},
		})
	}
	rater.take, rater.give = take, func() { l.inPopup() }
	show()
	l.onEnter = take
	// The choice needs no keys of its own: Enter goes on from the field.
	way.OnChanged = func(string) {
		wrong.SetText("")
		c.Focus(rater)
	}
	c.Focus(rater)
}

// workIn makes edits go into a label set. A walk through disagreements ends: its
// keys decide about the consensus alone.
func (l *Label) workIn(set string) {
	if set != consensusSet {
		l.verdict = nil
	}
	l.lent = ""
	rules := l.editor.Rules()
	rules.Set, rules.Exclusive = set, !slices.Contains(l.setting.Overlapping, set)
	l.editor.SetRules(rules)
	l.choose()
}

// revise makes a set of the rater's own out of another's labels, or goes on
// with the one that is there.
func (l *Label) revise(of string) {
	set := labeling.RevisionOf(l.editor.Rules().Rater, of)
	there := slices.Contains(l.editor.Sets(), set)
	l.workIn(set)
	if there {
		return
	}
	l.signed(func() {
		edit, err := l.editor.BeginRevision(of)
		if l.commit(edit, err) {
			l.say(lang.L("{{.N}} labels to go through: {{.Next}} walks them; what you leave stays theirs.",
				map[string]any{"N": len(l.sets()), "Next": l.keys.called("next")}), false)
		}
	})
}

// toggleBlind hides the labels of others from now on, or shows them again.
func (l *Label) toggleBlind() {
	p := l.source.Preferences()
	if p.Rater == "" {
		l.choosePass()
		return
	}
	p.Blind = !p.Blind
	l.enqueue(step{
		work: func(context.Context) error { return l.source.SetPreferences(p) },
		then: func(err error) {
			if err != nil {
				l.fail(err)
				return
			}
			l.PreferencesChanged()
			if p.Blind {
				l.say(lang.L("Blind pass of {{.Who}}: labels of others are hidden.", map[string]any{"Who": p.Rater}), false)
			} else {
				l.say(lang.L("Open pass of {{.Who}}: labels of others lie in lanes of their own.", map[string]any{"Who": p.Rater}), false)
			}
		},
	})
}
