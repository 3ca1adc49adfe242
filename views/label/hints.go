package label

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/labeling"
	"onset/views/task"
	"onset/views/trace"
)

// hint is a suggestion on the screen that waits to be taken or turned down.
type hint struct {
	id    string
	label dataset.Label // as it would become; its confidence is the suggestion's
	doubt float64       // 0 to 1
}

const (
	// mostSamples is how much of a recording is looked at for movement.
	mostSamples = 4 << 20
	// snapReach is how near a dragged moment must come to a change of movement
	// to be drawn to it, in seconds.
	snapReach = 0.15
)

// movement is a stretch in which a sensor moves.
type movement struct {
	from, to    float64 // seconds
	confidence  float64
	repetitions int
}

// lookForMovement finds where the sensors move: for snapping, for the end of a
// set that is begun with Enter, and for suggestions. The first sensor leads; of
// the other accelerometers counts what it has missed, as a wrist hardly moves in
// squats.
func (l *Label) lookForMovement() {
	var sensors [][]trace.Series
	for i, t := range l.toolbar.all {
		if i > 0 && !strings.HasSuffix(t.ID, "/accelerometer") {
			continue
		}
		var axes []trace.Series
		for _, c := range t.Channels {
			axes = append(axes, c.Series)
		}
		if len(axes) > 0 && axes[0].Len() <= mostSamples {
			sensors = append(sensors, axes)
		}
	}
	if len(sensors) == 0 {
		return
	}
	task.Run(l.looking, func(ctx context.Context) ([]movement, error) {
		var found []movement
		for _, axes := range sensors {
			more, err := movementOf(ctx, axes)
			if err != nil {
				return nil, err
			}
			found = withMissed(found, more)
		}
		return found, nil
	}, func(found []movement, err error) {
		if err != nil {
			l.fail(fmt.Errorf("looking for movement: %w", err))
			return
		}
		l.movement, l.moved = found, true
	})
}

// withMissed adds to what is found, in the order of time, that of more which lies
// in none of it.
func withMissed(found, more []movement) []movement {
	all := slices.Clone(found)
	for _, m := range more {
		if !slices.ContainsFunc(found, func(x movement) bool { return m.from < x.to && x.from < m.to }) {
			all = append(all, m)
		}
	}
	slices.SortStableFunc(all, func(a, b movement) int { return cmp.Compare(a.from, b.from) })
	return all
}

// movementOf is where one sensor moves.
func movementOf(ctx context.Context, axes []trace.Series) (found []movement, err error) {
	values := make([][]float64, len(axes))
	for i, s := range axes {
		values[i] = make([]float64, s.Len())
		n, err := s.Samples(ctx, 0, values[i])
		if err != nil {
			return nil, err
		}
		values[i] = values[i][:n]
	}
	clock := axes[0].Clock()
	for _, m := range labeling.Suggest(values, clock, labeling.DefaultSuggest()) {
		found = append(found, movement{clock.Time(m.Start), clock.End(m.End), m.Confidence, m.Repetitions})
	}
	return found, nil
}

// movementEnd is when the movement around an onset ends. The onset may be set a
// little early.
func (l *Label) movementEnd(onset float64) (end float64, ok bool) {
	const early = 2
	for _, m := range l.movement {
		if onset < m.to && onset >= m.from-early {
			return m.to, true
		}
	}
	return 0, false
}

// snap draws a dragged moment to a sample, or to a change of movement near it.
func (l *Label) snap(at float64, free bool) float64 {
	t, ok := l.timelineAt(at)
	if !ok {
		return at
	}
	if !free {
		best := snapReach
		to := at
		for _, m := range l.movement {
			for _, edge := range []float64{m.from, m.to} {
				if d := math.Abs(edge - at); d < best {
					best, to = d, edge
				}
			}
		}
		at = to
	}
	b := t.Boundary(at)
	if end := t.Clock.End(b); b >= t.Samples || b > 0 && abs(end-at) < abs(t.Clock.Time(b)-at) {
		return end // the near side of a pause
	}
	return t.Clock.Time(b)
}

