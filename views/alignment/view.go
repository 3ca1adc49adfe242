package alignment

import (
	"fmt"
	"math"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"onset/views/parts"
	"onset/views/task"
	"onset/views/theme"
	"onset/views/trace"
)

const sideWidth = 300

// view is what is on the screen.
type view struct {
	object       fyne.CanvasObject
	loading      *task.Lane
	upper, lower *trace.Trace
	following    bool

	reference, device     *widget.Select
	filling               bool
	shift, drift          *parts.Field
	residual, method      *parts.Stat
	hint, note, clocks    *parts.Paragraph
	find, keep, own, undo *parts.Button
	forget                *parts.Button
}

func (a *Alignment) build() {
	v := &a.view
	v.loading = task.NewLane(a.runner)
	v.upper, v.lower = a.newTrace(true), a.newTrace(false)
	chosen := func(string) {
		if r, d := v.reference.SelectedIndex(), v.device.SelectedIndex(); !v.filling && r >= 0 && d >= 0 {
			a.choose(r, d)
		}
	}
	v.reference, v.device = widget.NewSelect(nil, chosen), widget.NewSelect(nil, chosen)
	v.shift = parts.NewField(lang.L("Shift, s"), func(text string) error {
		a.byHand(text, driftText(a.now.Stretch))
		return nil
	})
	v.drift = parts.NewField(lang.L("Drift, parts per million"), func(text string) error {
		a.byHand(fmt.Sprintf("%.6f", a.now.ShiftS), text)
		return nil
	})
	v.shift.Next, v.drift.Previous = v.drift, v.shift
	v.residual, v.method = parts.NewStat(lang.L("Residual"), ""), parts.NewStat(lang.L("By"), "")
	v.hint, v.note, v.clocks = parts.NewParagraph("", true), parts.NewParagraph("", false), parts.NewParagraph("", true)
	v.find = parts.NewButton(lang.L("Find by movement"), "", a.find)
	v.forget = parts.NewButton(lang.L("Forget the last anchor"), "Del", a.unplace)
	v.keep = parts.NewPrimary(lang.L("Keep"), "Enter", a.Enter)
	v.own = parts.NewButton(lang.L("Own clock"), "", func() { a.keep(true) })
	v.undo = parts.NewButton(lang.L("Undo"), "Ctrl+Z", a.Undo)
	leave := parts.NewButton(lang.L("Close"), "Esc", a.Escape)
	side := parts.VBox(theme.Space2,
		parts.Small(lang.L("Stays")), v.reference, parts.Small(lang.L("Is moved")), v.device,
		container.NewGridWithColumns(2, v.shift, v.drift), container.NewGridWithColumns(2, v.residual, v.method),
		v.clocks, v.find, v.forget, v.hint, v.note)
	scroll := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 6, theme.Space3, 0), side))
	foot := parts.VBox(theme.Space2, parts.Rule(), parts.HBox(theme.Space2, v.undo, v.own, layout.NewSpacer(), leave, v.keep))
	frame := func(t *trace.Trace) fyne.CanvasObject {
		return container.NewStack(parts.NewCard(theme.Ground), parts.Inset(1, t))
	}
	traces := container.NewGridWithRows(2, frame(v.upper), frame(v.lower))
	right := parts.Sized(sideWidth, 10, scroll)
	v.object = container.New(layout.NewBorderLayout(nil, foot, nil, right), traces, right, foot)
	a.show()
}

// newTrace is one of the two traces. A click, or Space at the cursor, sets an
// anchor's moment; Tab goes to the other; their views move together.
func (a *Alignment) newTrace(upper bool) *trace.Trace {
	other := func() *trace.Trace {
		if upper {
			return a.view.lower
		}
		return a.view.upper
	}
	var t *trace.Trace
	t = trace.New(trace.Config{
		NoOverview: !upper,
		OnClick:    func(at float64) { a.place(upper, at) },
		OnView: func(v trace.View) {
			if o := other(); o != nil && !a.view.following && o.View() != v {
				a.view.following = true
				o.SetView(v)
				a.view.following = false
			}
		},
		OnKey: func(key *fyne.KeyEvent, _ fyne.KeyModifier) bool {
			switch key.Name {
			case fyne.KeyTab:
				a.actions.Focus(other())
			case fyne.KeySpace:
				if at, ok := t.CursorAt(); ok {
					a.place(upper, at)
				}
			case fyne.KeyBackspace, fyne.KeyDelete:
				a.unplace()
			case fyne.KeyReturn, fyne.KeyEnter:
				a.Enter()
			case fyne.KeyEscape:
				a.Escape()
			default:
				return false
			}
			return true
		},
		OnRune: func(r rune) bool { return r == ' ' },
		OnShortcut: func(s fyne.Shortcut) bool {
			switch s.(type) {
			case *fyne.ShortcutUndo:
				a.Undo()
			case *fyne.ShortcutRedo:
				a.Redo()
			default:
				return false
			}
			return true
		},
		OnError:    a.actions.Error,
		Background: a.runner.Start,
		Do:         a.runner.Apply,
	})
	return t
}

