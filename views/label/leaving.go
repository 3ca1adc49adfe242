package label

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/labeling"
)

// steppedTo follows the cursor that a key or a typed time has moved. Outside the
// chosen labels it ends the choice, so that a number key arms the next label and
// does not change the last one. The pointer may wander where it likes.
func (l *Label) steppedTo(at float64) {
	if l.session == nil || len(l.selected) == 0 {
		return
	}
	const tiny = 1e-6
	for _, id := range l.selected {
		if x, ok := l.editor.Find(id); ok {
			if from, to := l.editor.Times(x); at >= from-tiny && at <= to+tiny {
				return
			}
		}
	}
	l.choose()
}

// visit shows a moment that a person asked for by its time, and what lies around
// it.
func (l *Label) visit(at float64) {
	l.bring(at, at)
	l.trace.SetCursor(at)
	l.steppedTo(at)
}

// bring moves the view so that a stretch is seen with what follows it: where it
// was not in view, it begins a third from the left.
func (l *Label) bring(from, to float64) {
	v := l.trace.View()
	span := v.Span()
	margin := span * 0.05
	if from >= v.Start+margin && to <= v.End-margin {
		return
	}
	if length := to - from; length > span*0.6 {
		span = length / 0.6
	}
	v.Start = from - span/3
	v.End = v.Start + span
	l.trace.SetView(v)
}

// typedRune and typedShortcut see what is typed before the trace does.
func (l *Label) typedRune(r rune) bool {
	l.hush()
	return l.keys.typedRune(r)
}

func (l *Label) typedShortcut(s fyne.Shortcut) bool {
	l.hush()
	return l.keys.typedShortcut(s)
}

// retyped says that the chosen labels are another exercise's now.
func (l *Label) retyped(exercise string) string {
	n := len(l.selected)
	return lang.N("Changed {{.N}} label to {{.Name}}; Ctrl+Z takes it back.", n, map[string]any{"N": n, "Name": labeling.Short(exercise)})
}

// target is the label whose edge a key moves to the cursor: the chosen one, else
// the one that was chosen last.
func (l *Label) target() (dataset.Label, bool) {
	if n := len(l.selected); n > 0 {
		return l.editor.Find(l.selected[n-1])
	}
	return l.editor.Find(l.latest)
}

// edgeToCursor moves the start or the end of a label to the cursor, or to the
// change of movement nearest to it.
func (l *Label) edgeToCursor(atStart, toMovement bool) {
	at, has := l.trace.CursorAt()
	if h := l.hintByID(l.hint); h != nil && has {
		from, to := l.editor.Times(h.label)
		if toMovement {
			at = l.movementEdge(at, atStart)
		}
		if atStart && at < to {
			l.dragHint(h, at, to)
		} else if !atStart && at > from {
			l.dragHint(h, from, at)
		}
		return
	}
	x, ok := l.target()
	t, known := l.editor.Timeline(x.Recording)
	if !ok || !has || !known || x.Kind == dataset.KindPoint {
		l.say(lang.L("Choose a label first: click one, or press {{.Next}}.", map[string]any{"Next": l.keys.called("next")}), false)
		return
	}
	if toMovement {
		at = l.movementEdge(at, atStart)
	}
	if p, in := labeling.PauseAt(at, t); in {
		l.say(pauseText(p)+" "+lang.L("Put the cursor where there is a trace."), true)
		return
	}
	start, end := x.Start, x.End
	if edge := t.Boundary(at); atStart {
		start = edge
	} else {
		end = edge
	}
	if start >= end {
		l.say(lang.L("The cursor lies beyond the other end of {{.Name}}: nothing was moved.", map[string]any{"Name": nameOf(x.Exercise, x.Kind)}), true)
		return
	}
	l.signed(func() {
		edit, err := l.editor.Resize(x.ID, start, end)
		if l.commit(edit, err) {
			l.choose(x.ID)
			l.goToEdge(atStart)
		}
	})
}

// movementEdge is where a movement starts or ends nearest to a moment; the moment
// itself where none is known.
func (l *Label) movementEdge(at float64, atStart bool) float64 {
	best, found := at, false
	for _, m := range l.movement {
		edge := m.to
		if atStart {
			edge = m.from
		}
		if !found || abs(edge-at) < abs(best-at) {
			best, found = edge, true
		}
	}
	return best
}

func abs(v float64) float64 { return max(v, -v) }

// second is how many samples of the chosen label's recording last a second.
func (l *Label) second() int64 {
	x, ok := l.target()
	if h := l.hintByID(l.hint); h != nil {
		x, ok = h.label, true
	}
	t, known := l.editor.Timeline(x.Recording)
	if !ok || !known {
		return 1
	}
	from, next := t.Times(x.Start, x.Start+1)
	if next <= from {
		return 1
	}
	return max(int64(1/(next-from)+0.5), 1)
}
