// Package shell is the window around the rooms: the rail, the top line, the
// status line, menus, the command palette, dialogs, and the welcome screen. It
// asks rooms only for the capabilities named in package room and knows nothing
// else about them.
package shell

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	"onset/views/icon"
	"onset/views/parts"
	"onset/views/room"
	"onset/views/task"
	"onset/views/theme"
)

// Options are what the shell is put together from.
type Options struct {
	Bench  *app.Workbench
	App    fyne.App // for its theme and its end
	Window fyne.Window
	Runner task.Runner
	Flags  Flags
}

// Shell is the program's window.
type Shell struct {
	bench  *app.Workbench
	app    fyne.App
	window fyne.Window
	runner task.Runner
	flags  Flags

	places  []*place
	current int // index into places, -1 on the welcome screen
	rail    *rail
	top     *topline
	banner  *banner
	status  *statusLine
	stage   *fyne.Container
	welcome *welcome
	palette *palette
	jobs    *jobList
	dialogs dialogs

	recent   []app.RecentStudy
	summary  savedState
	placed   time.Time              // when the place was kept after an edit last
	menuUndo [2]string              // what the menu says could be taken back and repeated
	path     string                 // of the open study
	session  dataset.SessionSummary // the session that Label and Replay show
	model    string                 // the model in use, as the rooms name it

	keys       keyFile
	imports    importQueue
	keysClosed string // what is to be said of the key file of the study before
	studyName  string // of the study at path
	unlocking  *task.Lane

	folder string // where files were chosen last

	returning *app.Place // to be gone to once its session is known
	placing   bool       // the place is being written

	recents  *task.Lane
	counts   *task.Lane
	others   *task.Lane
	stopDump func()
	progress *task.Coalescer[app.JobStatus]
	ended    map[int]bool // jobs whose end was told
	after    map[int]func(app.JobStatus)
	pending  []string      // paths to import when a study is open
	closing  chan struct{} // closed when nobody is there to answer any more
	unasked  sync.Once     // closes it
	leaving  []func()      // end the rooms' subscriptions
	ending   bool          // the person has asked to quit
	gone     atomic.Bool   // the window has closed
}

// New fills the window. Call Start once it is shown.
func New(o Options) *Shell {
	s := &Shell{bench: o.Bench, app: o.App, window: o.Window, flags: o.Flags, current: -1, stopDump: func() {},
		ended: map[int]bool{}, after: map[int]func(app.JobStatus){}, pending: o.Flags.Import, closing: make(chan struct{}),
	}
	// What comes back after the window has closed has nothing to be shown on.
	s.runner = task.Runner{Start: o.Runner.Start, Apply: func(f func()) {
		if !s.gone.Load() {
			o.Runner.Apply(f)
		}
	}}
	s.recents, s.counts, s.others, s.unlocking = task.NewLane(s.runner), task.NewLane(s.runner), task.NewLane(s.runner), task.NewLane(s.runner)
	s.places = []*place{
		{id: "library", title: lang.L("Library"), icon: icon.Library, key: fyne.Key1, make: s.makeLibrary},
		{id: "label", title: lang.L("Label"), icon: icon.Label, key: fyne.Key2, make: s.makeLabel},
		{id: "progress", title: lang.L("Progress"), icon: icon.Check, key: fyne.Key8, make: s.makeProgress},
		{id: "train", title: lang.L("Train"), icon: icon.Train, key: fyne.Key3, make: s.makeTrain},
		{id: "compare", title: lang.L("Compare"), icon: icon.Compare, key: fyne.Key4, make: s.makeCompare},
		{id: "replay", title: lang.L("Replay"), icon: icon.Replay, key: fyne.Key5, make: s.makeReplay},
		{id: "devices", title: lang.L("Devices"), icon: icon.Devices, key: fyne.Key6, make: s.makeDevices},
		{id: "people", title: lang.L("People"), icon: icon.People, key: fyne.Key7, make: s.makePeople},
	}
	s.build()
	s.follow()
	s.studyChanged(s.bench.Current())
	return s
}

