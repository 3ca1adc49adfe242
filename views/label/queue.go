package label

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
)

// queue makes edits durable one after another, in the order of the keys. Each
// step is begun by the one before it as soon as that is durable: what has been
// done never waits in memory for a busy screen.
type queue struct {
	mu         sync.Mutex // for what the worker and the interface both touch, down to hold
	waiting    []step
	working    bool
	unanswered int  // steps whose last part has not run yet
	changes    int  // shown and not durable yet, but for those in later
	hold       hold // a key that is held down
	failed     int  // edits that could not be written

	stale dataset.SessionID // its labels are to be read anew once nothing waits
	back  bool              // an undo or redo is on its way
	later []func()          // what was asked for meanwhile, in order
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
	l.edits.mu.Lock()
	l.edits.changes += s.changes
	begin := l.edits.put(s)
	l.edits.mu.Unlock()
	if begin {
		l.advance()
	}
	l.tellSaving()
}

// put takes a step in and reports whether the worker must be started. It is called
// with the lock held.
func (q *queue) put(s step) (begin bool) {
	q.waiting = append(q.waiting, s)
	q.unanswered++
	begin = !q.working
	q.working = true
	return begin
}

// advance starts the step that is first in line. It runs on the worker, or where
// the first step is put in.
func (l *Label) advance() {
	q := &l.edits
	q.mu.Lock()
	if s, ok := l.dueHold(); ok {
		q.put(s)
	}
	if len(q.waiting) == 0 {
		q.working = false
		q.mu.Unlock()
		return
	}
	s := q.waiting[0]
	q.waiting = q.waiting[1:]
	q.mu.Unlock()
	l.runner.Start(func() { l.perform(s) })
}

func (l *Label) perform(s step) {
	q := &l.edits
	err := s.work(context.Background())
	settle := func() {
		q.mu.Lock()
		q.changes -= s.changes
		q.mu.Unlock()
	}
	if err == nil {
		settle()
	}
	l.runner.Apply(func() {
		if err != nil {
			settle()
		}
		q.mu.Lock()
		q.unanswered--
		q.mu.Unlock()
		s.then(err)
		l.next()
		l.tellSaving()
	})
	l.advance()
}

// next does what waited for everything to be durable.
func (l *Label) next() {
	if l.edits.under() {
		return
	}
	if l.edits.stale != "" {
		l.flushHold(false) // before its labels are read anew
		if l.edits.under() {
			return
		}
		session := l.edits.stale
		l.edits.stale = ""
		l.enqueue(l.reading(session))
		return
	}
	l.nextLater()
}

// under reports whether steps are under way.
func (q *queue) under() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.unanswered > 0
}

// holding reports whether a held key has done something that no step writes yet.
func (q *queue) holding() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.hold.edit != nil
}

// holds reports whether a key is held down that repeats an edit.
func (q *queue) holds() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.hold.run != ""
}

// idle reports whether everything is durable.
func (q *queue) idle() bool { return q.still() && len(q.later) == 0 && !q.holding() }

// still reports whether nothing is on its way.
func (q *queue) still() bool { return !q.under() && q.stale == "" }

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
			if l.edits.under() || l.edits.holding() {
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
	if l.unsaved() > 0 || l.edits.holds() {
		return // it follows them
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
	if l.session == nil || l.inPopup != nil { // what lies behind a question stays
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
