package replay

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	core "onset/replay"
	"onset/views/chart"
	"onset/views/grid"
	"onset/views/parts"
	"onset/views/room"
	"onset/views/task"
	"onset/views/theme"
	"onset/views/words"
)

// studyPage is the ablation over all sessions of the study: what each source is
// worth, in a table and a figure ready for a paper.
type studyPage struct {
	protocol *widget.Select
	run      *parts.Button
	stop     *parts.Button
	export   *parts.Button
	state    *parts.Text
	table    *grid.Grid
	parted   *parted // the study, each person, each session
	figure   *chart.Forest
	notes    *parts.Paragraph
	filled   fyne.CanvasObject
	empty    fyne.CanvasObject
	object   fyne.CanvasObject
}

func newStudyPage(r *Replay) *studyPage {
	p := &studyPage{figure: chart.NewForest(), notes: parts.NewParagraph("", true), state: parts.NewText("", parts.Style{Tone: theme.Muted, Cut: true})}
	p.protocol = widget.NewSelect([]string{lang.L("every person left out in turn"), lang.L("every session left out in turn")}, nil)
	p.protocol.SetSelectedIndex(0)
	p.protocol.OnChanged = func(string) { r.recall() }
	p.run = parts.NewPrimary(lang.L("Measure"), "", r.ablate)
	p.stop = parts.NewButton(lang.L("Stop"), "", r.stopAblation)
	p.stop.Hide()
	p.export = parts.NewButton(lang.L("Export…"), "", func() {
		if r.actions.Export != nil {
			r.actions.Export()
		}
	})
	p.export.Hide()
	p.table = grid.New([]grid.Column{{Title: lang.L("Sources"), Weight: 1.7}, {Title: lang.L("right"), Width: 56, Numeric: true, Bold: true}, {Title: "95%", Width: 128, Numeric: true},
		{Title: lang.L("all minus"), Width: 76, Numeric: true}, {Title: "95%", Width: 150, Numeric: true}})
	bar := parts.InsetXY(theme.Space3, 6, container.NewBorder(nil, nil, parts.HBox(theme.Space2, parts.Sized(230, 28, p.protocol), p.run, p.stop),
		parts.HBox(theme.Space2, p.export, parts.NewButton(lang.L("Back to the session"), "Esc", func() { r.showStudy(false) })), parts.InsetXY(theme.Space2, 0, p.state)))
	card := func(o fyne.CanvasObject) fyne.CanvasObject {
		return container.NewStack(parts.NewCard(theme.Panel), parts.Inset(theme.Space3, o))
	}
	p.parted = newParted()
	left := container.NewGridWithRows(2, card(container.NewBorder(parts.Section(lang.L("Each source and all together"), ""), nil, nil, nil, p.table.Object())),
		card(p.parted.object))
	right := card(container.NewBorder(parts.Section(lang.L("Right at the decision"), lang.L("● together  ○ alone")), p.notes, nil, nil, container.NewVScroll(p.figure)))
	p.filled = container.NewGridWithColumns(2, left, right)
	p.empty = parts.Empty(lang.L("What is each source worth?"),
		lang.L("Every person, or every session, is left out in turn; a sensor model is trained on the others, and each source alone and all together decide on the same sets. This takes minutes."))
	p.filled.Hide()
	p.object = parts.Above(parts.Below(bar, parts.Rule()), parts.InsetXY(theme.Space3, theme.Space2, container.NewStack(p.filled, p.empty)))
	p.object.Hide()
	return p
}

// chosen is the protocol.
func (p *studyPage) chosen() string {
	if p.protocol.SelectedIndex() == 1 {
		return core.LeaveSessionOut
	}
	return core.LeaveParticipantOut
}

// ablate measures over the whole study, as a job.
func (r *Replay) ablate() {
	if r.ablating != 0 || r.actions.Ablate == nil {
		return
	}
	r.ablating = r.actions.Ablate(r.study.chosen())
	r.study.state.SetTone(theme.Muted)
	r.study.state.SetText(lang.L("Measuring; the strip below tells how long it takes"))
	r.study.run.Hide()
	r.study.stop.Show()
	r.study.protocol.Disable()
	r.study.object.Refresh()
}

func (r *Replay) stopAblation() {
	if r.ablating != 0 {
		r.actions.Cancel(r.ablating)
	}
}

// Ablated shows an ablation, or why there is none. With both, it was measured but
// could not be kept.
func (r *Replay) Ablated(job int, a *core.Kept, err error, cancelled bool) {
	if job != r.ablating {
		return
	}
	r.ablating = 0
	r.study.run.Show()
	r.study.stop.Hide()
	r.study.protocol.Enable()
	if err != nil && !cancelled {
		r.actions.Error(err)
	}
	if a != nil && !cancelled {
		r.remember(a)
	} else {
		r.remember(r.ablation)
	}
}

// recall shows what the study keeps of the chosen protocol: whether it is out of
// date is asked each time.
func (r *Replay) recall() {
	if r.ablating != 0 {
		return
	}
	protocol := r.study.chosen()
	task.Run(r.keeping, func(ctx context.Context) (*core.Kept, error) { return r.source.Ablation(ctx, protocol) },
		func(k *core.Kept, err error) {
			if err != nil {
				r.actions.Error(err)
				return
			}
			if r.ablating != 0 {
				return
			}
			if a := r.ablation; k == nil && a != nil && a.Ablation.Protocol == protocol {
				return // measured on a study that is not written to
			}
			r.remember(k)
		})
}

