package server

import (
	"context"
	"errors"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	"onset/dataset/codec"
	"onset/devices/sync/store"
	"onset/views/parts"
	"onset/views/room"
	"onset/views/task"
	"onset/views/theme"
)

// Keeper switches the server. Its methods may block, as those of the others.
type Keeper interface {
	SyncState(context.Context) (app.SyncState, error)
	ChooseSync(context.Context, app.SyncChoices) error
	StartSync() *app.Job
	StopSync() *app.Job
}

// Door lets devices in and out.
type Door interface {
	Invite(ctx context.Context, channel string) (app.Invitation, error)
	Uninvite(context.Context) error
	AcceptDigits(ctx context.Context, digits, channel string) (answer string, err error)
	SyncDevices(context.Context) ([]store.Device, error)
	RevokeDevice(ctx context.Context, id string) error
}

// Shelf holds the models that devices get.
type Shelf interface {
	Models(context.Context) ([]dataset.ModelRow, error)
	ReleaseChannel(ctx context.Context, model string) (string, error)
	Releases(context.Context) ([]store.Release, error)
	PublishModel(model, channel string, percent int, note string, done func(store.Release, error)) *app.Job
	RollOut(ctx context.Context, channel string, percent int, note string) (store.Release, error)
	RollBack(ctx context.Context, channel, note string) (store.Release, error)
}

// Inbox holds the sessions that devices sent.
type Inbox interface {
	Inbox(context.Context) ([]app.ReceivedSession, error)
	CheckReceived(id string, done func(codec.Report, error)) *app.Job
	ImportReceived(ids []string, o codec.Options, done func(codec.Report, error)) *app.Job
	RejectReceived(ctx context.Context, id, why string) error
}

// Bench is the workbench as this page needs it.
type Bench interface {
	Keeper
	Door
	Shelf
	Inbox
}

// Actions are what the page asks of the window.
type Actions struct {
	// Done calls f on the interface's goroutine once a job has ended.
	Done    func(*app.Job, func(app.JobStatus))
	Report  func(title string, r codec.Report)                       // shows what an import found
	Whose   func(cancel func()) func(codec.Question) (string, error) // asks what a session leaves open; cancel ends the import
	Ask     func(title, hint, yes string, done func(text string))    // one line; the other button keeps all as it is
	AskFor  func(title, hint, value string, done func(text string))
	Confirm func(title, text, yes string, run func())
	Replay  func(dataset.SessionID)
	Copy    func(text string)
	Error   func(error)
	// Every calls f on the interface's goroutine again and again until stopped.
	Every func(d time.Duration, f func()) (stop func())
	Now   func() time.Time
}

// picture is all that the page shows.
type picture struct {
	state    app.SyncState
	models   []dataset.ModelRow
	channels map[string]string // of the models, as proposed
	devices  []store.Device
	releases []store.Release
	inbox    []app.ReceivedSession
}

// Server is the page.
type Server struct {
	bench   Bench
	actions Actions
	runner  task.Runner
	reading *task.Lane

	seen    picture
	loading bool // it is being read
	busy    bool // a job of this page works
	turning bool // the server is being started or stopped
	stop    func()
	ticks   int
	say     func(string, bool)
	control *control
	pairing *pairing
	devices *deviceList
	shelf   *releaseList
	inbox   *inboxList
	side    *fyne.Container
	object  fyne.CanvasObject
}

// New makes the page.
func New(bench Bench, actions Actions, runner task.Runner) *Server {
	s := &Server{bench: bench, actions: actions, runner: runner, reading: task.NewLane(runner), stop: func() {}, say: func(string, bool) {}}
	s.control, s.pairing = newControl(s), newPairing(s)
	s.devices, s.shelf, s.inbox = newDeviceList(s), newReleaseList(s), newInboxList(s)
	const side = 344
	s.side = parts.VBox(theme.Space2, parts.Card(s.control.object), parts.Card(s.pairing.object))
	left := container.NewVScroll(parts.Inset(1, s.side)) // the borders are not cut
	right := container.New(shares{}, parts.Card(s.devices.object), parts.Card(s.shelf.object), parts.Card(s.inbox.object))
	s.object = parts.Leading(parts.Sized(side, 100, left), parts.InsetXY(theme.Space2, 0, right))
	s.show()
	return s
}

// Content is the page on the screen.
func (s *Server) Content() fyne.CanvasObject { return s.object }

// SetStatus gives the page a way to show a sentence.
func (s *Server) SetStatus(say func(string, bool)) { s.say = say }

// Shown reads everything again, and from then on while the page is in front.
func (s *Server) Shown() {
	s.Reload()
	s.stop()
	s.stop = s.actions.Every(time.Second, s.tick)
}

// Hidden ends the reading.
func (s *Server) Hidden() {
	s.stop()
	s.stop = func() {}
}

// readEvery is how many seconds pass between looks at what devices did.
const readEvery = 3

func (s *Server) tick() {
	s.pairing.showTime()
	if s.ticks++; !s.loading && s.seen.state.Running && (s.ticks%readEvery == 0 || s.seen.state.Invitation != nil) {
		s.Reload()
	}
}

