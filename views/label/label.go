// Package label is the room where a session is labelled: the trace with the
// labels on it, the exercises under the number keys, the chosen label's
// attributes, and what the importer found.
//
// Every change goes through a labeling.Editor and becomes one edit in the
// study's ledger. The screen shows an edit at once and has it made durable in
// the order of the keys; one that the study refuses is taken back and said.
package label

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	"onset/labeling"
	"onset/views/parts"
	"onset/views/room"
	"onset/views/signals"
	"onset/views/task"
	"onset/views/theme"
	"onset/views/trace"
)

// Source is what the room needs of the workbench. Its methods may block, but
// for Preferences and Current.
type Source interface {
	signals.Reader
	Session(context.Context, dataset.SessionID) (dataset.Session, error)
	Settings(context.Context) (dataset.Settings, error)
	PutSettings(context.Context, dataset.Settings) error
	Labels(context.Context, dataset.SessionID) ([]dataset.Label, error)
	Apply(context.Context, dataset.Edit) error
	Undo(context.Context, dataset.SessionID) (dataset.Edit, error)
	Redo(context.Context, dataset.SessionID) (dataset.Edit, error)
	CanUndo(context.Context, dataset.SessionID) (undo, redo string, err error)
	Models(context.Context) ([]dataset.ModelRow, error)
	Propose(ctx context.Context, model string, session dataset.SessionID, onsets []float64) (app.Proposals, error)
	Preferences() app.Preferences
	SetPreferences(app.Preferences) error
	Current() app.StudyState
}

// Actions are what the room asks of the window around it.
type Actions struct {
	Library func() // go to the library
	Help    func() // show all keys
	Error   func(error)
	Focus   func(fyne.Focusable)
	Now     func() time.Time
	// After calls f once a time has passed, on a goroutine of its own. Without it
	// what a held key does is kept at its next repeat or its release.
	After func(d time.Duration, f func())
	// AskRater asks who labels, keeps the answer as the rater, and then calls
	// then with it; not at all when the person does not say.
	AskRater func(then func(rater string))
	// PickFile asks for a file with one of some endings.
	PickFile func(title string, endings []string, done func(path string))
}

// Label is the room.
type Label struct {
	source  Source
	actions Actions
	runner  task.Runner
	opening *task.Lane
	looking *task.Lane // movement of the session
	asking  *task.Lane // what a model says
	edits   queue

	wanted  dataset.SessionID // to be shown; empty for none
	session *dataset.Session
	setting dataset.Settings
	editor  *labeling.Editor
	classes *theme.Classes

	exercises  []string // under the number keys
	armed      string
	armedKind  string
	selected   []dataset.LabelID
	latest     dataset.LabelID // the label that was chosen last
	movement   []movement
	moved      bool // movement is known
	hints      []hint
	hint       string // the suggestion that is chosen
	gone       []hint // suggestions that were taken or turned down
	doubtFirst bool   // suggestions are walked by doubt
	widthLock  bool   // labels keep their length
	verdict    *adjudication
	drawnSets  map[string]*drawn
	pattern    labeling.Pattern // what was copied
	undo       string
	redo       string
	rater      string // of the edits to come, as the preferences said last
	blind      bool   // the labels of other raters are not shown
	spot       *app.View
	toldSet    string // the imported or simulated set that edits were said to go into
	lent       string // the set that is shown because nobody is named as rater; empty for none

	trace   *trace.Trace
	toolbar *toolbar
	panel   *panel
	film    *film
	played  float64 // moment of the session that is played
	keys    *keymap
	object  *fyne.Container
	screen  fyne.CanvasObject
	empty   fyne.CanvasObject
	status  func(sentence string, urgent bool)
	urgent  bool              // the sentence in the status line is
	saving  func(waiting int) // tells how many changes are not durable yet; nil for nobody
	keyDown fyne.KeyEvent     // the key that is held down over the trace; empty for none
	inPopup func()            // closes the panel in front; nil when there is none
	onEnter func()            // what Enter does in it when no field has the keys; nil for nothing
	inFront bool
	leaving bool // Escape was pressed with nothing to let go of
	asks    bool // an exercise of the catalogue is being looked for
}

var (
	_ room.Room        = (*Label)(nil)
	_ room.Undoer      = (*Label)(nil)
	_ room.KeyHandler  = (*Label)(nil)
	_ room.Commander   = (*Label)(nil)
	_ room.StateDumper = (*Label)(nil)
	_ room.Status      = (*Label)(nil)
	_ room.Returner    = (*Label)(nil)
	_ room.Follower    = (*Label)(nil)
	_ room.Saver       = (*Label)(nil)
)