// remember shows an ablation with its moment, or that there is none.
func (r *Replay) remember(k *core.Kept) {
	r.ablation = k
	p := r.study
	if k == nil {
		p.state.SetText("")
		p.filled.Hide()
		p.export.Hide()
		p.empty.Show()
	} else {
		p.set(k.Ablation)
		text, tone := keptText(k, r.actions.Now()), theme.Muted
		if k.Outdated {
			tone = theme.Warning
		}
		p.state.SetTone(tone)
		p.state.SetText(text)
	}
	p.object.Refresh()
}

// keptText says when an ablation was made, how long that took and whether it
// still holds.
func keptText(k *core.Kept, now time.Time) string {
	at := k.MadeAt.In(now.Location()).Format("2006-01-02 15:04")
	text := lang.L("Measured {{.At}}", map[string]any{"At": at})
	if k.LabelSet != "" {
		text += lang.L(", label set {{.Set}}", map[string]any{"Set": k.LabelSet})
	}
	if k.Outdated {
		return lang.L("Out of date: labels, sessions or people changed since.") + " " + text
	}
	return text
}

// set shows an ablation.
func (p *studyPage) set(a *core.Ablation) {
	var rows [][]string
	var dots []chart.ForestRow
	for i, x := range a.Rows() {
		name := rowName(x)
		less, interval := "", ""
		if !x.Together {
			less, interval = fmt.Sprintf("%+.3f", x.Less.Mean), fmt.Sprintf("%+.3f to %+.3f", x.Less.Interval[0], x.Less.Interval[1])
		}
		rows = append(rows, []string{name, fmt.Sprintf("%.3f", x.Score.Accuracy), fmt.Sprintf("%.3f to %.3f", x.Score.Interval[0], x.Score.Interval[1]), less, interval})
		dots = append(dots, chart.ForestRow{Name: name, At: x.Score.Accuracy, Low: x.Score.Interval[0], High: x.Score.Interval[1],
			Hollow: i >= int(core.Sources), Apart: i == int(core.Sources), Stronger: x.Together})
	}
	p.table.Set(rows)
	p.parted.set(a)
	p.figure.Set(dots, a.Fused.Accuracy)
	p.notes.SetText(ablationNotes(a))
	p.filled.Show()
	p.export.Show()
	p.empty.Hide()
}

// rowName names a row's sources as the screen does.
func rowName(x core.AblationRow) string {
	if x.Together {
		return lang.L("all together")
	}
	text := ""
	for i, name := range x.Sources {
		s, err := core.SourceNamed(name)
		if err != nil {
			continue
		}
		if i > 0 {
			text += " + "
		}
		text += sourceWord(s)
	}
	return text
}

func ablationNotes(a *core.Ablation) string {
	unit := map[string]string{"participant": lang.L("people"), "session": lang.L("sessions"), "set": lang.L("sets")}[a.Unit]
	text := lang.L("{{.N}}; intervals are 95%, resampling {{.Unit}}. A difference whose interval holds 0 is not shown to be one.",
		map[string]any{"N": words.Many(int64(a.N), lang.L("set"), lang.L("sets")), "Unit": unit})
	if l := a.Fused.Latency; l != nil {
		text += " " + lang.L("Finding onsets itself: first right answer after {{.M}} s (middle), {{.P}} s (90th centile), {{.Missed}} of {{.Of}} never.",
			map[string]any{"M": fmt.Sprintf("%.1f", l.MedianS), "P": fmt.Sprintf("%.1f", l.P90S), "Missed": l.Missed, "Of": l.Of})
	}
	if n := a.Repetitions.N; n > 0 {
		text += " " + lang.L("Repetitions off by {{.E}} on average.", map[string]any{"E": fmt.Sprintf("%.1f", a.Repetitions.MeanError)})
	}
	for _, n := range a.Notes {
		text += " " + n
	}
	return text
}

// showStudy shows the study's page or the session's.
func (r *Replay) showStudy(on bool) {
	r.onStudy = on
	r.pause()
	r.showState()
	if on {
		r.recall()
	}
}

// Exports implements room.Exporter: the ablation, once there is one.
func (r *Replay) Exports() []room.Export {
	if r.ablation == nil {
		return nil
	}
	a := r.ablation.Ablation
	export := func(name, ending string, write func(io.Writer) error) room.Export {
		return room.Export{Name: name, Extension: ending, Suggested: "ablation" + ending, Write: func(path string) error {
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if err != nil {
				return err
			}
			if err := write(f); err != nil {
				f.Close()
				return err
			}
			return f.Close()
		}}
	}
	return []room.Export{export(lang.L("Ablation as a table (CSV)"), ".csv", a.WriteCSV), export(lang.L("Ablation for a paper (LaTeX)"), ".tex", a.WriteLaTeX),
		export(lang.L("Ablation as a figure (SVG)"), ".svg", a.WriteSVG)}
}
