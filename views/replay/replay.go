// Package replay is the room where a session is streamed through the whole
// classifier: the trace with the truth, the states and every source's answer,
// and beside it why each decision was made. Any moment can be asked for; playing
// only moves the moment.
package replay

import (
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"onset/dataset"
	core "onset/replay"
	"onset/views/parts"
	"onset/views/room"
	"onset/views/signals"
	"onset/views/task"
	"onset/views/theme"
	"onset/views/trace"

	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"
)

// Source is where sessions and models come from. Its methods may block.
type Source interface {
	signals.Reader
	Session(context.Context, dataset.SessionID) (dataset.Session, error)
	Labels(context.Context, dataset.SessionID) ([]dataset.Label, error)
	Models(context.Context) ([]dataset.ModelRow, error)
	Sessions(context.Context) ([]dataset.SessionSummary, error)
	Settings(context.Context) (dataset.Settings, error)
	// Ablation is the newest one by a protocol that the study keeps, or nil.
	Ablation(ctx context.Context, protocol string) (*core.Kept, error)
}

// Replayed is a session that went through the classifier; its decisions can be
// made again with other weights at no cost.
type Replayed interface {
	Result() *core.Result
	// WhatIf changes what was weighed by hand and nothing else.
	WhatIf(core.Pool) *core.Result
	Pool() core.Pool
}

// Actions are what the room asks of the window.
type Actions struct {
	// Start replays a session as a job; Ended is called with what came of it.
	Start  func(models []string, session dataset.SessionID, o core.Options) (job int)
	Cancel func(job int)
	// Ablate judges every source over the whole study as a job; Ablated is called
	// with what came of it.
	Ablate  func(protocol string) (job int)
	Library func() // go where sessions are chosen
	Export  func() // offers what Exports lists
	Train   func() // go where models are made
	// TrainWithout prepares a training that leaves the session, or everything
	// of its person, out.
	TrainWithout func(person bool)
	Model        func(text string) // names the model in the top line
	Error        func(error)
	Now          func() time.Time
	Key          func(*fyne.KeyEvent) // takes what nothing here has a use for
}

// Replay is the room.
type Replay struct {
	source  Source
	actions Actions
	runner  task.Runner
	opening *task.Lane
	listing *task.Lane
	pooling *task.Lane
	keeping *task.Lane

	session            dataset.SessionID // asked for
	models             []dataset.ModelRow
	fitting            []dataset.ModelRow // those that together replay the session
	people             []dataset.ParticipantID
	model              string // id, or atHand
	chosen             bool   // by a person, for this session
	expecting          bool   // a model that is being trained for this session
	otherFrom          Replayed
	otherSame          bool   // the other replay is of the same models: weights by hand are its too
	at                 string // where decisions are made
	job                int
	otherJob, ablating int
	ablation           *core.Kept
	onStudy            bool
	from               Replayed
	shown              *replayed // nil until a replay has ended
	opened             *dataset.Session
	labels             []dataset.Label
	classes            *theme.Classes
	pool               core.Pool
	muted              [core.Sources]bool
	player             player
	current            int // decision that the panel explains

	trace     *trace.Trace
	panel     *panel
	bar       *bar
	choose    *widget.Select
	decide    *widget.Select
	beside    *widget.Select
	study     *studyPage
	again     *parts.Button
	animation *fyne.Animation
	view      views
	status    func(string, bool)
	filling   bool
	bare      bool // the session has no labels, so movement decides where
	inFront   bool
}

var (
	_ room.Room        = (*Replay)(nil)
	_ room.KeyHandler  = (*Replay)(nil)
	_ room.Commander   = (*Replay)(nil)
	_ room.StateDumper = (*Replay)(nil)
	_ room.Status      = (*Replay)(nil)
	_ room.Exporter    = (*Replay)(nil)
)