// offerDevices fills the choices with the session's recordings.
func (a *Alignment) offerDevices() {
	v := &a.view
	v.filling = true
	var names []string
	for i, r := range a.session.Recordings {
		names = append(names, recordingName(i, r))
	}
	v.reference.Options, v.device.Options = names, names
	v.reference.SetSelectedIndex(a.reference)
	v.device.SetSelectedIndex(a.device)
	v.filling = false
}

// show brings everything beside the traces up to date.
func (a *Alignment) show() {
	v := &a.view
	if v.object == nil && v.keep == nil {
		return
	}
	same := a.reference == a.device
	v.shift.Set(fmt.Sprintf("%.6f", a.now.ShiftS), fmt.Sprintf("%+.4f s", a.now.ShiftS))
	v.drift.Set(driftText(a.now.Stretch), lang.L("{{.N}} ppm", map[string]any{"N": driftText(a.now.Stretch)}))
	v.residual.SetCaption(lang.L("Residual"))
	if a.now.Method == "correlation" {
		v.residual.SetCaption(lang.L("Uncertain by")) // says more than how well the stretches agree
	}
	v.residual.SetValue(a.residualText())
	v.method.SetValue(methodWord(a.now.Method))
	v.clocks.SetText(lang.L("The devices' own clocks stay as they were recorded. What you keep is an entry of the ledger."))
	v.hint.SetText(a.hint())
	note, why := a.note, doubt(a.now)
	if why != "" {
		note = strings.TrimSpace(why + "\n\n" + note)
	}
	v.note.SetText(note)
	v.note.SetTone(theme.Text)
	if a.urgent || why != "" {
		v.note.SetTone(theme.Warning)
	}
	readOnly := a.source.Current().ReadOnly
	enable(v.keep, a.loaded && a.changed() && !same && !readOnly)
	enable(v.own, a.loaded && !same && !readOnly && (a.moved().Alignment != nil || a.changed()))
	enable(v.undo, (a.undoable || a.changed()) && !readOnly)
	enable(v.find, a.loaded && !a.finding && !same)
	enable(v.forget, len(a.anchors) > 0)
	v.upper.SetMarks(a.marks(true))
	v.lower.SetMarks(a.marks(false))
}

func enable(b *parts.Button, on bool) {
	if on {
		b.Enable()
	} else {
		b.Disable()
	}
}

// hint says what comes next.
func (a *Alignment) hint() string {
	switch n := len(a.anchors); {
	case a.reference == a.device:
		return lang.L("Choose two different recordings.")
	case n == 0:
		return lang.L("Zoom to something that both saw, such as a clap or a jump. Click it above, then below (Space at the cursor; Tab changes the trace).")
	case !a.anchors[n-1].whole():
		return lang.L("Now the same moment in the other trace.")
	case n == 1:
		return lang.L("One anchor shifts. A second one, far from it, also measures the drift.")
	case n == 2:
		return lang.L("Two anchors fit exactly. A third shows how well they agree.")
	}
	return lang.L("{{.N}} anchors, fitted by least squares.", map[string]any{"N": len(a.anchors)})
}

func (a *Alignment) residualText() string {
	switch {
	case a.now.Method == "correlation" && a.now.ResidualS == 0:
		return lang.L("not measured") // too few stretches to disagree
	case a.now.Method == "anchors" && a.now.ResidualS < 1e-9:
		return lang.L("0 ms, nothing spare") // one or two anchors always agree
	case a.now.Method != "anchors" && a.now.Method != "correlation":
		return "–"
	}
	return lang.L("{{.N}} ms", map[string]any{"N": fmt.Sprintf("%.1f", a.now.ResidualS*1e3)})
}

func driftText(stretch float64) string { return fmt.Sprintf("%+.0f", math.Round((stretch-1)*1e6)+0) }

func methodWord(method string) string {
	switch method {
	case "anchors":
		return lang.L("anchors")
	case "correlation":
		return lang.L("movement")
	case "hand":
		return lang.L("hand")
	}
	return lang.L("own clock")
}
