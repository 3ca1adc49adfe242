package shell

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"onset/app"
	"onset/dataset"
	standard "onset/devices"
	"onset/views/parts"
	"onset/views/task"
	"onset/views/theme"
)

// earlier is the dialog that loads a model of the earlier system. Nothing is
// guessed: the order, the scaling and the filter start empty.
type earlier struct {
	shell    *Shell
	sessions []dataset.SessionSummary
	files    [3]*dialogEntry // weights, layers, labels
	name     *dialogEntry
	order    *widget.Select
	scale    *dialogEntry
	filter   *dialogEntry
	sensor   *dialogEntry
	score    *widget.Select
	verdict  *parts.Paragraph
	shown    *shownDialog
	busy     bool
}

var earlierEndings = [3]string{"weights.raw", "layers.txt", "labels.txt"}

// loadEarlier opens the dialog once the study's labelled sessions are known.
func (s *Shell) loadEarlier() {
	task.Run(task.NewLane(s.runner), func(ctx context.Context) ([]dataset.SessionSummary, error) { return s.bench.Sessions(ctx) },
		func(all []dataset.SessionSummary, err error) {
			if err != nil {
				s.showError(err)
				return
			}
			e := &earlier{shell: s}
			for _, session := range all {
				if session.Labels > 0 {
					e.sessions = append(e.sessions, session)
				}
			}
			e.open()
		})
}

func (e *earlier) entry(hint, text string) *dialogEntry {
	in := newDialogEntry(func() { e.shown.escape() })
	in.SetPlaceHolder(hint)
	in.SetText(text)
	return in
}

func (e *earlier) open() {
	grid := container.New(layout.NewFormLayout())
	row := func(caption string, o fyne.CanvasObject) {
		grid.Add(parts.NewText(caption, parts.Style{}))
		grid.Add(o)
	}
	captions := [3]string{lang.L("Weights"), lang.L("Layers"), lang.L("Labels")}
	for i := range e.files {
		e.files[i] = e.entry(earlierEndings[i], "")
		row(captions[i], container.NewBorder(nil, nil, nil, parts.NewButton(lang.L("Choose…"), "", func() { e.choose(i) }), e.files[i]))
	}
	e.name = e.entry(lang.L("as its weights' file"), "")
	row(lang.L("Name"), e.name)
	e.order = widget.NewSelect([]string{lang.L("x0 y0 z0 x1 y1 z1 … (interleaved)"), lang.L("x0 x1 … y0 y1 … z0 z1 … (channel by channel)")}, nil)
	e.order.PlaceHolder = lang.L("Say how the inputs lie")
	row(lang.L("Order"), e.order)
	e.scale = e.entry(lang.L("what g is divided by, such as 2"), "")
	row(lang.L("Scaling"), e.scale)
	e.filter = e.entry(lang.L("none, or ema:0.1666667"), "")
	row(lang.L("Filter"), e.filter)
	e.sensor = e.entry("left-wrist/accelerometer", "any/accelerometer")
	row(lang.L("Sensor"), e.sensor)
	names := []string{lang.L("no session")}
	for _, s := range e.sessions {
		names = append(names, lang.L("{{.Who}}, session {{.N}} ({{.L}} labels)", map[string]any{"Who": s.Participant, "N": s.Number, "L": s.Labels}))
	}
	e.score = widget.NewSelect(names, nil)
	e.score.SetSelectedIndex(min(1, len(names)-1))
	row(lang.L("Try on"), e.score)
	e.verdict = parts.NewParagraph(lang.L("These files say nothing about their inputs. A wrong reading fits as well and answers nonsense: try it on a labelled session first."), true)
	buttons := parts.HBox(theme.Space2, layout.NewSpacer(), parts.NewButton(lang.L("Close"), "", func() { e.shown.escape() }),
		parts.NewButton(lang.L("Try"), "", func() { e.run(false) }), parts.NewPrimary(lang.L("Load"), "", func() { e.run(true) }))
	e.shown = e.shell.dialogs.show(lang.L("Load a model of the earlier system"), lang.L("Say how it was fed"),
		container.NewBorder(nil, buttons, nil, nil, parts.VBox(theme.Space3, grid, e.verdict)), fyne.NewSize(680, 480))
	e.shown.escape = func() { e.shell.dialogs.hide(e.shown) }
	e.shown.inside = func() map[string]any { return map[string]any{"verdict": e.verdict.Text(), "order": e.order.Selected} }
	e.shell.window.Canvas().Focus(e.files[0])
}

