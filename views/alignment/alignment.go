// Package alignment lays the devices of a session on one time axis: by hand, by
// anchor points that two traces share, or by the correlation of movement. What
// is kept is an entry of the ledger; the devices' own clocks stay.
package alignment

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	"onset/views/signals"
	"onset/views/task"
	"onset/views/trace"
	"onset/views/words"
)

// Source reads sessions and keeps alignments. Its methods may block.
type Source interface {
	signals.Reader
	Session(context.Context, dataset.SessionID) (dataset.Session, error)
	Align(ctx context.Context, session dataset.SessionID, r dataset.Recording, after *dataset.Alignment, meant bool, rater string) (dataset.LedgerEntry, error)
	CanUndoAlignment(ctx context.Context, id dataset.SessionID) (undo, redo bool, err error)
	UndoAlignment(ctx context.Context, id dataset.SessionID) error
	RedoAlignment(ctx context.Context, id dataset.SessionID) error
	Preferences() app.Preferences
	Current() app.StudyState
}

// Actions are what the view asks of the window.
type Actions struct {
	// Find starts the search by movement as a job and tells what came of it on
	// the interface's goroutine.
	Find  func(reference, device dataset.Recording, done func(a dataset.Alignment, windows int, err error)) int
	Close func()
	Error func(error)
	Focus func(fyne.Focusable)
	// Confirm asks before what was not kept is left.
	Confirm func(title, text, no, yes string, run func())
}

// Alignment is the view of one session.
type Alignment struct {
	source  Source
	actions Actions
	runner  task.Runner
	id      dataset.SessionID

	session   dataset.Session
	loaded    bool
	reference int // index of the recording that stays
	device    int // index of the one that is moved
	now       dataset.Alignment
	anchors   []anchor
	windows   int
	note      string
	urgent    bool
	undoable  bool
	redoable  bool
	finding   bool
	left      bool
	view      view
}

// New makes the view; the session is read at once.
func New(id dataset.SessionID, source Source, actions Actions, runner task.Runner) *Alignment {
	a := &Alignment{source: source, actions: actions, runner: runner, id: id, device: 1, now: dataset.Alignment{Stretch: 1}}
	a.build()
	a.load("")
	return a
}

// Object is the view on the screen.
func (a *Alignment) Object() fyne.CanvasObject { return a.view.object }

// First has the focus when the view opens.
func (a *Alignment) First() fyne.Focusable { return a.view.upper }

// read is what is read of a session.
type read struct {
	session    dataset.Session
	undo, redo bool
}

// load reads the session again and says what was done.
func (a *Alignment) load(note string) {
	task.Run(a.view.loading, func(ctx context.Context) (read, error) {
		s, err := a.source.Session(ctx, a.id)
		if err != nil {
			return read{}, err
		}
		undo, redo, err := a.source.CanUndoAlignment(ctx, a.id)
		return read{s, undo, redo}, err
	}, func(v read, err error) {
		if err != nil {
			a.actions.Error(err)
			return
		}
		first := !a.loaded
		a.session, a.loaded, a.undoable, a.redoable = v.session, true, v.undo, v.redo
		a.note, a.urgent = note, false
		if first {
			a.offerDevices()
		}
		anchors := a.anchors
		a.settle()
		if !first && a.now.Method == "anchors" { // what was kept rests on them
			a.anchors = anchors
			a.show()
		}
		a.showTraces(first)
	})
}

// settle takes the alignment that is kept and drops what was being tried.
func (a *Alignment) settle() {
	a.now, a.anchors, a.windows = dataset.Alignment{Stretch: 1}, nil, 0
	if r := a.moved(); r.Alignment != nil {
		a.now = *r.Alignment
	}
	a.show()
}

func (a *Alignment) moved() dataset.Recording {
	if a.device >= 0 && a.device < len(a.session.Recordings) {
		return a.session.Recordings[a.device]
	}
	return dataset.Recording{}
}

func (a *Alignment) fixed() dataset.Recording {
	if a.reference >= 0 && a.reference < len(a.session.Recordings) {
		return a.session.Recordings[a.reference]
	}
	return dataset.Recording{}
}

