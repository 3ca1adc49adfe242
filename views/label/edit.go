package label

import (
	"errors"
	"math"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/labeling"
)

func readOnly() string {
	return lang.L("The study is open read-only: labels can be looked at, not changed.")
}

// refuse says why nothing happened.
func (l *Label) refuse(err error) {
	var paused *labeling.PauseError
	switch {
	case errors.Is(err, labeling.ErrNoChange):
	case errors.Is(err, labeling.ErrNeighbour):
		l.say(atNeighbour(), false)
	case errors.As(err, &paused):
		l.say(pausedText(paused), true)
	case errors.Is(err, dataset.ErrNothing):
		l.say(lang.L("Nothing to take back or repeat."), false)
	case errors.Is(err, labeling.ErrNoLabel):
		l.say(lang.L("That label is gone."), true)
	default:
		l.fail(err)
	}
}

// timelineAt is the recording that a new label at a moment is counted in: of
// the sensor shown first, the recording that runs then or nearest to then.
func (l *Label) timelineAt(at float64) (labeling.Timeline, bool) {
	lines := l.firstSensor()
	if len(lines) == 0 {
		return labeling.Timeline{}, false
	}
	best, off := 0, math.Inf(1)
	for i, t := range lines {
		from, to := t.Times(0, t.Samples)
		if d := max(from-at, at-to, 0); d < off {
			best, off = i, d
		}
	}
	return lines[best], true
}

// onset drops a set and its setup window at the cursor.
func (l *Label) onset() {
	if l.hint != "" {
		l.accept()
		return
	}
	at, has := l.trace.CursorAt()
	if !has {
		l.say(lang.L("Move the cursor to the onset first."), false)
		return
	}
	t, ok := l.timelineAt(at)
	if !ok {
		return
	}
	if l.armed == "" && l.armedKind == "" && !l.armPlanned(false) {
		l.say(lang.L("Press a number to choose the exercise first."), false)
		return
	}
	if l.inPause(at) {
		return
	}
	start := t.Nearest(at)
	end := t.Setup(start, l.editor.Rules().SetupS)
	if until, ok := l.movementEnd(t.Clock.Time(start)); ok {
		end = max(end, t.Boundary(until))
	}
	l.add(t, start, end)
}

// drawn labels a span drawn with the mouse.
func (l *Label) drawn(from, to float64) {
	t, ok := l.timelineAt((from + to) / 2)
	if !ok {
		return
	}
	if !recordedWithin(t, from, to) {
		if p, in := l.pauseAt((from + to) / 2); in {
			l.say(pauseText(p)+" "+lang.L("Begin or end the drag where there is a trace."), true)
		}
		return
	}
	if l.armed == "" && l.armedKind == "" {
		// A span drawn with nothing armed takes the exercise used last.
		l.arm(l.lastExercise())
	}
	start, end := t.Span(from, to)
	l.addSaying(l.cutAtPause(t, start, end, from, to), t, start, end)
}

func (l *Label) lastExercise() string {
	x, ok := l.editor.Near(math.Inf(1), true)
	for ok && x.Kind != dataset.KindExercise {
		before, _ := l.editor.Walk(x.ID, -1)
		if before.ID == x.ID {
			return l.exercises[0]
		}
		x = before
	}
	if !ok {
		return l.exercises[0]
	}
	return x.Exercise
}

func (l *Label) add(t labeling.Timeline, start, end int64) { l.addSaying("", t, start, end) }

func (l *Label) addSaying(note string, t labeling.Timeline, start, end int64) {
	kind, exercise := dataset.KindExercise, l.armed
	if l.armedKind != "" {
		kind, exercise = l.armedKind, ""
	}
	l.signed(func() {
		l.selected = nil
		edit, err := l.editor.Add(t.Recording, kind, exercise, start, end, "hand", 1)
		if l.commitSaying(note, edit, err) {
			l.selectChanged(edit)
			l.followPlan()
		}
	})
}

// point marks the instant under the cursor.
func (l *Label) point() {
	at, has := l.trace.CursorAt()
	t, ok := l.timelineAt(at)
	if !ok || !has || l.inPause(at) {
		return
	}
	i := t.Nearest(at)
	l.signed(func() {
		edit, err := l.editor.Add(t.Recording, dataset.KindPoint, l.armed, i, i, "hand", 1)
		if l.commit(edit, err) {
			l.selectChanged(edit)
		}
	})
}

// selectChanged chooses the labels that an edit brought or changed.
func (l *Label) selectChanged(edit dataset.Edit) {
	var ids []dataset.LabelID
	for _, c := range edit.Changes {
		if c.After == nil || c.After.Kind == dataset.KindSetup || labeling.Rejected(*c.After) {
			continue
		}
		if edit.Action == "add label" && c.Before == nil {
			ids = []dataset.LabelID{c.After.ID} // the others only made room
			break
		}
		ids = append(ids, c.After.ID)
	}
	if len(ids) > 0 {
		l.latest = ids[len(ids)-1]
	}
	l.selected, l.hint = ids, ""
	l.show()
}

// dragged takes an edge or a whole label where the mouse let it go.
func (l *Label) dragged(id string, from, to float64) {
	l.signed(func() { l.drag(id, from, to) })
	l.show()
}

