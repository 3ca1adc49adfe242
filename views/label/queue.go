package label

import (
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
)

// queue makes edits durable one after another, in the order of the keys.
type queue struct {
	waiting []step
	busy    bool
}

// step is one thing to do in the study. Its last part runs on the interface's
// goroutine.
type step struct {
	work func(context.Context) error
	then func(error)
}

func (l *Label) enqueue(s step) {
	l.edits.waiting = append(l.edits.waiting, s)
	l.next()
}

func (l *Label) next() {
	if l.edits.busy || len(l.edits.waiting) == 0 {
		return
	}
	s := l.edits.waiting[0]
	l.edits.waiting = l.edits.waiting[1:]
	l.edits.busy = true
	l.runner.Start(func() {
		err := s.work(context.Background())
		l.runner.Apply(func() {
			l.edits.busy = false
			s.then(err)
			l.next()
		})
	})
}

// idle reports whether everything is durable.
func (q *queue) idle() bool { return !q.busy && len(q.waiting) == 0 }

// Settle calls then when every edit made so far is durable.
func (l *Label) Settle(then func()) {
	if l.edits.idle() {
		then()
		return
	}
	l.enqueue(step{work: func(context.Context) error { return nil }, then: func(error) { then() }})
}

// commit shows an edit at once and makes it durable.
func (l *Label) commit(edit dataset.Edit, err error) bool {
	if err != nil {
		l.refuse(err)
		return false
	}
	if l.source.Current().ReadOnly {
		l.status(readOnly(), true)
		return false
	}
	note := l.goesInto()
	l.editor.Apply(edit)
	if said := l.displaced(edit); said != "" {
		note = strings.TrimSpace(said + " " + note)
	}
	l.show()
	session := edit.Session
	l.enqueue(step{
		work: func(ctx context.Context) error { return l.source.Apply(ctx, edit) },
		then: func(err error) {
			if err != nil {
				l.fail(err)
				l.reload(session)
				return
			}
			if note == "" {
				note = l.progress()
			}
			l.status(note, false)
			l.refreshUndo(session)
		},
	})
	return true
}

// reload takes the labels as the study holds them.
func (l *Label) reload(session dataset.SessionID) {
	var labels []dataset.Label
	l.enqueue(step{
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
				l.reload(session) // behind the edits that are shown already
				return
			}
			l.editor.Load(l.seen(labels))
			l.keepSelected()
			l.show()
			l.refreshUndo(session)
		},
	})
}

// refreshUndo reads what can be taken back.
func (l *Label) refreshUndo(session dataset.SessionID) {
	if len(l.edits.waiting) > 0 {
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
	session := l.session.ID
	var made dataset.Edit
	l.enqueue(step{
		work: func(ctx context.Context) (err error) {
			made, err = what(ctx, session)
			return err
		},
		then: func(err error) {
			if err != nil {
				l.cannotGoBack(err)
				return
			}
			l.reload(session)
			l.selectChanged(made)
			said := map[string]any{"What": actionName(made.Action), "Who": raterName(made.Rater)}
			if redo {
				l.status(lang.L("Made again: {{.What}}, by {{.Who}}", said), false)
			} else {
				l.status(lang.L("Taken back: {{.What}}, by {{.Who}}", said), false)
			}
		},
	})
}

// cannotGoBack says why nothing was taken back or repeated.
func (l *Label) cannotGoBack(err error) {
	who := map[string]any{"Who": raterName(l.source.Preferences().Rater)}
	switch {
	case errors.Is(err, dataset.ErrNothing):
		l.status(lang.L("{{.Who}} has nothing more to take back or repeat in this session.", who), false)
	case errors.Is(err, dataset.ErrConflict):
		l.status(lang.L("Somebody else has changed these labels since. They must take that back before {{.Who}} can.", who), true)
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