// choose asks for one of the files; the weights bring their neighbours along.
func (e *earlier) choose(i int) {
	e.shell.pickFile(lang.L("Choose a file"), nil, func(path string) {
		if was := standard.EarlierName(e.files[0].Text); i == 0 && (e.name.Text == "" || e.name.Text == was) {
			e.name.SetText(standard.EarlierName(path))
		}
		e.files[i].SetText(path)
		stem, ok := strings.CutSuffix(path, earlierEndings[i])
		if !ok {
			return
		}
		for k, f := range e.files {
			if _, err := os.Stat(stem + earlierEndings[k]); err == nil && f.Text == "" {
				f.SetText(stem + earlierEndings[k])
			}
		}
	})
}

// run tries the model, and keeps it when store says so.
func (e *earlier) run(store bool) {
	if e.busy {
		return
	}
	const rate = 50
	scale, _ := strconv.ParseFloat(strings.TrimSpace(e.scale.Text), 64) // what is no number must be told
	m := app.EarlierModel{Weights: e.files[0].Text, Layers: e.files[1].Text, Labels: e.files[2].Text, Store: store, Name: strings.TrimSpace(e.name.Text),
		Reading: standard.Reading{Scale: scale, Filter: strings.TrimSpace(e.filter.Text), RateHz: rate, Sensor: strings.TrimSpace(e.sensor.Text)}}
	if i := e.order.SelectedIndex(); i >= 0 {
		m.Reading.Order = [2]string{standard.OrderInterleaved, standard.OrderChannels}[i]
	}
	if i := e.score.SelectedIndex(); i > 0 {
		m.Score = e.sessions[i-1].ID
	}
	if err := m.Reading.Check(); err != nil {
		e.verdict.SetText(app.Explain(err).String())
		return
	}
	e.busy = true
	e.verdict.SetText(lang.L("Reading…"))
	var out app.EarlierOutcome
	job := e.shell.bench.ImportEarlier(m, func(o app.EarlierOutcome, _ error) { out = o }) // read after the job has ended
	e.shell.whenDone(job.ID(), func(end app.JobStatus) {
		e.busy = false
		switch {
		case end.Err != nil:
			e.verdict.SetText(app.Explain(end.Err).String())
		case store && end.State != app.JobCancelled:
			e.shell.dialogs.hide(e.shown)
			e.shell.tell(lang.L("The model is in the study"), loadedText(out.Imported)+" "+scoreText(out.Score)+rivalText(out.Score, out.Rivals))
		default:
			e.verdict.SetText(scoreText(out.Score) + rivalText(out.Score, out.Rivals))
		}
	})
}

func scoreText(s *standard.Score) string {
	if s == nil {
		return lang.L("It can be read. Without a session to try it on nothing shows whether the reading is right.")
	}
	if s.Windows == 0 {
		return lang.L("It can be read, but no window of this session is of a class that it names: try it on another.")
	}
	return lang.L("Right on {{.R}} of {{.N}} windows ({{.P}}); {{.L}} lie across an edge or can't be named.", map[string]any{
		"R": s.Right, "N": s.Windows, "P": fmt.Sprintf("%.1f%%", 100*s.Accuracy), "L": s.Left})
}

// rivalText names the readings that do as well as the one tried, or better.
func rivalText(told *standard.Score, rivals []standard.Alternative) string {
	if told == nil || told.Windows == 0 || len(rivals) == 0 {
		return ""
	}
	name := func(r standard.Alternative) string {
		order := map[string]string{standard.OrderInterleaved: lang.L("interleaved"), standard.OrderChannels: lang.L("channel by channel")}[r.Reading.Order]
		return fmt.Sprintf("%s, /%g, %s (%d)", order, r.Reading.Scale, r.Reading.Filter, r.Right)
	}
	const few = 4
	var better, alike []string
	for _, r := range rivals {
		switch {
		case r.Right > told.Right && len(better) < few:
			better = append(better, name(r))
		case r.Right <= told.Right && len(alike) < few:
			alike = append(alike, name(r))
		}
	}
	text := ""
	if len(better) > 0 {
		text += " " + lang.L("Other readings do better: {{.List}}.", map[string]any{"List": strings.Join(better, "; ")})
	}
	if len(alike) > 0 {
		text += " " + lang.L("These do as well, so this session does not tell which is right: {{.List}}.", map[string]any{"List": strings.Join(alike, "; ")})
	}
	return text
}
