package replay

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/dataset"
	"onset/replay/adherence"
	"onset/views/grid"
	"onset/views/parts"
	"onset/views/theme"
	"onset/views/trace"
	"onset/views/words"
)

// ruleStepS is the step in which a rule looks at a session.
const ruleStepS = 1.0

// rules is where a protocol's rule is put together, checked for contradictions and
// held against the session.
type rules struct {
	pattern, first, second, over *widget.Select
	within, last                 *widget.Entry
	formula                      *widget.Entry
	told                         *parts.Paragraph
	list                         *grid.Grid
	object                       fyne.CanvasObject

	names   []string // exercises, as the selects show them
	ids     []string
	study   []string // exercises of the study's catalogue and plan
	found   []adherence.Violation
	filling bool
	changed func()
}

// patternWords are the sentences in the order of adherence.Patterns.
func patternWords() []string {
	return []string{
		lang.L("every session starts with A"), lang.L("every session holds A"), lang.L("A never happens"), lang.L("after A, B follows within t"),
		lang.L("after A, B of at least d follows within t"), lang.L("A never follows B within t"), lang.L("A lasts at most t"),
	}
}

// newRules is told when the rule is to be held against the session, and where to
// go.
func newRules(check func(), seek func(at float64)) *rules {
	u := &rules{told: parts.NewParagraph("", false), changed: check}
	pick := func(string) { u.write() }
	u.pattern = widget.NewSelect(patternWords(), pick)
	u.first, u.second = widget.NewSelect(nil, pick), widget.NewSelect(nil, pick)
	u.over = widget.NewSelect([]string{lang.L("labels"), lang.L("fused answers")}, func(string) {
		if !u.filling {
			u.changed()
		}
	})
	u.within, u.last, u.formula = widget.NewEntry(), widget.NewEntry(), widget.NewMultiLineEntry()
	u.formula.Wrapping, u.formula.TextStyle = fyne.TextWrapBreak, fyne.TextStyle{Monospace: true}
	u.formula.SetMinRowsVisible(3)
	u.within.OnChanged, u.last.OnChanged = pick, pick
	u.list = grid.New([]grid.Column{{Title: lang.L("broken at"), Width: 84, Numeric: true}, {Title: lang.L("during"), Weight: 1}})
	u.list.OnSelected = func(i int) {
		if i >= 0 && i < len(u.found) {
			seek(u.found[i].AtS)
		}
	}
	word := func(text string, o fyne.CanvasObject) fyne.CanvasObject {
		return container.NewBorder(nil, nil, parts.Sized(58, 20, parts.NewText(text, parts.Style{Tone: theme.Muted, Size: theme.TextSmall})), nil, o)
	}
	seconds := container.NewGridWithColumns(2, word(lang.L("within t"), u.within), word(lang.L("at least d"), u.last))
	form := parts.VBox(5, u.pattern, word("A", u.first), word("B", u.second), seconds,
		parts.NewText(lang.L("As a formula, times in seconds"), parts.Style{Tone: theme.Muted, Size: theme.TextSmall}), u.formula,
		container.NewBorder(nil, nil, word(lang.L("over"), parts.Sized(116, 34, u.over)), nil, parts.NewPrimary(lang.L("Check"), "", func() { u.changed() })), u.told, parts.Rule())
	u.object = container.NewBorder(form, nil, nil, nil, u.list.Object())
	u.filling = true
	u.pattern.SetSelectedIndex(3)
	u.over.SetSelectedIndex(0)
	u.within.SetText("90")
	u.last.SetText("30")
	u.filling = false
	return u
}