// Reload reads everything again.
func (s *Server) Reload() {
	s.loading = true // a tick starts no other, which would end this one
	known := s.seen.channels
	task.Run(s.reading, func(ctx context.Context) (picture, error) { return s.read(ctx, known) }, func(p picture, err error) {
		s.loading = false
		if err != nil {
			if !errors.Is(err, app.ErrNoStudy) {
				s.actions.Error(err)
			}
			return
		}
		before := s.seen
		s.seen = p
		s.pairing.compare(before)
		s.show()
	})
}

// read reads all that is shown. known are release channels that were proposed
// before: a model's stays what it is, and asking for it reads the whole model.
func (s *Server) read(ctx context.Context, known map[string]string) (p picture, err error) {
	if p.state, err = s.bench.SyncState(ctx); err != nil {
		return p, err
	}
	if p.models, err = s.bench.Models(ctx); err != nil {
		return p, err
	}
	p.channels = map[string]string{}
	for _, m := range p.models {
		if channel, ok := known[m.ID]; ok {
			p.channels[m.ID] = channel
		} else if p.channels[m.ID], err = s.bench.ReleaseChannel(ctx, m.ID); err != nil {
			return p, err
		}
	}
	if !p.state.Made {
		return p, nil
	}
	if p.devices, err = s.bench.SyncDevices(ctx); err != nil {
		return p, err
	}
	if p.releases, err = s.bench.Releases(ctx); err != nil {
		return p, err
	}
	p.inbox, err = s.bench.Inbox(ctx)
	return p, err
}

func (s *Server) show() {
	s.control.show()
	s.pairing.show()
	s.devices.show()
	s.shelf.show()
	s.inbox.show()
	s.side.Refresh() // the cards follow what is shown in them
}

// mayChange says whether anything may be changed here, and why not otherwise.
func (s *Server) mayChange() bool {
	if s.seen.state.ReadOnly {
		s.say(whyNot(), true)
	}
	return !s.seen.state.ReadOnly
}

// whyNot is why the buttons of a study that is open read-only are disabled.
func whyNot() string {
	return lang.L("This study is open read-only in this window: open it for writing to serve devices, or use the window that has it")
}

// do runs a short intent off the interface's goroutine, then reads again.
func (s *Server) do(work func(context.Context) error) {
	task.Do(s.runner, work, func(err error) {
		if err != nil {
			s.actions.Error(err)
		}
		s.Reload()
	})
}

// after waits for a job; then is called when it went well.
func (s *Server) after(job *app.Job, then func()) {
	s.busy = true
	s.show()
	s.actions.Done(job, func(end app.JobStatus) {
		s.busy, s.turning = false, false
		switch {
		case end.State == app.JobCancelled:
		case end.Err != nil:
			s.actions.Error(end.Err)
		default:
			then()
		}
		s.Reload()
	})
}

// Commands are what the palette offers.
func (s *Server) Commands() []room.Command {
	return []room.Command{
		{ID: "server.switch", Name: lang.L("Start or stop the sync server"), Run: s.control.toggle},
		{ID: "server.pair", Name: lang.L("Pair a device"), Run: s.pairing.begin},
		{ID: "server.publish", Name: lang.L("Publish the chosen model to devices"), Run: s.shelf.publish},
		{ID: "server.rollback", Name: lang.L("Roll a release channel back"), Run: s.shelf.rollBack},
		{ID: "server.check", Name: lang.L("Check the chosen received session"), Run: s.inbox.check},
		{ID: "server.import", Name: lang.L("Import received sessions"), Run: s.inbox.bring},
		{ID: "server.reject", Name: lang.L("Reject the chosen received session"), Run: s.inbox.reject},
	}
}

// DumpState tells a test run what the page shows.
func (s *Server) DumpState() map[string]any {
	st := s.seen.state
	invitation := ""
	if st.Invitation != nil {
		invitation = st.Invitation.Text
	}
	states := make([]string, len(s.seen.inbox))
	for i, x := range s.seen.inbox {
		states[i] = x.State
	}
	return map[string]any{"running": st.Running, "address": st.Address, "busy": s.busy, "invitation": invitation, "said": s.pairing.said.Text(),
		"devices": s.devices.grid.Rows(), "selftest": s.devices.selfTests(), "releases": s.shelf.grid.Rows(), "inbox": states}
}

// shares gives three cards their height: the inbox gets what the others leave.
type shares struct{}

func (shares) MinSize(o []fyne.CanvasObject) fyne.Size {
	var w, h float32
	for _, x := range o {
		w, h = max(w, x.MinSize().Width), h+x.MinSize().Height+theme.Space2
	}
	return fyne.NewSize(w, h-theme.Space2)
}

func (shares) Layout(o []fyne.CanvasObject, size fyne.Size) {
	share := [...]float32{0.28, 0.36, 0.36}
	free, y := size.Height-2*theme.Space2, float32(0)
	for i, x := range o {
		h := free * share[i]
		x.Move(fyne.NewPos(0, y))
		x.Resize(fyne.NewSize(size.Width, h))
		y += h + theme.Space2
	}
}