// New makes the room with no session open.
func New(source Source, actions Actions, runner task.Runner) *Label {
	if actions.Now == nil {
		actions.Now = time.Now
	}
	l := &Label{
		source: source, actions: actions, runner: runner,
		opening: task.NewLane(runner), looking: task.NewLane(runner), asking: task.NewLane(runner),
		classes: theme.NewClasses(nil), status: func(string, bool) {},
	}
	l.keys = newKeymap(l.commands())
	l.keys.remap(source.Preferences().Keys)
	l.follows(source.Preferences())
	l.trace = trace.New(trace.Config{
		OnPick: l.pick, OnClick: func(float64) { l.choose() }, OnDraw: l.drawn, OnMove: l.dragged,
		OnOpen: func(string) { l.editFirst() }, OnCursor: func(float64) { l.cursorMoved() }, Snap: l.snap,
		OnKey: l.typedKey, OnRune: l.typedRune, OnShortcut: l.typedShortcut, OnStep: l.steppedTo,
		OnKeyDown: l.keyPressed, OnKeyUp: l.keyReleased,
		OnError:    l.fail,
		Background: runner.Start, Do: runner.Apply,
	})
	l.film = newFilm(l)
	l.toolbar = newToolbar(l)
	l.panel = newPanel(l)
	l.panel.sayKeys()
	l.film.sayKeys()
	middle := parts.Below(parts.Above(l.toolbar.object, l.trace), l.toolbar.hints)
	l.screen = parts.Beside(middle, l.panel.object)
	l.empty = parts.Empty(lang.L("No session is open"), lang.L("Choose a session in the library to label it."),
		parts.NewPrimary(lang.L("Library"), "", func() { call(l.actions.Library) }))
	l.object = container.NewStack(l.empty, l.screen)
	l.screen.Hide()
	return l
}

// Content is the screen.
func (l *Label) Content() fyne.CanvasObject { return l.object }

// Shown brings the room up to date and gives the trace the keys.
func (l *Label) Shown() {
	l.inFront = true
	if l.wanted != "" {
		l.load(l.wanted)
	}
	l.focus()
}

// Hidden stops what is under way for the screen alone.
func (l *Label) Hidden() {
	l.inFront = false
	if l.inPopup != nil {
		l.inPopup()
	}
	l.film.rest()
}

// cursorMoved takes the video along.
func (l *Label) cursorMoved() {
	if l.film != nil && l.film.stop == nil {
		l.film.follow()
	}
}

// SetStatus is how the room speaks in the status line.
func (l *Label) SetStatus(show func(string, bool)) { l.status = show }

func (l *Label) focus() {
	if l.actions.Focus != nil && l.session != nil && l.inFront && !l.asks {
		l.actions.Focus(l.trace)
	}
}

// Open shows a session; an empty id shows none.
func (l *Label) Open(id dataset.SessionID) {
	l.wanted = id
	if id == "" {
		l.close()
		return
	}
	if l.session != nil && l.session.ID != id {
		l.screen.Hide() // another session's trace must not be taken for this one's
	}
	l.load(id)
}

func (l *Label) close() {
	l.opening.Cancel()
	l.looking.Cancel()
	l.film.close()
	l.session, l.editor, l.drawnSets = nil, nil, nil
	l.selected, l.hints, l.movement, l.moved = nil, nil, nil, false
	l.trace.SetTracks(nil, 1)
	l.screen.Hide()
	l.empty.Show()
	l.object.Refresh()
}

// opened is what is read when a session is opened.
type opened struct {
	session    dataset.Session
	settings   dataset.Settings
	labels     []dataset.Label
	undo, redo string
}

// load reads a session. One that is open already keeps its view and choice.
func (l *Label) load(id dataset.SessionID) {
	task.Run(l.opening, func(ctx context.Context) (o opened, err error) {
		if o.session, err = l.source.Session(ctx, id); err != nil {
			return o, err
		}
		if o.settings, err = l.source.Settings(ctx); err != nil {
			return o, err
		}
		if o.labels, err = l.source.Labels(ctx, o.session.ID); err != nil {
			return o, err
		}
		o.undo, o.redo, err = l.source.CanUndo(ctx, o.session.ID)
		return o, err
	}, func(o opened, err error) {
		if err != nil {
			if !l.screen.Visible() {
				l.close()
			}
			l.fail(err)
			return
		}
		l.opened(o)
	})
}