// setExercises offers what the session and the answers hold, and rest.
func (u *rules) setExercises(r *replayed) {
	var ids []string
	add := func(id string) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, l := range r.labels {
		if l.Kind == dataset.KindExercise {
			add(l.Exercise)
		}
	}
	for _, d := range r.result.Decisions {
		add(d.Fused)
		for id := range d.Whole {
			add(id)
		}
	}
	slices.Sort(ids)
	ids = append(ids, "rest")
	if slices.Equal(ids, u.ids) {
		return
	}
	u.ids, u.names = ids, nil
	for _, id := range ids {
		u.names = append(u.names, words.Exercise(id))
	}
	u.names[len(ids)-1] = lang.L("rest")
	u.filling = true
	u.first.SetOptions(u.names)
	u.second.SetOptions(u.names)
	u.first.SetSelectedIndex(0)
	u.second.SetSelectedIndex(len(ids) - 1)
	u.filling = false
	u.write()
}

// sentence is what the form says.
func (u *rules) sentence() (adherence.Sentence, error) {
	s := adherence.Sentence{}
	if i := u.pattern.SelectedIndex(); i >= 0 {
		s.Pattern = adherence.Patterns()[i]
	}
	name := func(x *widget.Select) string {
		if i := x.SelectedIndex(); i >= 0 && i < len(u.ids) {
			return u.ids[i]
		}
		return ""
	}
	s.First, s.Second = name(u.first), name(u.second)
	for _, f := range []struct {
		text string
		to   *float64
	}{{u.within.Text, &s.WithinS}, {u.last.Text, &s.LastS}} {
		v, err := strconv.ParseFloat(strings.TrimSpace(strings.ReplaceAll(f.text, ",", ".")), 64)
		if err != nil || !(v > 0) || v > 86400 {
			return s, errors.New(lang.L("{{.Text}} is no number of seconds", map[string]any{"Text": strconv.Quote(f.text)}))
		}
		*f.to = v
	}
	return s, nil
}

// write turns the form into a formula.
func (u *rules) write() {
	if u.filling || u.formula == nil {
		return
	}
	uses := func(word string) bool {
		return strings.Contains(adherence.Patterns()[max(0, u.pattern.SelectedIndex())], word)
	}
	enable(u.second, uses("SECOND"))
	enable(u.within, uses("WITHIN"))
	enable(u.last, uses("LAST"))
	s, err := u.sentence()
	if err == nil {
		var text string
		if text, err = s.Rule(); err == nil {
			u.formula.SetText(text)
		}
	}
	u.tell(err)
}

func enable(w fyne.Disableable, on bool) {
	if on {
		w.Enable()
	} else {
		w.Disable()
	}
}

func (u *rules) tell(err error) {
	if err != nil {
		u.told.SetText(err.Error())
		return
	}
	u.told.SetText("")
}

// check holds the rule against a session; a rule that says nothing is refused.
func (u *rules) check(r *replayed) {
	u.found = nil
	u.list.Set(nil)
	f, err := adherence.Parse(u.formula.Text, ruleStepS)
	if err != nil {
		u.told.SetText(words.Upper(err.Error()))
		return
	}
	rule, err := adherence.Compile(f, ruleStepS)
	warning := ""
	if err == nil {
		warning = unknownSentence(rule.Unknown(slices.Concat(u.ids, u.study)))
	}
	defer func() {
		if warning != "" {
			u.told.SetText(warning + " " + u.told.Text())
		}
	}()
	switch {
	case errors.Is(err, adherence.ErrContradiction):
		u.told.SetText(lang.L("No session could ever keep this rule: its parts contradict each other."))
		return
	case errors.Is(err, adherence.ErrEmptyRule):
		u.told.SetText(lang.L("Every session keeps this rule, whatever it holds."))
		return
	case err != nil:
		u.told.SetText(words.Upper(err.Error()))
		return
	}
	done := r.activities(u.over.SelectedIndex() == 1)
	kept, found, err := rule.Check(done, r.session.Duration())
	if err != nil {
		u.told.SetText(words.Upper(err.Error()))
		return
	}
	if kept {
		u.told.SetText(lang.L("The session keeps this rule."))
		return
	}
	rows := make([][]string, 0, len(found))
	for i, v := range found {
		found[i].AtS = begun(done, v.AtS)
		rows = append(rows, []string{words.Moment(found[i].AtS), doing(done, v.AtS)})
	}
	u.found = found
	u.told.SetText(lang.L("The rule is broken {{.N}}; choose a line to see where.", map[string]any{"N": words.Many(int64(len(found)), lang.L("time"), lang.L("times"))}))
	u.list.Set(rows)
}

