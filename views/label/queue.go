package label

import (
	"context"
	"errors"
	"slices"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
)

// queue makes edits durable one after another, in the order of the keys.
type queue struct {
	waiting []step
	busy    bool
	stale   dataset.SessionID // its labels are to be read anew once nothing waits
	back    bool              // an undo or redo is on its way
	later   []func()          // what was asked for meanwhile, in order
	hold    hold              // a key that is held down

	underWay int // changes that are being written now
}

// step is one thing to do in the study. Its last part runs on the interface's
// goroutine.
type step struct {
	work func(context.Context) error
	then func(error)

	changes int           // of a person's that this makes durable; 0 for what only reads
	edit    *dataset.Edit // what is written, where it is an edit
	run     string        // see enqueueEdit
}

func (l *Label) enqueue(s step) {
	l.edits.waiting = append(l.edits.waiting, s)
	l.next()
	l.tellSaving()
}

func (l *Label) next() {
	if l.edits.busy {
		return
	}
	if len(l.edits.waiting) == 0 && l.edits.stale != "" {
		l.flushHold() // before its labels are read anew
		if l.edits.busy {
			return
		}
	}
	if len(l.edits.waiting) == 0 {
		if l.edits.stale == "" {
			l.nextLater()
			return
		}
		l.edits.waiting = append(l.edits.waiting, l.reading(l.edits.stale))
		l.edits.stale = ""
	}
	s := l.edits.waiting[0]
	l.edits.waiting = l.edits.waiting[1:]
	l.edits.busy, l.edits.underWay = true, s.changes
	l.runner.Start(func() {
		err := s.work(context.Background())
		l.runner.Apply(func() {
			l.edits.busy, l.edits.underWay = false, 0
			s.then(err)
			l.next()
			l.tellSaving()
		})
	})
}

// idle reports whether everything is durable.
func (q *queue) idle() bool { return q.still() && len(q.later) == 0 && q.hold.edit == nil }

// still reports whether nothing is on its way.
func (q *queue) still() bool { return !q.busy && len(q.waiting) == 0 && q.stale == "" }

// Settle calls then when every edit made so far is durable.
func (l *Label) Settle(then func()) {
	l.endHold()
	last := step{work: func(context.Context) error { return nil }, then: func(error) { then() }}
	switch {
	case l.edits.idle():
		then()
	case l.edits.back || len(l.edits.later) > 0:
		l.edits.later = append(l.edits.later, func() { l.enqueue(last) })
	default:
		l.enqueue(last)
	}
}

// commit shows an edit at once and makes it durable.
func (l *Label) commit(edit dataset.Edit, err error) bool { return l.commitRun("", edit, err, "") }

// commitSaying is commit that says what was done once it is durable.
func (l *Label) commitSaying(note string, edit dataset.Edit, err error) bool {
	return l.commitRun("", edit, err, note)
}

func (l *Label) commitRun(run string, edit dataset.Edit, err error, note string) bool {
	if err != nil {
		l.refuse(err)
		return false
	}
	if l.source.Current().ReadOnly {
		l.say(readOnly(), true)
		return false
	}
	l.endHold()
	note = strings.TrimSpace(note + " " + l.shows(edit))
	l.show()
	l.enqueueEdit(run, copyOf(edit), 1, note)
	return true
}

// shows applies an edit to the labels and is what there is to say of it.
func (l *Label) shows(edit dataset.Edit) string {
	note := l.goesInto(edit)
	l.editor.Apply(edit)
	if said := l.displaced(edit); said != "" {
		note = strings.TrimSpace(said + " " + note)
	}
	return note
}

// copyOf is an edit that the study may complete while the screen reads the other.
func copyOf(e dataset.Edit) dataset.Edit {
	e.Changes = slices.Clone(e.Changes)
	for i, c := range e.Changes {
		if c.After != nil {
			after := *c.After
			e.Changes[i].After = &after
		}
	}
	return e
}

// reload takes the labels as the study holds them, once all edits made so far
// are in it.
func (l *Label) reload(session dataset.SessionID) {
	l.edits.stale = session
	l.next()
}

func (l *Label) reading(session dataset.SessionID) step {
	var labels []dataset.Label
	return step{
		work: func(ctx context.Context) (err error) {
			labels, err = l.source.Labels(ctx, session)
			return err
		},
		then: func(err error) {
			if l.session == nil || l.session.ID != session {
				return
			}
			if err != nil {
				l.fail(err)
				return
			}
			if len(l.edits.waiting) > 0 {
				l.edits.stale = session // edits that are shown already came in between
				return
			}
			l.editor.Load(l.seen(labels))
			l.keepSelected()
			l.recheck()
			l.show()
			l.refreshUndo(session)
		},
	}
}

