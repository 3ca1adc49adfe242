package label

import (
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/labeling"
)

// copyLabels takes the chosen labels, or all, as a pattern.
func (l *Label) copyLabels() {
	ids := l.selected
	if len(ids) == 0 {
		for _, x := range l.sets() {
			ids = append(ids, x.ID)
		}
	}
	l.pattern = l.editor.Copy(ids...)
	l.say(lang.N("{{.N}} label copied: {{.Paste}} puts it down with its onset at the cursor, in this or another session.", len(l.pattern),
		map[string]any{"N": len(l.pattern), "Paste": l.keys.called("paste")}), false)
}

// pasteLabels puts the pattern down at the cursor.
func (l *Label) pasteLabels() {
	at, has := l.trace.CursorAt()
	if len(l.pattern) == 0 || !has {
		l.say(lang.L("Copy labels with {{.Copy}} first, and put the cursor where the first of them begins.", map[string]any{"Copy": l.keys.called("copy")}), false)
		return
	}
	l.signed(func() {
		l.selected = nil
		edit, left, err := l.editor.Paste(l.pattern, at, l.timelineAt)
		if l.commitSaying(leftOut(left), edit, err) {
			l.selectPasted(edit)
		}
	})
}

// leftOut says which labels of a pattern were not put down.
func leftOut(left labeling.Left) string {
	var said []string
	if n := left.Beyond; n > 0 {
		said = append(said, lang.N("{{.N}} label would have lain beyond the recording and was left out.", n, map[string]any{"N": n}))
	}
	if n := left.Pauses; n > 0 {
		said = append(said, lang.N("{{.N}} label would have lain in or across a pause and was left out.", n, map[string]any{"N": n}))
	}
	return strings.Join(said, " ")
}

// selectPasted chooses what was put down, not what made room for it.
func (l *Label) selectPasted(edit dataset.Edit) {
	var ids []dataset.LabelID
	for _, c := range edit.Changes {
		if c.Before == nil && labeling.Pasted(*c.After) && c.After.Kind != dataset.KindSetup {
			ids = append(ids, c.After.ID)
		}
	}
	l.choose(ids...)
}

// duplicate copies the chosen label to the cursor, which must have left it: a copy
// over the label itself would only cut it.
func (l *Label) duplicate() {
	at, has := l.trace.CursorAt()
	for _, id := range l.selected {
		if x, ok := l.editor.Find(id); ok && has {
			if from, to := l.editor.Times(x); at >= from && at < to {
				l.say(lang.L("The cursor lies in the label itself: move it to where the copy shall begin."), true)
				return
			}
		}
	}
	if len(l.selected) == 0 && l.latest != "" {
		l.pattern = l.editor.Copy(l.latest) // the cursor has left it
	} else {
		l.copyLabels()
	}
	l.pasteLabels()
}

func (l *Label) toggleWidthLock() {
	l.widthLock = !l.widthLock
	if l.widthLock {
		l.say(lang.L("Labels keep their length: edges move the whole label."), false)
	} else {
		l.say(lang.L("Edges move by themselves again."), false)
	}
	l.toolbar.sayLock()
}
