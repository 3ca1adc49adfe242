package label

import (
	"cmp"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/dataset"
	"onset/dataset/codec"
	"onset/labeling"
	"onset/labeling/agreement"
	"onset/views/parts"
	"onset/views/theme"
	"onset/views/trace"
)

// consensusSet is the label set that adjudication writes.
const consensusSet = "consensus"

// adjudication is a walk through what two raters disagree about.
type adjudication struct {
	first, second string
	open          []agreement.Disagreement
	decided       []string // what was said of each: "", or the words of the decision
	agreed        int
	at            int
	before        string // the label set that was worked on
}

// adjudicate asks which two sets are meant, and begins with what is still open.
func (l *Label) adjudicate() {
	c := fyne.CurrentApp().Driver().CanvasForObject(l.object)
	if c == nil || l.session == nil || l.inPopup != nil {
		return
	}
	if l.verdict != nil {
		l.endVerdict()
		return
	}
	if l.blind {
		l.say(lang.L("Adjudication shows the labels of both raters: end the blind pass first."), true)
		return
	}
	sets := slices.DeleteFunc(l.editor.Sets(), func(s string) bool { return s == consensusSet })
	slices.SortStableFunc(sets, func(a, b string) int { return cmp.Compare(unlikely(a), unlikely(b)) })
	switch len(sets) {
	case 0, 1:
		l.say(lang.L("Adjudication needs the label sets of two raters in this session."), false)
		return
	case 2:
		l.beginVerdict(sets[0], sets[1])
		return
	}
	first, second := widget.NewSelect(sets, nil), widget.NewSelect(sets, nil)
	first.SetSelected(sets[0])
	second.SetSelected(sets[1])
	take := func() {
		if first.Selected == second.Selected {
			return
		}
		l.inPopup()
		l.beginVerdict(first.Selected, second.Selected)
	}
	begin := parts.NewPrimary(lang.L("Begin"), "Enter", take)
	body := parts.VBox(theme.Space3, parts.Heading(lang.L("Whose labels are compared?")),
		container.NewGridWithColumns(2, first, second), container.NewHBox(begin))
	l.popup(c, body, 420, 220)()
	l.onEnter = take
}

// unlikely is 1 for a set that is hardly meant when two raters are compared.
func unlikely(set string) int {
	if set == codec.LabelSet || set == fallbackSet || labeling.IsRevision(set) {
		return 1
	}
	return 0
}

// beginVerdict puts what both agree on into the consensus set and goes to the
// first disagreement that it does not settle yet.
func (l *Label) beginVerdict(first, second string) {
	a, b := l.events(first), l.events(second)
	open, agreed := agreement.Disagreements(a, b, agreement.DefaultTolerance())
	moreOpen, moreAgreed := agreement.Instants(l.instants(first), l.instants(second), agreement.DefaultTolerance())
	open, agreed = append(open, moreOpen...), append(agreed, moreAgreed...)
	slices.SortStableFunc(open, func(a, b agreement.Disagreement) int { return cmp.Compare(a.From, b.From) })
	l.verdict = &adjudication{first: first, second: second, open: open, decided: make([]string, len(open)), agreed: len(agreed), at: -1}
	rules := l.editor.Rules()
	if l.verdict.before = rules.Set; rules.Set == consensusSet {
		l.verdict.before = l.ownSet()
	}
	rules.Set, rules.Exclusive = consensusSet, !slices.Contains(l.setting.Overlapping, consensusSet)
	l.editor.SetRules(rules)
	l.choose()
	for i, d := range open {
		if l.settled(d) {
			l.verdict.decided[i] = lang.L("settled before")
		}
	}
	var fresh []dataset.Label
	for _, p := range agreed {
		if x, ok := l.middle(p); ok && !l.settled(agreement.Disagreement{
			From: min(p.First.Start, p.Second.Start), To: max(p.First.End, p.Second.End), First: &p.First, Second: &p.Second}) {
			fresh = append(fresh, x)
		}
	}
	begin := func() {
		l.nextVerdict(1)
		l.say(lang.L("Agreed on: {{.Agreed}}. Disagreements: {{.Open}}. {{.First}} takes the first rater's, {{.Second}} the second's, {{.Both}} both, {{.Neither}} neither; {{.Next}} and {{.Previous}} walk.",
			l.verdictKeys(map[string]any{"Agreed": len(agreed), "Open": len(open)})), false)
	}
	if len(fresh) == 0 {
		begin()
		return
	}
	l.signed(func() {
		if edit, err := l.editor.Accept(fresh...); l.commit(edit, err) {
			begin()
		}
	})
}

// events are the labels of a set, for comparing them.
func (l *Label) events(set string) []agreement.Event {
	return agreement.EventsOf(*l.session, l.editor.OfSet(set), set)
}

// instants are the point events of a set, for comparing them.
func (l *Label) instants(set string) []agreement.Event {
	return agreement.InstantsOf(*l.session, l.editor.OfSet(set), set)
}

// settled reports whether the consensus set says something of a disagreement: a
// label, or that none counts there.
func (l *Label) settled(d agreement.Disagreement) bool {
	found := false
	if d.Instant() {
		l.editor.Instants(d.From, d.To, func(dataset.Label) { found = true })
		return found
	}
	l.editor.Within(d.From, d.To, func(x dataset.Label) {
		found = found || x.Kind == dataset.KindExercise || x.Kind == dataset.KindNone && !labeling.NoInstant(x)
	})
	return found
}