// suggest shows the sets that the movement speaks for and that nobody has
// labelled, or hides them again.
func (l *Label) suggest() {
	if l.session == nil {
		return
	}
	if len(l.hints) > 0 {
		l.hints, l.hint, l.gone = nil, "", nil
		l.show()
		return
	}
	if !l.moved {
		l.say(lang.L("Still looking for movement; try again in a moment."), false)
		return
	}
	for i, m := range l.movement {
		t, ok := l.timelineAt((m.from + m.to) / 2)
		if !ok || l.editor.Covered(m.from, m.to) > (m.to-m.from)/2 {
			continue
		}
		start, end := t.Span(m.from, m.to)
		h := hint{id: fmt.Sprintf("hint-%d", i), label: dataset.Label{
			Recording: t.Recording, Kind: dataset.KindExercise, Start: start, End: end,
			Origin: "suggestion:energy", Confidence: m.confidence,
		}, doubt: 1 - m.confidence}
		if m.repetitions > 0 {
			reps := m.repetitions
			h.label.Attributes.Repetitions = &reps
		}
		l.hints = append(l.hints, h)
	}
	if len(l.hints) == 0 {
		l.say(lang.L("No movement is left to suggest: what moves is labelled or turned down."), false)
		return
	}
	l.sortHints()
	l.say(lang.L("{{.N}} sets suggested. {{.Next}} walks them, {{.Take}} takes one, {{.Down}} turns it down.",
		map[string]any{"N": len(l.hints), "Next": l.keys.called("candidate"), "Take": l.keys.called("onset"), "Down": l.keys.called("delete")}), false)
	l.show()
}

// named is a suggestion as it would be taken: its own exercise, which a model or
// the person gave it, else what is armed, else what the plan has next; else none.
func (l *Label) named(h *hint) dataset.Label {
	x := h.label
	if x.Exercise == "" {
		x.Exercise = l.armed
	}
	if x.Exercise == "" {
		if s := l.standing(); s.Next >= 0 {
			x.Exercise = s.Planned[s.Next].Exercise
		}
	}
	return x
}

func (l *Label) hintByID(id string) *hint {
	for i := range l.hints {
		if l.hints[i].id == id {
			return &l.hints[i]
		}
	}
	return nil
}

// candidate goes to the next suggestion, showing them first where none are
// shown; by is -1 for the one before.
func (l *Label) candidate(by int) {
	if l.session == nil {
		return
	}
	if len(l.hints) == 0 {
		l.suggest()
	}
	if len(l.hints) == 0 {
		return
	}
	i := slices.IndexFunc(l.hints, func(h hint) bool { return h.id == l.hint })
	if i < 0 && by < 0 {
		i = 0
	}
	i = (i + by + len(l.hints)) % len(l.hints)
	l.goToHint(i)
}

func (l *Label) goToHint(i int) {
	l.selected, l.hint = nil, l.hints[i].id
	l.show()
	from, to := l.editor.Times(l.hints[i].label)
	l.trace.SetCursor(from)
	l.bring(from, to)
}

// accept takes the chosen suggestion with the exercise that is armed.
func (l *Label) accept() {
	h := l.hintByID(l.hint)
	if h == nil {
		return
	}
	taken := l.named(h)
	if taken.Exercise == "" {
		l.say(lang.L("Which exercise is it? Enter takes the first, Escape leaves the suggestion."), false)
		id := h.id
		l.askExercise(func(exercise string) {
			if h := l.hintByID(id); h != nil {
				h.label.Exercise, l.hint = exercise, id
				l.accept()
			}
		})
		return
	}
	l.signed(func() {
		if edit, err := l.editor.Accept(taken); l.commit(edit, err) {
			l.dropHint()
		}
	})
}

// reject turns the chosen suggestion down.
func (l *Label) reject() {
	h := l.hintByID(l.hint)
	if h == nil {
		return
	}
	turned := h.label
	l.signed(func() {
		edit, err := l.editor.Reject(turned)
		if l.commitSaying(lang.L("Turned down; Ctrl+Z brings it back."), edit, err) {
			l.dropHint()
		}
	})
}

// followHints brings a suggestion back whose taking or turning down was taken
// back, and takes it away again with a redo.
func (l *Label) followHints() {
	free := func(h hint) bool {
		from, to := l.editor.Times(h.label)
		return l.editor.Covered(from, to) <= (to-from)/2
	}
	var back, gone []hint
	for _, h := range l.gone {
		if free(h) {
			back = append(back, h)
		} else {
			gone = append(gone, h)
		}
	}
	var left []hint
	for _, h := range l.hints {
		if free(h) {
			left = append(left, h)
		} else {
			gone = append(gone, h)
		}
	}
	l.hints, l.gone = append(left, back...), gone
	l.sortHints()
	if len(back) > 0 {
		if i := slices.IndexFunc(l.hints, func(h hint) bool { return h.id == back[0].id }); i >= 0 {
			l.goToHint(i)
		}
	}
}

// dropHint removes the chosen suggestion and goes to the one after it.
func (l *Label) dropHint() {
	i := slices.IndexFunc(l.hints, func(h hint) bool { return h.id == l.hint })
	if i < 0 {
		return
	}
	l.gone = append(l.gone, l.hints[i])
	l.hints = slices.Delete(l.hints, i, i+1)
	l.hint = ""
	if len(l.hints) > 0 {
		l.goToHint(min(i, len(l.hints)-1))
		return
	}
	l.show()
}
