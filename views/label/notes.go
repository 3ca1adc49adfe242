package label

import (
	"errors"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/labeling"
)

// displaced says what an edit did to labels that nobody chose, or that it
// stopped at one; nothing where it did not.
func (l *Label) displaced(edit dataset.Edit) string {
	switch edit.Action {
	case "move edge", "move label":
		if l.editor.Stopped(edit) {
			return atNeighbour()
		}
		return ""
	case "add label", "accept suggestion", "merge labels", "paste labels":
	default:
		return ""
	}
	d := labeling.DisplacedBy(edit, l.selected...)
	if !d.Any() {
		return ""
	}
	var parts []string
	say := func(n int, text string) {
		if n > 0 {
			parts = append(parts, text)
		}
	}
	say(d.Replaced, lang.N("replaced {{.N}} label", d.Replaced, map[string]any{"N": d.Replaced}))
	say(d.Trimmed, lang.N("trimmed {{.N}}", d.Trimmed, map[string]any{"N": d.Trimmed}))
	say(d.Split, lang.N("cut {{.N}} in two", d.Split, map[string]any{"N": d.Split}))
	say(d.Onsets, lang.N("removed {{.N}} setup window whose onset is covered now", d.Onsets, map[string]any{"N": d.Onsets}))
	text := strings.Join(parts, ", ")
	text = strings.ToUpper(text[:1]) + text[1:] + lang.L("; Ctrl+Z takes it back.")
	if d.Split > 0 {
		text = strings.TrimSpace(text + " " + unknownRepetitions(edit))
	}
	return text
}

func errNoRater() error { return errors.New(lang.L("Say who labels: each label carries its rater.")) }

func atNeighbour() string {
	return lang.L("Stopped at the neighbouring label: labels of this set do not overlap.")
}

// goesInto names the label set when a hand first edits one that was imported or
// simulated.
func (l *Label) goesInto(edit dataset.Edit) string {
	set := l.editor.Rules().Set
	for _, c := range edit.Changes {
		if c.Before != nil && c.Before.Set != set && c.Before.Set != l.toldSet {
			l.toldSet = c.Before.Set
			return lang.L("This changes the label set “{{.Set}}”.", map[string]any{"Set": l.toldSet})
		}
	}
	if l.toldSet == set || !l.editor.Holds("import") && !l.editor.Holds("simulated") {
		return ""
	}
	l.toldSet = set
	return lang.L("This goes into the label set “{{.Set}}”, which was not made by hand.", map[string]any{"Set": set})
}

// fallbackSet is the label set to work in while no rater is known.
const fallbackSet = "labels"

// signed runs an edit once it is known who makes it: at once where the rater is
// known, else when the person has said who they are. Without an answer nothing
// happens.
func (l *Label) signed(edit func()) {
	if l.source.Current().ReadOnly {
		l.say(readOnly(), true)
		return
	}
	if r := l.source.Preferences().Rater; r != "" {
		l.sign(r)
		l.inTurn(edit)
		return
	}
	l.say(lang.L("A label carries its rater: say who labels first."), true)
	session := l.session.ID
	if l.actions.AskRater == nil {
		return
	}
	l.actions.AskRater(func(rater string) {
		rater = strings.TrimSpace(rater)
		if rater == "" || l.session == nil || l.session.ID != session {
			return
		}
		l.sign(rater)
		l.focus()
		l.inTurn(edit)
	})
}

// sign puts a rater's name under the edits to come. In the place of a set that is
// empty yet, or was shown while nobody was named, comes the rater's own.
func (l *Label) sign(rater string) {
	rules := l.editor.Rules()
	if rules.Rater == rater {
		return
	}
	if rules.Set == fallbackSet && l.editor.Count("") == 0 || rules.Set == l.lent {
		rules.Set = rater
	}
	l.lent = ""
	rules.Rater = rater
	l.editor.SetRules(rules)
}

// actionName is what an edit's ledger entry calls it, for a person.
func actionName(action string) string {
	switch action {
	case "add label":
		return lang.L("add a label")
	case "move edge":
		return lang.L("move an edge")
	case "move label":
		return lang.L("move a label")
	case "delete label":
		return lang.L("delete a label")
	case "change exercise":
		return lang.L("change an exercise")
	case "describe label":
		return lang.L("describe a label")
	case "split label":
		return lang.L("cut a label")
	case "merge labels":
		return lang.L("join labels")
	case "accept suggestion":
		return lang.L("take a suggestion")
	case "reject suggestion":
		return lang.L("turn a suggestion down")
	case "paste labels":
		return lang.L("paste labels")
	case "begin revision":
		return lang.L("begin a revision")
	case "settle disagreement":
		return lang.L("settle a disagreement")
	}
	return action
}