// recheck follows an undo or redo: a decision that was taken back is open again.
func (l *Label) recheck() {
	v := l.verdict
	if v == nil {
		return
	}
	for i, d := range v.open {
		switch settled := l.settled(d); {
		case !settled:
			if v.decided[i] != "" {
				v.at = i // it is looked at again
			}
			v.decided[i] = ""
		case v.decided[i] == "":
			v.decided[i] = lang.L("settled before")
		}
	}
}

// middle is the label that two agreeing ones come to: it begins and ends between
// them.
func (l *Label) middle(p agreement.Agreed) (dataset.Label, bool) {
	a, ok := l.editor.Find(dataset.LabelID(p.First.ID))
	b, there := l.editor.Find(dataset.LabelID(p.Second.ID))
	if !ok || !there {
		return a, false
	}
	if a.Recording == b.Recording {
		a.Start, a.End = (a.Start+b.Start)/2, (a.End+b.End+1)/2
	}
	if a.Kind == dataset.KindPoint {
		a.End = a.Start
	}
	return labeling.Agreed(a, b), true
}

// endVerdict ends the walk and goes back to the set that was worked on before:
// the consensus is changed by decisions alone.
func (l *Label) endVerdict() {
	before := l.verdict.before
	l.verdict = nil
	l.workIn(before)
	l.say(lang.L("Adjudication ended; what was settled is in the label set “consensus”."), false)
	l.show()
}

// nextVerdict goes to the next disagreement, the open ones first.
func (l *Label) nextVerdict(by int) {
	v := l.verdict
	if v == nil {
		l.adjudicate()
		return
	}
	if len(v.open) == 0 {
		v.at = -1
		l.show()
		return
	}
	step := func(at int) int { return (at + by + len(v.open)) % len(v.open) }
	at := v.at
	if at < 0 && by < 0 {
		at = 0 // back from the beginning is the last one
	}
	at = step(at)
	if slices.Contains(v.decided, "") {
		for v.decided[at] != "" {
			at = step(at)
		}
	}
	v.at = at
	d := v.open[at]
	l.selected, l.hint = nil, ""
	l.show()
	l.trace.SetCursor(d.From)
	from, to := stretchOf(d)
	l.trace.SetView(trace.View{Start: from, End: to})
}

// stretchOf is what shows a disagreement large enough to be judged: the edge that
// is meant with a few times the difference around it, else both labels.
func stretchOf(d agreement.Disagreement) (from, to float64) {
	from, to = d.From, d.To
	switch d.Kind {
	case agreement.Onset:
		from, to = min(d.First.Start, d.Second.Start), max(d.First.Start, d.Second.Start)
	case agreement.End:
		from, to = min(d.First.End, d.Second.End), max(d.First.End, d.Second.End)
	case agreement.Exercise, agreement.OnlyFirst, agreement.OnlySecond:
		room := max(2, 0.3*(to-from))
		return from - room, to + room
	}
	room := max(2, 3*(to-from))
	return from - room, to + room
}

// decide settles the disagreement that is looked at.
func (l *Label) decide(takeFirst, takeSecond bool, words string) {
	v := l.verdict
	if v == nil || v.at < 0 {
		return
	}
	d := v.open[v.at]
	var take []dataset.Label
	var recording dataset.RecordingID
	var sample int64
	add := func(on bool, e *agreement.Event) {
		if e == nil {
			return
		}
		if x, ok := l.editor.Find(dataset.LabelID(e.ID)); ok {
			recording, sample = x.Recording, x.Start
			if on {
				take = append(take, x)
			}
		}
	}
	add(takeFirst, d.First)
	add(takeSecond, d.Second)
	at := v.at
	l.signed(func() {
		var edit dataset.Edit
		var err error
		if d.Instant() {
			edit, err = l.editor.SettleInstant(recording, sample, d.From, d.To, take...)
		} else if len(take) > 0 {
			edit, err = l.editor.Settle(d.From, d.To, take...)
		} else {
			edit, err = l.editor.Dismiss(recording, d.From, d.To)
		}
		before := v.decided[at]
		v.decided[at] = words
		if !l.commitSaying(v.whole(), edit, err) {
			v.decided[at] = before
			return
		}
		if slices.Contains(v.decided, "") {
			l.nextVerdict(1)
			return
		}
		l.show()
	})
}

// whole says that everything is settled; nothing while something is open.
func (v *adjudication) whole() string {
	if slices.Contains(v.decided, "") {
		return ""
	}
	return lang.N("All {{.N}} settled: the label set “consensus” is whole. Escape ends the walk.", len(v.open), map[string]any{"N": len(v.open)})
}

// decideByKey reports whether a number key was a decision.
func (l *Label) decideByKey(n int) bool {
	v := l.verdict
	if v == nil || v.at < 0 {
		return false
	}
	switch n {
	case 0:
		l.decide(false, false, lang.L("neither"))
	case 1:
		l.decide(true, false, v.first)
	case 2:
		l.decide(false, true, v.second)
	case 3:
		l.decide(true, true, lang.L("both"))
	default:
		l.say(lang.L("{{.First}} takes the first rater's label, {{.Second}} the second's, {{.Both}} both, {{.Neither}} neither. Escape ends the walk.",
			l.verdictKeys(map[string]any{})), false)
	}
	return true
}

// verdictKeys adds to a sentence's values what decides and what walks.
func (l *Label) verdictKeys(values map[string]any) map[string]any {
	for name, command := range map[string]string{"First": "exercise-1", "Second": "exercise-2", "Both": "exercise-3", "Neither": "none",
		"Next": "disagreement", "Previous": "disagreement-back"} {
		values[name] = l.keys.called(command)
	}
	return values
}
