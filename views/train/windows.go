package train

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/training"
	"onset/views/grid"
	"onset/views/parts"
	"onset/views/task"
	"onset/views/theme"
	"onset/views/words"
)

const (
	windowsWidth = 372
	around       = 6.0 // seconds of trace shown on either side of a window
	nearestCount = 8
)

// windows lists what lies in a cell of the confusion matrix: each window with
// whose it is, and the way to its place in the trace; and the windows most like
// one of them that the model may have learnt from.
type windows struct {
	actions Actions
	nearest func(training.Prediction)
	numbers map[dataset.SessionID]string

	classes []string
	list    []training.Prediction
	near    []training.Neighbour

	title, note *parts.Text
	grid        *grid.Grid
	nearGrid    *grid.Grid
	show, like  *parts.Button
	nearBox     fyne.CanvasObject
	object      fyne.CanvasObject
}

func newWindows(actions Actions, nearest func(training.Prediction)) *windows {
	w := &windows{actions: actions, nearest: nearest, title: parts.NewText("", parts.Style{Bold: true, Cut: true}),
		note: parts.NewText("", parts.Style{Tone: theme.Muted, Size: theme.TextSmall, Cut: true})}
	w.grid = grid.New([]grid.Column{{Title: lang.L("Person"), Weight: 1, Bold: true}, {Title: lang.L("Session"), Width: 64, Numeric: true},
		{Title: lang.L("At, s"), Width: 78, Numeric: true}, {Title: lang.L("Truth"), Width: 60, Numeric: true}, {Title: lang.L("Answer"), Width: 68, Numeric: true}})
	w.nearGrid = grid.New([]grid.Column{{Title: lang.L("Most like it"), Weight: 1.6, Bold: true}, {Title: lang.L("Person"), Weight: 1},
		{Title: lang.L("At, s"), Width: 78, Numeric: true}, {Title: lang.L("Distance"), Width: 72, Numeric: true}})
	w.show = parts.NewButton(lang.L("Show in trace"), lang.L("Enter"), func() { w.open(w.grid.Chosen()) })
	w.like = parts.NewButton(lang.L("What is like it"), "", func() {
		if i := w.grid.Chosen(); i >= 0 {
			w.nearest(w.list[i])
		}
	})
	w.grid.OnOpen, w.grid.OnKey = w.open, actions.Key
	w.grid.OnSelected = func(int) { w.setNear(nil) }
	w.nearGrid.OnOpen = func(i int) { w.trace(w.near[i].Session, w.near[i].StartS) }
	w.nearGrid.OnKey = actions.Key
	w.nearBox = container.NewBorder(parts.Rule(), nil, nil, nil, w.nearGrid.Object())
	w.nearBox.Hide()
	body := container.NewBorder(parts.VBox(2, w.title, w.note), parts.HBox(theme.Space2, w.show, w.like), nil, nil,
		container.New(halves{}, w.grid.Object(), w.nearBox))
	w.object = parts.Beside(parts.Sized(theme.Space3, 1, parts.NewFill("")), parts.Sized(windowsWidth, 10, body))
	w.object.Hide()
	return w
}

// numbersOf are what a session is called in a table: its person's n-th.
func numbersOf(list []dataset.SessionSummary) map[dataset.SessionID]string {
	out := map[dataset.SessionID]string{}
	for _, s := range list {
		out[s.ID] = fmt.Sprint(s.Number)
	}
	return out
}

func (w *windows) clear() {
	w.list, w.near = nil, nil
	w.object.Hide()
}

// pick lists the windows of a cell, those that the model was surest of first.
func (w *windows) pick(r *training.Result, row, col int) {
	if r == nil {
		return
	}
	w.classes, w.list = r.Confusion.Classes, nil
	for _, p := range r.Predictions {
		if p.Truth == row && p.Predicted == col {
			w.list = append(w.list, p)
		}
	}
	slices.SortStableFunc(w.list, func(a, b training.Prediction) int { return cmp.Compare(b.P[b.Predicted], a.P[a.Predicted]) })
	rows := make([][]string, len(w.list))
	for i, p := range w.list {
		rows[i] = []string{string(p.Participant), w.number(p.Session), seconds(p.StartS), fmt.Sprintf("%.2f", p.P[p.Truth]), fmt.Sprintf("%.2f", p.P[p.Predicted])}
	}
	w.grid.Set(rows)
	truth, answer := words.Exercise(w.classes[row]), words.Exercise(w.classes[col])
	w.title.SetText(lang.L("{{.Truth}} taken for {{.Answer}}", map[string]any{"Truth": truth, "Answer": answer}))
	if row == col {
		w.title.SetText(lang.L("{{.Truth}}, right", map[string]any{"Truth": truth}))
	}
	w.note.SetText(lang.L("How probable the model found truth and answer; the surest first"))
	if len(w.list) == 0 {
		w.note.SetText(lang.L("No window lies in this cell"))
	}
	w.setNear(nil)
	w.enable(len(w.list) > 0)
	w.object.Show()
}

// halves gives the second of two objects the lower half while it is visible.
type halves struct{}

func (halves) Layout(o []fyne.CanvasObject, size fyne.Size) {
	top := size.Height
	if o[1].Visible() {
		top *= 0.45
	}
	o[0].Move(fyne.NewPos(0, 0))
	o[0].Resize(fyne.NewSize(size.Width, top))
	o[1].Move(fyne.NewPos(0, top))
	o[1].Resize(fyne.NewSize(size.Width, size.Height-top))
}

func (halves) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(windowsWidth, 80) }

func (w *windows) enable(on bool) {
	for _, b := range []*parts.Button{w.show, w.like} {
		if on {
			b.Enable()
		} else {
			b.Disable()
		}
	}
}

func (w *windows) number(id dataset.SessionID) string {
	if n, ok := w.numbers[id]; ok {
		return n
	}
	return "–"
}

func (w *windows) setNear(list []training.Neighbour) {
	w.near = list
	rows := make([][]string, len(list))
	for i, n := range list {
		rows[i] = []string{words.Exercise(n.Class), string(n.Participant), seconds(n.StartS), fmt.Sprintf("%.2f", n.Distance)}
	}
	w.nearGrid.Set(rows)
	shown(w.nearBox, len(list) > 0)
}

func (w *windows) open(i int) {
	if i >= 0 && i < len(w.list) {
		w.trace(w.list[i].Session, w.list[i].StartS)
	}
}

func (w *windows) trace(id dataset.SessionID, at float64) {
	w.actions.Show(id, max(at-around, 0), at+around)
}

func seconds(s float64) string { return fmt.Sprintf("%.2f", s) }

// nearest lists what is most like a window of the shown run.
func (t *Train) nearest(p training.Prediction) {
	run := t.shown
	t.status(lang.L("Comparing the window with all others…"), false)
	task.Run(t.reading, func(ctx context.Context) ([]training.Neighbour, error) {
		return t.source.Neighbours(ctx, run, p, nearestCount)
	},
		func(list []training.Neighbour, err error) {
			t.status("", false)
			if err != nil {
				t.actions.Error(err)
				return
			}
			if t.shown == run {
				t.windows.setNear(list)
				t.repaint()
			}
		})
}
