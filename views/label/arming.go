package label

import (
	"fyne.io/fyne/v2/lang"

	"onset/dataset"
)

// number is a number key: it gives the chosen labels that exercise, or arms it.
func (l *Label) number(i int) {
	if l.session == nil || l.decideByKey(i+1) || i >= len(l.exercises) {
		return
	}
	l.takeExercise(l.exercises[i])
}

func (l *Label) takeExercise(exercise string) {
	if h := l.hintByID(l.hint); h != nil {
		h.label.Exercise = exercise
		l.show()
		return
	}
	if len(l.selected) > 0 {
		l.signed(func() {
			said := l.retyped(exercise)
			edit, err := l.editor.Retype(l.selected, exercise)
			if l.commitSaying(said, edit, err) && l.armed != "" {
				l.arm(exercise) // the next one is as the list shows it
			}
		})
		return
	}
	if l.armed == exercise {
		l.arm("")
		return
	}
	l.arm(exercise)
}

// putDown is the key 0: nothing is armed any more, or in an adjudication neither
// rater is right.
func (l *Label) putDown() {
	if !l.decideByKey(0) {
		l.arm("")
	}
}

// arm makes the next span an exercise's; none makes the mouse pan again.
func (l *Label) arm(exercise string) {
	l.armed, l.armedKind = exercise, ""
	if exercise == "" {
		l.trace.SetArmed(nil)
	} else {
		c := l.classes.Color(exercise)
		l.trace.SetArmed(&c)
	}
	l.show()
}

// armRest makes the next span a rest.
func (l *Label) armRest() {
	l.arm("")
	l.armedKind = dataset.KindRest
	c := restColor()
	l.trace.SetArmed(&c)
	l.show()
}

// escape lets go of one thing after another: the selection, what is armed, and
// when asked a second time the trace itself.
func (l *Label) escape() bool {
	leaving := l.leaving
	l.leaving = false
	switch {
	case len(l.selected) > 0 || l.hint != "":
		l.choose()
	case l.verdict != nil:
		l.endVerdict()
	case l.armed != "" || l.armedKind != "":
		l.arm("")
	case !leaving:
		l.leaving = true
		l.say(lang.L("Nothing is chosen or armed. Escape again leaves the trace: Tab then walks through the buttons."), false)
	default:
		return false
	}
	return true
}