// unknownSentence warns of names that nothing in the study has.
func unknownSentence(names []string) string {
	var text []string
	for _, n := range names {
		text = append(text, lang.L("“{{.Name}}” occurs nowhere in this study's catalogue, plan or labels: a rule that forbids it always holds, one that asks for it never does.", map[string]any{"Name": n}))
	}
	return strings.Join(text, " ")
}

// begun is when what is done at an instant of a rule began, where that lies within
// the rule's step; else the instant itself.
func begun(done []adherence.Activity, at float64) float64 {
	if i := doingAt(done, at); i >= 0 && math.Abs(done[i].StartS-at) <= ruleStepS {
		return done[i].StartS
	}
	return at
}

// doingAt is the activity that a rule sees at an instant: the latest to begin of
// those under way at the middle of the step; -1 for none.
func doingAt(done []adherence.Activity, at float64) int {
	found := -1
	for i, a := range done {
		if middle := at + ruleStepS/2; a.StartS <= middle && middle < a.EndS {
			found = i
		}
	}
	return found
}

// doing names what is done at a moment.
func doing(done []adherence.Activity, at float64) string {
	switch i := doingAt(done, at); {
	case i < 0:
		return lang.L("nothing labelled")
	case done[i].Name == "rest":
		return lang.L("rest")
	default:
		return words.Exercise(done[i].Name)
	}
}

// activities are what was done by the labels, or by the fused answers. Where only
// exercises are labelled, what lies between them is rest.
func (r *replayed) activities(answers bool) (list []adherence.Activity) {
	rests := false
	if answers {
		for _, s := range r.fused() {
			i, err := strconv.Atoi(strings.TrimPrefix(s.ID, "fused/"))
			if d := r.result.Decisions; err == nil && d[i].Fused != "" && d[i].TakenBackS == 0 {
				list = append(list, adherence.Activity{StartS: d[i].OnsetS, EndS: s.End, Name: d[i].Fused})
			}
		}
	} else {
		clocks := map[dataset.RecordingID]dataset.Clock{}
		for _, rec := range r.session.Recordings {
			clocks[rec.ID] = rec.Clock
		}
		for _, l := range r.labels {
			c, ok := clocks[l.Recording]
			if !ok || l.Kind != dataset.KindExercise && l.Kind != dataset.KindRest {
				continue
			}
			start, end := c.Span(l.Start, l.End)
			a := adherence.Activity{StartS: start, EndS: end, Name: l.Exercise}
			if l.Kind == dataset.KindRest {
				a.Name, rests = "rest", true
			}
			list = append(list, a)
		}
	}
	slices.SortStableFunc(list, func(a, b adherence.Activity) int { return compareFloat(a.StartS, b.StartS) })
	if rests {
		return list
	}
	at := 0.0
	for _, a := range slices.Clone(list) {
		if a.StartS > at {
			list = append(list, adherence.Activity{StartS: at, EndS: a.StartS, Name: "rest"})
		}
		at = max(at, a.EndS)
	}
	if end := r.session.Duration(); end > at {
		list = append(list, adherence.Activity{StartS: at, EndS: end, Name: "rest"})
	}
	slices.SortStableFunc(list, func(a, b adherence.Activity) int { return compareFloat(a.StartS, b.StartS) })
	return list
}

// spans mark on the trace where the rule is broken.
func (u *rules) spans() (list []trace.Span) {
	for i, v := range u.found {
		list = append(list, trace.Span{ID: fmt.Sprint("rule/", i), Start: v.AtS, End: v.AtS + ruleStepS, Text: lang.L("broken"), Color: theme.Color(theme.Line), Look: trace.Faded, Wrong: true})
	}
	return list
}