// refreshUndo reads what can be taken back.
func (l *Label) refreshUndo(session dataset.SessionID) {
	if len(l.edits.waiting) > 0 || l.edits.hold.edit != nil {
		return
	}
	var undo, redo string
	l.enqueue(step{
		work: func(ctx context.Context) (err error) {
			undo, redo, err = l.source.CanUndo(ctx, session)
			return err
		},
		then: func(err error) {
			if err == nil && l.session != nil && l.session.ID == session {
				l.undo, l.redo = undo, redo
			}
		},
	})
}

// Undo takes the rater's last edit of the session back.
func (l *Label) Undo() { l.back(l.source.Undo, false) }

// Redo makes it again.
func (l *Label) Redo() { l.back(l.source.Redo, true) }

func (l *Label) back(what func(context.Context, dataset.SessionID) (dataset.Edit, error), redo bool) {
	if l.session == nil {
		return
	}
	l.endHold()
	l.inTurn(func() { l.backNow(what, redo) })
}

func (l *Label) backNow(what func(context.Context, dataset.SessionID) (dataset.Edit, error), redo bool) {
	session := l.session.ID
	var made dataset.Edit
	l.edits.back = true
	l.enqueue(step{
		changes: 1,
		work: func(ctx context.Context) (err error) {
			made, err = what(ctx, session)
			return err
		},
		then: func(err error) {
			l.edits.back = false
			if err != nil {
				l.cannotGoBack(err)
				return
			}
			l.takeBack(session, made)
			said := map[string]any{"What": actionName(made.Action), "Who": raterName(made.Rater)}
			if redo {
				l.say(lang.L("Made again: {{.What}}, by {{.Who}}", said), false)
			} else {
				l.say(lang.L("Taken back: {{.What}}, by {{.Who}}", said), false)
			}
		},
	})
}

// takeBack shows what an undo or redo has made of the labels.
func (l *Label) takeBack(session dataset.SessionID, made dataset.Edit) {
	if l.session == nil || l.session.ID != session {
		return
	}
	if l.blind {
		made.Changes = slices.DeleteFunc(slices.Clone(made.Changes), func(c dataset.Change) bool {
			return c.Before != nil && c.Before.Set != l.ownSet() || c.After != nil && c.After.Set != l.ownSet()
		})
	}
	if l.editor.Fits(made) {
		l.editor.Apply(made)
		l.keepSelected()
		l.recheck()
		l.refreshUndo(session)
	} else {
		l.reload(session)
	}
	if l.verdict != nil { // whose numbers settle, whatever was taken back
		l.choose()
		if v := l.verdict; v.at >= 0 && v.decided[v.at] != "" && slices.Contains(v.decided, "") {
			l.nextVerdict(1)
		}
		return
	}
	l.selectChanged(made)
	l.followHints()
}

// inTurn does what a key asks for at once, or when an undo or redo is on its way
// behind it: it begins from the labels that that leaves.
func (l *Label) inTurn(do func()) {
	if !l.edits.back && len(l.edits.later) == 0 {
		do()
		return
	}
	session := l.session.ID
	l.edits.later = append(l.edits.later, func() {
		if l.session != nil && l.session.ID == session {
			do()
		}
	})
}

// nextLater does the next thing that waited for its turn.
func (l *Label) nextLater() {
	for l.edits.still() && len(l.edits.later) > 0 {
		do := l.edits.later[0]
		l.edits.later = l.edits.later[1:]
		do()
	}
}

// cannotGoBack says why nothing was taken back or repeated.
func (l *Label) cannotGoBack(err error) {
	who := map[string]any{"Who": raterName(l.source.Preferences().Rater)}
	switch {
	case errors.Is(err, dataset.ErrNothing):
		l.say(lang.L("{{.Who}} has nothing more to take back or repeat in this session.", who), false)
	case errors.Is(err, dataset.ErrConflict):
		l.say(lang.L("Somebody else has changed these labels since. They must take that back before {{.Who}} can.", who), true)
	default:
		l.refuse(err)
	}
}

func raterName(rater string) string {
	if rater == "" {
		return lang.L("nobody named")
	}
	return rater
}

// CanUndo names what Undo and Redo would do.
func (l *Label) CanUndo() (undo, redo string) {
	if l.session == nil {
		return "", ""
	}
	return l.undo, l.redo
}