func (l *Label) drag(id string, from, to float64) {
	if h := l.hintByID(id); h != nil {
		l.dragHint(h, from, to)
		return
	}
	label, ok := l.editor.Find(dataset.LabelID(id))
	if !ok {
		return
	}
	t, ok := l.editor.Timeline(label.Recording)
	if !ok {
		return
	}
	oldFrom, oldTo := t.Times(label.Start, label.End)
	moved := oldFrom != from && oldTo != to && math.Abs((to-from)-(oldTo-oldFrom)) < 1e-6
	if l.widthLock && !moved { // an edge takes the whole label along
		if from == oldFrom {
			from = oldFrom + to - oldTo
		}
		moved = true
	}
	var edit dataset.Edit
	var err error
	note := ""
	if moved {
		edit, err = l.editor.Move(l.group(label.ID), from-oldFrom)
	} else {
		start, end := label.Start, label.End
		if from != oldFrom {
			start = min(t.Boundary(from), end-1)
		}
		if to != oldTo {
			end = max(t.Boundary(to), start+1)
		}
		note = l.cutAtPause(t, start, end, from, to)
		edit, err = l.editor.Resize(label.ID, start, end)
	}
	if l.commitSaying(note, edit, err) {
		l.choose(l.group(label.ID)...)
	}
}

// group is the selection where it holds id, else id alone.
func (l *Label) group(id dataset.LabelID) []dataset.LabelID {
	if slices.Contains(l.selected, id) {
		return l.selected
	}
	return []dataset.LabelID{id}
}

// pick is a click on a label or a suggestion.
func (l *Label) pick(id string, modifiers fyne.KeyModifier) {
	if l.hintByID(id) != nil {
		l.selected, l.hint = nil, id
		l.show()
		return
	}
	label := dataset.LabelID(id)
	if modifiers&(fyne.KeyModifierControl|fyne.KeyModifierShift) == 0 {
		l.choose(label)
		return
	}
	if i := slices.Index(l.selected, label); i >= 0 {
		l.choose(slices.Delete(slices.Clone(l.selected), i, i+1)...)
		return
	}
	l.choose(append(slices.Clone(l.selected), label)...)
}

// choose selects labels; none takes the selection away.
func (l *Label) choose(ids ...dataset.LabelID) {
	if len(ids) > 0 {
		l.latest = ids[len(ids)-1]
	}
	l.selected, l.hint = ids, ""
	l.show()
}

func (l *Label) keepSelected() {
	l.selected = slices.DeleteFunc(l.selected, func(id dataset.LabelID) bool {
		_, ok := l.editor.Find(id)
		return !ok
	})
}

// sets are the labels that a person walks through: not the setup windows.
func (l *Label) sets() []dataset.Label {
	return slices.DeleteFunc(l.editor.Labels(), func(x dataset.Label) bool { return x.Kind == dataset.KindSetup || labeling.Rejected(x) })
}

// walk goes to the next or the previous label: from the chosen one, else from
// the cursor.
func (l *Label) walk(by int) {
	var to dataset.Label
	found := false
	if n := len(l.selected); n > 0 {
		to, found = l.editor.Walk(l.selected[n-1], by)
	}
	if !found {
		cursor, _ := l.trace.CursorAt()
		to, found = l.editor.Near(cursor, by < 0)
	}
	if !found {
		return
	}
	l.choose(to.ID)
	from, end := l.editor.Times(to)
	l.trace.SetCursor(from)
	l.bring(from, end)
}

func (l *Label) nudge(atStart bool, by int64) {
	if l.hintByID(l.hint) != nil {
		l.adjustHint(atStart, by)
		return
	}
	if len(l.selected) == 0 {
		l.say(lang.L("Choose a label first: click one, or press {{.Next}}.", map[string]any{"Next": l.keys.called("next")}), false)
		return
	}
	l.signed(func() {
		if edit, err := l.nudged(atStart, by); l.commitHeld(l.runOf("nudge", atStart), edit, err, l.nowAcross(edit)) {
			l.goToEdge(atStart)
		}
	})
}

// nudged moves an edge, or with the width locked the whole label.
func (l *Label) nudged(atStart bool, by int64) (dataset.Edit, error) {
	if !l.widthLock {
		return l.editor.Nudge(l.selected, atStart, by)
	}
	return l.editor.Shift(l.selected, by)
}

func (l *Label) goToEdge(atStart bool) {
	if label, ok := l.editor.Find(l.selected[len(l.selected)-1]); ok {
		from, to := l.editor.Times(label)
		if !atStart {
			from = to
		}
		l.trace.GoTo(from)
	}
}

func (l *Label) remove() {
	switch {
	case l.hint != "":
		l.reject()
	case len(l.selected) > 0:
		l.signed(func() {
			if edit, err := l.editor.Remove(l.selected...); l.commit(edit, err) {
				l.choose()
			}
		})
	}
}

func (l *Label) merge() {
	l.signed(func() {
		edit, err := l.editor.Merge(l.selected...)
		if l.commit(edit, err) {
			l.choose(l.selected[0])
		}
	})
}

func (l *Label) split() {
	at, ok := l.trace.CursorAt()
	if !ok || len(l.selected) != 1 {
		l.say(lang.L("Choose one label and put the cursor where it should be cut."), false)
		return
	}
	label, _ := l.editor.Find(l.selected[0])
	if t, ok := l.editor.Timeline(label.Recording); ok {
		l.signed(func() {
			edit, err := l.editor.Split(label.ID, t.Boundary(at))
			l.commitSaying(unknownRepetitions(edit), edit, err)
		})
	}
}

func (l *Label) selectAll() {
	var ids []dataset.LabelID
	for _, s := range l.sets() {
		ids = append(ids, s.ID)
	}
	l.choose(ids...)
}