func (s *Shell) build() {
	s.rail = newRail(s.places, s.show)
	s.top = newTopline(s.openPalette, s.askRater, s.showKeyFile)
	s.top.keys.over = s.explainKeys()
	s.banner = newBanner(s.backUp, func() { s.window.Content().Refresh() })
	s.status = newStatusLine(s.openJobs, s.cancelJob)
	s.welcome = newWelcome(s)
	s.stage = container.NewStack(s.welcome.object)
	s.palette = newPalette(s.window.Canvas())
	s.palette.extra = s.pathCommands
	s.dialogs.window = s.window
	s.jobs = newJobList(s)
	s.window.SetPadded(false)
	s.window.SetContent(container.New(frame{}, parts.VBox(0, s.top.object, s.banner.object), s.status.object, s.rail.object, s.stage))
	s.window.SetOnDropped(func(_ fyne.Position, uris []fyne.URI) { s.dropped(uris) })
	s.window.SetCloseIntercept(s.quit)
	c := s.window.Canvas()
	c.SetOnTypedKey(s.typedKey)
	c.SetOnTypedRune(s.typedRune)
	// The menu has room for one key; this is the other that people press.
	c.AddShortcut(ctrlShift(fyne.KeyZ), func(fyne.Shortcut) { s.redo() })
	c.AddShortcut(&fyne.ShortcutSelectAll{}, func(fyne.Shortcut) {
		if l, ok := s.front().(room.Chooser); ok && !s.busy() {
			l.ChooseAll()
		}
	})
	// The menu's items are off where the room has nothing to take back; a dialog may have.
	inDialog := func(run func()) func(fyne.Shortcut) {
		return func(fyne.Shortcut) {
			if s.dialogs.top() != nil {
				run()
			}
		}
	}
	c.AddShortcut(&fyne.ShortcutUndo{}, inDialog(s.undo))
	c.AddShortcut(&fyne.ShortcutRedo{}, inDialog(s.redo))
}

// follow subscribes to what the workbench tells, each with one hop to the
// interface's goroutine.
func (s *Shell) follow() {
	do := s.runner.Apply
	s.bench.Signals.Study.Subscribe(func(st app.StudyState) { do(func() { s.studyChanged(st) }) })
	s.bench.Signals.Sessions.Subscribe(func(struct{}) { do(s.contentChanged) })
	labels := task.NewCoalescer(s.runner, func(struct{}) { s.labelsChanged() })
	s.bench.Signals.Labels.Subscribe(func(dataset.SessionID) { labels.Put(struct{}{}) })
	s.bench.Signals.Models.Subscribe(func(struct{}) { do(s.contentChanged) })
	s.bench.Signals.Preferences.Subscribe(func(app.Preferences) { do(s.preferencesChanged) })
	s.progress = task.NewCoalescer(s.runner, func(app.JobStatus) { s.jobsChanged() })
	s.bench.Jobs().Changed.Subscribe(s.progress.Put)
}

// Start does what the flags ask for. Call it once the window is shown.
func (s *Shell) Start() {
	s.startState()
	switch {
	case s.flags.Study != "":
		s.openPath(s.flags.Study)
	case s.flags.Sample:
		s.openSample()
	}
}

// studyChanged shows that another study, or none, is open.
func (s *Shell) studyChanged(st app.StudyState) {
	if s.ending {
		return
	}
	if st.Path != s.path {
		s.forgetRooms()
		s.returning = nil
		s.path, s.session, s.model = st.Path, dataset.SessionSummary{}, ""
		s.keysClosed = s.keys.closedWith(s.studyName, s.keysClosed)
		s.keys, s.imports.book = keyFile{}, nil // another study has other people
		s.dropImports(s.studyName)
		s.studyName = st.Name
	}
	s.banner.set(st)
	s.window.Content().Refresh() // the banner takes or gives height
	s.summary.Open, s.summary.ReadOnly = st.Open, st.ReadOnly
	s.rail.enable(st.Open)
	switch {
	case !st.Open:
		s.leave()
		s.loadRecent()
	case s.current < 0:
		s.goBack(s.bench.Place())
	}
	if st.Open {
		s.window.SetTitle("Onset: " + st.Name)
	} else {
		s.window.SetTitle("Onset")
	}
	s.contentChanged()
	s.refresh()
	s.sayKeysClosed(st.Open)
	if st.Open && !st.ReadOnly && len(s.pending) > 0 {
		paths := s.pending
		s.pending = nil
		s.importPaths(paths)
	}
}

// forgetRooms drops the rooms of the study before: what they show is not of the
// next one.
func (s *Shell) forgetRooms() {
	s.leave()
	for _, stop := range s.leaving {
		stop()
	}
	s.leaving = nil
	for _, p := range s.places {
		if p.room != nil {
			s.stage.Remove(p.room.Content())
			p.room = nil
		}
	}
}

// labelsChanged follows an edit. Edits may come many a second: the place is kept
// now and then, and the menu is made anew only when its words change.
func (s *Shell) labelsChanged() {
	s.contentChanged()
	const seldom = 2 * time.Second
	if now := time.Now(); now.Sub(s.placed) >= seldom {
		s.placed = now
		s.keepPlace()
	}
}