// kept is the alignment of the device as the study has it.
func (a *Alignment) kept() dataset.Alignment {
	if r := a.moved(); r.Alignment != nil {
		return *r.Alignment
	}
	return dataset.Alignment{Stretch: 1}
}

// changed reports an alignment that is shown and not kept.
func (a *Alignment) changed() bool {
	k := a.kept()
	return math.Abs(a.now.ShiftS-k.ShiftS) > 1e-9 || math.Abs(a.now.Stretch-k.Stretch) > 1e-12
}

// choose takes other recordings.
func (a *Alignment) choose(reference, device int) {
	a.reference, a.device = reference, device
	a.note, a.urgent = "", false
	a.settle()
	a.showTraces(true)
}

// find searches by movement.
func (a *Alignment) find() {
	if !a.loaded || a.finding || a.reference == a.device {
		return
	}
	a.finding = true
	a.note, a.urgent = lang.L("Comparing movement… (background work, Ctrl+J)"), false
	a.show()
	device := a.device
	a.actions.Find(a.fixed(), a.moved(), func(found dataset.Alignment, windows int, err error) {
		a.finding = false
		switch {
		case a.left || device != a.device:
			return
		case err != nil:
			a.note, a.urgent = app.Explain(err).What, true
		default:
			a.anchors, a.now, a.windows = nil, found, windows
			a.note = lang.L("Found by movement, from {{.N}} stretches that both saw; look at it, then keep it.", map[string]any{"N": windows})
			a.showTraces(false)
		}
		a.show()
	})
}

// What two clocks of recorders may differ by: beyond it, an anchor is wrong
// rather than a clock. Crystals keep within 100 ppm, and a movement is placed by
// hand to some 20 ms.
const (
	mostResidualS = 0.05
	mostDrift     = 500e-6
)

// doubt says why an alignment is not to be believed; empty when nothing speaks
// against it.
func doubt(now dataset.Alignment) string {
	var why []string
	if now.Method == "anchors" && now.ResidualS > mostResidualS {
		why = append(why, lang.L("the anchors disagree by {{.N}} ms", map[string]any{"N": fmt.Sprintf("%.0f", now.ResidualS*1e3)}))
	}
	if drift := now.Stretch - 1; math.Abs(drift) > mostDrift {
		why = append(why, lang.L("the clocks would drift by {{.N}} ppm, and real ones keep within some hundred", map[string]any{"N": driftText(now.Stretch)}))
	}
	if len(why) == 0 {
		return ""
	}
	return "⚠ " + words.Upper(strings.Join(why, "; ")) + ". " + lang.L("An anchor is probably on another moment.")
}

// askKeep keeps what is shown, and asks first where it is doubtful.
func (a *Alignment) askKeep() {
	why := doubt(a.now)
	if a.changed() && a.device != a.reference {
		err := a.session.Doubt([]dataset.AlignmentChange{{Recording: a.moved().ID, After: &a.now}})
		if alone, ok := errors.AsType[*dataset.DoubtfulError](err); ok && alone.ApartS > 0 {
			why = strings.TrimSpace(why + " ⚠ " + words.Upper(alone.Apart()) + ".")
		}
	}
	if why == "" || !a.changed() || a.source.Current().ReadOnly || a.device == a.reference {
		a.keep(false)
		return
	}
	a.actions.Confirm(lang.L("Keep this alignment?"), why, lang.L("Look again"), lang.L("Keep it all the same"), func() { a.keep(false) })
}

// keep makes the alignment shown durable; own goes back to the device's clock.
func (a *Alignment) keep(own bool) {
	if a.source.Current().ReadOnly || a.device == a.reference {
		return
	}
	r := a.moved()
	after := new(dataset.Alignment)
	*after = a.now
	if after.Method == "" {
		after.Method = "hand"
	}
	if own {
		if after = nil; r.Alignment == nil {
			a.settle()
			a.showTraces(false)
			return
		}
	} else if !a.changed() {
		return
	}
	rater := a.source.Preferences().Rater
	var entry dataset.LedgerEntry
	task.Do(a.runner, func(ctx context.Context) (err error) {
		entry, err = a.source.Align(ctx, a.id, r, after, true, rater) // askKeep asked
		return err
	}, func(err error) {
		if err != nil {
			a.actions.Error(err)
			return
		}
		a.load(lang.L("Kept as entry {{.N}} of the ledger: {{.What}}", map[string]any{"N": words.Count(entry.Position), "What": entry.Summary}))
	})
}

