package label

import (
	"cmp"
	"context"
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"onset/dataset"
	"onset/labeling"
	"onset/views/parts"
	"onset/views/theme"
)

// editFirst opens the first field of the chosen label.
func (l *Label) editFirst() {
	if len(l.selected) > 0 {
		l.panel.fields.repetitions.Edit()
	}
}

// toggleExclusive lets labels of this set overlap, or cut each other. The study
// remembers it.
func (l *Label) toggleExclusive() {
	if l.source.Current().ReadOnly {
		l.say(readOnly(), true)
		return
	}
	rules := l.editor.Rules()
	rules.Exclusive = !rules.Exclusive
	l.editor.SetRules(rules)
	l.setting.Overlapping = slices.DeleteFunc(slices.Clone(l.setting.Overlapping), func(s string) bool { return s == rules.Set })
	if !rules.Exclusive {
		l.setting.Overlapping = append(l.setting.Overlapping, rules.Set)
	}
	settings := l.setting
	l.enqueue(step{
		work: func(ctx context.Context) error { return l.source.PutSettings(ctx, settings) },
		then: func(err error) {
			switch {
			case err != nil:
				l.fail(err)
			case rules.Exclusive:
				said := lang.L("Labels of this set now cut each other instead of overlapping.")
				if n := l.overlapping(); n > 0 {
					said += " " + lang.N("{{.N}} label overlaps already; it stays as it is.", n, map[string]any{"N": n})
				}
				l.say(said, false)
			default:
				l.say(lang.L("Labels of this set may now overlap."), false)
			}
		},
	})
}

// overlapping is how many labels of the set that is worked on overlap one before.
func (l *Label) overlapping() (n int) {
	until := math.Inf(-1)
	labels := slices.DeleteFunc(l.editor.Labels(), func(x dataset.Label) bool {
		return x.Kind == dataset.KindSetup || x.Kind == dataset.KindPoint || labeling.Rejected(x)
	})
	slices.SortStableFunc(labels, func(a, b dataset.Label) int {
		from, _ := l.editor.Times(a)
		other, _ := l.editor.Times(b)
		return cmp.Compare(from, other)
	})
	for _, x := range labels {
		from, to := l.editor.Times(x)
		if from < until-1e-6 {
			n++
		}
		until = max(until, to)
	}
	return n
}

// chooseExercise lets the person find an exercise of the catalogue; the study
// remembers it.
func (l *Label) chooseExercise() { l.askExercise(l.takeExercise) }

// askExercise is chooseExercise for what then does with it.
func (l *Label) askExercise(then func(exercise string)) {
	c := fyne.CurrentApp().Driver().CanvasForObject(l.object)
	if c == nil || l.session == nil || l.inPopup != nil {
		return
	}
	var popup *widget.PopUp
	var found []labeling.Exercise
	list := widget.NewList(func() int { return len(found) },
		func() fyne.CanvasObject { return widget.NewLabel("") },
		func(i int, o fyne.CanvasObject) {
			o.(*widget.Label).SetText(found[i].Name + "   " + found[i].Group())
		})
	l.asks = true
	away := func() {
		popup.Hide()
		l.asks, l.inPopup = false, nil
	}
	take := func(i int) {
		away()
		if i < len(found) {
			l.addExercise(found[i].ID, then)
		}
		l.focus()
	}
	list.OnSelected = take
	entry := &searchEntry{take: func() { take(0) }, give: func() { l.inPopup() }}
	entry.ExtendBaseWidget(entry)
	entry.SetPlaceHolder(lang.L("Search by name or muscle"))
	search := func(text string) {
		found = labeling.DefaultCatalogue().Search(text)
		if text == "" {
			last := l.lastExercise() // most likely the next set is one more of it
			slices.SortStableFunc(found, func(a, b labeling.Exercise) int {
				switch {
				case a.ID == last && b.ID != last:
					return -1
				case b.ID == last && a.ID != last:
					return 1
				}
				return 0
			})
		}
		list.UnselectAll()
		list.Refresh()
	}
	entry.OnChanged = search
	search("")
	body := parts.Sized(380, 420, container.NewBorder(entry, nil, nil, nil, list))
	popup = widget.NewModalPopUp(parts.Inset(theme.Space2, body), c)
	popup.Show()
	// Keys that miss the field, and whatever leaves the room, close it as well.
	l.inPopup = func() {
		away()
		l.say("", false) // what the question was about
		l.focus()
	}
	c.Focus(entry)
}

// addExercise puts an exercise into the study's list and chooses it.
func (l *Label) addExercise(id string, then func(string)) {
	if !slices.Contains(l.exercises, id) {
		l.exercises = withKey(l.exercises, id, func(e string) bool { return l.editor.CountOf(e) > 0 })
		l.setting.Exercises = slices.Clone(l.exercises)
		settings := l.setting
		l.enqueue(step{
			work: func(ctx context.Context) error { return l.source.PutSettings(ctx, settings) },
			then: func(err error) {
				if err != nil {
					l.fail(err)
				}
			},
		})
		l.classes = theme.NewClasses(l.exercises)
	}
	if len(l.selected) == 0 && l.hint == "" && l.armed == id {
		l.show()
		return
	}
	then(id)
}

// searchEntry is an entry that takes the first find with Enter.
type searchEntry struct {
	widget.Entry
	take, give func()
}

// AcceptsTab keeps Tab from leaving the field: behind it keys would change labels.
func (e *searchEntry) AcceptsTab() bool { return true }

// TypedKey adds Enter and Escape; Tab does nothing.
func (e *searchEntry) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		e.take()
	case fyne.KeyEscape:
		e.give()
	case fyne.KeyTab:
	default:
		e.Entry.TypedKey(k)
	}
}

// DumpState is what the room shows, as plain values.
func (l *Label) DumpState() map[string]any {
	state := map[string]any{"open": l.session != nil, "saved": l.edits.idle()}
	if l.session == nil {
		return state
	}
	var labels []map[string]any
	for _, x := range l.sets() {
		from, to := l.editor.Times(x)
		labels = append(labels, map[string]any{"id": string(x.ID), "exercise": x.Exercise, "kind": x.Kind,
			"start": x.Start, "end": x.End, "start_s": from, "end_s": to, "origin": x.Origin})
	}
	state["session"] = string(l.session.ID)
	state["labels"] = labels
	state["selected"] = l.selected
	state["armed"] = l.armed
	state["exercises"] = l.exercises
	state["set"] = l.editor.Rules().Set
	state["hints"] = len(l.hints)
	state["hint"] = l.hint
	if h := l.hintByID(l.hint); h != nil {
		state["hint_start"], state["hint_end"] = l.editor.Times(h.label)
		state["hint_exercise"], state["hint_confidence"], state["hint_origin"] = h.label.Exercise, h.label.Confidence, h.label.Origin
	}
	state["asks"] = l.asks
	state["pass"], state["rater"] = l.passName(), l.rater
	state["sets"] = l.editor.Sets()
	if l.verdict != nil {
		state["disagreements"], state["disagreement"] = len(l.verdict.open), l.verdict.at
		undecided := 0
		for _, d := range l.verdict.decided {
			if d == "" {
				undecided++
			}
		}
		state["undecided"] = undecided
	}
	state["movement"] = l.moved
	state["undo"], state["redo"] = l.undo, l.redo
	state["trace"] = l.trace.DumpState()
	return state
}