// contentChanged reads the counts that the status line shows.
func (s *Shell) contentChanged() {
	if !s.bench.Current().Open {
		s.status.setSaved(s.summary)
		return
	}
	task.Run(s.counts, func(ctx context.Context) (dataset.Info, error) { return s.bench.Counts(ctx) },
		func(info dataset.Info, err error) {
			if err == nil {
				s.summary.Entries = info.LedgerEntries
				s.status.setSaved(s.summary)
			}
			s.followUndo()
		})
}

func (s *Shell) preferencesChanged() {
	for _, p := range s.places {
		if f, ok := p.room.(room.Follower); ok {
			f.PreferencesChanged()
		}
	}
	s.contentChanged() // a blind pass is told less
	s.refresh()
}

// refresh brings the top line and the menu up to date.
func (s *Shell) refresh() {
	st := s.bench.Current()
	w := where{Study: st.Name, Notice: st.Notice, Rater: s.bench.Preferences().Rater}
	if s.keys.open() {
		w.Keys = filepath.Base(s.keys.path)
	}
	if st.ReadOnly {
		w.Notice = joinedWith(w.Notice, lang.L("Read-only"))
	}
	if s.current >= 0 && s.places[s.current].id == "replay" {
		w.Model = s.model
	}
	if s.session.ID != "" && s.showsSession() {
		w.Path = []string{string(s.session.Participant),
			lang.L("Session {{.N}}", map[string]any{"N": s.session.Number})}
	}
	s.top.set(w)
	s.status.setSaved(s.summary)
	s.refreshMenu()
}

// joinedWith adds a word to a notice.
func joinedWith(notice, word string) string {
	if notice == "" {
		return word
	}
	return notice + " · " + word
}

func (s *Shell) refreshMenu() {
	s.menuUndo[0], s.menuUndo[1] = s.undoNames()
	s.window.SetMainMenu(s.buildMenu())
}

// followUndo makes the menu anew where it names another action to take back.
func (s *Shell) followUndo() {
	var now [2]string
	if now[0], now[1] = s.undoNames(); now != s.menuUndo {
		s.refreshMenu()
	}
}

// saving shows how many changes of a room are not durable yet.
func (s *Shell) saving(waiting int) {
	if s.summary.Waiting != waiting {
		s.summary.Waiting = waiting
		s.status.setSaved(s.summary)
	}
	if waiting == 0 {
		s.followUndo()
	}
}

// showsSession reports whether the open room is about one session.
func (s *Shell) showsSession() bool {
	if s.current < 0 {
		return false
	}
	id := s.places[s.current].id
	return id == "label" || id == "replay"
}

func (s *Shell) roomSays(p *place, sentence string, urgent bool) {
	if s.current >= 0 && s.places[s.current] == p {
		s.status.say(sentence, urgent)
	}
}

func (s *Shell) typedKey(e *fyne.KeyEvent) {
	if s.dialogs.key(e.Name) {
		return
	}
	if s.palette.visible() {
		s.palette.again().TypedKey(e)
		return
	}
	if s.globalKey(e); e.Name == fyne.KeyF1 {
		return
	}
	if h, ok := s.front().(room.KeyHandler); ok {
		h.TypedKey(e)
	}
}

// globalKey acts on the keys that mean the same everywhere and are no
// accelerators.
func (s *Shell) globalKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyF1 {
		s.showKeys()
	}
}

func (s *Shell) typedRune(r rune) {
	if top := s.dialogs.top(); top != nil {
		if top.rune != nil {
			top.rune(r)
		}
		return
	}
	if s.palette.visible() {
		s.palette.again().TypedRune(r)
		return
	}
	if h, ok := s.front().(room.KeyHandler); ok {
		h.TypedRune(r)
	}
}

func (s *Shell) setTheme(mode theme.Mode) {
	p := s.bench.Preferences()
	p.Theme = mode.String()
	s.app.Settings().SetTheme(theme.New(mode))
	for _, p := range s.places {
		if c, ok := p.room.(interface{ ThemeChanged() }); ok {
			c.ThemeChanged()
		}
	}
	s.do(func(context.Context) error { return s.bench.SetPreferences(p) })
}

// do runs a short piece of work off the interface's goroutine and shows what
// went wrong.
func (s *Shell) do(work func(context.Context) error) {
	task.Do(s.runner, work, func(err error) {
		if err != nil {
			s.showError(err)
		}
	})
}