// Undo takes back what is shown and not kept, anchor by anchor, then the last
// alignment that was kept.
func (a *Alignment) Undo() {
	switch {
	case a.changed() && len(a.anchors) > 0:
		a.unplace()
	case a.changed():
		a.settle()
		a.showTraces(false)
	case !a.undoable || a.source.Current().ReadOnly:
		a.say(lang.L("No alignment of yours is the last change here that could be taken back. Own clock takes any off."))
	default:
		a.step(a.source.UndoAlignment, lang.L("Taken back; the ledger keeps both."))
	}
}

// Redo makes the alignment again that was taken back last.
func (a *Alignment) Redo() {
	if !a.redoable || a.source.Current().ReadOnly {
		a.say(lang.L("There is nothing to make again."))
		return
	}
	a.step(a.source.RedoAlignment, lang.L("Made again."))
}

// Rune takes a letter that the part with the focus did not.
func (a *Alignment) Rune(r rune) { a.view.upper.TypedRune(r) }

func (a *Alignment) say(note string) {
	a.note, a.urgent = note, false
	a.show()
}

func (a *Alignment) step(run func(context.Context, dataset.SessionID) error, note string) {
	task.Do(a.runner, func(ctx context.Context) error { return run(ctx, a.id) }, func(err error) {
		if err != nil {
			a.actions.Error(err)
			return
		}
		a.load(note)
	})
}

// Escape leaves; what is not kept is asked about.
func (a *Alignment) Escape() {
	if a.left {
		return
	}
	if !a.changed() {
		a.close()
		return
	}
	a.actions.Confirm(lang.L("Leave without keeping?"), lang.L("The alignment that is shown is not kept. The recordings are as they were."), lang.L("Stay here"), lang.L("Leave"), a.close)
}

func (a *Alignment) close() {
	a.left = true
	a.view.upper.Close()
	a.view.lower.Close()
	a.actions.Close()
}

// Enter keeps what is shown.
func (a *Alignment) Enter() { a.askKeep() }

// tracks are the first tracks of a recording under an alignment's clock.
func (a *Alignment) tracks(r dataset.Recording) []trace.Track {
	one := a.session
	one.Recordings = []dataset.Recording{r}
	return signals.Tracks(one, a.source, 1)
}

// showTraces draws both devices; whole shows all of the session again.
func (a *Alignment) showTraces(whole bool) {
	if !a.loaded || len(a.session.Recordings) == 0 {
		return
	}
	device := a.moved()
	device.Clock = device.OwnClock.Aligned(a.now)
	fixed := a.fixed()
	// One axis for both, so that what is level is at the same moment.
	common := trace.View{Start: min(0, fixed.Clock.Time(0), device.Clock.Time(0)),
		End: max(a.session.Duration(), device.Clock.End(device.Samples))}
	if whole {
		a.view.upper.SetTracks(a.tracks(fixed), common.End)
		a.view.lower.SetTracks(a.tracks(device), common.End)
	} else {
		a.view.lower.ArrangeTracks(a.tracks(device))
	}
	a.view.following = true
	a.view.upper.SetWhole(common)
	a.view.lower.SetWhole(common)
	a.view.following = false
}

// recordingName tells a recording from the others of the session.
func recordingName(i int, r dataset.Recording) string {
	return fmt.Sprintf("%d  %s, %s", i+1, words.Placement(r.Placement), r.Device)
}

// DumpState tells a scripted run what is shown.
func (a *Alignment) DumpState() map[string]any {
	return map[string]any{"recordings": len(a.session.Recordings), "anchors": len(a.anchors), "shift_s": a.now.ShiftS, "stretch": a.now.Stretch,
		"residual_ms": a.now.ResidualS * 1e3, "note": a.note, "changed": a.changed(), "finding": a.finding, "undoable": a.undoable,
		"redoable": a.redoable, "residual": a.residualText(), "upper": a.view.upper.View(), "lower": a.view.lower.View()}
}
