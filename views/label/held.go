package label

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"onset/dataset"
)

// heldEvery is how often what a held key has done is made durable while it is
// still down: often enough that a loss of power takes nothing worth a word, and
// far slower than a keyboard repeats, so that nothing can pile up.
const heldEvery = 200 * time.Millisecond

// hold is one key that is held down on the same labels. Its first edit is written
// at once, what it repeats becomes one edit every so often and one at its release.
// All of them are one step for undo.
type hold struct {
	run     string        // which edge of which labels; empty for none
	edit    *dataset.Edit // shown, and not handed to the queue yet
	presses int           // that edit comes from
	written time.Time     // when an edit of this run was handed over last
}

// runOf tells edits apart that may be joined: those of one edge of the same labels.
func (l *Label) runOf(what string, atEdge bool) string {
	var b strings.Builder
	fmt.Fprint(&b, what, atEdge)
	for _, id := range l.selected {
		b.WriteString(" " + string(id))
	}
	return b.String()
}

// keyPressed is the first press of a key, keyReleased its end. What a key repeats
// in between comes as typed keys.
func (l *Label) keyPressed(e *fyne.KeyEvent) {
	switch e.Name {
	case desktop.KeyShiftLeft, desktop.KeyShiftRight, desktop.KeyControlLeft, desktop.KeyControlRight,
		desktop.KeyAltLeft, desktop.KeyAltRight, desktop.KeySuperLeft, desktop.KeySuperRight:
		return
	}
	l.endHold()
	l.keyDown = *e
}

func (l *Label) keyReleased(e *fyne.KeyEvent) {
	if e == nil || *e == l.keyDown {
		l.keyDown = fyne.KeyEvent{}
		l.endHold()
	}
}

func (l *Label) held() bool { return l.keyDown != fyne.KeyEvent{} }

// commitHeld is commit for an edit that a held key may repeat.
func (l *Label) commitHeld(run string, edit dataset.Edit, err error) bool {
	h := &l.edits.hold
	if !l.held() || h.run != run || err != nil {
		if !l.commitRun(run, edit, err, "") {
			return false
		}
		if l.held() {
			*h = hold{run: run, written: l.actions.Now()}
		}
		return true
	}
	note := l.shows(edit)
	l.trace.SetLanes(l.lanes()) // the panel follows when it is written: repeats come fast
	if h.edit == nil {
		first := copyOf(edit)
		h.edit = &first
	} else {
		joined := dataset.JoinEdits(*h.edit, copyOf(edit))
		h.edit = &joined
	}
	h.presses++
	if note != "" {
		l.say(note, false)
	}
	l.tellSaving()
	l.writeHeld()
	if h.edit != nil && l.actions.After != nil && h.presses == 1 {
		l.actions.After(heldEvery, l.writeHeld)
	}
	return true
}

// writeHeld hands over what a held key has done when it is time to, and when the
// disk has kept up.
func (l *Label) writeHeld() {
	h := &l.edits.hold
	if h.edit == nil || l.edits.busy && len(l.edits.waiting) > 0 || l.actions.Now().Sub(h.written) < heldEvery {
		return
	}
	l.flushHold()
}

func (l *Label) flushHold() {
	h := &l.edits.hold
	if h.edit == nil {
		return
	}
	edit, presses := *h.edit, h.presses
	edit.Continues = true
	h.edit, h.presses, h.written = nil, 0, l.actions.Now()
	l.show()
	if len(edit.Changes) == 0 { // there and back again
		l.tellSaving()
		return
	}
	l.enqueueEdit("", edit, presses, "")
}

// endHold hands over what is left of a held key; what follows is a step of its
// own.
func (l *Label) endHold() {
	l.flushHold()
	l.edits.hold = hold{}
}

// enqueueEdit makes an edit durable behind those before it. One that waits for its
// turn already and is of the same run takes it in.
func (l *Label) enqueueEdit(run string, edit dataset.Edit, presses int, note string) {
	if n := len(l.edits.waiting); n > 0 && run != "" && l.edits.waiting[n-1].run == run {
		last := l.edits.waiting[n-1]
		continues := last.edit.Continues
		*last.edit = dataset.JoinEdits(*last.edit, edit)
		last.edit.Continues = continues
		l.edits.waiting[n-1].changes += presses
		l.tellSaving()
		return
	}
	session, kept := edit.Session, &edit
	l.enqueue(step{
		run: run, edit: kept, changes: presses,
		work: func(ctx context.Context) error {
			if len(kept.Changes) == 0 {
				return nil
			}
			return l.source.Apply(ctx, *kept)
		},
		then: func(err error) {
			if err != nil {
				l.fail(err)
				l.reload(session)
				return
			}
			if note == "" && l.edits.hold.run == "" {
				note = l.progress()
			}
			if note != "" {
				l.say(note, false)
			}
			l.writeHeld()
			l.refreshUndo(session)
		},
	})
}

// unsaved is how many changes are shown that are not durable yet.
func (l *Label) unsaved() int {
	n := l.edits.hold.presses + l.edits.underWay + len(l.edits.later)
	for _, s := range l.edits.waiting {
		n += s.changes
	}
	return n
}

// SetSaving is how the room tells how many changes wait to be durable.
func (l *Label) SetSaving(tell func(waiting int)) { l.saving = tell }

func (l *Label) tellSaving() {
	if l.saving != nil {
		l.saving(l.unsaved())
	}
}