// New makes the room.
func New(source Source, actions Actions, runner task.Runner) *Replay {
	r := &Replay{source: source, actions: actions, runner: runner, opening: task.NewLane(runner), listing: task.NewLane(runner), pooling: task.NewLane(runner), keeping: task.NewLane(runner),
		at: core.AtLabel, current: -1, classes: theme.NewClasses(nil), status: func(string, bool) {}}
	r.player.speed = 1
	r.trace = trace.New(trace.Config{
		OnClick:    r.seek,
		OnDraw:     r.loopOver,
		OnPick:     func(id string, _ fyne.KeyModifier) { r.pick(id) },
		OnKey:      func(k *fyne.KeyEvent, m fyne.KeyModifier) bool { return m == 0 && (r.key(k.Name) || r.help(k)) },
		OnRune:     r.rune,
		OnError:    actions.Error,
		Background: runner.Start,
		Do:         runner.Apply,
	})
	r.panel = newPanel(r)
	r.bar = newBar(r)
	r.choose = widget.NewSelect(nil, func(string) { r.picked() })
	r.choose.PlaceHolder = lang.L("Choose a model")
	r.decide = widget.NewSelect([]string{lang.L("at each label"), lang.L("where movement begins")}, func(string) { r.picked() })
	r.decide.SetSelectedIndex(0)
	r.again = parts.NewButton(lang.L("Replay again"), "", r.start)
	r.beside = widget.NewSelect(nil, func(string) { r.pickedOther() })
	r.study = newStudyPage(r)
	r.animation = fyne.NewAnimation(time.Second, func(float32) { r.tick() })
	r.animation.RepeatCount = fyne.AnimationRepeatForever
	r.animation.Curve = fyne.AnimationLinear
	r.view = r.build()
	r.showState()
	return r
}

// help hands F1 to the window: the trace has the focus.
func (r *Replay) help(k *fyne.KeyEvent) bool {
	if k.Name != fyne.KeyF1 || r.actions.Key == nil {
		return false
	}
	r.actions.Key(k)
	return true
}

// Content implements room.Room.
func (r *Replay) Content() fyne.CanvasObject { return r.view.object }

// Shown reads the models again and replays when there is something to.
func (r *Replay) Shown() {
	r.inFront = true
	r.list()
	if r.onStudy {
		r.recall()
	}
}

// Hidden stops playing.
func (r *Replay) Hidden() {
	r.inFront = false
	r.pause()
}

// SetStatus implements room.Status.
func (r *Replay) SetStatus(show func(string, bool)) { r.status = show }

// Open shows a session; it is replayed as soon as a model is chosen.
func (r *Replay) Open(id dataset.SessionID) {
	if id == r.session {
		return
	}
	r.pause()
	r.cancel()
	r.session, r.from, r.shown, r.opened, r.current = id, nil, nil, nil, -1
	r.chosen, r.expecting = false, false
	r.player.loop = [2]float64{}
	r.player.seek(0, r.actions.Now())
	r.trace.SetMarks(nil)
	r.forgetOther()
	r.trace.SetTracks(nil, 1)
	r.trace.SetLanes(nil)
	r.showState()
	if id != "" {
		r.read(id)
	}
}

type opened struct {
	session  dataset.Session
	labels   []dataset.Label
	settings dataset.Settings
}

// shownTracks is how many sensors are drawn above the lanes.
const shownTracks = 2

func (r *Replay) read(id dataset.SessionID) {
	task.Run(r.opening, func(ctx context.Context) (opened, error) {
		s, err := r.source.Session(ctx, id)
		if err != nil {
			return opened{}, err
		}
		labels, err := r.source.Labels(ctx, id)
		if err != nil {
			return opened{}, err
		}
		settings, err := r.source.Settings(ctx)
		return opened{s, labels, settings}, err
	}, func(v opened, err error) {
		if err != nil {
			r.actions.Error(err)
			return
		}
		r.opened, r.labels, r.classes = &v.session, v.labels, theme.NewClasses(v.settings.Exercises)
		r.proposeWhere()
		r.player.length = v.session.Duration()
		r.trace.SetTracks(signals.Joined(v.session, r.source, shownTracks), v.session.Duration())
		r.trace.SetPlayhead(0, true)
		r.panel.rules.study = slices.Clone(v.settings.Exercises)
		for _, p := range v.settings.Protocol {
			r.panel.rules.study = append(r.panel.rules.study, p.Exercise)
		}
		r.setModels(r.models)
	})
}

// proposeWhere decides where movement begins in a session that nobody has
// labelled: at labels nothing would be decided. The next labelled session is
// replayed at its labels again.
func (r *Replay) proposeWhere() {
	bare := len(r.labels) == 0
	if bare == r.bare || r.decide == nil {
		return
	}
	r.bare, r.at = bare, core.AtLabel
	at := 0
	if bare {
		at, r.at = 1, core.AtDetected
	}
	r.filling = true
	r.decide.SetSelectedIndex(at)
	r.filling = false
}

