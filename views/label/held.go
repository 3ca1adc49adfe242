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

// commitHeld is commit for an edit that a held key may repeat, with what there is
// to say of it.
func (l *Label) commitHeld(run string, edit dataset.Edit, err error, note string) bool {
	q := &l.edits
	q.mu.Lock()
	same, failed := q.hold.run == run, q.failed
	q.mu.Unlock()
	if !l.held() || !same || err != nil {
		if !l.commitRun(run, edit, err, note) {
			return false
		}
		if l.held() {
			q.mu.Lock()
			if q.failed == failed {
				q.hold = hold{run: run, written: l.actions.Now()}
			}
			q.mu.Unlock()
		}
		return true
	}
	note = strings.TrimSpace(note + " " + l.shows(edit))
	l.trace.SetLanes(l.lanes()) // the panel follows when it is written: repeats come fast
	q.mu.Lock()
	h := &q.hold
	if h.edit == nil {
		first := copyOf(edit)
		h.edit = &first
	} else {
		joined := dataset.JoinEdits(*h.edit, copyOf(edit))
		h.edit = &joined
	}
	h.presses++
	q.changes++
	first := h.presses == 1
	q.mu.Unlock()
	if note != "" {
		l.say(note, false)
	}
	l.writeHeld()
	l.tellSaving()
	if first && l.actions.After != nil {
		l.actions.After(heldEvery, l.writeHeld)
	}
	return true
}

// writeHeld hands over what a held key has done when it is time to. It may be
// called anywhere: the screen can be busy for long.
func (l *Label) writeHeld() {
	q := &l.edits
	q.mu.Lock()
	s, ok := l.dueHold()
	begin := ok && q.put(s)
	q.mu.Unlock()
	if begin {
		l.advance()
	}
}

// dueHold takes what a held key has done as a step, when it is time to and no
// other step waits: then the disk has not kept up, and the worker comes back for
// it. It is called with the queue's lock held.
func (l *Label) dueHold() (step, bool) {
	q := &l.edits
	if q.hold.edit == nil || len(q.waiting) > 0 || l.actions.Now().Sub(q.hold.written) < heldEvery {
		return step{}, false
	}
	return l.takeHold()
}

// takeHold is dueHold whether it is time or not.
func (l *Label) takeHold() (step, bool) {
	q := &l.edits
	h := &q.hold
	if h.edit == nil {
		return step{}, false
	}
	edit, presses := *h.edit, h.presses
	edit.Continues = true
	h.edit, h.presses, h.written = nil, 0, l.actions.Now()
	if len(edit.Changes) == 0 { // there and back again
		q.changes -= presses
		return step{}, false
	}
	s := l.writing("", edit, presses, "")
	then := s.then
	s.then = func(err error) {
		then(err)
		l.show()
	}
	return s, true
}

// flushHold hands over what a held key has done, and with end forgets the key. It
// reports whether there was anything.
func (l *Label) flushHold(end bool) bool {
	q := &l.edits
	q.mu.Lock()
	s, ok := l.takeHold()
	if end {
		q.hold = hold{}
	}
	begin := ok && q.put(s)
	q.mu.Unlock()
	if begin {
		l.advance()
	}
	l.tellSaving()
	return ok
}

// endHold hands over what is left of a held key; what follows is a step of its
// own.
func (l *Label) endHold() {
	held := l.edits.holds()
	if !l.flushHold(true) && held && l.session != nil {
		l.show()
		l.refreshUndo(l.session.ID)
	}
}

// enqueueEdit makes an edit durable behind those before it. One that waits for its
// turn already and is of the same run takes it in.
func (l *Label) enqueueEdit(run string, edit dataset.Edit, presses int, note string) {
	q := &l.edits
	q.mu.Lock()
	if n := len(q.waiting); n > 0 && run != "" && q.waiting[n-1].run == run {
		last := &q.waiting[n-1]
		continues := last.edit.Continues
		*last.edit = dataset.JoinEdits(*last.edit, edit)
		last.edit.Continues = continues
		last.changes += presses
		q.changes += presses
		q.mu.Unlock()
		l.tellSaving()
		return
	}
	q.mu.Unlock()
	l.enqueue(l.writing(run, edit, presses, note))
}

// endRun has what a held key repeats from now on be a step of its own: what it
// would go on with was not written, and undo must not join it to what came before.
func (q *queue) endRun() {
	q.mu.Lock()
	q.hold.run = ""
	q.failed++
	q.mu.Unlock()
}

// writing is the step that makes an edit durable.
func (l *Label) writing(run string, edit dataset.Edit, presses int, note string) step {
	session, kept := edit.Session, &edit
	return step{
		run: run, edit: kept, changes: presses,
		work: func(ctx context.Context) error {
			if len(kept.Changes) == 0 {
				return nil
			}
			return l.source.Apply(ctx, *kept)
		},
		then: func(err error) {
			if err != nil {
				l.edits.endRun()
				l.fail(err)
				l.reload(session)
				return
			}
			if note == "" && !l.edits.holds() {
				note = l.progress()
			}
			if note != "" {
				l.say(note, false)
			}
			l.refreshUndo(session)
		},
	}
}

// unsaved is how many changes are shown that are not durable yet.
func (l *Label) unsaved() int {
	l.edits.mu.Lock()
	defer l.edits.mu.Unlock()
	return l.edits.changes + len(l.edits.later)
}

// SetSaving is how the room tells how many changes wait to be durable.
func (l *Label) SetSaving(tell func(waiting int)) { l.saving = tell }

func (l *Label) tellSaving() {
	if l.saving != nil {
		l.saving(l.unsaved())
	}
}
