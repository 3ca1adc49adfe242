package server

import (
	"context"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	"onset/dataset/codec"
	"onset/devices/sync/store"
	"onset/views/grid"
	"onset/views/parts"
	"onset/views/words"
)

// inboxList shows the sessions that devices sent.
type inboxList struct {
	page    *Server
	grid    *rows
	note    *parts.Text
	why     *parts.Paragraph // why the chosen session was not taken in, whole
	below   fyne.CanvasObject
	look    *parts.Button
	take    *parts.Button
	refuse  *parts.Button
	decided *parts.Button
	object  fyne.CanvasObject
}

func newInboxList(s *Server) *inboxList {
	l := &inboxList{page: s, note: note()}
	l.grid = newRows([]grid.Column{{Title: lang.L("Received"), Width: 100}, {Title: lang.L("Session"), Weight: 1, Muted: true}, {Title: lang.L("Group"), Weight: 0.6},
		{Title: lang.L("Consent"), Width: 72}, {Title: lang.L("Files"), Width: 56, Numeric: true}, {Title: lang.L("Size"), Width: 80, Numeric: true},
		{Title: lang.L("Where it is"), Weight: 1.6}}, l.buttons)
	l.look = parts.NewButton(lang.L("Check"), "", l.check)
	l.take = parts.NewButton(lang.L("Import all"), "", l.bring)
	l.refuse = parts.NewButton(lang.L("Reject…"), "", l.reject)
	l.decided = parts.NewButton(lang.L("See its decisions"), "", l.decisions)
	l.why = parts.NewParagraph("", false)
	l.below = parts.Sized(10, 44, container.NewVScroll(l.why))
	l.below.Hide()
	l.object = container.NewBorder(nil, l.below, nil, nil, listCard(lang.L("Inbox"), l.note, l.grid, l.look, l.take, l.refuse, l.decided))
	return l
}

func (l *inboxList) chosen() (app.ReceivedSession, bool) {
	id := l.grid.chosen()
	for _, x := range l.page.seen.inbox {
		if x.ID == id {
			return x, true
		}
	}
	return app.ReceivedSession{}, false
}

// waiting are the sessions that an import takes: the chosen one, or all.
func (l *inboxList) waiting() []string {
	if x, ok := l.chosen(); ok {
		if x.State == store.StateWaiting {
			return []string{x.ID}
		}
		return nil
	}
	var ids []string
	for _, x := range l.page.seen.inbox {
		if x.State == store.StateWaiting {
			ids = append(ids, x.ID)
		}
	}
	return ids
}

// check reads the chosen session as an import would and shows what it holds.
func (l *inboxList) check() {
	x, ok := l.chosen()
	if !ok || x.State != store.StateWaiting || l.page.busy {
		return
	}
	var r codec.Report
	job := l.page.bench.CheckReceived(x.ID, func(got codec.Report, _ error) { r = got }) // read after the job has ended
	l.page.after(job, func() { l.page.actions.Report(lang.L("What an import of this session would bring"), r) })
}

// bring imports the chosen session, or all that wait.
func (l *inboxList) bring() {
	ids := l.waiting()
	if len(ids) == 0 || l.page.busy || !l.page.mayChange() {
		return
	}
	var r codec.Report
	var job *app.Job
	started := make(chan struct{}) // a question may come before ImportReceived has returned
	o := codec.Options{Ask: l.page.actions.Whose(func() {
		<-started
		job.Cancel()
	})}
	job = l.page.bench.ImportReceived(ids, o, func(got codec.Report, _ error) { r = got }) // read after the job has ended
	close(started)
	l.page.after(job, func() { l.page.actions.Report("", r) })
}

// reject asks why and refuses the chosen session.
func (l *inboxList) reject() {
	x, ok := l.chosen()
	if !ok || x.State != store.StateWaiting || !l.page.mayChange() {
		return
	}
	l.page.actions.Ask(lang.L("Reject this session"), lang.L("Why, for the server's journal. Its bytes are erased when the retention is over."), lang.L("Reject"), func(why string) {
		l.page.do(func(ctx context.Context) error { return l.page.bench.RejectReceived(ctx, x.ID, why) })
	})
}

// decisions opens the session that the chosen one became.
func (l *inboxList) decisions() {
	if x, ok := l.chosen(); ok && x.Study != "" {
		id, _, _ := strings.Cut(x.Study, ",")
		l.page.actions.Replay(dataset.SessionID(strings.TrimSpace(id)))
	}
}

func (l *inboxList) show() {
	list := l.page.seen.inbox
	ids, lines, waiting := make([]string, len(list)), make([][]string, len(list)), 0
	for i, x := range list {
		if x.State == store.StateWaiting {
			waiting++
		}
		ids[i], lines[i] = x.ID, []string{x.Day, x.ID[:12], x.Group, x.Consent, strconv.Itoa(x.Files), words.Bytes(x.Length), whereItIs(x)}
	}
	l.grid.Set(ids, lines)
	l.note.SetText(lang.N("{{.N}} session waits", waiting, map[string]any{"N": words.Count(int64(waiting))}))
	if len(list) == 0 {
		l.note.SetText(lang.L("Empty: sessions that devices send wait here"))
	}
	l.buttons()
}

// whereItIs says what became of a received session.
func whereItIs(x app.ReceivedSession) string {
	switch {
	case x.State == store.StateImported:
		return lang.L("in the study")
	case x.State == store.StateRejected && x.Note != "":
		return lang.L("rejected: {{.Why}}", map[string]any{"Why": x.Note})
	case x.State == store.StateRejected:
		return lang.L("rejected")
	case x.State == store.StateWithdrawn:
		return lang.L("withdrawn by its participant")
	case strings.Contains(x.Refused, dataset.DuplicateReason):
		return lang.L("waits: a copy of a session in the study")
	case x.Refused != "":
		return lang.L("waits, not imported: {{.Why}}", map[string]any{"Why": x.Refused})
	}
	return lang.L("waits")
}

func (l *inboxList) buttons() {
	x, ok := l.chosen()
	waits := ok && x.State == store.StateWaiting
	l.take.SetWord(lang.L("Import all"))
	if ok {
		l.take.SetWord(lang.L("Import"))
	}
	l.why.SetText("")
	if waits {
		l.why.SetText(x.Refused)
	}
	if waits && x.Refused != "" {
		l.below.Show()
	} else {
		l.below.Hide()
	}
	enable(l.take, !l.page.seen.state.ReadOnly && len(l.waiting()) > 0 && !l.page.busy)
	enable(l.look, waits && !l.page.busy)
	enable(l.refuse, waits && !l.page.seen.state.ReadOnly)
	enable(l.decided, ok && x.State == store.StateImported && x.Study != "")
}