// release gives the keys back to the trace after something was chosen from a list:
// at once, and again when the list has closed, which takes them for its select.
func (r *Replay) release() {
	r.focusTrace()
	task.Do(r.runner, func(context.Context) error { return nil }, func(error) { r.focusTrace() })
}

func (r *Replay) focusTrace() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(r.trace); c != nil && r.inFront {
		c.Focus(r.trace)
	}
}

func (r *Replay) startIfReady() {
	if r.shown == nil && r.job == 0 && r.inFront {
		r.start()
	}
}

// start replays the session with the model, when both are there.
func (r *Replay) start() {
	if r.opened == nil || r.model == "" {
		return
	}
	r.cancel()
	r.pause()
	r.job = r.actions.Start(r.asked(), r.session, core.Options{At: r.at})
	r.showState()
}

// atHand stands for all models that fit the session: the one with the most
// sensors that are not silent speaks.
const atHand = "*"

// asked are the models to replay with.
func (r *Replay) asked() (ids []string) {
	if r.model != atHand {
		return []string{r.model}
	}
	for _, m := range r.fitting {
		ids = append(ids, m.ID)
	}
	return ids
}

func (r *Replay) cancel() {
	if r.job != 0 {
		r.actions.Cancel(r.job)
		r.job = 0
	}
}

// Ended shows a replay, or why there is none.
func (r *Replay) Ended(job int, v Replayed, err error, cancelled bool) {
	if job != 0 && job == r.otherJob {
		r.otherJob = 0
		switch {
		case cancelled:
		case err != nil:
			r.actions.Error(err)
		default:
			r.otherFrom = v
			r.setOther(v.WhatIf(r.handed(v.Pool())))
		}
		return
	}
	if job != r.job {
		return
	}
	r.job = 0
	switch {
	case cancelled:
	case err != nil:
		r.actions.Error(err)
	case r.opened != nil:
		r.from = v
		r.pool, r.muted = v.Pool(), [core.Sources]bool{}
		result := v.Result()
		r.shown = &replayed{session: *r.opened, labels: r.labels, result: result, base: result, classes: r.classes}
		r.current = -2
		r.panel.setNotes(result)
		r.panel.rules.setExercises(r.shown)
		r.panel.rules.found = nil
		r.forgetOther()
		r.repool(result)
		r.actions.Model(r.modelText(result))
	}
	r.showState()
}

// repool shows the decisions made with the weights as they are now.
func (r *Replay) repool(result *core.Result) {
	s := *r.shown
	s.result = result
	r.shown = &s
	r.trace.SetLanes(s.lanes())
	r.panel.setWeights(r.pool, r.muted)
	r.panel.reserve(s.result)
	r.panel.cost.show(s.result)
	r.panel.figures.show(&s)
	r.bar.setScores(s.result)
	r.current = -2
	r.moved(r.player.position(r.actions.Now()))
	r.tellFlips()
}

// ThemeChanged draws what keeps colours of its own again.
func (r *Replay) ThemeChanged() {
	if r.shown != nil {
		r.trace.SetLanes(r.shown.lanes())
	}
	r.trace.Refresh()
}

// DumpState implements room.StateDumper.
func (r *Replay) DumpState() map[string]any {
	v := r.trace.View()
	state := map[string]any{"session": string(r.session), "model": r.model, "running": r.job != 0, "playing": r.player.playing,
		"at": r.player.position(r.actions.Now()), "speed": r.player.speed, "decision": r.current, "view": []float64{v.Start, v.End}, "decisions": 0}
	if r.shown != nil {
		a := r.shown.result.Accuracy
		state["differences"], state["lanes"] = len(r.shown.differences()), len(r.shown.lanes())
		state["decisions"], state["flips"] = len(r.shown.result.Decisions), len(r.shown.flips())
		state["accuracy"] = map[string]float64{"sensor": a.Sensor, "markov": a.Markov, "place": a.Place, "memory": a.Memory, "fused": a.Fused}
		if r.current >= 0 {
			d := r.shown.result.Decisions[r.current]
			state["fused"], state["why"] = d.Fused, d.Why
		}
	}
	return state
}