func (l *Label) opened(o opened) {
	again := l.session != nil && l.session.ID == o.session.ID && sameRecordings(*l.session, o.session)
	l.session, l.setting, l.undo, l.redo = &o.session, o.settings, o.undo, o.redo
	same := again && l.follows(l.source.Preferences())
	o.labels = l.seen(o.labels)
	l.exercises = exercisesOf(o.settings, o.labels)
	l.classes = theme.NewClasses(o.settings.Exercises)
	rules := labeling.Rules{Set: l.setFor(o.labels), Rater: l.rater, SetupS: o.settings.SetupS, LeastS: leastLeft}
	if same && l.editor != nil {
		rules.Set = l.editor.Rules().Set
	}
	rules.Exclusive = !slices.Contains(o.settings.Overlapping, rules.Set)
	if rules.SetupS <= 0 {
		rules.SetupS = 1
	}
	l.editor = labeling.NewEditor(o.session, o.labels, rules, newID, l.actions.Now)
	l.empty.Hide()
	l.screen.Show()
	if !same {
		l.panel.setFindings(o.session)
	}
	if !again {
		l.selected, l.hints, l.hint, l.armed, l.toldSet = nil, nil, "", "", ""
		l.gone, l.verdict = nil, nil
		l.movement, l.moved = nil, false
		l.trace.SetArmed(nil)
		l.trace.SetTracks(signals.Joined(o.session, l.source, 0), o.session.Duration())
		l.toolbar.setTracks(l.trace.Tracks())
		l.trace.SetMarks(marksOf(o.session))
		l.lookForMovement()
		l.film.close()
		l.takeSpot()
		l.film.reopen()
	}
	l.object.Refresh()
	l.show()
	l.focus()
	if !again {
		l.lent = ""
	}
	if set := l.editor.Rules().Set; !again && l.source.Preferences().Rater == "" && set != fallbackSet {
		l.lent = set
		l.say(lang.L("Nobody is named as rater, so the only label set, “{{.Set}}”, is shown. The first edit asks who you are; new labels go into a set of your own.",
			map[string]any{"Set": set}), false)
	}
	if own := l.editor.Rules().Set; !again && own == l.rater && l.rater != "" && l.editor.Count("") == 0 && len(l.editor.Sets()) > 0 {
		l.say(lang.L("Your own set “{{.Set}}” is still empty; “{{.Others}}” lies below it. Choose it above the trace to work in it, or Pass… to begin with a copy.",
			map[string]any{"Set": own, "Others": strings.Join(l.editor.Sets(), "”, “")}), false)
	}
}

func sameRecordings(a, b dataset.Session) bool {
	if len(a.Recordings) != len(b.Recordings) {
		return false
	}
	for i := range a.Recordings {
		if a.Recordings[i].ID != b.Recordings[i].ID || a.Recordings[i].Samples != b.Recordings[i].Samples {
			return false
		}
	}
	return true
}

// setFor is the label set to work in: the rater's own, so that nothing goes into
// another's without being asked for; while nobody has said who labels, the only one
// there is.
func (l *Label) setFor(labels []dataset.Label) string {
	own := l.ownSet()
	if l.rater != "" {
		return own
	}
	sets := map[string]bool{}
	only := own
	for _, label := range labels {
		sets[label.Set] = true
		only = label.Set
	}
	if len(sets) == 1 && !sets[own] {
		return only
	}
	return own
}

// ownSet is the name of the rater's own label set.
func (l *Label) ownSet() string {
	if r := l.source.Preferences().Rater; r != "" {
		return r
	}
	return fallbackSet
}

// leastLeft is the shortest piece in seconds that is left of a label which another
// one cuts: less than that is no set.
const leastLeft = 0.2

// newID is a random identifier.
func newID() dataset.LabelID {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return dataset.LabelID(hex.EncodeToString(b[:]))
}

// fail says an error where it is seen.
func (l *Label) fail(err error) {
	if l.actions.Error != nil {
		l.actions.Error(err)
		return
	}
	l.say(err.Error(), true)
}

// say shows a sentence in the status line. An urgent one goes with what the person
// does next.
func (l *Label) say(sentence string, urgent bool) {
	l.urgent = urgent
	l.status(sentence, urgent)
}

// hush takes an urgent sentence away: its cause is gone or left behind.
func (l *Label) hush() {
	if l.urgent {
		l.say("", false)
	}
}

func call(f func()) {
	if f != nil {
		f()
	}
}
